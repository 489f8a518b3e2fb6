/**
 * How a connection ended that broke: what the kernel still has of it, and the one error of it.
 */
import * as fs from "node:fs";
import type { IoError } from "../io/streams.ts";
import { errnoName } from "./errors.ts";

/** More than any kernel keeps of one connection by default. */
const MOST_BYTES = 64 * 1024 * 1024;
const PIECE = 64 * 1024;

let scratch: Buffer | undefined;

/** The rest of a connection's input. */
export interface Rest {
  readonly pieces: readonly Uint8Array[];
  /** Bytes of all pieces. */
  readonly length: number;
  /** What came behind them: the peer's end, an errno's name, or nothing that is known. */
  readonly end: "end" | string | undefined;
}

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
      count = fs.readSync(fd, scratch);
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

/**
 * The error of a connection.
 *
 * The kernel tells it to whichever call comes first, and no other (`SO_ERROR`). Here whoever reads is told in any case,
 * behind the last byte: after a send that has failed, what came would else look like the whole.
 */
export class Failure {
  readonly #error: IoError | undefined;
  #isTold = false;

  /** @param error what went wrong; `undefined` where only an end is left to be told */
  constructor(error: IoError | undefined) {
    this.#error = error;
  }

  /** The error, for who reads. */
  read(): IoError | undefined {
    this.#isTold = true;
    return this.#error;
  }

  /** The error, if it has not been told yet; from now on it has. */
  take(): IoError | undefined {
    return this.#isTold ? undefined : this.read();
  }
}
