/** What is read of a core module before it is compiled: its sections, and from where it imports. */
import { RunError } from "./run-error.ts";

/** The magic number and the version of a core module. */
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] as const;

const TYPE_SECTION = 1;
const IMPORT_SECTION = 2;
const TAG_SECTION = 13;

/** Of a type: a function, of parameters and results. */
const FUNCTION_TYPE = 0x60;
/** The types of values that are one byte each begin here; below are those that name another type. */
const FIRST_PLAIN_TYPE = 0x65;

/** Whether a file is a core module; components have another version. */
export function isCoreModule(bytes: Uint8Array): boolean {
  return HEADER.every((byte, i) => bytes[i] === byte);
}

/** Reads numbers of the binary format. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly #file: string;
  readonly end: number;
  at: number;

  /**
   * @param file its name, for messages
   * @param at where to begin, and `end` where to stop
   */
  constructor(file: string, bytes: Uint8Array, at: number, end: number) {
    this.#file = file;
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  fail(what: string): never {
    throw new RunError("ERR_INVALID_WASM", `${this.#file}: not a WebAssembly file that can be read: ${what}`);
  }

  byte(): number {
    if (this.at >= this.end) this.fail("it ends too early");
    return this.bytes[this.at++] as number;
  }

  /** An unsigned LEB128 number of at most so many bits. */
  number(bits: 32 | 64): bigint {
    let value = 0n;
    for (let shift = 0; shift < bits; shift += 7) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(shift);
      if (byte < 0x80) return value;
    }
    return this.fail("a number is too long");
  }

  size(): number {
    return Number(this.number(32));
  }

  /** The bytes of a name. */
  name(): Uint8Array {
    const size = this.size();
    const start = this.at;
    this.at += size;
    if (this.at > this.end) this.fail("a name ends behind its section");
    return this.bytes.subarray(start, this.at);
  }
}

/** A section: its number, and where it and its contents are. */
export interface Section {
  readonly id: number;
  readonly at: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The sections of a core module.
 *
 * @throws RunError `ERR_INVALID_WASM`
 */
export function sectionsOf(file: string, bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  const reader = new Reader(file, bytes, HEADER.length, bytes.length);
  while (reader.at < bytes.length) {
    const at = reader.at;
    const id = reader.byte();
    const size = reader.size();
    const start = reader.at;
    const end = start + size;
    if (end > bytes.length) reader.fail("a section ends behind the file");
    sections.push({ id, at, start, end });
    reader.at = end;
  }
  return sections;
}

/**
 * Whether a core module imports functions from a module of that name.
 *
 * @throws RunError `ERR_INVALID_WASM`
 */
export function importsFrom(file: string, bytes: Uint8Array, module: string): boolean {
  const name = Buffer.from(module);
  for (const { id, start, end } of sectionsOf(file, bytes)) {
    if (id !== IMPORT_SECTION) continue;
    const reader = new Reader(file, bytes, start, end);
    for (let left = reader.size(); left > 0; left--) {
      if (name.equals(reader.name())) return true;
      reader.name();
      // of other kinds than functions nothing is known that would be served
      if (reader.byte() !== 0) return false;
      reader.size();
    }
  }
  return false;
}

/**
 * Whether a core module may make objects in the engine's heap: it has exceptions, or other types than functions of
 * numbers, vectors and plain references.
 *
 * @throws RunError `ERR_INVALID_WASM`
 */
export function mayMakeObjects(file: string, bytes: Uint8Array): boolean {
  return sectionsOf(file, bytes).some(
    ({ id, start, end }) =>
      id === TAG_SECTION || (id === TYPE_SECTION && !isPlain(new Reader(file, bytes, start, end))),
  );
}

function isPlain(types: Reader): boolean {
  for (let left = types.size(); left > 0; left--) {
    if (types.byte() !== FUNCTION_TYPE) return false;
    // its parameters, and its results
    for (let lists = 2; lists > 0; lists--) {
      for (let values = types.size(); values > 0; values--) {
        if (types.byte() < FIRST_PLAIN_TYPE) return false;
      }
    }
  }
  return true;
}

const WASI03 = Buffer.from("@0.3.");

/** Whether a component has to do with WASI 0.3, as far as its names tell; where it is none, it is linked to nothing of it. */
export function importsWasi03(bytes: Uint8Array): boolean {
  return !isCoreModule(bytes) && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(WASI03);
}
