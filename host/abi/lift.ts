/**
 * Lifting: compiles types to closures that make host values of what the guest passed.
 *
 * Values have the shape that jco gives them: u64 is a bigint, an enum its name, a variant `{ tag, val }`,
 * an option the value or undefined, a record an object with camel-cased fields, a tuple an array.
 * Lists of numbers are typed arrays where the scope says so. A lifted `list<u8>` is a view of the guest's memory, good only during the call.
 */

import { numbersOf } from "./numbers.ts";
import type { ValueScope } from "./scope.ts";
import { liftString, liftText } from "./strings.ts";
import {
  alignOf,
  bitsType,
  type CoreType,
  camelCase,
  casesOf,
  discriminantType,
  flagsOf,
  flatten,
  offsetsOf,
  payloadOffset,
  sizeOf,
  type TypeOf,
  type WitType,
} from "./types.ts";
import { character, noCase } from "./values.ts";

/** Makes a host value of one core value. */
export type LiftScalar = (core: unknown) => unknown;
/** Makes a host value of a pointer and a length. */
export type LiftPair = (pointer: unknown, length: unknown) => unknown;
/** Makes a host value of the core values from `flat[at]` on. */
export type LiftFlat = (flat: readonly unknown[], at: number) => unknown;
/** Makes a host value of what lies at an address that was claimed before. */
export type Load = (pointer: number) => unknown;

/** Compiles the lifting of a type that flattens to one core value. */
export function liftScalar(type: WitType, scope: ValueScope): LiftScalar {
  switch (type.kind) {
    case "bool":
      return (core) => core !== 0;
    case "u8":
      return (core) => (core as number) & 0xff;
    case "u16":
      return (core) => (core as number) & 0xffff;
    case "u32":
      return (core) => (core as number) >>> 0;
    case "u64":
      return (core) => ((core as bigint) >= 0n ? core : BigInt.asUintN(64, core as bigint));
    case "s8":
      return (core) => ((core as number) << 24) >> 24;
    case "s16":
      return (core) => ((core as number) << 16) >> 16;
    case "s32":
    case "s64":
    case "f32":
    case "f64":
      return (core) => core;
    case "char": {
      const { where } = scope;
      return (core) => character(core as number, where);
    }
    case "enum": {
      const { where } = scope;
      const { names } = type;
      return (core) => names[core as number] ?? noCase(core as number, names.length, where);
    }
    case "flags": {
      const { fromBits } = flagsOf(type.names);
      return (core) => fromBits(core as number);
    }
    case "result": {
      // without payloads a result is its discriminant alone, as the status of wasi:cli/exit is
      if (type.ok !== undefined || type.err !== undefined) break;
      const { where } = scope;
      return (core) => ({
        tag: ["ok", "err"][core as number] ?? noCase(core as number, 2, where),
        val: undefined,
      });
    }
    case "own":
    case "borrow": {
      const { table, where, lent } = scope;
      const { resource } = type;
      if (type.kind === "own") return (core) => table.take(core as number, resource, where);
      if (lent === undefined) return (core) => table.find(core as number, resource, where);
      return (core) => {
        const object = table.find(core as number, resource, where);
        lent.push(table.lend(core as number));
        return object;
      };
    }
    case "stream":
    case "future": {
      const { ends, where } = scope;
      if (ends === undefined) break;
      return (core) => ends.take(core as number, type, where);
    }
  }
  throw new Error(`${scope.where}: ${type.kind} is not one core value`);
}

/** What a list or an item of one is reckoned to take at the least, for `weigh`, and what a part of an item; in bytes. */
const LEAST_WEIGHT = 64;
const WEIGHT_OF_PART = 16;

