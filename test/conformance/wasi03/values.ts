/** Values in a guest's memory and as core values, as the canonical ABI lays them out: written for this suite alone. */
import {
  alignOf,
  discriminantSize,
  flatten,
  offsetsOf,
  payloadOffset,
  sizeOf,
  type TypeOf,
  type WitType,
} from "../../../host/abi/types.ts";

/** Bytes that are written to and read from. */
export interface Place {
  poke(at: number, bytes: Uint8Array): void;
  peek(at: number, size: number): Uint8Array;
  /** Room for what a list has. */
  allocate(size: number, align: number): number;
}

type Cased = TypeOf<"variant" | "enum" | "option" | "result">;
type Tagged = { readonly tag: string; readonly val?: unknown };

function casesOf(type: Cased): readonly (readonly [string, WitType | undefined])[] {
  switch (type.kind) {
    case "variant":
      return type.cases;
    case "enum":
      return type.names.map((name) => [name, undefined]);
    case "option":
      return [
        ["none", undefined],
        ["some", type.some],
      ];
    case "result":
      return [
        ["ok", type.ok],
        ["err", type.err],
      ];
  }
}

/** Which case a value is, and what it carries. */
function caseOf(type: Cased, value: unknown): [number, WitType | undefined, unknown] {
  const tagged: Tagged =
    type.kind === "enum"
      ? { tag: value as string }
      : type.kind === "option"
        ? { tag: value === undefined ? "none" : "some", val: value }
        : (value as Tagged);
  const cases = casesOf(type);
  const at = cases.findIndex(([tag]) => tag === tagged.tag);
  if (at < 0) throw new Error(`${tagged.tag} is none of ${cases.map(([tag]) => tag).join(", ")}`);
  return [at, cases[at]?.[1], tagged.val];
}

const SIZES: Readonly<Record<string, number>> = { bool: 1, u8: 1, u16: 2, u32: 4, s32: 4, u64: 8, s64: 8 };

function partsOf(type: WitType): readonly (readonly [string | number, WitType])[] | undefined {
  if (type.kind === "tuple") return type.items.map((item, i) => [i, item]);
  return type.kind === "record" ? type.fields : undefined;
}

const camel = (name: string | number): string | number =>
  typeof name === "number" ? name : name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Puts a value into memory. */
export function store(place: Place, at: number, type: WitType, value: unknown): void {
  const parts = partsOf(type);
  if (parts !== undefined) {
    const offsets = offsetsOf(parts.map(([, part]) => part));
    for (const [i, [name, part]] of parts.entries()) {
      store(
        place,
        at + (offsets[i] as number),
        part,
        (value as Record<string | number, unknown>)[camel(name)],
      );
    }
    return;
  }
  switch (type.kind) {
    case "variant":
    case "enum":
    case "option":
    case "result": {
      const [index, payload, carried] = caseOf(type, value);
      number(place, at, discriminantSize(casesOf(type).length), BigInt(index));
      if (payload !== undefined) store(place, at + payloadOffset(type), payload, carried);
      return;
    }
    case "list":
    case "string": {
      const [start, length] = listOf(place, value as Uint8Array | string);
      number(place, at, 4, BigInt(start));
      number(place, at + 4, 4, BigInt(length));
      return;
    }
    default:
      number(place, at, SIZES[type.kind] ?? 4, BigInt(value as number));
  }
}

function listOf(place: Place, value: Uint8Array | string): [number, number] {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  const start = place.allocate(bytes.length, 1);
  place.poke(start, bytes);
  return [start, bytes.length];
}

function number(place: Place, at: number, size: number, value: bigint): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  place.poke(at, bytes.subarray(0, size));
}

/** A value as core values. */
export function flat(place: Place, type: WitType, value: unknown): bigint[] {
  const parts = partsOf(type);
  if (parts !== undefined) {
    return parts.flatMap(([name, part]) =>
      flat(place, part, (value as Record<string | number, unknown>)[camel(name)]),
    );
  }
  switch (type.kind) {
    case "variant":
    case "enum":
    case "option":
    case "result": {
      const [index, payload, carried] = caseOf(type, value);
      const all = [BigInt(index), ...(payload === undefined ? [] : flat(place, payload, carried))];
      return flatten(type).map((_, i) => all[i] ?? 0n);
    }
    case "list":
    case "string":
      return listOf(place, value as Uint8Array | string).map(BigInt);
    default:
      return [BigInt(value as number)];
  }
}

/** A value out of memory. */
export function load(place: Place, at: number, type: WitType): unknown {
  const parts = partsOf(type);
  if (parts !== undefined) {
    const offsets = offsetsOf(parts.map(([, part]) => part));
    const values = parts.map(([, part], i) => load(place, at + (offsets[i] as number), part));
    return type.kind === "tuple"
      ? values
      : Object.fromEntries(parts.map(([name], i) => [camel(name), values[i]]));
  }
  const read = (from: number, size: number): bigint => {
    const bytes = new Uint8Array(8);
    bytes.set(place.peek(from, size));
    return new DataView(bytes.buffer).getBigUint64(0, true);
  };
  switch (type.kind) {
    case "variant":
    case "enum":
    case "option":
    case "result": {
      const cases = casesOf(type);
      const [tag, payload] = cases[
        Number(read(at, discriminantSize(cases.length)))
      ] as (typeof cases)[number];
      const val = payload === undefined ? undefined : load(place, at + payloadOffset(type), payload);
      return type.kind === "enum" ? tag : type.kind === "option" ? val : { tag, val };
    }
    case "list": {
      const start = Number(read(at, 4));
      const length = Number(read(at + 4, 4));
      if (type.element.kind === "u8") return place.peek(start, length);
      const size = Math.ceil(sizeOf(type.element) / alignOf(type.element)) * alignOf(type.element);
      return Array.from({ length }, (_, i) => load(place, start + i * size, type.element));
    }
    case "string":
      return Buffer.from(place.peek(Number(read(at, 4)), Number(read(at + 4, 4)))).toString();
    case "bool":
      return read(at, 1) === 1n;
    case "u64":
      return read(at, 8);
    default:
      return Number(read(at, SIZES[type.kind] ?? 4));
  }
}

/** A value of core values that is no more than one. */
export function unflat(type: WitType, value: bigint): unknown {
  if (type.kind === "bool") return value === 1n;
  if (type.kind === "enum") return type.names[Number(value)];
  if (type.kind === "result") return { tag: value === 0n ? "ok" : "err", val: undefined };
  return type.kind === "u64" ? value : Number(value);
}
