// Socket addresses: sockaddr_in and sockaddr_in6 in the Linux layout, their text forms, and WASI's forms.

import { hexDigit, parseDecimal, writeDecimal, writeHex } from "../abi/buffer";

export const AF_UNSPEC: i32 = 0;
export const AF_UNIX: i32 = 1;
export const AF_INET: i32 = 2;
export const AF_INET6: i32 = 10;

const SOCKADDR_IN_SIZE: u32 = 16;
export const SOCKADDR_IN6_SIZE: u32 = 28;

/**
 * A socket address. Its fields are the bytes themselves, so `pointer` is a C `struct sockaddr *`:
 *
 *     sockaddr_in   u16 family · u16 port (big endian) · u8[4] address · u8[8] zero
 *     sockaddr_in6  u16 family · u16 port (big endian) · u32 flow info (big endian) · u8[16] address · u32 scope id
 */
@final
export class Sockaddr {
  private w0: u32 = 0;
  private w1: u32 = 0;
  private w2: u32 = 0;
  private w3: u32 = 0;
  private w4: u32 = 0;
  private w5: u32 = 0;
  private w6: u32 = 0;

  // @ts-ignore: decorator
  @inline
  get pointer(): usize {
    return changetype<usize>(this);
  }

  // @ts-ignore: decorator
  @inline
  get family(): i32 {
    return load<u16>(this.pointer);
  }

  /** In bytes: 16, 28, or 0 for an unspecified address. */
  get length(): u32 {
    const family = this.family;
    return family == AF_INET ? SOCKADDR_IN_SIZE : family == AF_INET6 ? SOCKADDR_IN6_SIZE : 0;
  }

  get port(): i32 {
    return bswap<u16>(load<u16>(this.pointer, 2));
  }

  set port(value: i32) {
    store<u16>(this.pointer, bswap<u16>(<u16>value), 2);
  }

  get scopeId(): u32 {
    return this.family == AF_INET6 ? load<u32>(this.pointer, 24) : 0;
  }

  clear(): void {
    memory.fill(this.pointer, 0, SOCKADDR_IN6_SIZE);
  }

  copyFrom(other: Sockaddr): void {
    memory.copy(this.pointer, other.pointer, SOCKADDR_IN6_SIZE);
  }

  copy(): Sockaddr {
    const copy = new Sockaddr();
    copy.copyFrom(this);
    return copy;
  }

  /** Takes the bytes of a sockaddr; false when the length and the family don't fit each other. */
  setBytes(bytes: usize, length: u32): bool {
    this.clear();
    if (length < SOCKADDR_IN_SIZE) return length == 0;
    const family = <i32>load<u16>(bytes);
    const size = family == AF_INET ? SOCKADDR_IN_SIZE : family == AF_INET6 ? SOCKADDR_IN6_SIZE : 0;
    if (size == 0 || length < size) return false;
    memory.copy(this.pointer, bytes, size);
    return true;
  }

  setInet(a: u32, b: u32, c: u32, d: u32, port: i32): void {
    this.clear();
    store<u16>(this.pointer, <u16>AF_INET);
    this.port = port;
    store<u32>(this.pointer, a | (b << 8) | (c << 16) | (d << 24), 4);
  }

  setInet6(port: i32, scopeId: u32): void {
    this.clear();
    store<u16>(this.pointer, <u16>AF_INET6);
    this.port = port;
    store<u32>(this.pointer, scopeId, 24);
  }

  /** One of the eight groups of an IPv6 address. */
  // @ts-ignore: decorator
  @inline
  group(index: i32): u32 {
    return bswap<u16>(load<u16>(this.pointer + 8 + (index << 1)));
  }

  // @ts-ignore: decorator
  @inline
  setGroup(index: i32, value: u32): void {
    store<u16>(this.pointer + 8 + (index << 1), bswap<u16>(<u16>value));
  }

  // @ts-ignore: decorator
  @inline
  octet(index: i32): u32 {
    return load<u8>(this.pointer + 4 + index);
  }

  /** Whether it is `::ffff:a.b.c.d`. */
  isV4Mapped(): bool {
    return (
      this.family == AF_INET6 && load<u64>(this.pointer, 8) == 0 && load<u32>(this.pointer, 16) == 0xffff0000
    );
  }

  /** Turns the IPv6 address that stands for an IPv4 address into that. */
  unmap(): void {
    const address = load<u32>(this.pointer, 20);
    this.setInet(0, 0, 0, 0, this.port);
    store<u32>(this.pointer, address, 4);
  }

  /** Turns an IPv4 address into the IPv6 address that stands for it. */
  mapToV6(): void {
    const address = load<u32>(this.pointer, 4);
    this.setInet6(this.port, 0);
    store<u32>(this.pointer, 0xffff0000, 16);
    store<u32>(this.pointer, address, 20);
  }

