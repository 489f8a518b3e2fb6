/** Ports: a connection's two directions as Node streams. */
import { Readable, Writable } from "node:stream";
import { receiveSome } from "./calls/receive.ts";
import { sendAll } from "./calls/send.ts";
import { shutDown } from "./calls/sockets.ts";
import { EBADF, EPIPE, WINDOW_SIZE } from "./core.ts";
import { type Endpoint, onClose, requireSocket } from "./endpoint.ts";
import { NetError } from "./errors.ts";
import type { Socket } from "./socket.ts";

type Done = (error?: Error | null) => void;

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
 * destroys it; when the output has a port too, the socket is closed with the later of the two.
 */
export class InputPort extends Readable {
  readonly #socket: Socket;
  #isReading = false;

  /**
   * @param socket a connected stream socket
   * @throws TypeError when it is no socket
   */
  constructor(socket: Socket) {
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
    this.#isReading = true;
    receiveSome(this.#socket, (result, error) => {
      this.#isReading = false;
      if (this.destroyed) return;
      if (error !== undefined) this.destroy(error as Error);
      else if (typeof result === "number") this.destroy(new NetError(result, { syscall: "recv" }));
      else this.push(result.length === 0 ? null : result);
    });
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
  readonly #socket: Socket;

  /**
   * @param socket a connected stream socket
   * @throws TypeError when it is no socket
   */
  constructor(socket: Socket) {
    super({ highWaterMark: WINDOW_SIZE });
    this.#socket = requireSocket(socket);
    Ports.of(socket).add(this, "output");
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (this.#socket.closed) {
      done(new NetError(-EBADF, { syscall: "send" }));
      return;
    }
    sendAll(this.#socket, chunk, (result, error) => {
      if (error !== undefined) done(error as Error);
      else if (result === chunk.length) done();
      // what was sent before it broke or was closed is of no use to a stream
      else
        done(new NetError(result < 0 ? result : this.#socket.closed ? -EBADF : -EPIPE, { syscall: "send" }));
    });
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
