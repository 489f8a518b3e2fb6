/**
 * libuv's TCP handle as Node wraps it.
 */
import { getSystemErrorName } from "node:util";
import type { NodeAddress } from "../address.ts";
import { errnoName, errorCode, type SocketErrorCode } from "../errors.ts";

/**
 * libuv's TCP handle as Node wraps it. Its methods return 0 or a negative errno.
 *
 * It is used as it is for binding and listening, because `net.Server` cannot give what is needed here: its
 * listen reports failure in a later event, and it makes a `net.Socket` with a buffer of its own for each
 * connection before anybody can ask for `onread`. The same few methods are there from Node 20 to 26.
 */
export interface TcpHandle {
  /** The descriptor; negative where the platform has none, and once the handle is closed. */
  readonly fd: number;
  onconnection: ((status: number, client: TcpHandle | undefined) => void) | undefined;
  listen(backlog: number): number;
  /** Takes a connection, where `onconnection` does not give it (Deno). */
  accept?(client: TcpHandle): number;
  getsockname(out: Partial<NodeAddress>): number;
  /** Connects to an IPv6 address; 0 or a negative errno. */
  connect6?(request: unknown, address: string, port: number): number;
  getpeername(out: Partial<NodeAddress>): number;
  /** Adopts a descriptor. */
  open?(fd: number): number;
  setNoDelay?(value: boolean): number;
  readStart?(): number;
  readStop?(): number;
  /** Keeps the process from its end no longer. */
  unref?(): void;
  /** Closes with a reset instead of an orderly end. */
  reset(callback: () => void): number;
  close(callback?: () => void): void;
}

/** The descriptor of a handle; none where the platform has no such, nor once the handle is closed. */
export function descriptorOf(handle: TcpHandle | null): number | undefined {
  const fd = handle?.fd ?? -1;
  return fd < 0 ? undefined : fd;
}

/** The code of libuv's negative errno. */
export function codeOfStatus(status: number): SocketErrorCode {
  return errorCode({ code: getSystemErrorName(status) });
}

/** The code of a system error of a bind; a family that isn't there is an argument that can't be. */
export function bindErrorCode(error: unknown): SocketErrorCode {
  return errnoName(error) === "EAFNOSUPPORT" ? "EINVAL" : errorCode(error);
}
