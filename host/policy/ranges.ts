/**
 * Ranges of addresses, and the words that stand for some of them.
 */
import type { IpAddress, IpSocketAddress, Ipv4Address, Ipv6Address } from "../network/address.ts";
import { parseIp } from "../network/address.ts";
import { embeddedIpv4 } from "./embedded.ts";

/** All addresses whose first bits are those of one. */
export interface Range {
  readonly address: IpAddress;
  readonly bits: number;
}

/** The words; docs/permissions.md tells where each range comes from. */
const WORDS = {
  unspecified: ["0.0.0.0/8", "::/128"],
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"],
  "link-local": ["169.254.0.0/16", "fe80::/10"],
  multicast: ["224.0.0.0/4", "ff00::/8"],
  broadcast: ["255.255.255.255/32"],
  // Where clouds tell a machine its secrets.
  metadata: [
    "169.254.169.254/32",
    "169.254.170.2/32",
    "169.254.170.23/32",
    "169.254.42.42/32",
    "169.254.0.23/32",
    "fe80::a9fe:a9fe/128",
    "fd00:ec2::/32",
    "fd20:ce::254/128",
    "fd00:c1::a9fe:a9fe/128",
    "fd00:42::42/128",
    "100.100.100.200/32",
    "168.63.129.16/32",
    "192.0.0.192/32",
  ],
} as const;

/** A word that stands for ranges. */
export type RangeWord = keyof typeof WORDS;

/** All words. */
export const rangeWords = Object.keys(WORDS) as readonly RangeWord[];

/** The ranges that a word stands for; `undefined` when it is none of the words. */
export function rangesOfWord(word: string): readonly Range[] | undefined {
  if (!Object.hasOwn(WORDS, word)) return undefined;
  return WORDS[word as RangeWord].map((text) => {
    const [address = "", bits] = text.split("/");
    return { address: parseIp(address) as IpAddress, bits: Number(bits) };
  });
}

function isInRange(parts: Ipv4Address | Ipv6Address, range: Range): boolean {
  const other = range.address.val;
  const { length } = other;
  if (parts.length !== length) return false;
  const width = length === 4 ? 8 : 16;
  for (let i = 0, rest = range.bits; rest > 0; i++, rest -= width) {
    const shift = rest >= width ? 0 : width - rest;
    if ((parts[i] as number) >> shift !== (other[i] as number) >> shift) return false;
  }
  return true;
}

/**
 * Whether an address is in one of some ranges.
 *
 * @param parts its octets or groups
 */
export function isInRanges(parts: Ipv4Address | Ipv6Address, ranges: readonly Range[]): boolean {
  for (const range of ranges) if (isInRange(parts, range)) return true;
  return false;
}

/** Whether an address is in some ranges itself, or leads to an IPv4 address that is. */
function leadsInto(address: IpAddress, ranges: readonly Range[]): boolean {
  if (isInRanges(address.val, ranges)) return true;
  return address.tag === "ipv6" && embeddedIpv4(address.val).some((val) => isInRanges(val, ranges));
}

// read when they are asked for first: most programs start without
let loopbackRanges: readonly Range[] | undefined;
let unnamedRanges: readonly Range[] | undefined;

function loopback(): readonly Range[] {
  loopbackRanges ??= rangesOfWord("loopback") as readonly Range[];
  return loopbackRanges;
}

/** What no name opens, whoever owns it; and loopback. */
function unnamed(): readonly Range[] {
  unnamedRanges ??= (["unspecified", "link-local", "multicast", "broadcast", "metadata"] as const).flatMap(
    (word) => rangesOfWord(word) as readonly Range[],
  );
  return unnamedRanges;
}

/** Whether an address is the machine itself. */
export function isLoopback(parts: Ipv4Address | Ipv6Address): boolean {
  return isInRanges(parts, loopback());
}

/**
 * Whether a name may open an address that it resolved to: whoever owns a name has it answered with what they like.
 *
 * @param isLocal whether the name is known to stand for the machine itself
 */
export function nameMayOpen(address: IpAddress, isLocal: boolean): boolean {
  return !leadsInto(address, unnamed()) && (isLocal || !leadsInto(address, loopback()));
}

/** Whether an address has a zone (RFC 4007, 6): of all others a system takes no notice of it. */
export function isZoned({ tag, val }: IpSocketAddress): boolean {
  if (tag === "ipv4") return false;
  const first = (val.address as Ipv6Address)[0];
  return (
    (first & 0xffc0) === 0xfe80 || ((first & 0xff00) === 0xff00 && ((first & 15) === 1 || (first & 15) === 2))
  );
}

/** An IPv4 address as a socket address has it. */
export function ipv4At(address: Ipv4Address, port: number): IpSocketAddress {
  return { tag: "ipv4", val: { port, address } };
}
