/**
 * Peers that cannot be reached or never answer, in a network namespace of the test's own: the file runs
 * itself inside one. Where the system does not let a program make one, the tests are skipped.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  at,
  boundTcp,
  boundUdp,
  drop,
  network,
  openHost,
  openSockets,
  pair,
  ready,
  tcp,
  thrown,
  until,
} from "./support.ts";

const host = openHost();

async function connectFailure(address: string, family: "ipv4" | "ipv6" = "ipv4"): Promise<unknown> {
  const socket = tcp(host, family);
  socket.startConnect(network(host), at(address, 80));
  await ready(socket);
  const error = thrown(() => socket.finishConnect());
  socket[Symbol.dispose]();
  return error;
}

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}

function addTests(): void {
  test("without any interface every address is unreachable, over TCP and UDP", async () => {
    assert.is(await connectFailure("127.0.0.1"), "remote-unreachable");
    // Linux calls this one differently, as no source address can be had.
    assert.match(String(await connectFailure("::1", "ipv6")), /remote-unreachable|address-in-use/);
    const socket = boundUdp(host, at("0.0.0.0", 0));
    assert.is(
      thrown(() => socket.stream(at("127.0.0.1", 5))),
      "remote-unreachable",
    );
    assert.is(
      thrown(() => socket.remoteAddress()),
      "invalid-state",
    );
    const [incoming, outgoing] = socket.stream(undefined);
    const datagram = { data: Buffer.from("x"), remoteAddress: at("127.0.0.1", 5) };
    // by the call itself, or, where that doesn't know yet, by a later one
    await until(() => {
      outgoing.checkSend();
      try {
        outgoing.send([datagram]);
        return false;
      } catch (error) {
        assert.is(error, "remote-unreachable");
        return true;
      }
    }, "the failure is told");
    for (const resource of [incoming, outgoing, socket]) resource[Symbol.dispose]();
  });

  test("a look-up without a network fails for now, and not for ever", async () => {
    const stream = host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(
      network(host),
      "name.example",
    );
    await ready(stream, 60);
    assert.match(
      String(thrown(() => stream.resolveNextAddress())),
      /temporary-resolver-failure|name-unresolvable/,
    );
    stream[Symbol.dispose]();
  });

  test("a route that says so is unreachable, and a bound socket may hear it too", async () => {
    ip("link", "set", "lo", "up");
    ip("route", "add", "unreachable", "198.51.100.0/24");
    assert.is(await connectFailure("198.51.100.7"), "remote-unreachable");
    const socket = boundTcp(host, at("0.0.0.0", 0));
    socket.startConnect(network(host), at("198.51.100.7", 80));
    await ready(socket);
    assert.is(
      thrown(() => socket.finishConnect()),
      "remote-unreachable",
    );
    socket[Symbol.dispose]();
  });

  test("who never answers keeps the connect pending, and dropping it leaves nothing", async () => {
    // What goes into one end comes out of the other, where nobody has the address.
    ip("link", "add", "void0", "type", "veth", "peer", "name", "void1");
    ip("addr", "add", "192.0.2.1/24", "dev", "void0");
    ip("link", "set", "void0", "up");
    ip("link", "set", "void1", "up");
    ip("neigh", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:02", "dev", "void0");
    await until(() => host.stats().sockets === 0, "earlier sockets close");
    const before = openSockets();
    const socket = tcp(host);
    socket.startConnect(network(host), at("192.0.2.2", 80));
    const pollable = socket.subscribe();
    const timer = host.imports["wasi:clocks/monotonic-clock"].subscribeDuration(50_000_000n);
    const { poll } = host.imports["wasi:io/poll"];
    assert.equal([...(await poll([pollable, timer]))], [1]);
    assert.is(
      thrown(() => socket.finishConnect()),
      "would-block",
    );
    timer[Symbol.dispose]();
    pollable[Symbol.dispose]();
    socket[Symbol.dispose]();
    await until(() => host.stats().sockets === 0, "the socket closes");
    await until(() => openSockets() === before, "no descriptor is left");
  });

  test("a link-local address goes with its scope", async () => {
    const text = execFileSync("ip", ["-6", "-o", "addr", "show", "dev", "void0", "scope", "link"], {
      encoding: "utf8",
    });
    const [, address = ""] = /inet6 (fe80[^/]+)/.exec(text) ?? [];
    const [, index = ""] = /^(\d+):/.exec(text) ?? [];
    // Until duplicate address detection is done the address is tentative.
    const bindable = at(`${address}%${index}`, 0);
    assert.is(bindable.tag === "ipv6" && bindable.val.scopeId, Number(index));
    await until(() => {
      const probe = tcp(host, "ipv6");
      try {
        probe.startBind(network(host), bindable);
        return true;
      } catch {
        return false;
      } finally {
        probe[Symbol.dispose]();
      }
    }, "the address is ready");
    const [client, server] = await pair(host, bindable);
    const local = server.socket.localAddress();
    assert.is(local.tag === "ipv6" && local.val.scopeId, Number(index));
    assert.equal(client.socket.remoteAddress(), local);
    drop(client);
    drop(server);
  });
}

if (process.env.WASOCK_TEST_NAMESPACE === "1") {
  addTests();
} else {
  const canUnshare = spawnSync("unshare", ["-rn", "ip", "link"], { stdio: "ignore" }).status === 0;
  const guarded = canUnshare ? test : test.skip;
  guarded("unreachable and silent peers, in a network namespace", () => {
    const inside = spawnSync("unshare", ["-rn", process.execPath, fileURLToPath(import.meta.url)], {
      env: { ...process.env, WASOCK_TEST_NAMESPACE: "1" },
      encoding: "utf8",
      timeout: 100_000,
    });
    assert.is(inside.status, 0, `${inside.stdout}\n${inside.stderr}`);
  });
}

test.run();