/** Compiles the lifting of a string or a list, which arrive as a pointer and a length. */
function liftPair(type: WitType, scope: ValueScope): LiftPair {
  const { memory, where, weigh } = scope;
  if (type.kind === "string") {
    const lift = scope.hasShortText === true ? liftText : liftString;
    return (pointer, length) => lift(scope, pointer as number, length as number);
  }
  if (type.kind !== "list") throw new Error(`${where}: ${type.kind} is not a pointer and a length`);
  if (type.element.kind === "u8") {
    const lend: LiftPair = (pointer, length) => {
      const size = (length as number) >>> 0;
      weigh?.(LEAST_WEIGHT + size);
      return memory.lend((pointer as number) >>> 0, size, where);
    };
    if (scope.copiesBytes !== true) return lend;
    return (pointer, length) => (lend(pointer, length) as Uint8Array).slice();
  }
  const size = sizeOf(type.element);
  const align = alignOf(type.element);
  const numbers = scope.hasTypedLists === true ? numbersOf(type.element) : undefined;
  if (numbers !== undefined) {
    return (pointer, length) => {
      const bytes = ((length as number) >>> 0) * size;
      const start = (pointer as number) >>> 0;
      memory.claim(start, bytes, align, where);
      weigh?.(LEAST_WEIGHT + bytes);
      return numbers(memory.bytes.subarray(start, start + bytes));
    };
  }
  const load = loader(type.element, scope);
  const weight = Math.max(size, LEAST_WEIGHT, WEIGHT_OF_PART * flatten(type.element).length);
  return (pointer, length) => {
    const start = (pointer as number) >>> 0;
    const count = (length as number) >>> 0;
    memory.claimList(start, count, size, align, where);
    weigh?.(LEAST_WEIGHT + count * weight);
    const items: unknown[] = [];
    for (let i = 0; i < count; i++) items.push(load(start + i * size));
    return items;
  };
}

/** Compiles the lifting of any type from its core values. */
export function liftFlat(type: WitType, scope: ValueScope): LiftFlat {
  switch (type.kind) {
    case "string":
    case "list": {
      const lift = liftPair(type, scope);
      return (flat, at) => lift(flat[at], flat[at + 1]);
    }
    case "record": {
      const fields = inSequence(type.fields.map(([, field]) => field)).map(([field, offset], i) => {
        return [camelCase(type.fields[i]?.[0] ?? ""), liftFlat(field, scope), offset] as const;
      });
      return (flat, at) => {
        const value: Record<string, unknown> = {};
        for (const [name, lift, offset] of fields) value[name] = lift(flat, at + offset);
        return value;
      };
    }
    case "tuple": {
      const items = inSequence(type.items).map(([item, offset]) => [liftFlat(item, scope), offset] as const);
      return (flat, at) => items.map(([lift, offset]) => lift(flat, at + offset));
    }
    case "variant":
    case "option":
    case "result": {
      const slots = flatten(type).slice(1);
      const read = caseReader(type, scope, (payload): LiftFlat => {
        const lift = liftFlat(payload, scope);
        const own = flatten(payload);
        if (own.every((core, i) => core === slots[i])) return lift;
        const narrow = own.map((core, i) => narrowing(slots[i], core));
        return (flat, at) =>
          lift(
            narrow.map((make, i) => make(flat[at + i])),
            0,
          );
      });
      return (flat, at) => read((flat[at] as number) >>> 0, flat, at + 1);
    }
    default: {
      const lift = liftScalar(type, scope);
      return (flat, at) => lift(flat[at]);
    }
  }
}

