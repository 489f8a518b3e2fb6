/**
 * What a guest's thread knows without asking: bytes that came with an answer before they were asked for, and how much
 * more it may write.
 */

/** A permit below this is asked for anew: small pieces would cost a call each. */
const SMALL_PERMIT = 4096n;

/** How many bytes of all streams are kept here at most beside those that came last. */
const MOST_KEPT = 4 * 1024 * 1024;

const NOTHING = new Uint8Array(0);

/** What is left of what came of a stream. */
interface Rest {
  bytes: Uint8Array;
  /** Whether they lie in the channel, where the next that come overwrite them. */
  isLent: boolean;
}

/** By the numbers of the streams on the channel. */
export class Ahead {
  readonly #rests: Map<number, Rest> = new Map();
  /** The stream whose bytes came last; 0 for none. */
  #lent = 0;
  #kept = 0;
  /** The stream whose bytes have just been used up. */
  #dry = 0;
  readonly #permits: Map<number, bigint> = new Map();

  /** Bytes of a stream that the host has given away: they stay where they are until it gives more. */
  keep(stream: number, bytes: Uint8Array): void {
    this.#dry = 0;
    if (bytes.length === 0) return;
    this.#rests.set(stream, { bytes, isLent: true });
    this.#lent = stream;
  }

  /** Whether there are bytes of a stream. */
  has(stream: number): boolean {
    return this.#rests.has(stream);
  }

  /**
   * Makes room for bytes that come: those which came last and were not read are copied.
   *
   * @returns whether there is room; else none may come
   */
  makeRoom(): boolean {
    const rest = this.#rests.get(this.#lent);
    if (rest?.isLent !== true) return true;
    if (this.#kept + rest.bytes.length > MOST_KEPT) return false;
    rest.bytes = rest.bytes.slice();
    rest.isLent = false;
    this.#kept += rest.bytes.length;
    return true;
  }

  /**
   * Reads.
   *
   * @param waits whether the read would wait for bytes
   * @returns bytes; none where the stream has just been read to its last byte, which is told once, so that whoever
   *   waits for more by reading again and again is answered by the host; `undefined` where the host has to be asked
   */
  read(stream: number, length: bigint, waits: boolean): Uint8Array | undefined {
    const rest = this.#rests.get(stream);
    if (rest !== undefined) {
      const { bytes } = rest;
      if (length >= bytes.length) {
        this.#take(stream);
        this.#dry = stream;
        return bytes;
      }
      const count = Number(length);
      rest.bytes = bytes.subarray(count);
      if (!rest.isLent) this.#kept -= count;
      return bytes.subarray(0, count);
    }
    const isDry = stream === this.#dry && !waits;
    this.#dry = 0;
    return isDry ? NOTHING : undefined;
  }

  /** Takes the bytes of a stream that were not read, which go back to the host before it is asked about it. */
  takeRest(stream: number): Uint8Array | undefined {
    const rest = this.#rests.get(stream);
    this.#take(stream);
    return rest?.bytes;
  }

  /** The streams of which there are bytes. */
  get streams(): number[] {
    return [...this.#rests.keys()];
  }

  /** The stream was dropped. */
  forget(stream: number): void {
    this.#permits.delete(stream);
    this.#take(stream);
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

  /** The host is asked for something else: what was permitted holds no longer, and what was used up may have come. */
  hostIsAsked(): void {
    this.#dry = 0;
    this.#permits.clear();
  }

  /** The host is asked what there is to read, or whether it is time, which takes no permit away. */
  hostIsPolled(): void {
    this.#dry = 0;
  }

  #take(stream: number): void {
    const rest = this.#rests.get(stream);
    if (rest === undefined) return;
    this.#rests.delete(stream);
    if (!rest.isLent) this.#kept -= rest.bytes.length;
  }
}
