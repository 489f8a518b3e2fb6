/**
 * Calls that wait without an operation of the core.
 *
 * Most calls that have to wait want nothing but to be tried again when their socket may have become ready. That takes
 * no object of the core: whoever waits so is a waiter of the host's own source. The core knows nothing of it, so there
 * is one at a time on a socket; when a second call comes, the first becomes an operation, and the core keeps them in
 * order.
 */
import type { Source, Waiter } from "../host/io/poll.ts";
import { enterCore, goOn, leaveCore, type Settle } from "./await.ts";
import { EBADF } from "./core.ts";
import type { Endpoint } from "./endpoint.ts";

/** A call that waits to be tried again. */
export abstract class Attempt<T> implements Waiter {
  protected readonly socket: Endpoint;
  readonly #source: Source;
  readonly #settle: Settle<T>;

  /**
   * @param socket has no other one
   * @param source is ready when it may succeed
   * @param settle called once, when it is over
   */
  constructor(socket: Endpoint, source: Source, settle: Settle<T>) {
    this.socket = socket;
    this.#source = source;
    this.#settle = settle;
    socket.attempt = this as Attempt<unknown>;
    source.addWaiter(this);
  }

  /** Tries, within the core; `undefined` when it has to wait on. */
  protected abstract again(): T | undefined;

  /** Makes an operation of it. */
  protected abstract begin(settle: Settle<T>): void;

  /** What it comes to with an errno. */
  protected abstract failed(errno: number): T;

  /** Called by the host when something has happened that it may have waited for. */
  wake(): void {
    goOn(this);
  }

  /** Goes on as far as possible. */
  advance(): void {
    if (this.socket.attempt !== this) return;
    let result: T | undefined;
    let error: unknown;
    const outer = enterCore();
    try {
      result = this.again();
    } catch (caught) {
      error = caught;
    }
    const isOver = result !== undefined || error !== undefined;
    // it has what it has before anybody else calls: that one gets what comes next
    if (isOver) this.#leave();
    leaveCore(outer, isOver ? () => this.#settle(result as T, error) : undefined);
  }

  /** Lets the core wait with it, as another call comes. */
  enqueue(): void {
    this.#leave();
    this.begin(this.#settle);
  }

  /** Ends it: the socket is being closed. */
  close(): void {
    this.#leave();
    this.#settle(this.failed(-EBADF));
  }

  #leave(): void {
    this.#source.removeWaiter(this);
    this.socket.attempt = undefined;
  }
}
