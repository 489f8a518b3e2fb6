/**
 * Node's streams as the byte sources and sinks of a guest: its standard input and output.
 */
import type { Readable, Writable } from "node:stream";
import { folderError } from "./folder-error.ts";
import type { Abortable, Ledger } from "./owner.ts";
import type { Waiter } from "./poll.ts";
import { ByteSink, ByteSource, closed, failed, IoError, noBytes, type StreamError } from "./streams.ts";

/** How many bytes may wait for the guest, and for the system: what Node's own streams hold by default. */
const LIMIT = 65536;

/** What a stream fails with when whoever reads it has gone, or when it has ended here. */
const GONE: ReadonlySet<string | undefined> = new Set([
  "EPIPE",
  "ECONNRESET",
  "ERR_STREAM_DESTROYED",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ERR_STREAM_WRITE_AFTER_END",
]);

/** Makes the error of a guest's stream of Node's. */
export type ToIoError = (error: Error, message: string) => IoError;

const plainError: ToIoError = (_, message) => new IoError(message);

/** A stream that may keep the process from its end: pipes, sockets and terminals. */
interface Holding {
  ref?(): unknown;
  unref?(): unknown;
}

/** Bytes of a Node stream; it is only read when the guest asks for its bytes, or whether there are any. */
export class ReadableSource extends ByteSource implements Abortable {
  readonly #stream: Readable;
  readonly #ledger: Ledger | undefined;
  readonly #toIoError: ToIoError;
  #chunks: Uint8Array[] = [];
  #length = 0;
  #error: StreamError | undefined;
  #started = false;

  /**
   * @param stream where the bytes come from
   * @param ledger the books of the host: when it is closed, the stream is its owner's again; default is never
   * @param toIoError makes what the guest is given of an error of the stream
   */
  constructor(stream: Readable, ledger?: Ledger, toIoError: ToIoError = plainError) {
    super();
    this.#stream = stream;
    this.#ledger = ledger;
    this.#toIoError = toIoError;
  }

