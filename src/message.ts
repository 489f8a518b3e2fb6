/** What the calls that send and receive have in common: their arguments. */
import { type AddressInfo, requireAddressInfo } from "./address-info.ts";
import { type CoreObject, TIMED_OUT } from "./core.ts";
import { requireInteger, show } from "./errors.ts";
import { coreSocket, type Socket } from "./socket.ts";

/** A limit in seconds; null or false waits for ever. */
export type Timeout = number | null | false;

/** More bytes than any one call moves: the core counts in 32 bits. */
export const LIMIT: number = 2 ** 31 - 1;

/**
 * Checks the arguments that every message call has.
 *
 * @param syscall what is about to be done, for the error of a closed socket
 * @returns the core's socket
 * @throws TypeError, RangeError or NetError EBADF
 */
export function checkMessage(
  syscall: string,
  socket: Socket,
  flags: number,
  ai: AddressInfo | undefined,
): CoreObject {
  const object = coreSocket(socket, syscall);
  requireInteger("flags", flags, 0, LIMIT);
  if (ai !== undefined) requireAddressInfo("ai", ai);
  return object;
}

/** @throws TypeError or RangeError when it is no `Uint8Array`, or too long */
export function requireBytes(bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`bytes must be a Uint8Array, got ${show(bytes)}`);
  if (bytes.length > LIMIT) throw new RangeError(`bytes must be at most ${LIMIT} long, got ${bytes.length}`);
}

/**
 * A limit as the core takes it: seconds, negative for none.
 *
 * @throws TypeError or RangeError when it is no limit
 */
export function secondsOf(timeout: Timeout): number {
  if (timeout === null || timeout === false) return -1;
  if (typeof timeout !== "number" || Number.isNaN(timeout)) {
    throw new TypeError(`timeout must be a number of seconds, null or false, got ${show(timeout)}`);
  }
  if (timeout < 0) throw new RangeError(`timeout must not be negative, got ${timeout}`);
  return timeout;
}

/** A result of the core as callers know it: false when the time ran out. */
export function falseWhenLate<T extends number>(result: T): T | false {
  return result === TIMED_OUT ? false : result;
}
