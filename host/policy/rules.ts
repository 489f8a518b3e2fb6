/**
 * Rules in words: `tcp://*.example.com:443`, `10.0.0.0/8`, `[::1]:8000-8100`.
 */

import type { IpAddress, IpSocketAddress } from "../sockets/address.ts";
import { embeddedIpv4, ipOf, ipText, isWildcard, parseIp, scopeOf, withPort } from "../sockets/address.ts";
import type { AddressUse, Policy } from "./policy.ts";

/** What a guest may do, as rules. Without any of them it may do nothing. */
export interface PolicyRules {
  /**
   * Peers to connect to, to send to and to receive from: `true` for all, or rules
   * `[tcp://|udp://]host[:ports]`, where `host` is a name, `*.name`, an IPv4 address, an IPv6 address in
   * brackets, either with `/bits`, or `*`; `ports` is `443`, `8000-8100` or `*`, and without it all.
   * Names may be looked up, and stand for the addresses that came of it; `localhost` is loopback. A zone
   * (`[fe80::1%eth0]`) counts; without one an address is meant on every link.
   */
  allowNet?: boolean | readonly string[];
  /**
   * Own addresses to bind and listen on; peers may then connect and send from anywhere, and whoever has sent a datagram
   * may be answered. Rules as above.
   */
  allowListen?: boolean | readonly string[];
  /** Names to look up: `true` for all, or a list of names and `*.name`. */
  allowDns?: boolean | readonly string[];
  /**
   * What stays forbidden whatever else is allowed; rules as above. A name here can't be looked up. An IPv4
   * address is forbidden also where it is part of an IPv6 address that leads to it (mapped, NAT64, 6to4).
   */
  denyNet?: readonly string[];
  /** Asked before the rules, but behind `denyNet`: yes, no, or `undefined` to let the rules decide. */
  check?(address: IpSocketAddress, use: AddressUse): boolean | undefined;
}

/**
 * Rules as options and variables have them: lists separated by commas, where `*` alone is everything.
 *
 * @returns what {@link PolicyRules} takes; `false` where there is no text
 */
export function rulesInText(texts: readonly string[] | undefined): boolean | string[] {
  if (texts === undefined) return false;
  const all = texts
    .flatMap((list) => list.split(",").map((rule) => rule.trim()))
    .filter((rule) => rule !== "");
  return all.includes("*") ? true : all;
}

type Protocol = "tcp" | "udp";

/** A rule that was understood. */
interface Rule {
  /** `undefined` for both. */
  protocol: Protocol | undefined;
  host: HostPattern;
  /** Inclusive. */
  firstPort: number;
  lastPort: number;
}

type HostPattern =
  | { kind: "any" }
  /** `zone` is the interface that was written behind the address; its number may change, so it stays text. */
  | { kind: "range"; address: IpAddress; bits: number; zone: string | undefined }
  | { kind: "name"; name: NamePattern; pinned: Pins };

/** A name, or all names below one. */
interface NamePattern {
  name: string;
  below: boolean;
}

/** A name whose addresses change all the time must not fill the memory: the oldest go. */
const PINS = 4096;

/** The addresses that a name has been resolved to. */
class Pins {
  readonly #addresses: Set<string> = new Set();

  add(address: IpAddress): void {
    const text = ipText(address);
    this.#addresses.delete(text);
    this.#addresses.add(text);
    if (this.#addresses.size > PINS) {
      const oldest = this.#addresses.values().next().value;
      if (oldest !== undefined) this.#addresses.delete(oldest);
    }
  }

  has(address: IpAddress): boolean {
    return this.#addresses.has(ipText(address));
  }
}

/**
 * Makes a policy from rules.
 *
 * Whoever may connect or send anywhere may also bind port 0, since that is what connecting does.
 *
 * @param rules see {@link PolicyRules}
 * @throws TypeError that names the rule that was not understood
 */
