/**
 * The driver of the Node library: waits for the core's operations on the event loop.
 *
 * An operation that has to wait is a waiter of the host's own sources, woken synchronously from the
 * socket's event, so that received bytes are in the caller's memory before the event handler returns.
 */
import type { Source, Waiter } from "../host/io/poll.ts";
import { throwLater } from "../host/io/uncaught.ts";
import { type AbortWaiter, unwatchAbort, watchAbort } from "./abort-watch.ts";
import { type CoreObject, core, MORE, PENDING, pollableOfStep, takeWoken, timerOfStep } from "./core.ts";

/** A call that waits. */
interface Advancing {
  advance(): void;
}

/** Takes what came of an operation, or an error. */
export type Settle<T> = (result: T, error?: unknown) => void;

/** Operations that wait, so that those that another operation has woken can be found. */
const parked = new Map<CoreObject, Pending<unknown>>();

/** Whether the core is running: it must not be entered again by an event that it caused itself. */
let running = false;
/** What such events have woken. */
const late: Advancing[] = [];
/** Whether `settleOthers` is at work further up the stack. */
let settling = false;

/** Begins a call of the core that may have effects on operations under way; the result is for {@link leaveCore}. */
export function enterCore(): boolean {
  const outer = running;
  running = true;
  return outer;
}

/**
 * Ends what {@link enterCore} began, also where the call threw.
 *
 * @param settle what has come of the call, told before others go on
 */
export function leaveCore(outer: boolean, settle?: () => void): void {
  running = outer;
  if (settle !== undefined) tell(settle);
  settleOthers();
}

/** Tells what has come of a call. What the program throws then is its own affair: other calls go on. */
export function tell(settle: () => void): void {
  try {
    settle();
  } catch (error) {
    throwLater(error);
  }
}

/** Calls the core with a function that may have effects on operations under way. */
export function callCore<T>(call: () => T): T {
  const outer = enterCore();
  try {
    return call();
  } finally {
    leaveCore(outer);
  }
}

/**
 * Lets those operations go on that the core, or an event within it, has woken. A loop and no recursion:
 * closing a socket can end thousands at once.
 */
function settleOthers(): void {
  if (running || settling) return;
  settling = true;
  try {
    for (;;) {
      const woken = takeWoken();
      const pending = woken !== 0 ? parked.get(woken) : late.shift();
      if (pending !== undefined) pending.advance();
      else if (woken === 0) return;
    }
  } finally {
    settling = false;
  }
}

/** Lets a call go on that an event has woken: now, or, if the core caused the event, when it has returned. */
export function goOn(call: Advancing): void {
  if (running) late.push(call);
  else call.advance();
}

/**
 * An operation under way, whose result goes to a callback.
 *
 * Subclasses say what goes into the window before a step, what comes out after it, and what the result
 * means. `finish` runs before the operation is ended, so it can still ask the core about it. What any of
 * these throws, or a step, is the call's result, and ends the operation: those behind it go on.
 */
export abstract class Pending<T> implements Waiter, AbortWaiter {
  protected readonly operation: CoreObject;
  /** Whose call it is: not collected while it is pending. */
  protected readonly owner: object | undefined;
  readonly #settle: Settle<T>;
  readonly #signal: AbortSignal | undefined;
  #source: Source | undefined = undefined;
  #timer: Source | undefined = undefined;
  #calledOff = false;
  #ended = false;

  /**
   * @param operation an operation that was just started; it belongs to this object from now on
   * @param settle called once, maybe before `advance` returns for the first time; with an error when
   *   `finish` threw, the core trapped or the signal called the operation off
   * @param signal calls it off; one that is aborted already does not
   * @param owner the socket whose call it is, where it is one's
   */
  constructor(
    operation: CoreObject,
    settle: Settle<T>,
    signal: AbortSignal | undefined,
    owner: object | undefined,
  ) {
    this.operation = operation;
    this.owner = owner;
    this.#settle = settle;
    this.#signal = signal;
    if (signal !== undefined) watchAbort(signal, this);
  }

  /** Runs a step of the core. */
  protected run(operation: CoreObject, window: number): number {
    return core.step(operation, window);
  }

  /** Puts bytes into the window; returns the size of the window. */
  protected fill(): number {
    return 0;
  }