/** Compiles the reading of a type from memory. */
export function loader(type: WitType, scope: ValueScope): Load {
  const { memory } = scope;
  switch (type.kind) {
    case "bool":
      return (pointer) => memory.bytes[pointer] !== 0;
    case "u8":
      return (pointer) => memory.bytes[pointer];
    case "u16":
      return (pointer) => memory.view.getUint16(pointer, true);
    case "u32":
      return (pointer) => memory.view.getUint32(pointer, true);
    case "u64":
      return (pointer) => memory.view.getBigUint64(pointer, true);
    case "s8":
      return (pointer) => memory.view.getInt8(pointer);
    case "s16":
      return (pointer) => memory.view.getInt16(pointer, true);
    case "s32":
      return (pointer) => memory.view.getInt32(pointer, true);
    case "s64":
      return (pointer) => memory.view.getBigInt64(pointer, true);
    case "f32":
      return (pointer) => memory.view.getFloat32(pointer, true);
    case "f64":
      return (pointer) => memory.view.getFloat64(pointer, true);
    case "char": {
      const { where } = scope;
      return (pointer) => character(memory.view.getUint32(pointer, true), where);
    }
    case "flags": {
      const bits = loader(bitsType(type), scope);
      const { fromBits } = flagsOf(type.names);
      return (pointer) => fromBits(bits(pointer) as number);
    }
    case "own":
    case "borrow":
    case "stream":
    case "future": {
      const lift = liftScalar(type, scope);
      return (pointer) => lift(memory.view.getInt32(pointer, true));
    }
    case "string":
    case "list": {
      const lift = liftPair(type, scope);
      return (pointer) =>
        lift(memory.view.getUint32(pointer, true), memory.view.getUint32(pointer + 4, true));
    }
    case "record": {
      const offsets = offsetsOf(type.fields.map(([, field]) => field));
      const fields = type.fields.map(([name, field], i) => {
        return [camelCase(name), loader(field, scope), offsets[i] ?? 0] as const;
      });
      return (pointer) => {
        const value: Record<string, unknown> = {};
        for (const [name, load, offset] of fields) value[name] = load(pointer + offset);
        return value;
      };
    }
    case "tuple": {
      const offsets = offsetsOf(type.items);
      const items = type.items.map((item, i) => [loader(item, scope), offsets[i] ?? 0] as const);
      return (pointer) => items.map(([load, offset]) => load(pointer + offset));
    }
    case "variant":
    case "enum":
    case "option":
    case "result": {
      const discriminant = loader(discriminantType(type), scope);
      const offset = payloadOffset(type);
      const read = caseReader(type, scope, (payload) => {
        const load = loader(payload, scope);
        return (_: undefined, pointer: number) => load(pointer);
      });
      return (pointer) => read(discriminant(pointer) as number, undefined, pointer + offset);
    }
  }
}

/** Reads a case of a variant-like type: what its discriminant says, its payload from where `payload` reads. */
function caseReader<Source>(
  type: TypeOf<"variant" | "enum" | "option" | "result">,
  scope: ValueScope,
  payload: (type: WitType) => (source: Source, at: number) => unknown,
): (discriminant: number, source: Source, at: number) => unknown {
  const { where } = scope;
  const cases = casesOf(type);
  if (type.kind === "enum") {
    const { names } = type;
    return (discriminant) => names[discriminant] ?? noCase(discriminant, names.length, where);
  }
  const reads = cases.map(([, payloadType]) =>
    payloadType === undefined ? undefined : payload(payloadType),
  );
  if (type.kind === "option") {
    const read = reads[1];
    return (discriminant, source, at) => {
      if (discriminant === 0) return undefined;
      return discriminant === 1 ? read?.(source, at) : noCase(discriminant, 2, where);
    };
  }
  const tags = cases.map(([tag]) => tag);
  return (discriminant, source, at) => {
    const tag = tags[discriminant] ?? noCase(discriminant, tags.length, where);
    return { tag, val: reads[discriminant]?.(source, at) };
  };
}

/** Makes the core value that a case has of the wider one in the slot that it shares with others. */
function narrowing(slot: CoreType | undefined, own: CoreType): (core: unknown) => unknown {
  if (slot === own) return (core) => core;
  if (slot === "i32") return (core) => bitsToFloat(core as number);
  if (own === "i32") return (core) => Number(BigInt.asIntN(32, core as bigint));
  if (own === "f32") return (core) => bitsToFloat(Number(BigInt.asIntN(32, core as bigint)));
  return (core) => bitsToDouble(core as bigint);
}

const scratch = new DataView(new ArrayBuffer(8));

function bitsToFloat(bits: number): number {
  scratch.setInt32(0, bits);
  return scratch.getFloat32(0);
}

function bitsToDouble(bits: bigint): number {
  scratch.setBigInt64(0, bits);
  return scratch.getFloat64(0);
}

/** Each type of a sequence with the position of its first core value. */
function inSequence(types: readonly WitType[]): (readonly [type: WitType, offset: number])[] {
  let next = 0;
  return types.map((type) => {
    const offset = next;
    next += flatten(type).length;
    return [type, offset] as const;
  });
}
