/** The names of failures in `wasi:sockets` 0.2. */
import { naming } from "../messages/failures.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import type { SocketsErrorCode } from "../wit/wasi02.ts";

/** `wasi:sockets/network.error-code`. */
export type ErrorCode = SocketsErrorCode;

/** One per code. */
export const NAMES: Readonly<Record<SocketErrorCode, ErrorCode>> = {
  EACCES: "access-denied",
  EADDRINUSE: "address-in-use",
  EADDRNOTAVAIL: "address-not-bindable",
  EAFNOSUPPORT: "not-supported",
  EAGAIN: "would-block",
  EALREADY: "concurrency-conflict",
  EBADFD: "invalid-state",
  ECONNABORTED: "connection-aborted",
  ECONNREFUSED: "connection-refused",
  ECONNRESET: "connection-reset",
  EDESTADDRREQ: "invalid-state",
  EHOSTDOWN: "remote-unreachable",
  EHOSTUNREACH: "remote-unreachable",
  EINTR: "would-block",
  EINVAL: "invalid-argument",
  EIO: "unknown",
  EISCONN: "invalid-state",
  EMFILE: "new-socket-limit",
  EMSGSIZE: "datagram-too-large",
  ENETDOWN: "remote-unreachable",
  ENETUNREACH: "remote-unreachable",
  ENFILE: "new-socket-limit",
  ENOBUFS: "out-of-memory",
  ENOMEM: "out-of-memory",
  ENONET: "remote-unreachable",
  ENOPROTOOPT: "not-supported",
  ENOTCONN: "invalid-state",
  ENOTSUP: "not-supported",
  EPERM: "access-denied",
  EPFNOSUPPORT: "not-supported",
  EPIPE: "unknown",
  EPROTONOSUPPORT: "not-supported",
  EPROTOTYPE: "not-supported",
  ESOCKTNOSUPPORT: "not-supported",
  ETIMEDOUT: "timeout",
  EAI_AGAIN: "temporary-resolver-failure",
  EAI_FAIL: "permanent-resolver-failure",
  EAI_NONAME: "name-unresolvable",
};

const names: ReadonlyMap<unknown, ErrorCode> = new Map(Object.entries(NAMES));

/** The name of a failure; `undefined` for what is none of the network. */
export function nameOf(code: unknown): ErrorCode | undefined {
  return names.get(code);
}

/** What a face throws where a socket has thrown: the name of the failure, and anything else as it is. */
export function named(thrown: unknown): unknown {
  return nameOf(thrown) ?? thrown;
}

/** Makes a call of a socket, and throws an {@link ErrorCode} where it fails. */
export const asNamed: <T>(call: () => T) => T = naming(named);
