/**
 * WIT values as bytes of a channel: packed, little-endian, a case as its place in one byte, flags as 32 bits, a string,
 * a list and a resource behind a length or a number of 32 bits.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  bool,
  borrow,
  camelCase,
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
} from "../../host/abi/types.ts";
import { Cursor, type Names, readerOf, writerOf } from "../../host/sync/codec.ts";

const thing = resource("test:test/things", "thing");
const object = {};
const names: Names = {
  numberOf(one, of) {
    assert.is(of, thing);
    return one === object ? 0x01020304 : 0;
  },
  objectOf(number, of) {
    assert.is(of, thing);
    return number === 0x01020304 ? object : {};
  },
};

type Growable = new (
  length: number,
  options: { maxByteLength: number },
) => SharedArrayBuffer & { grow(length: number): void };

/** A buffer that grows as a channel's does. */
function makeCursor(): Cursor {
  const buffer = new (SharedArrayBuffer as unknown as Growable)(0, { maxByteLength: 2 ** 24 });
  return new Cursor({
    bytes: new Uint8Array(buffer),
    view: new DataView(buffer),
    reserve: (end) => {
      if (end > buffer.byteLength) buffer.grow(end);
    },
  });
}

/** The bytes of a value, as hexadecimal digits. */
function written(type: WitType, value: unknown): string {
  const cursor = makeCursor();
  writerOf(type, names)(cursor, value);
  return Buffer.from(cursor.bytes.slice(0, cursor.at)).toString("hex");
}

/** Reads from a buffer that has these bytes and no other. */
function read(type: WitType, hex: string): { value: unknown; cursor: Cursor } {
  const cursor = makeCursor();
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  cursor.bytes.set(bytes, cursor.room(bytes.length));
  cursor.at = 0;
  const value = readerOf(type, names)(cursor);
  return { value, cursor };
}

const CASES: readonly (readonly [what: string, type: WitType, value: unknown, hex: string])[] = [
  ["true", bool, true, "01"],
  ["false", bool, false, "00"],
  ["a u8", u8, 254, "fe"],
  ["a u16", u16, 0xfe01, "01 fe"],
  ["a u32", u32, 0xfe010203, "03 02 01 fe"],
  ["a u64", u64, 0xfe01020304050607n, "07 06 05 04 03 02 01 fe"],
  ["an empty string", string, "", "00000000"],
  ["a string of all widths", string, "a\0ü€\u{1f600}", "0b000000 61 00 c3bc e282ac f09f9880"],
  ["U+FEFF at the start of a string", string, "\ufeffa", "04000000 efbbbf 61"],
  ["strings", list(string), ["", "\ufeff", "b"], "03000000 00000000 03000000 efbbbf 01000000 62"],
  ["no strings", list(string), [], "00000000"],
  ["pairs", list(tuple(string, u8)), [["a", 1] as const], "01000000 01000000 61 01"],
  ["a record", record({ "first-one": u8, second: u16 }), { firstOne: 1, second: 2 }, "01 0200"],
  ["an enum", enumeration("a", "b", "c"), "c", "02"],
  ["flags", flags("one", "other-one", "third"), { one: false, otherOne: true, third: true }, "06000000"],
  ["something", option(u16), 0, "01 0000"],
  ["nothing", option(u16), undefined, "00"],
  ["a case with a payload", variant({ none: undefined, some: u16 }), { tag: "some", val: 7 }, "01 0700"],
  ["a case without", variant({ none: undefined, some: u16 }), { tag: "none", val: undefined }, "00"],
  ["a result that is one", result(u8, string), { tag: "ok", val: 9 }, "00 09"],
  ["a result that is none", result(u8, string), { tag: "err", val: "no" }, "01 02000000 6e6f"],
  ["an owned resource", own(thing), object, "04030201"],
  ["a borrowed resource", borrow(thing), object, "04030201"],
];

for (const [what, type, value, hex] of CASES) {
  test(`${what}: ${hex}`, () => {
    assert.is(written(type, value), hex.replaceAll(" ", ""));
    const back = read(type, hex);
    assert.equal(back.value, value);
    assert.is(back.cursor.at, back.cursor.bytes.length, "all of it is read");
  });

  test(`${what}: what ends too early is an error`, () => {
    const whole = hex.replaceAll(" ", "");
    for (let length = 0; length < whole.length; length += 2) {
      assert.throws(
        () => read(type, whole.slice(0, length)),
        (error: unknown) => error instanceof RangeError,
      );
    }
  });
}

test("what is left behind a value isn't touched", () => {
  const { value, cursor } = read(string, "01000000 61 ffff");
  assert.is(value, "a");
  assert.is(cursor.at, 5);
});

