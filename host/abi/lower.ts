/**
 * Lowering: compiles types to closures that give the guest what a face returned or threw, in the shape
 * that `lift.ts` describes.
 */

import type { ValueScope } from "./scope.ts";
import {
  alignOf,
  bitsType,
  camelCase,
  casesOf,
  discriminantType,
  flagsOf,
  offsetsOf,
  payloadOffset,
  sizeOf,
  type WitType,
} from "./types.ts";
import { notA, placeOf, storeBytes, storeString } from "./values.ts";

/** Writes a host value to an address that was claimed before. */
export type Store = (pointer: number, value: unknown) => void;
/** Makes one core value of a host value. */
export type LowerScalar = (value: unknown) => unknown;

/** Compiles the writing of a type to memory. */
export function storer(type: WitType, scope: ValueScope): Store {
  const { memory, where } = scope;
  switch (type.kind) {
    case "bool":
      return (pointer, value) => {
        memory.bytes[pointer] = value ? 1 : 0;
      };
    case "u8":
      return (pointer, value) => {
        memory.bytes[pointer] = value as number;
      };
    case "u16":
      return (pointer, value) => memory.view.setUint16(pointer, value as number, true);
    case "u32":
      return (pointer, value) => memory.view.setUint32(pointer, value as number, true);
    case "u64":
      return (pointer, value) => memory.view.setBigUint64(pointer, value as bigint, true);
    case "s8":
      return (pointer, value) => memory.view.setInt8(pointer, value as number);
    case "s16":
      return (pointer, value) => memory.view.setInt16(pointer, value as number, true);
    case "s32":
      return (pointer, value) => memory.view.setInt32(pointer, value as number, true);
    case "s64":
      return (pointer, value) => memory.view.setBigInt64(pointer, value as bigint, true);
    case "f32":
      return (pointer, value) => memory.view.setFloat32(pointer, value as number, true);
    case "f64":
      return (pointer, value) => memory.view.setFloat64(pointer, value as number, true);
    case "char":
      return (pointer, value) => memory.view.setUint32(pointer, codeOf(value), true);
    case "flags": {
      const bits = storer(bitsType(type), scope);
      const { toBits } = flagsOf(type.names);
      return (pointer, value) => bits(pointer, toBits(value));
    }
    case "own":
    case "borrow":
    case "stream":
    case "future": {
      const lower = lowerScalar(type, scope);
      return (pointer, value) => memory.view.setUint32(pointer, lower(value) as number, true);
    }
    case "string":
      return (pointer, value) => storeString(scope, pointer, value as string);
    case "list":
      if (type.element.kind !== "u8") return listStorer(type.element, scope);
      return (pointer, value) => storeBytes(scope, pointer, value as Uint8Array);
    case "record": {
      const offsets = offsetsOf(type.fields.map(([, field]) => field));
      const fields = type.fields.map(([name, field], i) => {
        return [camelCase(name), storer(field, scope), offsets[i] ?? 0] as const;
      });
      return (pointer, value) => {
        const from = value as Record<string, unknown>;
        for (const [name, store, offset] of fields) store(pointer + offset, from[name]);
      };
    }
    case "tuple": {
      const offsets = offsetsOf(type.items);
      const items = type.items.map((item, i) => [storer(item, scope), offsets[i] ?? 0] as const);
      return (pointer, value) => {
        const from = value as readonly unknown[];
        for (const [i, [store, offset]] of items.entries()) store(pointer + offset, from[i]);
      };
    }
    case "option": {
      const offset = payloadOffset(type);
      const store = storer(type.some, scope);
      return (pointer, value) => {
        memory.bytes[pointer] = value === undefined || value === null ? 0 : 1;
        if (value !== undefined && value !== null) store(pointer + offset, value);
      };
    }
    case "enum": {
      const discriminant = storer(discriminantType(type), scope);
      const { names } = type;
      return (pointer, value) => discriminant(pointer, placeOf(names, value, where));
    }
    case "variant":
    case "result": {
      const cases = casesOf(type);
      const discriminant = storer(discriminantType(type), scope);
      const tags = cases.map(([tag]) => tag);
      const offset = payloadOffset(type);
      const stores = cases.map(([, payload]) => (payload === undefined ? undefined : storer(payload, scope)));
      return (pointer, value) => {
        const { tag, val } = value as { tag: string; val: unknown };
        const chosen = placeOf(tags, tag, where);
        discriminant(pointer, chosen);
        stores[chosen]?.(pointer + offset, val);
      };
    }
  }
}

/** Compiles the lowering of a type that flattens to one core value. */
export function lowerScalar(type: WitType, scope: ValueScope): LowerScalar {
  const { table, where } = scope;
  switch (type.kind) {
    case "bool":
      return (value) => (value ? 1 : 0);
    case "u8":
    case "u16":
    case "u32":
    case "u64":
    case "s8":
    case "s16":
    case "s32":
    case "s64":
    case "f32":
    case "f64":
      return (value) => value;
    case "char":
      return codeOf;
    case "enum": {
      const { names } = type;
      return (value) => placeOf(names, value, where);
    }
    case "flags": {
      const { toBits } = flagsOf(type.names);
      return toBits;
    }
    case "borrow": {
      const { resource } = type;
      const { borrower } = scope;
      return (value) => table.addBorrowed(value as object, resource, borrower?.());
    }
    case "own": {
      const { resource } = type;
      const face = table.classOf(resource);
      return (value) => {
        if (face !== undefined && !(value instanceof face)) notA(resource, value, where);
        return table.add(value as object, resource);
      };
    }
    case "stream":
    case "future": {
      const { ends } = scope;
      if (ends === undefined) break;
      return (value) => ends.give(value, type, where);
    }
    case "result":
      // without payloads a result is its case alone
      if (type.ok !== undefined || type.err !== undefined) break;
      return (value) => ((value as { readonly tag: string }).tag === "ok" ? 0 : 1);
  }
  throw new Error(`${where}: a result of type ${type.kind} is not done`);
}

function codeOf(value: unknown): number {
  return (value as string).codePointAt(0) ?? 0;
}

function listStorer(element: WitType, scope: ValueScope): Store {
  const { memory, where } = scope;
  const size = sizeOf(element);
  const align = alignOf(element);
  const store = storer(element, scope);
  return (pointer, value) => {
    const items = value as ArrayLike<unknown>;
    const count = items.length;
    const start = memory.allocate(count * size, align, where);
    for (let i = 0; i < count; i++) store(start + i * size, items[i]);
    memory.view.setUint32(pointer, start, true);
    memory.view.setUint32(pointer + 4, count, true);
  };
}
