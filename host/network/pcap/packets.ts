/** Packets: the headers of IPv4 and IPv6 (RFC 791, 8200), TCP (RFC 9293), UDP (RFC 768) and ICMP (RFC 792, 4443). */
import type { IpAddress, IpSocketAddress } from "../address.ts";
import { checksumOf, sumOf } from "./checksum.ts";

/** Flags of TCP. */
export const Flag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;

/** Protocols above IP. */
export const TCP = 6;
export const UDP = 17;
const HOPS = 64;
/** Don't fragment. */
const WHOLE = 0x4000;
/** The length of a segment's header without options. */
export const TCP_HEADER = 20;
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

/** What has gone in a direction: how many bytes, and whether not all of them were kept. */
export interface Tally {
  passed: number;
  isCut: boolean;
}

/** One direction between two places: what all its packets have in common. */
export class Way {
  /** The header of IP without its length and checksum, and the ports that follow it. */
  readonly head: Uint8Array;
  /** The length of the header of IP. */
  readonly ipHeader: number;
  readonly isIpv4: boolean;
  /** The sum of IPv4's header, as far as it is known. */
  readonly ipSum: number;
  /** The sum of what the checksums of TCP and UDP cover and is the same each time: addresses, protocol, ports. */
  readonly sum: number;
  readonly tally: Tally;
  /** A block with a segment of which nothing but the headers is kept, once there was one. */
  model: Uint8Array | undefined = undefined;

  /** @param tally of the connection or the port in this direction */
  constructor(from: Place, to: Place, protocol: number, tally: Tally = { passed: 0, isCut: false }) {
    this.tally = tally;
    this.isIpv4 = from.ip.length === 4;
    this.ipHeader = this.isIpv4 ? 20 : 40;
    this.head = new Uint8Array(this.ipHeader + 4);
    const view = new DataView(this.head.buffer);
    if (this.isIpv4) {
      // without an identification, which what is not cut on its way needs no more (RFC 6864)
      view.setUint16(0, 0x4500);
      view.setUint16(6, WHOLE);
      view.setUint16(8, (HOPS << 8) | protocol);
    } else {
      view.setUint32(0, 0x6000_0000);
      view.setUint16(6, (protocol << 8) | HOPS);
    }
    this.head.set(from.ip, this.ipHeader - 2 * from.ip.length);
    this.head.set(to.ip, this.ipHeader - to.ip.length);
    view.setUint16(this.ipHeader, from.port);
    view.setUint16(this.ipHeader + 2, to.port);
    this.ipSum = sumOf(this.head.subarray(0, this.ipHeader));
    this.sum = sumOf(from.ip) + sumOf(to.ip) + protocol + from.port + to.port;
  }
}

/** Where packets are written to: the same memory as bytes and as numbers. */
export interface Page {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Writes the header of IP, and the ports. */
function writeIp(page: Page, at: number, way: Way, length: number): void {
  page.bytes.set(way.head, at);
  changeLength(page, at, way, length);
}

/**
 * Writes how long a packet is.
 *
 * @param at where its header of IP begins
 * @param length of what follows that
 */
export function changeLength({ view }: Page, at: number, { isIpv4, ipSum }: Way, length: number): void {
  if (isIpv4) {
    view.setUint16(at + 2, 20 + length);
    view.setUint16(at + 10, checksumOf(ipSum + 20 + length));
  } else view.setUint16(at + 4, length);
}

/** What is in a packet: bytes of a larger memory, of which not all need be kept. */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A segment. */
export interface Segment extends Payload {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledged: number;
}

function sumOfPayload({ bytes, start, end }: Payload): number {
  return end === start ? 0 : sumOf(bytes.subarray(start, end));
}

/** The length of the headers of a segment. */
export function tcpHeaders(way: Way, flags: number): number {
  return way.ipHeader + TCP_HEADER + ((flags & Flag.syn) === 0 ? 0 : SYN_OPTIONS.length);
}

/**
 * Writes the headers of a segment.
 *
 * @param isWhole whether all its bytes are kept: else nobody can check the checksum, and it is 0
 */
export function writeTcp(page: Page, at: number, way: Way, segment: Segment, isWhole: boolean): void {
  const { bytes, view } = page;
  const { flags } = segment;
  const header = tcpHeaders(way, flags) - way.ipHeader;
  const length = header + segment.end - segment.start;
  writeIp(page, at, way, length);
  const tcp = at + way.ipHeader;
  changeTcp(page, at, way, segment.sequence, segment.acknowledged);
  view.setUint16(tcp + 12, ((header / 4) << 12) | flags);
  view.setUint16(tcp + 14, WINDOW);
  view.setUint32(tcp + 16, 0);
  if (header > TCP_HEADER) bytes.set(SYN_OPTIONS, tcp + TCP_HEADER);
  if (!isWhole) return;
  const own = sumOf(bytes.subarray(tcp + 4, tcp + header)) + sumOfPayload(segment);
  view.setUint16(tcp + 16, checksumOf(way.sum + length + own));
}

/** Writes where in its stream a segment belongs. */
export function changeTcp(
  { view }: Page,
  at: number,
  { ipHeader }: Way,
  sequence: number,
  acknowledged: number,
): void {
  view.setUint32(at + ipHeader + 4, sequence);
  view.setUint32(at + ipHeader + 8, acknowledged);
}

/** The length of the headers of a datagram. */
export function udpHeaders(way: Way): number {
  return way.ipHeader + UDP_HEADER;
}

/** Writes the headers of a datagram likewise. */
export function writeUdp(page: Page, at: number, way: Way, payload: Payload, isWhole: boolean): void {
  const length = UDP_HEADER + payload.end - payload.start;
  writeIp(page, at, way, length);
  const udp = at + way.ipHeader;
  // the length counts twice: in the header, and beside it
  const checksum = isWhole ? checksumOf(way.sum + 2 * length + sumOfPayload(payload)) : 0;
  page.view.setUint16(udp + 4, length);
  // 0 would say that there is none
  page.view.setUint16(udp + 6, isWhole && checksum === 0 ? 0xffff : checksum);
}
