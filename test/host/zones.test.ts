/** Zones of addresses as interfaces come, go and change their names, in a network namespace of the test's own. */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Pollable } from "../../host/io/poll.ts";
import { type IpSocketAddress, parseIp, socketAddressText } from "../../host/network/address.ts";
import { zoneName, zoneNumber } from "../../host/network/zones.ts";
import { type AddressUse, allowAll } from "../../host/policy/policy.ts";
import { type PolicyRules, policyFromRules } from "../../host/policy/rules.ts";
import {
  accept,
  at,
  boundUdp,
  connect,
  drop,
  listener,
  network,
  openHost,
  ready,
  tcp,
  thrown,
  turns,
} from "./support.ts";

const test = suite("zones");

function ip(...args: string[]): string {
  return execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

function numberOf(name: string): number {
  return Number(/^(\d+):/.exec(ip("-o", "link", "show", "dev", name))?.[1]);
}

let peers = 0;

/** Makes an interface that is up and has fe80::7. */
function make(name: string): void {
  const peer = `peer${peers++}`;
  ip("link", "add", name, "type", "veth", "peer", "name", peer);
  for (const each of [name, peer]) ip("link", "set", each, "up");
  ip("-6", "addr", "add", "fe80::7/64", "dev", name, "nodad");
}

/** Gives an interface another name; it has fe80::7 again. */
function rename(from: string, to: string): void {
  ip("link", "set", from, "down");
  ip("link", "set", from, "name", to);
  ip("link", "set", to, "up");
  ip("-6", "addr", "replace", "fe80::7/64", "dev", to, "nodad");
}

function scoped(scopeId: number, port = 0, text = "fe80::7"): IpSocketAddress {
  const address = at(text, port);
  if (address.tag === "ipv6") address.val.scopeId = scopeId;
  return address;
}

/**
 * Sends until it arrives: the kernel may lose a datagram to one of its own link-local addresses where a link has just
 * come up, and what is known of its routes is made anew.
 */
async function deliver(to: { subscribe(): Pollable }, send: () => void): Promise<void> {
  const pollable = to.subscribe();
  for (let tries = 0; tries < 20 && !pollable.ready(); tries++) {
    send();
    for (const end = performance.now() + 300; !pollable.ready() && performance.now() < end; ) await turns(1);
  }
  assert.ok(pollable.ready(), "no datagram arrives");
  pollable[Symbol.dispose]();
}

/** Connects to itself over an interface, and sends a datagram to itself. */
async function talk(scopeId: number): Promise<void> {
  const host = openHost({ policy: allowAll });
  const server = listener(host, scoped(scopeId));
  const client = await connect(host, server.localAddress());
  const accepted = await accept(server);
  assert.equal(accepted.socket.remoteAddress(), client.socket.localAddress());
  const [receiver, sender] = [boundUdp(host, scoped(scopeId)), boundUdp(host, scoped(scopeId))];
  const [incoming, outgoing] = receiver.stream(undefined);
  const [theirIn, theirOut] = sender.stream(receiver.localAddress());
  await deliver(incoming, () => {
    theirOut.checkSend();
    theirOut.send([{ data: Buffer.from("x") }]);
  });
  const [datagram] = incoming.receive(1n);
  assert.equal(datagram?.remoteAddress, sender.localAddress());
  await deliver(theirIn, () => {
    outgoing.checkSend();
    outgoing.send([{ data: Buffer.from("y"), remoteAddress: sender.localAddress() }]);
  });
  for (const each of [incoming, outgoing, theirIn, theirOut, receiver, sender]) each[Symbol.dispose]();
  drop(client);
  drop(accepted);
  server[Symbol.dispose]();
}

if (process.env.WASOCK_TEST_NAMESPACE === "1") {
  ip("link", "set", "lo", "up");
  const names = ["br_lan", "eth0.100", "a-b", "77"];
  for (const name of names) make(name);
  const may = (rules: PolicyRules, address: IpSocketAddress, use: AddressUse = "tcp-connect"): boolean =>
    policyFromRules(rules).check(use, address);

  for (const name of names) {
    test(`${name} is a link like any other`, async () => {
      const number = numberOf(name);
      assert.is(zoneNumber(name), number);
      assert.is(zoneName(number), name);
      assert.ok(parseIp(`fe80::7%${name}`));
      assert.is(socketAddressText(scoped(number, 80)), `[fe80::7%${name}]:80`);
      await talk(number);
      for (const rule of [`[fe80::7%${name}]`, `[fe80::%${name}]/10`, `[fe80::%${name}/10]:80`]) {
        const allowed = { allowNet: [rule] };
        assert.ok(may(allowed, scoped(number, 80)), rule);
        assert.not(may(allowed, scoped(0, 80)) || may(allowed, scoped(1, 80)), rule);
        const denied = { allowNet: true, denyNet: [rule] };
        for (const scope of [number, 0, 4_000_000]) assert.not(may(denied, scoped(scope, 80)), rule);
        assert.ok(may(denied, scoped(1, 80)), rule);
      }
    });
  }

  test("a number is a zone too, also of an interface that is down", () => {
    ip("link", "add", "quiet", "type", "bridge");
    const number = numberOf("quiet");
    assert.is(zoneNumber("quiet"), number);
    assert.is(zoneNumber(String(number)), number);
    assert.is(zoneNumber("4294967296"), undefined);
    assert.is(zoneNumber("no-such-link"), undefined);
    assert.ok(may({ allowNet: [`[fe80::7%${number}]`] }, scoped(number, 80)));
  });

  test("a rule follows its interface, made anew or under another name", async () => {
    const allowed = policyFromRules({ allowNet: ["[fe80::7%br_lan]"] });
    const denied = policyFromRules({ allowNet: true, denyNet: ["[fe80::7%br_lan]"] });
    const check = (number: number): boolean[] =>
      [allowed, denied].map((policy) => policy.check("tcp-connect", scoped(number, 80)));
    const first = numberOf("br_lan");
    assert.equal(check(first), [true, false]);
    ip("link", "del", "br_lan");
    make("br_lan");
    const second = numberOf("br_lan");
    assert.equal(check(second), [true, false]);
    // what no interface has any more may be any link
    assert.equal(check(first), [false, false]);
    await talk(second);
    rename("br_lan", "moved");
    make("br_lan");
    assert.equal(check(second), [false, true]);
    assert.equal(check(numberOf("br_lan")), [true, false]);
    await talk(second);
    await talk(numberOf("br_lan"));
  });

  test("a denied address is not reached by leaving its zone out, nor by a zone that is none", async () => {
    const outside = openHost();
    const number = numberOf("a-b");
    const server = listener(outside, scoped(number));
    const { port } = server.localAddress().val;
    const host = openHost({ policy: policyFromRules({ allowNet: true, denyNet: ["[fe80::7%a-b]"] }) });
    for (const scope of [number, 0, 999]) {
      const socket = tcp(host, "ipv6");
      socket.startConnect(network(host), scoped(scope, port));
      await ready(socket);
      assert.is(
        thrown(() => socket.finishConnect()),
        "access-denied",
      );
      socket[Symbol.dispose]();
      const datagrams = boundUdp(host, at("::", 0));
      assert.is(
        thrown(() => datagrams.stream(scoped(scope, port))),
        "access-denied",
      );
      const [incoming, outgoing] = datagrams.stream(undefined);
      outgoing.checkSend();
      const send = (): bigint =>
        outgoing.send([{ data: Buffer.from("x"), remoteAddress: scoped(scope, port) }]);
      assert.is(thrown(send), "access-denied");
      for (const each of [incoming, outgoing, datagrams]) each[Symbol.dispose]();
    }
    // Where no rule says anything about it, a zone that is none leads nowhere.
    const free = openHost({ policy: policyFromRules({ allowNet: true }) });
    const socket = tcp(free, "ipv6");
    socket.startConnect(network(free), scoped(999, port));
    await ready(socket);
    assert.is(
      thrown(() => socket.finishConnect()),
      "remote-unreachable",
    );
    socket[Symbol.dispose]();
    server[Symbol.dispose]();
  });

  test("the same address on two links in a row goes out on each, and a peer on one is none on the other", async () => {
    const host = openHost();
    const [a, b] = [numberOf("a-b"), numberOf("77")];
    const first = boundUdp(host, scoped(a));
    const [firstIn, firstOut] = first.stream(undefined);
    const sender = boundUdp(host, at("::", 0));
    const [incoming, outgoing] = sender.stream(undefined);
    const { port } = first.localAddress().val;
    const twin = boundUdp(host, scoped(b, port));
    const [twinIn, twinOut] = twin.stream(undefined);
    for (const [text, scope, stream] of [
      ["one", a, firstIn],
      ["two", b, twinIn],
      ["three", a, firstIn],
      ["of another name by now", a, firstIn],
    ] as const) {
      if (text.startsWith("of another name")) {
        rename("a-b", "a-c");
      }
      await deliver(stream, () => {
        outgoing.checkSend();
        outgoing.send([{ data: Buffer.from(text), remoteAddress: scoped(scope, port) }]);
      });
      const got = stream.receive(10n);
      assert.equal([...new Set(got.map(({ data }) => String(Buffer.from(data))))], [text]);
      const from = got[0]?.remoteAddress as IpSocketAddress;
      assert.is(from.tag === "ipv6" && from.val.scopeId, scope);
    }
    for (const each of [incoming, outgoing]) each[Symbol.dispose]();
    rename("a-c", "a-b");
    const [peerIn, peerOut] = sender.stream(scoped(a, port));
    const send = (remoteAddress: IpSocketAddress): bigint => {
      peerOut.checkSend();
      return peerOut.send([{ data: Buffer.from("x"), remoteAddress }]);
    };
    assert.is(send(scoped(a, port)), 1n);
    for (const scope of [b, 0])
      assert.is(
        thrown(() => send(scoped(scope, port))),
        "invalid-argument",
      );
    for (const each of [peerIn, peerOut, sender, firstIn, firstOut, first, twinIn, twinOut, twin]) {
      each[Symbol.dispose]();
    }
    host.close();
  });

  test("who is heard on one link may be answered there, and not on another", async () => {
    const host = openHost({ policy: policyFromRules({ allowListen: ["[::]:0-65535", "[fe80::7]"] }) });
    const outside = openHost();
    const [a, b] = [numberOf("a-b"), numberOf("77")];
    const server = boundUdp(host, scoped(a));
    const client = boundUdp(outside, scoped(a));
    const [incoming, outgoing] = server.stream(undefined);
    const [, theirOut] = client.stream(server.localAddress());
    await deliver(incoming, () => {
      theirOut.checkSend();
      theirOut.send([{ data: Buffer.from("?") }]);
    });
    const [question] = incoming.receive(1n);
    const from = question?.remoteAddress as IpSocketAddress;
    assert.equal(from, client.localAddress());
    const answer = (remoteAddress: IpSocketAddress): bigint => {
      outgoing.checkSend();
      return outgoing.send([{ data: Buffer.from("!"), remoteAddress }]);
    };
    for (const scope of [b, 0])
      assert.is(
        thrown(() => answer(scoped(scope, from.val.port))),
        "access-denied",
      );
    assert.is(answer(from), 1n);
    host.close();
    outside.close();
  });

  test("a zone in what is denied says nothing where an address has none", () => {
    const denied = { allowNet: true, denyNet: ["[2001:db8::1%a-b]", "[ff02::1%a-b]"] };
    assert.not(may(denied, scoped(0, 80, "2001:db8::1")) || may(denied, scoped(1, 80, "2001:db8::1")));
    assert.not(may(denied, scoped(0, 80, "ff02::1"), "udp-send"));
    assert.ok(may(denied, scoped(1, 80, "ff02::1"), "udp-send"));
  });
} else {
  const isPossible = spawnSync("unshare", ["-rn", "ip", "link"], { stdio: "ignore" }).status === 0;
  if (!isPossible) console.log("zones: skipped, a network namespace can't be made here");
  (isPossible ? test : test.skip)("zones, in a network namespace", () => {
    const inside = spawnSync("unshare", ["-rn", process.execPath, fileURLToPath(import.meta.url)], {
      env: { ...process.env, WASOCK_TEST_NAMESPACE: "1" },
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.is(inside.status, 0, `${inside.stdout}\n${inside.stderr}`);
  });
}

test.run();
