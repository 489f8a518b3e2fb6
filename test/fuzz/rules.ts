/**
 * Rules against an oracle that shares nothing with them: random rules and addresses, in every way to write them, and
 * what they mean by ipaddr.js and by tables of bytes.
 */

import ipaddr from "ipaddr.js";
import * as assert from "uvu/assert";
import { type IpAddress, type IpSocketAddress, parseIp, withPort } from "../../host/network/address.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import type { Random } from "./random.ts";

type Bytes = readonly number[];

/** A rule, and what it means. */
interface Drawn {
  readonly text: string;
  readonly protocol: "tcp" | "udp" | undefined;
  readonly ports: readonly [number, number];
  readonly zone: number | undefined;
  /** Whether an address is meant, without regard to ports, protocol and zone. */
  readonly means: (address: Bytes) => boolean;
  /** Whether a name stands in it. */
  readonly name: string | undefined;
}

/** The words, by what ipaddr.js calls their ranges. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  private: ["private", "carrierGradeNat", "uniqueLocal", "deprecatedSiteLocal"],
  loopback: ["loopback"],
  "link-local": ["linkLocal"],
  multicast: ["multicast"],
  unspecified: ["unspecified"],
  broadcast: ["broadcast"],
};

/** What no name opens. */
const UNNAMED = ["unspecified", "loopback", "linkLocal", "multicast", "broadcast"];
const METADATA = ["100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"];

const NAMES = ["one.example", "two.example", "a.b.example", "localhost", "x.localhost"];

/** Where an IPv4 address lies within an IPv6 one: the first bytes, and the place of each of its four. */
const LAYOUTS: readonly { readonly prefix: Bytes; readonly at: Bytes; readonly flip?: number }[] = [
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], at: [12, 13, 14, 15] },
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0], at: [12, 13, 14, 15] },
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], at: [12, 13, 14, 15] },
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 1], at: [6, 7, 9, 10] },
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 1], at: [7, 9, 10, 11] },
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 1], at: [9, 10, 11, 12] },
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 1], at: [12, 13, 14, 15] },
  { prefix: [0x20, 0x02], at: [2, 3, 4, 5] },
  { prefix: [0x20, 0x01, 0, 0], at: [4, 5, 6, 7] },
  { prefix: [0x20, 0x01, 0, 0], at: [12, 13, 14, 15], flip: 255 },
];

function addressOf(bytes: Bytes): ipaddr.IPv4 | ipaddr.IPv6 {
  return ipaddr.fromByteArray([...bytes]);
}

function isIsatap(bytes: Bytes): boolean {
  const [u, zero, high, low] = bytes.slice(8, 12);
  return (u === 0 || u === 1 || u === 2 || u === 3) && zero === 0 && high === 0x5e && low === 0xfe;
}

/** Whatever IPv4 addresses an address may lead to, and itself. */
function ways(bytes: Bytes): Bytes[] {
  if (bytes.length === 4) return [bytes];
  const inside = LAYOUTS.filter(({ prefix }) => prefix.every((byte, i) => bytes[i] === byte)).map(
    ({ at, flip = 0 }) => at.map((place) => (bytes[place] ?? 0) ^ flip),
  );
  const isCompatible =
    bytes.slice(0, 12).every((byte) => byte === 0) && addressOf(bytes).range() !== "loopback";
  if (isIsatap(bytes) || (isCompatible && bytes.some((byte) => byte !== 0))) inside.push(bytes.slice(12));
  return [bytes, ...inside];
}

/** What the system takes an address for: a mapped one is the IPv4 address. */
function plain(bytes: Bytes): Bytes {
  return bytes.length === 16 && addressOf(bytes).range() === "ipv4Mapped" ? bytes.slice(12) : bytes;
}

function draw4(random: Random): Bytes {
  const first = random.pick([0, 10, 100, 127, 169, 172, 192, 203, 224, 255, random.below(256)]);
  const second = random.pick([0, 16, 64, 168, 254, 255, random.below(256)]);
  return [first, second, random.pick([0, 1, 255, random.below(256)]), random.pick([0, 1, 254, 255])];
}