  override isReady(): boolean {
    if (this.#length > 0 || this.#error !== undefined) return true;
    this.#resume();
    return this.#error !== undefined;
  }

  // The process stays for whoever waits for input, and for nothing else: a guest that ends without having dropped its
  // input doesn't keep it.
  override addWaiter(waiter: Waiter): void {
    super.addWaiter(waiter);
    this.#resume();
    if (this.#error === undefined) this.#hold(true);
  }

  override removeWaiter(waiter: Waiter): void {
    super.removeWaiter(waiter);
    if (!this.hasWaiters) this.#hold(false);
  }

  override read(max: number): Uint8Array {
    const first = this.#chunks[0];
    if (first === undefined) {
      this.#resume();
      if (this.#error === undefined) return noBytes;
      const error = this.#error;
      this.#error = closed; // a failure is told once; after it the stream is closed
      throw error;
    }
    if (max === 0) return noBytes;
    const bytes = first.subarray(0, max);
    this.#length -= bytes.length;
    if (bytes.length === first.length) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(max);
    if (this.#length < LIMIT) this.#resume();
    return bytes;
  }

  override close(): void {
    if (this.#started) this.#stream.pause();
  }

  /** The stream is its owner's again, with what the guest has not read. */
  abort(): void {
    const stream = this.#stream;
    stream.off("data", this.#arrived).off("end", this.#ended).off("close", this.#ended);
    stream.off("error", this.#broke);
    stream.pause();
    this.#hold(true);
    if (!stream.readableEnded && !stream.destroyed) {
      for (const chunk of this.#chunks.reverse()) stream.unshift(chunk);
    }
    this.#chunks = [];
    this.#length = 0;
    this.#end(closed);
  }

  #resume(): void {
    if (!this.#started) this.#start();
    else if (this.#error === undefined && this.#stream.isPaused()) this.#stream.resume();
  }

  #start(): void {
    this.#started = true;
    const stream = this.#stream;
    const error = folderError(stream);
    if (error !== undefined) {
      this.#broke(error);
    } else if (stream.errored) {
      this.#broke(stream.errored);
    } else if (stream.readableEnded || stream.destroyed) {
      this.#end(closed);
    } else {
      this.#ledger?.live.add(this);
      stream.on("data", this.#arrived).once("end", this.#ended).once("close", this.#ended);
      stream.on("error", this.#broke);
      guard(stream);
      this.#hold(this.hasWaiters);
    }
  }

  readonly #arrived = (bytes: Uint8Array | string): void => {
    const chunk = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length >= LIMIT) this.#stream.pause();
    this.notify();
  };

  readonly #ended = (): void => this.#end(closed);

  readonly #broke = (error: Error): void => {
    this.#end(failed(this.#toIoError(error, `read: ${error.message}`)));
  };

  #end(error: StreamError): void {
    this.#error ??= error;
    this.#ledger?.live.delete(this);
    this.notify();
  }

  #hold(isHeld: boolean): void {
    const stream = this.#stream as Holding;
    if (isHeld) stream.ref?.();
    else stream.unref?.();
  }
}

const guarded = new WeakSet<Readable>();

/** What goes wrong with a stream after its guest has gone would end the process if nobody listened. */
function guard(stream: Readable): void {
  if (guarded.has(stream)) return;
  guarded.add(stream);
  stream.on("error", () => {});
}

/** What has become of a stream that is written to, for all guests that write to it: it is listened to once. */
class Outlet {
  readonly sinks: Set<WritableSink> = new Set();
  /** Why nothing can be written any more. */
  error: Error | "closed" | undefined = undefined;

  constructor(stream: Writable) {
    if (stream.errored) this.error = stream.errored;
    else if (stream.destroyed || stream.writableEnded) this.error = "closed";
    stream.on("error", (error) => this.end(error));
    stream.once("close", () => this.end("closed"));
    stream.once("finish", () => this.end("closed"));
  }

  /** Nothing can be written any more. */
  end(error: Error | "closed"): void {
    this.error ??= error;
    for (const sink of this.sinks) sink.end();
  }
}

const outlets = new WeakMap<Writable, Outlet>();

function outletOf(stream: Writable): Outlet {
  const known = outlets.get(stream);
  if (known !== undefined) return known;
  const made = new Outlet(stream);
  outlets.set(stream, made);
  return made;
}

/** Bytes to a Node stream. */
export class WritableSink extends ByteSink implements Abortable {
  readonly #stream: Writable;
  readonly #outlet: Outlet;
  readonly #toIoError: ToIoError;
  #isFlushing = false;
  #isTold = false;
  #pending = 0;
  /** Whether a flush waits: not where its guest can't, whose bytes leave in their order all the same. */
  waits = true;

  /**
   * @param stream where the bytes go to
   * @param ledger the books of the host: when it is closed, the sink is of no use; default is never
   * @param toIoError makes what the guest is given of an error of the stream
   */
  constructor(stream: Writable, ledger?: Ledger, toIoError: ToIoError = plainError) {
    super();
    this.#stream = stream;
    this.#outlet = outletOf(stream);
    this.#toIoError = toIoError;
    this.#outlet.sinks.add(this);
    ledger?.live.add(this);
  }

  override isReady(): boolean {
    return this.#outlet.error !== undefined || (!this.#isFlushing && this.#pending < LIMIT);
  }

  override permit(): number {
    if (this.#outlet.error !== undefined) throw this.#failure(this.#outlet.error);
    return this.#isFlushing ? 0 : Math.max(0, LIMIT - this.#pending);
  }

  override write(bytes: Uint8Array): void {
    // the guest's memory is lent for the call only: when it grows, even the length of what was lent is 0
    const own = new Uint8Array(bytes);
    this.#pending += own.length;
    this.#stream.write(own, (error) => {
      this.#pending -= own.length;
      if (this.#pending === 0) this.#isFlushing = false;
      if (error) this.#outlet.end(error);
      else this.notify();
    });
  }

  override pending(): number {
    return this.#outlet.error === undefined ? this.#pending : 0;
  }

  override unflushed(): number {
    return this.waits ? this.pending() : 0;
  }

  override flush(): void {
    this.#isFlushing = this.waits && this.#pending > 0;
  }

  /** The stream can't be written to any more. */
  end(): void {
    this.notify();
  }

  /** The guest has gone; what it wrote is still written. */
  abort(): void {
    this.#outlet.sinks.delete(this);
  }

  // A failure is told once; after it the stream is closed.
  #failure(error: Error | "closed"): StreamError {
    if (error === "closed" || this.#isTold || GONE.has((error as NodeJS.ErrnoException).code)) return closed;
    this.#isTold = true;
    return failed(this.#toIoError(error, `write: ${error.message}`));
  }
}
