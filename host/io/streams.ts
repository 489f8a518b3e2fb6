/**
 * `wasi:io/streams` and `wasi:io/error` over small sources and sinks of bytes.
 */
import type * as wit from "../wit/wasi02.ts";
import { Owner } from "./owner.ts";
import { Pollable, Source } from "./poll.ts";
import { trapError } from "./trap.ts";

/** `wasi:io/error.error`: why an operation on a stream failed. */
export class IoError implements wit.IoError {
  /** The name of errno for the failure, where it is one of the network. */
  readonly code: string | undefined;
  readonly #message: string;

  /**
   * @param message what was tried and what came of it
   * @param code the name of errno for a failure of the network
   */
  constructor(message: string, code?: string) {
    this.#message = message;
    this.code = code;
  }

  /** The failure in words, for people; its form may change. */
  toDebugString(): string {
    return this.#message;
  }

  /** Nothing to let go of. */
  [Symbol.dispose](): void {}
}

/** `wasi:io/streams.stream-error`, as it is thrown. */
export type StreamError = { tag: "closed" } | { tag: "last-operation-failed"; val: IoError };

/** Thrown by a stream that is closed. */
export const closed: StreamError = Object.freeze({ tag: "closed" });

/** Whether what a stream has thrown says that it is closed. */
export function isClosed(thrown: unknown): boolean {
  return (thrown as { readonly tag?: unknown } | null | undefined)?.tag === "closed";
}

/** Thrown by a stream whose operation failed. */
export function failed(error: IoError): StreamError {
  return { tag: "last-operation-failed", val: error };
}

/** Where bytes come from. Ready when `read` would give bytes or throw. */
export abstract class ByteSource extends Source {
  /**
   * Takes what is there.
   *
   * @param max how many bytes at most; with 0 only the state is looked at
   * @returns a view that is valid until the next call or event; empty when nothing is there yet
   * @throws a {@link StreamError} when the stream ended or failed
   */
  abstract read(max: number): Uint8Array;
  /**
   * As `read`, into memory of the caller.
   *
   * @param into at least `length` bytes from `at` on
   * @returns how many bytes are there now
   */
  readInto(into: Uint8Array, at: number, length: number): number {
    const bytes = this.read(length);
    into.set(bytes, at);
    return bytes.length;
  }
  /**
   * Gives the bytes that were just read to whoever read them, where that can be: `true` says that they are the
   * caller's, and not only until the next call. Where they must be copied, a source that can gives away more of them
   * from then on.
   */
  takeOwnership(): boolean {
    return false;
  }
  /** Takes bytes back that were read last; a source of which nothing is read ahead has no need to. */
  unread(_bytes: Uint8Array): void {
    throw new Error("this stream takes nothing back");
  }
  /** How many bytes `read` would give at least, if it were called now. */
  available(): number {
    return 0;
  }
  /** The reader goes away. */
  abstract close(): void;
}

/** Where bytes go to. Ready when `permit` is above zero or throws. */
export abstract class ByteSink extends Source {
  /**
   * How many bytes `write` takes now.
   *
   * @throws a {@link StreamError} when the stream is closed or failed
   */
  abstract permit(): number;
  /** How many bytes `write` takes of those that were permitted before; default as `permit`. */
  claimable(): number {
    return this.permit();
  }
  /**
   * Takes bytes, at most as many as were permitted.
   *
   * @param bytes valid during the call only
   * @throws a {@link StreamError} when the stream is closed or failed
   */
  abstract write(bytes: Uint8Array): void;
  /** How many bytes were taken and have not reached the operating system yet. */
  abstract pending(): number;
  /** How many of them a flush waits for; default all. */
  unflushed(): number {
    return this.pending();
  }
  /** From now on `permit` is 0 until nothing is pending. */
  abstract flush(): void;
  /** The writer goes away; what was taken is still delivered. */
  close(): void {
    this.flush();
  }
}

/** A view of no bytes. */
export const noBytes: Uint8Array = new Uint8Array(0);
/** The largest piece of zeroes or spliced bytes that is handled at once. */
const PIECE = 65536;
const ZEROES = new Uint8Array(PIECE);

/** A `u64` length as a number; lengths beyond 2^31 are cut, as no call moves that much at once. */
function toLength(length: bigint): number {
  return length > 0x7fffffffn ? 0x7fffffff : Number(length);
}

