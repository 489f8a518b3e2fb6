/**
 * Calls that wait without an operation of the core.
 *
 * Most calls that have to wait want nothing but to be tried again when their socket may have become ready. That takes
 * no object of the core: whoever waits so is a waiter of the host's own source. The core knows nothing of it, so there
 * is one at a time on a socket; when a second call comes, the first becomes an operation, and the core keeps them in
 * order.
 */
import type { Source, Waiter } from "../host/io/poll.ts";
import { callCore, enterCore, goOn, leaveCore, type Settle, tell } from "./await.ts";
import type { Wait } from "./calls/wait.ts";
import { type CoreObject, EAGAIN, EBADF, PENDING } from "./core.ts";
import { type Endpoint, inputOf } from "./endpoint.ts";

/** Whether a try has come to a result; else it has to wait, with -EAGAIN as an operation. */
export function isOver(result: number): boolean {
  return result !== PENDING && result !== -EAGAIN;
}

/** Calls the core for a try, where no call of the socket waits that would come first. */
export function tryNow(socket: Endpoint, call: () => number): number {
  return socket.attempt === undefined ? callCore(call) : -EAGAIN;
}

/** Whether a try that has come to `result` may go on as an {@link Attempt}. */
export function mayWaitAlone(socket: Endpoint, result: number, { seconds, signal }: Wait): boolean {
  return result === PENDING && socket.isHosted && seconds < 0 && signal === undefined;
}

/** A call that waits to be tried again. */
export abstract class Attempt<T> implements Waiter {
  protected readonly socket: Endpoint;
  readonly #source: Source;
  readonly #settle: Settle<T>;

  /**
   * @param socket has no other one
   * @param object the core's of it
   * @param settle called once, when it is over
   */
  constructor(socket: Endpoint, object: CoreObject, settle: Settle<T>) {
    this.socket = socket;
    this.#source = inputOf(socket, object);
    this.#settle = settle;
    socket.attempt = this;
    this.#source.addWaiter(this);
  }

  /** Tries, within the core: a result, or what {@link isOver} tells from one. */
  protected abstract again(): number;

  /** What a result, or an errno, means to the caller. */
  protected abstract meaning(result: number): T;

  /** Makes an operation of it. */
  protected abstract begin(settle: Settle<T>): void;

  /** Called by the host when something has happened that it may have waited for. */
  wake(): void {
    goOn(this);
  }

  /** Goes on as far as possible. */
  advance(): void {
    if (this.socket.attempt !== this) return;
    let settle: (() => void) | undefined;
    const outer = enterCore();
    try {
      const result = this.again();
      // an option that was set meanwhile is for the core to mind
      if (result === -EAGAIN) this.enqueue();
      if (isOver(result)) {
        const value = this.meaning(result);
        settle = () => this.#settle(value);
      }
    } catch (error) {
      settle = () => this.#settle(undefined as T, error);
    }
    // it has what it has before anybody else calls: that one gets what comes next
    if (settle !== undefined) this.#leave();
    leaveCore(outer, settle);
  }

  /** Lets the core wait with it, as another call comes. */
  enqueue(): void {
    this.#leave();
    this.begin(this.#settle);
  }

  /** Ends it: the socket is being closed. */
  close(): void {
    this.#leave();
    tell(() => this.#settle(this.meaning(-EBADF)));
  }

  #leave(): void {
    this.#source.removeWaiter(this);
    this.socket.attempt = undefined;
  }
}
