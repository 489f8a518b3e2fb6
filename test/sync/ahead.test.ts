/** Bytes that came to a guest's thread before it asked. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Ahead } from "../../host/sync/ahead.ts";

const area = new Uint8Array(512 * 1024);

/** Puts bytes where a channel has them, and keeps them. */
function bring(ahead: Ahead, stream: number, text: string): void {
  assert.ok(ahead.makeRoom());
  const bytes = Buffer.from(text);
  area.set(bytes);
  ahead.keep(stream, area.subarray(0, bytes.length));
}

function read(ahead: Ahead, stream: number, length: bigint, waits = false): string | undefined {
  const bytes = ahead.read(stream, length, waits);
  return bytes && String(Buffer.from(bytes));
}

test("bytes are read in order and in pieces, and then the host is asked", () => {
  const ahead = new Ahead();
  bring(ahead, 1, "abcdef");
  assert.is(ahead.has(1), true);
  assert.is(read(ahead, 1, 0n), "");
  assert.is(read(ahead, 1, 2n), "ab");
  assert.is(read(ahead, 2, 2n), undefined);
  assert.is(read(ahead, 1, 100n), "cdef");
  assert.is(ahead.has(1), false);
  assert.is(read(ahead, 1, 100n), "", "the last byte was just read, which is told once");
  assert.is(read(ahead, 1, 100n), undefined);
});

test("only of the stream that was read to its last byte it is told that there is nothing", () => {
  const ahead = new Ahead();
  bring(ahead, 1, "a");
  assert.is(read(ahead, 1, 1n), "a");
  assert.is(read(ahead, 2, 1n), undefined);
  assert.is(read(ahead, 1, 1n), undefined, "the host was asked for another");
});

test("nothing that comes is nothing, and the host was asked", () => {
  const ahead = new Ahead();
  bring(ahead, 1, "a");
  assert.is(read(ahead, 1, 1n), "a");
  ahead.keep(1, area.subarray(0, 0));
  assert.is(ahead.has(1), false);
  assert.is(read(ahead, 1, 1n), undefined);
});

test("a read that waits is never told that there is nothing", () => {
  const ahead = new Ahead();
  bring(ahead, 1, "a");
  assert.is(read(ahead, 1, 1n, true), "a");
  assert.is(read(ahead, 1, 1n, true), undefined);
});

test("once the host was asked, more may be there than nothing", () => {
  const ahead = new Ahead();
  bring(ahead, 1, "a");
  read(ahead, 1, 1n);
  ahead.hostIsAsked();
  assert.is(read(ahead, 1, 1n), undefined);
});

test("bytes of several streams are kept beside each other", () => {
  const ahead = new Ahead();
  bring(ahead, 1, "first");
  assert.is(read(ahead, 1, 1n), "f");
  bring(ahead, 2, "second");
  bring(ahead, 3, "third");
  assert.equal(ahead.streams, [1, 2, 3]);
  assert.is(read(ahead, 1, 2n), "ir");
  assert.is(read(ahead, 2, 100n), "second");
  assert.is(read(ahead, 3, 100n), "third");
  assert.is(read(ahead, 1, 100n), "st");
});

/** Brings a whole area of a stream, all of its number. */
function bringArea(ahead: Ahead, stream: number): void {
  area.fill(stream);
  ahead.keep(stream, area);
}

/** Reads of such a stream, and checks that it is what came. */
function readArea(ahead: Ahead, stream: number, length: number): void {
  const bytes = ahead.read(stream, BigInt(length), false) as Uint8Array;
  assert.is(bytes.length, length);
  assert.ok(bytes.every((byte) => byte === stream));
}

test("no more are kept than 4 MiB: then there is no room for others, until some are read", () => {
  const ahead = new Ahead();
  let stream = 0;
  while (ahead.makeRoom()) bringArea(ahead, ++stream);
  assert.is(stream, 9, "eight that were copied, and one where it came");
  readArea(ahead, 1, area.length / 2);
  assert.is(ahead.makeRoom(), false);
  readArea(ahead, 2, area.length / 2);
  assert.is(ahead.makeRoom(), true, "the halves of two are one");
  bringArea(ahead, 10);
  assert.is(ahead.makeRoom(), false);
  readArea(ahead, 3, area.length);
  assert.is(ahead.makeRoom(), true);
  bringArea(ahead, 11);
  assert.is(ahead.makeRoom(), false);
  assert.is(ahead.takeRest(4)?.length, area.length);
  assert.is(ahead.makeRoom(), true);
  area.fill(0);
  for (const [left, length] of [
    [1, area.length / 2],
    [2, area.length / 2],
    ...[5, 6, 7, 8, 9, 10, 11].map((whole) => [whole, area.length] as const),
  ] as const) {
    readArea(ahead, left, length);
  }
  assert.equal(ahead.streams, []);
});

test("what goes back to the host, or is dropped, is not here any more", () => {
  const ahead = new Ahead();
  bring(ahead, 1, "abc");
  read(ahead, 1, 1n);
  assert.is(String(Buffer.from(ahead.takeRest(1) as Uint8Array)), "bc");
  assert.is(ahead.takeRest(1), undefined);
  assert.is(read(ahead, 1, 1n), undefined);
  bring(ahead, 2, "abc");
  ahead.forget(2);
  assert.is(read(ahead, 2, 1n), undefined);
});

test("a permit is known while it is large, and spent by writes", () => {
  const ahead = new Ahead();
  assert.is(ahead.permit(1), undefined);
  ahead.setPermit(1, 10_000n);
  assert.is(ahead.permit(1), 10_000n);
  assert.is(ahead.takePermit(1), 10_000n);
  assert.is(ahead.permit(1), undefined, "a write may fail");
  ahead.setPermit(1, 4096n);
  assert.is(ahead.permit(1), 4096n);
  ahead.setPermit(1, 4095n);
  assert.is(ahead.permit(1), undefined, "small pieces would cost a call each");
  ahead.setPermit(1, 10_000n);
  ahead.hostIsPolled();
  assert.is(ahead.permit(1), 10_000n, "what is there to read is nothing to it");
  ahead.hostIsAsked();
  assert.is(ahead.permit(1), undefined);
  ahead.setPermit(1, 10_000n);
  ahead.forget(1);
  assert.is(ahead.permit(1), undefined);
});

test.run();
