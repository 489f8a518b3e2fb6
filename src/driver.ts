/**
 * The driver of the Node library: calls that wait, on the event loop.
 *
 * A call is a waiter of the host's own sources, woken synchronously from the socket's event, so that received bytes are
 * in the caller's memory before the event handler returns.
 */
import type { Source, Waiter } from "../host/io/poll.ts";
import { throwLater } from "../host/io/uncaught.ts";
import { type AbortWaiter, unwatchAbort, watchAbort } from "./abort-watch.ts";
import {
  type CoreObject,
  core,
  currentHost,
  EAGAIN,
  EBADF,
  type LibraryHost,
  PENDING,
  pollableOfStep,
  switchHost,
  takeWoken,
  timerOfStep,
} from "./core.ts";
import type { CoreSocket, Direction, WaitingCall } from "./core-socket.ts";

/** How long a call may wait, and what ends it earlier. */
export interface Wait {
  /** Negative for no limit. */
  readonly seconds: number;
  readonly signal: AbortSignal | undefined;
}

/** Takes what came of a call, or an error. */
export type Settle<T> = (result: T, error?: unknown) => void;

type Resolve = (result: unknown) => void;

/** The functions of the promise that was made last: while thousands of calls wait, what each is made of is copied by the collector. */
let resolveTaken: Resolve;
let rejectTaken: Resolve;

function takeApart(resolve: Resolve, reject: Resolve): void {
  resolveTaken = resolve;
  rejectTaken = reject;
}

/** Calls with an operation that waits, so that those that another operation has woken can be found. */
const waitingOperations = new Map<CoreObject, Call<unknown>>();

/** Whether the core is running: an event that it caused itself must not enter it again (re-entrancy). */
let running = false;
/** What such events have woken. */
const wokenWhileRunning: Call<unknown>[] = [];
/** Whether {@link runWoken} is at work further up the stack. */
let runningWoken = false;

/** Begins a call of the core that may have effects on operations under way; the result is for {@link leaveCore}. */
export function enterCore(): boolean {
  const outer = running;
  running = true;
  return outer;
}

/**
 * Ends what {@link enterCore} began, also where the call threw.
 *
 * @param over a call that is over, which is told before others go on
 */
export function leaveCore(outer: boolean, over?: Call<unknown>): void {
  running = outer;
  if (over !== undefined) tell(over);
  runWoken();
}

