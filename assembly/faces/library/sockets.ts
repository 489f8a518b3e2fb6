// Sockets, for AssemblyScript programs. Functions that wait block, and let the host do its work meanwhile.

import { AddressInfo } from "../../address/address-info";
import { blockOn } from "../../drivers/block";
import { DEFAULT_BACKLOG, createSocket, ListenerOperation, socketError } from "../../operation/compound";
import { EINVAL } from "../../error/errno";
import { getOption, setOption } from "../../socket/options-table";
import { AF_UNIX, Sockaddr } from "../../address/sockaddr";
import { SHUT_RDWR, SOCK_STREAM, Socket } from "../../socket/socket";
import {
  AcceptOperation,
  BindOperation,
  ConnectOperation,
  ListenOperation,
} from "../../operation/socket-operations";
import { createPair, pairError } from "../../socket/socket-pair";
import { sockaddrName } from "./addresses";
import { describeFailure, place, recordError } from "./failure";

/** An endpoint, or null: raw sockets, ICMP and unix sockets are not to be had. */
export function socket(family: i32, type: i32, protocol: i32 = 0): Socket | null {
  const created = createSocket(family, type, protocol);
  recordError(socketError);
  return created;
}

/** Binds; whether it is bound. It does not listen yet, and port 0 gives a real port at once. */
export function bind(socket: Socket, address: Sockaddr): bool {
  return recordError(blockOn(new BindOperation(socket, address))) == 0;
}

/** Starts to listen; whether it listens. */
export function listen(socket: Socket, backlog: i32): bool {
  return recordError(blockOn(new ListenOperation(socket, backlog))) == 0;
}

/** Waits for a connection and fills `address` with the peer's; a new socket, or null. */
export function accept(socket: Socket, address: Sockaddr | null = null): Socket | null {
  const operation = new AcceptOperation(socket, -1);
  if (recordError(blockOn(operation)) < 0) return null;
  const accepted = operation.accepted!;
  const peer = accepted.peerName();
  if (address && peer) address.copyFrom(peer);
  return accepted;
}

/** Connects: 0, or a negative number. On a datagram socket it sets the default address. */
export function connect(socket: Socket, address: Sockaddr): i32 {
  return blockOn(new ConnectOperation(socket, address, -1));
}

/** A socket that listens on the address of `ai`; throws with the step that failed, and leaves nothing open. */
export function makeListenerSocket(ai: AddressInfo, maxConn: i32 = DEFAULT_BACKLOG): Socket {
  const operation = new ListenerOperation(ai, maxConn);
  const result = blockOn(operation);
  if (result < 0) {
    const step = operation.phase == 0 ? "socket" : operation.phase == 1 ? "bind" : "listen";
    const address = ai.address;
    const where = address ? " " + place(sockaddrName(address), address.port.toString()) : "";
    throw new Error(describeFailure(step + where, result));
  }
  return operation.listener!;
}

/** Two connected sockets in the program's own memory, or null. */
export function openSocketPair(
  family: i32 = AF_UNIX,
  type: i32 = SOCK_STREAM,
  protocol: i32 = 0,
): StaticArray<Socket> | null {
  const one = createPair(family, type, protocol);
  recordError(pairError);
  if (!one) return null;
  return [one as Socket, one.peer! as Socket];
}

/** Ends one direction (Shutdown.read, write) or both; whether it was connected. */
export function shutdown(socket: Socket, how: i32): bool {
  return recordError(how >= 0 && how <= SHUT_RDWR ? socket.shutdown(how) : -EINVAL) == 0;
}

/** Closes; idempotent. */
export function close(socket: Socket): void {
  socket.close();
}

/** The value of an option, or a negative number. */
export function getSocketOption(socket: Socket, level: i32, name: i32): i32 {
  return getOption(socket, level, name);
}

/** Sets an option; whether it was set. */
export function setSocketOption(socket: Socket, level: i32, name: i32, value: i32): bool {
  return recordError(setOption(socket, level, name, value)) == 0;
}
