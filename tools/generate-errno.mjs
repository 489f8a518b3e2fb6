// Writes assembly/error/errno-table.ts: the names and meanings of the errors that this library, and the kernels
// under it, report about sockets and names. Numbers as in Linux (errno(3)).
//
//   node tools/generate-errno.mjs > assembly/error/errno-table.ts

/** @type {[number, string, string][]} */
const errors = [
  [1, "EPERM", "operation not permitted"],
  [2, "ENOENT", "no such name or file"],
  [4, "EINTR", "interrupted"],
  [5, "EIO", "input/output error"],
  [6, "ENXIO", "no such device or address"],
  [9, "EBADF", "socket is closed"],
  [11, "EAGAIN", "would have to wait"],
  [12, "ENOMEM", "out of memory"],
  [13, "EACCES", "permission denied"],
  [14, "EFAULT", "bad address"],
  [16, "EBUSY", "busy"],
  [22, "EINVAL", "invalid argument"],
  [23, "ENFILE", "too many open files in the system"],
  [24, "EMFILE", "too many open files"],
  [32, "EPIPE", "broken pipe"],
  [33, "EDOM", "argument out of domain"],
  [34, "ERANGE", "out of range"],
  [35, "EDEADLK", "deadlock avoided"],
  [71, "EPROTO", "protocol error"],
  [88, "ENOTSOCK", "not a socket"],
  [89, "EDESTADDRREQ", "destination address required"],
  [90, "EMSGSIZE", "message too long"],
  [91, "EPROTOTYPE", "wrong protocol for the socket type"],
  [92, "ENOPROTOOPT", "protocol option not available"],
  [93, "EPROTONOSUPPORT", "protocol not supported"],
  [94, "ESOCKTNOSUPPORT", "socket type not supported"],
  [95, "EOPNOTSUPP", "operation not supported"],
  [96, "EPFNOSUPPORT", "protocol family not supported"],
  [97, "EAFNOSUPPORT", "address family not supported"],
  [98, "EADDRINUSE", "address in use"],
  [99, "EADDRNOTAVAIL", "address not available"],
  [100, "ENETDOWN", "network is down"],
  [101, "ENETUNREACH", "network unreachable"],
  [102, "ENETRESET", "connection dropped by the network"],
  [103, "ECONNABORTED", "connection aborted"],
  [104, "ECONNRESET", "connection reset by peer"],
  [105, "ENOBUFS", "no buffer space"],
  [106, "EISCONN", "already connected"],
  [107, "ENOTCONN", "not connected"],
  [108, "ESHUTDOWN", "socket is shut down"],
  [110, "ETIMEDOUT", "timed out"],
  [111, "ECONNREFUSED", "connection refused"],
  [112, "EHOSTDOWN", "host is down"],
  [113, "EHOSTUNREACH", "host unreachable"],
  [114, "EALREADY", "already in progress"],
  [115, "EINPROGRESS", "in progress"],
  [121, "EREMOTEIO", "the resolver failed"],
];

const lines = errors.map(([errno, name, message]) => {
  const bytes = [errno, name.length, ...Buffer.from(name), message.length, ...Buffer.from(message)];
  return `  ${bytes.join(",")}, // ${errno} ${name}`;
});

process.stdout.write(`// Made by tools/generate-errno.mjs; do not edit.
// An entry: number u8 · length of the name u8 · name · length of the message u8 · message.

export const ERRORS_COUNT: i32 = ${errors.length};
export const ERRORS: usize = memory.data<u8>([
${lines.join("\n")}
]);
`);
