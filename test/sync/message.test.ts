/**
 * WIT values as messages: they come as they went, whatever lies before them, and what isn't there is an error. How the
 * canonical ABI lays values out is tested in test/abi and test/host/lowered-values.
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
import { Message, type Names } from "../../host/sync/message.ts";

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

/** A message in a buffer that grows as a channel's does, behind one byte. */
function makeMessage(bytes: Uint8Array = new Uint8Array(0)): Message {
  const buffer = new (SharedArrayBuffer as unknown as Growable)(bytes.length, { maxByteLength: 2 ** 24 });
  const message = new Message({
    bytes: new Uint8Array(buffer),
    view: new DataView(buffer),
    reserve: (end) => {
      if (end > buffer.byteLength) buffer.grow(end);
    },
  });
  message.bytes.set(bytes);
  message.skip(1);
  return message;
}

/** The bytes of a message with a value. */
function written(type: WitType, value: unknown): Uint8Array {
  const message = makeMessage();
  message.writerOf(type, names, "test")(value);
  return message.bytes.slice(0, message.at);
}

/** Reads from a message that has these bytes and no other. */
function read(type: WitType, bytes: Uint8Array): { value: unknown; message: Message } {
  const message = makeMessage(bytes);
  return { value: message.readerOf(type, names, "test")(), message };
}

const CASES: readonly (readonly [what: string, type: WitType, value: unknown])[] = [
  ["true", bool, true],
  ["false", bool, false],
  ["a u8", u8, 254],
  ["a u16", u16, 0xfe01],
  ["a u32", u32, 0xfe010203],
  ["a u64", u64, 0xfe01020304050607n],
  ["an empty string", string, ""],
  ["a string of all widths", string, "a\0ü€\u{1f600}"],
  ["U+FEFF at the start of a string", string, "\ufeffa"],
  ["strings", list(string), ["", "\ufeff"]],
  ["no strings", list(string), []],
  ["pairs", list(tuple(string, u8)), [["a", 1] as const]],
  ["a record", record({ "first-one": u8, second: u16 }), { firstOne: 1, second: 2 }],
  ["an enum", enumeration("a", "b", "c"), "c"],
  ["flags", flags("one", "other-one", "third"), { one: false, otherOne: true, third: true }],
  ["something", option(u16), 0],
  ["nothing", option(u16), undefined],
  ["a case with a payload", variant({ none: undefined, some: u16 }), { tag: "some", val: 7 }],
  ["a case without", variant({ none: undefined, some: u16 }), { tag: "none", val: undefined }],
  ["a result that is one", result(u8, string), { tag: "ok", val: 9 }],
  ["a result that is none", result(u8, string), { tag: "err", val: "no" }],
  ["an owned resource", own(thing), object],
  ["a borrowed resource", borrow(thing), object],
];

for (const [what, type, value] of CASES) {
  test(`${what} comes as it went`, () => {
    assert.equal(read(type, written(type, value)).value, value);
  });

  test(`${what}: what ends too early is an error`, () => {
    const whole = written(type, value);
    for (let length = 1; length < whole.length; length++) {
      assert.throws(
        () => read(type, whole.subarray(0, length)),
        (error: unknown) => error instanceof RangeError,
      );
    }
  });
}

test("a value behind another is read behind it", () => {
  const message = makeMessage();
  message.room(2);
  message.writerOf(u64, names, "test")(7n);
  const { bytes, at } = message;
  const again = makeMessage(bytes.slice(0, at));
  again.skip(2);
  assert.is(again.readerOf(u64, names, "test")(), 7n);
});

test("a length of more than there is, and a case that there is none of, are errors", () => {
  const text = written(string, "ab");
  const view = new DataView(text.buffer);
  view.setUint32(8, 0xffffffff, true);
  assert.throws(() => read(string, text), /4294967295 bytes are told of, and \d+ are there/);
  assert.throws(() => read(list(string), text), /bytes are told of/);
  const one = Uint8Array.of(0, 2);
  assert.throws(() => read(enumeration("a", "b"), one), /2 names none of 2 cases/);
  assert.throws(() => read(variant({ a: undefined }), one), /2 names none of 1 cases/);
  assert.throws(() => read(result(undefined, undefined), one), /2 names none of 2 cases/);
});

test("bytes are lent, and indexes come as an array of their width", () => {
  const { value, message } = read(list(u8), written(list(u8), Uint8Array.of(0, 255)));
  assert.equal([...(value as Uint8Array)], [0, 255]);
  message.bytes[message.bytes.length - 1] = 7;
  assert.is((value as Uint8Array)[1], 7);
  const indexes = read(list(u32), written(list(u32), Uint32Array.of(1, 0xffffffff))).value;
  assert.instance(indexes, Uint32Array);
  assert.equal([...(indexes as Uint32Array)], [1, 0xffffffff]);
});

test("a lone surrogate is no text, and goes as U+FFFD", () => {
  assert.is(read(string, written(string, "a\ud800b")).value, "a\ufffdb");
  assert.is(read(string, written(string, "\udc00")).value, "\ufffd");
});

test("what is no case of a type is refused", () => {
  assert.throws(() => written(enumeration("a"), "b"), /"b", which is none of its cases/);
  assert.throws(() => written(variant({ a: undefined }), { tag: "b" }), /"b", which is none of its cases/);
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
      return [u8, u16, u32, u64].includes(type) ? [type, value] : [list(type), Array(random(4)).fill(value)];
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

test("a value of any type comes as it went", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const [type, value] = sampleOf(makeRandom(seed), 4);
    assert.equal(read(type, written(type, value)).value, value, `seed ${seed}`);
  }
});

test.run();
