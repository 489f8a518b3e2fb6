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

// @ts-ignore: decorator
@witExport("wasock:net/net@0.1.0#socket")
export function socket(family: i32, type: i32, protocol: i32): usize {
  const created = createSocket(family, type, protocol);
  return created ? number(giveSocket(created)) : failure(socketError);
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
