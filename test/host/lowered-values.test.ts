/**
 * Every function that `host/lowered` serves, called through WebAssembly with random values, against the
 * canonical ABI as `lowered-support.ts` spells it out.
 */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { GuestMemory } from "../../host/abi/memory.ts";
import { paramsLifter, resultLowerer } from "../../host/abi/passing.ts";
import type { Scope } from "../../host/abi/scope.ts";
import { HandleTable } from "../../host/abi/table.ts";
import { alignOf, camelCase, returnsThroughMemory, sizeOf, type WitType } from "../../host/abi/types.ts";
import type { WasmImports } from "../../host/abi/webassembly.ts";
import { lower } from "../../host/lowered/index.ts";
import {
  FakeHost,
  GuestAbi,
  guestModule,
  type KnownImport,
  knownImports,
  makeGuest,
} from "./lowered-support.ts";

const rounds = 40;
const functions = knownImports.filter(({ type }) => type !== undefined);

/** Numbers that look random and are the same on every run. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A random value of a type, the extremes of its range often. */
function makeValue(type: WitType, random: (below: number) => number, host: FakeHost): unknown {
  const integer = (bits: number): number =>
    [0, 2 ** bits - 1, 2 ** (bits - 1), random(2 ** bits)][random(4)] ?? 0;
  const value = (inner: WitType): unknown => makeValue(inner, random, host);
  switch (type.kind) {
    case "bool":
      return random(2) === 1;
    case "u8":
      return integer(8);
    case "u16":
      return integer(16);
    case "u32":
      return integer(32);
    case "u64":
      return (BigInt(integer(32)) << 32n) | BigInt(integer(32));
    case "flags":
      return Object.fromEntries(type.names.map((name) => [camelCase(name), random(2) === 1]));
    case "string":
      return ["", "localhost", "grüße.例え", "\u{feff}mark", "a\0b", "😀".repeat(random(50))][random(6)];
    case "list":
      if (type.element.kind === "u8")
        return Uint8Array.from({ length: random(3) * random(300) }, () => random(256));
      return Array.from({ length: random(6) }, () => value(type.element));
    case "record":
      return Object.fromEntries(type.fields.map(([name, field]) => [camelCase(name), value(field)]));
    case "tuple":
      return type.items.map(value);
    case "variant": {
      const [tag, payload] = type.cases[random(type.cases.length)] ?? [];
      return { tag, val: payload === undefined ? undefined : value(payload) };
    }
    case "enum":
      return type.names[random(type.names.length)];
    case "option":
      return random(2) === 0 ? undefined : value(type.some);
    case "result":
      return random(2) === 0
        ? { tag: "ok", val: type.ok && value(type.ok) }
        : { tag: "err", val: type.err && value(type.err) };
    case "own":
    case "borrow":
      return host.make(type.resource);
    default:
      throw new Error(`no function of WASI has a ${type.kind}`);
  }
}

/** Binds with the compilers of types that only a guest knows, which carry the values between two guests. */
function compiled(host: FakeHost, memory: GuestMemory, table: HandleTable): WasmImports {
  const imports: WasmImports = {};
  for (const { interface: from, name, type, resource } of functions) {
    if (type === undefined) continue;
    const key = camelCase(name.replace(/^\[method\].*\./, ""));
    const scope: Scope = { where: `${from}#${name}`, memory, table, notYet: () => {} };
    const types = type.params.map(([, param]) => param);
    const lift = paramsLifter(types, scope);
    const give = resultLowerer(type.result, scope);
    const call = (...flat: unknown[]): unknown => {
      const args = lift(flat);
      const holder = (resource === undefined ? host.faces[from] : args.shift()) as Record<string, Member>;
      return give(
        outcome(type.result?.kind === "result", () => holder[key]?.(...args)),
        flat.at(-1),
      );
    };
    imports[`${from}@0.2.12`] ??= {};
    Object.assign(imports[`${from}@0.2.12`] ?? {}, { [name]: call });
  }
  return imports;
}

type Member = (...args: unknown[]) => unknown;

function outcome(isResult: boolean, call: () => unknown): unknown {
  try {
    return isResult ? { tag: "ok", val: call() } : call();
  } catch (val) {
    if (!isResult) throw val;
    return { tag: "err", val };
  }
}

for (const way of ["as it is served", "as guests pass them to each other"]) {
  const host = new FakeHost();
  const module = await guestModule(functions);
  const lowered = lower(host.faces);
  const memory = new GuestMemory();
  const table = way === "as it is served" ? lowered.table : new HandleTable();
  const guest = makeGuest(
    module,
    way === "as it is served" ? lowered.imports(module) : compiled(host, memory, table),
  );
  if (way === "as it is served") lowered.attach(guest.exports);
  else memory.attach(guest.exports);
  const abi = new GuestAbi(guest, table);

  for (const [i, known] of functions.entries()) {
    test(`${known.interface}#${known.name} carries its values, ${way}`, () => {
      const random = makeRandom(i + 1);
      for (let round = 0; round < rounds; round++) callOnce(known, random);
    });
  }

  function callOnce(
    { interface: from, name, type, resource }: KnownImport,
    random: (below: number) => number,
  ): void {
    if (type === undefined) throw new Error("a destructor has no values");
    abi.reset();
    const args = type.params.map(([, param]) => makeValue(param, random, host));
    const flat = type.params.flatMap(([, param], i) => abi.flat(param, args[i]));
    const made = type.result && makeValue(type.result, random, host);
    const { tag, val } = (made ?? {}) as { tag?: string; val?: unknown };
    const isResult = type.result?.kind === "result";
    host.answer = () => {
      if (isResult && tag === "err") throw val;
      return isResult ? val : made;
    };

    if (type.result !== undefined && returnsThroughMemory(type)) {
      const size = sizeOf(type.result);
      const into = abi.room(size + 16, alignOf(type.result));
      guest.bytes().fill(0xaa, into, into + size + 16);
      guest.call(from, name, ...flat, into);
      assert.equal(abi.load(type.result, into), made);
      assert.ok(
        guest
          .bytes()
          .subarray(into + size, into + size + 16)
          .every((byte) => byte === 0xaa),
      );
    } else {
      const core = guest.call(from, name, ...flat);
      if (type.result === undefined) assert.is(core, undefined);
      else assert.equal(ofCore(type.result, core), made);
    }
    assert.equal(host.received, args, "arguments");
    if (resource !== undefined) assert.is(host.received[0], args[0]);
  }

  function ofCore(type: WitType, core: unknown): unknown {
    if (type.kind === "bool") return core === 1;
    if (type.kind === "u64") return BigInt.asUintN(64, core as bigint);
    if (type.kind === "enum") return type.names[core as number];
    if (type.kind === "own") return table.get(core as number);
    return core;
  }
}

test.run();
