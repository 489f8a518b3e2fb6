// WASI 0.3 has no networks that are handed on.

export function network(): i32 {
  return 0;
}
