/**
 * Tasks: calls of a guest's functions from outside, from their begin to their end.
 *
 * A function that is lifted with a callback returns whenever it would wait; its task is what is called with each event.
 * One without waits on its own stack, which must be suspended for it.
 *
 * Source: the component model's `CanonicalABI.md`, "Tasks", `canon lift`.
 */
import { ended } from "../answer.ts";
import { explicit } from "../explicit.ts";
import { paramsLowerer, resultLifter } from "../passing.ts";
import type { Scope } from "../scope.ts";
import type { CoreSignature, WitType } from "../types.ts";
import { type CoreFunction, trap } from "../webassembly.ts";
import { CallbackCode, Event } from "./codes.ts";
import type { Lifted } from "./guest.ts";
import { Activity, type Runnable, type Scheduler } from "./scheduler.ts";
import { SET, type Waitable, type WaitableSet } from "./waitable.ts";

type Core = (...flat: unknown[]) => unknown;

/** Calls code of the guest: what it returns, or a promise where it is suspended before it does. */
type Enter = (flat: readonly unknown[]) => unknown;

/** A function of a guest, ready to be called. */
export class Callee {
  readonly lifted: Lifted;
  readonly where: string;
  /** The type that values have on their way: with all that they say. */
  readonly params: readonly WitType[];
  readonly result: WitType | undefined;
  readonly lower: (values: readonly unknown[]) => unknown[];
  /** Lifts what a function returns that is lifted without `async`. */
  readonly lift: (core: unknown) => unknown;
  /** Whether no other task of the instance may go on while one of these is at work. */
  readonly isExclusive: boolean;
  readonly #mayBlock: () => boolean;
  #start: Enter | undefined = undefined;
  #callback: Enter | undefined = undefined;

  /** @param mayBlock whether it may wait on its own stack, for which that must be suspended; asked at its first call */
  constructor(lifted: Lifted, where: string, mayBlock: () => boolean) {
    const scope: Scope = { ...lifted, where };
    this.lifted = lifted;
    this.where = where;
    this.params = lifted.type.params.map(([, param]) => explicit(param));
    this.result = lifted.type.result && explicit(lifted.type.result);
    this.lower = paramsLowerer(this.params, scope);
    this.lift = resultLifter(this.result, scope);
    this.isExclusive = !lifted.isAsync || lifted.callback !== undefined;
    this.#mayBlock = mayBlock;
  }

  /** Whether its stack can be suspended; known when all is linked. */
  get isSuspendable(): boolean {
    return this.#mayBlock() && this.lifted.suspending;
  }

  get start(): Enter {
    this.#start ??= this.#prepare(this.lifted.call, this.lifted.signature);
    return this.#start;
  }

  get callback(): Enter | undefined {
    const { callback } = this.lifted;
    this.#callback ??= callback && this.#prepare(callback, CALLBACK);
    return this.#callback;
  }

  #prepare(call: CoreFunction, signature: CoreSignature): Enter {
    if (this.isSuspendable) return this.lifted.engine.suspendable(call, signature);
    return (flat) => (call as Core)(...flat);
  }
}

const CALLBACK: CoreSignature = { params: ["i32", "i32", "i32"], results: ["i32"] };

/** What becomes of a task. */
export interface TaskEvents {
  /** It begins: gives the parameters. */
  onStart(): readonly unknown[];
  /** It has given its result, or was called off. */
  onResolve(outcome: { readonly value: unknown } | undefined): void;
  onExit?(): void;
}

/** A call of a guest's function. */
export class Task extends Activity implements Runnable {
  isQueued = false;
  readonly callee: Callee;
  readonly #events: TaskEvents;
  readonly #scheduler: Scheduler;
  /** Whether it waits for others of the instance before it begins: what isn't async can be called when none is at work. */
  readonly #isOrdered: boolean;
  /** Where it stands between two stays on the stack. */
  #at: "new" | "starting" | "running" | "returned" | "yielding" | "waiting" | "over" = "new";
  #set: WaitableSet | undefined = undefined;
  #packed = 0;
  #isResolved = false;
  #cancel: "none" | "asked" | "told" = "none";

