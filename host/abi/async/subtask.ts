/** Calls that a guest has made and that go on behind its back. */
import type { HandleTable } from "../table.ts";
import { type Resource, resource } from "../types.ts";
import { Call, Event } from "./codes.ts";
import type { Scheduler } from "./scheduler.ts";
import { Waitable } from "./waitable.ts";

/** What the handle to a call stands for. */
export const CALL: Resource = resource("the canonical ABI's", "call");

/** A call. */
export class Subtask extends Waitable {
  /** How far it is: `Call`. */
  state: number = Call.starting;
  /** Whether it was asked to end. */
  isCancelled = false;
  /** Whether the caller knows of its end. */
  isTold = false;
  /** Asks for its end. */
  onCancel: () => void = () => {};
  /** The slots of what was lent for it. */
  lent: readonly number[] = [];
  readonly #table: HandleTable;

  constructor(scheduler: Scheduler, table: HandleTable) {
    super(scheduler);
    this.#table = table;
  }

  /** Whether it has come to its end. */
  get isOver(): boolean {
    return this.state >= Call.returned;
  }

  /** It has got further. */
  progress(state: number): void {
    this.state = state;
    // a call that is answered before its caller goes on has no handle
    if (this.handle !== 0) this.post(Event.subtask);
    else if (this.waiter !== undefined && this.isOver) this.scheduler.run(this.waiter);
  }

  /** Gives the caller a handle to it. */
  adopt(): number {
    this.scheduler.count(1);
    this.handle = this.#table.add(this, CALL);
    return this.handle;
  }

  /** The caller learns of its end: what was lent is back. */
  tell(): void {
    this.isTold = true;
    for (const slot of this.lent) this.#table.unlend(slot);
    this.lent = [];
  }

  protected override told(): number {
    if (this.isOver) this.tell();
    return this.state;
  }
}
