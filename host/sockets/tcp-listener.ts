/**
 * The connections that a TCP socket takes while it listens.
 */
import { events } from "../events/channels.ts";
import { Queue } from "../io/queue.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import type { Arrival, PortListener, TcpPort } from "../network/network.ts";
import type { SocketContext } from "./context.ts";

/** What accept(2) says of this process, and not of the connection that it would have given. */
const EXHAUSTED: ReadonlySet<SocketErrorCode> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** What a listener wants to know of its socket, and tells it. */
export interface ListenerOwner {
  /** Which socket this is, in events. */
  readonly id: number;
  readonly context: SocketContext;
  /** Called when `isReady` may have become true. */
  onArrival(): void;
}

/**
 * A port that listens.
 *
 * Connections are taken from the kernel as they come: what their peers send stays in the kernel until the guest accepts
 * them.
 */
export class TcpListener implements PortListener {
  readonly #port: TcpPort;
  readonly #owner: ListenerOwner;
  readonly #waiting: Queue<Arrival> = new Queue();
  #backlog: number;
  #isPaused = false;
  #error: SocketErrorCode | undefined = undefined;
  #overflows = 0;

  /**
   * Starts to listen.
   *
   * @param port that is bound
   * @param backlog see `TcpEndpoint.setBacklog`
   * @param owner whose it is
   * @throws why the kernel refused
   */
  constructor(port: TcpPort, backlog: number, owner: ListenerOwner) {
    this.#port = port;
    this.#backlog = backlog;
    this.#owner = owner;
    port.listen(backlog, this);
    if (!owner.context.ledger.holdsProcess) port.unref();
  }

  /** Connections that were reset because too many waited for the guest, where they can't be held back. */
  get overflows(): number {
    return this.#overflows;
  }

  /** Whether a connection waits, or an error. */
  get isReady(): boolean {
    return this.#waiting.length > 0 || this.#error !== undefined;
  }

  /** Changes the backlog. Throws `ENOTSUP`. */
  setBacklog(backlog: number): void {
    try {
      this.#port.listen(backlog, this);
    } catch {
      throw "ENOTSUP" satisfies SocketErrorCode;
    }
    this.#backlog = backlog;
    // Listening again has started to accept again.
    this.#isPaused = false;
    this.#holdBack();
  }

  /** The connection that has waited longest, which stays. Throws `EAGAIN`, or why the kernel has none. */
  peek(): Arrival {
    const waiting = this.#waiting.peek();
    if (waiting !== undefined) return waiting;
    const error = this.#error ?? "EAGAIN";
    this.#error = undefined;
    throw error;
  }

  /** Takes what {@link peek} gave. */
  take(): void {
    if (this.#waiting.shift() !== undefined) this.#owner.context.ledger.acceptQueue--;
    // Half of them first, so that accepting does not switch with each connection.
    if (!this.#isPaused || this.#waiting.length > this.#takenAhead() >> 1 || this.#isFull()) return;
    this.#isPaused = false;
    this.#port.resume();
  }

  /** Lets go of what waits, as the kernel does at a listener that closes. */
  drop(): void {
    const waiting = this.#waiting.drain();
    this.#owner.context.ledger.acceptQueue -= waiting.length;
    for (const arrival of waiting) arrival.reset();
  }

  /** How many connections the host takes from the kernel before the guest accepts them. */
  #takenAhead(): number {
    return Math.min(this.#backlog, this.#owner.context.caps.acceptQueue);
  }

  // One connection may wait with each listener, whatever waits with the others: the guest may wait for just that one.
  #isFull(): boolean {
    const { caps, ledger } = this.#owner.context;
    const waiting = this.#waiting.length;
    return waiting >= caps.acceptQueue || (waiting > 0 && ledger.acceptQueue >= caps.acceptQueueTotal);
  }

  // With enough taken ahead the others stay in the kernel. When its backlog is full too, clients wait for
  // their connections as they do with any program that is slow to accept.
  #holdBack(): void {
    if (!this.#port.isPausable || this.#isPaused) return;
    if (this.#waiting.length < this.#takenAhead() && !this.#isFull()) return;
    this.#isPaused = true;
    this.#port.pause();
  }

  failed(error: SocketErrorCode): void {
    // On Linux accept(2) also reports the network errors of the connection that it would have given.
    this.#error = EXHAUSTED.has(error) ? error : "ECONNABORTED";
    this.#owner.onArrival();
  }

  arrived(arrival: Arrival): void {
    const { context, id } = this.#owner;
    const port = this.#port;
    if (!context.permissions.check("tcp-accept", arrival.remote, port.local)) {
      arrival.reset();
      return;
    }
    // One that came before accepting was paused is kept: what other listeners hold may have made it full meanwhile.
    if (this.#isFull() && (this.#isPaused || !port.isPausable)) {
      this.#overflows++;
      if (events.tcpOverflow.hasSubscribers) {
        const { local } = port;
        events.tcpOverflow.publish({ host: context.id, socket: id, local, count: this.#overflows });
      }
      arrival.reset();
      return;
    }
    this.#waiting.push(arrival);
    context.ledger.acceptQueue++;
    this.#holdBack();
    this.#owner.onArrival();
  }
}
