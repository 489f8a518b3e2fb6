/** Sockets from their making to their end. */
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect as connectNode, type Socket as NodeSocket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  AddressFamily,
  accept,
  bind,
  close,
  connect,
  getPeerName,
  getSocketName,
  IpProto,
  listen,
  makeSockaddr,
  receive,
  receiveInto,
  receiveNonBlocking,
  type Socket,
  SocketType,
  send,
  shutdown,
  socket,
} from "../../src/index.ts";
import { startPeer } from "../peers/peer.ts";
import { scenario } from "./support/scenario.ts";
import {
  boundDatagram,
  closeAll,
  connected,
  connection,
  datagram,
  freeAddress,
  listening,
  must,
  stream,
} from "./support/sockets.ts";

const { inet, inet6, unix } = AddressFamily;
const loopbacks = ["127.0.0.1", "::1"];

/** What a client of another kind meets: `"connect"`, or an error's code. */
async function outcome(client: NodeSocket): Promise<string> {
  const result = await Promise.race([
    once(client, "connect").then(() => "connect"),
    once(client, "error").then(([error]) => (error as NodeJS.ErrnoException).code ?? String(error)),
  ]).catch((error: NodeJS.ErrnoException) => error.code ?? String(error));
  client.destroy();
  return result;
}

scenario("sockets of the kinds that there are, and false for all others", async () => {
  const made: Socket[] = [];
  for (const family of [inet, inet6]) {
    for (const [type, protocol] of [
      [SocketType.stream, IpProto.tcp],
      [SocketType.datagram, IpProto.udp],
    ] as const) {
      for (const choice of [undefined, IpProto.ip, protocol]) {
        const one = must(socket(family, type, choice));
        assert.equal([one.family, one.type, one.closed], [family, type, false]);
        made.push(one);
      }
      assert.is(socket(family, type, IpProto.icmp), false);
    }
    assert.is(socket(family, SocketType.raw), false);
    assert.is(socket(family, SocketType.any), false);
    assert.is(socket(family, SocketType.stream, IpProto.udp), false);
  }
  assert.is(socket(unix, SocketType.stream), false);
  assert.is(socket(0, SocketType.stream), false);
  await closeAll(...made);
});

scenario("a bound socket has its port at once, and does not listen yet", async () => {
  for (const address of loopbacks) {
    const one = stream(address);
    assert.is(getSocketName(one), null);
    assert.is(await bind(one, makeSockaddr(address), makeSockaddr(address).length), true);
    const at = must(getSocketName(one));
    assert.is(at.name, address);
    assert.ok(at.port > 0);
    assert.is(await outcome(connectNode(at.port, address)), "ECONNREFUSED");
    assert.is(await bind(one, makeSockaddr(address)), false, "it is bound already");
    assert.is(await listen(one, 1), true);
    assert.is(await outcome(connectNode(at.port, address)), "connect");
    await close(must(await accept(one)));
    await close(one);
  }
});

scenario("listen wants a bound stream socket", async () => {
  const one = stream();
  assert.is(await listen(one, 5), false);
  const other = datagram();
  assert.is(await listen(other, 5), false);
  assert.is(await accept(one), false);
  assert.is(await accept(other), false);
  const [listener] = await listening();
  assert.is(await listen(listener, 5), true, "listening again is fine, as in listen(2)");
  assert.is(await connect(listener, makeSockaddr("127.0.0.1", 1)), -22);
  await closeAll(one, other, listener);
});

const hasSs = spawnSync("ss", ["-V"]).status === 0;
(hasSs ? scenario : test.skip)("the backlog reaches the kernel", async () => {
  for (const backlog of [1, 7, 200]) {
    const [listener, at] = await listening("127.0.0.1", backlog);
    const line = execFileSync("ss", ["-ltnH", "sport", "=", `:${at.port}`], { encoding: "utf8" });
    assert.is(Number(line.trim().split(/\s+/)[2]), backlog, line);
    await close(listener);
  }
});

scenario("both ends of a connection agree on its addresses", async () => {
  for (const address of loopbacks) {
    const [listener, at] = await listening(address);
    const peer = makeSockaddr();
    const [client, server] = await Promise.all([connected(at), accept(listener, peer).then(must)]);
    assert.equal(String(getPeerName(client)), String(at));
    assert.equal(String(getSocketName(server)), String(at));
    assert.equal(String(getPeerName(server)), String(getSocketName(client)));
    assert.equal(String(peer), String(getSocketName(client)));
    assert.equal([server.family, server.type], [listener.family, SocketType.stream]);
    assert.is(getPeerName(listener), null);
    await closeAll(listener, client, server);
  }
});

scenario("a socket can be bound before it connects", async () => {
  const [listener, at] = await listening();
  const client = stream();
  assert.is(await bind(client, makeSockaddr("127.0.0.2")), true);
  const own = must(getSocketName(client));
  assert.is(await connect(client, at, at.length), 0);
  const server = must(await accept(listener));
  assert.is(String(getPeerName(server)), String(own));
  await closeAll(listener, client, server);
});

