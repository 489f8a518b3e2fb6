// Why a call failed.

import { SCRATCH } from "../../abi/buffer";
import { writeErrorMessage, writeErrorName } from "../../error/errno";
import { decodeText } from "../../abi/utf8";

let last: i32 = 0;

/** Keeps the outcome of a call whose value says no more than that it failed; the outcome. */
export function recordError(result: i32): i32 {
  last = min(result, 0);
  return result;
}

/**
 * Why the last call of those that return null or false gave that: a negative number such as -111 for
 * ECONNREFUSED, or TIMED_OUT; 0 when it did not fail.
 */
export function lastError(): i32 {
  return last;
}

/** "ECONNREFUSED" for -111 (or 111). */
export function errorName(errno: i32): string {
  return decodeText(SCRATCH, writeErrorName(errno, SCRATCH));
}

/** "connection refused" for -111 (or 111). */
export function errorMessage(errno: i32): string {
  return decodeText(SCRATCH, writeErrorMessage(errno, SCRATCH));
}

/** A place as people write it: "127.0.0.1:80", "[::1]:80". */
export function place(host: string, port: string): string {
  return (host.includes(":") ? "[" + host + "]:" : host + ":") + port;
}

/** The message of the error that a call throws: what was tried, and why it failed. */
export function describeFailure(what: string, errno: i32): string {
  return what + ": " + errorMessage(errno) + " (" + errorName(errno) + ")";
}
