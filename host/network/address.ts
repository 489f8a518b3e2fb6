/**
 * Socket addresses: the WASI form, Node's text, and which address is usable for what.
 */
import * as net from "node:net";
import { isWindows } from "../runtime/features.ts";
import { isZone, zoneName, zoneNumber } from "./zones.ts";

/** `wasi:sockets/network.ip-address-family`. */
export type IpAddressFamily = "ipv4" | "ipv6";

/** `wasi:sockets/network.ipv4-address`: four octets. */
export type Ipv4Address = readonly [number, number, number, number];

/** `wasi:sockets/network.ipv6-address`: eight 16-bit groups. */
export type Ipv6Address = readonly [number, number, number, number, number, number, number, number];

/** `wasi:sockets/network.ip-address`. */
export type IpAddress = { tag: "ipv4"; val: Ipv4Address } | { tag: "ipv6"; val: Ipv6Address };

/** `wasi:sockets/network.ipv4-socket-address`. */
export interface Ipv4SocketAddress {
  port: number;
  address: Ipv4Address;
}

/** `wasi:sockets/network.ipv6-socket-address`. */
export interface Ipv6SocketAddress {
  port: number;
  flowInfo: number;
  address: Ipv6Address;
  scopeId: number;
}

/** `wasi:sockets/network.ip-socket-address`, in the shape that jco gives it. */
export type IpSocketAddress =
  | { tag: "ipv4"; val: Ipv4SocketAddress }
  | { tag: "ipv6"; val: Ipv6SocketAddress };

/** What Node says about an endpoint. */
export interface NodeAddress {
  address: string;
  port: number;
  family?: string | number;
}

/**
 * The address as the text that Node takes and that people read: `127.0.0.1`, `fe80::1%eth0` (RFC 5952, RFC 4007).
 *
 * @param address any socket address; the port is not part of the text
 */
export function addressText(address: IpSocketAddress): string {
  if (address.tag === "ipv4") return ipv4Text(address.val.address);
  const text = ipv6Text(address.val.address);
  const { scopeId } = address.val;
  if (scopeId === 0) return text;
  // Zones are numbers in WASI, and the names of interfaces in Node's text, except on Windows.
  return `${text}%${(isWindows ? undefined : zoneName(scopeId)) ?? scopeId}`;
}

/** Whether Node takes {@link addressText} for an address: its zones have no `_` and the like. */
export function isNodeText(text: string): boolean {
  return net.isIP(text) !== 0;
}

/** The address and the port as people write them: `127.0.0.1:80`, `[::1]:80`. */
export function socketAddressText(address: IpSocketAddress): string {
  const text = addressText(address);
  return address.tag === "ipv4" ? `${text}:${address.val.port}` : `[${text}]:${address.val.port}`;
}

/** An address without a port as text. */
export function ipText(address: IpAddress): string {
  return address.tag === "ipv4" ? ipv4Text(address.val) : ipv6Text(address.val);
}

function ipv4Text(a: Ipv4Address): string {
  return `${a[0]}.${a[1]}.${a[2]}.${a[3]}`;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
function ipv6Text(groups: Ipv6Address): string {
  if (isMapped(groups)) return `::ffff:${ipv4Text(mappedIpv4(groups))}`;
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > bestLength) {
      bestStart = i;
      bestLength = end - i;
    }
    if (end > i) i = end;
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(":");
  return `${hex.slice(0, bestStart).join(":")}::${hex.slice(bestStart + bestLength).join(":")}`;
}

/**
 * Reads an address literal.
 *
 * @param text IPv4 dotted, or IPv6 with or without brackets and `%zone`
 * @returns the address, or `undefined` when the text is no literal
 */
export function parseIp(text: string): IpAddress | undefined {
  const isBracketed = text.startsWith("[") && text.endsWith("]");
  const [bare, zone] = splitZone(isBracketed ? text.slice(1, -1) : text);
  // what Node knows of zones lets some names of interfaces out
  switch (net.isIP(bare)) {
    case 4:
      return isBracketed || zone !== undefined ? undefined : { tag: "ipv4", val: parseIpv4(bare) };
    case 6:
      return zone === undefined || isZone(zone) ? { tag: "ipv6", val: parseIpv6(bare) } : undefined;
    default:
      return undefined;
  }
}

/** The address and the zone of a literal: what stands before and behind the first `%`. */
export function splitZone(text: string): [address: string, zone: string | undefined] {
  const at = text.indexOf("%");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

// each connection's and each datagram's goes through here: no array of texts
function parseIpv4(text: string): Ipv4Address {
  const octets: [number, number, number, number] = [0, 0, 0, 0];
  for (let i = 0, at = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0) at++;
    else octets[at as 0] = octets[at as 0] * 10 + digit;
  }
  return octets;
}

function parseIpv6(text: string): Ipv6Address {
  const [head = "", tail] = text.split("::");
  const left = ipv6Groups(head);
  if (tail === undefined) return left as unknown as Ipv6Address;
  const right = ipv6Groups(tail);
  return [
    ...left,
    ...new Array<number>(8 - left.length - right.length).fill(0),
    ...right,
  ] as unknown as Ipv6Address;
}

