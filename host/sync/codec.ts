/**
 * WIT values as bytes of a channel. Not the canonical ABI, which is about one memory's pointers: here all of a
 * value lies where it is, packed, little-endian, and a resource is a number.
 */
import { camelCase, casesOf, flagsOf, type Resource, type WitType } from "../abi/types.ts";

// U+FEFF at the start of a string belongs to it
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Where bytes are written or read: a position in a channel's buffer. */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  readonly #reserve: (end: number) => void;

  constructor(end: { bytes: Uint8Array; view: DataView; reserve(end: number): void }) {
    this.bytes = end.bytes;
    this.view = end.view;
    this.#reserve = (to) => end.reserve(to);
  }

  /** Makes room for more bytes, and gives where they go; the cursor is behind them then. */
  room(count: number): number {
    const { at } = this;
    this.at = at + count;
    this.#reserve(this.at);
    return at;
  }

  /** Steps over bytes that are read. */
  skip(count: number): number {
    const { at } = this;
    this.at = at + count;
    return at;
  }
}

/** What a resource's objects are called on the other thread. */
export interface Names {
  /** The number of an object. */
  numberOf(object: unknown, resource: Resource): number;
  /** The object of a number. */
  objectOf(number: number, resource: Resource): object;
}

/** Writes a value at a cursor. */
export type Write = (cursor: Cursor, value: unknown) => void;
/** Reads a value at a cursor. Lists of bytes are views of the channel, valid until the next call. */
export type Read = (cursor: Cursor) => unknown;

/** Compiles the writing of a type's values. */
export function writerOf(type: WitType, names: Names): Write {
  switch (type.kind) {
    case "bool":
    case "u8":
      return (cursor, value) => cursor.view.setUint8(cursor.room(1), Number(value));
    case "u16":
      return (cursor, value) => cursor.view.setUint16(cursor.room(2), value as number, true);
    case "u32":
      return (cursor, value) => cursor.view.setUint32(cursor.room(4), value as number, true);
    case "u64":
      return (cursor, value) => cursor.view.setBigUint64(cursor.room(8), value as bigint, true);
    case "string":
      return (cursor, value) => writeBytes(cursor, Buffer.from(value as string));
    case "list": {
      if (type.element.kind === "u8") return (cursor, value) => writeBytes(cursor, value as Uint8Array);
      const element = writerOf(type.element, names);
      return (cursor, value) => {
        const list = value as ArrayLike<unknown>;
        cursor.view.setUint32(cursor.room(4), list.length, true);
        for (let i = 0; i < list.length; i++) element(cursor, list[i]);
      };
    }
    case "record": {
      const fields = type.fields.map(([name, field]) => [camelCase(name), writerOf(field, names)] as const);
      return (cursor, value) => {
        for (const [key, write] of fields) write(cursor, (value as Readonly<Record<string, unknown>>)[key]);
      };
    }
    case "tuple": {
      const items = type.items.map((item) => writerOf(item, names));
      return (cursor, value) => {
        items.forEach((write, i) => {
          write(cursor, (value as readonly unknown[])[i]);
        });
      };
    }
    case "enum": {
      const indexes = new Map(type.names.map((name, i) => [name, i]));
      return (cursor, value) => cursor.view.setUint8(cursor.room(1), caseOf(indexes, value));
    }
    case "flags": {
      const { toBits } = flagsOf(type.names);
      return (cursor, value) => cursor.view.setUint32(cursor.room(4), toBits(value), true);
    }
    case "option": {
      const some = writerOf(type.some, names);
      return (cursor, value) => {
        cursor.view.setUint8(cursor.room(1), value === undefined ? 0 : 1);
        if (value !== undefined) some(cursor, value);
      };
    }
    case "variant":
    case "result": {
      const cases = casesOf(type);
      const indexes = new Map(cases.map(([tag], i) => [tag, i]));
      const writes = cases.map(([, payload]) => payload && writerOf(payload, names));
      return (cursor, value) => {
        const { tag, val } = value as { tag: string; val?: unknown };
        const index = caseOf(indexes, tag);
        cursor.view.setUint8(cursor.room(1), index);
        writes[index]?.(cursor, val);
      };
    }
    case "own":
    case "borrow": {
      const { resource } = type;
      return (cursor, value) => cursor.view.setUint32(cursor.room(4), names.numberOf(value, resource), true);
    }
    default:
      throw new Error(`${type.kind} crosses no channel`);
  }
}

