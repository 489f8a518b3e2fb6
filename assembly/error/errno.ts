// Linux error numbers, as the API reports them on every platform, and the way from WASI's codes to them.
// The numbers are those of errno(3) and <asm-generic/errno.h>.

import { writeDecimal } from "../abi/buffer";
import { ERRORS, ERRORS_COUNT } from "./errno-table";

export const ENOENT: i32 = 2;
export const EIO: i32 = 5;
export const EBADF: i32 = 9;
export const EAGAIN: i32 = 11;
export const EBUSY: i32 = 16;
export const EINVAL: i32 = 22;
export const EPIPE: i32 = 32;
export const EDOM: i32 = 33;
export const EDESTADDRREQ: i32 = 89;
export const EMSGSIZE: i32 = 90;
export const ENOPROTOOPT: i32 = 92;
export const EPROTONOSUPPORT: i32 = 93;
export const ESOCKTNOSUPPORT: i32 = 94;
export const EOPNOTSUPP: i32 = 95;
export const EAFNOSUPPORT: i32 = 97;
export const EADDRINUSE: i32 = 98;
export const EADDRNOTAVAIL: i32 = 99;
export const ECONNABORTED: i32 = 103;
export const ENOBUFS: i32 = 105;
export const EISCONN: i32 = 106;
export const ENOTCONN: i32 = 107;
export const ETIMEDOUT: i32 = 110;
export const EHOSTUNREACH: i32 = 113;
export const EALREADY: i32 = 114;

// error-code → errno, in WIT order. The last three are about names: a name that does not exist is
// ENOENT, a resolver that did not answer ETIMEDOUT, one that failed for good EREMOTEIO.
const FROM_WASI: usize = memory.data<u8>([
  5, 13, 95, 22, 12, 110, 114, 22, 11, 22, 24, 99, 98, 113, 111, 104, 103, 90, 2, 110, 121,
]);

/** The negative errno for a wasi:sockets error-code. */
export function fromWasi(code: u8): i32 {
  return code > 20 ? -EIO : -(<i32>load<u8>(FROM_WASI + code));
}

// the entry of an error number in the table, or 0
function entry(errno: i32): usize {
  let at = ERRORS;
  for (let i = 0; i < ERRORS_COUNT; i++) {
    if (load<u8>(at) == abs(errno)) return at;
    at += 2 + load<u8>(at, 1);
    at += 1 + load<u8>(at);
  }
  return 0;
}

/** The number of the error whose name is a word of a text, such as 104 for "read ECONNRESET"; 0 for none. */
export function errnoIn(text: usize, length: u32): i32 {
  for (let start: u32 = 0; start < length; ) {
    let end = start;
    while (end < length && <u32>load<u8>(text + end) - 65 < 26) end++; // A to Z
    if (end > start && load<u8>(text + start) == 69) {
      const known = entryNamed(text + start, end - start);
      if (known) return load<u8>(known);
    }
    start = end + 1;
  }
  return 0;
}

// the entry of an error's name in the table, or 0
function entryNamed(name: usize, length: u32): usize {
  let at = ERRORS;
  for (let i = 0; i < ERRORS_COUNT; i++) {
    const size = <u32>load<u8>(at, 1);
    if (size == length && memory.compare(at + 2, name, length) == 0) return at;
    at += 2 + size;
    at += 1 + load<u8>(at);
  }
  return 0;
}

function copy(at: usize, from: usize, length: u32): u32 {
  memory.copy(at, from, length);
  return length;
}

/** Writes "ECONNREFUSED" for -111 (or 111), "E<number>" for a number that is not known; its length. */
export function writeErrorName(errno: i32, at: usize): u32 {
  const known = entry(errno);
  if (known) return copy(at, known + 2, load<u8>(known, 1));
  store<u8>(at, 69);
  return <u32>(writeDecimal(at + 1, abs(errno)) - at);
}

/** Writes "connection refused" for -111 (or 111), "error <number>" for one that is not known; its length. */
export function writeErrorMessage(errno: i32, at: usize): u32 {
  const known = entry(errno);
  if (known) {
    const message = known + 2 + load<u8>(known, 1);
    return copy(at, message + 1, load<u8>(message));
  }
  store<u32>(at, 0x6f727265); // "erro"
  store<u16>(at, 0x2072, 4); // "r "
  return <u32>(writeDecimal(at + 6, abs(errno)) - at);
}
