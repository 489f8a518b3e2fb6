/** Ports: a connection's two directions as Node streams. */
import { Readable, Writable } from "node:stream";
import { throwLater } from "../host/io/uncaught.ts";
import { fixedLength, requireBytes } from "./calls/message.ts";
import { copied, receiveSome } from "./calls/receive.ts";
import { sendAll } from "./calls/send.ts";
import { shutDown } from "./calls/sockets.ts";
import { EBADF, EPIPE, WINDOW_SIZE } from "./core.ts";
import { type Endpoint, onClose, requireSocket } from "./endpoint.ts";
import { NetError } from "./errors.ts";

type Done = (error?: Error | null) => void;

const NO_BYTES = Buffer.alloc(0);

/** What the streams of Node tell in the midst of what they do. */
const STEPS: ReadonlySet<string | symbol> = new Set([
  ...["data", "readable", "end", "error", "close", "drain", "finish"],
]);

/** Emits: where a listener throws, a stream doesn't get to what it does next, such as asking for more, or closing. */
function emitSafely(stream: Readable | Writable, name: string | symbol, emit: () => boolean): boolean {
  if (!STEPS.has(name)) return emit();
  try {
    return emit();
  } catch (error) {
    throwLater(error);
    return stream.listenerCount(name) > 0;
  }
}

/** Bytes with an ArrayBuffer of their own, which the caller may transfer; all else as it is. */
function ownedBytes(chunk: unknown): unknown {
  if (!(chunk instanceof Uint8Array) || chunk.length === chunk.buffer.byteLength) return chunk;
  return copied(chunk);
}

/** One direction of a connection as a stream of some kind. */
export interface Port {
  /** Called when the socket is closed. */
  destroy(): void;
}

/** The ports of one socket: they end with it, and once both directions had one it ends with the last. */
export class Ports {
  readonly #open = new Set<Port>();
  readonly #socket: Endpoint;
  #hadInput = false;
  #hadOutput = false;

