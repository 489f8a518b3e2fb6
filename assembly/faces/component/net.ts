// wasock:net/net: the API, blocking. `borrow` of one of our own resources arrives as its rep, which is
// the object itself.

import { leave } from "../../abi";
import { AddressInfo } from "../../address/address-info";
import { blockOn } from "../../drivers/block";
import { SCRATCH } from "../../abi/buffer";
import { EINVAL, writeErrorMessage, writeErrorName } from "../../error/errno";
import { createSocket, DEFAULT_BACKLOG, ListenerOperation, socketError } from "../../operation/compound";
import { TIMED_OUT } from "../../operation/operation";
import { getOption, setOption } from "../../socket/options-table";
import { AF_UNIX, Sockaddr } from "../../address/sockaddr";
import { SHUT_RDWR, SOCK_STREAM, Socket } from "../../socket/socket";
import { createPair, pairError } from "../../socket/socket-pair";
import {
  AcceptOperation,
  BindOperation,
  ConnectOperation,
  ListenOperation,
  ReceiveManyOperation,
  SendOperation,
} from "../../operation/socket-operations";
import { StreamSocket } from "../../socket/stream-socket";
import { addressOf, infoOf, seconds, startOpen, startResolve } from "./parameters";
import {
  bytes,
  failure,
  list,
  LoweredMessages,
  noBytes,
  number,
  optionalHandle,
  optionalNumber,
  optionalText,
  someBytes,
  triple,
  unit,
} from "./results";
import {
  begin,
  giveAddress,
  giveInfo,
  giveNetIo,
  giveSocket,
  InfoHandle,
  received,
  receiveList,
} from "./resources";

// Addresses

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#get-address-info")
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

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#make-address-info")
export function makeAddressInfo(family: i32, type: i32, protocol: i32, flagsSome: i32, flags: i32): i32 {
  const info = new AddressInfo(family, type, protocol);
  if (flagsSome) info.flags = flags;
  return giveInfo(info);
}

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#address-info-family")
export function addressInfoFamily(ai: InfoHandle): i32 {
  return ai.info.family;
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#address-info-socket-type")
export function addressInfoSocketType(ai: InfoHandle): i32 {
  return ai.info.socketType;
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#address-info-protocol")
export function addressInfoProtocol(ai: InfoHandle): i32 {
  return ai.info.protocol;
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#address-info-flags")
export function addressInfoFlags(ai: InfoHandle): i32 {
  return ai.info.flags;
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#address-info-address")
export function addressInfoAddress(ai: InfoHandle): usize {
  return optionalHandle(giveAddress(ai.info.address));
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#address-info-address-length")
export function addressInfoAddressLength(ai: InfoHandle): u32 {
  return ai.info.addressLength;
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#address-info-canonname")
export function addressInfoCanonname(ai: InfoHandle): usize {
  return optionalText(ai.info.canonname);
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#address-info-next")
export function addressInfoNext(ai: InfoHandle): usize {
  const next = ai.info.next;
  return optionalHandle(next ? giveInfo(next) : 0);
}

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#make-sockaddr")
export function makeSockaddr(some: i32, from: usize, length: u32, port: i32): usize {
  const address = new Sockaddr();
  const valid = !some || address.parse(from, length, port);
  if (some && length) heap.free(from);
  return valid ? number(giveAddress(address)) : failure(-EINVAL);
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#sockaddr-name")
export function sockaddrName(address: Sockaddr): usize {
  return list(SCRATCH, address.writeName(SCRATCH));
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#sockaddr-port")
export function sockaddrPort(address: Sockaddr): i32 {
  return address.port;
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#get-peer-name")
export function getPeerName(socket: Socket): usize {
  return optionalHandle(giveAddress(socket.peerName()));
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#get-socket-name")
export function getSocketName(socket: Socket): usize {
  return optionalHandle(giveAddress(socket.ownName()));
}

// Sockets

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#socket")
export function socket(family: i32, type: i32, protocol: i32): usize {
  const created = createSocket(family, type, protocol);
  return created ? number(giveSocket(created)) : failure(socketError);
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#bind")
export function bind(socket: Socket, address: Sockaddr): usize {
  begin();
  const result = blockOn(new BindOperation(socket, address));
  leave();
  return unit(result);
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#listen")
export function listen(socket: Socket, backlog: u32): usize {
  begin();
  const result = blockOn(new ListenOperation(socket, backlog));
  leave();
  return unit(result);
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#accept")
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
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#connect")
export function connect(socket: Socket, address: Sockaddr): usize {
  begin();
  const result = blockOn(new ConnectOperation(socket, address, -1));
  leave();
  return unit(result);
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#open-net-io")
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
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#with-net-io")
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
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#make-listener-socket")
export function makeListenerSocket(ai: InfoHandle, some: i32, maxConn: u32): usize {
  begin();
  const operation = new ListenerOperation(ai.info, some ? maxConn : DEFAULT_BACKLOG);
  const result = blockOn(operation);
  leave();
  return number(result < 0 ? result : giveSocket(operation.listener!));
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#close")
export function close(socket: Socket): void {
  socket.close();
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#shutdown")
export function shutdown(socket: Socket, how: i32): usize {
  return unit(socket.shutdown(min(how, SHUT_RDWR)));
}

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#open-socket-pair")
export function openSocketPair(
  familySome: i32,
  family: i32,
  typeSome: i32,
  type: i32,
  protocolSome: i32,
  protocol: i32,
): usize {
  const socket = createPair(
    familySome ? family : AF_UNIX,
    typeSome ? type : SOCK_STREAM,
    protocolSome ? protocol : 0,
  );
  return socket ? triple(giveSocket(socket), giveSocket(socket.peer!), 0) : failure(pairError);
}

// Options

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#get-socket-option")
export function getSocketOption(socket: Socket, level: i32, name: i32): usize {
  return number(getOption(socket, level, name));
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#set-socket-option")
export function setSocketOption(socket: Socket, level: i32, name: i32, value: i32): usize {
  return unit(setOption(socket, level, name, value));
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

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#send")
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

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#send-non-blocking")
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

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#receive", "wasock:net/net@0.1.0#receive-into")
export function receive(socket: Socket, n: u32, flagsSome: i32, flags: i32, aiSome: i32, ai: usize): usize {
  begin();
  const result = receiveList(socket, n, flagsSome ? flags : 0, -1, infoOf(aiSome, ai));
  leave();
  return result < 0 ? failure(result) : bytes(received, result);
}

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#receive-non-blocking", "wasock:net/net@0.1.0#receive-into-non-blocking")
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

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#receive-many")
export function receiveMany(socket: Socket, n: u32): usize {
  begin();
  const list = new LoweredMessages();
  const result = blockOn(new ReceiveManyOperation(socket, n, list, -1));
  leave();
  return result < 0 ? failure(result) : list.give(0);
}

// Errors

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#error-name")
export function errorName(errno: i32): usize {
  return list(SCRATCH, writeErrorName(errno, SCRATCH));
}
// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#error-message")
export function errorMessage(errno: i32): usize {
  return list(SCRATCH, writeErrorMessage(errno, SCRATCH));
}
