// wasock:net/net: what needs not wait, in both versions. `borrow` of one of our own resources arrives as its rep, which is
// the object itself.

import { SCRATCH } from "../../abi/buffer";
import { AddressInfo } from "../../address/address-info";
import { AF_UNIX, Sockaddr } from "../../address/sockaddr";
import { EINVAL, writeErrorMessage, writeErrorName } from "../../error/errno";
import { createSocket, socketError } from "../../operation/compound";
import { getOption, setOption } from "../../socket/options-table";
import { SOCK_STREAM, Socket } from "../../socket/socket";
import { createPair, pairError } from "../../socket/socket-pair";
import { giveAddress, giveInfo, giveSocket, InfoHandle } from "./resources";
import { failure, list, number, optionalHandle, optionalText, triple, unit } from "./results";

export function makeAddressInfo(family: i32, type: i32, protocol: i32, flagsSome: i32, flags: i32): i32 {
  const info = new AddressInfo(family, type, protocol);
  if (flagsSome) info.flags = flags;
  return giveInfo(info);
}

export function addressInfoFamily(ai: InfoHandle): i32 {
  return ai.info.family;
}

export function addressInfoSocketType(ai: InfoHandle): i32 {
  return ai.info.socketType;
}

export function addressInfoProtocol(ai: InfoHandle): i32 {
  return ai.info.protocol;
}

export function addressInfoFlags(ai: InfoHandle): i32 {
  return ai.info.flags;
}

export function addressInfoAddress(ai: InfoHandle): usize {
  return optionalHandle(giveAddress(ai.info.address));
}

export function addressInfoAddressLength(ai: InfoHandle): u32 {
  return ai.info.addressLength;
}

export function addressInfoCanonname(ai: InfoHandle): usize {
  return optionalText(ai.info.canonname);
}

export function addressInfoNext(ai: InfoHandle): usize {
  const next = ai.info.next;
  return optionalHandle(next ? giveInfo(next) : 0);
}

export function makeSockaddr(some: i32, from: usize, length: u32, port: i32): usize {
  const address = new Sockaddr();
  const valid = !some || address.parse(from, length, port);
  if (some && length) heap.free(from);
  return valid ? number(giveAddress(address)) : failure(-EINVAL);
}

export function sockaddrName(address: Sockaddr): usize {
  return list(SCRATCH, address.writeName(SCRATCH));
}

export function sockaddrPort(address: Sockaddr): i32 {
  return address.port;
}

export function getPeerName(socket: Socket): usize {
  return optionalHandle(giveAddress(socket.peerName()));
}

export function getSocketName(socket: Socket): usize {
  return optionalHandle(giveAddress(socket.ownName()));
}

export function socket(family: i32, type: i32, protocol: i32): usize {
  const created = createSocket(family, type, protocol);
  return created ? number(giveSocket(created)) : failure(socketError);
}

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

export function getSocketOption(socket: Socket, level: i32, name: i32): usize {
  return number(getOption(socket, level, name));
}

export function setSocketOption(socket: Socket, level: i32, name: i32, value: i32): usize {
  return unit(setOption(socket, level, name, value));
}

export function errorName(errno: i32): usize {
  return list(SCRATCH, writeErrorName(errno, SCRATCH));
}

export function errorMessage(errno: i32): usize {
  return list(SCRATCH, writeErrorMessage(errno, SCRATCH));
}
