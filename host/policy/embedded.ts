/**
 * IPv4 addresses within IPv6 ones: what such an address may lead to, by a translator, a tunnel or the system itself.
 */
import type { Ipv4Address, Ipv6Address } from "../network/address.ts";
import { isCompatible, isMapped, octets } from "../network/address.ts";

/** The high octet of a group. */
function high(group: number): number {
  return group >> 8;
}

/** The low octet of a group. */
function low(group: number): number {
  return group & 255;
}

function areZero(groups: Ipv6Address, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (groups[i] !== 0) return false;
  return true;
}

/**
 * The IPv4 addresses that an IPv6 address may lead to.
 *
 * - the system itself: IPv4-mapped and IPv4-compatible (RFC 4291, 2.5.5)
 * - translators: IPv4-translated (RFC 2765, 2.1), NAT64's well-known prefix (RFC 6052, 2.1), and the one for local use
 *   (RFC 8215), below which a network has a prefix of 48, 56, 64 or 96 bits: each of these layouts counts
 * - tunnels: 6to4 (RFC 3056, 2), ISATAP (RFC 5214, 6.1), Teredo's server and client (RFC 4380, 4)
 *
 * A network may translate or tunnel by a prefix of its own (RFC 6052, 2.2; RFC 5969), which can't be told by an address.
 */
export function embeddedIpv4(g: Ipv6Address): Ipv4Address[] {
  const found: Ipv4Address[] = [];
  const isTranslated = g[4] === 0xffff && g[5] === 0 && areZero(g, 0, 4);
  const isNat64 = g[0] === 0x64 && g[1] === 0xff9b;
  if (isMapped(g) || isCompatible(g) || isTranslated || (isNat64 && areZero(g, 2, 6))) {
    found.push(octets(g[6], g[7]));
  }
  if (isNat64 && g[2] === 1) {
    // Bits 64 to 71 hold nothing in any layout.
    found.push(
      octets(g[6], g[7]),
      [low(g[4]), high(g[5]), low(g[5]), high(g[6])],
      [low(g[3]), low(g[4]), high(g[5]), low(g[5])],
      [high(g[3]), low(g[3]), low(g[4]), high(g[5])],
    );
  }
  if (g[0] === 0x2002) found.push(octets(g[1], g[2]));
  if (g[0] === 0x2001 && g[1] === 0) {
    found.push(octets(g[2], g[3]), octets(g[6] ^ 0xffff, g[7] ^ 0xffff));
  }
  // The bits for "universal" and "group" may be either.
  if ((g[4] & 0xfcff) === 0 && g[5] === 0x5efe) found.push(octets(g[6], g[7]));
  return found;
}