scenario("accepts that wait are served in their order, and connections in theirs", async () => {
  const [listener, at] = await listening();
  const waiting = Array.from({ length: 5 }, () => accept(listener).then(must));
  const clients: Socket[] = [];
  for (let i = 0; i < 5; i++) clients.push(await connected(at));
  const accepted = await Promise.all(waiting);
  for (let i = 0; i < 5; i++) clients.push(await connected(at));
  for (let i = 0; i < 5; i++) accepted.push(must(await accept(listener)));
  assert.equal(
    accepted.map((one) => String(getPeerName(one))),
    clients.map((one) => String(getSocketName(one))),
  );
  await closeAll(listener, ...clients, ...accepted);
});

scenario("connecting twice is refused, and after a failure it can be tried again", async () => {
  const [client, server] = await connection();
  assert.is(await connect(client, must(getPeerName(client))), -106);
  await closeAll(client, server);

  const free = await freeAddress();
  const again = stream();
  assert.is(await connect(again, free), -111);
  assert.is(await connect(again, free), -111);
  const [listener, at] = await listening();
  assert.equal(await Promise.all([connect(again, at), connect(again, at)]), [0, -106]);
  await closeAll(again, listener);
});

scenario("ending the output is a real half-close", async () => {
  for (const address of loopbacks) {
    const [client, server] = await connection(address);
    assert.is(await send(client, Buffer.from("question")), 8);
    assert.is(shutdown(client, "write"), true);
    assert.is(String(await receive(server, 100)), "question");
    assert.equal(await receive(server, 100), Buffer.alloc(0));
    assert.equal(await receive(server, 100), Buffer.alloc(0), "the end stays the end");
    assert.is(await send(client, Buffer.from("more")), -32);
    assert.is(await send(server, Buffer.from("answer")), 6);
    assert.is(String(await receive(client, 100)), "answer");
    assert.is(shutdown(client, "write"), true, "once more is fine");
    await closeAll(client, server);
  }
});

scenario("ending the input ends receives, those that wait too", async () => {
  const [client, server] = await connection();
  const waiting = [receive(client, 10), receiveInto(client, Buffer.alloc(10))];
  assert.is(shutdown(client, "read"), true);
  assert.equal(await Promise.all(waiting), [Buffer.alloc(0), 0]);
  await send(server, Buffer.from("for nobody"));
  assert.equal(await receive(client, 10), Buffer.alloc(0));
  assert.is(await send(client, Buffer.from("still open")), 10);
  assert.is(String(await receive(server, 100)), "still open");
  assert.is(shutdown(client, "both"), true);
  assert.equal(await receive(server, 10), Buffer.alloc(0));
  await closeAll(client, server);
});

scenario("shutdown wants a connection", async () => {
  const one = stream();
  const [other] = await boundDatagram();
  for (const how of ["read", "write", "both"] as const) {
    assert.is(shutdown(one, how), false);
    assert.is(shutdown(other, how), false);
  }
  await closeAll(one, other);
});

scenario("closing ends what is pending with EBADF, in each direction and of every kind", async () => {
  const mute = await startPeer("mute");
  const full = await startPeer("full");
  const [client, server] = await connection();
  const [listener] = await listening();
  const [udp] = await boundDatagram();
  const sender = await connected(mute.port);
  const connecting = stream();

  const plenty = Buffer.alloc(32 << 20);
  const pending = [
    receive(client, 10),
    receiveInto(client, Buffer.alloc(10)),
    receiveNonBlocking(client, 10, 60),
    accept(listener),
    accept(listener),
    receiveInto(udp, Buffer.alloc(10)),
    connect(connecting, makeSockaddr("127.0.0.1", full.port)),
  ];
  const sends = [send(sender, plenty), send(sender, Buffer.from("behind"))];
  await closeAll(client, listener, udp, sender, connecting);
  assert.equal(await Promise.all(pending), [false, -9, false, false, false, -9, -9]);
  const [first = 0, second = 0] = await Promise.all(sends);
  assert.ok(first > 0 && first < plenty.length, "the first one has sent a part, and tells how much");
  assert.is(second, -9);
  await close(server);
  await Promise.all([mute.stop(), full.stop()]);
});

scenario("what was sent before a close arrives, and then the end", async () => {
  const [client, server] = await connection();
  const size = 3 << 20;
  const sent = send(client, Buffer.alloc(size, 7));
  let received = 0;
  const reading = (async () => {
    const bytes = Buffer.alloc(65536);
    for (let count = 1; count > 0; received += count) count = await receiveInto(server, bytes);
  })();
  assert.is(await sent, size);
  await close(client);
  await reading;
  assert.is(received, size);
  await close(server);
});

scenario("who waits to be accepted when the listener closes is told", async () => {
  const [listener, at] = await listening();
  const client = await connected(at);
  await close(listener);
  assert.is(await receiveInto(client, Buffer.alloc(1)), -104);
  assert.equal(await receiveInto(client, Buffer.alloc(1)), 0, "an error is told once");
  await close(client);
});

scenario("a closed listener's port can be bound again at once", async () => {
  const [listener, at] = await listening();
  const client = await connected(at);
  const server = must(await accept(listener));
  await closeAll(server, listener);
  const again = stream();
  assert.is(await bind(again, at), true);
  await closeAll(client, again);
});

scenario("a socket closes with its scope", async () => {
  let kept: Socket;
  {
    await using one = stream();
    kept = one;
    assert.is(kept.closed, false);
  }
  assert.is(kept.closed, true);
});

test.run();
