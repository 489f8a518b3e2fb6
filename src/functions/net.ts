/** The functions that make sockets in one go: openNetIo, withNetIo, makeListenerSocket, openSocketPair. */

import type { AddressInfo } from "../address-info.ts";
import { openConnection, openListener, openPair } from "../calls/open.ts";
import { DEFAULT_BACKLOG } from "../calls/sockets.ts";
import { AddressFamily, type IpProto, type OtherNumber, SocketType } from "../constants.ts";
import { NetError } from "../errors.ts";
import type { InputPort, OutputPort } from "../ports.ts";
import { connectionOf, Socket, socketOf } from "../socket.ts";
import { noteError, noteFailure } from "./last-error.ts";

/**
 * Opens a connection: looks `host` up and tries each candidate in turn.
 *
 * @param host a name or an address literal; null for the loopback
 * @param service a name such as `"http"`, or a port
 * @returns the socket and its two ports, which close it when both have ended; null when no candidate
 *   could be reached
 * @throws TypeError or RangeError when an argument is wrong
 */
export function openNetIo(
  host: string | null,
  service: string | number,
): Promise<[Socket, InputPort, OutputPort] | null> {
  return openConnection(host, service).then(connectionOf, (error: unknown) => {
    if (!(error instanceof NetError)) throw error;
    noteError(error);
    return null;
  });
}

/**
 * Opens a connection, calls `proc` with its ports, and closes it whatever happens.
 *
 * When `proc` has returned, what it wrote still goes out; when it has failed, the connection is closed at
 * once. A port that fails meanwhile says so to whoever uses it, and is no unhandled error.
 *
 * @param proc gets the input and the output port
 * @returns what `proc` returned; rejects with a NetError when no connection can be made or when what was
 *   written could not go out, and with whatever `proc` throws
 * @throws TypeError or RangeError when an argument is wrong
 */
export function withNetIo<T>(
  host: string | null,
  service: string | number,
  proc: (input: InputPort, output: OutputPort) => T | Promise<T>,
): Promise<T> {
  return Socket.withNetIo(host, service, proc);
}

/**
 * Makes a socket that listens: socket, address reuse, bind and listen.
 *
 * @param ai where to: the first candidate counts
 * @param maxConn the backlog; default 128
 * @returns rejects with a NetError whose `syscall` is the step that failed; nothing is left open then
 * @throws TypeError or RangeError when an argument is wrong
 */
export function makeListenerSocket(ai: AddressInfo, maxConn: number = DEFAULT_BACKLOG): Promise<Socket> {
  return openListener(ai, maxConn).then((object) =>
    socketOf(object, ai.family as AddressFamily, ai.socketType as SocketType),
  );
}

/**
 * Makes two connected sockets. They live in the core's memory: no port is opened and no permission needed.
 * Each direction holds at most 64 KiB (and 256 datagrams); a sender waits while it is full.
 *
 * @param family `AddressFamily.unix`, the default
 * @param type `SocketType.stream`, the default, or `datagram`
 * @param protocol 0, the default
 * @returns the two, or false where `socketpair(2)` would fail
 * @throws TypeError or RangeError when an argument is wrong
 */
export function openSocketPair(
  family: AddressFamily | OtherNumber = AddressFamily.unix,
  type: SocketType | OtherNumber = SocketType.stream,
  protocol: IpProto | OtherNumber = 0,
): [Socket, Socket] | false {
  const pair = openPair(family, type, protocol);
  if (typeof pair === "number") return noteFailure(pair, { syscall: "socketpair" });
  const kind = type as SocketType;
  return [socketOf(pair[0], AddressFamily.unix, kind), socketOf(pair[1], AddressFamily.unix, kind)];
}
