/** What is done past libuv on the descriptor of a connection, which is non-blocking. */
import { readSync, writeSync } from "node:fs";
import { errnoName, systemError } from "../errors.ts";
import type { Rest, TransportListener } from "../network.ts";

/**
 * Calls back when a guest that was woken has read, which it does in a promise reaction. A tick that is asked for in such a
 * reaction comes after all of them, and before libuv reads again.
 */
export function afterReactions(
  callback: (listener: TransportListener) => void,
  listener: TransportListener,
): void {
  queueMicrotask(() => process.nextTick(callback, listener));
}

/**
 * Sends what the kernel takes at once. write(2) itself says how many bytes it has, so that only the others need memory that
 * libuv may keep.
 *
 * @returns how many bytes, or the error that it is broken by
 */
export function writeNow(fd: number, bytes: Uint8Array): number | Error {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    const code = errnoName(error);
    if (code === "EAGAIN" || code === "ENOBUFS") return 0;
    return systemError("write", code);
  }
}

/**
 * Takes what has come, straight into memory.
 *
 * @returns how many bytes, 0 also at the end; or the error that it is broken by
 */
export function readNow(fd: number, into: Uint8Array, at: number, length: number): number | Error {
  try {
    return readSync(fd, into, at, length, null);
  } catch (error) {
    const code = errnoName(error);
    return code === "EAGAIN" ? 0 : systemError("read", code);
  }
}

/** More than any kernel keeps of one connection by default. */
const MOST_BYTES = 64 * 1024 * 1024;
const PIECE = 64 * 1024;

let scratch: Buffer | undefined;

/**
 * Takes what has come in on a connection that Node is about to close, since a write found it broken. The kernel still
 * gives it to a program that reads on (as `recv(2)` does it), while Node closes the descriptor.
 *
 * @param fd non-blocking, and read by nobody else
 */
export function readRest(fd: number | undefined): Rest {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const done = (end: Rest["end"]): Rest => ({ pieces, length, end });
  if (fd === undefined) return done(undefined);
  scratch ??= Buffer.allocUnsafeSlow(PIECE);
  while (length < MOST_BYTES) {
    let count: number;
    try {
      count = readSync(fd, scratch);
    } catch (error) {
      const name = errnoName(error);
      return done(name === "EAGAIN" ? undefined : name);
    }
    if (count === 0) return done("end");
    pieces.push(Uint8Array.prototype.slice.call(scratch, 0, count));
    length += count;
  }
  return done(undefined);
}
