/** Datagrams: each is whole, with its sender, or cut; and what ICMP says. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  AddressFamily,
  AddressInfo,
  bind,
  close,
  connect,
  getAddressInfo,
  getPeerName,
  getSocketName,
  Msg,
  makeAddressInfo,
  makeSockaddr,
  openSocketPair,
  receive,
  receiveInto,
  receiveIntoNonBlocking,
  receiveMany,
  receiveNonBlocking,
  type Sockaddr,
  SocketType,
  send,
  sendNonBlocking,
  shutdown,
} from "../../src/index.ts";
import { startPeer } from "../peers/peer.ts";
import { scenario } from "./support/scenario.ts";
import {
  boundDatagram,
  closeAll,
  connection,
  datagram,
  freeAddress,
  must,
  pattern,
} from "./support/sockets.ts";

const loopbacks = ["127.0.0.1", "::1"];
const LARGEST = { "127.0.0.1": 65507, "::1": 65527 } as Record<string, number>;

/** Where a datagram goes, and where a sender's address comes. */
function target(address?: Sockaddr): AddressInfo {
  return new AddressInfo(address?.family ?? 0, 2, 17, 0, address ?? null);
}

scenario("receiveMany waits in its place, and takes what comes then", async () => {
  const [one, oneAt] = await boundDatagram();
  const [two, twoAt] = await boundDatagram();
  const first = receive(two, 10);
  const many = two.receiveMany(2);
  const last = receiveMany(two, 1);
  for (const text of ["a", "b", "c", "d"]) await send(one, Buffer.from(text), 0, target(twoAt));
  assert.is(String(await first), "a");
  const seen = await many;
  assert.equal(seen.map(({ bytes, sender }) => `${bytes} ${sender}`).slice(0, 1), [`b ${oneAt}`]);
  assert.equal(must(await last).length, 1);
  await closeAll(one, two);
});

scenario(
  "receiveMany gives a datagram that was peeked at, and memory that is the caller's alone",
  async () => {
    const [one] = await boundDatagram();
    const [two, twoAt] = await boundDatagram();
    for (const text of ["peeked", "next", ""]) await send(one, Buffer.from(text), 0, target(twoAt));
    assert.is(String(await receive(two, 10, Msg.peek)), "peeked");
    const all: string[] = [];
    while (all.length < 3) {
      for (const { bytes } of must(await receiveMany(two, 64))) {
        assert.is(bytes.buffer.byteLength, bytes.length);
        all.push(String(bytes));
      }
    }
    assert.equal(all, ["peeked", "next", ""]);
    await closeAll(one, two);
  },
);

scenario("receiveMany ends with its limit, its signal, and its socket", async () => {
  const [socket, at] = await boundDatagram();
  const code = async (call: Promise<unknown>): Promise<string> =>
    call.then(
      () => "none",
      (error: { code?: string; name: string }) => error.code ?? error.name,
    );
  assert.is(await code(socket.receiveMany(1, { timeoutMs: 10 })), "ETIMEDOUT");
  const abort = new AbortController();
  const aborted = code(socket.receiveMany(1, { signal: abort.signal }));
  abort.abort(Object.assign(new Error("enough"), { code: "ENOUGH" }));
  assert.is(await aborted, "ENOUGH");
  await connect(socket, at);
  const ended = socket.receiveMany(1);
  socket.shutdown("read");
  assert.equal(await ended, []);
  const [other] = await boundDatagram();
  const closed = other.receiveMany(1);
  await closeAll(socket, other);
  assert.is(await code(closed), "EBADF");
  const [client, server] = await connection();
  assert.is(await code(client.receiveMany(1)), "EOPNOTSUPP");
  await closeAll(client, server);
});

scenario("a first message binds to a port that the system picks, in either family", async () => {
  for (const address of loopbacks) {
    const [sink, at] = await boundDatagram(address);
    const senders = [datagram(address), datagram(address)];
    for (const sender of senders) assert.is(await send(sender, Buffer.from("x"), 0, target(at)), 1);
    const ports = senders.map((sender) => getSocketName(sender)?.port ?? 0);
    assert.ok(ports[0] !== ports[1] && ports.every((port) => port > 1023), `${ports}`);
    await closeAll(sink, ...senders);
  }
});

