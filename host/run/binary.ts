/** What is read of a core module before it is compiled: its sections, and from where it imports. */
import { Reader as AnyReader } from "../component/reader.ts";
import { RunError } from "./run-error.ts";

/** The magic number and the version of a core module. */
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] as const;

const TYPE_SECTION = 1;
/** Of a component: a core module, and a component. */
const MODULE_SECTION = 1;
const COMPONENT_SECTION = 4;
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

/** Reads a part of a core module; what is wrong in it is a RunError `ERR_INVALID_WASM`. */
export class Reader extends AnyReader {
  readonly #file: string;

  /**
   * @param file its name, for messages
   * @param start where to begin, and `end` where to stop
   */
  constructor(file: string, bytes: Uint8Array, start: number, end: number) {
    super(bytes, start, end);
    this.#file = file;
  }

  override wrong(what: string): RunError {
    return new RunError(
      "ERR_INVALID_WASM",
      `${this.#file}: not a WebAssembly file that can be read: ${what}`,
    );
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
 * The sections of a core module, or of a component.
 *
 * @throws RunError `ERR_INVALID_WASM`
 */
export function sectionsOf(file: string, bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  const reader = new Reader(file, bytes, HEADER.length, bytes.length);
  while (!reader.isDone) {
    const { at } = reader;
    const id = reader.byte();
    const size = reader.u32();
    const start = reader.at;
    reader.take(size);
    sections.push({ id, at, start, end: reader.at });
  }
  return sections;
}

/**
 * Whether a core module imports functions from a module of that name.
 *
 * @throws RunError `ERR_INVALID_WASM`
 */
export function importsFrom(file: string, bytes: Uint8Array, module: string): boolean {
  for (const { id, start, end } of sectionsOf(file, bytes)) {
    if (id !== IMPORT_SECTION) continue;
    const reader = new Reader(file, bytes, start, end);
    for (let left = reader.u32(); left > 0; left--) {
      if (reader.name() === module) return true;
      reader.name();
      // of other kinds than functions nothing is known that would be served
      if (reader.byte() !== 0) return false;
      reader.u32();
    }
  }
  return false;
}

/**
 * Whether a core module, or one in a component, may make objects in the engine's heap: it has exceptions, or other types
 * than functions of numbers, vectors and plain references.
 *
 * @throws RunError `ERR_INVALID_WASM`
 */
export function mayMakeObjects(file: string, bytes: Uint8Array): boolean {
  const isCore = isCoreModule(bytes);
  return sectionsOf(file, bytes).some(({ id, start, end }) => {
    if (isCore)
      return id === TAG_SECTION || (id === TYPE_SECTION && !isPlain(new Reader(file, bytes, start, end)));
    if (id !== MODULE_SECTION && id !== COMPONENT_SECTION) return false;
    return mayMakeObjects(file, bytes.subarray(start, end));
  });
}

function isPlain(types: Reader): boolean {
  for (let left = types.u32(); left > 0; left--) {
    if (types.byte() !== FUNCTION_TYPE) return false;
    // its parameters, and its results
    for (let lists = 2; lists > 0; lists--) {
      for (let values = types.u32(); values > 0; values--) {
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
