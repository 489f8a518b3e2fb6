/**
 * Memory through which the sockets of one host read and write: an idle connection has none of its own.
 */
import { steadyBuffer } from "../io/steady-buffer.ts";

/** The size of a slab of small outgoing pieces. */
const SLAB = 64 * 1024;
/** The largest piece that goes into a slab. */
const SMALL = 4096;

/** One for each host. */
export class SocketBuffers {
  readonly #readSize: number;
  #read: Buffer | undefined = undefined;
  #ahead: Buffer | undefined = undefined;
  #slab: Buffer | undefined = undefined;
  #slabUsed = 0;
  #spare: Buffer | undefined = undefined;
  #lastLarge: Buffer | undefined = undefined;

  /** @param readSize how many bytes are read at a time at most */
  constructor(readSize: number) {
    this.#readSize = readSize;
  }

  /** The buffer that all connections are read through, made at the first use. */
  get read(): Buffer {
    this.#read ??= steadyBuffer(this.#readSize);
    return this.#read;
  }

  /** Likewise for what is read past the network: what it has told may be in the other, and not taken. */
  get ahead(): Buffer {
    // who was lent it may have transferred it
    if (this.#ahead === undefined || this.#ahead.length === 0) this.#ahead = this.takeRead();
    return this.#ahead;
  }

  /** Gives that one away, where all of it was read; says whether it was. */
  giveAhead(read: Uint8Array): boolean {
    if (read.length !== this.#ahead?.length) return false;
    this.#ahead = undefined;
    return true;
  }

  /** A buffer of the same size that a connection reads into alone, and may give away: it shares memory with nothing. */
  takeRead(): Buffer {
    return Buffer.allocUnsafeSlow(this.#readSize);
  }

  /**
   * Copies bytes to where Node may keep them. Small pieces share a slab, larger ones have a buffer each;
   * {@link reuse} makes the space free again.
   */
  copy(bytes: Uint8Array): Buffer {
    const length = bytes.length;
    let buffer: Buffer;
    if (length > SMALL) {
      const spare = this.#spare;
      // A spare that is much too large would be held by few bytes.
      const fits = spare !== undefined && spare.length >= length && spare.length <= length * 4;
      const whole = fits ? spare : Buffer.allocUnsafeSlow(length);
      if (fits) this.#spare = undefined;
      this.#lastLarge = whole;
      buffer = whole.length === length ? whole : whole.subarray(0, length);
    } else {
      if (this.#slab === undefined || this.#slabUsed + length > SLAB) {
        this.#slab = Buffer.allocUnsafeSlow(SLAB);
        this.#slabUsed = 0;
      }
      buffer = this.#slab.subarray(this.#slabUsed, this.#slabUsed + length);
      this.#slabUsed += length;
    }
    buffer.set(bytes);
    return buffer;
  }

  /** Gives back what the last call of {@link copy} took: everything of it has reached the kernel. */
  reuse(buffer: Buffer): void {
    if (buffer.length <= SMALL) this.#slabUsed = buffer.byteOffset;
    else this.#spare = this.#lastLarge;
  }
}
