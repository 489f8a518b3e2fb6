/** Sockets: making, binding, listening, accepting, connecting, closing. */
import { type AddressInfo, requireAddressInfo } from "./address-info.ts";
import { callCore, run } from "./await.ts";
import { type CoreObject, core, EBADF, hostSocket } from "./core.ts";
import { NetError, requireInteger, show } from "./errors.ts";
import { putAddress, requireSockaddr, type Sockaddr, takeAddress } from "./sockaddr.ts";

/** Wraps a socket of the core. */
export let socketOf: (object: CoreObject, family: number, type: number) => Socket;

/** The core's socket behind one that is known to be open. */
let coreOf: (socket: Socket) => CoreObject;

/** Calls back when a socket is closed, before its pending calls end. */
export let onClose: (socket: Socket, closed: () => void) => void;

/** Closes a socket and gives up what is still on its way to the peer. */
export let abandon: (socket: Socket) => Promise<void>;

/** A socket of the core. Made by `socket`, `accept`, `openNetIo` and `makeListenerSocket`. */
export class Socket {
  readonly family: number;
  readonly type: number;
  readonly #core: CoreObject;
  #closed = false;
  #closing: Promise<void> = Promise.resolve();
  #onClose: (() => void) | undefined = undefined;

  static {
    socketOf = (object, family, type) => new Socket(object, family, type);
    coreOf = (socket) => socket.#core;
    onClose = (socket, closed) => {
      socket.#onClose = closed;
    };
    abandon = (socket) => {
      const host = socket.#closed ? undefined : hostOf(socket.#core);
      const closing = socket.close();
      host?.endpoint.abort();
      return closing;
    };
  }

