/**
 * Failures of sockets and look-ups, by the names of errno and of getaddrinfo(3): no version of WASI is known here.
 */

/** Every failure that is told; what else the system says is `EIO`. */
const CODES = [
  "EACCES",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "EAGAIN",
  "EALREADY",
  "EBADFD",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EDESTADDRREQ",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "EINTR",
  "EINVAL",
  "EIO",
  "EISCONN",
  "EMFILE",
  "EMSGSIZE",
  "ENETDOWN",
  "ENETUNREACH",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "ENONET",
  "ENOPROTOOPT",
  "ENOTCONN",
  "ENOTSUP",
  "EPERM",
  "EPFNOSUPPORT",
  "EPIPE",
  "EPROTONOSUPPORT",
  "EPROTOTYPE",
  "ESOCKTNOSUPPORT",
  "ETIMEDOUT",
  // getaddrinfo(3): no such name or no address of it; try again; never
  "EAI_AGAIN",
  "EAI_FAIL",
  "EAI_NONAME",
] as const;

/**
 * Why a call failed: what sockets and look-ups throw, and what events tell.
 *
 * Two are of the host's own making: `EBADFD` says that the socket is in no state for the call, and `EMFILE` also that
 * the guest holds too many sockets.
 */
export type SocketErrorCode = (typeof CODES)[number];

/** A failure as Node tells one of a system call. */
export function systemError(syscall: string, code: string | undefined): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

const known: ReadonlySet<string> = new Set(CODES);

/** Other names of the same, and Node's own refusals. */
const ALIASES: ReadonlyMap<string, SocketErrorCode> = new Map([
  ["EOPNOTSUPP", "ENOTSUP"],
  ["EWOULDBLOCK", "EAGAIN"],
  // the permission model of Node, without --allow-net
  ["ERR_ACCESS_DENIED", "EACCES"],
]);

/** What resolvers say beside the names of getaddrinfo(3): c-ares, and Node's own refusal. */
const RESOLVER: ReadonlyMap<string, SocketErrorCode> = new Map([
  ["ENOTFOUND", "EAI_NONAME"],
  ["ENODATA", "EAI_NONAME"],
  ["EAI_NONAME", "EAI_NONAME"],
  ["EAI_NODATA", "EAI_NONAME"],
  ["EAI_ADDRFAMILY", "EAI_NONAME"],
  ["EAI_AGAIN", "EAI_AGAIN"],
  ["ETIMEOUT", "EAI_AGAIN"],
  ["ESERVFAIL", "EAI_AGAIN"],
  ["ECONNREFUSED", "EAI_AGAIN"],
  ["EAI_MEMORY", "ENOMEM"],
  ["ENOMEM", "ENOMEM"],
  ["EAI_FAIL", "EAI_FAIL"],
  ["ERR_ACCESS_DENIED", "EACCES"],
]);

/** The name of a system error, such as `"ECONNRESET"`, or `undefined` when it has none. */
export function errnoName(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : undefined;
}

/**
 * The code of a system error.
 *
 * @param error what was thrown or emitted; its `code` counts
 * @returns `"EIO"` for everything that is not known here
 */
export function errorCode(error: unknown): SocketErrorCode {
  const name = errnoName(error);
  if (name === undefined) return "EIO";
  if (known.has(name)) return name as SocketErrorCode;
  const alias = ALIASES.get(name);
  if (alias !== undefined) return alias;
  // dgram wraps what the system said in an error of its own.
  const info = (error as { info?: unknown }).info;
  return info === undefined ? "EIO" : errorCode(info);
}

/** The code of what a resolver said; a failure that is not known here is permanent. */
export function resolverErrorCode(error: unknown): SocketErrorCode {
  return RESOLVER.get(errnoName(error) ?? "") ?? "EAI_FAIL";
}

/** Says that a peer can't be reached: from here, or as a router has told by ICMP. */
const UNREACHABLE: ReadonlySet<SocketErrorCode> = new Set([
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETUNREACH",
  "ENONET",
]);

/** Whether an error of a datagram socket with a peer may be about a datagram before. */
export function isAboutEarlier(code: SocketErrorCode): boolean {
  return code === "ECONNREFUSED" || code === "ECONNRESET" || UNREACHABLE.has(code);
}