  constructor(callee: Callee, events: TaskEvents) {
    super(callee.lifted.state);
    this.callee = callee;
    this.#events = events;
    this.#scheduler = callee.lifted.state.scheduler;
    this.#isOrdered = callee.lifted.type.isAsync === true || callee.isSuspendable;
  }

  override get mayWait(): boolean {
    return this.callee.lifted.type.isAsync === true;
  }

  get isResolved(): boolean {
    return this.#isResolved;
  }

  /**
   * Begins, or waits until the instance takes it.
   *
   * @throws what ends the guest
   */
  begin(): void {
    const { lifted, isExclusive, where } = this.callee;
    const { state } = lifted;
    if (state.isEntered) throw trap(where, "an instance calls one that is being called");
    this.#scheduler.countTask(1);
    if (this.#isOrdered && state.mustWait(isExclusive)) {
      this.#at = "starting";
      state.waitToEnter(this);
      return;
    }
    this.#start();
  }

  resume(): void {
    try {
      this.#resume();
    } catch (error) {
      this.#fail(error);
    }
  }

  #resume(): void {
    const { lifted, isExclusive } = this.callee;
    const { state } = lifted;
    switch (this.#at) {
      case "starting":
        if (!state.mayBegin(this, isExclusive)) return;
        state.stopWaiting(this);
        this.#start();
        return;
      case "returned":
        this.#at = "running";
        this.#resumeWith(this.#packed);
        return;
      case "yielding":
      case "waiting":
        if (this.#at === "waiting" && this.#set?.hasEvent !== true && this.#cancel !== "asked") return;
        if (state.isExclusive) state.whenFree(this);
        else this.#wake();
        return;
      default:
        return;
    }
  }

  /**
   * Asks for it to be called off.
   *
   * @throws what ends the guest
   */
  cancel(): void {
    const { state } = this.callee.lifted;
    if (this.#at === "starting") {
      this.#at = "over";
      this.#scheduler.countTask(-1);
      state.stopWaiting(this);
      this.#isResolved = true;
      this.#events.onResolve(undefined);
      return;
    }
    this.#cancel = "asked";
    const isIdle = this.#at === "yielding" || this.#at === "waiting";
    if (!isIdle) return;
    // what its own instance's code has brought about is told when that is off the stack
    if (state.isEntered) this.#scheduler.run(this);
    else if (state.isExclusive) state.whenFree(this);
    else this.#wake();
  }

  /** The guest gives its result. */
  return(value: unknown, where: string): void {
    this.#assertResolvable(where);
    this.#isResolved = true;
    this.#events.onResolve({ value });
  }

  /** The guest has called it off, as it was asked to. */
  cancelled(where: string): void {
    if (this.#cancel !== "told") throw trap(where, "the task was not asked to end");
    this.#assertResolvable(where);
    this.#isResolved = true;
    this.#events.onResolve(undefined);
  }

  /** Whether the guest is to be told that it should end; it is thereby. */
  takeCancellation(): boolean {
    if (this.#cancel !== "asked") return false;
    this.#cancel = "told";
    return true;
  }

  #assertResolvable(where: string): void {
    if (this.#isResolved) throw trap(where, "the task has returned already");
    if (this.borrows > 0) throw trap(where, "what was lent for the call is still held");
  }

  #start(): void {
    const { lifted, isExclusive, start, lower } = this.callee;
    this.#at = "running";
    this.isSuspendable = this.callee.isSuspendable;
    if (isExclusive && this.#isOrdered) lifted.state.hold(this);
    this.#call(start, () => lower(this.#events.onStart()));
  }

  /** Tells the guest what has happened. */
  #wake(): void {
    const { lifted, callback } = this.callee;
    const set = this.#set;
    const isWaiting = this.#at === "waiting";
    this.#at = "running";
    this.#set = undefined;
    lifted.state.hold(this);
    if (isWaiting) set?.unwait(this);
    const event = this.takeCancellation()
      ? CANCELLED
      : isWaiting
        ? eventOf((set as WaitableSet).first as Waitable)
        : NOTHING;
    set?.wake();
    this.#call(callback as Enter, () => event);
  }

  /** Calls the guest, and goes on where it leaves off. */
  #call(core: Enter, args: () => unknown[]): void {
    const scheduler = this.#scheduler;
    const before = scheduler.enter(this);
    try {
      const given = core(args());
      if (isPromise(given)) this.#whenReturned(given);
      else this.#left(given);
    } catch (error) {
      throw this.#failed(error);
    }
    scheduler.leave(this, before);
  }