  private constructor(object: CoreObject, family: number, type: number) {
    this.#core = object;
    this.family = family;
    this.type = type;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Closes it; see {@link close}. */
  close(): Promise<void> {
    if (!this.#closed) {
      // set first: what ends with the socket looks at it, and may close it too
      this.#closed = true;
      this.#onClose?.();
      this.#closing = closeCore(this.#core);
    }
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The host's socket behind one of the core; a pair in the core's memory has none. */
function hostOf(object: CoreObject): ReturnType<typeof hostSocket> | undefined {
  const handle = core.socketHandle(object);
  return handle === 0 ? undefined : hostSocket(handle);
}

function closeCore(object: CoreObject): Promise<void> {
  const host = hostOf(object);
  callCore(() => core.socketClose(object));
  return host?.endpoint.closed() ?? Promise.resolve();
}

/** @throws TypeError when it is no socket */
export function requireSocket(socket: unknown): Socket {
  if (socket instanceof Socket) return socket;
  throw new TypeError(`socket must be a Socket, got ${show(socket)}`);
}

/**
 * The core's socket.
 *
 * @param syscall what is about to be done with it, for the error
 * @throws NetError EBADF when the socket is closed, TypeError when it is no socket
 */
export function coreSocket(socket: Socket, syscall: string): CoreObject {
  if (requireSocket(socket).closed) throw new NetError(-EBADF, { syscall });
  return coreOf(socket);
}

/**
 * Makes an endpoint.
 *
 * @param family `AddressFamily.inet` or `inet6`
 * @param type `SocketType.stream` or `datagram`
 * @param protocol `IpProto.ip` (any), or the one that fits the type; default any
 * @returns the socket, or false: raw sockets, ICMP and unix sockets are not to be had
 * @throws TypeError or RangeError when an argument is wrong
 * @see socket(2)
 */
export function socket(family: number, type: number, protocol = 0): Socket | false {
  requireInteger("family", family, 0, 65535);
  requireInteger("type", type, 0, 65535);
  requireInteger("protocol", protocol, 0, 65535);
  const result = callCore(() => core.socketNew(family, type, protocol));
  return result < 0 ? false : socketOf(result, family, type);
}

function requireLength(length: number | undefined, address: Sockaddr): void {
  if (length === undefined) return;
  requireInteger("length", length, 0, 128);
  if (length < address.length)
    throw new RangeError(`length must be at least ${address.length}, got ${length}`);
}

/**
 * Binds a socket. It does not listen yet; port 0 gives a real port, which `getSocketName` shows at once.
 *
 * @param address where to
 * @param length the address's length, as `bind(2)` wants it; need not be given
 * @returns whether it is bound
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function bind(socket: Socket, address: Sockaddr, length?: number): Promise<boolean> {
  const object = coreSocket(socket, "bind");
  requireLength(length, requireSockaddr("address", address));
  return run(core.startBind(object, putAddress(address)), isDone);
}

/**
 * Starts to listen.
 *
 * @param backlog how many connections may wait in the kernel, 0 to 2^31-1
 * @returns whether it listens
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function listen(socket: Socket, backlog: number): Promise<boolean> {
  const object = coreSocket(socket, "listen");
  requireInteger("backlog", backlog, 0, 2 ** 31 - 1);
  return run(core.startListen(object, backlog), isDone);
}

function isDone(result: number): boolean {
  return result === 0;
}

/**
 * Waits for a connection.
 *
 * @param socket a socket that listens
 * @param address takes the peer's address, when given
 * @param length the room for the address, as `accept(2)` wants it; need not be given
 * @returns a new socket, or false
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function accept(socket: Socket, address?: Sockaddr, length?: number): Promise<Socket | false> {
  const object = coreSocket(socket, "accept");
  if (address !== undefined) requireLength(length, requireSockaddr("address", address));
  return run(core.startAccept(object, -1), (result, operation) => {
    if (result < 0) return false;
    const accepted = core.accepted(operation);
    if (address !== undefined && core.socketName(accepted, 1) > 0) takeAddress(address);
    return socketOf(accepted, socket.family, socket.type);
  });
}

/**
 * Connects. On a datagram socket it sets the default address; an unspecified address takes it away.
 *
 * @param address the peer
 * @param length the address's length, as `connect(2)` wants it; need not be given
 * @returns 0, or a negative error number: ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT, EISCONN, EALREADY,
 *   EAFNOSUPPORT, EINVAL, EBADF (closed meanwhile)
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 * @see connect(2)
 */
export function connect(socket: Socket, address: Sockaddr, length?: number): Promise<number> {
  const object = coreSocket(socket, "connect");
  requireLength(length, requireSockaddr("address", address));
  return run(core.startConnect(object, putAddress(address), -1), (result) => result);
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
  return core.socketName(coreSocket(socket, syscall), peer) === 0 ? null : takeAddress();
}

const directions = { read: 0, write: 1, both: 2 } as const;

/**
 * Ends one direction of a connection, or both: a real half-close.
 *
 * @param how `"read"`, `"write"` (the peer reads end of stream and can still be read from) or `"both"`
 * @returns whether it was connected
 * @throws TypeError or NetError EBADF when an argument is wrong or the socket is closed
 * @see shutdown(2)
 */
export function shutdown(socket: Socket, how: "read" | "write" | "both"): boolean {
  const object = coreSocket(socket, "shutdown");
  if (typeof how !== "string" || !Object.hasOwn(directions, how)) {
    throw new TypeError(`how must be "read", "write" or "both", got ${show(how)}`);
  }
  return callCore(() => core.socketShutdown(object, directions[how])) === 0;
}

/**
 * Closes a socket. Calls on it that are pending end with EBADF; what was sent is still delivered.
 *
 * @returns resolves when the system's socket is closed too, or, where bytes are still on their way to a
 *   slow peer, at once; closing again gives the same promise
 * @throws TypeError when it is no socket
 */
export function close(socket: Socket): Promise<void> {
  return requireSocket(socket).close();
}

/**
 * Makes a socket that listens: socket, address reuse, bind and listen.
 *
 * @param ai where to: the first candidate counts
 * @param maxConn the backlog; default 128
 * @returns rejects with a NetError whose `syscall` is the step that failed; nothing is left open then
 * @throws TypeError or RangeError when an argument is wrong
 */
export function makeListenerSocket(ai: AddressInfo, maxConn = 128): Promise<Socket> {
  const { family, socketType, protocol, address } = requireAddressInfo("ai", ai);
  requireInteger("maxConn", maxConn, 0, 2 ** 31 - 1);
  if (address === null) throw new TypeError("ai must have an address, got hints");
  const length = putAddress(address);
  return run(core.startListener(family, socketType, protocol, length, maxConn), (result, operation) => {
    if (result === 0) return socketOf(core.listener(operation), family, socketType);
    const syscall = ["socket", "bind", "listen"][core.listenerPhase(operation)] as string;
    throw new NetError(result, { syscall, address: address.name, port: address.port });
  });
}
