// Where WASI 0.2 and 0.3 differ, so that the core asks: assembly/wasi03/version.ts is the other one.

/** How many bytes `output-stream.write` took: all that `check-write` has allowed. */
// @ts-ignore: decorator
@inline
export function written(size: u32): i32 {
  return size;
}

/** The program ends with what it says now. */
// @ts-ignore: decorator
@inline
export function endsNow(): void {}
