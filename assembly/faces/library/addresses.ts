// Addresses, for AssemblyScript programs.

import { AddressInfo } from "../../address/address-info";
import { blockOn } from "../../drivers/block";
import { SCRATCH } from "../../abi/buffer";
import { LookupOperation } from "../../address/addrconfig";
import { Sockaddr } from "../../address/sockaddr";
import { Socket } from "../../socket/socket";
import { decodeText, encodeText } from "../../abi/utf8";
import { recordError } from "./failure";

/** A text in UTF-8, or null. */
export function utf8(text: string | null): ArrayBuffer | null {
  return text === null ? null : encodeText(text);
}

// @ts-ignore: decorator
@inline
function at(text: ArrayBuffer | null): usize {
  return text ? changetype<usize>(text) : 0;
}
// @ts-ignore: decorator
@inline
function size(text: ArrayBuffer | null): u32 {
  return text ? text.byteLength : 0;
}

/** A service as text: a name or a number. */
export function serviceText<S>(service: S): string | null {
  if (isString<S>()) return service;
  if (isInteger<S>() && !isReference<S>()) return service.toString();
  return null;
}

/**
 * Looks up a host and a service: the first candidate, or null.
 *
 * `host` null is the wildcard with the passive flag, the loopback without. `service` is a name ("http"), a
 * number or a numeric text. Hints default to: family unspecified, type stream, protocol ip, flags passive.
 */
export function getAddressInfo<S>(
  host: string | null,
  service: S,
  hints: AddressInfo | null = null,
): AddressInfo | null {
  const name = utf8(host);
  const serviceName = utf8(serviceText<S>(service));
  const operation = new LookupOperation(
    at(name),
    size(name),
    at(serviceName),
    size(serviceName),
    hints ? hints : new AddressInfo(),
  );
  return recordError(blockOn(operation)) < 0 ? null : operation.found;
}

/** Makes hints, or an entry by hand. */
export function makeAddressInfo(family: i32, socketType: i32, protocol: i32, flags: i32 = 1): AddressInfo {
  return new AddressInfo(family, socketType, protocol, flags);
}

export function addressInfoFamily(ai: AddressInfo): i32 {
  return ai.family;
}
export function addressInfoSocketType(ai: AddressInfo): i32 {
  return ai.socketType;
}
export function addressInfoProtocol(ai: AddressInfo): i32 {
  return ai.protocol;
}
export function addressInfoFlags(ai: AddressInfo): i32 {
  return ai.flags;
}
/** The address; null in hints. */
export function addressInfoAddress(ai: AddressInfo): Sockaddr | null {
  return ai.address;
}
/** 16 for IPv4, 28 for IPv6, 0 for no address. */
export function addressInfoAddressLength(ai: AddressInfo): u32 {
  return ai.addressLength;
}
/** The canonical name of the first candidate, where the canonname flag was given. */
export function addressInfoCanonname(ai: AddressInfo): string | null {
  const name = ai.canonname;
  return name ? decodeText(changetype<usize>(name), name.byteLength) : null;
}
/** The next candidate. */
export function addressInfoNext(ai: AddressInfo): AddressInfo | null {
  return ai.next;
}

/**
 * Makes a socket address from a literal, or an unspecified one for `accept`; null when it is no literal, or when the
 * port is none (0 to 65535).
 */
export function makeSockaddr(address: string | null = null, port: i32 = 0): Sockaddr | null {
  if (<u32>port > 65535) return null;
  const result = new Sockaddr();
  const text = utf8(address);
  if (text && !result.parse(changetype<usize>(text), text.byteLength, port)) return null;
  return result;
}

/** Whether something is an address info. */
export function isAddressInfo<T>(value: T): bool {
  return isReference<T>() && value instanceof AddressInfo;
}

/** Whether something is a socket address. */
export function isSockaddr<T>(value: T): bool {
  return isReference<T>() && value instanceof Sockaddr;
}

/** The address as text: dotted IPv4, or IPv6 in RFC 5952 form with `%scope` where it has one. */
export function sockaddrName(address: Sockaddr): string {
  return decodeText(SCRATCH, address.writeName(SCRATCH));
}

/** The port in host order. */
export function sockaddrPort(address: Sockaddr): i32 {
  return address.port;
}

/** The address of the peer, or null. */
export function getPeerName(socket: Socket): Sockaddr | null {
  return socket.peerName();
}

/** The socket's own address, or null. */
export function getSocketName(socket: Socket): Sockaddr | null {
  return socket.ownName();
}
