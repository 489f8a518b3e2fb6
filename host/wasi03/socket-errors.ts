/** The names that `wasi:sockets` 0.3 has for what goes wrong. */
import type { SocketErrorCode } from "../network/errors.ts";

/** `wasi:sockets/types.error-code`, and that of `ip-name-lookup`: a case, with words where it has no name. */
export interface ErrorCode {
  readonly tag: string;
  readonly val?: string | undefined;
}

const NAMES: Readonly<Record<SocketErrorCode, string>> = {
  EACCES: "access-denied",
  EADDRINUSE: "address-in-use",
  EADDRNOTAVAIL: "address-not-bindable",
  EAFNOSUPPORT: "not-supported",
  EAGAIN: "other",
  EALREADY: "invalid-state",
  EBADFD: "invalid-state",
  ECONNABORTED: "connection-aborted",
  ECONNREFUSED: "connection-refused",
  ECONNRESET: "connection-reset",
  EDESTADDRREQ: "invalid-state",
  EHOSTDOWN: "remote-unreachable",
  EHOSTUNREACH: "remote-unreachable",
  EINTR: "other",
  EINVAL: "invalid-argument",
  EIO: "other",
  EISCONN: "invalid-state",
  EMFILE: "other",
  EMSGSIZE: "datagram-too-large",
  ENETDOWN: "remote-unreachable",
  ENETUNREACH: "remote-unreachable",
  ENFILE: "other",
  ENOBUFS: "out-of-memory",
  ENOMEM: "out-of-memory",
  ENONET: "remote-unreachable",
  ENOPROTOOPT: "not-supported",
  ENOTCONN: "invalid-state",
  ENOTSUP: "not-supported",
  EPERM: "access-denied",
  EPFNOSUPPORT: "not-supported",
  EPIPE: "connection-broken",
  EPROTONOSUPPORT: "not-supported",
  EPROTOTYPE: "not-supported",
  ESOCKTNOSUPPORT: "not-supported",
  ETIMEDOUT: "timeout",
  EAI_AGAIN: "temporary-resolver-failure",
  EAI_FAIL: "permanent-resolver-failure",
  EAI_NONAME: "name-unresolvable",
};

/** What is said of failures that have no name. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ["EMFILE", "too many sockets are open"],
  ["ENFILE", "too many files are open"],
]);

const names: ReadonlyMap<unknown, string> = new Map(Object.entries(NAMES));
const codes: ReadonlyMap<unknown, ErrorCode> = new Map(
  Object.entries(NAMES).map(([code, tag]) => [
    code,
    Object.freeze(tag === "other" ? { tag, val: WORDS.get(code) ?? code } : { tag, val: undefined }),
  ]),
);

/** What a function throws where a socket has thrown: the failure by its name, and anything else as it is. */
export function named(thrown: unknown): unknown {
  return codes.get(thrown) ?? thrown;
}

/** Makes a call of a socket, and throws an {@link ErrorCode} where it fails. */
export function asNamed<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw named(thrown);
  }
}

/** The cases that look-ups have, of all. */
const OF_LOOKUPS: ReadonlySet<string> = new Set([
  "access-denied",
  "invalid-argument",
  "name-unresolvable",
  "temporary-resolver-failure",
  "permanent-resolver-failure",
]);

/** The same of a look-up, which has other cases. */
export function namedLookup(thrown: unknown): unknown {
  const tag = names.get(thrown);
  if (tag === undefined) return thrown;
  return OF_LOOKUPS.has(tag) ? { tag, val: undefined } : { tag: "other", val: String(thrown) };
}
