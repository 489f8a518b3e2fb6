/**
 * What a guest's thread knows without asking: bytes that came with the answer of a poll, and how much more it may
 * write.
 */

/** A permit below this is asked for anew: small pieces would cost a call each. */
const SMALL_PERMIT = 4096n;

const NOTHING = new Uint8Array(0);

/** By the numbers of the streams on the channel. */
export class Ahead {
  #stream = 0;
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  /** The stream whose bytes have just been used up. */
  #dry = 0;
  readonly #permits: Map<number, bigint> = new Map();

  /** Bytes of a stream that the host has given away: they stay where they are until it gives more. */
  keep(stream: number, bytes: Uint8Array): void {
    this.#stream = stream;
    this.#bytes = bytes;
    this.#at = 0;
    this.#dry = 0;
  }

  /**
   * Reads.
   *
   * @param waits whether the read would wait for bytes
   * @returns bytes; none where the stream has just been read to its last byte, which is told once, so that whoever
   *   waits for more by reading again and again is answered by the host; `undefined` where the host has to be asked
   */
  read(stream: number, length: bigint, waits: boolean): Uint8Array | undefined {
    if (stream === this.#stream) {
      const left = this.#bytes.length - this.#at;
      const count = length < left ? Number(length) : left;
      const bytes = this.#bytes.subarray(this.#at, this.#at + count);
      this.#at += count;
      if (count === left) {
        this.forget(stream);
        this.#dry = stream;
      }
      return bytes;
    }
    const isDry = stream === this.#dry && !waits;
    this.#dry = 0;
    return isDry ? NOTHING : undefined;
  }

  /** Takes the bytes that were not read, which go back to the host before it is asked about the stream. */
  takeRest(): { readonly stream: number; readonly bytes: Uint8Array } | undefined {
    this.#dry = 0;
    if (this.#stream === 0) return undefined;
    const rest = { stream: this.#stream, bytes: this.#bytes.subarray(this.#at) };
    this.forget(this.#stream);
    return rest;
  }

  /** The stream was dropped, or the host has its bytes. */
  forget(stream: number): void {
    this.#permits.delete(stream);
    if (stream !== this.#stream) return;
    this.#stream = 0;
    this.#bytes = NOTHING;
  }

  /** What may be written to a stream without asking; `undefined` where the host has to be asked. */
  permit(stream: number): bigint | undefined {
    const permit = this.#permits.get(stream);
    return permit !== undefined && permit >= SMALL_PERMIT ? permit : undefined;
  }

  /** The host has told the permit of a stream. */
  setPermit(stream: number, permit: bigint): void {
    this.#permits.set(stream, permit);
  }

  /** What was permitted, if it is known, for a write that may fail. */
  takePermit(stream: number): bigint | undefined {
    const permit = this.#permits.get(stream);
    this.#permits.delete(stream);
    return permit;
  }

  /** What was permitted holds no longer. */
  forgetPermits(): void {
    this.#permits.clear();
  }
}