  /** Takes what the step has put into the window. */
  protected drain(_result: number): void {}

  /** What the operation's last result means to the caller. */
  protected abstract finish(result: number): T;

  /** What the result would be if it ended now; undefined when nothing was moved, so that nothing is lost. */
  protected partial(): number | undefined {
    return undefined;
  }

  /** Goes on as far as possible. */
  advance(): void {
    if (this.#ended) return;
    let pending = false;
    let value: T | undefined;
    let error: unknown;
    const outer = running;
    running = true;
    try {
      const result = this.#calledOff ? this.#callOff() : this.#step();
      pending = result === PENDING;
      if (pending) this.#park();
      else value = this.#end(result);
    } catch (caught) {
      error = caught;
      this.#abandon();
    }
    leaveCore(outer, pending ? undefined : () => this.#settle(value as T, error));
  }

  #step(): number {
    for (;;) {
      const result = this.run(this.operation, this.fill());
      this.drain(result);
      if (result !== MORE) return result;
    }
  }

  /** Ends it without a step; what was moved before counts. */
  #callOff(): number {
    const partial = this.partial();
    if (partial !== undefined) return partial;
    throw this.#signal?.reason;
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

  #end(result: number): T {
    try {
      return this.finish(result);
    } finally {
      this.#detach();
      core.endOperation(this.operation);
    }
  }

  /** Ends it after something has thrown. */
  #abandon(): void {
    if (this.#ended) return;
    this.#detach();
    try {
      core.endOperation(this.operation);
    } catch {
      // what was thrown first is what the caller is told
    }
  }

  #detach(): void {
    this.#ended = true;
    this.#source?.removeWaiter(this);
    this.#timer?.removeWaiter(this);
    if (this.#signal !== undefined) unwatchAbort(this.#signal, this);
    parked.delete(this.operation);
  }

  /** Called by the host when something has happened that the operation may have waited for. */
  wake(): void {
    goOn(this);
  }

  /** {@inheritDoc AbortWaiter.aborted} */
  aborted(): void {
    this.#calledOff = true;
    this.wake();
  }
}

/** An operation that moves no bytes. */
class Plain<T> extends Pending<T> {
  readonly #finish: (result: number, operation: CoreObject) => T;

  constructor(
    operation: CoreObject,
    finish: (result: number, operation: CoreObject) => T,
    settle: Settle<T>,
    signal: AbortSignal | undefined,
    owner: object | undefined,
  ) {
    super(operation, settle, signal, owner);
    this.#finish = finish;
  }

  protected override finish(result: number): T {
    return this.#finish(result, this.operation);
  }
}

/**
 * Runs an operation that moves no bytes to its end.
 *
 * @param operation an operation that was just started
 * @param finish says what the result means, while the core can still be asked about the operation; what
 *   it throws rejects the promise
 * @param signal calls it off: the promise is rejected with the signal's reason
 * @param owner the socket whose call it is, where it is one's
 */
export function run<T>(
  operation: CoreObject,
  finish: (result: number, operation: CoreObject) => T,
  signal?: AbortSignal,
  owner?: object,
): Promise<T> {
  return promised((settle) => runTo(operation, finish, settle, signal, owner));
}

/** As {@link run}, with a callback. */
export function runTo<T>(
  operation: CoreObject,
  finish: (result: number, operation: CoreObject) => T,
  settle: Settle<T>,
  signal?: AbortSignal,
  owner?: object,
): void {
  new Plain(operation, finish, settle, signal, owner).advance();
}

/** The promise of what a callback will be told. */
export function promised<T>(start: (settle: Settle<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((result, error) => (error === undefined ? resolve(result) : reject(error)));
  });
}

/** How many results in a row are given without a turn of the event loop. */
const IMMEDIATE_LIMIT = 256;
let immediate = 0;

/**
 * The promise of a result that was there at once.
 *
 * Now and then it is only fulfilled after a turn of the event loop: a loop that awaits sends which the
 * system always takes at once would keep every other event of the process waiting.
 */
export function immediately<T>(result: T): Promise<T> {
  if (++immediate < IMMEDIATE_LIMIT) return Promise.resolve(result);
  immediate = 0;
  return new Promise((resolve) => setImmediate(resolve, result));
}
