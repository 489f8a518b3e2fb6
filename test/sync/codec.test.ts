/** WIT values as bytes of a channel: what one thread writes is what the other reads. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  bool,
  borrow,
  enumeration,
  flags,
  list,
  option,
  own,
  record,
  resource,
  result,
  string,
  tuple,
  u8,
  u16,
  u32,
  u64,
  variant,
  type WitType,
} from "../../host/lowered/types.ts";
import { Cursor, type Names, readerOf, writerOf } from "../../host/sync/codec.ts";

const thing = resource("test:test/things", "thing");
const things = new Map<number, object>();
const names: Names = {
  numberOf(object) {
    things.set(things.size + 1, object as object);
    return things.size;
  },
  objectOf: (number) => things.get(number) ?? {},
};

/** A buffer that grows as a channel's does. */
function makeCursor(): Cursor {
  const buffer = new (
    SharedArrayBuffer as unknown as new (
      length: number,
      options: { maxByteLength: number },
    ) => SharedArrayBuffer & { grow(length: number): void }
  )(16, { maxByteLength: 2 ** 24 });
  return new Cursor({
    bytes: new Uint8Array(buffer),
    view: new DataView(buffer),
    reserve: (end) => {
      if (end > buffer.byteLength) buffer.grow(end);
    },
  });
}

function through(type: WitType, value: unknown): unknown {
  const cursor = makeCursor();
  writerOf(type, names)(cursor, value);
  const end = cursor.at;
  cursor.at = 0;
  const read = readerOf(type, names)(cursor);
  assert.is(cursor.at, end, "all that was written is read");
  return read;
}

const object = {};
const CASES: readonly (readonly [what: string, type: WitType, value: unknown])[] = [
  ["true", bool, true],
  ["false", bool, false],
  ["the largest u8", u8, 255],
  ["the largest u16", u16, 65535],
  ["the largest u32", u32, 4294967295],
  ["the largest u64", u64, 2n ** 64n - 1n],
  ["an empty string", string, ""],
  ["a string of all widths", string, "a\0ü€\u{1f600}"],
  ["U+FEFF at the start of a string", string, "\ufeffname"],
  ["U+FEFF alone", string, "\ufeff"],
  ["a long string", string, "x".repeat(100_000)],
  ["strings", list(string), ["", "\ufeff", "b"]],
  ["no strings", list(string), []],
  ["pairs", list(tuple(string, u8)), [["a", 1] as const, ["b", 2] as const]],
  ["a record", record({ "first-one": u8, second: string }), { firstOne: 1, second: "two" }],
  ["an enum", enumeration("a", "b", "c"), "c"],
  ["flags", flags("one", "other-one"), { one: false, otherOne: true }],
  ["something", option(u8), 0],
  ["nothing", option(u8), undefined],
  ["a case with a payload", variant({ none: undefined, some: u16 }), { tag: "some", val: 7 }],
  ["a case without", variant({ none: undefined, some: u16 }), { tag: "none", val: undefined }],
  ["a result", result(u8, string), { tag: "err", val: "\ufeffwhy" }],
];

for (const [what, type, value] of CASES) {
  test(what, () => assert.equal(through(type, value), value));
}

test("bytes, and indexes as an array of their width", () => {
  assert.equal([...(through(list(u8), Uint8Array.of(0, 255)) as Uint8Array)], [0, 255]);
  const indexes = through(list(u32), Uint32Array.of(1, 4294967295));
  assert.instance(indexes, Uint32Array);
  assert.equal([...(indexes as Uint32Array)], [1, 4294967295]);
});

test("a lone surrogate is no text, and comes as U+FFFD", () => {
  assert.is(through(string, "a\ud800b"), "a\ufffdb");
  assert.is(through(string, "\udc00"), "\ufffd");
});

test("a resource is the object itself", () => {
  assert.is(through(own(thing), object), object);
  assert.is(through(borrow(thing), object), object);
});

test("what is no case of a type is refused", () => {
  assert.throws(() => through(enumeration("a"), "b"), /b is none of a/);
  assert.throws(() => through(variant({ a: undefined }), { tag: "b" }), /b is none of a/);
});

test.run();
