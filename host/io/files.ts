/**
 * Files as the byte sources and sinks of a guest. What reads and writes them answers at once, so they are
 * always ready.
 */
import { ByteSink, ByteSource, closed, failed, IoError, noBytes } from "./streams.ts";

/** The most that is read or written at a time. */
const PIECE = 256 * 1024;

/** What a stream of a file failed with. */
export class FileError extends IoError {
  /** The `wasi:filesystem` error code; for `filesystem-error-code`. */
  readonly fileCode: string;

  constructor(what: string, fileCode: string) {
    super(`${what}: ${fileCode}`);
    this.fileCode = fileCode;
  }
}

/** A file that is open. Its methods throw `wasi:filesystem` error codes. */
export interface OpenFile {
  read(length: number, offset: bigint): Uint8Array;
  /** Takes some of the bytes; how many. */
  write(bytes: Uint8Array, offset: bigint): bigint;
  size(): bigint;
  /** Who has opened the stream lets go of the file. */
  release(): void;
}

/** The bytes of a file from an offset on. */
export class FileSource extends ByteSource {
  readonly #file: OpenFile;
  #offset: bigint;

  constructor(file: OpenFile, offset: bigint) {
    super();
    this.#file = file;
    this.#offset = offset;
  }

  override isReady(): boolean {
    return true;
  }

  override read(max: number): Uint8Array {
    if (max === 0) return noBytes;
    const bytes = tried("read", () => this.#file.read(Math.min(max, PIECE), this.#offset));
    if (bytes.length === 0) throw closed;
    this.#offset += BigInt(bytes.length);
    return bytes;
  }

  override close(): void {
    this.#file.release();
  }
}

/** Bytes to a file, from an offset on or at its end. */
export class FileSink extends ByteSink {
  readonly #file: OpenFile;
  #offset: bigint | undefined;

  /** @param offset where to begin; `undefined` writes each piece at the end that the file has then */
  constructor(file: OpenFile, offset: bigint | undefined) {
    super();
    this.#file = file;
    this.#offset = offset;
  }

  override isReady(): boolean {
    return true;
  }

  override permit(): number {
    return PIECE;
  }

  override write(bytes: Uint8Array): void {
    tried("write", () => {
      let offset = this.#offset ?? this.#file.size();
      for (let at = 0; at < bytes.length; ) {
        const written = this.#file.write(bytes.subarray(at), offset);
        if (written === 0n) throw "insufficient-space";
        at += Number(written);
        offset += written;
      }
      if (this.#offset !== undefined) this.#offset = offset;
    });
  }

  override pending(): number {
    return 0;
  }

  override flush(): void {}

  override close(): void {
    this.#file.release();
  }
}

function tried<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (code) {
    if (typeof code !== "string") throw code;
    throw failed(new FileError(what, code));
  }
}
