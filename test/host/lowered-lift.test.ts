/** Discriminants and characters that there are not: in core values and in memory, as served and by description alone. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type LiftFlat, type Load, liftFlat, liftScalar, loader } from "../../host/abi/lift.ts";
import { GuestMemory } from "../../host/abi/memory.ts";
import type { Scope } from "../../host/abi/scope.ts";
import { HandleTable } from "../../host/abi/table.ts";
import {
  enumeration,
  flatten,
  list,
  option,
  result,
  sizeOf,
  tuple,
  u8,
  u16,
  u64,
  variant,
  type WitType,
} from "../../host/abi/types.ts";
import { outgoingDatagram } from "../../host/wasi02/descriptions.ts";
import { give, makeWorld, wasm } from "./lowered-support.ts";

const inside = new wasm.Memory({ initial: 1 });
const memory = new GuestMemory();
memory.attach({ memory: inside });
const scope: Scope = {
  where: "here",
  memory,
  table: new HandleTable(),
  notYet: () => {},
};

/** Reads a type whose first byte in memory is its discriminant. */
function inMemory(load: Load, discriminant: number): unknown {
  const bytes = new Uint8Array(inside.buffer);
  bytes.fill(0);
  bytes[64] = discriminant;
  return load(64);
}

/** The same in core values. */
function inValues(lift: LiftFlat, type: WitType, discriminant: number): unknown {
  const rest = flatten(type)
    .slice(1)
    .map((core) => (core === "i64" ? 0n : 0));
  return lift([discriminant, ...rest], 0);
}

for (const [name, type, cases] of [
  ["an enum", enumeration("a", "b", "c"), ["a", "b", "c"]],
  ["an option", option(u64), [undefined, 0n]],
  ["an option of an option", option(option(u16)), [undefined, undefined]],
  [
    "a variant",
    variant({ a: u8, b: undefined }),
    [
      { tag: "a", val: 0 },
      { tag: "b", val: undefined },
    ],
  ],
  [
    "a result",
    result(u64, u8),
    [
      { tag: "ok", val: 0n },
      { tag: "err", val: 0 },
    ],
  ],
  [
    "a result of nothing",
    result(undefined, undefined),
    [
      { tag: "ok", val: undefined },
      { tag: "err", val: undefined },
    ],
  ],
] as const) {
  test(`a discriminant that ${name} has not is a trap, and each that it has is read`, () => {
    const load = loader(type, scope);
    const lift = liftFlat(type, scope);
    for (const [discriminant, value] of cases.entries()) {
      assert.equal(inMemory(load, discriminant), value);
      assert.equal(inValues(lift, type, discriminant), value);
    }
    for (const discriminant of [cases.length, cases.length + 1, 255]) {
      const refusal = new RegExp(`here: ${discriminant} names none of ${cases.length} cases`);
      assert.throws(() => inMemory(load, discriminant), refusal);
      assert.throws(() => inValues(lift, type, discriminant), refusal);
    }
    assert.throws(() => inValues(lift, type, -1), /4294967295 names none of/);
  });
}

test("what is one core value alone is read like that, and has no other discriminants", () => {
  for (const [type, cases] of [
    [enumeration("a", "b"), ["a", "b"]],
    [
      result(undefined, undefined),
      [
        { tag: "ok", val: undefined },
        { tag: "err", val: undefined },
      ],
    ],
  ] as const) {
    const lift = liftScalar(type, scope);
    assert.equal([lift(0), lift(1)], cases);
    for (const discriminant of [2, -1]) assert.throws(() => lift(discriminant), /names none of 2 cases/);
  }
});

test("a character is any scalar value, and no surrogate and nothing beyond is one", () => {
  const type: WitType = { kind: "char" };
  const load = loader(type, scope);
  const lift = liftFlat(type, scope);
  const view = new DataView(inside.buffer);
  for (const [code, isOne] of [
    [0, true],
    [0xd7ff, true],
    [0xd800, false],
    [0xdfff, false],
    [0xe000, true],
    [0x10ffff, true],
    [0x110000, false],
    [0xffffffff, false],
  ] as const) {
    view.setUint32(64, code, true);
    for (const read of [() => load(64), () => lift([code | 0], 0)]) {
      if (isOne) assert.is(read(), String.fromCodePoint(code));
      else assert.throws(read, /is not a character/);
    }
  }
});

test("a datagram's address has a family that there is, or there is none", () => {
  const load = loader(outgoingDatagram, scope);
  const read = (isThere: number, family: number): unknown => {
    const bytes = new Uint8Array(inside.buffer);
    bytes.fill(0);
    bytes[64 + 8] = isThere;
    bytes[64 + 12] = family;
    return (load(64) as { remoteAddress?: { tag: string } }).remoteAddress?.tag;
  };
  assert.is(read(0, 7), undefined);
  assert.is(read(1, 0), "ipv4");
  assert.is(read(1, 1), "ipv6");
  for (const isThere of [2, 3, 255])
    assert.throws(() => read(isThere, 0), `${isThere} names none of 2 cases`);
  for (const family of [2, 255]) assert.throws(() => read(1, family), `${family} names none of 2 cases`);
});

test("an option in a call's own values has no third case either", () => {
  const world = makeWorld();
  const { handle } = give(world, "udp-socket");
  const stream = (isThere: number, family: number): unknown =>
    world.guest.call(
      "wasi:sockets/udp",
      "[method]udp-socket.stream",
      ...[handle, isThere, family, ...new Array<number>(11).fill(0)],
      0x1000,
    );
  for (const isThere of [2, -1]) assert.throws(() => stream(isThere, 0), /names none of 2 cases/);
  assert.throws(() => stream(1, 2), /2 names none of 2 cases/);
});

test("lists are weighed by their bytes and items, and lie in memory as a whole", () => {
  for (const [element, length, least] of [
    [u8, 10, 10],
    [tuple(u8, u8), 10, 640],
    [u64, 0, 1],
  ] as const) {
    let weight = 0;
    const weigh = (more: number): void => {
      weight += more;
    };
    const lift = liftFlat(list(element), { ...scope, weigh });
    lift([64, length], 0);
    assert.ok(weight >= least && weight < least + 1000, `${weight} for ${length}`);
    assert.throws(() => lift([65536 - sizeOf(element), 2], 0), /here/);
  }
});

test.run();
