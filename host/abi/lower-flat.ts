/** Lowering of host values to the core values that they are passed as: what another guest is called with. */
import { lowerScalar, storer } from "./lower.ts";
import type { Scope } from "./scope.ts";
import { lowerString } from "./strings.ts";
import {
  alignOf,
  type CoreType,
  camelCase,
  casesOf,
  flatten,
  sizeOf,
  type TypeOf,
  type WitType,
} from "./types.ts";
import { describe, trap } from "./webassembly.ts";

/** Adds the core values of a host value to those that are there already. */
export type LowerFlat = (value: unknown, flat: unknown[]) => void;

/** Compiles the lowering of any type to the core values that it is passed as. */
export function lowerFlat(type: WitType, scope: Scope): LowerFlat {
  switch (type.kind) {
    case "string":
    case "list": {
      const lower = pairLowerer(type, scope);
      return (value, flat) => flat.push(...lower(value));
    }
    case "record": {
      const fields = type.fields.map(([name, field]) => [camelCase(name), lowerFlat(field, scope)] as const);
      return (value, flat) => {
        for (const [name, lower] of fields) lower((value as Record<string, unknown>)[name], flat);
      };
    }
    case "tuple": {
      const items = type.items.map((item) => lowerFlat(item, scope));
      return (value, flat) => {
        for (const [i, lower] of items.entries()) lower((value as readonly unknown[])[i], flat);
      };
    }
    case "variant":
    case "option":
    case "result":
      return variantLowerer(type, scope);
    default: {
      const lower = lowerScalar(type, scope);
      return (value, flat) => flat.push(lower(value));
    }
  }
}

function pairLowerer(type: WitType, scope: Scope): (value: unknown) => readonly [number, number] {
  const { memory, where } = scope;
  if (type.kind !== "list") return (value) => lowerString(scope, value as string);
  if (type.element.kind === "u8") {
    return (value) => {
      const bytes = value as Uint8Array;
      const start = memory.allocate(bytes.length, 1, where);
      memory.bytes.set(bytes, start);
      return [start, bytes.length];
    };
  }
  const size = sizeOf(type.element);
  const align = alignOf(type.element);
  const store = storer(type.element, scope);
  return (value) => {
    const items = value as ArrayLike<unknown>;
    const start = memory.allocate(items.length * size, align, where);
    for (let i = 0; i < items.length; i++) store(start + i * size, items[i]);
    return [start, items.length];
  };
}

/** A variant's payload takes the slots that all cases share, and what is left of them is zero. */
function variantLowerer(type: TypeOf<"variant" | "option" | "result">, scope: Scope): LowerFlat {
  const { where } = scope;
  const [, ...slots] = flatten(type);
  const cases = casesOf(type).map(([tag, payload]) => {
    if (payload === undefined) return { tag, lower: undefined, widen: [] };
    const widen = flatten(payload).map((core, i) => widening(core, slots[i]));
    return { tag, lower: lowerFlat(payload, scope), widen };
  });
  const indexes = new Map(cases.map(({ tag }, i) => [tag, i]));
  return (value, flat) => {
    const { tag, val } = type.kind === "option" ? asCase(value) : (value as { tag: string; val: unknown });
    const index = indexes.get(tag);
    const chosen = index === undefined ? undefined : cases[index];
    if (chosen === undefined) throw trap(where, `${describe(tag)} is none of its cases`);
    const own: unknown[] = [];
    chosen.lower?.(val, own);
    flat.push(index, ...slots.map((slot, i) => (i < own.length ? chosen.widen[i]?.(own[i]) : zero(slot))));
  };
}

function asCase(value: unknown): { readonly tag: string; readonly val: unknown } {
  return { tag: value === undefined || value === null ? "none" : "some", val: value };
}

function zero(slot: CoreType): unknown {
  return slot === "i64" ? 0n : 0;
}

/** Makes the core value of a shared slot of the narrower one that a case has: `narrowing`'s other way. */
function widening(own: CoreType, slot: CoreType | undefined): (core: unknown) => unknown {
  if (own === slot) return (core) => core;
  if (slot === "i32") return (core) => floatToBits(core as number);
  if (own === "i32") return (core) => BigInt((core as number) >>> 0);
  if (own === "f32") return (core) => BigInt(floatToBits(core as number) >>> 0);
  return (core) => doubleToBits(core as number);
}

const scratch = new DataView(new ArrayBuffer(8));

function floatToBits(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0);
}

function doubleToBits(value: number): bigint {
  scratch.setFloat64(0, value);
  return scratch.getBigInt64(0);
}
