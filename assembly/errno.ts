// Linux error numbers, as the API reports them on every platform, and the way from WASI's codes to them.
// The numbers are those of errno(3) and <asm-generic/errno.h>.

export const ENOENT: i32 = 2;
export const EIO: i32 = 5;
export const ENXIO: i32 = 6;
export const EBADF: i32 = 9;
export const EAGAIN: i32 = 11;
export const ENOMEM: i32 = 12;
export const EACCES: i32 = 13;
export const EBUSY: i32 = 16;
export const EINVAL: i32 = 22;
export const EMFILE: i32 = 24;
export const EPIPE: i32 = 32;
export const ENOTSOCK: i32 = 88;
export const EDESTADDRREQ: i32 = 89;
export const EMSGSIZE: i32 = 90;
export const ENOPROTOOPT: i32 = 92;
export const EPROTONOSUPPORT: i32 = 93;
export const ESOCKTNOSUPPORT: i32 = 94;
export const EOPNOTSUPP: i32 = 95;
export const EAFNOSUPPORT: i32 = 97;
export const EADDRINUSE: i32 = 98;
export const EADDRNOTAVAIL: i32 = 99;
export const ENETUNREACH: i32 = 101;
export const ECONNABORTED: i32 = 103;
export const ECONNRESET: i32 = 104;
export const ENOBUFS: i32 = 105;
export const EISCONN: i32 = 106;
export const ENOTCONN: i32 = 107;
export const ETIMEDOUT: i32 = 110;
export const ECONNREFUSED: i32 = 111;
export const EHOSTUNREACH: i32 = 113;
export const EALREADY: i32 = 114;
export const EINPROGRESS: i32 = 115;
export const EREMOTEIO: i32 = 121;

/** wasi:sockets/network error-code, in WIT order. */
export const WASI_WOULD_BLOCK: u8 = 8;

// error-code → errno, in WIT order. The last three are about names: a name that does not exist is
// ENOENT, a resolver that did not answer ETIMEDOUT, one that failed for good EREMOTEIO.
const FROM_WASI: usize = memory.data<u8>([
  5, 13, 95, 22, 12, 110, 114, 22, 11, 22, 24, 99, 98, 113, 111, 104, 103, 90, 2, 110, 121,
]);

/** The negative errno for a wasi:sockets error-code. */
export function fromWasi(code: u8): i32 {
  return code > 20 ? -EIO : -(<i32>load<u8>(FROM_WASI + code));
}

// number, name, message: what this library and the kernels under it report about sockets and names.
const TABLE: string =
  "1 EPERM operation not permitted\n" +
  "2 ENOENT no such name or file\n" +
  "4 EINTR interrupted\n" +
  "5 EIO input/output error\n" +
  "6 ENXIO no such device or address\n" +
  "9 EBADF socket is closed\n" +
  "11 EAGAIN would have to wait\n" +
  "12 ENOMEM out of memory\n" +
  "13 EACCES permission denied\n" +
  "14 EFAULT bad address\n" +
  "16 EBUSY busy\n" +
  "22 EINVAL invalid argument\n" +
  "23 ENFILE too many open files in the system\n" +
  "24 EMFILE too many open files\n" +
  "32 EPIPE broken pipe\n" +
  "34 ERANGE out of range\n" +
  "35 EDEADLK deadlock avoided\n" +
  "71 EPROTO protocol error\n" +
  "88 ENOTSOCK not a socket\n" +
  "89 EDESTADDRREQ destination address required\n" +
  "90 EMSGSIZE message too long\n" +
  "91 EPROTOTYPE wrong protocol for the socket type\n" +
  "92 ENOPROTOOPT protocol option not available\n" +
  "93 EPROTONOSUPPORT protocol not supported\n" +
  "94 ESOCKTNOSUPPORT socket type not supported\n" +
  "95 EOPNOTSUPP operation not supported\n" +
  "96 EPFNOSUPPORT protocol family not supported\n" +
  "97 EAFNOSUPPORT address family not supported\n" +
  "98 EADDRINUSE address in use\n" +
  "99 EADDRNOTAVAIL address not available\n" +
  "100 ENETDOWN network is down\n" +
  "101 ENETUNREACH network unreachable\n" +
  "102 ENETRESET connection dropped by the network\n" +
  "103 ECONNABORTED connection aborted\n" +
  "104 ECONNRESET connection reset by peer\n" +
  "105 ENOBUFS no buffer space\n" +
  "106 EISCONN already connected\n" +
  "107 ENOTCONN not connected\n" +
  "108 ESHUTDOWN socket is shut down\n" +
  "110 ETIMEDOUT timed out\n" +
  "111 ECONNREFUSED connection refused\n" +
  "112 EHOSTDOWN host is down\n" +
  "113 EHOSTUNREACH host unreachable\n" +
  "114 EALREADY already in progress\n" +
  "115 EINPROGRESS in progress\n" +
  "121 EREMOTEIO the resolver failed\n";

// the line of the table for that number, without the number; empty when there is none
function line(errno: i32): string {
  const key = "\n" + errno.toString() + " ";
  const start = ("\n" + TABLE).indexOf(key);
  if (start < 0) return "";
  const from = start - 1 + key.length;
  return TABLE.substring(from, TABLE.indexOf("\n", from));
}

/** "ECONNREFUSED" for -111 (or 111); "E<number>" for a number that is not in the table. */
export function errorName(errno: i32): string {
  const text = line(abs(errno));
  return text.length ? text.substring(0, text.indexOf(" ")) : "E" + abs(errno).toString();
}

/** "connection refused" for -111 (or 111). */
export function errorMessage(errno: i32): string {
  const text = line(abs(errno));
  return text.length ? text.substring(text.indexOf(" ") + 1) : "error " + abs(errno).toString();
}
