/** The contract: pairs of sockets in the core's memory. */
import * as assert from "uvu/assert";
import { AddressFamily, Msg, SocketType } from "../../src/constants.ts";
import type { SocketHandle } from "../sides/side.ts";
import { contract, type Given } from "./contract.ts";
import { bytes, must, text } from "./steps.ts";

const { promise, run } = await contract("pairs");

const { unix, inet } = AddressFamily;
const { stream, datagram, raw } = SocketType;

async function pair({ side, after }: Given, type?: number): Promise<[SocketHandle, SocketHandle]> {
  const made = must(
    await (type === undefined ? side.openSocketPair() : side.openSocketPair(unix, type)),
    "pair",
  );
  for (const socket of made) after(() => side.close(socket));
  return made;
}

promise("openSocketPair gives two connected stream sockets", async (given) => {
  const { side } = given;
  const [a, b] = await pair(given);
  assert.is(await side.send(a, bytes("there")), 5);
  assert.is(text(await side.receive(b, 3)), "the");
  assert.is(text(await side.receive(b, 30)), "re");
  assert.is(await side.send(b, bytes("and back")), 8);
  const into = new Uint8Array(8);
  assert.is(await side.receiveInto(a, into), 8);
  assert.is(text(into), "and back");
});

promise("openSocketPair refuses what socketpair(2) refuses", async ({ side }) => {
  assert.is(await side.openSocketPair(inet, stream), false);
  assert.is(await side.openSocketPair(unix, raw), false);
  assert.is(await side.openSocketPair(unix, stream, 6), false);
});

promise("a datagram pair keeps boundaries, and cuts what is longer than asked for", async (given) => {
  const { side } = given;
  const [a, b] = await pair(given, datagram);
  for (const each of ["first", "", "a longer one"]) assert.is(await side.send(a, bytes(each)), each.length);
  assert.is(text(await side.receive(b, 100, Msg.peek)), "first");
  assert.is(text(await side.receive(b, 100)), "first");
  assert.is(text(await side.receive(b, 100)), "");
  assert.is(text(await side.receive(b, 8)), "a longer");
  assert.is(await side.receiveNonBlocking(b, 100, 0), false);
});

promise(
  "trunc on a pair tells a datagram's own length, and discards what it receives of a stream",
  async (given) => {
    const { side } = given;
    const [a, b] = await pair(given, datagram);
    await side.send(a, bytes("ten bytes."));
    const into = new Uint8Array(3);
    assert.is(await side.receiveInto(b, into, Msg.trunc | Msg.peek), 10);
    assert.is(text(into), "ten");
    assert.is(await side.receiveInto(b, new Uint8Array(3), Msg.trunc), 10);
    assert.is(await side.receiveNonBlocking(b, 100, 0), false);
    const [c, d] = await pair(given);
    await side.send(c, bytes("abcdef"));
    const kept = new Uint8Array(4);
    assert.is(await side.receiveInto(d, kept, Msg.trunc), 4);
    assert.is(text(await side.receive(d, 100)), "ef");
  },
  ["trunc"],
);

promise("a datagram pair holds 256 messages, and 65536 bytes; a peek makes no room", async (given) => {
  const { side } = given;
  const [a, b] = await pair(given, datagram);
  for (let i = 0; i < 256; i++) assert.is(await side.send(a, bytes("")), 0);
  assert.is(await side.sendNonBlocking(a, bytes(""), 0), false);
  assert.is(text(await side.receive(b, 10, Msg.peek)), "");
  assert.is(await side.sendNonBlocking(a, bytes(""), 0), false);
  assert.is(text(await side.receive(b, 10)), "");
  assert.is(await side.sendNonBlocking(a, bytes("last"), 0), 4);
  for (let i = 0; i < 255; i++) assert.is(text(await side.receive(b, 10)), "");
  assert.is(text(await side.receive(b, 10)), "last");
  assert.is(await side.send(a, new Uint8Array(65537)), -90, "it is longer than the pair holds: EMSGSIZE");
  assert.is(await side.send(a, new Uint8Array(65535)), 65535);
  assert.is(await side.sendNonBlocking(a, bytes("12"), 0), false);
  assert.is(await side.sendNonBlocking(a, bytes("1"), 0), 1);
  assert.is(must(await side.receive(b, 65536), "receive").length, 65535);
  assert.is(text(await side.receive(b, 10)), "1");
});

promise("a pair is bounded, and what is left can be sent when there is room", async (given) => {
  const { side } = given;
  const [a, b] = await pair(given);
  const much = new Uint8Array(70_000).map((_, index) => index * 7);
  const sent = must(await side.sendNonBlocking(a, much, 0), "send");
  assert.is(sent, 65536);
  assert.is(await side.sendNonBlocking(a, much, 0.01), false);
  const first = must(await side.receive(b, 10_000), "receive");
  assert.is(await side.sendNonBlocking(a, much.subarray(sent), 0), much.length - sent);
  let came = Buffer.from(first);
  while (came.length < much.length) {
    came = Buffer.concat([came, must(await side.receive(b, 100_000), "receive")]);
  }
  assert.ok(came.equals(much));
});

