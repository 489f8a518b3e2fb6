/**
 * How many bytes a second may be written where a guest or a peer decides how much there is to say.
 */
import { milliseconds } from "./milliseconds.ts";

/** How many seconds' worth may be saved up. */
const SAVED_SECONDS = 4;

/** A token bucket: it fills at a rate, and what is written empties it. */
export class ByteRate {
  readonly #perMillisecond: number;
  readonly #most: number;
  #left: number;
  #at: number = milliseconds();

  /** @param bytesPerSecond how many bytes a second; four seconds' worth may be written at once */
  constructor(bytesPerSecond: number) {
    this.#perMillisecond = bytesPerSecond / 1000;
    this.#most = bytesPerSecond * SAVED_SECONDS;
    this.#left = this.#most;
  }

  /** How many bytes may be written now. */
  room(): number {
    const now = milliseconds();
    this.#left = Math.min(this.#most, this.#left + (now - this.#at) * this.#perMillisecond);
    this.#at = now;
    return this.#left;
  }

  /** Takes so many bytes, all or none; whether they may be written. */
  take(bytes: number): boolean {
    if (bytes > this.room()) return false;
    this.#left -= bytes;
    return true;
  }
}