scenario("a datagram comes whole, with its sender's address", async () => {
  for (const address of loopbacks) {
    const [one, oneAt] = await boundDatagram(address);
    const [two, twoAt] = await boundDatagram(address);
    for (const size of [1, 0, 1472, 9000, LARGEST[address] as number]) {
      const bytes = pattern(size, size + 1);
      const from = target();
      const waiting = receive(two, 70_000, 0, from);
      assert.is(await send(one, bytes, 0, target(twoAt)), size);
      assert.ok(bytes.equals((await waiting) as Buffer), `${size} bytes`);
      assert.is(String(from.address), String(oneAt));
      assert.is(from.addressLength, oneAt.length);
    }
    const back = target();
    await send(one, Buffer.from("ping"), 0, target(twoAt));
    const into = Buffer.alloc(10);
    assert.is(await receiveInto(two, into, 0, back), 4);
    assert.is(
      await send(two, Buffer.from("pong"), 0, back),
      4,
      "an answer goes where the datagram came from",
    );
    assert.is(String(await receive(one, 10)), "pong");
    await closeAll(one, two);
  }
});

scenario(
  "the sender's address is there for datagrams that wait, and for those that are waited for",
  async () => {
    const [one, oneAt] = await boundDatagram();
    const [two, twoAt] = await boundDatagram();
    const [sink, sinkAt] = await boundDatagram();
    const infos = [target(), target(), target(), target()];
    const early = [receive(sink, 9, 0, infos[0]), receiveNonBlocking(sink, 9, 5, 0, infos[1])];
    await send(one, Buffer.from("a"), 0, target(sinkAt));
    await send(two, Buffer.from("b"), 0, target(sinkAt));
    assert.equal((await Promise.all(early)).map(String), ["a", "b"]);
    await send(two, Buffer.from("c"), 0, target(sinkAt));
    await send(one, Buffer.from("d"), 0, target(sinkAt));
    assert.is(String(await receive(sink, 9, 0, infos[2])), "c");
    assert.is(await receiveIntoNonBlocking(sink, Buffer.alloc(9), 5, 0, infos[3]), 1);
    assert.equal(
      infos.map(({ address }) => String(address)),
      [oneAt, twoAt, twoAt, oneAt].map(String),
    );
    await closeAll(one, two, sink);
  },
);

scenario("a pair's datagram has no sender, behind one of a socket that has", async () => {
  const [one, oneAt] = await boundDatagram();
  const [two, twoAt] = await boundDatagram();
  const [left, right] = must(openSocketPair(AddressFamily.unix, SocketType.datagram));
  for (const socket of [two, right]) {
    const from = target();
    if (socket === two) await send(one, Buffer.from("a"), 0, target(twoAt));
    else await send(left, Buffer.from("a"));
    assert.is(String(await receive(socket, 9, 0, from)), "a");
    assert.is(from.addressLength, socket === two ? oneAt.length : 0);
  }
  await closeAll(one, two, left, right);
});

scenario("datagrams keep their order and their bounds", async () => {
  const [one] = await boundDatagram();
  const [two, twoAt] = await boundDatagram();
  // few enough for the kernel to keep them all
  const count = 64;
  const waiting = Array.from({ length: count }, () => receive(two, 2000));
  for (let i = 0; i < count; i++) assert.is(await send(one, pattern(i * 7, i + 1), 0, target(twoAt)), i * 7);
  const received = await Promise.all(waiting);
  for (const [i, bytes] of received.entries())
    assert.ok(pattern(i * 7, i + 1).equals(bytes as Buffer), `datagram ${i}`);
  await closeAll(one, two);
});

scenario("a zero-length datagram is a datagram", async () => {
  const [one] = await boundDatagram();
  const [two, twoAt] = await boundDatagram();
  assert.is(await send(one, new Uint8Array(0), 0, target(twoAt)), 0);
  assert.is(await receiveIntoNonBlocking(two, Buffer.alloc(5), 5), 0);
  const waiting = receive(two, 5);
  await send(one, new Uint8Array(0), 0, target(twoAt));
  await send(one, Buffer.from("next"), 0, target(twoAt));
  assert.equal(await waiting, Buffer.alloc(0));
  assert.is(String(await receive(two, 5)), "next", "and no end of a stream");
  await closeAll(one, two);
});

scenario("a longer datagram is cut, and the rest of it is gone", async () => {
  const [one] = await boundDatagram();
  const [two, twoAt] = await boundDatagram();
  const to = target(twoAt);
  const into = Buffer.alloc(8, ".");
  for (let i = 0; i < 5; i++) await send(one, Buffer.from(`${i}bcdefgh`), 0, to);
  assert.is(String(await receive(two, 3)), "0bc");
  assert.is(await receiveInto(two, into.subarray(0, 4)), 4);
  assert.is(String(into), "1bcd....");
  assert.is(await receiveInto(two, into.subarray(0, 2), Msg.trunc), 8, "Msg.trunc tells the real length");
  assert.is(String(into), "2bcd....");
  assert.is(String(await receive(two, 2, Msg.trunc)), "3b");
  assert.is(await receiveInto(two, new Uint8Array(0)), 0);
  assert.is(await receiveNonBlocking(two, 10, 0), false);
  await closeAll(one, two);
});

