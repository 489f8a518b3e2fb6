/**
 * WIT values as messages of a channel: they lie there as the canonical ABI has them lie in a guest's memory, and a resource
 * is a number.
 */
import { loader } from "../abi/lift.ts";
import { storer } from "../abi/lower.ts";
import type { ValueMemory, ValueScope } from "../abi/scope.ts";
import { alignOf, type Resource, sizeOf, type WitType } from "../abi/types.ts";

/** What a resource's objects are called on the other thread. */
export interface Names {
  /** The number of an object. */
  numberOf(object: unknown, resource: Resource): number;
  /** The object of a number. */
  objectOf(number: number, resource: Resource): object;
}

/** Writes a value behind what was written. */
export type Write = (value: unknown) => void;
/** Reads the value behind what was read. Lists of bytes are views of the channel, valid until the next call. */
export type Read = () => unknown;

/** A message, from its beginning to where it is written or read. */
export class Message implements ValueMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at = 0;
  readonly #reserve: (end: number) => void;

  constructor(end: { bytes: Uint8Array; view: DataView; reserve(end: number): void }) {
    this.bytes = end.bytes;
    this.view = end.view;
    this.#reserve = (to) => end.reserve(to);
  }

  /** Steps over bytes that are read. */
  skip(size: number, align = 1): number {
    const at = (this.at + align - 1) & -align;
    this.at = at + size;
    return at;
  }

  /** Makes room for more bytes, and gives where they go. */
  room(size: number, align = 1): number {
    const at = this.skip(size, align);
    this.#reserve(this.at);
    return at;
  }

  /** The same for what a list or a string has: shared memory is copied by words only where it begins with one. */
  allocate(size: number): number {
    return this.room(size, 8);
  }

  /** @throws RangeError where so many bytes are not there */
  claim(at: number, size: number): void {
    const have = this.bytes.length - at;
    if (size > have) throw new RangeError(`${size} bytes are told of, and ${have} are there`);
  }

  claimList(at: number, count: number, size: number): void {
    this.claim(at, count * size);
  }

  lend(at: number, size: number): Uint8Array {
    this.claim(at, size);
    return this.bytes.subarray(at, at + size);
  }

  /** Compiles the writing of a type's values. */
  writerOf(type: WitType, names: Names, where: string): Write {
    const store = storer(type, this.#scope(names, where));
    const [size, align] = [sizeOf(type), alignOf(type)];
    return (value) => store(this.room(size, align), value);
  }

  /** Compiles the reading of a type's values. */
  readerOf(type: WitType, names: Names, where: string): Read {
    const load = loader(type, this.#scope(names, where));
    const [size, align] = [sizeOf(type), alignOf(type)];
    return () => {
      const at = this.skip(size, align);
      this.claim(at, size);
      return load(at);
    };
  }

  #scope({ numberOf, objectOf }: Names, where: string): ValueScope {
    const add = (object: object, resource?: Resource): number => numberOf(object, resource as Resource);
    const table = { find: objectOf, take: objectOf, add, addBorrowed: add, lend: Number, classOf() {} };
    return { where, memory: this, table: table as ValueScope["table"], hasTypedLists: true };
  }
}
