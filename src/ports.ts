/** Ports: a connection's two directions as Node streams. */
import { Readable, Writable } from "node:stream";
import { EBADF, EPIPE, WINDOW_SIZE } from "./core.ts";
import { NetError } from "./errors.ts";
import { receiveSome } from "./receive.ts";
import { sendAll } from "./send.ts";
import { onClose, requireSocket, type Socket, shutdown } from "./socket.ts";

type Done = (error?: Error | null) => void;

/** The ports of one socket: they end with it, and once both directions had one it ends with the last. */
class Ports {
  readonly #open = new Set<InputPort | OutputPort>();
  readonly #socket: Socket;
  #hadInput = false;
  #hadOutput = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    onClose(socket, () => {
      for (const port of this.#open) port.destroy();
    });
  }

  static readonly #ofSocket = new WeakMap<Socket, Ports>();

  /** The ports of a socket. */
  static of(socket: Socket): Ports {
    let ports = Ports.#ofSocket.get(socket);
    if (ports === undefined) {
      ports = new Ports(socket);
      Ports.#ofSocket.set(socket, ports);
    }
    return ports;
  }

  /** Notes a new port. */
  add(port: InputPort | OutputPort): void {
    this.#open.add(port);
    if (port instanceof InputPort) this.#hadInput = true;
    else this.#hadOutput = true;
  }

  /** Notes that a port has ended. */
  remove(port: InputPort | OutputPort): void {
    this.#open.delete(port);
    if (this.#open.size === 0 && this.#hadInput && this.#hadOutput) void this.#socket.close();
  }
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
    Ports.of(socket).add(this);
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
    if (!this.#socket.closed && !this.readableEnded) shutdown(this.#socket, "read");
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
    Ports.of(socket).add(this);
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
    if (!this.#socket.closed) shutdown(this.#socket, "write");
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.#socket.closed && !this.writableFinished) shutdown(this.#socket, "write");
    Ports.of(this.#socket).remove(this);
    done(error);
  }
}