  private constructor(socket: Endpoint) {
    this.#socket = socket;
    onClose(socket, () => {
      for (const port of this.#open) port.destroy();
    });
  }

  static readonly #ofSocket = new WeakMap<Endpoint, Ports>();

  /** The ports of a socket. */
  static of(socket: Endpoint): Ports {
    let ports = Ports.#ofSocket.get(socket);
    if (ports === undefined) {
      ports = new Ports(socket);
      Ports.#ofSocket.set(socket, ports);
    }
    return ports;
  }

  /** Notes a new port. */
  add(port: Port, direction: "input" | "output"): void {
    this.#open.add(port);
    if (direction === "input") this.#hadInput = true;
    else this.#hadOutput = true;
  }

  /** Notes that a port has ended. */
  remove(port: Port): void {
    this.#open.delete(port);
    if (this.#open.size === 0 && this.#hadInput && this.#hadOutput) void this.#socket.close();
  }
}

/** Ends the input of a connection, when that is still open: what still comes is discarded. */
export function endInput(socket: Endpoint): void {
  if (!socket.closed) shutDown(socket, "read");
}

/** Ends the output of a connection, when that is still open: the peer reads end of stream. */
export function endOutput(socket: Endpoint): void {
  if (!socket.closed) shutDown(socket, "write");
}

/**
 * The bytes that come from the peer.
 *
 * It reads ahead at most `highWaterMark` bytes (64 KiB); a peer that sends more is held back by TCP.
 * Destroying it before its end gives up the input: what still comes is discarded. Closing the socket
 * destroys it; when the output has a port too, the socket is closed with the later of the two. What came before the
 * connection broke is read first, then the error is emitted. A listener that throws stops nothing: what it has thrown
 * is the process' `uncaughtException`.
 */
export class InputPort extends Readable {
  readonly #socket: Endpoint;
  #isReading = false;
  /** Whether what is given now may be a part of what was read ahead. */
  #mayShare = false;
  /** Why there is no more, where bytes that came before are still to be read. */
  #failure: Error | undefined = undefined;

  /**
   * @param socket a connected stream socket
   * @throws TypeError when it is no socket
   */
  constructor(socket: Endpoint) {
    super({ highWaterMark: WINDOW_SIZE });
    this.#socket = requireSocket(socket);
    Ports.of(socket).add(this, "input");
  }

  override _read(): void {
    if (this.#isReading) return;
    if (this.#socket.closed) {
      this.destroy(new NetError(-EBADF, { syscall: "recv" }));
      return;
    }
    if (this.#failure !== undefined) {
      this.#fail(this.#failure);
      return;
    }
    this.#isReading = true;
    receiveSome(this.#socket, (result, error) => {
      this.#isReading = false;
      if (this.destroyed) return;
      if (error !== undefined) this.#fail(error as Error);
      else if (typeof result === "number") this.#fail(new NetError(result, { syscall: "recv" }));
      else this.push(result.length === 0 ? null : result);
    });
  }

  // A stream that is destroyed forgets what it has read ahead. So as long as there is some it is told that nothing has
  // come, which makes it ask again when that is read.
  #fail(failure: Error): void {
    this.#failure = failure;
    if (this.readableLength > 0) this.push(NO_BYTES);
    else this.destroy(failure);
  }

  // Readable cuts and joins what it has read ahead, unless it flows; what it gives then shares its memory.
  override read(size?: number): ReturnType<Readable["read"]> {
    if (this.readableFlowing === true && size === undefined) return super.read();
    const outer = this.#mayShare;
    this.#mayShare = true;
    try {
      return ownedBytes(super.read(size));
    } finally {
      this.#mayShare = outer;
    }
  }

  override emit(name: string | symbol, ...args: unknown[]): boolean {
    if (this.#mayShare && name === "data") args[0] = ownedBytes(args[0]);
    return emitSafely(this, name, () => super.emit(name as "close", ...(args as [])));
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.readableEnded) endInput(this.#socket);
    Ports.of(this.#socket).remove(this);
    done(error);
  }
}

/**
 * The bytes that go to the peer. Ending it half-closes the connection: the peer reads end of stream, and
 * can still be read from; so does destroying it, which gives up what was not sent yet. Closing the socket
 * destroys it; when the input has a port too, the socket is closed with the later of the two.
 */
export class OutputPort extends Writable {
  readonly #socket: Endpoint;

  /**
   * @param socket a connected stream socket
   * @throws TypeError when it is no socket
   */
  constructor(socket: Endpoint) {
    super({ highWaterMark: WINDOW_SIZE });
    this.#socket = requireSocket(socket);
    Ports.of(socket).add(this, "output");
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (this.#socket.closed) {
      done(new NetError(-EBADF, { syscall: "send" }));
      return;
    }
    const { length } = chunk;
    try {
      requireBytes(chunk);
      sendAll(this.#socket, chunk, (result, error) => {
        if (error !== undefined) done(error as Error);
        else if (result === length) done();
        // what was sent before it broke or was closed is of no use to a stream
        else
          done(
            new NetError(result < 0 ? result : this.#socket.closed ? -EBADF : -EPIPE, { syscall: "send" }),
          );
      });
    } catch (error) {
      done(error as Error);
    }
  }

  // What waits for its turn must not change its length unnoticed.
  override write(chunk: unknown, callback?: Done): boolean;
  override write(chunk: unknown, encoding: BufferEncoding, callback?: Done): boolean;
  override write(chunk: unknown, ...rest: unknown[]): boolean {
    return super.write(fixedLength(chunk), ...(rest as []));
  }

  override end(callback?: () => void): this;
  override end(chunk: unknown, callback?: () => void): this;
  override end(chunk: unknown, encoding: BufferEncoding, callback?: () => void): this;
  override end(chunk?: unknown, ...rest: unknown[]): this {
    return super.end(fixedLength(chunk), ...(rest as []));
  }

  override emit(name: string | symbol, ...args: unknown[]): boolean {
    return emitSafely(this, name, () => super.emit(name as "close", ...(args as [])));
  }

  override _final(done: Done): void {
    endOutput(this.#socket);
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.writableFinished) endOutput(this.#socket);
    Ports.of(this.#socket).remove(this);
    done(error);
  }
}
