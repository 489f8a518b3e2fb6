/**
 * One table: what the operating system says, and what WASI calls it.
 */

/** `wasi:sockets/network.error-code`. */
export type ErrorCode =
  | "unknown"
  | "access-denied"
  | "not-supported"
  | "invalid-argument"
  | "out-of-memory"
  | "timeout"
  | "concurrency-conflict"
  | "not-in-progress"
  | "would-block"
  | "invalid-state"
  | "new-socket-limit"
  | "address-not-bindable"
  | "address-in-use"
  | "remote-unreachable"
  | "connection-refused"
  | "connection-reset"
  | "connection-aborted"
  | "datagram-too-large"
  | "name-unresolvable"
  | "temporary-resolver-failure"
  | "permanent-resolver-failure";

const codeOfErrno: Readonly<Record<string, ErrorCode>> = {
  EACCES: "access-denied",
  EPERM: "access-denied",
  // what Node's permission model says without --allow-net
  ERR_ACCESS_DENIED: "access-denied",
  EADDRINUSE: "address-in-use",
  EADDRNOTAVAIL: "address-not-bindable",
  EALREADY: "concurrency-conflict",
  ETIMEDOUT: "timeout",
  ECONNREFUSED: "connection-refused",
  ECONNRESET: "connection-reset",
  ECONNABORTED: "connection-aborted",
  EINVAL: "invalid-argument",
  EHOSTUNREACH: "remote-unreachable",
  EHOSTDOWN: "remote-unreachable",
  ENETDOWN: "remote-unreachable",
  ENETUNREACH: "remote-unreachable",
  ENONET: "remote-unreachable",
  EISCONN: "invalid-state",
  ENOTCONN: "invalid-state",
  EDESTADDRREQ: "invalid-state",
  EMFILE: "new-socket-limit",
  ENFILE: "new-socket-limit",
  EMSGSIZE: "datagram-too-large",
  ENOMEM: "out-of-memory",
  ENOBUFS: "out-of-memory",
  EOPNOTSUPP: "not-supported",
  ENOTSUP: "not-supported",
  ENOPROTOOPT: "not-supported",
  EPFNOSUPPORT: "not-supported",
  EPROTONOSUPPORT: "not-supported",
  EPROTOTYPE: "not-supported",
  ESOCKTNOSUPPORT: "not-supported",
  EAFNOSUPPORT: "not-supported",
  EAGAIN: "would-block",
  EWOULDBLOCK: "would-block",
  EINTR: "would-block",
};

// getaddrinfo(3): no such name or no address of it; try again; never.
const codeOfResolverError: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: "name-unresolvable",
  ENODATA: "name-unresolvable",
  EAI_NONAME: "name-unresolvable",
  EAI_NODATA: "name-unresolvable",
  EAI_ADDRFAMILY: "name-unresolvable",
  EAI_AGAIN: "temporary-resolver-failure",
  ETIMEOUT: "temporary-resolver-failure",
  ESERVFAIL: "temporary-resolver-failure",
  ECONNREFUSED: "temporary-resolver-failure",
  EAI_MEMORY: "out-of-memory",
  ENOMEM: "out-of-memory",
  EAI_FAIL: "permanent-resolver-failure",
  ERR_ACCESS_DENIED: "access-denied",
};

/** The name of a system error, such as `"ECONNRESET"`, or `undefined` when it has none. */
export function errnoName(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : undefined;
}

/**
 * The WASI code of a system error.
 *
 * @param error what Node threw or emitted; its `code` counts
 * @returns `"unknown"` for everything that the table does not have
 */
export function errorCode(error: unknown): ErrorCode {
  const name = errnoName(error);
  if (name === undefined) return "unknown";
  const code = codeOfErrno[name];
  if (code !== undefined) return code;
  // dgram wraps what the system said in an error of its own.
  const info = (error as { info?: unknown }).info;
  return info === undefined ? "unknown" : errorCode(info);
}

/** The WASI code of what a resolver said; a failure that the table does not have is permanent. */
export function resolverErrorCode(error: unknown): ErrorCode {
  const name = errnoName(error);
  const isKnown = name !== undefined && Object.hasOwn(codeOfResolverError, name);
  return (isKnown && codeOfResolverError[name]) || "permanent-resolver-failure";
}
