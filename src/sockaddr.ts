/** Socket addresses: the bytes of a `sockaddr_in` or `sockaddr_in6`, read and written by the core. */
import { zoneNumber } from "../host/network/zones.ts";
import { AddressFamily } from "./constants.ts";
import { ADDRESS_SIZE, addressBytes, core, readText, writeText } from "./core.ts";
import { requireInteger, show } from "./errors.ts";
import { type Inspect, inspectCustom, printed } from "./inspect.ts";

/** The bytes of an address; how the library gets at them. */
let bytesOf: (address: Sockaddr) => Uint8Array;

/**
 * A socket address in the Linux layout.
 *
 * An address of length 0 is unspecified: `accept`, `receive` and the like can fill it.
 */
export class Sockaddr {
  readonly #bytes: Uint8Array = new Uint8Array(ADDRESS_SIZE);

  static {
    bytesOf = (address) => address.#bytes;
  }

  /** The address family, or 0. */
  get family(): AddressFamily {
    return this.#bytes[0] as AddressFamily;
  }

  /** The length of the address in bytes: 16 for IPv4, 28 for IPv6, 0 when unspecified. */
  get length(): number {
    const { family } = this;
    return family === AddressFamily.inet ? 16 : family === AddressFamily.inet6 ? 28 : 0;
  }

  /** A copy of the bytes: family (2, host order), port (2, network order), and so on. */
  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  /** The address as text: dotted IPv4, or IPv6 as RFC 5952 writes it, with `%scope` where it has one. */
  get name(): string {
    return this.length === 0 ? "" : readText(core.sockaddrName(writeAddress(this)));
  }

  /** The port, in host order. */
  get port(): number {
    return ((this.#bytes[2] as number) << 8) | (this.#bytes[3] as number);
  }

  /** `"127.0.0.1:80"`, `"[::1]:80"`, or `""` when unspecified. */
  toString(): string {
    if (this.length === 0) return "";
    return this.family === AddressFamily.inet6 ? `[${this.name}]:${this.port}` : `${this.name}:${this.port}`;
  }

  /** What `JSON.stringify` makes of it, and `makeSockaddr` takes; the address is `""` when unspecified. */
  toJSON(): { address: string; port: number } {
    return { address: this.name, port: this.port };
  }

  /** @internal */
  [inspectCustom](depth: number | null, options: object, inspect: Inspect): string {
    return printed("Sockaddr", () => this.toJSON(), depth, options, inspect);
  }
}

/** Hands an address to the core; returns its length. */
export function writeAddress(address: Sockaddr): number {
  addressBytes().set(bytesOf(address));
  return address.length;
}

/**
 * Takes an address from the core.
 *
 * @param into where to; default a new one
 * @param from the bytes of the address; default where the core's functions leave one
 */
export function readAddress(into: Sockaddr = new Sockaddr(), from: Uint8Array = addressBytes()): Sockaddr {
  bytesOf(into).set(from);
  return into;
}

/**
 * Makes a socket address.
 *
 * @param address an IPv4 or IPv6 literal, with `%scope` (a number, or an interface's name) and brackets
 *   allowed; without it the address is unspecified and can be filled by `accept`
 * @param port 0 to 65535; default 0
 * @throws TypeError when `address` is no literal, RangeError when the port is out of range
 */
export function makeSockaddr(address?: string, port = 0): Sockaddr {
  requireInteger("port", port, 0, 65535);
  if (address === undefined) return new Sockaddr();
  if (typeof address !== "string") throw new TypeError(`address must be a string, got ${show(address)}`);
  const length = address.length > 128 ? 0 : core.sockaddrParse(writeText(numericScope(address)), port);
  if (length === 0) throw new TypeError(`address must be an IPv4 or IPv6 literal, got ${show(address)}`);
  return readAddress();
}

/** Whether something is a socket address. */
export function isSockaddr(value: unknown): value is Sockaddr {
  return value instanceof Sockaddr;
}

/** The address as text: dotted IPv4, or IPv6 in RFC 5952 form with `%scope` where it has one. */
export function sockaddrName(address: Sockaddr): string {
  return requireSockaddr("address", address).name;
}

/** The port in host order. */
export function sockaddrPort(address: Sockaddr): number {
  return requireSockaddr("address", address).port;
}

/** @throws TypeError when it is none */
export function requireSockaddr(name: string, value: unknown): Sockaddr {
  if (value instanceof Sockaddr) return value;
  throw new TypeError(`${name} must be a Sockaddr, got ${show(value)}`);
}

/**
 * Replaces an interface's name after `%` by its number: names belong to the machine, so the core, which
 * knows none, takes numbers only.
 */
export function numericScope(literal: string): string {
  const scope = /^(\[?[0-9a-f:.]+%)([^%\]]+)(\]?)$/i.exec(literal);
  if (scope === null) return literal;
  const [, before = "", zone = "", after = ""] = scope;
  const number = zoneNumber(zone);
  return number === undefined ? literal : `${before}${number}${after}`;
}