/** `wasi:io/streams.input-stream`. */
export class InputStream implements wit.InputStream {
  /** Where the bytes come from; also what the pollables of the stream ask. */
  readonly source: ByteSource;
  readonly #parent: Owner;
  readonly #self: Owner;
  #open = true;

  /**
   * @param source where the bytes come from
   * @param parent the resource that must outlive the stream
   */
  constructor(source: ByteSource, parent: Owner) {
    this.source = source;
    this.#parent = parent;
    this.#self = new Owner(parent.ledger, "input-stream");
    parent.ledger.claimStream();
    parent.adopt();
  }

  /**
   * Takes what is there.
   *
   * @returns a view of at most `len` bytes, valid until the next call or event; empty when nothing is there
   * @throws `closed`, `last-operation-failed`
   */
  read(len: bigint): Uint8Array {
    return this.source.read(toLength(len));
  }

  /** As `read`, but waits until there is at least one byte; with `len` 0 it waits for nothing. */
  blockingRead(len: bigint): Uint8Array | Promise<Uint8Array> {
    const bytes = this.source.read(toLength(len));
    if (bytes.length > 0 || len === 0n) return bytes;
    return this.#whenReadable(() => this.blockingRead(len));
  }

  /** As `read`, but only says how many bytes it took. */
  skip(len: bigint): bigint {
    return BigInt(this.source.read(toLength(len)).length);
  }

  /** As `blockingRead`, but only says how many bytes it took. */
  blockingSkip(len: bigint): bigint | Promise<bigint> {
    const skipped = this.skip(len);
    if (skipped > 0n || len === 0n) return skipped;
    return this.#whenReadable(() => this.blockingSkip(len));
  }

