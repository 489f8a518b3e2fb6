/** The arguments of calls that send and receive. */
import type { CoreSocket } from "../core-socket.ts";
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
export function checkMessage(syscall: string, socket: Endpoint, flags: number): CoreSocket {
  const core = coreSocket(socket, syscall);
  requireInteger("flags", flags, 0, LIMIT);
  return core;
}

const length = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), "length")?.get;

/** How long an array is, whatever a class of its own makes of `length`. */
function lengthOf(bytes: Uint8Array): number {
  return length?.call(bytes) as number;
}

/** @throws TypeError or RangeError when it is no `Uint8Array`, too long, or its memory was taken away */
export function requireBytes(bytes: unknown): asserts bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`bytes must be a Uint8Array, got ${show(bytes)}`);
  if (lengthOf(bytes) !== bytes.length) {
    throw new TypeError(
      "bytes must be a Uint8Array that tells its own length, got one of a class that tells another",
    );
  }
  if (bytes.length > LIMIT) throw new RangeError(`bytes must be at most ${LIMIT} long, got ${bytes.length}`);
  if (bytes.length === 0 && isGone(bytes))
    throw new TypeError("bytes are detached: their memory is elsewhere");
}

/**
 * Bytes as they are now: of those whose length follows that of a resizable buffer a view of that length, which is gone
 * when the buffer has become too short for it. All else stays as it is.
 */
export function fixedLength<T>(bytes: T): T | Uint8Array {
  if (!(bytes instanceof Uint8Array)) return bytes;
  const { buffer } = bytes as { readonly buffer: { readonly resizable?: boolean } };
  if (buffer.resizable !== true) return bytes;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

const { at } = Uint8Array.prototype;

/** Whether the memory of bytes was transferred, or has become too short for them: both show as a length of 0. */
function isGone(bytes: Uint8Array): boolean {
  try {
    at.call(bytes, 0);
    return false;
  } catch {
    return true;
  }
}

/**
 * Checks, before a step of a call that has waited, that the caller's bytes are still there.
 *
 * @param syscall the call, for the error
 * @param length how many there were when the call began
 * @throws TypeError when some are gone
 */
export function requireStill(syscall: string, bytes: Uint8Array, length: number): void {
  if (bytes.length >= length) return;
  throw new TypeError(
    `${syscall}: the memory of bytes was detached or shrunk while the call was pending: ` +
      `of ${length} bytes ${bytes.length} are left; leave a buffer alone until its call is over`,
  );
}