scenario("Msg.peek shows a datagram and leaves it", async () => {
  const [one, oneAt] = await boundDatagram();
  const [two, twoAt] = await boundDatagram();
  await send(one, Buffer.from("first"), 0, target(twoAt));
  await send(one, Buffer.from("second"), 0, target(twoAt));
  const from = target();
  assert.is(String(await receive(two, 3, Msg.peek, from)), "fir");
  assert.is(String(from.address), String(oneAt));
  assert.is(await receiveInto(two, Buffer.alloc(1), Msg.peek | Msg.trunc), 5);
  const again = target();
  assert.is(String(await receive(two, 9, 0, again)), "first");
  assert.is(String(again.address), String(oneAt));
  assert.is(String(await receive(two, 9)), "second");
  await closeAll(one, two);
});

scenario("a connected socket sends to its peer, hears its peer alone, and can be let go", async () => {
  for (const address of loopbacks) {
    const [one, oneAt] = await boundDatagram(address);
    const [two, twoAt] = await boundDatagram(address);
    const [other, otherAt] = await boundDatagram(address);
    assert.is(getPeerName(one), null);
    assert.is(await connect(one, twoAt), 0);
    assert.is(String(getPeerName(one)), String(twoAt));
    assert.is(await send(one, Buffer.from("hello")), 5);
    assert.is(String(await receive(two, 10)), "hello");

    await send(other, Buffer.from("stranger"), 0, target(oneAt));
    await send(two, Buffer.from("friend"), 0, target(oneAt));
    assert.is(String(await receive(one, 10)), "friend");
    assert.is(await receiveNonBlocking(one, 10, 0), false);
    assert.is(await send(one, Buffer.from("x"), 0, target(otherAt)), -106);
    assert.is(await send(one, Buffer.from("y"), 0, target(twoAt)), 1);

    assert.is(await connect(one, otherAt), 0, "another peer");
    assert.is(await send(one, Buffer.from("z")), 1);
    assert.is(String(await receive(other, 10)), "z");

    assert.is(await connect(one, makeSockaddr()), 0, "no peer");
    assert.is(getPeerName(one), null);
    assert.is(await send(one, Buffer.from("x")), -89);
    await send(other, Buffer.from("anybody"), 0, target(oneAt));
    assert.is(String(await receive(one, 10)), "anybody");
    await closeAll(one, two, other);
  }
});

scenario("a receive that waits when the peer is set goes on waiting for the peer", async () => {
  const [one, oneAt] = await boundDatagram();
  const [two, twoAt] = await boundDatagram();
  const waiting = receive(one, 10);
  assert.is(await connect(one, twoAt), 0);
  await send(two, Buffer.from("here"), 0, target(oneAt));
  assert.is(String(await waiting), "here");
  await closeAll(one, two);
});

scenario("the first send or connect binds", async () => {
  const [two, twoAt] = await boundDatagram();
  const one = datagram();
  assert.is(getSocketName(one), null);
  assert.is(await send(one, Buffer.from("x"), 0, target(twoAt)), 1);
  const from = target();
  await receive(two, 1, 0, from);
  assert.is(must(getSocketName(one)).port, from.address?.port);
  const other = datagram();
  assert.is(await connect(other, twoAt), 0);
  assert.ok(must(getSocketName(other)).port > 0);
  await closeAll(one, two, other);
});

scenario("what is sent within a time limit goes to the address that is told", async () => {
  const [one] = await boundDatagram();
  const [two, at] = await boundDatagram();
  assert.is(await sendNonBlocking(one, Buffer.from("told"), 1, 0, target(at)), 4);
  assert.is(String(await receive(two, 10)), "told");
  assert.is(await connect(one, at), 0);
  assert.is(await sendNonBlocking(one, Buffer.from("to the peer"), 1), 11);
  assert.is(String(await receive(two, 20)), "to the peer");
  await closeAll(one, two);
});