  /**
   * Reads WASI's `ip-socket-address`: tag u8 @0; ipv4: port u16 @4, octets @6; ipv6: port u16 @4,
   * flow info u32 @8, groups 8 × u16 @12, scope id u32 @28.
   */
  setFromWasi(from: usize): void {
    if (load<u8>(from) == 0) {
      this.setInet(
        load<u8>(from, 6),
        load<u8>(from, 7),
        load<u8>(from, 8),
        load<u8>(from, 9),
        load<u16>(from, 4),
      );
      return;
    }
    this.setInet6(load<u16>(from, 4), load<u32>(from, 28));
    store<u32>(this.pointer, bswap<u32>(load<u32>(from, 8)), 4);
    for (let i = 0; i < 8; i++) this.setGroup(i, load<u16>(from + 12 + (i << 1)));
  }

  /** Reads WASI's `ip-address`: tag u8 @0; octets @2, or groups 8 × u16 @2. */
  setFromWasiAddress(from: usize, port: i32): void {
    if (load<u8>(from) == 0) {
      this.setInet(load<u8>(from, 2), load<u8>(from, 3), load<u8>(from, 4), load<u8>(from, 5), port);
      return;
    }
    this.setInet6(port, 0);
    for (let i = 0; i < 8; i++) this.setGroup(i, load<u16>(from + 2 + (i << 1)));
  }

  /** Writes WASI's `ip-socket-address`, laid out as `setFromWasi` reads it. */
  writeWasi(at: usize): void {
    store<u16>(at, <u16>this.port, 4);
    if (this.family == AF_INET) {
      store<u8>(at, 0);
      store<u32>(at + 6, load<u32>(this.pointer, 4));
      return;
    }
    store<u8>(at, 1);
    store<u32>(at, bswap<u32>(load<u32>(this.pointer, 4)), 8);
    for (let i = 0; i < 8; i++) store<u16>(at + 12 + (i << 1), <u16>this.group(i));
    store<u32>(at, this.scopeId, 28);
  }

  /** Writes the address as text (RFC 5952 for IPv6) into 64 bytes, which the longest fits into; returns its length. */
  writeName(at: usize): u32 {
    const family = this.family;
    if (family == AF_INET) return <u32>(this.writeOctets(at, 4) - at);
    if (family != AF_INET6) return 0;
    let end = at;
    if (this.isV4Mapped()) {
      // RFC 5952 section 5: a known prefix for embedded IPv4 is best written with dots
      store<u64>(end, 0x3a666666663a3a); // "::ffff:"
      end = this.writeOctets(end + 7, 20);
    } else {
      end = this.writeGroups(at);
    }
    if (this.scopeId) {
      store<u8>(end++, 37);
      end = writeDecimal(end, this.scopeId);
    }
    return <u32>(end - at);
  }

  private writeOctets(at: usize, offset: i32): usize {
    for (let i = 0; i < 4; i++) {
      if (i) store<u8>(at++, 46);
      at = writeDecimal(at, load<u8>(this.pointer + offset + i));
    }
    return at;
  }

  private writeGroups(at: usize): usize {
    // RFC 5952 section 4.2: the longest run of at least two zero groups, the first of equals
    let best = -1;
    let bestLength = 1;
    for (let i = 0; i < 8; i++) {
      let run = 0;
      while (i + run < 8 && this.group(i + run) == 0) run++;
      if (run > bestLength) {
        best = i;
        bestLength = run;
      }
      i += run;
    }
    for (let i = 0; i < 8; i++) {
      if (i == best) {
        store<u16>(at, 0x3a3a); // "::"
        at += 2;
        i += bestLength - 1;
        continue;
      }
      if (i && i != best + bestLength) store<u8>(at++, 58);
      at = writeHex(at, this.group(i));
    }
    return at;
  }

  /**
   * Parses an address literal: dotted IPv4, or IPv6 (RFC 4291 section 2.2) with an optional `%scope`,
   * with or without brackets. False, and nothing promised about the contents, when it is none.
   */
  parse(text: usize, length: u32, port: i32): bool {
    if (length > 1 && load<u8>(text) == 91 && load<u8>(text + length - 1) == 93) {
      return this.parseInet6(text + 1, length - 2, port);
    }
    for (let i: u32 = 0; i < length; i++) {
      if (load<u8>(text + i) == 58) return this.parseInet6(text, length, port);
    }
    const address = parseOctets(text, length);
    if (address < 0) return false;
    this.setInet(0, 0, 0, 0, port);
    store<u32>(this.pointer, <u32>address, 4);
    return true;
  }

