/**
 * Open files as the byte sources and sinks of a guest. What reads and writes them answers at once, so they are
 * always ready.
 */
import { ByteSink, ByteSource, closed, failed, IoError, noBytes } from "../io/streams.ts";
import { codeOf, type FileErrorCode } from "./errors.ts";
import type { FileDescriptor } from "./file.ts";

/** The most that is read or written at a time. */
export const PIECE: number = 256 * 1024;

/** What a stream of a file failed with. */
export class FileError extends IoError {
  readonly fileCode: FileErrorCode;

  /**
   * @param what what was tried
   * @param fileCode what came of it
   */
  constructor(what: string, fileCode: FileErrorCode) {
    super(`${what}: ${fileCode}`);
    this.fileCode = fileCode;
  }
}

/** The bytes of a file from an offset on. */
export class FileSource extends ByteSource {
  readonly #file: FileDescriptor;
  readonly #buffer: () => Uint8Array;
  #offset: bigint;

  /**
   * @param file it is held until the source is closed
   * @param buffer what is read into; any number of sources may share one, since bytes are valid until the next call
   */
  constructor(file: FileDescriptor, offset: bigint, buffer: () => Uint8Array) {
    super();
    this.#file = file.retain();
    this.#buffer = buffer;
    this.#offset = offset;
  }

  override isReady(): boolean {
    return true;
  }

  override read(max: number): Uint8Array {
    if (max === 0) return noBytes;
    const buffer = this.#buffer();
    const into = max < buffer.length ? buffer.subarray(0, max) : buffer;
    const count = tried("read", () => this.#file.readAt(into, this.#offset));
    if (count === 0) throw closed;
    this.#offset += BigInt(count);
    return count < into.length ? into.subarray(0, count) : into;
  }

  override close(): void {
    this.#file.release();
  }
}

/** Bytes to a file, from an offset on or at its end. */
export class FileSink extends ByteSink {
  readonly #file: FileDescriptor;
  #offset: bigint | "end";

  /**
   * @param file it is held until the sink is closed
   * @param offset where to begin; `"end"` writes each piece at the end that the file has then
   */
  constructor(file: FileDescriptor, offset: bigint | "end") {
    super();
    this.#file = file.retain();
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
      for (let at = 0; at < bytes.length; ) {
        const written = this.#file.writeAt(at === 0 ? bytes : bytes.subarray(at), this.#offset);
        if (written === 0) throw "ENOSPC";
        at += written;
        if (this.#offset !== "end") this.#offset += BigInt(written);
      }
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
  } catch (error) {
    throw failed(new FileError(what, codeOf(error)));
  }
}