scenario("what cannot be sent says why", async () => {
  const [one, at] = await boundDatagram();
  const large = Buffer.alloc(65508);
  assert.is(await send(one, Buffer.from("x")), -89, "no destination");
  assert.is(await send(one, Buffer.from("x"), 0, makeAddressInfo(2, 2, 17)), -89, "hints have no address");
  assert.is(await send(one, large, 0, target(at)), -90, "too long");
  assert.is(await send(one, Buffer.alloc(200_000), 0, target(at)), -90, "far too long");
  assert.is(await sendNonBlocking(one, large, 0, 0, target(at)), -90);
  assert.is(await send(one, Buffer.from("x"), 0, target(makeSockaddr("::1", 9))), -97, "wrong family");
  assert.is(await connect(one, makeSockaddr("::1", 9)), -97);
  assert.is(await send(one, Buffer.from("x"), 0, target(makeSockaddr("127.0.0.1", 0))), -22, "no port");
  assert.is(await bind(one, makeSockaddr("127.0.0.1")), false, "bound already");
  await close(one);
});

scenario("what ICMP says to a connected socket comes with the next receive, and once", async () => {
  for (const address of loopbacks) {
    const [one] = await boundDatagram(address);
    assert.is(await connect(one, await freeAddress(address)), 0);
    assert.is(await send(one, Buffer.from("anybody there?")), 14);
    assert.is(await receiveIntoNonBlocking(one, Buffer.alloc(10), 5), -111);
    assert.is(await receiveNonBlocking(one, 10, 0.01), false);
    const waiting = receiveInto(one, Buffer.alloc(10));
    await send(one, Buffer.from("again"));
    assert.is(await waiting, -111, "a receive that waits is told too");
    await close(one);
  }
});

scenario("an unconnected socket hears nothing of what others refused", async () => {
  const [one] = await boundDatagram();
  assert.is(await send(one, Buffer.from("x"), 0, target(await freeAddress())), 1);
  assert.is(await receiveNonBlocking(one, 10, 0.05), false);
  await close(one);
});

scenario("ending one direction of a connected socket", async () => {
  const [one, oneAt] = await boundDatagram();
  const [two, twoAt] = await boundDatagram();
  await connect(one, twoAt);
  assert.is(shutdown(one, "write"), true);
  assert.is(await send(one, Buffer.from("x")), -32);
  await send(two, Buffer.from("y"), 0, target(oneAt));
  const from = target();
  assert.is(String(await receive(one, 5, 0, from)), "y");
  assert.is(String(from.address), String(twoAt));
  const nobody = target();
  const waiting = receive(one, 5, 0, nobody);
  assert.is(shutdown(one, "read"), true);
  assert.equal(await waiting, Buffer.alloc(0));
  // nothing came, and from nobody
  assert.equal(await receive(one, 5, 0, nobody), Buffer.alloc(0));
  assert.is((nobody.address as Sockaddr).port, 0);
  await closeAll(one, two);
});

scenario("a thousand datagrams go to a peer in another process and come back", async () => {
  const echo = await startPeer("udp-echo");
  const one = datagram();
  assert.is(await connect(one, makeSockaddr("127.0.0.1", echo.port)), 0);
  for (let i = 0; i < 1000; i++) {
    const bytes = pattern(1 + (i % 1400), i + 1);
    const back = receive(one, 1500);
    assert.is(await send(one, bytes), bytes.length);
    assert.ok(bytes.equals(must(await back)));
  }
  await close(one);
  await echo.stop();
});

scenario("a flood that nobody reads is bounded, and the socket lives on", async () => {
  const [one] = await boundDatagram();
  const [two, twoAt] = await boundDatagram();
  const to = target(twoAt);
  const bytes = Buffer.alloc(1000);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 20_000; i++) await send(one, bytes, 0, to);
  assert.ok(process.memoryUsage().arrayBuffers - before < 16 << 20, "what waits is limited");
  let waiting = 0;
  while ((await receiveNonBlocking(two, 1000, 0.05)) !== false) waiting++;
  assert.ok(waiting > 0 && waiting < 20_000, `${waiting} datagrams were kept`);
  await send(one, Buffer.from("still here"), 0, to);
  assert.is(String(await receive(two, 100)), "still here");
  await closeAll(one, two);
});

scenario("a look-up gives addresses for datagrams", async () => {
  const [two, twoAt] = await boundDatagram();
  const [one] = await boundDatagram();
  const info = must(await getAddressInfo("127.0.0.1", twoAt.port, makeAddressInfo(2, 2, 0)));
  assert.is(await send(one, Buffer.from("found"), 0, info), 5);
  assert.is(String(await receive(two, 10)), "found");
  await closeAll(one, two);
});

test.run();
