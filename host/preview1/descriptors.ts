/**
 * The descriptors of a preview 1 guest that are ours: listeners, connections and the standard input.
 */
import { Source } from "../io/poll.ts";
import type { ByteSink, ByteSource, StreamError } from "../io/streams.ts";
import type { TcpEndpoint } from "../sockets/tcp.ts";
import { Errno, errnoOf } from "./abi.ts";

/** Ready when `accept` gives a connection or an error. */
class Arrivals extends Source {
  readonly #endpoint: TcpEndpoint;

  constructor(endpoint: TcpEndpoint) {
    super();
    this.#endpoint = endpoint;
    endpoint.onReadiness = () => this.notify();
  }

  override isReady(): boolean {
    return this.#endpoint.isReady();
  }
}

/** A socket that listens. */
export class Listener {
  readonly kind = "listener";
  readonly endpoint: TcpEndpoint;
  /** Ready when a connection waits. */
  readonly readable: Source;
  isNonBlocking: boolean;

  /**
   * @param endpoint listens
   * @param isNonBlocking whether `accept` does not wait
   */
  constructor(endpoint: TcpEndpoint, isNonBlocking: boolean) {
    this.endpoint = endpoint;
    this.isNonBlocking = isNonBlocking;
    this.readable = new Arrivals(endpoint);
  }

  close(): void {
    this.endpoint.close();
  }
}

/** Where bytes come from and go to. */
export class Stream {
  readonly kind = "stream";
  /** The socket; undefined for what is no socket. */
  readonly endpoint: TcpEndpoint | undefined;
  readonly #input: ByteSource;
  readonly #output: ByteSink | undefined;
  // what a peek has taken out of the input
  #peeked: Uint8Array = new Uint8Array(0);
  #failure: unknown = undefined;
  isNonBlocking = false;

  /**
   * @param input where bytes come from
   * @param output where they go to, where they can
   * @param endpoint the socket, where it is one
   */
  constructor(input: ByteSource, output?: ByteSink, endpoint?: TcpEndpoint) {
    this.#input = input;
    this.#output = output;
    this.endpoint = endpoint;
  }

  /** Ready when `read` has bytes, the end, or a failure. */
  get readable(): Source {
    return this.#input;
  }

  /** Ready when `write` takes bytes or fails; undefined where nothing can be written. */
  get writable(): Source | undefined {
    return this.#output;
  }

  /** Whether `read` gives something at once, though `readable` may not say so: what was peeked at. */
  get hasPeeked(): boolean {
    return this.#peeked.length > 0;
  }

  /** Whether both directions have ended, as POLLHUP means it. */
  get isHungUp(): boolean {
    const { endpoint } = this;
    if (endpoint === undefined) return false;
    return endpoint.state !== "connected" || endpoint.connection().socket.destroyed;
  }

  /**
   * Takes bytes.
   *
   * @param max how many at most
   * @returns a view that is valid during the call; `undefined` when there is nothing yet, none at the end
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
    try {
      const bytes = this.#input.read(max);
      return bytes.length === 0 && max > 0 ? undefined : bytes;
    } catch (error) {
      if ((error as StreamError).tag === "closed") return new Uint8Array(0);
      throw errnoOfStream(error);
    }
  }

  /** Makes the next `read` throw what one has thrown. */
  postpone(failure: unknown): void {
    this.#failure = failure;
  }

  /** As `read`, and the bytes stay. */
  peek(max: number): Uint8Array | undefined {
    if (this.#peeked.length === 0) {
      const bytes = this.read(max);
      if (bytes === undefined) return undefined;
      this.#peeked = Uint8Array.from(bytes);
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
      const taken = Math.min(this.#output.permit(), bytes.length);
      if (taken > 0) this.#output.write(bytes.subarray(0, taken));
      return taken;
    } catch (error) {
      if ((error as StreamError).tag === "closed") throw Errno.pipe;
      throw errnoOfStream(error);
    }
  }

  close(): void {
    if (this.endpoint === undefined) this.#input.close();
    else this.endpoint.close();
  }
}

/** What a descriptor stands for. */
export type Descriptor = Listener | Stream;

function errnoOfStream(error: unknown): Errno {
  const { tag, val } = error as { tag?: unknown; val?: { code?: string | undefined } };
  if (tag !== "last-operation-failed") throw error;
  return errnoOf(val?.code);
}