function ipv6Groups(text: string): number[] {
  if (text === "") return [];
  const groups: number[] = [];
  for (const part of text.split(":")) {
    if (part.includes(".")) {
      const [a, b, c, d] = parseIpv4(part);
      groups.push((a << 8) | b, (c << 8) | d);
    } else {
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** What Node says about an endpoint, in the WASI form. */
export function fromNode(node: NodeAddress): IpSocketAddress {
  const { address: text, port } = node;
  if (!text.includes(":")) return { tag: "ipv4", val: { port, address: parseIpv4(text) } };
  const [bare, zone] = splitZone(text);
  const scopeId = zone === undefined ? 0 : (zoneNumber(zone) ?? 0);
  return { tag: "ipv6", val: { port, flowInfo: 0, address: parseIpv6(bare), scopeId } };
}

/** The wildcard address of a family, with port 0 or another. */
export function wildcard(family: IpAddressFamily, port = 0): IpSocketAddress {
  return family === "ipv4"
    ? { tag: "ipv4", val: { port, address: [0, 0, 0, 0] } }
    : { tag: "ipv6", val: { port, flowInfo: 0, address: [0, 0, 0, 0, 0, 0, 0, 0], scopeId: 0 } };
}

/** The same address with a port. */
export function withPort(ip: IpAddress, port: number): IpSocketAddress {
  return ip.tag === "ipv4"
    ? { tag: "ipv4", val: { port, address: ip.val } }
    : { tag: "ipv6", val: { port, flowInfo: 0, address: ip.val, scopeId: 0 } };
}

/** The address without its port. */
export function ipOf(address: IpSocketAddress): IpAddress {
  return address.tag === "ipv4"
    ? { tag: "ipv4", val: address.val.address }
    : { tag: "ipv6", val: address.val.address };
}

/** The same address in an object of its own. */
export function copyOf(address: IpSocketAddress): IpSocketAddress {
  return address.tag === "ipv4"
    ? { tag: "ipv4", val: { ...address.val, address: [...address.val.address] } }
    : { tag: "ipv6", val: { ...address.val, address: [...address.val.address] } };
}

/** Whether two addresses mean the same endpoint; the flow label does not count. */
export function sameAddress(a: IpSocketAddress, b: IpSocketAddress): boolean {
  if (a.tag !== b.tag || a.val.port !== b.val.port) return false;
  if (a.tag === "ipv6" && b.tag === "ipv6" && a.val.scopeId !== b.val.scopeId) return false;
  const left: readonly number[] = a.val.address;
  const right: readonly number[] = b.val.address;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

/** Whether the address is `0.0.0.0` or `::`. */
export function isWildcard(address: IpSocketAddress): boolean {
  const parts: readonly number[] = address.val.address;
  return parts.every((part) => part === 0);
}

/** Whether the address is IPv4 in the clothes of IPv6 (`::ffff:a.b.c.d`). */
export function isMapped(groups: Ipv6Address): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

function mappedIpv4(groups: Ipv6Address): Ipv4Address {
  return octets(groups[6], groups[7]);
}

/** The IPv4 address that two groups of an IPv6 address hold. */
export function octets(high: number, low: number): Ipv4Address {
  return [high >> 8, high & 255, low >> 8, low & 255];
}

/** An IPv4-mapped IPv6 address as plain IPv4; any other address as it is. */
export function unmapIp(address: IpAddress): IpAddress {
  return address.tag === "ipv6" && isMapped(address.val)
    ? { tag: "ipv4", val: mappedIpv4(address.val) }
    : address;
}

/**
 * Whether a TCP endpoint may have this address: of the family, neither multicast nor broadcast, and
 * neither IPv4-mapped nor the deprecated IPv4-compatible IPv6 (RFC 4291, 2.5.5.1).
 */
export function isUsableForTcp(address: IpSocketAddress, family: IpAddressFamily): boolean {
  if (address.tag !== family) return false;
  if (address.tag === "ipv4") {
    const a = address.val.address;
    const isMulticast = (a[0] & 0xf0) === 0xe0;
    const isBroadcast = a[0] === 255 && a[1] === 255 && a[2] === 255 && a[3] === 255;
    return !isMulticast && !isBroadcast;
  }
  const a = address.val.address;
  return (a[0] & 0xff00) !== 0xff00 && !isMapped(a) && !isCompatible(a);
}

/** Whether a UDP socket of the family may deal with the address; multicast and broadcast may be. */
export function isUsableForUdp(address: IpSocketAddress, family: IpAddressFamily): boolean {
  if (address.tag !== family) return false;
  return address.tag === "ipv4" || !(isMapped(address.val.address) || isCompatible(address.val.address));
}

/** Whether the address is IPv4-compatible IPv6 (`::a.b.c.d`, RFC 4291, 2.5.5.1); `::` and `::1` are not. */
export function isCompatible(groups: Ipv6Address): boolean {
  return groups.slice(0, 6).every((group) => group === 0) && (groups[6] !== 0 || groups[7] > 1);
}
