/**
 * Node's streams as the byte sources and sinks of a guest: its standard input and output.
 */
import type { Readable, Writable } from "node:stream";
import { ByteSink, ByteSource, closed, failed, IoError, noBytes, type StreamError } from "./streams.ts";

/** How many bytes may wait for the guest, and for the system: what Node's own streams hold by default. */
const LIMIT = 65536;

function broken(what: string, error: Error): StreamError {
  return failed(new IoError(`${what}: ${error.message}`));
}

/** Bytes of a Node stream; it is only read when the guest waits or reads. */
export class ReadableSource extends ByteSource {
  readonly #stream: Readable;
  #chunks: Uint8Array[] = [];
  #length = 0;
  #error: StreamError | undefined;
  #started = false;

  constructor(stream: Readable) {
    super();
    this.#stream = stream;
  }

  override isReady(): boolean {
    return this.#length > 0 || this.#error !== undefined;
  }

  override addWaiter(waiter: { wake(): void }): void {
    this.#start();
    super.addWaiter(waiter);
  }

  override read(max: number): Uint8Array {
    this.#start();
    const first = this.#chunks[0];
    if (first === undefined) {
      if (this.#error !== undefined) throw this.#error;
      return noBytes;
    }
    if (max === 0) return noBytes;
    const bytes = first.subarray(0, max);
    this.#length -= bytes.length;
    if (bytes.length === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(max);
    if (this.#length < LIMIT && this.#error === undefined) this.#stream.resume();
    return bytes;
  }

  override close(): void {
    if (this.#started) this.#stream.pause();
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#stream.on("data", (bytes: Uint8Array) => {
      this.#chunks.push(bytes);
      this.#length += bytes.length;
      if (this.#length >= LIMIT) this.#stream.pause();
      this.notify();
    });
    this.#stream.once("end", () => this.#end(closed));
    this.#stream.once("close", () => this.#end(closed));
    this.#stream.once("error", (error) => this.#end(broken("read", error)));
  }

  #end(error: StreamError): void {
    this.#error ??= error;
    this.notify();
  }
}

/** Bytes to a Node stream. */
export class WritableSink extends ByteSink {
  readonly #stream: Writable;
  #error: StreamError | undefined;
  #flushing = false;
  #pending = 0;

  constructor(stream: Writable) {
    super();
    this.#stream = stream;
    stream.once("error", (error) => this.#end(broken("write", error)));
    stream.once("close", () => this.#end(closed));
  }

  override isReady(): boolean {
    return this.#error !== undefined || (!this.#flushing && this.#pending < LIMIT);
  }

  override permit(): number {
    if (this.#error !== undefined) throw this.#error;
    return this.#flushing ? 0 : Math.max(0, LIMIT - this.#pending);
  }

  override write(bytes: Uint8Array): void {
    this.#pending += bytes.length;
    // the guest's memory is lent for the call only
    this.#stream.write(Uint8Array.from(bytes), () => {
      this.#pending -= bytes.length;
      if (this.#pending === 0) this.#flushing = false;
      this.notify();
    });
  }

  override pending(): number {
    return this.#error === undefined ? this.#pending : 0;
  }

  override flush(): void {
    this.#flushing = this.#pending > 0;
  }

  #end(error: StreamError): void {
    this.#error ??= error;
    this.notify();
  }
}
