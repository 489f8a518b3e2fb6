/**
 * The connections that a TCP socket takes while it listens.
 */
import { events } from "../events.ts";
import { Queue } from "../io/queue.ts";
import { fromNode, type IpSocketAddress, type NodeAddress } from "./address.ts";
import {
  type BoundTcp,
  codeOfStatus,
  makePausable,
  onConnection,
  pauseAccepting,
  resumeAccepting,
  type TcpHandle,
} from "./bind.ts";
import type { SocketContext } from "./context.ts";
import type { SocketErrorCode } from "./errors.ts";

/** What accept(2) says of this process, and not of the connection that it would have given. */
const EXHAUSTED: ReadonlySet<SocketErrorCode> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** A connection that waits to be accepted. */
export interface Waiting {
  readonly handle: TcpHandle;
  readonly remote: IpSocketAddress;
}

/** What a listener wants to know of its socket, and tells it. */
export interface ListenerOwner {
  /** Which socket this is, in events. */
  readonly id: number;
  readonly context: SocketContext;
  /** Called when `isReady` may have become true. */
  onArrival(): void;
}

/**
 * A bound handle that listens.
 *
 * Connections are taken from the kernel as they come, as raw handles: what their peers send stays in the kernel until
 * the guest accepts them.
 */
export class TcpListener {
  readonly #bound: BoundTcp;
  readonly #owner: ListenerOwner;
  readonly #waiting: Queue<Waiting> = new Queue();
  #backlog: number;
  #isPaused = false;
  #error: SocketErrorCode | undefined = undefined;
  #overflows = 0;

  /**
   * Starts to listen.
   *
   * @param bound the handle
   * @param backlog see `TcpEndpoint.setBacklog`
   * @param owner whose it is
   * @throws why the kernel refused
   */
  constructor(bound: BoundTcp, backlog: number, owner: ListenerOwner) {
    this.#bound = bound;
    this.#backlog = backlog;
    this.#owner = owner;
    onConnection(bound.handle, (status, client) => this.#arrived(status, client));
    // a second try to listen has it already
    bound.isPausable ??= makePausable(bound.handle);
    const status = bound.handle.listen(backlog);
    if (status !== 0) throw codeOfStatus(status);
    if (!owner.context.ledger.holdsProcess) bound.handle.unref?.();
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
    if (this.#bound.handle.listen(backlog) !== 0) throw "ENOTSUP" satisfies SocketErrorCode;
    this.#backlog = backlog;
    // Listening again has started to accept again.
    this.#isPaused = false;
    this.#holdBack();
  }

  /** The connection that has waited longest, which stays. Throws `EAGAIN`, or why the kernel has none. */
  peek(): Waiting {
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
    resumeAccepting(this.#bound.handle);
  }

  /** Lets go of what waits, as the kernel does at a listener that closes. */
  drop(): void {
    const waiting = this.#waiting.drain();
    this.#owner.context.ledger.acceptQueue -= waiting.length;
    for (const { handle } of waiting) reset(handle);
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
    if (!this.#bound.isPausable || this.#isPaused) return;
    if (this.#waiting.length < this.#takenAhead() && !this.#isFull()) return;
    this.#isPaused = true;
    pauseAccepting(this.#bound.handle);
  }

  #arrived(status: number, client: TcpHandle | undefined): void {
    const { context, id } = this.#owner;
    if (client === undefined) {
      const code = status === 0 ? "EIO" : codeOfStatus(status);
      // On Linux accept(2) also reports the network errors of the connection that it would have given.
      this.#error = EXHAUSTED.has(code) ? code : "ECONNABORTED";
      this.#owner.onArrival();
      return;
    }
    const out: Partial<NodeAddress> = {};
    if (client.getpeername(out) !== 0) {
      client.close();
      return;
    }
    const remote = fromNode(out as NodeAddress);
    if (!context.permissions.check("tcp-accept", remote, this.#bound.local)) {
      reset(client);
      return;
    }
    // One that came before accepting was paused is kept: what other listeners hold may have made it full meanwhile.
    if (this.#isFull() && (this.#isPaused || this.#bound.isPausable !== true)) {
      this.#overflows++;
      if (events.tcpOverflow.hasSubscribers) {
        const { local } = this.#bound;
        events.tcpOverflow.publish({ host: context.id, socket: id, local, count: this.#overflows });
      }
      reset(client);
      return;
    }
    this.#waiting.push({ handle: client, remote });
    context.ledger.acceptQueue++;
    this.#holdBack();
    this.#owner.onArrival();
  }
}

function reset(handle: TcpHandle): void {
  if (handle.reset(nothing) !== 0) handle.close();
}

function nothing(): void {}