export function policyFromRules(rules: PolicyRules): Policy {
  const net = parseList("allowNet", rules.allowNet);
  const listen = parseList("allowListen", rules.allowListen);
  const deny = parseList("denyNet", rules.denyNet);
  const dns = parseNames(rules.allowDns);
  const custom = rules.check?.bind(rules);
  const names = net.filter((rule) => rule.host.kind === "name");
  const has = (list: Rule[], protocol: Protocol): boolean =>
    list.some((rule) => rule.protocol === undefined || rule.protocol === protocol);
  const matches = (list: Rule[], protocol: Protocol, address: IpSocketAddress): boolean =>
    list.some((rule) => matchesRule(rule, protocol, address));

  const byRules = (use: AddressUse, address: IpSocketAddress): boolean => {
    switch (use) {
      case "tcp-bind":
      case "udp-bind": {
        const protocol = use === "tcp-bind" ? "tcp" : "udp";
        if (address.val.port === 0 && has(net, protocol)) return true;
        return matches(listen, protocol, address);
      }
      case "tcp-listen":
        return matches(listen, "tcp", address);
      case "tcp-accept":
        return has(listen, "tcp");
      case "tcp-connect":
        return matches(net, "tcp", address);
      case "udp-send":
        return matches(net, "udp", address);
      case "udp-receive":
        return matches(net, "udp", address) || has(listen, "udp");
    }
  };

  const isDenied = (protocol: Protocol, address: IpSocketAddress): boolean => {
    if (matches(deny, protocol, address)) return true;
    const inside = embeddedIpv4(ipOf(address));
    return inside !== undefined && matches(deny, protocol, withPort(inside, address.val.port));
  };

  return {
    ...(has(listen, "udp")
      ? { mayReply: (address) => !isDenied("udp", address) && custom?.(address, "udp-send") !== false }
      : {}),
    offers(kind) {
      if (kind === "resolve") return dns === true || dns.length > 0 || names.length > 0;
      return custom !== undefined || has(net, kind) || has(listen, kind);
    },
    check(use, address) {
      const protocol: Protocol = use.startsWith("tcp") ? "tcp" : "udp";
      if (isDenied(protocol, address)) return false;
      return custom?.(address, use) ?? byRules(use, address);
    },
    checkName(name) {
      const plain = normalName(name);
      if (deny.some(({ host }) => host.kind === "name" && matchesName(host.name, plain))) return false;
      if (dns === true || dns.some((pattern) => matchesName(pattern, plain))) return true;
      return names.some(({ host }) => host.kind === "name" && matchesName(host.name, plain));
    },
    resolved(name, addresses) {
      const plain = normalName(name);
      for (const { host } of names) {
        if (host.kind !== "name" || !matchesName(host.name, plain)) continue;
        for (const address of addresses) host.pinned.add(address);
      }
    },
  };
}

function matchesRule(rule: Rule, protocol: Protocol, address: IpSocketAddress): boolean {
  if (rule.protocol !== undefined && rule.protocol !== protocol) return false;
  const { port } = address.val;
  if (port < rule.firstPort || port > rule.lastPort) return false;
  switch (rule.host.kind) {
    case "any":
      return true;
    case "range":
      if (!isInRange(ipOf(address), rule.host.address, rule.host.bits)) return false;
      return (
        rule.host.zone === undefined ||
        (address.tag === "ipv6" && isInZone(address.val.scopeId, rule.host.zone))
      );
    case "name":
      if (rule.host.name.name === "localhost") return isLoopback(address);
      return rule.host.pinned.has(ipOf(address));
  }
}

function isInRange(address: IpAddress, range: IpAddress, bits: number): boolean {
  if (address.tag !== range.tag) return false;
  const width = range.tag === "ipv4" ? 8 : 16;
  const left: readonly number[] = address.val;
  const right: readonly number[] = range.val;
  for (let i = 0, rest = bits; rest > 0; i++, rest -= width) {
    const shift = rest >= width ? 0 : width - rest;
    if ((left[i] ?? 0) >> shift !== (right[i] ?? 0) >> shift) return false;
  }
  return true;
}

/** A zone that is no interface here has no number, and nothing is in it. */
function isInZone(scopeId: number, zone: string): boolean {
  return scopeId !== 0 && scopeOf(`%${zone}`) === scopeId;
}

function isLoopback(address: IpSocketAddress): boolean {
  if (address.tag === "ipv4") return address.val.address[0] === 127;
  const groups = address.val.address;
  return !isWildcard(address) && groups[7] === 1 && groups.slice(0, 7).every((group) => group === 0);
}

function matchesName(pattern: NamePattern, name: string): boolean {
  return pattern.below ? name.endsWith(`.${pattern.name}`) : name === pattern.name;
}

/** Names are compared without case and without the root's dot. */
function normalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