test("a length of more than there is, and a case that there is none of, are errors", () => {
  const wrong: readonly (readonly [type: WitType, hex: string, message: RegExp])[] = [
    [list(u8), "ffffffff 00", /4294967295 bytes are told of, and 1 are there/],
    [string, "02000000 61", /2 bytes are told of, and 1 are there/],
    [list(string), "ffffffff", /./],
    [list(u32), "02000000 01000000", /./],
    [enumeration("a", "b"), "02", /there is no case 2 of 2/],
    [variant({ a: undefined }), "ff", /there is no case 255 of 1/],
    [result(undefined, undefined), "02", /there is no case 2 of 2/],
  ];
  for (const [type, hex, message] of wrong) {
    assert.throws(
      () => read(type, hex),
      (error: unknown) => error instanceof RangeError && message.test(error.message),
    );
  }
});

test("any number but 0 is true, and something", () => {
  assert.is(read(bool, "02").value, true);
  assert.is(read(option(u8), "ff 07").value, 7);
});

test("bytes are lent, and indexes come as an array of their width", () => {
  assert.is(written(list(u8), Uint8Array.of(0, 255)), "0200000000ff");
  const { value, cursor } = read(list(u8), "02000000 00ff");
  assert.equal([...(value as Uint8Array)], [0, 255]);
  cursor.bytes[5] = 7;
  assert.is((value as Uint8Array)[1], 7);
  assert.is(written(list(u32), Uint32Array.of(1, 0xffffffff)), "0200000001000000ffffffff");
  const indexes = read(list(u32), "02000000 01000000 ffffffff").value;
  assert.instance(indexes, Uint32Array);
  assert.equal([...(indexes as Uint32Array)], [1, 0xffffffff]);
});

test("a lone surrogate is no text, and goes as U+FFFD", () => {
  assert.is(written(string, "a\ud800b"), "0500000061efbfbd62");
  assert.is(written(string, "\udc00"), "03000000efbfbd");
});

test("what is no case of a type is refused", () => {
  assert.throws(() => written(enumeration("a"), "b"), /b is none of a/);
  assert.throws(() => written(variant({ a: undefined }), { tag: "b" }), /b is none of a/);
});

/** Numbers that look random, and are the same each time. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A type with a value of it. */
type Sample = readonly [type: WitType, value: unknown];

/** Makes a type that has others inside, so many deep, and a value. */
function sampleOf(random: (below: number) => number, depth: number): Sample {
  const inner = (): Sample => sampleOf(random, depth - 1);
  const plain: readonly (() => Sample)[] = [
    () => [bool, random(2) === 1],
    () => [u8, random(256)],
    () => [u16, random(65536)],
    () => [u32, random(2 ** 32)],
    () => [u64, (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32))],
    () => [string, Array.from({ length: random(9) }, () => String.fromCodePoint(random(0xd800))).join("")],
    () => [enumeration("a", "b", "c"), ["a", "b", "c"][random(3)]],
    () => [flags("a-b", "c"), { aB: random(2) === 1, c: random(2) === 1 }],
    () => [own(thing), object],
  ];
  const nested: readonly (() => Sample)[] = [
    () => {
      const [type, value] = inner();
      return type === u8 || type === u32 ? [type, value] : [list(type), Array(random(4)).fill(value)];
    },
    () => {
      const fields = ["a", "b-c", "d"].slice(random(3)).map((name) => [name, inner()] as const);
      return [
        record(Object.fromEntries(fields.map(([name, [type]]) => [name, type]))),
        Object.fromEntries(fields.map(([name, [, value]]) => [camelCase(name), value])),
      ];
    },
    () => {
      const items = Array.from({ length: 1 + random(3) }, inner);
      return [tuple(...items.map(([type]) => type)), items.map(([, value]) => value)];
    },
    () => {
      const [type, value] = inner();
      return [option(type), random(2) === 0 ? undefined : value];
    },
    () => {
      const [[ok, good], [err, bad]] = [inner(), inner()];
      return [result(ok, err), random(2) === 0 ? { tag: "ok", val: good } : { tag: "err", val: bad }];
    },
  ];
  const makers = depth > 0 ? [...plain, ...nested] : plain;
  return (makers[random(makers.length)] as () => Sample)();
}

test("a value of any type comes as it went, and takes the bytes that it took", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const [type, value] = sampleOf(makeRandom(seed), 4);
    const hex = written(type, value);
    const back = read(type, hex);
    assert.equal(back.value, value, `seed ${seed}`);
    assert.is(back.cursor.at, hex.length / 2, `seed ${seed}`);
  }
});

test.run();