/** Compiles the reading of a type's values. */
export function readerOf(type: WitType, names: Names): Read {
  switch (type.kind) {
    case "bool":
      return (cursor) => cursor.view.getUint8(cursor.skip(1)) !== 0;
    case "u8":
      return (cursor) => cursor.view.getUint8(cursor.skip(1));
    case "u16":
      return (cursor) => cursor.view.getUint16(cursor.skip(2), true);
    case "u32":
      return (cursor) => cursor.view.getUint32(cursor.skip(4), true);
    case "u64":
      return (cursor) => cursor.view.getBigUint64(cursor.skip(8), true);
    case "string":
      // a decoder takes no shared memory: slice copies
      return (cursor) => decoder.decode(readBytes(cursor).slice());
    case "list":
      return readList(type.element, names);
    case "record": {
      const fields = type.fields.map(([name, field]) => [camelCase(name), readerOf(field, names)] as const);
      return (cursor) => Object.fromEntries(fields.map(([key, read]) => [key, read(cursor)]));
    }
    case "tuple": {
      const items = type.items.map((item) => readerOf(item, names));
      return (cursor) => items.map((read) => read(cursor));
    }
    case "enum":
      return (cursor) => caseAt(type.names, cursor);
    case "flags": {
      const { fromBits } = flagsOf(type.names);
      return (cursor) => fromBits(cursor.view.getUint32(cursor.skip(4), true));
    }
    case "option": {
      const some = readerOf(type.some, names);
      return (cursor) => (cursor.view.getUint8(cursor.skip(1)) === 0 ? undefined : some(cursor));
    }
    case "variant":
    case "result": {
      const reads = casesOf(type).map(
        ([tag, payload]) => [tag, payload && readerOf(payload, names)] as const,
      );
      return (cursor) => {
        const [tag, read] = caseAt(reads, cursor);
        return { tag, val: read?.(cursor) };
      };
    }
    case "own":
    case "borrow": {
      const { resource } = type;
      return (cursor) => names.objectOf(cursor.view.getUint32(cursor.skip(4), true), resource);
    }
    default:
      throw new Error(`${type.kind} crosses no channel`);
  }
}

function readList(element: WitType, names: Names): Read {
  if (element.kind === "u8") return readBytes;
  const read = readerOf(element, names);
  return (cursor) => {
    const length = cursor.view.getUint32(cursor.skip(4), true);
    // jco and `host/lowered` take indexes as an array of their width
    const list: unknown[] | Uint32Array = element.kind === "u32" ? new Uint32Array(length) : [];
    for (let i = 0; i < length; i++) list[i] = read(cursor) as never;
    return list;
  };
}

function writeBytes(cursor: Cursor, bytes: Uint8Array): void {
  cursor.view.setUint32(cursor.room(4), bytes.length, true);
  const at = cursor.room(bytes.length);
  cursor.bytes.set(bytes, at);
}

function readBytes(cursor: Cursor): Uint8Array {
  const length = cursor.view.getUint32(cursor.skip(4), true);
  const at = cursor.skip(length);
  const bytes = cursor.bytes.subarray(at, at + length);
  if (bytes.length < length)
    throw new RangeError(`${length} bytes are told of, and ${bytes.length} are there`);
  return bytes;
}

function caseOf(indexes: ReadonlyMap<string, number>, name: unknown): number {
  const index = indexes.get(name as string);
  if (index === undefined)
    throw new TypeError(`${String(name)} is none of ${[...indexes.keys()].join(", ")}`);
  return index;
}

function caseAt<T>(cases: readonly T[], cursor: Cursor): T {
  const index = cursor.view.getUint8(cursor.skip(1));
  const found = cases[index];
  if (found === undefined) throw new RangeError(`there is no case ${index} of ${cases.length}`);
  return found;
}
