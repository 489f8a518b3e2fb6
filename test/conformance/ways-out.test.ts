/**
 * The ways out: what a guest might try to reach something that it was not granted. Each test has a real target
 * that would notice, and asks it in the end.
 */
import { once } from "node:events";
import * as assert from "uvu/assert";
import type { IpAddressFamily } from "../../host/network/address.ts";
import { withPort } from "../../host/network/address.ts";
import { freePort } from "../peers/ports.ts";
import { conformance, families, type Given } from "./conformance.ts";
import type { Guest } from "./guest.ts";
import { outsideClient, outsideConnect, outsideDatagrams, outsideServer, outsideSocket } from "./outside.ts";
import {
  accept,
  anywhere,
  at,
  boundTcp,
  boundUdp,
  connect,
  connectFailure,
  datagrams,
  dropAll,
  dropConnection,
  fails,
  failure,
  isReady,
  loopback,
  loopbackText,
  ready,
  receiveTexts,
  sendOne,
  until,
} from "./steps.ts";

const { holds, run } = conformance("ways-out");

/** A service that nobody was granted; `untouched` fails when anybody but ourselves has come. */
async function secret(
  { after }: Pick<Given, "after">,
  family: IpAddressFamily = "ipv4",
): Promise<{ port: number; untouched(): Promise<void> }> {
  let visits = 0;
  const heard: string[] = [];
  const server = await outsideServer(() => visits++, loopbackText(family));
  // The same port for both protocols, so that one address leads to either.
  const sink = await outsideDatagrams(loopbackText(family), server.port);
  sink.on("message", (bytes) => heard.push(bytes.toString()));
  after(() => {
    server.close();
    sink.close();
  });
  return {
    port: server.port,
    untouched: async () => {
      assert.is(await outsideConnect(server.port, loopbackText(family)), "connected");
      sink.send("ourselves", server.port, loopbackText(family));
      await until(() => visits >= 1 && heard.length >= 1, "our own visit");
      assert.is(visits, 1);
      assert.equal(heard, ["ourselves"]);
    },
  };
}

/** Tries TCP, and UDP in each way, to an address. */
async function tryAll(guest: Guest, address: ReturnType<typeof at>, expected: RegExp): Promise<void> {
  assert.match(String(await connectFailure(guest, address)), expected);
  const local = anywhere(address.tag);
  const socket = await boundUdp(guest, local);
  assert.match(String(await failure(socket.stream(address))), expected);
  const [incoming, outgoing] = await socket.stream(undefined);
  assert.match(String(await failure(sendOne(guest, outgoing, "from a guest", address))), expected);
  await dropAll(incoming, outgoing, socket);
}

const denied = /^access-denied$/;
const refusedAtOnce = /^invalid-argument$/;

for (const family of families) {
  holds(
    "P5",
    `${family}: by literal, to another port or another address than was granted`,
    async ({ guest, after, open }) => {
      const target = await secret({ after }, family);
      await tryAll(guest, loopback(family, target.port), denied);
      const text = family === "ipv4" ? "127.0.0.2" : "[2001:db8::1]";
      const neighbour = await open({ rules: { allowNet: [`${text}:${target.port}`] } });
      await tryAll(neighbour, loopback(family, target.port), denied);
      await target.untouched();
    },
    { rules: { allowNet: ["127.0.0.1:1", "[::1]:1"] } },
  );
}

holds(
  "P3, P5",
  "by name: what may not be looked up is not, and what was looked up is not a permission to connect",
  async ({ guest, network, after, open }) => {
    const target = await secret({ after });
    for (const name of ["hidden.example", "2130706433", "127.1"]) {
      await fails(guest.resolveAddresses(network, name), "permanent-resolver-failure");
    }
    // To the system's resolver these are addresses, as they are to inet_aton(3).
    const curious = await open({ rules: { allowNet: ["tcp://192.0.2.1"], allowDns: true } });
    for (const name of ["localhost", "2130706433", "127.1", "0x7f.1", "127.0.0.1", "::ffff:127.0.0.1"]) {
      const handle = await curious.instanceNetwork();
      const stream = await curious.resolveAddresses(handle, name);
      await ready(curious, stream);
      const address = await stream.resolveNextAddress();
      assert.ok(address);
      assert.is(await connectFailure(curious, withPort(address, target.port)), "access-denied");
      await stream.drop();
    }
    await target.untouched();
  },
  { rules: { allowNet: ["tcp://192.0.2.1"], allowDns: ["localhost"] } },
);