function draw6(random: Random): Bytes {
  const first = random.pick([
    "::",
    "::1",
    "2001:db8::",
    "fe80::",
    "fc00::",
    "fec0::",
    "ff02::",
    "64:ff9b:1::",
  ]);
  const bytes = ipaddr.parse(first).toByteArray();
  for (let i = random.below(5); i > 0; i--) bytes[random.below(16)] = random.pick([0, 1, 0x80, 0xff]);
  return bytes;
}

function wrap(random: Random, ipv4: Bytes): Bytes {
  const bytes: number[] = Array.from({ length: 16 }, () => (random.once(2) ? 0 : random.below(256)));
  const { prefix, at, flip = 0 } = random.pick(LAYOUTS);
  for (const [i, byte] of prefix.entries()) bytes[i] = byte;
  for (const [i, place] of at.entries()) bytes[place] = (ipv4[i] ?? 0) ^ flip;
  if (random.once(8)) bytes.splice(8, 8, random.pick([0, 2]), 0, 0x5e, 0xfe, ...ipv4);
  return bytes;
}

function draw(random: Random): Bytes {
  if (random.once(10)) return ipaddr.parse(random.pick(METADATA)).toByteArray();
  const ipv4 = draw4(random);
  return random.pick([() => ipv4, () => draw6(random), () => wrap(random, ipv4)])();
}

/** An address that is the same, or differs in one bit. */
function near(random: Random, bytes: Bytes): Bytes {
  const other = [...bytes];
  const at = random.below(bytes.length);
  if (!random.once(3)) other[at] = (other[at] ?? 0) ^ (1 << random.below(8));
  return random.once(4) && other.length === 4 ? wrap(random, other) : other;
}

/** One of the ways to write an address. */
function write(random: Random, bytes: Bytes): string {
  const address = addressOf(bytes);
  if (address.kind() === "ipv4") return address.toString();
  const groups = address.toNormalizedString().split(":");
  const text = random.pick([
    address.toString(),
    groups.join(":"),
    groups.map((group) => group.padStart(4, "0")).join(":"),
    `${groups.slice(0, 6).join(":")}:${bytes.slice(12).join(".")}`,
  ]);
  return random.once(2) ? text.toUpperCase() : text;
}

function drawRule(random: Random, seen: readonly Bytes[]): Drawn {
  const protocol = random.pick(["tcp", "udp", undefined, undefined] as const);
  const ports = random.pick([
    [0, 65535],
    [80, 80],
    [80, 81],
    [1000, 65535],
  ] as const);
  const portText =
    ports[1] === 65535 && ports[0] === 0
      ? random.pick(["", ":*", ":0-65535"])
      : `:${ports[0] === ports[1] ? ports[0] : `${ports[0]}-${ports[1]}`}`;
  const scheme = protocol === undefined ? "" : `${random.once(2) ? protocol : protocol.toUpperCase()}://`;
  const rule = (host: string, means: Drawn["means"], zone?: number, name?: string): Drawn => {
    return { text: `${scheme}${host}${portText}`, protocol, ports, zone, means, name };
  };
  if (random.once(8)) {
    const word = random.pick(Object.keys(WORDS));
    return rule(word, (bytes) => WORDS[word]?.includes(addressOf(bytes).range()) === true);
  }
  if (random.once(6)) {
    const name = random.pick(NAMES);
    return rule(random.once(2) ? name : `${name.toUpperCase()}.`, () => false, undefined, name);
  }
  if (random.once(12)) return rule("*", () => true);
  const bytes = random.once(2) ? random.pick(seen) : draw(random);
  const text = write(random, bytes);
  const isMapped = plain(bytes) !== bytes;
  const bits = random.once(3)
    ? bytes.length * 8
    : isMapped
      ? 96 + random.below(33)
      : random.below(bytes.length * 8 + 1);
  const zone = bytes.length === 16 && !isMapped && random.once(6) ? 900_001 + random.below(2) : undefined;
  const zoned = zone === undefined ? text : `${text}%${zone}`;
  const slash = bits === bytes.length * 8 ? "" : `/${bits}`;
  const host =
    bytes.length === 4 ? `${text}${slash}` : random.pick([`[${zoned}]${slash}`, `[${zoned}${slash}]`]);
  const range = addressOf(plain(bytes));
  const means = (other: Bytes): boolean => {
    const address = addressOf(other);
    // an IPv4 range of a mapped address has so many bits less
    return address.kind() === range.kind() && address.match(range, bits - (isMapped ? 96 : 0));
  };
  return rule(host, means, zone);
}

