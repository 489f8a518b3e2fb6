/** The state of a component's instance while its tasks come and go: who is inside, and who waits to enter (re-entrancy). */
import type { Ends } from "../scope.ts";
import type { HandleTable } from "../table.ts";
import { trap } from "../webassembly.ts";
import { END, End, type EndType, Shared } from "./ends.ts";
import type { Runnable, Scheduler } from "./scheduler.ts";

/** How often backpressure may be asked for. */
const MOST_BACKPRESSURE: number = 2 ** 16 - 1;

export class Instance implements Ends {
  readonly table: HandleTable;
  readonly scheduler: Scheduler;
  /** Whether its code is on the stack: a call from outside can't enter then. */
  isEntered = false;
  /** Whether its code may call out: not while it gives memory or cleans up behind a call. */
  mayLeave = true;
  /** The task without whose end, or wait, no other of its kind may go on. */
  #exclusive: object | undefined = undefined;
  #backpressure = 0;
  /** Calls that wait to begin. */
  readonly #entering: Set<Runnable> = new Set();
  /** Tasks that have something to do, as soon as no other is at work. */
  readonly #pending: Set<Runnable> = new Set();

  constructor(table: HandleTable, scheduler: Scheduler) {
    this.table = table;
    this.scheduler = scheduler;
  }

  /** Traps where code of it calls out that may not. */
  assertMayLeave(where: string): void {
    if (!this.mayLeave) {
      throw trap(where, "called while the instance gives memory or cleans up behind a call");
    }
  }

  /** Calls code of the guest that may not call out. */
  inside<T>(call: () => T): T {
    this.mayLeave = false;
    const value = call();
    this.mayLeave = true;
    return value;
  }

  take(handle: number, type: EndType, where: string): Shared {
    const { table } = this;
    const end = table.find(handle, END[type.kind].readable, where) as End;
    end.assertType(type, where);
    if (!end.isIdle) throw trap(where, `${handle} is at work, or at its end, and can't be given away`);
    if (end.isInSet) throw trap(where, `${handle} is in a waitable set and can't be given away`);
    table.take(handle, END[type.kind].readable, where);
    end.forget();
    return end.shared;
  }

  give(value: unknown, type: EndType, where: string): number {
    if (!(value instanceof Shared)) throw trap(where, `the host answered no ${type.kind}`);
    return this.#add(value, true);
  }

  /**
   * Makes a stream or a future.
   *
   * @returns the handles to both of its ends
   */
  make(type: EndType): { readonly readable: number; readonly writable: number } {
    const shared = new Shared(type);
    return { readable: this.#add(shared, true), writable: this.#add(shared, false) };
  }

  #add(shared: Shared, isReader: boolean): number {
    const end = new End(this.scheduler, shared, isReader, this);
    end.handle = this.table.add(end, END[shared.type.kind][isReader ? "readable" : "writable"]);
    return end.handle;
  }

  /** Whether a call must wait before it begins. */
  mustWait(isExclusive: boolean): boolean {
    return this.#entering.size > 0 || this.#isHeld(isExclusive);
  }

  #isHeld(isExclusive: boolean): boolean {
    return this.#backpressure > 0 || (isExclusive && this.#exclusive !== undefined);
  }

  waitToEnter(one: Runnable): void {
    this.#entering.add(one);
  }

  stopWaiting(one: Runnable): void {
    this.#entering.delete(one);
    this.#look();
  }

  mayBegin(one: Runnable, isExclusive: boolean): boolean {
    const [first] = this.#entering;
    return first === one && !this.#isHeld(isExclusive);
  }

  /** Whether a task is at work that no other may interrupt. */
  get isExclusive(): boolean {
    return this.#exclusive !== undefined;
  }

  /** A task is at work, and no other like it. */
  hold(one: object): void {
    this.#exclusive = one;
  }

  /** It has ended, or waits. */
  release(): void {
    this.#exclusive = undefined;
    this.#look();
  }

  /** Lets a task go on when no other is at work. */
  whenFree(one: Runnable): void {
    this.#pending.add(one);
  }

  increaseBackpressure(): void {
    if (this.#backpressure === MOST_BACKPRESSURE) {
      throw trap("backpressure.inc", `it was asked for ${MOST_BACKPRESSURE} times already`);
    }
    this.#backpressure++;
  }

  decreaseBackpressure(): void {
    if (this.#backpressure === 0) throw trap("backpressure.dec", "there is none to take back");
    this.#backpressure--;
    if (this.mayLeave) {
      this.#look();
      return;
    }
    // nobody is let in while it gives memory, which it may do when none of its tasks is on the stack
    const { scheduler } = this;
    scheduler.expect(1);
    scheduler.later(() => {
      this.#look();
      scheduler.expect(-1);
    });
  }

  /** Lets those go on that wait for others of this instance. */
  #look(): void {
    for (const one of this.#pending) {
      if (this.#exclusive !== undefined) return;
      this.#pending.delete(one);
      this.scheduler.run(one);
    }
    const [next] = this.#entering;
    if (next !== undefined) this.scheduler.run(next);
  }
}
