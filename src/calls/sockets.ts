/**
 * The calls on sockets, each once: they check their arguments, ask the core, and give its numbers. The
 * functions and the class `Socket` say what these mean to their callers.
 *
 * All of them throw TypeError or RangeError when an argument is wrong, and NetError EBADF when the socket is
 * closed.
 */
import { Attempt, isOver, mayWaitAlone, tryNow } from "../attempt.ts";
import { callCore, immediately, promised, run, runTo, type Settle } from "../await.ts";
import { Level, SocketOpt } from "../constants.ts";
import { type CoreObject, core, hostSocket } from "../core.ts";
import { coreSocket, type Endpoint } from "../endpoint.ts";
import { requireInteger, show } from "../errors.ts";
import { takeErrorOf } from "../host-options.ts";
import { putAddress, requireSockaddr, type Sockaddr, takeAddress } from "../sockaddr.ts";
import { forEver, type Wait } from "./wait.ts";

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
  return callCore(() => core.socketNew(family, type, protocol));
}

/** @throws TypeError or RangeError when it is too little for the address */
export function requireLength(length: number | undefined, address: Sockaddr): void {
  if (length === undefined) return;
  requireInteger("length", length, 0, 128);
  if (length < address.length)
    throw new RangeError(`length must be at least ${address.length}, got ${length}`);
}

/** Leaves a result as it is. */
export const asIs = <T>(result: T): T => result;

/** 0, or a negative errno. */
export function bindTo(socket: Endpoint, address: Sockaddr, signal?: AbortSignal): Promise<number> {
  const object = coreSocket(socket, "bind");
  requireSockaddr("address", address);
  return run(core.startBind(object, putAddress(address)), asIs, signal, socket);
}

/** 0, or a negative errno. */
export function listenWith(socket: Endpoint, backlog: number, signal?: AbortSignal): Promise<number> {
  const object = coreSocket(socket, "listen");
  requireInteger("backlog", backlog, 0, INT_MAX);
  return run(core.startListen(object, backlog), asIs, signal, socket);
}

/**
 * Accepts a connection.
 *
 * @param finish makes the call's result of a socket of the core, TIMED_OUT, or a negative errno
 */
export function acceptOne<T>(socket: Endpoint, wait: Wait, finish: (accepted: CoreObject) => T): Promise<T> {
  const object = coreSocket(socket, "accept");
  const result = tryNow(socket, () => core.acceptNow(object));
  if (isOver(result)) return immediately(finish(result));
  return promised((settle) => {
    if (mayWaitAlone(socket, result, wait)) {
      new AcceptAttempt(socket, object, finish, settle);
    } else {
      socket.attempt?.enqueue();
      accept(socket, object, wait, finish, settle);
    }
  });
}

/** Accepts with an operation. */
function accept<T>(
  socket: Endpoint,
  object: CoreObject,
  { seconds, signal }: Wait,
  finish: (accepted: CoreObject) => T,
  settle: Settle<T>,
): void {
  const accepted = (result: number, operation: CoreObject): T =>
    finish(result < 0 ? result : core.accepted(operation));
  runTo(core.startAccept(object, seconds), accepted, settle, signal, socket);
}

/** An accept that waits to be tried again. */
class AcceptAttempt<T> extends Attempt<T> {
  readonly #object: CoreObject;
  readonly #finish: (accepted: CoreObject) => T;

  constructor(socket: Endpoint, object: CoreObject, finish: (accepted: CoreObject) => T, settle: Settle<T>) {
    super(socket, object, settle);
    this.#object = object;
    this.#finish = finish;
  }

  protected override again(): number {
    return core.acceptNow(this.#object);
  }

  protected override begin(settle: Settle<T>): void {
    accept(this.socket, this.#object, forEver, this.#finish, settle);
  }

  protected override meaning(result: number): T {
    return this.#finish(result);
  }
}

/** The peer of a socket of the core; nothing is left in `address` when it is gone already. */
export function takePeerName(object: CoreObject, address: Sockaddr): void {
  if (core.socketName(object, 1) > 0) takeAddress(address);
}

/** 0, TIMED_OUT, or a negative errno. */
export function connectTo(socket: Endpoint, address: Sockaddr, { seconds, signal }: Wait): Promise<number> {
  const object = coreSocket(socket, "connect");
  requireSockaddr("address", address);
  return run(core.startConnect(object, putAddress(address), seconds), asIs, signal, socket);
}

/** The peer's address; null when it has none. */
export function peerNameOf(socket: Endpoint): Sockaddr | null {
  return core.socketName(coreSocket(socket, "getpeername"), 1) === 0 ? null : takeAddress();
}

/** The socket's own address; null when it has none yet. */
export function ownNameOf(socket: Endpoint): Sockaddr | null {
  return core.socketName(coreSocket(socket, "getsockname"), 0) === 0 ? null : takeAddress();
}

/** Which directions `shutdown` ends. */
export type Directions = "read" | "write" | "both";

const directions: Readonly<Record<Directions, number>> = { read: 0, write: 1, both: 2 };

/** 0, or a negative errno. */
export function shutDown(socket: Endpoint, how: Directions): number {
  const object = coreSocket(socket, "shutdown");
  if (typeof how !== "string" || !Object.hasOwn(directions, how)) {
    throw new TypeError(`how must be "read", "write" or "both", got ${show(how)}`);
  }
  const result = callCore(() => core.socketShutdown(object, directions[how]));
  // of a datagram socket that has ended only the core knows
  socket.attempt?.wake();
  return result;
}

/** The value, or a negative errno. */
export function optionOf(socket: Endpoint, level: number, name: number): number {
  const object = coreSocket(socket, "getsockopt");
  requireInteger("level", level, 0, INT_MAX);
  requireInteger("name", name, 0, INT_MAX);
  const value = callCore(() => core.socketGetOption(object, level, name));
  const isError = level === Level.socket && name === SocketOpt.error;
  // what no call has met yet only the host knows
  return value === 0 && isError && socket.isHosted
    ? takeErrorOf(hostSocket(core.socketHandle(object)))
    : value;
}

/** 0, or a negative errno. */
export function setOptionOf(socket: Endpoint, level: number, name: number, value: number): number {
  const object = coreSocket(socket, "setsockopt");
  requireInteger("level", level, 0, INT_MAX);
  requireInteger("name", name, 0, INT_MAX);
  requireInteger("value", value, INT_MIN, INT_MAX);
  return callCore(() => core.socketSetOption(object, level, name, value));
}
