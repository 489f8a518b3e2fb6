/**
 * Rules in words: `tcp://*.example.com:443`, `10.0.0.0/8`, `[::1]:8000-8100`, `private`. docs/permissions.md has the
 * grammar.
 */
import { inspect } from "node:util";
import { nearest } from "../messages/known-keys.ts";
import type { IpAddress } from "../network/address.ts";
import { parseIp, splitZone, unmapIp } from "../network/address.ts";
import type { NamePattern } from "./names.ts";
import { parseName } from "./names.ts";
import { type Range, rangesOfWord, rangeWords } from "./ranges.ts";

/** What a rule can be for. */
export type Protocol = "tcp" | "udp";

/** A rule that was understood. */
export interface Rule {
  /** As it was written. */
  readonly text: string;
  /** `undefined` for both. */
  readonly protocol: Protocol | undefined;
  readonly host: HostPattern;
  /** Inclusive. */
  readonly firstPort: number;
  readonly lastPort: number;
}

/** What stands for the host in a rule. */
export type HostPattern =
  | { readonly kind: "any" }
  /** `zone` is the interface that was written behind the address; its number may change, so it stays text. */
  | { readonly kind: "ranges"; readonly ranges: readonly Range[]; readonly zone: string | undefined }
  | { readonly kind: "name"; readonly name: NamePattern };

/**
 * Rules as options and variables have them: lists separated by commas, where `*` alone is everything.
 *
 * @returns what `PolicyRules` takes; `false` where there is no text
 */
export function rulesInText(texts: readonly string[] | undefined): boolean | string[] {
  if (texts === undefined) return false;
  const all = texts
    .flatMap((list) => list.split(",").map((rule) => rule.trim()))
    .filter((rule) => rule !== "");
  return all.includes("*") ? true : all;
}

/**
 * Reads a list of rules.
 *
 * @param option the name of the option that they stand in, for the message
 * @param list rules; `true` is one for everything
 * @param isListening whether they are about own addresses, of which a name other than localhost says nothing
 * @throws TypeError that names the option and what is wrong
 */
export function parseRules(option: string, list: unknown, isListening = false): Rule[] {
  const texts = requireList(option, list);
  return texts === true
    ? [{ text: "*", protocol: undefined, host: { kind: "any" }, firstPort: 0, lastPort: 65535 }]
    : texts.map((text) => parseRule(option, text, isListening));
}

/**
 * Reads a list of names.
 *
 * @returns `true` for all
 * @throws TypeError that names the option and what is wrong
 */
export function parseNames(option: string, list: unknown): true | NamePattern[] {
  const texts = requireList(option, list);
  if (texts === true || texts.includes("*")) return true;
  return texts.map((text) => {
    const pattern = parseName(text);
    if (pattern === undefined) throw notUnderstood(option, text, "it must be a name or *.name");
    return pattern;
  });
}

function requireList(option: string, list: unknown): true | string[] {
  if (list === true) return true;
  if (list === undefined || list === false) return [];
  if (!Array.isArray(list)) {
    throw new TypeError(`${option} must be true, false or an array of rules, and is ${show(list)}`);
  }
  return Array.from(list as unknown[], (text) => {
    if (typeof text !== "string") {
      throw new TypeError(`${option}: a rule must be a string, and one is ${show(text)}`);
    }
    return text;
  });
}

function show(value: unknown): string {
  return inspect(value, { depth: 0, maxStringLength: 100 });
}

function notUnderstood(option: string, text: string, why: string): TypeError {
  return new TypeError(`${option}: the rule "${text}" was not understood: ${why}`);
}

function parseRule(option: string, text: string, isListening: boolean): Rule {
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
  if (isListening && pattern.kind === "name" && !isLocalhost(pattern.name)) {
    throw notUnderstood(
      option,
      text,
      "one listens on addresses, and of names localhost alone stands for some",
    );
  }
  return { text, protocol, host: pattern, firstPort: range[0], lastPort: range[1] };
}

function isLocalhost({ name, below }: NamePattern): boolean {
  return name === "localhost" && !below;
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
  const words = rangesOfWord(text.toLowerCase());
  if (words !== undefined) return { kind: "ranges", ranges: words, zone: undefined };
  if (text.includes("/")) return parseRange(text);
  const address = parseIp(text);
  if (address !== undefined) return rangeOf(address, address.tag === "ipv4" ? 32 : 128, text);
  if (text.startsWith("[") || text.includes(":"))
    return "what stands in brackets, or has colons, must be an IPv6 address";
  const name = parseName(text);
  if (name === undefined) {
    return `the host must be a name, *.name, an address, an address with /bits, ${rangeWords.join(", ")}, or *`;
  }
  return notMeant(text, name) ?? { kind: "name", name };
}

/** What was hardly meant as a host's name: taken as one, it would neither grant nor deny what it says. */
function notMeant(text: string, { below }: NamePattern): string | undefined {
  if (below || text.includes(".")) return undefined;
  const word = text.toLowerCase();
  if (word === "tcp" || word === "udp") return `${word}:// stands before the host`;
  if (SWITCHES.has(word)) return `* is everything, and no rule is nothing; ${CALLED_SO}`;
  const range = nearest(word, rangeWords);
  return range === undefined ? undefined : `did you mean ${range}? ${CALLED_SO}`;
}

const CALLED_SO = "a host that is called so is written with a dot at its end";

const SWITCHES: ReadonlySet<string> = new Set([
  ...["true", "false", "yes", "no", "on", "off"],
  ...["all", "any", "none", "everything", "nothing"],
]);

function parseRange(text: string): HostPattern | string {
  // Both [fd00::/8] and [fd00::]/8 are written.
  const [, opened, bare = "", closed, bits = "", end] =
    /^(\[?)([^\][/]*)(\]?)\/([^\]]*)(\]?)$/.exec(text) ?? [];
  const isBracketed = opened === "[";
  const address = closed !== "" && end !== "" ? undefined : parseIp(isBracketed ? `[${bare}]` : bare);
  if (address === undefined || isBracketed !== (closed !== "" || end !== "")) {
    return "what stands before the / must be an address";
  }
  const limit = address.tag === "ipv4" ? 32 : 128;
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > limit) return `the / must be followed by 0 to ${limit}`;
  return rangeOf(address, Number(bits), bare);
}

function rangeOf(address: IpAddress, bits: number, text: string): HostPattern | string {
  const zone = splitZone(text)[1]?.replace(/\]$/, "");
  if (zone !== undefined && /^25./.test(zone) && Number.isNaN(Number(zone))) {
    return `a zone is not escaped here: write %${zone.slice(2)}`;
  }
  const plain = unmapIp(address);
  if (plain === address) return { kind: "ranges", ranges: [{ address, bits }], zone };
  // The system takes ::ffff:a.b.c.d for the IPv4 address.
  if (bits < 96) return "an IPv4 address within an IPv6 one must be followed by /96 to /128";
  if (zone !== undefined) return "an IPv4 address has no zone";
  return { kind: "ranges", ranges: [{ address: plain, bits: bits - 96 }], zone };
}
