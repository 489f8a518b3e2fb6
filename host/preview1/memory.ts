/**
 * A guest's linear memory: every pointer that it gives is looked at before anything is done with what it points to.
 */
import { type WasmMemory, wasm } from "../abi/webassembly.ts";
import { Errno } from "./abi.ts";

/** A piece of the guest's memory: an `iovec`. */
export interface Piece {
  readonly at: number;
  readonly length: number;
}

/** A call that moves bytes has at most so many pieces, as on Linux (`IOV_MAX`). */
const MOST_PIECES = 1024;
/** What a call may move at most: what the guest's `ssize_t` can tell. */
const MOST_BYTES = 0x7fffffff;
/** More than any path may have, in bytes. */
const LONGEST_TEXT = 16 * 1024;

/** The memory of one guest. Its methods throw `fault` for what is not inside it; addresses are unsigned. */
export class ProgramMemory {
  #memory: WasmMemory | undefined = undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #bytes: Uint8Array = new Uint8Array(0);

  /**
   * Says which memory it is.
   *
   * @throws Error when it is none
   */
  attach(memory: unknown): void {
    if (!(memory instanceof wasm.Memory)) throw new Error("it exports no memory");
    this.#memory = memory;
  }

  /** The bytes; until the guest runs again. */
  get bytes(): Uint8Array {
    this.#refresh();
    return this.#bytes;
  }

  /** The same as numbers, for addresses that {@link check} has seen. */
  get view(): DataView {
    this.#refresh();
    return this.#view;
  }

  /** Throws `fault` unless all of `length` bytes are inside. */
  check(at: number, length: number): void {
    if (at + length > this.view.byteLength) throw Errno.fault;
  }

  /** A part of it, until the guest runs again. */
  slice(at: number, length: number): Uint8Array {
    this.check(at, length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Reads text: a path. Throws `ilseq` for what is no UTF-8, `inval` for a NUL, and `nametoolong` for what no path can be. */
  text(at: number, length: number): string {
    this.check(at, length);
    if (length > LONGEST_TEXT) throw Errno.nametoolong;
    // a copy, since a decoder takes no shared memory
    const bytes = this.slice(at, length).slice();
    if (bytes.includes(0)) throw Errno.inval;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw Errno.ilseq;
    }
  }

  setU32(at: number, value: number): void {
    this.check(at, 4);
    this.#view.setUint32(at, value, true);
  }

  setU64(at: number, value: bigint): void {
    this.check(at, 8);
    this.#view.setBigUint64(at, value, true);
  }

  /**
   * Reads a list of `iovec` or `ciovec`.
   *
   * @returns the pieces, all inside the memory
   * @throws `inval` for too many, and for more bytes than can be told
   */
  pieces(at: number, count: number): Piece[] {
    if (count > MOST_PIECES) throw Errno.inval;
    this.check(at, 8 * count);
    const pieces: Piece[] = [];
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const piece = {
        at: this.#view.getUint32(at + 8 * i, true),
        length: this.#view.getUint32(at + 8 * i + 4, true),
      };
      if (piece.length === 0) continue;
      this.check(piece.at, piece.length);
      sum += piece.length;
      pieces.push(piece);
    }
    if (sum > MOST_BYTES) throw Errno.inval;
    return pieces;
  }

  // it has another buffer when it has grown
  #refresh(): void {
    if (this.#memory === undefined) throw new Error("the guest has called before its memory was known");
    const { buffer } = this.#memory;
    if (buffer === this.#view.buffer) return;
    this.#view = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
  }
}
