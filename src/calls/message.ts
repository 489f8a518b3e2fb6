/** What the calls that send and receive have in common: their arguments. */
import type { CoreObject } from "../core.ts";
import { coreSocket, type Endpoint } from "../endpoint.ts";
import { requireInteger, show } from "../errors.ts";

/** More bytes than any one call moves: the core counts in 32 bits. */
export const LIMIT: number = 2 ** 31 - 1;

/**
 * Checks the arguments that every message call has.
 *
 * @param syscall what is about to be done, for the error of a closed socket
 * @returns the core's socket
 * @throws TypeError, RangeError or NetError EBADF
 */
export function checkMessage(syscall: string, socket: Endpoint, flags: number): CoreObject {
  const object = coreSocket(socket, syscall);
  requireInteger("flags", flags, 0, LIMIT);
  return object;
}

/** @throws TypeError or RangeError when it is no `Uint8Array`, or too long */
export function requireBytes(bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`bytes must be a Uint8Array, got ${show(bytes)}`);
  if (bytes.length > LIMIT) throw new RangeError(`bytes must be at most ${LIMIT} long, got ${bytes.length}`);
}