  /** A pollable that is ready when `read` gives bytes or an error. */
  subscribe(): Pollable {
    return new Pollable(this.source, this.#self);
  }

  /** Drops the stream, and with it this direction. Traps while a pollable of it lives. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#self.assertChildless();
    this.#open = false;
    this.source.close();
    this.#parent.ledger.streams--;
    this.#parent.release();
  }

  #whenReadable<T>(then: () => T | Promise<T>): Promise<T> {
    return whenReady(this.source, this.#self, then);
  }
}

/** `wasi:io/streams.output-stream`. */
export class OutputStream implements wit.OutputStream {
  /** Where the bytes go to; also what the pollables of the stream ask. */
  readonly sink: ByteSink;
  readonly #parent: Owner;
  readonly #self: Owner;
  #open = true;
  /** What is left of what `checkWrite` gave last. */
  #permit = 0;

  /**
   * @param sink where the bytes go to
   * @param parent the resource that must outlive the stream
   */
  constructor(sink: ByteSink, parent: Owner) {
    this.sink = sink;
    this.#parent = parent;
    this.#self = new Owner(parent.ledger, "output-stream");
    parent.ledger.claimStream();
    parent.adopt();
  }

  /** How many bytes `write` takes now. Throws `closed`, `last-operation-failed`. */
  checkWrite(): bigint {
    this.#permit = this.sink.permit();
    return BigInt(this.#permit);
  }

  /**
   * Takes bytes; traps when they are more than what `checkWrite` permitted and no write has used since.
   *
   * @param contents valid during the call only: a view of wasm memory is fine
   * @throws `closed`, `last-operation-failed`
   */
  write(contents: Uint8Array): void {
    this.#claim(contents.length);
    if (contents.length > 0) this.sink.write(contents);
  }

  /** Writes up to 4,096 bytes as the permit allows, then waits until they have left. */
  blockingWriteAndFlush(contents: Uint8Array): void | Promise<void> {
    const length = contents.length;
    if (length === 0 || this.checkWrite() >= length) {
      this.write(contents);
      return this.blockingFlush();
    }
    // The caller's memory is not ours once we wait.
    return this.#writeAll(new Uint8Array(contents));
  }

  /** Asks for everything written so far to leave; until it has, `checkWrite` gives 0. */
  flush(): void {
    this.sink.permit();
    this.#permit = 0;
    this.sink.flush();
  }

  /** As `flush`, and waits for it. */
  blockingFlush(): void | Promise<void> {
    this.flush();
    return this.#whenFlushed();
  }

  /** A pollable that is ready when `checkWrite` gives more than 0, or an error. */
  subscribe(): Pollable {
    return new Pollable(this.sink, this.#self);
  }

  /** As `write` with that many zero bytes. */
  writeZeroes(len: bigint): void {
    const length = toLength(len);
    this.#claim(length);
    for (let left = length; left > 0; left -= PIECE) {
      this.sink.write(left < PIECE ? ZEROES.subarray(0, left) : ZEROES);
    }
  }

  /** As `blockingWriteAndFlush` with that many zero bytes. */
  blockingWriteZeroesAndFlush(len: bigint): void | Promise<void> {
    if (this.checkWrite() >= len) {
      this.writeZeroes(len);
      return this.blockingFlush();
    }
    return this.#writeAll(len);
  }

  /**
   * Moves what is there in `src`, at most `len` bytes and at most what is permitted.
   *
   * @returns how many bytes were moved
   * @throws `closed`, `last-operation-failed`, of either stream
   */
  splice(src: InputStream, len: bigint): bigint {
    // a guest whose requests over HTTP somebody else serves has streams of theirs too
    if (!(src instanceof InputStream)) {
      throw new Error("a body of HTTP can't be spliced into this stream: read the one, and write the other");
    }
    const permit = Math.min(this.sink.permit(), toLength(len), PIECE);
    const bytes = src.source.read(permit);
    if (bytes.length > 0) this.sink.write(bytes);
    return BigInt(bytes.length);
  }

  /** As `splice`, but waits until at least one byte can be moved. */
  blockingSplice(src: InputStream, len: bigint): bigint | Promise<bigint> {
    if (len > 0n && this.sink.permit() === 0) {
      return whenReady(this.sink, this.#self, () => this.blockingSplice(src, len));
    }
    const moved = this.splice(src, len);
    if (moved > 0n || len === 0n) return moved;
    return whenReady(src.source, this.#self, () => this.blockingSplice(src, len));
  }

  /** Drops the stream, and with it this direction, after what was written. Traps while a pollable of it lives. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#self.assertChildless();
    this.#open = false;
    this.sink.close();
    this.#parent.ledger.streams--;
    this.#parent.release();
  }

  #claim(length: number): void {
    // A stream that is closed says so, whatever it had permitted before.
    const now = this.sink.claimable();
    const permit = Math.min(now, this.#permit);
    if (length > now && length <= this.#permit) {
      // others have taken what was permitted
      const what = "output-stream.write: the guest has queued as many bytes as it may";
      throw failed(new IoError(what, "ENOMEM"));
    }
    if (length > permit) {
      throw trapError(`output-stream.write: ${length} bytes were written where ${permit} are permitted`);
    }
    this.#permit = permit - length;
  }

  /** Writes bytes, or so many zeroes, as the permit allows. */
  async #writeAll(what: Uint8Array | bigint): Promise<void> {
    const length = BigInt(what instanceof Uint8Array ? what.length : what);
    for (let at = 0n; at < length; ) {
      const piece = what instanceof Uint8Array ? what.length : PIECE;
      const permit = Math.min(this.sink.permit(), toLength(length - at), piece);
      if (permit === 0) {
        await whenReady(this.sink, this.#self, nothing);
        continue;
      }
      const from = Number(at);
      this.sink.write(
        what instanceof Uint8Array ? what.subarray(from, from + permit) : ZEROES.subarray(0, permit),
      );
      at += BigInt(permit);
    }
    await this.blockingFlush();
  }

  #whenFlushed(): void | Promise<void> {
    if (this.sink.unflushed() === 0) {
      this.checkWrite();
      return;
    }
    return whenReady(this.sink, this.#self, () => this.#whenFlushed());
  }
}

function nothing(): void {}

/** Waits for a source, then goes on in the same event, so that what is read then is not copied first. */
function whenReady<T>(source: Source, owner: Owner, then: () => T | Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const waits = owner.ledger.waits;
    const waiter = {
      wake(): void {
        if (!source.isReady()) return;
        source.removeWaiter(waiter);
        waits.delete(waiter);
        owner.release();
        owner.ledger.turned();
        try {
          resolve(then());
        } catch (error) {
          reject(error);
        }
      },
      abort(reason: Error): void {
        source.removeWaiter(waiter);
        waits.delete(waiter);
        owner.release();
        reject(reason);
      },
    };
    owner.ledger.begin(waiter);
    owner.adopt();
    source.addWaiter(waiter);
  });
}