promise(
  "half-close on a pair: the end comes after the bytes, and the other direction goes on",
  async (given) => {
    const { side } = given;
    const [a, b] = await pair(given);
    await side.send(a, bytes("last words"));
    assert.is(await side.shutdown(a, "write"), true);
    assert.is(await side.send(a, bytes("more")), -32);
    assert.is(text(await side.receive(b, 100)), "last words");
    assert.is(await side.receiveInto(b, new Uint8Array(1)), 0);
    await side.send(b, bytes("answer"));
    assert.is(text(await side.receive(a, 100)), "answer");
  },
);

promise(
  "closing one end of a pair: what was sent is there, then the end, and sending is EPIPE",
  async (given) => {
    const { side, after } = given;
    const [a, b] = must(await side.openSocketPair(), "pair");
    after(() => side.close(b));
    await side.send(a, bytes("still there"));
    await side.close(a);
    assert.is(text(await side.receive(b, 100)), "still there");
    assert.is(await side.receiveInto(b, new Uint8Array(1)), 0);
    assert.is(await side.send(b, bytes("x")), -32);
  },
);

promise(
  "shutdown read on a pair: what was there is gone, and the other end's sends are EPIPE",
  async (given) => {
    const { side } = given;
    for (const type of [stream, datagram]) {
      const [a, b] = await pair(given, type);
      await side.send(a, bytes("gone"));
      assert.is(await side.shutdown(b, "read"), true);
      assert.is(text(await side.receive(b, 100)), "");
      assert.is(await side.send(a, bytes("x")), -32);
      assert.is(await side.send(b, bytes("answer")), 6);
      assert.is(text(await side.receive(a, 100)), "answer");
    }
  },
);

promise("a receive on an empty pair ends with its time, and loses nothing", async (given) => {
  const { side } = given;
  const [a, b] = await pair(given);
  assert.is(await side.receiveNonBlocking(a, 10, 0.02), false);
  await side.send(b, bytes("later"));
  assert.is(text(await side.receiveNonBlocking(a, 10, 1)), "later");
});

promise(
  "a call that waits on a pair goes on when the other end does its part",
  async (given) => {
    const { side } = given;
    const [a, b] = await pair(given);
    const receiving = side.receive(a, 10);
    await side.send(b, bytes("woken"));
    assert.is(text(await receiving), "woken");
    const much = new Uint8Array(200_000).map((_, index) => index * 13);
    const sending = side.send(a, much);
    let came = Buffer.alloc(0);
    while (came.length < much.length) {
      came = Buffer.concat([came, must(await side.receive(b, 9_999), "receive")]);
    }
    assert.is(await sending, much.length);
    assert.ok(came.equals(much));
  },
  ["concurrent"],
);

promise(
  "a datagram wakes who waits for it, and taking one who waits for room: an empty one too",
  async (given) => {
    const { side } = given;
    const [a, b] = await pair(given, datagram);
    const receiving = side.receive(b, 10);
    assert.is(await side.send(a, bytes("")), 0);
    assert.is(text(await receiving), "");
    for (let i = 0; i < 256; i++) await side.send(a, bytes(""));
    const sending = side.send(a, bytes("257th"));
    assert.is(text(await side.receive(b, 10)), "");
    assert.is(await sending, 5);
    for (let i = 0; i < 255; i++) assert.is(text(await side.receive(b, 10)), "");
    assert.is(text(await side.receive(b, 10)), "257th");
  },
  ["concurrent"],
);

promise(
  "shutdown and close of one end wake who waits on a pair",
  async (given) => {
    const { side } = given;
    for (const type of [stream, datagram]) {
      for (const end of [
        (_: SocketHandle, b: SocketHandle) => side.shutdown(b, "write"),
        (a: SocketHandle) => side.shutdown(a, "read"),
        (_: SocketHandle, b: SocketHandle) => side.close(b),
      ]) {
        const [a, b] = await pair(given, type);
        const receiving = side.receiveInto(a, new Uint8Array(1));
        await end(a, b);
        assert.is(await receiving, 0);
      }
      for (const end of [
        (_: SocketHandle, b: SocketHandle) => side.shutdown(b, "read"),
        (a: SocketHandle) => side.shutdown(a, "write"),
        (_: SocketHandle, b: SocketHandle) => side.close(b),
      ]) {
        const [a, b] = await pair(given, type);
        while ((await side.sendNonBlocking(a, new Uint8Array(4096), 0)) !== false);
        const sending = side.send(a, bytes("no room"));
        await end(a, b);
        assert.is(await sending, -32);
      }
    }
  },
  ["concurrent"],
);

run();
