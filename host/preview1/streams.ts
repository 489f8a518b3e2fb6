/**
 * The descriptors of a preview 1 guest that are no files: standard streams, connections and listeners.
 */

import { isClosed } from "../io/streams.ts";
import type { InputStream, OutputStream, Pollable, StreamError, TcpSocket } from "../wit/wasi02.ts";
import { Errno, errnoOf, FileType } from "./abi.ts";
import type { Faces } from "./faces.ts";

const NO_BYTES = new Uint8Array(0);

/** A socket that listens. */
export class Listener {
  readonly kind = "listener";
  readonly type: number = FileType.socketStream;
  readonly socket: TcpSocket;
  #readable: Pollable | undefined = undefined;

  constructor(socket: TcpSocket) {
    this.socket = socket;
  }

  /** Ready when a connection waits. */
  get readable(): Pollable {
    this.#readable ??= this.socket.subscribe();
    return this.#readable;
  }

  close(): void {
    this.#readable?.[Symbol.dispose]();
    this.socket[Symbol.dispose]();
  }
}

/** What a {@link Stream} is made of. */
export interface Parts {
  readonly input?: InputStream;
  readonly output?: OutputStream;
  readonly socket?: TcpSocket;
  /** Its `filetype`. */
  readonly type: number;
}

/** Where bytes come from and go to. */
export class Stream {
  readonly kind = "stream";
  readonly type: number;
  /** The socket; undefined for what is no socket. */
  readonly socket: TcpSocket | undefined;
  readonly #faces: Faces;
  readonly #input: InputStream | undefined;
  readonly #output: OutputStream | undefined;
  #readable: Pollable | undefined = undefined;
  #writable: Pollable | undefined = undefined;
  /** What a peek has taken out of the input. */
  #peeked: Uint8Array = NO_BYTES;
  #failure: unknown = undefined;

  constructor(faces: Faces, { input, output, socket, type }: Parts) {
    this.#faces = faces;
    this.#input = input;
    this.#output = output;
    this.socket = socket;
    this.type = type;
  }

  /** Ready when `read` has bytes, the end, or a failure; undefined where nothing can be read. */
  get readable(): Pollable | undefined {
    this.#readable ??= this.#input?.subscribe();
    return this.#readable;
  }

  /** Ready when `write` takes bytes or fails; undefined where nothing can be written. */
  get writable(): Pollable | undefined {
    this.#writable ??= this.#output?.subscribe();
    return this.#writable;
  }

  /** Whether `read` gives something at once, though `readable` may not say so: what was peeked at, or a failure. */
  get isReadableNow(): boolean {
    return this.#peeked.length > 0 || this.#failure !== undefined;
  }

  /** Whether both directions of a connection have ended, as POLLHUP means it. */
  get isHungUp(): boolean {
    if (this.socket === undefined || this.isReadableNow) return false;
    try {
      this.#input?.read(0n);
      return false;
    } catch (error) {
      // a failure is told once, and it is the next read that is to tell it
      if (!isClosed(error)) this.postpone(errnoOfStream(this.#faces, error));
    }
    try {
      this.#output?.checkWrite();
      return false;
    } catch {
      return true;
    }
  }

  /**
   * Takes bytes.
   *
   * @param max how many at most
   * @returns a view that is valid until the next call; `undefined` when there is nothing yet, none at the end
   * @throws {@link Errno}, as a number
   */
  read(max: number): Uint8Array | undefined {
    if (this.#peeked.length > 0) {
      const bytes = this.#peeked.subarray(0, max);
      this.#peeked = this.#peeked.subarray(bytes.length);
      return bytes;
    }
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#failure = undefined;
      throw failure;
    }
    if (this.#input === undefined) throw Errno.badf;
    try {
      const bytes = this.#input.read(BigInt(max));
      return bytes.length === 0 ? undefined : bytes;
    } catch (error) {
      if (isClosed(error)) return NO_BYTES;
      throw errnoOfStream(this.#faces, error);
    }
  }

  /** Makes the next `read` throw what one has thrown. */
  postpone(failure: unknown): void {
    this.#failure = failure;
  }

  /** As `read`, and the bytes stay: of what came since the last peek, as many as are asked for. */
  peek(max: number): Uint8Array | undefined {
    const had = this.#peeked;
    if (had.length < max) {
      this.#peeked = NO_BYTES;
      try {
        const bytes = this.read(max - had.length);
        if (bytes === undefined) {
          if (had.length === 0) return undefined;
          this.#peeked = had;
        } else {
          const joined = new Uint8Array(had.length + bytes.length);
          joined.set(had);
          joined.set(bytes, had.length);
          this.#peeked = joined;
        }
      } catch (error) {
        if (had.length === 0) throw error;
        this.#peeked = had;
        this.postpone(error);
      }
    }
    return this.#peeked.subarray(0, max);
  }

  /**
   * Hands bytes over.
   *
   * @returns how many were taken: 0 when it has to be waited for
   * @throws {@link Errno}, as a number
   */
  write(bytes: Uint8Array): number {
    if (this.#output === undefined) throw Errno.badf;
    try {
      const permit = this.#output.checkWrite();
      const taken = permit < bytes.length ? Number(permit) : bytes.length;
      if (taken > 0) this.#output.write(bytes.subarray(0, taken));
      return taken;
    } catch (error) {
      if (isClosed(error)) throw Errno.pipe;
      throw errnoOfStream(this.#faces, error);
    }
  }

  /** Lets go of everything; what was written is still delivered. */
  close(): void {
    for (const part of [this.#readable, this.#writable, this.#input, this.#output, this.socket]) {
      part?.[Symbol.dispose]();
    }
  }
}

function errnoOfStream(faces: Faces, error: unknown): Errno {
  const { val } = (error ?? {}) as Partial<StreamError>;
  if (val === undefined) throw error;
  const code =
    faces["wasi:sockets/network"].networkErrorCode(val) ??
    faces["wasi:filesystem/types"]?.filesystemErrorCode(val);
  val[Symbol.dispose]();
  return errnoOf(code);
}
