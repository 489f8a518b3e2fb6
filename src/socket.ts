/** Sockets: making, binding, listening, accepting, connecting, closing. */
import { AddressInfo, requireAddressInfo } from "./address-info.ts";
import { callCore, Pending } from "./await.ts";
import { type CoreObject, core, hostObject } from "./core.ts";
import { NetError, requireInteger, show } from "./errors.ts";
import { putAddress, requireSockaddr, type Sockaddr, takeAddress } from "./sockaddr.ts";

/** A socket of the core. Made by `socket`, `accept`, `openNetIo` and `makeListenerSocket`. */
export class Socket {
  #core: CoreObject;
  #closed = false;
  #closing: Promise<void> | undefined = undefined;
  readonly family: number;
  readonly type: number;

  private constructor(object: CoreObject, family: number, type: number) {
    this.#core = object;
    this.family = family;
    this.type = type;
  }

  /** Wraps a socket of the core. */
  static of(object: CoreObject, family: number, type: number): Socket {
    return new Socket(object, family, type);
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * The core's socket.
   *
   * @throws NetError EBADF when the socket is closed, TypeError when it is no socket
   */
  static core(socket: Socket, syscall: string): CoreObject {
    if (!(socket instanceof Socket)) throw new TypeError(`socket must be a Socket, got ${show(socket)}`);
    if (socket.#closed) throw new NetError(-9, { syscall });
    return socket.#core;
  }

  /** Closes it; see {@link close}. */
  close(): Promise<void> {
    // set first: closing settles pending calls, which look at it
    this.#closed = true;
    this.#closing ??= closeCore(this.#core);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function closeCore(object: CoreObject): Promise<void> {
  const handle = core.socketHandle(object);
  const closed = handle === 0 ? undefined : (hostObject(handle) as { closed?: Promise<void> }).closed;
  callCore(() => core.socketClose(object));
  return closed ?? Promise.resolve();
}

/** An operation whose result is only whether it came about. */
class Plain extends Pending<number> {
  protected override finish(result: number): number {
    return result;
  }
}

function settle<T>(make: (settle: (result: T, error?: unknown) => void) => Pending<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    make((result, error) => (error === undefined ? resolve(result) : reject(error))).advance();
  });
}

/**
 * Makes an endpoint.
 *
 * @param family `AddressFamily.inet` or `inet6`
 * @param type `SocketType.stream` or `datagram`
 * @param protocol `IpProto.ip` (any), or the one that fits the type; default any
 * @returns the socket, or false: raw sockets, ICMP and unix sockets are not to be had
 * @see socket(2)
 */
export function socket(family: number, type: number, protocol = 0): Socket | false {
  requireInteger("family", family, 0, 65535);
  requireInteger("type", type, 0, 65535);
  requireInteger("protocol", protocol, 0, 65535);
  const result = callCore(() => core.socketNew(family, type, protocol));
  return result < 0 ? false : Socket.of(result, family, type);
}

function requireLength(length: number | undefined, address: Sockaddr): void {
  if (length === undefined) return;
  requireInteger("length", length, 0, 128);
  if (length < address.length) throw new RangeError(`length must be at least ${address.length}, got ${length}`);
}

/**
 * Binds a socket. It does not listen yet; port 0 gives a real port, which `getSocketName` shows at once.
 *
 * @param address where to
 * @param length the address's length, as `bind(2)` wants it; need not be given
 * @returns whether it is bound
 */
export async function bind(socket: Socket, address: Sockaddr, length?: number): Promise<boolean> {
  return (await tryBind(socket, address, length)) === 0;
}

/** As `bind`; 0 or a negative error number. */
export function tryBind(socket: Socket, address: Sockaddr, length?: number): Promise<number> {
  const object = Socket.core(socket, "bind");
  requireLength(length, requireSockaddr("address", address));
  return settle((done) => new Plain(core.startBind(object, putAddress(address)), done));
}

/**
 * Starts to listen.
 *
 * @param backlog how many connections may wait in the kernel, 0 to 2^31-1
 * @returns whether it listens
 */
export async function listen(socket: Socket, backlog: number): Promise<boolean> {
  const object = Socket.core(socket, "listen");
  requireInteger("backlog", backlog, 0, 2 ** 31 - 1);
  return (await settle<number>((done) => new Plain(core.startListen(object, backlog), done))) === 0;
}

class Accept extends Pending<CoreObject> {
  protected override finish(result: number): CoreObject {
    return result < 0 ? result : core.accepted(this.operation);
  }
}

/**
 * Waits for a connection.
 *
 * @param socket a socket that listens
 * @param address takes the peer's address, when given
 * @param length the room for the address, as `accept(2)` wants it; need not be given
 * @returns a new socket, or false
 */
export async function accept(socket: Socket, address?: Sockaddr, length?: number): Promise<Socket | false> {
  const object = Socket.core(socket, "accept");
  if (address !== undefined) requireLength(length, requireSockaddr("address", address));
  const result = await settle<CoreObject>((done) => new Accept(core.startAccept(object, -1), done));
  if (result < 0) return false;
  if (address !== undefined) takeAddress(core.socketName(result, 1), address);
  return Socket.of(result, socket.family, socket.type);
}

/**
 * Connects. On a datagram socket it sets the default address; an unspecified address takes it away.
 *
 * @param address the peer
 * @param length the address's length, as `connect(2)` wants it; need not be given
 * @returns 0, or a negative error number
 */
export function connect(socket: Socket, address: Sockaddr, length?: number): Promise<number> {
  const object = Socket.core(socket, "connect");
  requireLength(length, requireSockaddr("address", address));
  return settle((done) => new Plain(core.startConnect(object, putAddress(address), -1), done));
}

/** The peer's address, or null. */
export function getPeerName(socket: Socket): Sockaddr | null {
  return nameOf(socket, 1, "getpeername");
}

/** The socket's own address, or null when it has none yet. */
export function getSocketName(socket: Socket): Sockaddr | null {
  return nameOf(socket, 0, "getsockname");
}

function nameOf(socket: Socket, peer: number, syscall: string): Sockaddr | null {
  const length = core.socketName(Socket.core(socket, syscall), peer);
  return length === 0 ? null : takeAddress(length);
}

const directions = { read: 0, write: 1, both: 2 } as const;

/**
 * Ends one direction of a connection, or both: a real half-close.
 *
 * @param how `"read"`, `"write"` (the peer reads end of stream and can still be read from) or `"both"`
 * @returns whether it was connected
 * @see shutdown(2)
 */
export function shutdown(socket: Socket, how: "read" | "write" | "both"): boolean {
  const object = Socket.core(socket, "shutdown");
  if (!Object.hasOwn(directions, how)) {
    throw new TypeError(`how must be "read", "write" or "both", got ${show(how)}`);
  }
  return callCore(() => core.socketShutdown(object, directions[how])) === 0;
}

/**
 * Closes a socket. Calls on it that are pending end with EBADF; what was sent is still delivered.
 *
 * @returns resolves when the system's socket is closed too; closing again gives the same promise
 */
export function close(socket: Socket): Promise<void> {
  if (!(socket instanceof Socket)) throw new TypeError(`socket must be a Socket, got ${show(socket)}`);
  return socket.close();
}

class Listener extends Pending<{ object: CoreObject; phase: number }> {
  protected override finish(result: number): { object: CoreObject; phase: number } {
    const phase = core.listenerPhase(this.operation);
    return { object: result < 0 ? result : core.listener(this.operation), phase };
  }
}

/**
 * Makes a socket that listens: socket, address reuse, bind and listen.
 *
 * @param ai where to: the first candidate counts
 * @param maxConn the backlog; default 128
 * @throws NetError with the step that failed as its `syscall`; nothing is left open
 */
export async function makeListenerSocket(ai: AddressInfo, maxConn = 128): Promise<Socket> {
  const { family, socketType, protocol, address } = requireAddressInfo("ai", ai);
  requireInteger("maxConn", maxConn, 0, 2 ** 31 - 1);
  if (address === null) throw new TypeError("ai must have an address, got hints");
  const length = putAddress(address);
  const { object, phase } = await settle<{ object: CoreObject; phase: number }>(
    (done) => new Listener(core.startListener(family, socketType, protocol, length, maxConn), done),
  );
  if (object >= 0) return Socket.of(object, family, socketType);
  const syscall = ["socket", "bind", "listen"][phase] ?? "socket";
  throw new NetError(object, { syscall, address: address.name, port: address.port });
}
