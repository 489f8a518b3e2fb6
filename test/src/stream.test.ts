/** Sending and receiving on connections. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  close,
  Msg,
  makeSockaddr,
  receive,
  receiveInto,
  receiveIntoNonBlocking,
  receiveNonBlocking,
  type Socket,
  send,
  sendNonBlocking,
  shutdown,
} from "../../src/index.ts";
import { startPeer } from "../peers/peer.ts";
import { scenario } from "./support/scenario.ts";
import { closeAll, connected, connection, must, pattern, stream } from "./support/sockets.ts";

/** Reads until there are that many bytes, or until the end. */
async function receiveAll(socket: Socket, size = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let left = size; left > 0; ) {
    const part = must(await receive(socket, Math.min(left, 1 << 20)));
    if (part.length === 0) break;
    parts.push(part);
    left -= part.length;
  }
  return Buffer.concat(parts);
}

scenario("bytes of any Uint8Array arrive as they were sent", async () => {
  const [client, server] = await connection();
  const whole = pattern(1000);
  const views = [
    new Uint8Array(whole),
    whole,
    whole.subarray(3, 700),
    new Uint8Array(whole.buffer, whole.byteOffset + 1, 99),
    new Uint8Array(new SharedArrayBuffer(50)).fill(9),
  ];
  for (const view of views) {
    assert.is(await send(client, view), view.length);
    assert.equal(await receiveAll(server, view.length), Buffer.from(view));
  }
  await closeAll(client, server);
});

scenario("sends of every size, around the sizes of all buffers, echo back whole", async () => {
  const echo = await startPeer("tcp-echo");
  const client = await connected(echo.port);
  for (const size of [
    1,
    2,
    4095,
    4096,
    4097,
    65535,
    65536,
    65537,
    131072,
    262143,
    262145,
    1 << 20,
    (5 << 20) + 1,
  ]) {
    const bytes = pattern(size, size);
    const sent = send(client, bytes);
    assert.ok((await receiveAll(client, size)).equals(bytes), `${size} bytes`);
    assert.is(await sent, size);
  }
  await close(client);
  await echo.stop();
});

scenario("no bytes are no message", async () => {
  const [client, server] = await connection();
  assert.is(await send(client, new Uint8Array(0)), 0);
  assert.is(await receiveInto(server, new Uint8Array(0)), 0, "and are there at once");
  assert.is(await receiveNonBlocking(server, 10, 0), false);
  assert.equal(await receive(server, 0), Buffer.alloc(0));
  await closeAll(client, server);
});

scenario("receive gives what is there, at most what was asked for, in memory of its own", async () => {
  const [client, server] = await connection();
  await send(client, Buffer.from("abcdef"));
  const two = must(await receive(server, 2));
  const rest = must(await receive(server, 100));
  assert.equal([String(two), String(rest)], ["ab", "cdef"]);
  const into = Buffer.alloc(6, ".");
  await send(client, Buffer.from("xyz"));
  assert.is(await receiveInto(server, into.subarray(2)), 3);
  assert.is(String(into), "..xyz.");
  assert.equal([String(two), String(rest)], ["ab", "cdef"], "later bytes don't touch them");
  await closeAll(client, server);
});

scenario("receives that wait are served in their order", async () => {
  const [client, server] = await connection();
  const into = Buffer.alloc(3);
  const order: string[] = [];
  const waiting = [
    receive(server, 2).then((bytes) => order.push(String(bytes))),
    receiveInto(server, into).then((count) => order.push(into.toString("latin1", 0, count))),
    receiveNonBlocking(server, 1, 60).then((bytes) => order.push(String(bytes))),
    receive(server, 100).then((bytes) => order.push(String(bytes))),
  ];
  await send(client, Buffer.from("abcdefghi"));
  await Promise.all(waiting);
  assert.equal(order, ["ab", "cde", "f", "ghi"]);
  await closeAll(client, server);
});

