/**
 * The sending direction of a TCP connection: back-pressure by permits, and half-close.
 */
import { events } from "../events/channels.ts";
import { ByteSink, closed, failed } from "../io/streams.ts";
import type { Transport } from "../network/network.ts";
import type { SocketContext } from "./context.ts";
import { type ConnectionEvents, type Direction, tellTransfer } from "./tcp-direction.ts";
import type { Failure } from "./tcp-failure.ts";

/** What a connection may take that holds nothing, where all together hold too much; see `Caps.queuedBytes`. */
const LEAST_PERMIT = 4096;

/**
 * The sending direction. The kernel's full buffer and the host's caps are back-pressure: `permit` is 0 until they have room.
 */
export class TcpOutput extends ByteSink {
  #state: Direction = "open";
  #failure: Failure | undefined = undefined;
  #isFlushing = false;
  #isDrainAwaited = false;
  #counted = 0;
  readonly #transport: Transport;
  readonly #context: SocketContext;
  readonly #self: ConnectionEvents;

  /**
   * @param transport the connection
   * @param context what all sockets of the host share
   * @param self whose bytes they are
   */
  constructor(transport: Transport, context: SocketContext, self: ConnectionEvents) {
    super();
    this.#self = self;
    this.#transport = transport;
    this.#context = context;
  }

  override isReady(): boolean {
    if (this.#state !== "open") return true;
    return this.#permit() > 0;
  }

  override permit(): number {
    if (this.#state !== "open") throw this.#takeFailure();
    return this.#permit();
  }

  /** What was permitted may be written, though the kernel has taken only a part of it meanwhile. */
  override claimable(): number {
    if (this.#state !== "open") throw this.#takeFailure();
    return this.#room();
  }

  override write(bytes: Uint8Array): void {
    if (this.#state !== "open") throw this.#takeFailure();
    const transport = this.#transport;
    if (transport.destroyed) throw closed;
    if (events.tcpSend.hasSubscribers) tellTransfer(events.tcpSend, this.#self, bytes.length);
    const taken = transport.sendAtOnce?.(bytes) ?? 0;
    if (taken === bytes.length) return;
    if (taken < 0) throw this.#takeFailure();
    const copy = this.#context.buffers.copy(taken === 0 ? bytes : bytes.subarray(taken));
    if (!transport.send(copy)) throw this.#takeFailure();
    // Nothing is queued when the kernel took all of it: then nobody looks at the copy again.
    const { queued } = transport;
    if (queued === 0) this.#context.buffers.reuse(copy);
    else {
      this.#count(queued);
      this.#awaitDrain();
    }
  }

  override pending(): number {
    return this.#transport.queued;
  }

  override flush(): void {
    if (this.#transport.queued > 0) this.#isFlushing = true;
  }

  /** Half-close: behind what was written the peer reads the end of the stream, and this end goes on receiving. */
  override close(): void {
    if (this.#state === "open") this.#transport.end();
    this.#state = "closed";
    this.notify();
  }

  /** The connection broke; without a failure, that nobody reads any more is all that is to be told. */
  fail(failure: Failure | undefined): void {
    if (this.#state !== "open") return;
    this.#state = failure === undefined ? "closed" : "failed";
    this.#failure = failure;
    this.notify();
  }

  /** The descriptor is closed: nothing is queued any more. */
  gone(): void {
    this.#count(0);
  }

  #permit(): number {
    const { queued, sendAtOnce } = this.#transport;
    // Where the kernel says what it takes, it has refused some of what is queued: more would only be copied to wait.
    return queued > 0 && sendAtOnce !== undefined ? 0 : this.#room();
  }

  #room(): number {
    if (this.#isFlushing) return 0;
    const { caps, ledger } = this.#context;
    const { queued } = this.#transport;
    const own = Math.max(0, caps.outputBytes - queued);
    const room = ledger.queueRoom;
    if (own <= room) return own;
    // a connection that holds nothing gets on, however slow the peers of the others are
    return queued === 0 ? Math.min(own, Math.max(room, LEAST_PERMIT)) : Math.max(0, room);
  }

  #count(queued: number): void {
    if (queued === this.#counted) return;
    this.#context.ledger.queue(queued - this.#counted);
    this.#counted = queued;
  }

  #awaitDrain(): void {
    if (this.#isDrainAwaited) return;
    this.#isDrainAwaited = true;
    this.#transport.awaitDrain();
  }

  drained(): void {
    this.#isDrainAwaited = false;
    this.#count(this.#transport.queued);
    if (this.#state === "open" && this.#transport.queued > 0) this.#awaitDrain();
    else this.#isFlushing = false;
    this.notify();
  }

  #takeFailure(): ReturnType<typeof failed> {
    const error = this.#failure?.take();
    this.#state = "closed";
    this.#failure = undefined;
    return error === undefined ? closed : failed(error);
  }
}
