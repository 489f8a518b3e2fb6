/** Packets: the headers of IPv4 and IPv6 (RFC 791, 8200), TCP (RFC 9293), UDP (RFC 768) and ICMP (RFC 792, 4443). */
import type { IpAddress, IpSocketAddress } from "../address.ts";
import { checksumOf, sumOf } from "./checksum.ts";

/** Flags of TCP. */
export const Flag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

const TCP = 6;
const UDP = 17;
const HOPS = 64;
/** Don't fragment. */
const WHOLE = 0x4000;
const TCP_HEADER = 20;
const UDP_HEADER = 8;

/** How many bytes a segment has at most: what the length of an IPv4 packet leaves. */
export const MOST_IN_SEGMENT: number = 65_495;

/** What SYN says: the largest segment, and that windows count 16 KiB. */
const SYN_OPTIONS: Uint8Array = new Uint8Array([2, 4, 0xff, 0xd7, 1, 3, 3, 14]);
const WINDOW = 65_535;

/** The bytes of an address. */
export function bytesOf({ tag, val }: IpAddress): Uint8Array {
  if (tag === "ipv4") return new Uint8Array(val);
  return new Uint8Array(val.flatMap((group) => [group >> 8, group & 255]));
}

/** Where a packet comes from, or goes to. */
export interface Place {
  readonly ip: Uint8Array;
  readonly port: number;
}

/** An address as packets have it; an IPv4 address that is written as one of IPv6 is IPv6 there. */
export function placeOf(address: IpSocketAddress): Place {
  const ip = { tag: address.tag, val: address.val.address } as IpAddress;
  return { ip: bytesOf(ip), port: address.val.port };
}

/**
 * Writes the header of IP.
 *
 * @param length of what follows it
 * @param identification of a packet of IPv4
 * @returns its own length
 */
function writeIp(
  to: Buffer,
  from: Uint8Array,
  target: Uint8Array,
  protocol: number,
  length: number,
  identification: number,
): number {
  if (from.length === 4) {
    to.writeUInt16BE(0x4500, 0);
    to.writeUInt16BE(20 + length, 2);
    to.writeUInt16BE(identification & 0xffff, 4);
    to.writeUInt16BE(WHOLE, 6);
    to.writeUInt16BE((HOPS << 8) | protocol, 8);
    to.writeUInt16BE(0, 10);
    to.set(from, 12);
    to.set(target, 16);
    to.writeUInt16BE(checksumOf(sumOf(to.subarray(0, 20))), 10);
    return 20;
  }
  to.writeUInt32BE(0x6000_0000, 0);
  to.writeUInt16BE(length, 4);
  to.writeUInt16BE((protocol << 8) | HOPS, 6);
  to.set(from, 8);
  to.set(target, 24);
  return 40;
}

/** The sum of what a checksum covers beside the packet: addresses, protocol and length. */
function pseudoSum(from: Uint8Array, to: Uint8Array, protocol: number, length: number): number {
  return sumOf(from) + sumOf(to) + protocol + length;
}

/** A segment, but for its bytes. */
export interface Segment {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledged: number;
}

/**
 * Writes the headers of a segment.
 *
 * @param out for at least 68 bytes
 * @param isWhole whether all its bytes are kept: else nobody can check the checksum, and it is 0
 * @returns their length
 */
export function writeTcp(
  out: Buffer,
  from: Place,
  to: Place,
  { flags, sequence, acknowledged }: Segment,
  bytes: Uint8Array,
  isWhole: boolean,
  identification: number,
): number {
  const options = (flags & Flag.syn) === 0 ? 0 : SYN_OPTIONS.length;
  const header = TCP_HEADER + options;
  const length = header + bytes.length;
  const at = writeIp(out, from.ip, to.ip, TCP, length, identification);
  out.writeUInt16BE(from.port, at);
  out.writeUInt16BE(to.port, at + 2);
  out.writeUInt32BE(sequence >>> 0, at + 4);
  out.writeUInt32BE(acknowledged >>> 0, at + 8);
  out.writeUInt16BE(((header / 4) << 12) | flags, at + 12);
  out.writeUInt16BE(WINDOW, at + 14);
  out.writeUInt32BE(0, at + 16);
  if (options > 0) out.set(SYN_OPTIONS, at + TCP_HEADER);
  if (isWhole) {
    const own = sumOf(out.subarray(at, at + header)) + sumOf(bytes);
    out.writeUInt16BE(checksumOf(own + pseudoSum(from.ip, to.ip, TCP, length)), at + 16);
  }
  return at + header;
}

/** Writes the headers of a datagram likewise. */
export function writeUdp(
  out: Buffer,
  from: Place,
  to: Place,
  bytes: Uint8Array,
  isWhole: boolean,
  identification: number,
): number {
  const length = UDP_HEADER + bytes.length;
  const at = writeIp(out, from.ip, to.ip, UDP, length, identification);
  out.writeUInt16BE(from.port, at);
  out.writeUInt16BE(to.port, at + 2);
  out.writeUInt16BE(length, at + 4);
  out.writeUInt16BE(0, at + 6);
  if (isWhole) {
    const own = sumOf(out.subarray(at, at + UDP_HEADER)) + sumOf(bytes);
    const checksum = checksumOf(own + pseudoSum(from.ip, to.ip, UDP, length));
    // 0 would say that there is none
    out.writeUInt16BE(checksum === 0 ? 0xffff : checksum, at + 6);
  }
  return at + UDP_HEADER;
}
