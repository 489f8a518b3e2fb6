/**
 * A real bind: the port is taken, and nothing listens.
 */
import * as net from "node:net";
import { getSystemErrorName } from "node:util";
import { BoundSocket, canPauseAccepting, createServerHandle } from "../runtime-features.ts";
import type { IpSocketAddress, NodeAddress } from "./address.ts";
import { addressText, fromNode, isNodeText } from "./address.ts";
import type { SocketErrorCode } from "./errors.ts";
import { errnoName, errorCode } from "./errors.ts";

/** `UV_TCP_IPV6ONLY` of libuv's `uv_tcp_bind`. */
const IPV6_ONLY = 1;

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

/** A bound handle and where it is bound to. */
export interface BoundTcp {
  handle: TcpHandle;
  local: IpSocketAddress;
  /** What {@link makePausable} came to. */
  isPausable?: boolean;
}

/** The descriptor of a handle; none where the platform has no such, nor once the handle is closed. */
export function descriptorOf(handle: TcpHandle | null): number | undefined {
  const fd = handle?.fd ?? -1;
  return fd < 0 ? undefined : fd;
}

/**
 * Takes connections from a handle that listens.
 *
 * @param handle the handle
 * @param arrived told of each, or of a negative errno
 */
export function onConnection(
  handle: TcpHandle,
  arrived: (status: number, client: TcpHandle | undefined) => void,
): void {
  handle.onconnection = (status, client) => {
    if (status !== 0 || client !== undefined || handle.accept === undefined) {
      arrived(status, client);
      return;
    }
    // Deno's takes the connection into a handle of ours; 0 makes one of a connection.
    const taken = new (handle.constructor as new (type: number) => TcpHandle)(0);
    const outcome = handle.accept(taken);
    arrived(outcome, outcome === 0 ? taken : undefined);
  };
}

/** The code of libuv's negative errno. */
export function codeOfStatus(status: number): SocketErrorCode {
  return errorCode({ code: getSystemErrorName(status) });
}

/**
 * Binds a TCP socket; an IPv6 one is IPv6-only. libuv sets `SO_REUSEADDR`, so that connections in
 * TIME_WAIT are no hindrance.
 *
 * @param address where to; port 0 takes a free one
 * @throws the code: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, …
 */
export function bindTcp(address: IpSocketAddress): BoundTcp {
  try {
    const text = addressText(address);
    // public API refuses some names of interfaces
    const isPublic = BoundSocket !== undefined && (isNodeText(text) || createServerHandle === undefined);
    const handle = isPublic ? bindSocket(address, text) : bindHandle(address, text);
    const out: Partial<NodeAddress> = {};
    // libuv keeps EADDRINUSE of a bind to itself until the handle is used.
    const status = handle.getsockname(out);
    if (status !== 0) {
      handle.close();
      throw { code: getSystemErrorName(status) };
    }
    return { handle, local: fromNode(out as NodeAddress) };
  } catch (error) {
    if (errnoName(error) === "EAFNOSUPPORT") throw "EINVAL" satisfies SocketErrorCode;
    throw errorCode(error);
  }
}

/**
 * Makes a bound handle one whose accepting can be stopped, before it listens.
 *
 * libuv accepts whatever comes, and has no call to stop it; but the watcher of a listener is the one that
 * `readStart` and `readStop` switch, for a handle that counts as readable. Adopting its own descriptor makes
 * it count as such: tried with libuv 1.46 to 1.52.
 *
 * @returns whether {@link pauseAccepting} works on it; where not, connections are accepted as they come
 */
export function makePausable(handle: TcpHandle): boolean {
  if (!canPauseAccepting || handle.fd < 0) return false;
  return handle.open?.(handle.fd) === 0;
}

/** Leaves connections that come to the kernel's backlog, which holds the clients back when it is full. */
export function pauseAccepting(handle: TcpHandle): void {
  // What was never started as reading can't be stopped.
  handle.readStart?.();
  handle.readStop?.();
}

/** Takes connections from the kernel again. */
export function resumeAccepting(handle: TcpHandle): void {
  handle.readStart?.();
}

function bindHandle(address: IpSocketAddress, text: string): TcpHandle {
  if (createServerHandle === undefined) throw { code: "EOPNOTSUPP" };
  const isIpv6 = address.tag === "ipv6";
  const made = createServerHandle(text, address.val.port, isIpv6 ? 6 : 4, -1, isIpv6 ? IPV6_ONLY : 0);
  if (typeof made === "number") throw { code: getSystemErrorName(made) };
  return made as TcpHandle;
}

function bindSocket(address: IpSocketAddress, text: string): TcpHandle {
  if (BoundSocket === undefined) throw { code: "EOPNOTSUPP" };
  const bound = new BoundSocket({
    host: text,
    port: address.val.port,
    ipv6Only: address.tag === "ipv6",
  });
  // A socket adopts the handle; from there it can be had without waiting for a server's events.
  const options = { handle: bound, manualStart: true } as unknown as net.SocketConstructorOpts;
  const holder = new net.Socket(options) as net.Socket & { _handle: TcpHandle | null };
  const handle = holder._handle;
  if (handle === null) throw { code: "EBADF" };
  holder._handle = null;
  return handle;
}
