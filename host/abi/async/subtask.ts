/** Calls that a guest has made and that go on behind its back. */
import type { HandleTable } from "../table.ts";
import { type Resource, resource } from "../types.ts";
import { Call, Event } from "./codes.ts";
import type { Scheduler } from "./scheduler.ts";
import { Waitable } from "./waitable.ts";

/** What the handle to a call stands for. */
export const CALL: Resource = resource("the canonical ABI's", "call");

/** How the values of calls of one function go. */
export interface Passing {
  readonly table: HandleTable;
  readonly scheduler: Scheduler;
  /** Lifts the parameters. */
  readonly lift: (flat: readonly unknown[]) => unknown[];
  /** The slots of what was lent by the parameters that were lifted last. */
  readonly lent: number[];
  /** Gives the result to the caller: where it wants it, or as what is returned. */
  readonly give: (value: unknown, into: number) => unknown;
}

const NONE: readonly number[] = [];

export class Subtask extends Waitable {
  /** How far it is: `Call`. */
  state: number = Call.starting;
  isCancelled = false;
  /** Whether the caller knows of its end. */
  isTold = false;
  /** Asks for its end. */
  onCancel: (() => void) | undefined = undefined;
  /** What it returns, where that goes through no memory. */
  returned: unknown = undefined;
  /** The slots of what was lent for it. */
  #lent: readonly number[] = NONE;
  readonly #passing: Passing;
  readonly #flat: readonly unknown[];
  readonly #into: number;

  /**
   * @param flat the parameters, which are lifted when it begins
   * @param into where the result goes
   */
  constructor(passing: Passing, flat: readonly unknown[], into: number) {
    super(passing.scheduler);
    this.#passing = passing;
    this.#flat = flat;
    this.#into = into;
  }

  /** It begins: its parameters. */
  start(): unknown[] {
    const { lift, lent } = this.#passing;
    this.state = Call.started;
    const values = lift(this.#flat);
    if (lent.length > 0) this.#lent = lent.splice(0);
    if (this.handle !== 0) this.progress(Call.started);
    return values;
  }

  /** Gives the caller the result, which is its end. */
  finish(value: unknown): void {
    this.returned = this.#passing.give(value, this.#into);
    this.progress(Call.returned);
  }

  get isOver(): boolean {
    return this.state >= Call.returned;
  }

  progress(state: number): void {
    this.state = state;
    // a call that is answered before its caller goes on has no handle
    if (this.handle !== 0) this.post(Event.subtask);
    else if (this.waiter !== undefined && this.isOver) this.scheduler.run(this.waiter);
  }

  /** Gives the caller a handle to it. */
  adopt(): number {
    this.scheduler.count(1);
    this.handle = this.#passing.table.add(this, CALL);
    return this.handle;
  }

  /** The caller learns of its end: what was lent is back. */
  tell(): void {
    this.isTold = true;
    for (const slot of this.#lent) this.#passing.table.unlend(slot);
    this.#lent = NONE;
  }

  protected override told(): number {
    if (this.isOver) this.tell();
    return this.state;
  }
}
