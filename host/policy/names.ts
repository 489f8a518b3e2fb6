/**
 * Names in rules, and the addresses that they were resolved to.
 */
import { domainToASCII } from "node:url";
import type { IpAddress } from "../network/address.ts";
import { ipText } from "../network/address.ts";

/** A name, or all names below one. */
export interface NamePattern {
  readonly name: string;
  readonly below: boolean;
}

/** Reads a name or `*.name`, in any script; `undefined` for what is neither. */
export function parseName(text: string): NamePattern | undefined {
  const below = text.startsWith("*.");
  const written = below ? text.slice(2) : text;
  // An ASCII name is taken as it is: the function would also undo percent-encoding.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the range of ASCII
  const isAscii = /^[\x00-\x7f]*$/.test(written);
  const name = normalName(isAscii || written.includes("%") ? written : domainToASCII(written));
  // What ends in a number is an address to a resolver (127.1, 0x7f000001), and no name (RFC 3696, 2).
  if (/(^|\.)(\d+|0x[0-9a-f]*)$/.test(name)) return undefined;
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) ? { name, below } : undefined;
}

/** Names are compared without case and without the root's dot. */
export function normalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}

/** Whether a name is the pattern's, or below it. */
export function matchesName(pattern: NamePattern, name: string): boolean {
  return pattern.below ? name.endsWith(`.${pattern.name}`) : name === pattern.name;
}

/** Whether a name can only stand for the machine itself (RFC 6761, 6.3). */
export function isLocalName(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

/** A name whose addresses change all the time must not fill the memory: the oldest go. */
const MOST_PINS = 4096;

interface Pin {
  /** The name that was resolved to it last. */
  readonly name: string;
  /** When, in milliseconds. */
  readonly time: number;
}

/** The addresses that the names of a rule have been resolved to. */
export class Pins {
  readonly #pins: Map<string, Pin> = new Map();
  readonly #age: number;

  /** @param age how many milliseconds after its last answer an address is forgotten */
  constructor(age: number) {
    this.#age = age;
  }

  /** Notes what a name was resolved to. */
  add(name: string, address: IpAddress, time: number): void {
    const key = ipText(address);
    this.#pins.delete(key);
    this.#pins.set(key, { name, time });
    if (this.#pins.size <= MOST_PINS) return;
    const oldest = this.#pins.keys().next();
    if (oldest.done !== true) this.#pins.delete(oldest.value);
  }

  /** The name that was resolved to an address; `undefined` where none was, or too long ago. */
  nameOf(address: IpAddress, time: number): string | undefined {
    if (this.#pins.size === 0) return undefined;
    const key = ipText(address);
    const pin = this.#pins.get(key);
    if (pin === undefined || time - pin.time < this.#age) return pin?.name;
    this.#pins.delete(key);
    return undefined;
  }
}
