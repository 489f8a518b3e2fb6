/**
 * The driver of the Node library: waits for the core's operations on the event loop.
 *
 * An operation that has to wait is a waiter of the host's own sources, woken synchronously from the
 * socket's event, so that received bytes are in the caller's memory before the event handler returns.
 */
import type { Source, Waiter } from "../host/io/poll.ts";
import { type CoreObject, core, MORE, PENDING, pollableOfStep, timerOfStep } from "./core.ts";

/** Operations that wait, so that those that another operation has woken can be found. */
const parked = new Map<CoreObject, Pending<unknown>>();

/** Whether the core is running: it must not be entered again by an event that it caused itself. */
let running = false;
let late: Pending<unknown>[] = [];

/** Calls the core with a function that may have effects on operations under way. */
export function callCore<T>(call: () => T): T {
  const outer = running;
  running = true;
  try {
    return call();
  } finally {
    running = outer;
    if (!outer) settleOthers();
  }
}

/** Lets those operations go on that the core, or an event within it, has woken. */
function settleOthers(): void {
  while (!running) {
    const woken = core.takeWoken();
    const pending = woken !== 0 ? parked.get(woken) : late.shift();
    if (pending !== undefined) pending.wake();
    else if (woken === 0) return;
  }
}

/**
 * An operation under way, whose result goes to a callback.
 *
 * Subclasses say what goes into the window before a step, what comes out after it, and what the result
 * means. `finish` runs before the operation is ended, so it can still ask the core about it.
 */
export abstract class Pending<T> implements Waiter {
  protected readonly operation: CoreObject;
  readonly #settle: (result: T, error?: unknown) => void;
  #source: Source | undefined = undefined;
  #timer: Source | undefined = undefined;
  #ended = false;

  /**
   * @param operation an operation that was just started; it belongs to this object from now on
   * @param settle called once, maybe before `start` returns; with an error when the core trapped
   */
  constructor(operation: CoreObject, settle: (result: T, error?: unknown) => void) {
    this.operation = operation;
    this.#settle = settle;
  }

  /** Puts bytes into the window; returns the size of the window. */
  protected fill(): number {
    return 0;
  }

  /** Takes what the step has put into the window. */
  protected drain(_result: number): void {}

  /** What the operation's last result means to the caller. */
  protected abstract finish(result: number): T;

  /** Goes on as far as possible. */
  advance(): void {
    if (this.#ended) return;
    let value: T;
    running = true;
    try {
      const result = this.#step();
      if (result === PENDING) {
        this.#park();
        return;
      }
      value = this.finish(result);
      this.#end();
    } catch (error) {
      // a trap, or an error of the host: the operation is in an unknown state and is left alone
      this.#ended = true;
      this.#detach();
      this.#settle(undefined as T, error);
      return;
    } finally {
      running = false;
    }
    this.#settle(value);
    settleOthers();
  }

  #step(): number {
    for (;;) {
      const result = core.step(this.operation, this.fill());
      this.drain(result);
      if (result !== MORE) return result;
    }
  }

  #park(): void {
    const source = pollableOfStep()?.source;
    if (source !== this.#source) {
      this.#source?.removeWaiter(this);
      source?.addWaiter(this);
      this.#source = source;
    }
    if (this.#timer === undefined) {
      this.#timer = timerOfStep()?.source;
      this.#timer?.addWaiter(this);
    }
    parked.set(this.operation, this as Pending<unknown>);
  }

  #detach(): void {
    this.#source?.removeWaiter(this);
    this.#timer?.removeWaiter(this);
    this.#source = this.#timer = undefined;
    parked.delete(this.operation);
  }

  #end(): void {
    this.#ended = true;
    this.#detach();
    core.endOperation(this.operation);
  }

  /** Called by the host when something has happened that the operation may have waited for. */
  wake(): void {
    if (running) late.push(this as Pending<unknown>);
    else this.advance();
  }

  /** Gives the operation up; nothing is called. */
  cancel(): void {
    if (this.#ended) return;
    callCore(() => this.#end());
  }
}

/** How many operations wait. */
export function pendingOperations(): number {
  return parked.size;
}
