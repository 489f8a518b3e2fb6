// The canonical ABI's side of memory: what the host asks for (cabi_realloc) and where results go.
//
// Lists that an import returns are wanted at a known place: the window of the operation under way, or a
// static cell. Such a place is announced with `expectBytes` / `expectCells` before the import is called
// and is given out once, by alignment (bytes have 1, cells have 4). Whatever else the host asks for,
// which is the parameters of exports, comes from the heap and is freed by the export that got it.
//
// Whoever writes a component in AssemblyScript for a WIT of their own finds the means at the end of this file
// (`wasock/assembly/abi`); examples/assembly/notes is worked out.

import { decodeText, encodeTextTo } from "./utf8";

let bytesPointer: usize = 0;
let bytesSize: usize = 0;
let cellsPointer: usize = 0;
let cellsSize: usize = 0;

/** Announces where the next list of bytes that an import returns is to be put. */
// @ts-ignore: decorator
@inline
export function expectBytes(pointer: usize, size: usize): void {
  bytesPointer = pointer;
  bytesSize = size;
}

/** Announces where the next list of 4-byte-aligned records that an import returns is to be put. */
// @ts-ignore: decorator
@inline
export function expectCells(pointer: usize, size: usize): void {
  cellsPointer = pointer;
  cellsSize = size;
}

/** Takes the announcements back: an import need not have used them. */
// @ts-ignore: decorator
@inline
export function expectNothing(): void {
  bytesSize = 0;
  cellsSize = 0;
}

// @ts-ignore: decorator
@witExport("cabi_realloc")
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (size == 0) return RET; // an empty list owns no memory: any aligned pointer will do
  if (oldSize != 0) return heap.realloc(old, size);
  if (align == 1) {
    if (size <= bytesSize) {
      bytesSize = 0;
      return bytesPointer;
    }
  } else if (size <= cellsSize) {
    cellsSize = 0;
    return cellsPointer;
  }
  return heap.alloc(size);
}

/**
 * Where imports put results that don't fit a register. One area is enough: no export runs between a
 * non-blocking import's return and the reading of its result. Imports that may suspend get an area of
 * their own from the heap (see block.ts).
 */
export const RET: usize = memory.data(64, 16);

/** Where an export puts its result; written after the last point at which the export can suspend. */
export const OUT: usize = memory.data(64, 16);

/** Exports under way that may be suspended: while there is one, nothing may be collected. */
let inFlight: i32 = 0;
let garbage: i32 = 0;

/** Tells that an object of the core has just become garbage. */
// @ts-ignore: decorator
@inline
export function discarded(): void {
  garbage++;
}

/**
 * Collects when it pays and when it is safe, which is when no export is under way: the `minimal` runtime
 * does not see what lies on the stack.
 */
export function collectSometimes(live: i32): void {
  if (inFlight == 0 && garbage > 256 + live) {
    garbage = 0;
    __collect();
  }
}

/** Begins an export that may be suspended; what it does so with is garbage behind it. */
export function enter(live: i32): void {
  garbage++;
  collectSometimes(live);
  inFlight++;
}

/** Ends an export that may be suspended. */
export function leave(): void {
  inFlight--;
}

/** What AssemblyScript calls for a failed assertion. The default would import `env.abort`. */
export function abort(_message: string | null, _fileName: string | null, _line: u32, _column: u32): void {
  unreachable();
}

/** Lifts a string that is a parameter, or the result of an import, and frees its memory. */
export function liftString(pointer: usize, length: usize): string {
  if (length == 0) return "";
  const text = decodeText(pointer, length);
  heap.free(pointer);
  return text;
}

/** Lifts a `list<u8>` likewise. */
export function liftBytes(pointer: usize, length: usize): Uint8Array {
  const bytes = new Uint8Array(<i32>length);
  if (length == 0) return bytes;
  memory.copy(bytes.dataStart, pointer, length);
  heap.free(pointer);
  return bytes;
}

/** Lifts a `list<string>` likewise. */
export function liftStrings(pointer: usize, count: usize): string[] {
  const texts = new Array<string>();
  for (let i: usize = 0; i < count; i++) {
    const at = pointer + (i << 3);
    texts.push(liftString(load<usize>(at), load<usize>(at, 4)));
  }
  if (count) heap.free(pointer);
  return texts;
}

/**
 * Lowers a list whose elements have `size` bytes each: stores its pointer at `at` and its length 4 bytes behind it.
 *
 * @returns where the first element is to be stored
 */
export function lowerList(at: usize, count: i32, size: usize): usize {
  const elements = count ? heap.alloc(<usize>count * size) : 0;
  store<usize>(at, elements);
  store<i32>(at, count, 4);
  return elements;
}

/** Lowers a string: what is stored at `at` stays until `freeList`, which a `cabi_post_…` function calls. */
export function lowerString(at: usize, text: string): void {
  const length = String.UTF8.byteLength(text);
  const bytes = lowerList(at, length, 1);
  if (length) encodeTextTo(bytes, text);
}

/** Lowers a `list<u8>` likewise. */
export function lowerBytes(at: usize, bytes: Uint8Array): void {
  memory.copy(lowerList(at, bytes.length, 1), bytes.dataStart, bytes.length);
}

/** Lowers a `list<string>` likewise; `freeStrings` frees it. */
export function lowerStrings(at: usize, texts: string[]): void {
  const elements = lowerList(at, texts.length, 8);
  for (let i = 0; i < texts.length; i++) lowerString(elements + ((<usize>i) << 3), texts[i]);
}

/** Frees what `lowerList`, `lowerString` or `lowerBytes` has stored at `at`. */
export function freeList(at: usize): void {
  if (load<i32>(at, 4)) heap.free(load<usize>(at));
}

/** Frees what `lowerStrings` has stored at `at`. */
export function freeStrings(at: usize): void {
  const elements = load<usize>(at);
  for (let i = 0; i < load<i32>(at, 4); i++) freeList(elements + ((<usize>i) << 3));
  freeList(at);
}

/**
 * Keeps the object that a resource stands for: the resource's representation, for `[resource-new]…`. An object
 * stands for one resource at a time.
 */
export function hold<T>(object: T): usize {
  return __pin(changetype<usize>(object));
}

/** The object that a resource stands for. */
export function held<T>(representation: usize): T {
  return changetype<T>(representation);
}

/** Lets go of the object that a dropped resource stood for, in `[dtor]…`. */
export function letGo(representation: usize): void {
  __unpin(representation);
}