scenario("sends that wait keep their order and never mix", async () => {
  const [client, server] = await connection();
  const parts = Array.from({ length: 40 }, (_, index) => pattern(1 + index * 30_011, index + 1));
  const sends = parts.map((part) => send(client, part));
  const all = Buffer.concat(parts);
  assert.ok((await receiveAll(server, all.length)).equals(all));
  assert.equal(
    await Promise.all(sends),
    parts.map(({ length }) => length),
  );
  await closeAll(client, server);
});

scenario(
  "the bytes of a send that waits are read when their turn comes, a receive's only written when bytes come",
  async () => {
    const [client, server] = await connection();
    const into = Buffer.alloc(4, ".");
    assert.is(await receiveIntoNonBlocking(server, into, 0.01), false);
    await send(client, Buffer.from("late"));
    assert.is(String(into), "....", "a receive that was too late has no hold on the bytes");
    assert.is(String(await receive(server, 10)), "late");
    await closeAll(client, server);
  },
);

scenario("Msg.peek leaves what it shows", async () => {
  const [client, server] = await connection();
  assert.is(await receiveNonBlocking(server, 10, 0, Msg.peek), false);
  const waiting = receive(server, 3, Msg.peek);
  await send(client, Buffer.from("abcdef"));
  assert.is(String(await waiting), "abc");
  assert.is(String(await receive(server, 100, Msg.peek)).slice(0, 3), "abc");
  assert.is(String(await receive(server, 2)), "ab");
  assert.is(String(await receive(server, 1, Msg.peek)), "c");
  assert.is(String(await receiveAll(server, 4)), "cdef");
  shutdown(client, "write");
  assert.is(String(await receive(server, 10, Msg.peek)), "");
  assert.is(String(await receive(server, 10)), "");
  await closeAll(client, server);
});