let answers: string[] = [];
holds(
  "P5",
  "by a name that is granted and resolves into what is denied, now or later",
  async ({ guest, network, after, open }) => {
    const target = await secret({ after });
    const lookUp = async (who: Guest, name: string): Promise<void> => {
      const stream = await who.resolveAddresses(network, name);
      await ready(who, stream);
      while ((await stream.resolveNextAddress()) !== undefined) {}
      await stream.drop();
    };
    answers = ["192.0.2.1"];
    await lookUp(guest, "granted.example");
    assert.is(await connectFailure(guest, loopback("ipv4", target.port)), "access-denied");
    answers = ["127.0.0.1", "::1"];
    await lookUp(guest, "granted.example");
    assert.is(await connectFailure(guest, loopback("ipv4", target.port)), "access-denied");
    assert.is(await connectFailure(guest, loopback("ipv6", target.port)), "access-denied");
    // What one guest's name was resolved to opens nothing for another guest.
    const trusting = await open({ rules: { allowNet: ["granted.example"] }, resolver: async () => answers });
    await fails(guest.resolveAddresses(network, "other.example"), "permanent-resolver-failure");
    assert.is(await connectFailure(trusting, loopback("ipv4", target.port)), "access-denied");
    await target.untouched();
  },
  {
    rules: { allowNet: ["granted.example"], denyNet: ["127.0.0.0/8", "[::1]"] },
    resolver: async () => answers,
    needs: ["functions"],
  },
);

for (const prefix of ["::ffff:", "::"]) {
  holds(
    "B8, B9, K5, V5, W6",
    `by ${prefix}127.0.0.1, where all but IPv4's loopback is granted`,
    async ({ guest, network, after }) => {
      const target = await secret({ after });
      const disguised = at(`${prefix}127.0.0.1`, target.port);
      await tryAll(guest, disguised, refusedAtOnce);
      for (const socket of [await guest.createTcpSocket("ipv6"), await guest.createUdpSocket("ipv6")]) {
        await fails(socket.startBind(network, at(`${prefix}127.0.0.1`, 0)), "invalid-argument");
      }
      await target.untouched();
    },
    { rules: { allowNet: true, allowListen: true, denyNet: ["127.0.0.0/8"] } },
  );
}

holds(
  "K1, V5, W6",
  "by the wildcard, which Linux takes for loopback",
  async ({ guest, after }) => {
    for (const family of families) {
      const target = await secret({ after }, family);
      await tryAll(guest, anywhere(family, target.port), refusedAtOnce);
      await target.untouched();
    }
  },
  { rules: { allowNet: true, denyNet: ["127.0.0.0/8", "[::1]"] } },
);

holds(
  "P7",
  "through implicit binds: who may only listen reaches nobody, bound or not",
  async ({ guest, after, open }) => {
    const target = await secret({ after });
    assert.is(await connectFailure(guest, loopback("ipv4", target.port)), "access-denied");
    const port = await freePort();
    const server = await open({ rules: { allowListen: [`127.0.0.1:${port}`] } });
    const bound = await boundTcp(server, loopback("ipv4", port));
    const network = await server.instanceNetwork();
    await bound.startConnect(network, loopback("ipv4", target.port));
    await ready(server, bound);
    await fails(bound.finishConnect(), "access-denied");
    const { socket, outgoing } = await datagrams(server, loopback("ipv4", port));
    await fails(sendOne(server, outgoing, "from a guest", loopback("ipv4", target.port)), "access-denied");
    assert.is((await socket.localAddress()).val.port, port);
    await target.untouched();
  },
  { rules: { allowListen: ["tcp://127.0.0.1:1"] } },
);

holds(
  "P5, P6",
  "bind: to a port, an address or the wildcard that was not granted",
  async ({ guest, open }) => {
    const port = await freePort();
    const server = await open({ rules: { allowListen: [`127.0.0.1:${port}`] } });
    for (const who of [guest, server]) {
      const network = await who.instanceNetwork();
      for (const address of [
        loopback("ipv4", await freePort()),
        anywhere("ipv4", port),
        at("127.0.0.2", port),
      ]) {
        await fails((await who.createTcpSocket("ipv4")).startBind(network, address), "access-denied");
        await fails((await who.createUdpSocket("ipv4")).startBind(network, address), "access-denied");
      }
    }
    const network = await server.instanceNetwork();
    await fails(
      (await server.createTcpSocket("ipv6")).startBind(network, anywhere("ipv6", port)),
      "access-denied",
    );
    await fails((await server.createTcpSocket("ipv4")).startBind(network, loopback()), "access-denied");
  },
  { rules: { allowNet: true } },
);

holds(
  "P5, P6",
  "listen: the port that comes with the permission to connect is not for listening",
  async ({ guest }) => {
    for (const address of [loopback(), anywhere("ipv4"), loopback("ipv6")]) {
      const socket = await boundTcp(guest, address);
      await fails(socket.startListen(), "access-denied");
      const { port } = (await socket.localAddress()).val;
      assert.is(await outsideConnect(port, loopbackText(address.tag)), "ECONNREFUSED");
      await fails(socket.accept(), "invalid-state");
    }
  },
  { rules: { allowNet: true } },
);

