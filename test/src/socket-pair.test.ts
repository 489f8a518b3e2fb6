/** Socket pairs: sockets in the core's memory, with everything that sockets promise, and no network. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { coreHost } from "../../src/core.ts";
import {
  AddressFamily,
  close,
  getPeerName,
  InputPort,
  IpProto,
  Msg,
  OutputPort,
  openSocketPair,
  receive,
  receiveInto,
  receiveNonBlocking,
  SocketType,
  send,
  sendNonBlocking,
  shutdown,
} from "../../src/index.ts";
import { scenario, until, within } from "./support/scenario.ts";
import { closeAll, must, pattern } from "./support/sockets.ts";

const { unix, inet } = AddressFamily;
const { stream, datagram } = SocketType;

scenario("a stream pair moves bytes both ways, and uses no socket of the host", async () => {
  const before = coreHost.stats().sockets;
  const [a, b] = must(openSocketPair());
  assert.is(coreHost.stats().sockets, before);
  assert.equal([a.family, a.type, b.family, b.type], [unix, stream, unix, stream]);
  assert.is(await send(a, Buffer.from("one ")), 4);
  assert.is(await send(a, Buffer.from("two")), 3);
  assert.is(String(await receive(b, 5)), "one t");
  assert.is(String(await receive(b, 5)), "wo");
  assert.is(await send(b, Buffer.from("back")), 4);
  assert.is(String(await receive(a, 100)), "back");
  assert.is(getPeerName(a), null);
  await closeAll(a, b);
});

scenario("a datagram pair keeps boundaries, also of empty ones, and cuts what is too long", async () => {
  const [a, b] = must(openSocketPair(unix, datagram));
  for (const text of ["first", "", "a longer one"]) assert.is(await send(a, Buffer.from(text)), text.length);
  assert.is(String(await receive(b, 100, Msg.peek)), "first");
  assert.is(String(await receive(b, 100)), "first");
  assert.is(String(await receive(b, 100)), "");
  assert.is(String(await receive(b, 8)), "a longer");
  assert.is(await receiveNonBlocking(b, 100, 0), false);
  await closeAll(a, b);
});

scenario("a pair is bounded: a sender waits while it is full, and goes on when there is room", async () => {
  const [a, b] = must(openSocketPair());
  const bytes = pattern(1 << 20);
  const held = await sendNonBlocking(a, bytes, 0.05);
  assert.is(held, 65536, "64 KiB fit");
  assert.is(await sendNonBlocking(a, bytes, 0), false);
  const sending = send(a, bytes.subarray(65536)).then((count) => {
    shutdown(a, "write");
    return count;
  });
  const parts: Buffer[] = [];
  do parts.push(must(await receive(b, 10_000)));
  while (parts.at(-1)?.length !== 0);
  assert.is(await sending, bytes.length - 65536);
  assert.ok(Buffer.concat(parts).equals(bytes));
  await closeAll(a, b);

  const [c, d] = must(openSocketPair(unix, datagram));
  let count = 0;
  while ((await sendNonBlocking(c, Buffer.from("x"), 0)) === 1) count++;
  assert.is(count, 256);
  const late = send(c, Buffer.from("last"));
  for (let i = 0; i < 256; i++) await receive(d, 10);
  assert.is(await within(5, late), 4);
  assert.is(String(await receive(d, 10)), "last");
  await closeAll(c, d);
});

scenario("half-close: the end comes after the bytes, and the other direction goes on", async () => {
  const [a, b] = must(openSocketPair());
  await send(a, Buffer.from("last words"));
  assert.is(shutdown(a, "write"), true);
  assert.is(await send(a, Buffer.from("more")), -32);
  assert.is(String(await receive(b, 100)), "last words");
  assert.is(await receiveInto(b, Buffer.alloc(1)), 0);
  await send(b, Buffer.from("answer"));
  assert.is(String(await receive(a, 100)), "answer");
  await closeAll(a, b);
});

scenario("closing one end: what was sent is still there, then the end, and sending is EPIPE", async () => {
  const [a, b] = must(openSocketPair());
  await send(a, Buffer.from("still there"));
  await close(a);
  assert.is(String(await receive(b, 100)), "still there");
  assert.is(await receiveInto(b, Buffer.alloc(1)), 0);
  assert.is(await send(b, Buffer.from("x")), -32);
  await close(b);
});

scenario("calls that wait end when either end is closed", async () => {
  const [a, b] = must(openSocketPair());
  const mine = receiveInto(a, Buffer.alloc(1));
  const other = receiveInto(b, Buffer.alloc(1));
  await close(a);
  assert.equal(await within(5, Promise.all([mine, other])), [-9, 0]);
  await close(b);
  const [c, d] = must(openSocketPair());
  const sending = send(c, Buffer.alloc(1 << 20));
  await close(d);
  assert.is(await within(5, sending), 65536);
  await close(c);
});

scenario("time limits and flags are those of every socket", async () => {
  const [a, b] = must(openSocketPair());
  assert.is(await receiveNonBlocking(a, 1, 0.02), false);
  assert.is(await receiveInto(a, Buffer.alloc(1), Msg.dontwait), -11);
  const all = receive(a, 6, Msg.waitall);
  await send(b, Buffer.from("abc"));
  await send(b, Buffer.from("def"));
  assert.is(String(await all), "abcdef");
  await closeAll(a, b);
});

scenario("ports on a pair are streams like any other", async () => {
  const [a, b] = must(openSocketPair());
  const bytes = pattern(300_000);
  const output = new OutputPort(a);
  const back = new InputPort(a).resume();
  output.end(bytes);
  const parts: Buffer[] = [];
  const input = new InputPort(b);
  new OutputPort(b).end();
  for await (const part of input) parts.push(part as Buffer);
  assert.ok(Buffer.concat(parts).equals(bytes));
  await until(() => a.closed && b.closed && back.closed);
});

scenario("what socketpair(2) refuses is false", () => {
  assert.is(openSocketPair(inet, stream), false);
  assert.is(openSocketPair(unix, SocketType.raw), false);
  assert.is(openSocketPair(unix, stream, IpProto.tcp), false);
});

test.run();
