// The canonical ABI's side of memory: what the host asks for (cabi_realloc) and where results go.
//
// Lists that an import returns are wanted at a known place: the window of the operation under way, or a
// static cell. Such a place is announced with `expectBytes` / `expectCells` before the import is called
// and is given out once, by alignment (bytes have 1, cells have 4). Whatever else the host asks for,
// which is the parameters of exports, comes from the heap and is freed by the export that got it.

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

/** Begins an export that may be suspended. */
export function enter(live: i32): void {
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