  /**
   * Parses the other forms of IPv4 that inet_aton(3) knows: one to four numbers with dots between, in
   * decimal, octal (`0…`) or hexadecimal (`0x…`), of which the last one fills all that is left.
   */
  parseNumbers(text: usize, length: u32, port: i32): bool {
    let address: u32 = 0;
    let i: u32 = 0;
    for (let parts = 0; parts < 4; parts++) {
      let base: u32 = 10;
      if (i < length && load<u8>(text + i) == 48) {
        base = 8;
        if (i + 1 < length && (load<u8>(text + i, 1) | 32) == 120) {
          base = 16;
          i += 2;
        }
      }
      const start = i;
      let value: u64 = 0;
      for (; i < length; i++) {
        const digit = <u32>hexDigit(load<u8>(text + i));
        if (digit >= base) break; // -1 is above every base
        value = value * base + digit;
        if (value > u32.MAX_VALUE) return false;
      }
      if (i == start) return false;
      if (i == length) {
        if (value > u32.MAX_VALUE >> (parts << 3)) return false;
        this.setInet(0, 0, 0, 0, port);
        store<u32>(this.pointer, bswap<u32>(address | <u32>value), 4);
        return true;
      }
      if (load<u8>(text + i++) != 46 || value > 255) return false;
      address |= (<u32>value) << (24 - (parts << 3));
    }
    return false;
  }

  private parseInet6(text: usize, length: u32, port: i32): bool {
    let scopeId: i64 = 0;
    for (let i: u32 = 0; i < length; i++) {
      if (load<u8>(text + i) != 37) continue;
      scopeId = parseDecimal(text + i + 1, length - i - 1, u32.MAX_VALUE);
      if (scopeId < 0) return false;
      length = i;
      break;
    }
    this.setInet6(port, <u32>scopeId);
    let count = 0; // groups read so far
    let gap = -1; // groups before "::"
    let i: u32 = 0;
    if (length >= 2 && load<u16>(text) == 0x3a3a) {
      gap = 0;
      i = 2;
    }
    while (i < length) {
      const start = i;
      let value: u32 = 0;
      let digit: i32 = 0;
      while (i < length && (digit = hexDigit(load<u8>(text + i))) >= 0) {
        value = (value << 4) | digit;
        if (++i - start > 4) return false;
      }
      if (i < length && load<u8>(text + i) == 46) {
        // the last 32 bits with dots
        const address = parseOctets(text + start, length - start);
        if (address < 0 || count > 6) return false;
        this.setGroup(count++, bswap<u16>(<u16>address));
        this.setGroup(count++, bswap<u16>(<u16>(address >> 16)));
        i = length;
        break;
      }
      if (i == start || count == 8) return false;
      this.setGroup(count++, value);
      if (i == length) break;
      if (load<u8>(text + i) != 58) return false;
      if (++i == length) return false; // a single colon at the end
      if (load<u8>(text + i) == 58) {
        if (gap >= 0) return false;
        gap = count;
        i++;
      }
    }
    if (gap < 0) return count == 8;
    if (count > 7) return false; // "::" stands for at least one group
    const tail = count - gap;
    for (let k = 1; k <= tail; k++) {
      this.setGroup(8 - k, this.group(count - k));
      this.setGroup(count - k, 0);
    }
    return true;
  }
}

// four decimal octets without leading zeros, as a little-endian u32; -1 when it is none
function parseOctets(text: usize, length: u32): i64 {
  let address: i64 = 0;
  let start: u32 = 0;
  for (let octet = 0; octet < 4; octet++) {
    let end = start;
    while (end < length && load<u8>(text + end) != 46) end++;
    if (octet == 3 ? end != length : end == length) return -1;
    if (end - start > 3 || (end - start > 1 && load<u8>(text + start) == 48)) return -1;
    const value = parseDecimal(text + start, end - start, 255);
    if (value < 0) return -1;
    address |= value << (octet << 3);
    start = end + 1;
  }
  return address;
}

/** The twelve numbers that a flattened `ip-socket-address` consists of; filled by `flatten`. */
export let tag: i32 = 0;
export let a0: i32 = 0;
export let a1: i32 = 0;
export let a2: i32 = 0;
export let a3: i32 = 0;
export let a4: i32 = 0;
export let a5: i32 = 0;
export let a6: i32 = 0;
export let a7: i32 = 0;
export let a8: i32 = 0;
export let a9: i32 = 0;
export let a10: i32 = 0;

/** Flattens an address into `tag` and `a0` … `a10`, for an import that takes one. */
export function flatten(address: Sockaddr): void {
  a0 = address.port;
  if (address.family == AF_INET) {
    tag = 0;
    a1 = address.octet(0);
    a2 = address.octet(1);
    a3 = address.octet(2);
    a4 = address.octet(3);
    a5 = a6 = a7 = a8 = a9 = a10 = 0;
    return;
  }
  tag = 1;
  a1 = bswap<u32>(load<u32>(address.pointer, 4));
  a2 = address.group(0);
  a3 = address.group(1);
  a4 = address.group(2);
  a5 = address.group(3);
  a6 = address.group(4);
  a7 = address.group(5);
  a8 = address.group(6);
  a9 = address.group(7);
  a10 = address.scopeId;
}
