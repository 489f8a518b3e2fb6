// Memory that is lent out, never owned.

/** As much as one datagram can hold, and the size of the window through which the Node library moves bytes. */
export const SCRATCH_SIZE: u32 = 65536;

/** A region for one call: a datagram on its way to a smaller buffer, or a window of the Node library. */
export const SCRATCH: usize = memory.data(65536, 16);

// @ts-ignore: decorator
@inline
function isDigit(c: u32): bool {
  return c - 48 < 10;
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(c: u32): i32 {
  if (isDigit(c)) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Parses a whole region as a decimal number of at most `limit`; -1 when it is none. */
export function parseDecimal(text: usize, length: u32, limit: u32): i64 {
  if (length == 0 || length > 10) return -1;
  let value: i64 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const c = <u32>load<u8>(text + i);
    if (!isDigit(c)) return -1;
    value = value * 10 + (c - 48);
  }
  return value > <i64>limit ? -1 : value;
}

/** Writes a number in decimal; returns the position behind it. */
export function writeDecimal(at: usize, value: u32): usize {
  let divisor: u32 = 1;
  while (value / divisor >= 10) divisor *= 10;
  for (; divisor; divisor /= 10) store<u8>(at++, 48 + ((value / divisor) % 10));
  return at;
}

/** Writes a number in lower-case hexadecimal without leading zeros; returns the position behind it. */
export function writeHex(at: usize, value: u32): usize {
  let shift: u32 = 0;
  while (value >> shift >= 16) shift += 4;
  for (let s = <i32>shift; s >= 0; s -= 4) {
    const digit = (value >> s) & 15;
    store<u8>(at++, digit < 10 ? 48 + digit : 87 + digit);
  }
  return at;
}