const granted = await freePort();
holds(
  "P8",
  "accept: who is denied does not get in, whatever address the listener has",
  async ({ guest, after }) => {
    const socket = await boundTcp(guest, anywhere("ipv4", granted));
    await socket.startListen();
    await socket.finishListen();
    const intruder = outsideSocket({ port: granted, host: "127.0.0.1", localAddress: "127.0.0.2" });
    const [error] = (await once(intruder, "error")) as [NodeJS.ErrnoException];
    assert.is(error.code, "ECONNRESET");
    assert.is(await isReady(socket), false);
    const welcome = await outsideClient(granted);
    after(() => welcome.destroy());
    await dropConnection(await accept(guest, socket));
    await fails(socket.accept(), "would-block");
  },
  { rules: { allowListen: [`0.0.0.0:${granted}`], denyNet: ["127.0.0.2"] } },
);

holds(
  "P10",
  "receive: who may only send hears only those to whom it may send",
  async ({ guest, after, open }) => {
    const [friend, stranger] = [await outsideDatagrams(), await outsideDatagrams()];
    after(() => [friend.close(), stranger.close()]);
    const limited = await open({ rules: { allowNet: [`udp://127.0.0.1:${friend.address().port}`] } });
    const { socket, incoming } = await datagrams(limited);
    const { port } = (await socket.localAddress()).val;
    for (const [text, sender] of [["stranger", stranger] as const, ["friend", friend] as const]) {
      sender.send(text, port, "127.0.0.1");
    }
    assert.equal(await receiveTexts(limited, incoming, 1), ["friend"]);
    assert.equal(await incoming.receive(10n), []);
    await fails(guest.createUdpSocket("ipv4"), "access-denied");
  },
  { rules: {} },
);

holds(
  "P9, V7, W6",
  "send: a peer that is granted is no way to another",
  async ({ guest, after, open }) => {
    const target = await secret({ after });
    const friend = await outsideDatagrams();
    after(() => friend.close());
    const peer = loopback("ipv4", friend.address().port);
    const limited = await open({ rules: { allowNet: [`udp://127.0.0.1:${peer.val.port}`] } });
    const { socket, incoming, outgoing } = await datagrams(limited, loopback(), peer);
    const other = loopback("ipv4", target.port);
    await fails(sendOne(limited, outgoing, "from a guest", other), "invalid-argument");
    await dropAll(incoming, outgoing);
    await fails(socket.stream(other), "access-denied");
    const [again, free] = await socket.stream(undefined);
    await limited.now();
    await free.checkSend();
    const both = [peer, other].map((remoteAddress) => ({ data: Buffer.from("from a guest"), remoteAddress }));
    assert.is(await free.send(both), 1n);
    await fails(sendOne(limited, free, "from a guest", other), "access-denied");
    await dropAll(again, free, socket);
    await target.untouched();
    await fails(guest.createTcpSocket("ipv4"), "access-denied");
  },
  { rules: {} },
);

let asked = 0;
holds(
  "P3, P4",
  "look-up: what is not granted leaves no trace with the resolver",
  async ({ guest, network }) => {
    asked = 0;
    for (const name of [
      "secret.example",
      "granted.example.evil.example",
      "xgranted.example",
      "*.example",
      "GRANTED.example.x",
    ]) {
      const error = await failure(guest.resolveAddresses(network, name));
      assert.match(String(error), /permanent-resolver-failure|invalid-argument/);
    }
    assert.is(asked, 0);
    const stream = await guest.resolveAddresses(network, "GRANTED.example");
    await ready(guest, stream);
    assert.is(asked, 1);
  },
  {
    rules: { allowDns: ["granted.example"] },
    resolver: async () => {
      asked++;
      return ["192.0.2.1"];
    },
    needs: ["functions"],
  },
);

holds(
  "P5",
  "a guest whose host was closed makes no socket or look-up, and waits for no timer",
  async ({ guest, network }) => {
    const { socket } = await datagrams(guest);
    await guest.close();
    for (const call of [
      () => guest.createTcpSocket("ipv4"),
      () => guest.createUdpSocket("ipv4"),
      () => guest.resolveAddresses(network, "localhost"),
      // where a guest's thread makes timers itself, waiting for one is what the host is needed for
      async () => (await guest.subscribeDuration(1_000_000_000n)).block(),
    ]) {
      assert.instance(await failure(call()), Error);
    }
    await fails(socket.localAddress(), "invalid-state");
    await until(async () => (await guest.stats()).sockets === 0, "its sockets close");
  },
);

holds(
  "P5",
  "what is granted is reached, and nothing beside it was tried",
  async ({ open, after }) => {
    const server = await outsideServer((socket) => socket.end("welcome"));
    after(server.close);
    const guest = await open({ rules: { allowNet: [`tcp://127.0.0.1:${server.port}`] } });
    await dropConnection(await connect(guest, loopback("ipv4", server.port)));
    await fails(guest.createUdpSocket("ipv4"), "access-denied");
  },
  { rules: {} },
);

run();
