// wasock:net/net: the API, blocking. `borrow` of one of our own resources arrives as its rep, which is
// the object itself.

import { leave } from "../../abi";
import { AddressInfo } from "../../address/address-info";
import { blockOn } from "../../drivers/block";
import { DEFAULT_BACKLOG, ListenerOperation } from "../../operation/compound";
import { TIMED_OUT } from "../../operation/operation";
import { Sockaddr } from "../../address/sockaddr";
import { SHUT_RDWR, Socket } from "../../socket/socket";
import {
  AcceptOperation,
  BindOperation,
  ConnectOperation,
  ListenOperation,
  ReceiveManyOperation,
  SendOperation,
} from "../../operation/socket-operations";
import { StreamSocket } from "../../socket/stream-socket";
import { giveNetIo } from "./net-io";
import { addressOf, infoOf, seconds, startOpen, startResolve } from "./parameters";
import {
  bytes,
  failure,
  LoweredMessages,
  noBytes,
  number,
  optionalNumber,
  someBytes,
  triple,
  unit,
} from "./results";
import { begin, giveInfo, giveSocket, InfoHandle, letGo, received, receiveList } from "./resources";

// Addresses

export function getAddressInfo(
  hostSome: i32,
  host: usize,
  hostLength: u32,
  serviceSome: i32,
  service: usize,
  serviceLength: u32,
  hintsSome: i32,
  hints: usize,
): usize {
  begin();
  const operation = startResolve(
    hostSome,
    host,
    hostLength,
    serviceSome,
    service,
    serviceLength,
    infoOf(hintsSome, hints),
  );
  const result = blockOn(operation);
  leave();
  return number(result < 0 ? result : giveInfo(operation.found!));
}

// Sockets

export function bind(socket: Socket, address: Sockaddr): usize {
  begin();
  const result = blockOn(new BindOperation(socket, address));
  leave();
  return unit(result);
}

export function listen(socket: Socket, backlog: u32): usize {
  begin();
  const result = blockOn(new ListenOperation(socket, backlog));
  leave();
  return unit(result);
}

export function accept(socket: Socket, some: i32, into: usize): usize {
  begin();
  const operation = new AcceptOperation(socket, -1);
  const result = blockOn(operation);
  leave();
  if (result < 0) return failure(result);
  const accepted = operation.accepted!;
  const peer = accepted.peerName();
  if (some && peer) changetype<Sockaddr>(into).copyFrom(peer);
  return number(giveSocket(accepted));
}

export function connect(socket: Socket, address: Sockaddr): usize {
  begin();
  const result = blockOn(new ConnectOperation(socket, address, -1));
  leave();
  return unit(result);
}

export function openNetIo(
  hostSome: i32,
  host: usize,
  hostLength: u32,
  service: usize,
  serviceLength: u32,
): usize {
  begin();
  const operation = startOpen(hostSome, host, hostLength, service, serviceLength);
  const result = blockOn(operation);
  leave();
  if (result < 0) return failure(result);
  const opened = operation.opened! as StreamSocket;
  return triple(giveSocket(opened), opened.takeInput(), opened.takeOutput());
}

export function withNetIo(
  hostSome: i32,
  host: usize,
  hostLength: u32,
  service: usize,
  serviceLength: u32,
): usize {
  begin();
  const operation = startOpen(hostSome, host, hostLength, service, serviceLength);
  const result = blockOn(operation);
  leave();
  return number(result < 0 ? result : giveNetIo(operation.opened!));
}

export function makeListenerSocket(ai: InfoHandle, some: i32, maxConn: u32): usize {
  begin();
  const operation = new ListenerOperation(ai.info, some ? maxConn : DEFAULT_BACKLOG);
  const result = blockOn(operation);
  leave();
  return number(result < 0 ? result : giveSocket(operation.listener!));
}

export function dropSocket(socket: Socket): void {
  socket.close();
  letGo(changetype<usize>(socket));
}

export function close(socket: Socket): void {
  socket.close();
}

export function shutdown(socket: Socket, how: i32): usize {
  return unit(socket.shutdown(min(how, SHUT_RDWR)));
}

// Messages

function sendBytes(
  socket: Socket,
  from: usize,
  length: u32,
  timeout: f64,
  flags: i32,
  ai: AddressInfo | null,
): i32 {
  begin();
  const result = blockOn(new SendOperation(socket, length, flags, addressOf(ai), timeout), from, length);
  leave();
  if (length) heap.free(from);
  return result;
}

export function send(
  socket: Socket,
  from: usize,
  length: u32,
  flagsSome: i32,
  flags: i32,
  aiSome: i32,
  ai: usize,
): usize {
  return number(sendBytes(socket, from, length, -1, flagsSome ? flags : 0, infoOf(aiSome, ai)));
}

export function sendNonBlocking(
  socket: Socket,
  from: usize,
  length: u32,
  timeoutSome: i32,
  timeout: f64,
  flagsSome: i32,
  flags: i32,
  aiSome: i32,
  ai: usize,
): usize {
  const result = sendBytes(
    socket,
    from,
    length,
    seconds(timeoutSome, timeout),
    flagsSome ? flags : 0,
    infoOf(aiSome, ai),
  );
  return optionalNumber(result, TIMED_OUT);
}

export function receive(socket: Socket, n: u32, flagsSome: i32, flags: i32, aiSome: i32, ai: usize): usize {
  begin();
  const result = receiveList(socket, n, flagsSome ? flags : 0, -1, infoOf(aiSome, ai));
  leave();
  return result < 0 ? failure(result) : bytes(received, result);
}

export function receiveNonBlocking(
  socket: Socket,
  n: u32,
  timeoutSome: i32,
  timeout: f64,
  flagsSome: i32,
  flags: i32,
  aiSome: i32,
  ai: usize,
): usize {
  begin();
  const result = receiveList(
    socket,
    n,
    flagsSome ? flags : 0,
    seconds(timeoutSome, timeout),
    infoOf(aiSome, ai),
  );
  leave();
  if (result == TIMED_OUT) return noBytes();
  return result < 0 ? failure(result) : someBytes(received, result);
}

export function receiveMany(socket: Socket, n: u32): usize {
  begin();
  const list = new LoweredMessages();
  const result = blockOn(new ReceiveManyOperation(socket, n, list, -1));
  leave();
  return result < 0 ? failure(result) : list.give(0);
}
