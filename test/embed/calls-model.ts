/**
 * What calls between two instances do, as the specification has it, for a fuzz: nothing here is the host's own.
 *
 * Source: the component model's `CanonicalABI.md`, "Task State", "Subtask State", `canon lower`, `canon subtask.cancel`.
 */
import { type Answer, BLOCKED, type ModelEnd, ModelSet, type ModelWaitable } from "./streams-model.ts";

const STARTING = 0;
const STARTED = 1;
const RETURNED = 2;
const CANCELLED_BEFORE_START = 3;
const CANCELLED_BEFORE_RETURN = 4;

/** A call as who makes it sees it. */
export class ModelCall implements ModelWaitable {
  readonly task: ModelTask;
  handle = 0;
  state: number = STARTING;
  event: number | undefined = undefined;
  isTold = false;
  isCancelled = false;
  set: ModelSet | undefined = undefined;

  constructor(task: ModelTask) {
    this.task = task;
    task.call = this;
  }

  to(state: number): void {
    this.state = state;
    // who is about to be given the handle is told with it
    if (this.handle !== 0) this.event = state;
  }

  /** What is said of it is its state then, not when the event came. */
  take(): number {
    this.event = undefined;
    this.isTold = this.state >= RETURNED;
    return this.state;
  }
}

/** What a task does when it has its turn, of which what it may not do then it leaves out. */
export interface Act {
  readonly returns: boolean;
  readonly cancels: boolean;
  readonly then: "exit" | "yield" | "wait";
}

/** A call as the called instance sees it. */
export class ModelTask {
  readonly plan: Uint8Array;
  /** The stream that it is given. */
  readonly given: ModelEnd;
  call: ModelCall | undefined = undefined;
  id = -1;
  step = 0;
  at: "starting" | "yield" | "wait" | "woken" | "exit" = "starting";
  /** What it was woken with: its stack goes on when others have had their turn. */
  woken: readonly number[] = [];
  isResolved = false;
  cancel: "none" | "asked" = "none";
  readonly set: ModelSet = new ModelSet();
  /** Whether it waits on its stack, and so is not told that it is called off. */
  readonly isOnStack: boolean;

  constructor(plan: Uint8Array, given: ModelEnd, isOnStack: boolean) {
    this.plan = plan;
    this.given = given;
    this.isOnStack = isOnStack;
  }

  /** Whether it goes on if it is let. */
  get isReady(): boolean {
    return (
      this.at === "yield" ||
      this.at === "woken" ||
      (this.at === "wait" && (this.isToBeTold || this.set.ready.length > 0))
    );
  }

  /** Whether it is told of being called off when it has its turn. */
  get isToBeTold(): boolean {
    return this.cancel === "asked" && !this.isOnStack;
  }

  /** What it does with an event. */
  act(isTold: boolean): Act {
    const step = this.step++;
    const byte = this.plan[step + (isTold ? STEPS : 0)] as number;
    const isLast = step >= STEPS - 1;
    const then = isLast ? "exit" : ((["exit", "yield", "wait", "wait"] as const)[(byte >> 2) & 3] ?? "exit");
    const cancels = (byte & 2) !== 0 && isTold && !this.isResolved;
    const returns = !cancels && !this.isResolved && ((byte & 1) !== 0 || then === "exit");
    this.at = then;
    if (returns || cancels) this.isResolved = true;
    if (returns) this.call?.to(RETURNED);
    if (cancels) this.call?.to(CANCELLED_BEFORE_RETURN);
    return { returns, cancels, then };
  }
}

/** How often a task has its turn at the most. */
export const STEPS = 12;

/** The instance that is called. */
export class ModelCallee {
  backpressure = 0;
  /** Those that wait to begin, the first first. */
  readonly queue: ModelTask[] = [];
  readonly tasks: ModelTask[] = [];

  /** It is called. */
  begin(task: ModelTask): void {
    this.queue.push(task);
  }

  /** The next one begins. */
  start(): ModelTask | undefined {
    const task = this.backpressure === 0 ? this.queue.shift() : undefined;
    if (task === undefined) return undefined;
    task.id = this.tasks.length;
    this.tasks.push(task);
    task.call?.to(STARTED);
    return task;
  }

  /** Whether anything will go on by itself. */
  get isReady(): boolean {
    return this.tasks.some(({ isReady }) => isReady) || (this.backpressure === 0 && this.queue.length > 0);
  }

  /** What comes of it when a call is called off, before the task has had its turn. */
  askToEnd(call: ModelCall): Answer | undefined {
    if (call.isTold || call.isCancelled) return "traps";
    if (call.state >= RETURNED) return call.take();
    call.isCancelled = true;
    const { task } = call;
    if (task.at === "starting") {
      this.queue.splice(this.queue.indexOf(task), 1);
      call.to(CANCELLED_BEFORE_START);
      return call.take();
    }
    task.cancel = "asked";
    return undefined;
  }
}

/** What `subtask.cancel` gives when the task has had its turn. */
export function afterTurn(call: ModelCall): number {
  return call.state >= RETURNED ? call.take() : BLOCKED;
}
