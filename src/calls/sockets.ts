/**
 * The calls on sockets, each once: they check their arguments, ask the core, and give its numbers. The
 * functions and the class `Socket` say what these mean to their callers.
 *
 * All of them throw TypeError or RangeError when an argument is wrong, and NetError EBADF when the socket is
 * closed.
 */
import { Level, SocketOpt } from "../constants.ts";
import { type CoreObject, core, hostSocket, requireNetwork } from "../core.ts";
import type { CoreSocket } from "../core-socket.ts";
import { Call, callCore, run, type Wait } from "../driver.ts";
import { coreSocket, type Endpoint } from "../endpoint.ts";
import { requireInteger, show } from "../errors.ts";
import { takeErrorOf } from "../host-options.ts";
import { readAddress, requireSockaddr, type Sockaddr, writeAddress } from "../sockaddr.ts";
import { asIs } from "./wait.ts";

/** The backlog of a listener for which none is asked. */
export const DEFAULT_BACKLOG = 128;

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** What `socket(2)` and `socketpair(2)` are asked with. */
export function requireKind(family: number, type: number, protocol: number): void {
  requireInteger("family", family, 0, 65535);
  requireInteger("type", type, 0, 65535);
  requireInteger("protocol", protocol, 0, 65535);
}

/** A socket of the core, or a negative errno. */
export function makeSocket(family: number, type: number, protocol: number): CoreObject {
  requireKind(family, type, protocol);
  requireNetwork();
  return callCore(() => core.socketNew(family, type, protocol));
}

/** @throws TypeError or RangeError when it is too little for the address */
export function requireLength(length: number | undefined, address: Sockaddr): void {
  if (length === undefined) return;
  requireInteger("length", length, 0, 128);
  if (length < address.length)
    throw new RangeError(`length must be at least ${address.length}, got ${length}`);
}

/** 0, or a negative errno. */
export function bindTo(socket: Endpoint, address: Sockaddr, signal?: AbortSignal): Promise<number> {
  const own = coreSocket(socket, "bind");
  requireSockaddr("address", address);
  return run(own, () => core.startBind(own.object, writeAddress(address)), asIs, signal);
}

/** 0, or a negative errno. */
export function listenWith(socket: Endpoint, backlog: number, signal?: AbortSignal): Promise<number> {
  const own = coreSocket(socket, "listen");
  requireInteger("backlog", backlog, 0, INT_MAX);
  return run(own, () => core.startListen(own.object, backlog), asIs, signal);
}

/**
 * Accepts a connection.
 *
 * @param finish makes the call's result of a socket of the core, TIMED_OUT, or a negative errno
 */
export function acceptOne<T>(socket: Endpoint, wait: Wait, finish: (accepted: CoreObject) => T): Promise<T> {
  const own = coreSocket(socket, "accept");
  return new Accept(own, wait, finish).promise();
}

/** An accept. */
class Accept<T> extends Call<T> {
  readonly #object: CoreObject;
  readonly #seconds: number;
  readonly #finish: (accepted: CoreObject) => T;

  constructor(socket: CoreSocket, wait: Wait, finish: (accepted: CoreObject) => T) {
    super(socket, "incoming", false, wait);
    this.#object = socket.object;
    this.#seconds = wait.seconds;
    this.#finish = finish;
  }

  protected override attempt(): number {
    return core.acceptNow(this.#object);
  }

  protected override queue(): CoreObject {
    return core.startAccept(this.#object, this.#seconds);
  }

  protected override finish(result: number): T {
    return this.#finish(result < 0 || this.operation === 0 ? result : core.accepted(this.operation));
  }
}

/** The peer of a socket of the core; nothing is left in `address` when it is gone already. */
export function takePeerName(object: CoreObject, address: Sockaddr): void {
  if (core.socketName(object, 1) > 0) readAddress(address);
}

/** 0, TIMED_OUT, or a negative errno. */
export function connectTo(socket: Endpoint, address: Sockaddr, { seconds, signal }: Wait): Promise<number> {
  const own = coreSocket(socket, "connect");
  requireSockaddr("address", address);
  return run(own, () => core.startConnect(own.object, writeAddress(address), seconds), asIs, signal);
}

/** The peer's address; null when it has none. */
export function peerNameOf(socket: Endpoint): Sockaddr | null {
  return core.socketName(coreSocket(socket, "getpeername").object, 1) === 0 ? null : readAddress();
}

/** The socket's own address; null when it has none yet. */
export function ownNameOf(socket: Endpoint): Sockaddr | null {
  return core.socketName(coreSocket(socket, "getsockname").object, 0) === 0 ? null : readAddress();
}

/** Which directions `shutdown` ends. */
export type Directions = "read" | "write" | "both";

const directions: Readonly<Record<Directions, number>> = { read: 0, write: 1, both: 2 };

/** 0, or a negative errno. */
export function shutDown(socket: Endpoint, how: Directions): number {
  const own = coreSocket(socket, "shutdown");
  const { object, incoming, outgoing } = own;
  if (typeof how !== "string" || !Object.hasOwn(directions, how)) {
    throw new TypeError(`how must be "read", "write" or "both", got ${show(how)}`);
  }
  own.changed();
  const result = callCore(() => core.socketShutdown(object, directions[how]));
  // of a datagram socket that has ended only the core knows
  incoming?.wake();
  outgoing?.wake();
  return result;
}

/** The value, or a negative errno. */
export function optionOf(socket: Endpoint, level: number, name: number): number {
  const { object, isHosted } = coreSocket(socket, "getsockopt");
  requireInteger("level", level, 0, INT_MAX);
  requireInteger("name", name, 0, INT_MAX);
  const value = callCore(() => core.socketGetOption(object, level, name));
  const isError = level === Level.socket && name === SocketOpt.error;
  // what no call has met yet only the host knows
  return value === 0 && isError && isHosted ? takeErrorOf(hostSocket(core.socketHandle(object))) : value;
}

/** 0, or a negative errno. */
export function setOptionOf(socket: Endpoint, level: number, name: number, value: number): number {
  const own = coreSocket(socket, "setsockopt");
  requireInteger("level", level, 0, INT_MAX);
  requireInteger("name", name, 0, INT_MAX);
  requireInteger("value", value, INT_MIN, INT_MAX);
  own.changed();
  return callCore(() => core.socketSetOption(own.object, level, name, value));
}