/** Tells what has come of a call. What the program throws then is its own affair: other calls go on. */
function tell(over: Call<unknown>): void {
  try {
    over.tell();
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
 * Lets those calls go on that the core, or an event within it, has woken. A loop and no recursion: closing a socket can
 * end thousands at once.
 */
function runWoken(): void {
  if (running || runningWoken) return;
  runningWoken = true;
  try {
    for (;;) {
      const operation = takeWoken();
      const call = operation !== 0 ? waitingOperations.get(operation) : wokenWhileRunning.shift();
      if (call !== undefined) call.advance();
      else if (operation === 0) return;
    }
  } finally {
    runningWoken = false;
  }
}

/**
 * A call that may have to wait; its result goes to a callback. It goes through these states:
 *
 * - trying: at first, and whenever it is woken, it asks the core whether it can be done at once;
 * - waiting alone: it only has to be tried again when the socket may have become ready, which takes no object of the
 *   core. The core knows nothing of it, so there is one in each direction of a socket;
 * - queued: it is an operation of the core, which keeps those in order. So is the one that waited alone as soon as
 *   another call comes, and every call with a time limit, with flags, or on a socket that the host does not have;
 * - done.
 *
 * Subclasses say how it is tried and stepped, and what the result means. What any of that throws is the call's result,
 * and ends it: those behind it go on.
 */
export abstract class Call<T> implements Waiter, AbortWaiter, WaitingCall {
  protected readonly socket: CoreSocket | undefined;
  /** The core's, once it is queued; 0 before. */
  protected operation: CoreObject = 0;
  readonly #host: LibraryHost;
  readonly #direction: Direction;
  #settle: Settle<T> | undefined = undefined;
  #resolve: Resolve | undefined = undefined;
  #reject: Resolve | undefined = undefined;
  #result: T | undefined = undefined;
  #error: unknown = undefined;
  readonly #signal: AbortSignal | undefined;
  #source: Source | undefined = undefined;
  #timer: Source | undefined = undefined;
  #mustQueue: boolean;
  /** What is in the core alone has no source to wait at, and the core keeps the time. */
  readonly #mayWaitAlone: boolean;
  #isWaiting = false;
  #isAborted = false;
  #isClosed = false;
  #isDone = false;

  /**
   * @param socket whose call it is, where it is one's
   * @param direction which other calls it must not overtake
   * @param mustQueue whether only an operation of the core will do
   * @param wait how long it may wait, and what ends it; a signal that is aborted already does not
   */
  protected constructor(
    socket: CoreSocket | undefined,
    direction: Direction,
    mustQueue: boolean,
    { seconds, signal }: Wait,
  ) {
    this.socket = socket;
    this.#host = socket?.host ?? currentHost();
    this.#direction = direction;
    this.#mustQueue = mustQueue;
    this.#mayWaitAlone = seconds < 0 && socket?.isHosted === true;
    this.#signal = signal;
  }

  /**
   * One try within the core: a result; PENDING when it is to be tried again once the socket is ready; -EAGAIN when only
   * an operation will do, such as while SO_RCVTIMEO or SO_RCVLOWAT is set, which nothing else honours.
   */
  protected attempt(): number {
    return -EAGAIN;
  }

  /** Makes an operation of the core of it. */
  protected abstract queue(): CoreObject;

  /** Steps the operation. */
  protected step(): number {
    return core.step(this.operation, 0);
  }

  /** What the last result means to the caller; runs before the operation is ended, so the core can be asked about it. */
  protected abstract finish(result: number): T;

  /** What its operation waits for, after a step that was over with PENDING. */
  protected source(): Source | undefined {
    return pollableOfStep()?.source;
  }

  /** What ends the wait of its operation, where it has a limit. */
  protected timer(): Source | undefined {
    return timerOfStep()?.source;
  }

  /** Lets go of what it holds beside its operation; called once, at its end. */
  protected release(): void {}

  /** What the result would be if it ended now; undefined when nothing was moved, so that nothing is lost. */
  protected partial(): number | undefined {
    return undefined;
  }

  /**
   * Begins it.
   *
   * @returns rejects when something threw, the core trapped, or the signal was aborted
   */
  promise(): Promise<T> {
    this.#begin();
    // most calls are over at once, which takes no more than this
    if (!this.#isDone) {
      const promise = new Promise<unknown>(takeApart) as Promise<T>;
      this.#resolve = resolveTaken;
      this.#reject = rejectTaken;
      return promise;
    }
    return this.#error === undefined ? Promise.resolve(this.#result as T) : Promise.reject(this.#error);
  }

  /**
   * Begins it.
   *
   * @param settle called once, maybe before this returns; with an error when something threw, the core trapped, or the
   *   signal was aborted
   */
  start(settle: Settle<T>): void {
    this.#settle = settle;
    this.#begin();
  }

  #begin(): void {
    const other = this.socket?.[this.#direction];
    if (other !== undefined) {
      this.#mustQueue = true;
      other.enqueue();
    }
    this.advance();
  }

  /** Goes on as far as possible. */
  advance(): void {
    if (this.#isDone) return;
    const outer = enterCore();
    const before = switchHost(this.#host);
    try {
      const result = this.#proceed();
      if (result === PENDING) this.#wait();
      else this.#result = this.#end(result);
    } catch (caught) {
      this.#error = caught;
      this.#abandon();
    }
    switchHost(before);
    leaveCore(outer, this.#isDone ? (this as Call<unknown>) : undefined);
  }

  /** Tells what has come of it, where that was not there at once, and where anybody is left to be told. */
  tell(): void {
    if (this.#host.isSilent) return;
    if (this.#settle !== undefined) this.#settle(this.#result as T, this.#error);
    else if (this.#error === undefined) this.#resolve?.(this.#result);
    else this.#reject?.(this.#error);
  }

  #proceed(): number {
    if (this.#isAborted || this.#isClosed) return this.#cutShort();
    if (this.operation === 0) {
      const result = this.#try();
      if (result === PENDING ? this.#mayWaitAlone : result !== -EAGAIN) return result;
      this.#leaveSocket();
      this.socket?.changed();
      this.operation = this.queue();
    }
    return this.step();
  }

  #try(): number {
    if (this.#mustQueue) return -EAGAIN;
    return this.#mayWaitAlone && this.socket?.hasNothing(this.#direction) ? PENDING : this.attempt();
  }

  /** Ends it without a step; what was moved before counts. */
  #cutShort(): number {
    const partial = this.partial();
    if (partial !== undefined) return partial;
    if (this.#isClosed) return -EBADF;
    throw this.#signal?.reason;
  }

  #wait(): void {
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      if (this.#signal !== undefined) watchAbort(this.#signal, this);
    }
    if (this.operation === 0) this.#waitAlone();
    else this.#waitQueued();
  }

  #waitAlone(): void {
    const { socket } = this;
    if (socket === undefined || this.#source !== undefined) return;
    this.#waitAt(socket.wait(this.#direction, this));
  }

  #waitQueued(): void {
    this.#waitAt(this.source());
    if (this.#timer === undefined) {
      this.#timer = this.timer();
      this.#timer?.addWaiter(this);
    }
    waitingOperations.set(this.operation, this as Call<unknown>);
  }

  #waitAt(source: Source | undefined): void {
    if (source === this.#source) return;
    this.#source?.removeWaiter(this);
    source?.addWaiter(this);
    this.#source = source;
  }

  #end(result: number): T {
    try {
      return this.finish(result);
    } finally {
      this.#detach();
      if (this.operation !== 0) core.endOperation(this.operation);
    }
  }

  /** Ends it after something has thrown. */
  #abandon(): void {
    if (this.#isDone) return;
    this.#detach();
    try {
      if (this.operation !== 0) core.endOperation(this.operation);
    } catch {
      // what was thrown first is what the caller is told
    }
  }

  // It is done before anybody else calls: that one gets what comes next.
  #detach(): void {
    this.#isDone = true;
    this.#leaveSocket();
    this.#waitAt(undefined);
    this.#timer?.removeWaiter(this);
    if (this.#isWaiting && this.#signal !== undefined) unwatchAbort(this.#signal, this);
    if (this.operation !== 0) waitingOperations.delete(this.operation);
    this.release();
  }

  #leaveSocket(): void {
    if (this.socket?.[this.#direction] === this) this.socket[this.#direction] = undefined;
  }

  /** Called by the host when something has happened that it may have waited for. */
  wake(): void {
    // now, or, where the core caused the event, when it has returned
    if (running) wokenWhileRunning.push(this as Call<unknown>);
    else this.advance();
  }

  /** {@inheritDoc AbortWaiter.aborted} */
  aborted(): void {
    this.#isAborted = true;
    this.wake();
  }

  /** {@inheritDoc WaitingCall.enqueue} */
  enqueue(): void {
    this.#mustQueue = true;
    this.advance();
  }

  /** {@inheritDoc WaitingCall.close} */
  close(): void {
    this.#isClosed = true;
    this.advance();
  }
}

/** A call that is an operation of the core from the first, and moves no bytes. */
class OperationCall<T> extends Call<T> {
  readonly #queue: () => CoreObject;
  readonly #finish: (result: number, operation: CoreObject) => T;

  constructor(
    socket: CoreSocket | undefined,
    queue: () => CoreObject,
    finish: (result: number, operation: CoreObject) => T,
    signal: AbortSignal | undefined,
  ) {
    super(socket, "outgoing", true, { seconds: -1, signal });
    this.#queue = queue;
    this.#finish = finish;
  }

  protected override queue(): CoreObject {
    return this.#queue();
  }

  protected override finish(result: number): T {
    return this.#finish(result, this.operation);
  }
}

/**
 * Runs an operation of the core that moves no bytes to its end.
 *
 * @param socket the socket whose call it is, where it is one's
 * @param queue makes the operation
 * @param finish says what the result means, while the core can still be asked about the operation; what
 *   it throws rejects the promise
 * @param signal ends it: the promise is rejected with the signal's reason
 */
export function run<T>(
  socket: CoreSocket | undefined,
  queue: () => CoreObject,
  finish: (result: number, operation: CoreObject) => T,
  signal?: AbortSignal,
): Promise<T> {
  return new OperationCall(socket, queue, finish, signal).promise();
}

/** How many results in a row are given without a turn of the event loop. */
const IMMEDIATE_LIMIT = 256;

/**
 * The promise of a result that was there at once.
 *
 * Now and then it is only fulfilled after a turn of the event loop: a loop that awaits sends which the
 * system always takes at once would keep every other event of the process waiting.
 *
 * @param host of the socket whose result it is
 */
export function immediately<T>(result: T, host: LibraryHost): Promise<T> {
  if (++host.immediate < IMMEDIATE_LIMIT) return Promise.resolve(result);
  host.immediate = 0;
  return new Promise((resolve) => host.host.context.network.defer(() => resolve(result)));
}