  /** It was suspended. */
  #whenReturned(promise: Promise<unknown>): void {
    const scheduler = this.#scheduler;
    promise.then(
      (value) => {
        scheduler.finished(this);
        this.#at = "returned";
        this.#packed = value as number;
        scheduler.run(this);
      },
      (error: unknown) => this.#fail(error),
    );
    scheduler.begun();
  }

  /** What was returned behind a wait. */
  #resumeWith(given: unknown): void {
    const scheduler = this.#scheduler;
    const before = scheduler.enter(this);
    try {
      this.#left(given);
    } catch (error) {
      throw this.#failed(error);
    }
    scheduler.leave(this, before);
  }

  /** What the guest has returned. */
  #left(given: unknown): void {
    const { lifted, callback } = this.callee;
    if (!lifted.isAsync) this.#returned(given);
    else if (callback === undefined) this.#exit();
    else this.#obey(given as number);
  }

  /** Goes round with the callback as long as there are events. */
  #obey(first: number): void {
    const { lifted, callback, where } = this.callee;
    const { state, table } = lifted;
    let packed = first;
    for (;;) {
      const code = packed & 15;
      let event: unknown[];
      if (code === CallbackCode.exit) {
        this.#exit();
        return;
      }
      if (code > CallbackCode.wait) throw trap(where, `a callback returned ${code}, which means nothing`);
      if (code === CallbackCode.yield) {
        if (!this.takeCancellation()) {
          this.#at = "yielding";
          state.release();
          this.#scheduler.runLater(this);
          return;
        }
        event = CANCELLED;
      } else {
        const set = table.find(packed >>> 4, SET, where) as WaitableSet;
        const { first: ready } = set;
        if (this.takeCancellation()) event = CANCELLED;
        else if (ready === undefined || this.#scheduler.isDue()) {
          this.#at = "waiting";
          this.#set = set;
          set.wait(this);
          state.release();
          set.wake();
          return;
        } else event = eventOf(ready);
      }
      const given = (callback as Enter)(event);
      if (isPromise(given)) {
        this.#whenReturned(given);
        return;
      }
      packed = given as number;
    }
  }

  /** The result of a function that is lifted without `async`. */
  #returned(core: unknown): void {
    const { lifted, lift, where, result } = this.callee;
    this.return(lift(core), where);
    const { postReturn, state } = lifted;
    if (postReturn !== undefined) {
      state.inside(() => (postReturn as Core)(...(result === undefined ? [] : [core])));
    }
    this.#exit();
  }

  #exit(): void {
    const { lifted, isExclusive, where } = this.callee;
    if (!this.#isResolved) throw trap(where, "the task ended without a result");
    this.#at = "over";
    this.#scheduler.countTask(-1);
    if (isExclusive && this.#isOrdered) lifted.state.release();
    this.#events.onExit?.();
  }

  #failed(error: unknown): Error {
    const { lifted, where } = this.callee;
    const failure = ended(error, { ...lifted, where });
    this.#fail(failure);
    return failure;
  }

  #fail(error: unknown): void {
    this.#at = "over";
    this.#scheduler.fail(error);
  }
}

const NOTHING: unknown[] = [Event.none, 0, 0];
const CANCELLED: unknown[] = [Event.taskCancelled, 0, 0];

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null;
}

/** Takes the event of a waitable, as a callback is told of it. */
function eventOf(waitable: Waitable): unknown[] {
  const { event, handle } = waitable;
  return [event, handle, waitable.take()];
}