interface Question {
  readonly address: Bytes;
  readonly port: number;
  readonly scope: number;
  readonly use: "tcp-connect" | "udp-send";
  readonly answers: ReadonlyMap<string, readonly Bytes[]>;
}

function concerns({ protocol, ports }: Drawn, { port, use }: Question): boolean {
  return port >= ports[0] && port <= ports[1] && (protocol === undefined || use.startsWith(protocol));
}

function isKnown(name: string, address: Bytes, { answers }: Question): boolean {
  return answers.get(name)?.some((answer) => plain(answer).join() === address.join()) === true;
}

function isSpecial(address: Bytes, isLocal: boolean): boolean {
  return ways(address).some((way) => {
    const parsed = addressOf(way);
    const range = parsed.range();
    const isCloud =
      METADATA.includes(parsed.toString()) ||
      parsed.toString().startsWith("fd00:ec2:") ||
      range === "linkLocal";
    return isCloud || (UNNAMED.includes(range) && !(isLocal && range === "loopback"));
  });
}

function allows(rule: Drawn, question: Question): boolean {
  if (!concerns(rule, question)) return false;
  const address = plain(question.address);
  const { name } = rule;
  if (name === "localhost") return addressOf(address).range() === "loopback";
  if (name !== undefined) {
    return isKnown(name, address, question) && !isSpecial(address, name.endsWith(".localhost"));
  }
  return rule.means(address) && (rule.zone === undefined || rule.zone === question.scope);
}

function denies(rule: Drawn, question: Question): boolean {
  if (!concerns(rule, question)) return false;
  return ways(question.address).some((address) => {
    const { name } = rule;
    if (name !== undefined) {
      const isLocal = name.endsWith("localhost") && addressOf(address).range() === "loopback";
      return isLocal || isKnown(name, address, question);
    }
    // no interface has the zones that are drawn, so that any link may be meant
    return rule.means(address);
  });
}

function socketAddress({ address, port, scope }: Question, random: Random): IpSocketAddress {
  const made = withPort(parseIp(write(random, address)) as IpAddress, port);
  if (made.tag === "ipv6") made.val.scopeId = scope;
  return made;
}

/** Random rules, and random addresses that lie near what they name. */
export async function rules(random: Random): Promise<void> {
  const seen = Array.from({ length: 4 }, () => draw(random));
  const allow = Array.from({ length: 1 + random.below(4) }, () => drawRule(random, seen));
  const deny = Array.from({ length: random.below(4) }, () => drawRule(random, seen));
  const policy = policyFromRules({
    allowNet: allow.map(({ text }) => text),
    denyNet: deny.map(({ text }) => text),
  });
  const answers = new Map<string, readonly Bytes[]>();
  for (const name of NAMES) {
    if (random.once(2)) continue;
    const found = [random.pick(seen), draw(random)].map(plain);
    answers.set(name, found);
    policy.resolved?.(
      random.once(2) ? name : `${name}.`,
      found.map((bytes) => parseIp(write(random, bytes)) as IpAddress),
    );
  }
  for (let i = 0; i < 20; i++) {
    const address = random.once(5) ? draw(random) : near(random, random.pick(seen));
    const question: Question = {
      address,
      port: random.pick([80, 81, 999, 1000]),
      scope: address.length === 16 ? random.pick([0, 900_001, 900_002]) : 0,
      use: random.pick(["tcp-connect", "udp-send"]),
      answers,
    };
    const expected =
      !deny.some((rule) => denies(rule, question)) && allow.some((rule) => allows(rule, question));
    const asked = socketAddress(question, random);
    const what = JSON.stringify({
      ...question,
      address: addressOf(address).toString(),
      allow: allow.map(({ text }) => text),
      deny: deny.map(({ text }) => text),
      answers: [...answers].map(([name, found]) => [name, found.map((bytes) => addressOf(bytes).toString())]),
    });
    assert.is(policy.check(question.use, asked), expected, what);
  }
}
