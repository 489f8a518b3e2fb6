/**
 * Waitables and waitable sets: events that a guest waits for.
 *
 * Source: the component model's `CanonicalABI.md`, "Waitable State".
 */
import { trapError } from "../../io/trap.ts";
import { type Resource, resource } from "../types.ts";
import type { Runnable, Scheduler } from "./scheduler.ts";

/** What the handle to a set stands for. */
export const SET: Resource = resource("the canonical ABI's", "waitable set");

/** Something that has one event at a time. */
export abstract class Waitable {
  /** The guest's handle. */
  handle = 0;
  /** The kind of its event; 0 where it has none. */
  event = 0;
  /** The call that is suspended for this alone. */
  waiter: Runnable | undefined = undefined;
  #set: WaitableSet | undefined = undefined;
  // the neighbours among those of the set that have an event
  next: Waitable | undefined = undefined;
  before: Waitable | undefined = undefined;
  readonly scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  get isInSet(): boolean {
    return this.#set !== undefined;
  }

  /** Notes that something has happened, of which the guest is told when it asks or waits. */
  post(event: number): void {
    const isNew = this.event === 0;
    this.event = event;
    // a call that is called off is waited for until it ends, also where its begin was not told yet
    if (this.waiter !== undefined) this.scheduler.run(this.waiter);
    else if (isNew) this.#set?.add(this);
  }

  /** Takes the event from where it waits: what it says is the guest's now. */
  take(): number {
    if (this.event !== 0) this.#set?.remove(this);
    this.event = 0;
    return this.told();
  }

  /** What the event says, which is thereby told. */
  protected abstract told(): number;

  /** Puts it into a set, or takes it out of the one that it is in. */
  join(set: WaitableSet | undefined): void {
    const before = this.#set;
    if (before === set) return;
    if (before !== undefined) {
      if (this.event !== 0) before.remove(this);
      before.size--;
    }
    this.#set = set;
    if (set === undefined) return;
    set.size++;
    if (this.event !== 0) set.add(this);
  }

  /** The guest has no handle to it any more, which was counted. */
  forget(): void {
    this.join(undefined);
    this.scheduler.count(-1);
  }
}

/** A set of them, for which a guest waits. */
export class WaitableSet {
  size = 0;
  readonly #scheduler: Scheduler;
  readonly #waiters: Runnable[] = [];
  // those that have an event, the first first
  #first: Waitable | undefined = undefined;
  #last: Waitable | undefined = undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    scheduler.count(1);
  }

  get hasEvent(): boolean {
    return this.#first !== undefined;
  }

  /** The one whose event comes first. */
  get first(): Waitable | undefined {
    return this.#first;
  }

  /** One of it has an event. */
  add(one: Waitable): void {
    const last = this.#last;
    one.before = last;
    if (last === undefined) this.#first = one;
    else last.next = one;
    this.#last = one;
    this.wake();
  }

  /** One of it has no event any more. */
  remove(one: Waitable): void {
    const { before, next } = one;
    if (before === undefined) this.#first = next;
    else before.next = next;
    if (next === undefined) this.#last = before;
    else next.before = before;
    one.next = one.before = undefined;
  }

  /** Lets who waits look. */
  wake(): void {
    const [waiter] = this.#waiters;
    if (waiter !== undefined && this.#first !== undefined) this.#scheduler.run(waiter);
  }

  wait(waiter: Runnable): void {
    this.#waiters.push(waiter);
  }

  unwait(waiter: Runnable): void {
    const waiters = this.#waiters;
    const at = waiters.indexOf(waiter);
    if (at < 0) return;
    if (at === waiters.length - 1) waiters.pop();
    else waiters.splice(at, 1);
  }

  drop(): void {
    if (this.size > 0) throw trapError(`a waitable set is dropped with ${this.size} waitables in it`);
    if (this.#waiters.length > 0) throw trapError("a waitable set is dropped while it is waited for");
    this.#scheduler.count(-1);
  }
}
