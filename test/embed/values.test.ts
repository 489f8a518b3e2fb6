/** Values of every type, from JavaScript to a component and back, and what is none of their type. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { echo, failureOf, using } from "./support.ts";

const test = suite("values of an instance");

const AND_BACK: readonly (readonly [type: string, values: ArrayLike<unknown>, back?: ArrayLike<unknown>])[] =
  [
    ["bool", [true, false]],
    ["u8", Uint8Array.of(0, 7, 255)],
    ["u8", [1, 2], Uint8Array.of(1, 2)],
    ["s8", Int8Array.of(-128, 127)],
    ["u16", Uint16Array.of(0, 65535)],
    ["s16", Int16Array.of(-32768, 32767)],
    ["u32", Uint32Array.of(0, 4294967295)],
    ["s32", Int32Array.of(-2147483648, 2147483647)],
    ["u64", BigUint64Array.of(0n, 18446744073709551615n)],
    ["s64", BigInt64Array.of(-9223372036854775808n, 9223372036854775807n)],
    ["f32", Float32Array.of(0.5, -Infinity)],
    ["f64", Float64Array.of(0.1, Number.MAX_VALUE)],
    ["f64", [0.1], Float64Array.of(0.1)],
    ["char", ["a", "€", "😀", "\0"]],
    ["string", ["", "grüße", "😀\0", "\ud800"], ["", "grüße", "😀\0", "\ufffd"]],
    ["(list string)", [[], ["a", "b"]]],
    ["(list u16)", [Uint16Array.of(), Uint16Array.of(1, 2)]],
    ["(tuple u8 string bool)", [[1, "x", true]]],
    ['(record (field "some-name" u32) (field "b" (list u8)))', [{ someName: 1, b: Uint8Array.of(2) }]],
    ['(enum "one" "two-three")', ["one", "two-three"]],
    [
      '(flags "a" "b-c" "d")',
      [{ bC: true }, {}],
      [
        { a: false, bC: true, d: false },
        { a: false, bC: false, d: false },
      ],
    ],
    ["(option u32)", [1, undefined, null, 0], [1, undefined, undefined, 0]],
    [
      "(option (option u32))",
      [{ tag: "none" }, { tag: "some", val: undefined }, { tag: "some", val: 0 }],
      [{ tag: "none" }, { tag: "some", val: undefined }, { tag: "some", val: 0 }],
    ],
    [
      "(result u32 (error string))",
      [
        { tag: "ok", val: 1 },
        { tag: "err", val: "no" },
      ],
    ],
    ["(result)", [{ tag: "ok" }, { tag: "err" }]],
    [
      '(variant (case "nothing") (case "number" f64) (case "text-s" (list string)))',
      [{ tag: "nothing" }, { tag: "number", val: -1.5 }, { tag: "text-s", val: ["a"] }],
    ],
  ];

for (const [type, values, back = values] of AND_BACK) {
  test(`${type} goes there and back`, () =>
    using(
      echo(type.replace(/^\((.*)\)$/s, "$t"), type.startsWith("(") ? `(type $t ${type})` : ""),
      {},
      ({ echo }) => {
        const got = echo(values) as ArrayLike<unknown>;
        assert.equal(got, back);
        assert.is(got.constructor, back.constructor);
      },
    ));
}

test("lists of numbers are as long as memory takes them", () => {
  const text = echo("u32").replace('(memory (export "memory") 4)', '(memory (export "memory") 60)');
  return using(text.replace("(i32.const 262144)", "(i32.const 3900000)"), {}, ({ echo }) => {
    const numbers = Uint32Array.from({ length: 300_000 }, (_, i) => i);
    const got = echo(numbers) as Uint32Array;
    assert.is(got.length, 300_000);
    assert.is(
      got.every((number, i) => number === i),
      true,
    );
    assert.is.not(got.buffer, numbers.buffer);
  });
});

const WRONG: readonly (readonly [type: string, values: unknown, message: RegExp])[] = [
  ["bool", [1], /^echo: parameter theValues\[0\] must be true or false, and is 1$/],
  ["u8", [256], /theValues\[0\] must be an integer from 0 to 255, and is 256$/],
  ["u8", [1.5], /must be an integer/],
  ["s16", [-32769], /must be an integer from -32768 to 32767, and is -32769$/],
  [
    "u32",
    Uint8Array.of(1),
    /theValues must be a Uint32Array, or an array, and is an object of class Uint8Array$/,
  ],
  ["u64", [1], /must be a bigint from 0n to 18446744073709551615n, and is 1$/],
  ["u64", [-1n], /must be a bigint from 0n/],
  ["f32", ["1"], /must be a number, and is "1"$/],
  ["char", ["ab"], /must be one character, and is "ab"$/],
  ["char", ["\ud800"], /must be one character/],
  ["char", [""], /must be one character/],
  ["string", [1], /must be a string, and is 1$/],
  ["string", "ab", /theValues must be an array, and is "ab"$/],
  ["string", undefined, /theValues must be an array, and is undefined$/],
  ["(tuple u8 u8)", [[1]], /theValues\[0\] must be an array of 2/],
  ["(tuple u8 u8)", [[1, "x"]], /theValues\[0\]\[1\] must be an integer/],
  [
    '(record (field "some-name" u32))',
    [{}],
    /theValues\[0\]\.someName must be an integer .*, and is undefined$/,
  ],
  ['(record (field "some-name" u32))', [null], /theValues\[0\] must be an object, and is null$/],
  ['(enum "a" "b")', ["c"], /theValues\[0\] must be "a" or "b", and is "c"$/],
  ['(enum "a" "b")', ["toString"], /must be "a" or "b"/],
  ['(flags "a")', [{ b: true }], /theValues\[0\] has a flag, which must be one of a, and is "b"$/],
  ['(flags "a")', [{ a: 1 }], /theValues\[0\]\.a must be true or false, and is 1$/],
  ['(variant (case "a" u8))', [{ tag: "z" }], /theValues\[0\]\.tag must be "a", and is "z"$/],
  ['(variant (case "a" u8))', [{ tag: "a", val: "" }], /theValues\[0\]\.val must be an integer/],
  ["(result u8)", [{ tag: "ok", val: -1 }], /theValues\[0\]\.val must be an integer/],
  ["(option u8)", ["x"], /theValues\[0\] must be an integer/],
];

for (const [type, values, message] of WRONG) {
  test(`${type} is refused where it is none: ${message.source}`, () =>
    using(
      echo(type.replace(/^\((.*)\)$/s, "$t"), type.startsWith("(") ? `(type $t ${type})` : ""),
      {},
      async ({ echo }) => {
        const failure = await failureOf(() => echo(values));
        assert.instance(failure, TypeError);
        assert.match(failure.message, message);
        // nothing has happened to the instance
        assert.is((echo([]) as unknown[]).length, 0);
      },
    ));
}

test.run();
