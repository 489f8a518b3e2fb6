/**
 * Whose turn it is: the guests of a program are entered one at a time, and each goes on until it waits or returns.
 * What happens meanwhile only says who has something to do.
 */
import { milliseconds } from "../../io/milliseconds.ts";
import { Queue } from "../../io/queue.ts";
import { trapError } from "../../io/trap.ts";

/** Something that goes on in a guest when it has its turn. */
export interface Runnable {
  /** Whether it has been said that it has something to do. */
  isQueued: boolean;
  /** Goes on; where it can't any more, it does nothing. */
  resume(): void;
}

/** An instance of a component, as far as turns go. */
interface Enterable {
  /** Whether its code is on the stack. */
  isEntered: boolean;
  readonly mayLeave: boolean;
}

/** A call from outside, which runs in an instance. */
export class Activity {
  readonly instance: Enterable;
  /** What the guest keeps for it: `context.get` and `context.set`. */
  readonly context: [number, number] = [0, 0];
  /** How many things were lent for it and are not dropped yet. */
  borrows = 0;
  /** Whether its stack can be suspended now: not with a function of the host's between. */
  isSuspendable = false;
  /** Whether it goes on behind a wait, so that nobody's call returns when it waits again. */
  isResumed = false;

  constructor(instance: Enterable) {
    this.instance = instance;
  }

  /** Whether what was called is async, and may wait. */
  get mayWait(): boolean {
    return false;
  }
}

/** The one stack of all calls, where guests aren't suspended and their thread stands still instead. */
export interface Stack {
  /** The call that was begun last. */
  readonly top: object | undefined;
  /** Lets something go on when all calls have ended that were begun behind one. */
  whenTop(call: object, one: Runnable): void;
}

/** How long guests may keep the event loop standing, in milliseconds. */
const MILLISECONDS_PER_TURN = 5;
/** How many go by until the time is looked at. */
const TURNS_PER_LOOK = 64;
/** How many streams, futures, sets and calls a program may hold. */
const MOST_WAITABLES: number = 2 ** 17;
/** How many calls may go on in a program: those that have given their result, too, of which nobody else keeps count. */
const MOST_TASKS: number = 2 ** 17;
/** How many stacks of a program may be suspended: each takes mappings of memory, of which a process has some 65,000. */
const MOST_STACKS: number = 2 ** 12;

/** The turns of all instances of a program. */
export class Scheduler {
  readonly suspending: boolean;
  /** Runs something in a turn of the event loop to come. */
  readonly later: (call: () => void) => void;
  /** Default each call has a stack of its own. */
  readonly stack: Stack | undefined;
  /** Called once with what ended the program. */
  onFailure: (error: unknown) => void = () => {};
  /** What runs: whose code is on top of the stack. */
  active: Activity | undefined = undefined;
  /** Whether calls may come from outside at any time, for which it may wait. */
  isOpen = false;
  #isOver = false;
  #depth = 0;
  readonly #queue: Queue<Runnable> = new Queue();
  #isDraining = false;
  #left = TURNS_PER_LOOK;
  #turnedAt = 0;
  #waitables = 0;
  #tasks = 0;
  #stacks = 0;
  #expected = 0;
  #isChecking = false;

  /**
   * @param suspending whether guests can be suspended (JSPI)
   * @param later default `setImmediate`
   * @param stack see the field
   */
  constructor(suspending: boolean, later: (call: () => void) => void = setImmediate, stack?: Stack) {
    this.suspending = suspending;
    this.later = later;
    this.stack = stack;
  }

  /** Whether code of a guest is on the stack. */
  get isBusy(): boolean {
    return this.#depth > 0;
  }

