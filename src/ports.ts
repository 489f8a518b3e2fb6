/** Ports: a connection's two directions as Node streams. */
import { Readable, Writable } from "node:stream";
import { EBADF, WINDOW_SIZE } from "./core.ts";
import { NetError } from "./errors.ts";
import { sendAll, startReceive } from "./message.ts";
import { type Socket, shutdown } from "./socket.ts";

type Done = (error?: Error | null) => void;

/** A socket is closed when neither of its ports needs it any more. */
class Pair {
  readonly #socket: Socket;
  #open = 2;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Notes that a port has ended. */
  leave(): void {
    if (--this.#open === 0) void this.#socket.close();
  }
}

/**
 * The bytes that come from the peer.
 *
 * It reads ahead at most `highWaterMark` bytes (default 64 KiB); a peer that sends more is held back by
 * TCP. Destroying it before its end gives up the input: what still comes is discarded.
 */
export class InputPort extends Readable {
  readonly #socket: Socket;
  readonly #pair: Pair | undefined;
  #reading = false;

  /** @param socket a connected stream socket */
  constructor(socket: Socket, pair?: unknown) {
    super({ highWaterMark: WINDOW_SIZE, emitClose: true });
    this.#socket = socket;
    this.#pair = pair instanceof Pair ? pair : undefined;
  }

  override _read(): void {
    if (this.#reading) return;
    // closed by this side: as with a net.Socket that was destroyed, that is an end and no error
    if (this.#socket.closed) {
      this.destroy();
      return;
    }
    this.#reading = true;
    startReceive(this.#socket, WINDOW_SIZE, null, 0, undefined, (result, error) => {
      this.#reading = false;
      if (this.destroyed) return;
      if (error !== undefined) this.destroy(error as Error);
      else if (this.#socket.closed) this.destroy();
      else if (typeof result === "number") this.destroy(new NetError(result, { syscall: "recv" }));
      else this.push(result.length === 0 ? null : result);
    });
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.#socket.closed && !this.readableEnded) shutdown(this.#socket, "read");
    this.#pair?.leave();
    done(error);
  }
}

/**
 * The bytes that go to the peer. Ending it half-closes the connection: the peer reads end of stream, and
 * can still be read from.
 */
export class OutputPort extends Writable {
  readonly #socket: Socket;
  readonly #pair: Pair | undefined;

  /** @param socket a connected stream socket */
  constructor(socket: Socket, pair?: unknown) {
    super({ highWaterMark: WINDOW_SIZE, emitClose: true });
    this.#socket = socket;
    this.#pair = pair instanceof Pair ? pair : undefined;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (this.#socket.closed) {
      done(new NetError(-EBADF, { syscall: "send" }));
      return;
    }
    sendAll(this.#socket, chunk, (result, error) => {
      if (error !== undefined) done(error as Error);
      else if (this.#socket.closed) this.destroy();
      else if (result < 0) done(new NetError(result, { syscall: "send" }));
      else if (result < chunk.length) done(new NetError(-32, { syscall: "send" }));
      else done();
    });
  }

  override _final(done: Done): void {
    if (!this.#socket.closed) shutdown(this.#socket, "write");
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#pair?.leave();
    done(error);
  }
}

/** The two ports of a connection; the socket is closed when both have ended or were destroyed. */
export function portsOf(socket: Socket): [InputPort, OutputPort] {
  const pair = new Pair(socket);
  return [new InputPort(socket, pair), new OutputPort(socket, pair)];
}
