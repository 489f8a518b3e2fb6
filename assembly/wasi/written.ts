// What came of a write.

/** How many bytes `output-stream.write` took: all that `check-write` has allowed. */
// @ts-ignore: decorator
@inline
export function written(size: u32): i32 {
  return size;
}