  /**
   * The instance of what is on top of the stack, where that was suspended. It is there already before the engine has put it
   * there, and still when it has just ended: what else runs in the process may come between.
   */
  get resumed(): Enterable | undefined {
    const { active } = this;
    return active?.isResumed === true ? active.instance : undefined;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** How many streams, futures, sets and calls there are. */
  get waitables(): number {
    return this.#waitables;
  }

  /** Counts one more, or one less, of what a program can wait for. */
  count(change: 1 | -1): void {
    this.#waitables += change;
    if (this.#waitables > MOST_WAITABLES) {
      throw trapError(
        `all ${MOST_WAITABLES} streams, futures, sets and calls that a program may hold are in use`,
      );
    }
  }

  /** Counts one more, or one less, of what the host will do for a guest. */
  expect(change: 1 | -1): void {
    this.#expected += change;
    this.#check();
  }

  /** Counts one more, or one less, of the calls from outside that have not come to their end. */
  countTask(change: 1 | -1): void {
    this.#tasks += change;
    if (this.#tasks > MOST_TASKS) throw trapError(`all ${MOST_TASKS} calls that a program may have go on`);
  }

  /** Where guests wait and nothing will happen to any of them, they would for ever. */
  #check(): void {
    if (!this.#isStuck() || this.#isChecking) return;
    this.#isChecking = true;
    // who has been suspended may just be about to go on
    this.later(() => {
      this.#isChecking = false;
      if (this.#isStuck()) this.fail(trapError("it waits for what nobody will do"));
    });
  }

  // a private getter would cost a call of the engine's each time
  #isStuck(): boolean {
    const isIdle = this.#depth === 0 && this.#queue.length === 0 && !this.#isDraining;
    return isIdle && this.#tasks > 0 && this.#expected === 0 && !this.#isOver && !this.isOpen;
  }

  /**
   * Code of a guest goes on the stack.
   *
   * @returns what was on top of it, for {@link leave}
   */
  enter(activity: Activity): Activity | undefined {
    const before = this.active;
    this.active = activity;
    activity.instance.isEntered = true;
    this.#depth++;
    return before;
  }

  /** It is off the stack: whoever waits for that has its turn. */
  leave(activity: Activity, before: Activity | undefined): void {
    this.active = before;
    activity.instance.isEntered = false;
    this.#sink();
  }

  /** Lets something go on: now, or when the guest that is at work has been left. */
  run(one: Runnable): void {
    if (this.#isOver || one.isQueued) return;
    if (this.#depth === 0 && !this.#isDraining && !this.isDue()) {
      one.resume();
      return;
    }
    one.isQueued = true;
    this.#queue.push(one);
    if (this.#depth === 0 && !this.#isDraining) this.#drainLater();
  }

  /** Lets something go on in a turn of the event loop to come. */
  runLater(one: Runnable): void {
    this.#expected++;
    this.later(() => {
      this.#expected--;
      this.#turnedAt = 0;
      this.run(one);
    });
  }

  /** Whether the event loop should turn before a guest goes on. */
  isDue(): boolean {
    if (--this.#left > 0) return false;
    this.#left = TURNS_PER_LOOK;
    const now = milliseconds();
    if (this.#turnedAt === 0) {
      this.#turnedAt = now;
      this.later(() => {
        this.#turnedAt = 0;
      });
      return false;
    }
    return now - this.#turnedAt > MILLISECONDS_PER_TURN;
  }

  /** Whether what runs can be suspended now. */
  get maySuspend(): boolean {
    const { active } = this;
    return active?.isSuspendable === true && active.instance.mayLeave;
  }

  /**
   * Suspends what runs until a promise is settled and it is its turn.
   *
   * @returns what the guest waits for
   */
  suspend<T>(promise: PromiseLike<T>): PromiseLike<T> {
    const { active } = this;
    if (active === undefined) return promise;
    if (!this.maySuspend) {
      promise.then(undefined, () => {});
      throw trapError(
        active.isSuspendable
          ? "it would have to wait where it can't: while it gives memory or cleans up"
          : "it would have to wait in a call that can't be suspended",
      );
    }
    return new Promise((resolve, reject) => {
      this.#expected++;
      const resume = (settle: () => void): void => {
        this.#expected--;
        this.run(new Suspended(this, active, settle));
      };
      promise.then(
        (value) => resume(() => resolve(value)),
        (error: unknown) => resume(() => reject(error as Error)),
      );
      this.suspended(active);
    });
  }

  /**
   * Suspends what runs.
   *
   * @param begin is given what is to be run when the wait is over
   * @param finish makes what the guest gets then
   * @param call on the one stack, the call in which it waits
   */
  block<T>(begin: (one: Runnable) => void, finish: () => T, call?: object): Promise<T> {
    const { active } = this;
    if (active === undefined) throw trapError("it would have to wait while it is instantiated");
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        try {
          resolve(finish());
        } catch (error) {
          reject(error as Error);
        }
      };
      begin(new Suspended(this, active, settle, call));
      this.suspended(active);
    });
  }

  /** What runs is about to be suspended: where nobody's call returns thereby, it is off the stack soon. */
  suspended(activity: Activity): void {
    if (!activity.isResumed) return;
    activity.isResumed = false;
    activity.instance.isEntered = false;
    this.active = undefined;
    // the engine does it when we have returned
    queueMicrotask(() => this.#sink());
  }

  /** A stack is suspended, of which it is told when that is {@link finished}. */
  begun(): void {
    if (++this.#stacks > MOST_STACKS) {
      throw trapError(`all ${MOST_STACKS} stacks on which a program may wait at a time are in use`);
    }
  }

  /** What was suspended has come to its end. */
  finished(activity: Activity): void {
    this.#stacks--;
    if (!activity.isResumed) return;
    activity.isResumed = false;
    this.leave(activity, undefined);
  }

  /** Ends the program: no guest is entered any more. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.end();
    this.onFailure(error);
  }

  /** Likewise, without a reason to tell. */
  end(): void {
    this.#isOver = true;
    this.#queue.drain();
  }

  #sink(): void {
    this.#depth--;
    if (this.#depth > 0 || this.#isDraining) return;
    if (this.#queue.length > 0) this.#drain();
    this.#check();
  }

  #drainLater(): void {
    this.#isDraining = true;
    this.later(() => {
      this.#isDraining = false;
      this.#turnedAt = 0;
      if (this.#depth === 0) this.#drain();
    });
  }

  #drain(): void {
    this.#isDraining = true;
    while (this.#depth === 0 && this.#queue.length > 0) {
      if (this.isDue()) {
        this.#drainLater();
        return;
      }
      const next = this.#queue.shift() as Runnable;
      next.isQueued = false;
      next.resume();
    }
    this.#isDraining = false;
  }
}

/** A call that is suspended. */
class Suspended implements Runnable {
  isQueued = false;
  readonly #scheduler: Scheduler;
  readonly #activity: Activity;
  #settle: (() => void) | undefined;
  readonly #call: object | undefined;

  constructor(scheduler: Scheduler, activity: Activity, settle: () => void, call = scheduler.stack?.top) {
    this.#scheduler = scheduler;
    this.#activity = activity;
    this.#settle = settle;
    this.#call = call;
  }

  resume(): void {
    const settle = this.#settle;
    if (settle === undefined) return;
    const { stack } = this.#scheduler;
    if (this.#call !== undefined && stack?.top !== this.#call) {
      stack?.whenTop(this.#call, this);
      return;
    }
    this.#settle = undefined;
    this.#scheduler.enter(this.#activity);
    this.#activity.isResumed = true;
    settle();
  }
}