scenario("Msg.waitall waits for all, in however many pieces they come", async () => {
  const [client, server] = await connection();
  for (const size of [10, 70_000, 300_000]) {
    const bytes = pattern(size, size);
    const into = Buffer.alloc(size);
    const waiting = [receive(server, size, Msg.waitall), receiveInto(server, into, Msg.waitall)];
    for (let round = 0; round < 2; round++) {
      for (let at = 0; at < size; at += Math.ceil(size / 7)) {
        await send(client, bytes.subarray(at, at + Math.ceil(size / 7)));
        // lets each piece arrive by itself
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const [first, second] = await Promise.all(waiting);
    assert.ok(bytes.equals(first as Buffer), `receive ${size}`);
    assert.is(second, size);
    assert.ok(bytes.equals(into), `receiveInto ${size}`);
  }
  const cut = receive(server, 10, Msg.waitall);
  const none = receive(server, 10, Msg.waitall);
  await send(client, Buffer.from("end"));
  shutdown(client, "write");
  assert.is(String(await cut), "end");
  assert.is(String(await none), "");
  await closeAll(client, server);
});

scenario("Msg.waitall with a limit gives what has come by then", async () => {
  const [client, server] = await connection();
  const waiting = receiveNonBlocking(server, 10, 0.1, Msg.waitall);
  await send(client, Buffer.from("half"));
  assert.is(String(await waiting), "half");
  assert.is(await receiveNonBlocking(server, 10, 0.01, Msg.waitall), false);
  await closeAll(client, server);
});

scenario("Msg.dontwait says EAGAIN instead of waiting", async () => {
  const mute = await startPeer("mute");
  const client = await connected(mute.port);
  assert.is(await receiveInto(client, Buffer.alloc(1), Msg.dontwait), -11);
  assert.is(await receive(client, 1, Msg.dontwait), false);
  const piece = Buffer.alloc(1 << 20);
  let sent = 0;
  for (;;) {
    const count = await send(client, piece, Msg.dontwait);
    if (count < 0) {
      assert.is(count, -11);
      break;
    }
    sent += count;
    assert.ok(sent < 1 << 30, "a peer that reads nothing holds a sender back");
  }
  assert.ok(sent > 0);
  await close(client);
  await mute.stop();
});

scenario("Msg.trunc counts the bytes of a stream and discards them", async () => {
  const [client, server] = await connection();
  await send(client, Buffer.from("discardedkept"));
  const into = Buffer.alloc(9, ".");
  assert.is(await receiveInto(server, into, Msg.trunc), 9);
  assert.is(String(into), ".........");
  assert.is(String(await receive(server, 10)), "kept");
  await send(client, Buffer.from("secret"));
  assert.equal(await receive(server, 10, Msg.trunc), Buffer.alloc(6));
  await closeAll(client, server);
});

scenario("an unknown flag is refused", async () => {
  const [client, server] = await connection();
  assert.is(await send(client, Buffer.from("x"), Msg.peek), -22);
  assert.is(await send(client, Buffer.from("x"), 0x8000), -22);
  assert.is(await receiveInto(server, Buffer.alloc(1), 0x1), -22);
  assert.is(await receive(server, 1, 0x4000_0000), false);
  assert.is(await receiveNonBlocking(server, 1, 0), false, "and nothing was sent");
  await closeAll(client, server);
});

scenario("a stream that is not connected can neither send nor receive", async () => {
  const one = stream();
  assert.is(await send(one, Buffer.from("x")), -107);
  assert.is(await sendNonBlocking(one, Buffer.from("x"), 0), -107);
  assert.is(await receiveInto(one, Buffer.alloc(1)), -107);
  assert.is(await receive(one, 1), false);
  await close(one);
});

scenario("a reset is told once, and writing then is a broken pipe", async () => {
  const peer = await startPeer("reset");
  for (const receiveFirst of [true, false]) {
    const client = await connected(peer.port);
    const into = Buffer.alloc(10);
    const waiting = receiveFirst ? receiveInto(client, into) : undefined;
    assert.is(await send(client, Buffer.from("x")), 1);
    assert.is(await (waiting ?? receiveInto(client, into)), -104);
    assert.is(await receiveInto(client, into), 0);
    assert.is(await send(client, Buffer.from("y")), -32);
    await close(client);
  }
  await peer.stop();
});

scenario("a reset ends a send that waits", async () => {
  const mute = await startPeer("mute");
  const client = await connected(mute.port);
  const size = 64 << 20;
  const sending = send(client, Buffer.alloc(size));
  const behind = send(client, Buffer.alloc(1));
  await new Promise((resolve) => setImmediate(resolve));
  await mute.stop();
  const sent = await sending;
  assert.ok(sent > 0 && sent < size, `${sent} bytes were sent`);
  assert.ok([-32, -104].includes(await behind));
  await close(client);
});

scenario("a peer that closes while we write: what it sent before is still read", async () => {
  const [client, server] = await connection();
  await send(server, Buffer.from("last words"));
  shutdown(server, "write");
  await send(client, Buffer.from("x"));
  assert.is(String(await receiveAll(client)), "last words");
  await closeAll(client, server);
});

scenario("a loop of sends that the system takes at once lets other events in", async () => {
  const sink = await startPeer("sink");
  const client = await connected(sink.port);
  const bytes = Buffer.alloc(100);
  let turns = 0;
  const count = () => {
    turns++;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  for (let i = 0; i < 20_000; i++) await send(client, bytes);
  clearImmediate(next);
  assert.ok(turns >= 20, `the event loop turned ${turns} times during 20,000 sends`);
  await close(client);
  await sink.stop();
});

scenario("an unspecified or a hint's address changes nothing for a connection", async () => {
  const [client, server] = await connection();
  const { AddressInfo } = await import("../../src/index.ts");
  const hints = new AddressInfo(2, 1, 6);
  assert.is(await send(client, Buffer.from("x"), 0, hints), 1);
  assert.is(
    await send(client, Buffer.from("x"), 0, new AddressInfo(2, 1, 6, 0, makeSockaddr("127.0.0.1", 9))),
    -106,
  );
  assert.is(String(await receive(server, 10, 0, hints)), "x");
  await closeAll(client, server);
});

test.run();