function parseList(option: string, list: boolean | readonly string[] | undefined): Rule[] {
  if (list === undefined || list === false) return [];
  if (list === true) return [{ protocol: undefined, host: { kind: "any" }, firstPort: 0, lastPort: 65535 }];
  return list.map((text) => parseRule(option, text));
}

function parseNames(list: boolean | readonly string[] | undefined): true | NamePattern[] {
  if (list === true) return true;
  if (list === undefined || list === false) return [];
  return list.map((text) => {
    const pattern = parseName(text);
    if (pattern === undefined) throw notUnderstood("allowDns", text, "it must be a name or *.name");
    return pattern;
  });
}

function notUnderstood(option: string, text: string, why: string): TypeError {
  return new TypeError(`${option}: the rule "${text}" was not understood: ${why}`);
}

/**
 * Reads one rule.
 *
 * @param option the name of the option that it stands in, for the message
 * @param text `[tcp://|udp://]host[:ports]`
 * @throws TypeError
 */
function parseRule(option: string, text: string): Rule {
  let rest = text.trim();
  let protocol: Protocol | undefined;
  const scheme = /^([a-z]+):\/\//i.exec(rest);
  if (scheme !== null) {
    const name = scheme[1]?.toLowerCase();
    if (name !== "tcp" && name !== "udp")
      throw notUnderstood(option, text, "the scheme must be tcp:// or udp://");
    protocol = name;
    rest = rest.slice(scheme[0].length);
  }
  const { host, ports } = splitPorts(rest);
  const range = parsePorts(ports);
  if (range === undefined) {
    throw notUnderstood(option, text, "ports must be a number, two with - between them, or *, of 0 to 65535");
  }
  const pattern = parseHost(host);
  if (typeof pattern === "string") throw notUnderstood(option, text, pattern);
  return { protocol, host: pattern, firstPort: range[0], lastPort: range[1] };
}

function splitPorts(text: string): { host: string; ports: string | undefined } {
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    const colon = text.indexOf(":", end);
    return colon < 0 || end < 0
      ? { host: text, ports: undefined }
      : { host: text.slice(0, colon), ports: text.slice(colon + 1) };
  }
  const colon = text.indexOf(":");
  // More than one colon without brackets is an IPv6 address, and all its ports.
  if (colon < 0 || text.indexOf(":", colon + 1) >= 0) return { host: text, ports: undefined };
  return { host: text.slice(0, colon), ports: text.slice(colon + 1) };
}

function parsePorts(text: string | undefined): [number, number] | undefined {
  if (text === undefined || text === "*") return [0, 65535];
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first <= last && last <= 65535 ? [first, last] : undefined;
}

function parseHost(text: string): HostPattern | string {
  if (text === "*") return { kind: "any" };
  const slash = text.indexOf("/");
  const bracketed = text.startsWith("[");
  if (slash >= 0) {
    // Both [fd00::/8] and [fd00::]/8 are written.
    const bits = text.slice(slash + 1).replace(/\]$/, "");
    const bare = text.slice(0, slash).replace(/^\[/, "").replace(/\]$/, "");
    const address = parseIp(bare);
    if (address === undefined) return "what stands before the / must be an address";
    const limit = address.tag === "ipv4" ? 32 : 128;
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > limit) return `the / must be followed by 0 to ${limit}`;
    return { kind: "range", address, bits: Number(bits), zone: zoneOf(bare) };
  }
  const address = parseIp(text);
  if (address !== undefined) {
    return { kind: "range", address, bits: address.tag === "ipv4" ? 32 : 128, zone: zoneOf(text) };
  }
  if (bracketed || text.includes(":"))
    return "what stands in brackets, or has colons, must be an IPv6 address";
  const name = parseName(text);
  if (name === undefined) return "the host must be a name, *.name, an address, an address with /bits, or *";
  return { kind: "name", name, pinned: new Pins() };
}

function zoneOf(text: string): string | undefined {
  return /%([^\]]+)/.exec(text)?.[1];
}

function parseName(text: string): NamePattern | undefined {
  const below = text.startsWith("*.");
  const name = normalName(below ? text.slice(2) : text);
  // What ends in a number is an address to a resolver (127.1, 0x7f000001), and no name (RFC 3696, 2).
  if (/(^|\.)(\d+|0x[0-9a-f]*)$/.test(name)) return undefined;
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) ? { name, below } : undefined;
}
