/**
 * The one error of a connection that broke.
 */
import type { IoError } from "../io/streams.ts";

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
