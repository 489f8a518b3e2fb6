/**
 * Values of any type that cross from one part of a component to another: random types, random values, all encodings
 * of strings, through memory and as core values.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Lifted } from "../../host/abi/async/guest.ts";
import { Instance } from "../../host/abi/async/instance.ts";
import { Scheduler } from "../../host/abi/async/scheduler.ts";
import { liftFlat, loader } from "../../host/abi/lift.ts";
import { storer } from "../../host/abi/lower.ts";
import { lowerFlat } from "../../host/abi/lower-flat.ts";
import { GuestMemory } from "../../host/abi/memory.ts";
import type { Scope } from "../../host/abi/scope.ts";
import { HandleTable } from "../../host/abi/table.ts";
import {
  alignOf,
  type FunctionType,
  flatten,
  maxFlatParams,
  sizeOf,
  type WitType,
} from "../../host/abi/types.ts";
import { adapt } from "../../host/link/adapter.ts";
import { wasm } from "../host/lowered-support.ts";

const SEED = Number(process.env["WASOCK_SEED"] ?? 20_261_127);
const TYPES = Number(process.env["WASOCK_TYPES"] ?? 1500);

/** xorshift32 (Marsaglia 2003). */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const next = random(SEED);
const SCALARS = ["bool", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f32", "f64", "char"] as const;
const ENCODINGS = ["utf8", "utf16", "latin1+utf16"] as const;
const TEXTS = ["", "plain", "grüße", "\u00ff\u0000é", "例え 😀", "\ufeffmark", "x".repeat(300)];

function someOf<T>(make: () => T, most: number): T[] {
  return Array.from({ length: 1 + next(most) }, make);
}

function makeType(depth: number): WitType {
  const inner = (): WitType => makeType(depth - 1);
  const kind = depth === 0 ? next(8) : next(16);
  if (kind < 6) return { kind: SCALARS[next(SCALARS.length)] as (typeof SCALARS)[number] };
  if (kind < 8) return { kind: "string" };
  const labels = (types: readonly (WitType | undefined)[]) =>
    types.map((type, i) => [`l${i}`, type] as const);
  switch (kind) {
    case 8:
      return { kind: "list", element: inner() };
    case 9:
      return { kind: "record", fields: someOf(inner, 4).map((type, i) => [`f${i}`, type] as const) };
    case 10:
      return { kind: "tuple", items: someOf(inner, 6) };
    case 11:
      return { kind: "variant", cases: labels(someOf(() => (next(4) === 0 ? undefined : inner()), 5)) };
    case 12:
      return { kind: "enum", names: someOf(() => 0, 300).map((_, i) => `e${i}`) };
    case 13:
      return { kind: "flags", names: someOf(() => 0, 32).map((_, i) => `b${i}`) };
    case 14:
      return { kind: "option", some: inner() };
    default:
      return {
        kind: "result",
        ok: next(3) === 0 ? undefined : inner(),
        err: next(3) === 0 ? undefined : inner(),
      };
  }
}

/** The same type as the adapter passes it: every value says what it is. */
function explicit(type: WitType): WitType {
  switch (type.kind) {
    case "list":
      return { kind: "list", element: explicit(type.element) };
    case "record":
      return { kind: "tuple", items: type.fields.map(([, field]) => explicit(field)) };
    case "tuple":
      return { kind: "tuple", items: type.items.map(explicit) };
    case "variant":
      return { kind: "variant", cases: type.cases.map(([tag, of]) => [tag, of && explicit(of)] as const) };
    case "option":
      return {
        kind: "variant",
        cases: [
          ["none", undefined],
          ["some", explicit(type.some)],
        ],
      };
    case "result":
      return {
        kind: "variant",
        cases: [
          ["ok", type.ok && explicit(type.ok)],
          ["err", type.err && explicit(type.err)],
        ],
      };
    default:
      return type;
  }
}

function makeValue(type: WitType): unknown {
  const integer = (bits: number): number =>
    [0, 2 ** bits - 1, 2 ** (bits - 1), next(2 ** bits)][next(4)] ?? 0;
  const wide = (): bigint => (BigInt(integer(32)) << 32n) | BigInt(integer(32));
  switch (type.kind) {
    case "bool":
      return next(2) === 1;
    case "u8":
      return integer(8);
    case "u16":
      return integer(16);
    case "u32":
      return integer(32);
    case "u64":
      return wide();
    case "s8":
      return (integer(8) << 24) >> 24;
    case "s16":
      return (integer(16) << 16) >> 16;
    case "s32":
      return integer(32) | 0;
    case "s64":
      return BigInt.asIntN(64, wide());
    case "f32":
      return Math.fround([0, -0, 1.5, -Infinity, Number.NaN, next(1000) / 7][next(6)] ?? 0);
    case "f64":
      return [0, -0, 1.1, Infinity, Number.NaN, next(1000) / 7][next(6)];
    case "char":
      return ["a", "\u0000", "é", "例", "😀", "\ud7ff", "\ue000", "\u{10ffff}"][next(8)];
    case "string":
      return TEXTS[next(TEXTS.length)];
    case "list":
      if (type.element.kind === "u8") return Uint8Array.from({ length: next(40) }, () => next(256));
      return Array.from({ length: next(4) }, () => makeValue(type.element));
    case "tuple":
      return type.items.map(makeValue);
    case "variant": {
      const [tag, payload] = type.cases[next(type.cases.length)] ?? [];
      return { tag, val: payload && makeValue(payload) };
    }
    case "enum":
      return type.names[next(type.names.length)];
    case "flags":
      return Object.fromEntries(type.names.map((name) => [name, next(2) === 1]));
    default:
      throw new Error(`a ${type.kind} is not made`);
  }
}

interface Side extends Scope {
  readonly suspending: boolean;
  readonly state: Instance;
  readonly onTrap: () => void;
}

/** One side: a memory whose allocator gives ever new places, and grows it. */
function makeSide(encoding: (typeof ENCODINGS)[number]): Side {
  const memory = new wasm.Memory({ initial: 1 }) as {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  };
  let top = 1024;
  const realloc = (_old: number, _size: number, align: number, size: number): number => {
    const at = Math.ceil(top / align) * align;
    top = at + size;
    while (top > memory.buffer.byteLength) memory.grow(1);
    return at;
  };
  const guest = new GuestMemory();
  guest.attach({ memory, cabi_realloc: realloc });
  const nothing = (): void => {};
  const common = { where: "test", suspending: false, notYet: nothing, onTrap: nothing };
  const table = new HandleTable();
  return { ...common, memory: guest, table, encoding, state: new Instance(table, new Scheduler(false)) };
}

test("what a part passes to another arrives, and what it answers comes back", () => {
  for (let i = 0; i < TYPES; i++) {
    const type: FunctionType = {
      params: someOf(() => makeType(3), 4).map((param, at) => [`p${at}`, param] as const),
      result: next(5) === 0 ? undefined : makeType(3),
      mayWait: true,
    };
    const caller = makeSide(ENCODINGS[next(3)] ?? "utf8");
    const callee = makeSide(ENCODINGS[next(3)] ?? "utf8");
    const all: WitType = { kind: "tuple", items: type.params.map(([, param]) => explicit(param)) };
    const result = type.result && explicit(type.result);
    const isFlat = flatten(all).length <= maxFlatParams;
    const given = makeValue(all);
    const answer = result && makeValue(result);
    let got: unknown;
    // as the callee's own core code would
    const call = (...flat: unknown[]): unknown => {
      got = isFlat ? liftFlat(all, callee)(flat, 0) : loader(all, callee)((flat[0] as number) >>> 0);
      got = structuredClone(got);
      if (result === undefined) return undefined;
      if (flatten(result).length <= 1) {
        const out: unknown[] = [];
        lowerFlat(result, callee)(answer, out);
        return out[0];
      }
      const at = callee.memory.allocate(sizeOf(result), alignOf(result), "test");
      storer(result, callee)(at, answer);
      return at;
    };
    let returned = 0;
    const lifted = { ...callee, call, postReturn: () => void returned++ } as unknown as Lifted;
    const made = adapt(type, lifted, caller as never, "test");
    // as the caller's own core code would
    let flat: unknown[] = [];
    if (isFlat) lowerFlat(all, caller)(given, flat);
    else {
      const at = caller.memory.allocate(sizeOf(all), alignOf(all), "test");
      storer(all, caller)(at, given);
      flat = [at];
    }
    const into = result === undefined ? 0 : caller.memory.allocate(sizeOf(result), alignOf(result), "test");
    if (result !== undefined && flatten(result).length > 1) flat.push(into);
    assert.is(flat.length, made.signature.params.length);
    const core = (made.call as (...flat: unknown[]) => unknown)(...flat);
    const said = `type ${i} of seed ${SEED}`;
    assert.equal(got, given, said);
    assert.is(returned, 1);
    if (result === undefined) continue;
    caller.memory.refresh("test");
    const back =
      flatten(result).length <= 1 ? liftFlat(result, caller)([core], 0) : loader(result, caller)(into);
    assert.equal(structuredClone(back), answer, said);
  }
});

test.run();
