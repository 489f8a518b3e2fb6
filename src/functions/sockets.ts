/**
 * The functions on sockets: what goes wrong is a false, a null or a negative number. Of a false and a null `lastError`
 * tells why.
 */

import {
  acceptOne,
  bindTo,
  connectTo,
  type Directions,
  listenWith,
  makeSocket,
  optionOf,
  ownNameOf,
  peerNameOf,
  requireLength,
  setOptionOf,
  shutDown,
  takePeerName,
} from "../calls/sockets.ts";
import { forEver } from "../calls/wait.ts";
import type { AddressFamily, IpProto, Level, OptionName, OtherNumber, SocketType } from "../constants.ts";
import { EINVAL, ENOTCONN } from "../core.ts";
import { requireSocket } from "../endpoint.ts";
import { requireSockaddr, type Sockaddr } from "../sockaddr.ts";
import { type Socket, socketOf } from "../socket.ts";
import { noteFailure } from "./last-error.ts";

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
export function socket(
  family: AddressFamily | OtherNumber,
  type: SocketType | OtherNumber,
  protocol: IpProto | OtherNumber = 0,
): Socket | false {
  const object = makeSocket(family, type, protocol);
  return object < 0
    ? noteFailure(object, { syscall: "socket" })
    : socketOf(object, family as AddressFamily, type as SocketType);
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
  requireLength(length, requireSockaddr("address", address));
  return bindTo(socket, address).then((result) => {
    return (
      result === 0 || noteFailure(result, { syscall: "bind", address: address.name, port: address.port })
    );
  });
}

/**
 * Starts to listen.
 *
 * @param backlog how many connections may wait in the kernel, 0 to 2^31-1
 * @returns whether it listens
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function listen(socket: Socket, backlog: number): Promise<boolean> {
  return listenWith(socket, backlog).then((result) => isDone(result, "listen"));
}

function isDone(result: number, syscall: string): boolean {
  return result === 0 || noteFailure(result, { syscall });
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
  if (address !== undefined) requireLength(length, requireSockaddr("address", address));
  return acceptOne(socket, forEver, (object) => {
    if (object < 0) return noteFailure(object, { syscall: "accept" });
    if (address !== undefined) takePeerName(object, address);
    return socketOf(object, socket.family, socket.type);
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
  requireLength(length, requireSockaddr("address", address));
  return connectTo(socket, address, forEver);
}

/** The peer's address, or null. */
export function getPeerName(socket: Socket): Sockaddr | null {
  const name = peerNameOf(socket);
  if (name === null) noteFailure(-ENOTCONN, { syscall: "getpeername" });
  return name;
}

/** The socket's own address, or null when it has none yet. */
export function getSocketName(socket: Socket): Sockaddr | null {
  const name = ownNameOf(socket);
  if (name === null) noteFailure(-EINVAL, { syscall: "getsockname" });
  return name;
}

/**
 * Ends one direction of a connection, or both: a real half-close.
 *
 * @param how `"read"`, `"write"` (the peer reads end of stream and can still be read from) or `"both"`
 * @returns whether it was connected
 * @throws TypeError or NetError EBADF when an argument is wrong or the socket is closed
 * @see shutdown(2)
 */
export function shutdown(socket: Socket, how: Directions): boolean {
  return isDone(shutDown(socket, how), "shutdown");
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
 * The value of an option.
 *
 * @param level one of `Level`
 * @param name one of `SocketOpt`, `TcpOpt`, `IpOpt` or `Ipv6Opt`; times are in milliseconds (rcvtimeo,
 *   sndtimeo) or seconds (keepidle, keepintvl)
 * @returns the value, or null when there is no such option here (ENOPROTOOPT)
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 * @see getsockopt(2), socket(7), tcp(7)
 */
export function getSocketOption(
  socket: Socket,
  level: Level | OtherNumber,
  name: OptionName | OtherNumber,
): number | null {
  const result = optionOf(socket, level, name);
  if (result >= 0) return result;
  noteFailure(result, { syscall: "getsockopt" });
  return null;
}

/**
 * Sets an option: it reaches the system, or it acts in the core, or the call fails. None is only remembered.
 *
 * @param level one of `Level`
 * @param name as for {@link getSocketOption}
 * @param value a number; 0 and 1 for options that are off or on
 * @returns whether it was set
 * @throws TypeError, RangeError or NetError EBADF when an argument is wrong or the socket is closed
 */
export function setSocketOption(
  socket: Socket,
  level: Level | OtherNumber,
  name: OptionName | OtherNumber,
  value: number,
): boolean {
  return isDone(setOptionOf(socket, level, name, value), "setsockopt");
}
