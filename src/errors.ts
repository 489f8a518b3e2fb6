/** Errors: errno numbers as text, and the error class of whatever throws. */
import { printable } from "../host/messages/printable.ts";
import { core, readText } from "./core.ts";

const names = new Map<number, string>();

/**
 * The name of an error number, such as `"ECONNREFUSED"` for -111.
 *
 * @param errno a negative (or positive) error number in Linux numbering
 * @returns the name, or `"E"` and the number where Linux has none
 */
export function errorName(errno: number): string {
  requireInteger("errno", errno, -4095, 4095);
  let name = names.get(errno);
  if (name === undefined) {
    name = readText(core.errorName(errno));
    names.set(errno, name);
  }
  return name;
}

/**
 * What an error number means, such as `"connection refused"` for -111.
 *
 * @param errno a negative (or positive) error number in Linux numbering
 */
export function errorMessage(errno: number): string {
  requireInteger("errno", errno, -4095, 4095);
  return readText(core.errorMessage(errno));
}

/** What was tried when a {@link NetError} came about. */
export interface NetErrorContext {
  /** The call that failed, e.g. `"connect"`. */
  syscall: string;
  /** The address or name that it was about. */
  address?: string | undefined;
  /** The port or service that it was about. */
  port?: number | string | undefined;
}

/** A network operation that failed. */
export class NetError extends Error {
  override readonly name = "NetError";
  /** The error's name, e.g. `"ECONNREFUSED"`. */
  readonly code: string;
  /** The negative error number, in Linux numbering on every platform. */
  readonly errno: number;
  readonly syscall: string;
  declare readonly address: string | undefined;
  declare readonly port: number | string | undefined;

  constructor(errno: number, context: NetErrorContext) {
    const { syscall, address, port } = context;
    const code = errorName(errno);
    super(`${syscall}${describeTarget(address, port)}: ${errorMessage(errno)} (${code})`);
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
    // what it was not about is not printed
    if (address !== undefined) this.address = address;
    if (port !== undefined) this.port = port;
  }

  /** What `JSON.stringify` makes of it: the message too, which it passes over in other errors. */
  toJSON(): { name: string; message: string } & NetErrorContext & { code: string; errno: number } {
    const { name, message, code, errno, syscall, address, port } = this;
    return { name, message, code, errno, syscall, address, port };
  }
}

function describeTarget(address: string | undefined, port: number | string | undefined): string {
  const service = printable(String(port));
  if (address === undefined) return port === undefined ? "" : ` port ${service}`;
  const host = printable(address);
  if (port === undefined) return ` ${host}`;
  return host.includes(":") ? ` [${host}]:${service}` : ` ${host}:${service}`;
}

/**
 * Checks an integer argument.
 *
 * @throws TypeError when it is no integer, RangeError when it is out of range
 */
export function requireInteger(
  name: string,
  value: unknown,
  low: number,
  high: number,
): asserts value is number {
  if (!Number.isInteger(value)) throw new TypeError(`${name} must be an integer, got ${show(value)}`);
  if ((value as number) < low || (value as number) > high) {
    throw new RangeError(`${name} must be from ${low} to ${high}, got ${show(value)}`);
  }
}

/** A value as an error message shows it. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null)
    return `an object of class ${value.constructor?.name ?? "none"}`;
  return String(value);
}
