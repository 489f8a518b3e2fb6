/**
 * One end of a channel, run again and again from its start: with what its operations have given so far, until it comes
 * to one that has given nothing yet. So code that knows nothing of it can be stopped before each of its operations and
 * be taken on in several ways, without a thread; it has to depend on nothing else.
 */
import type { MemoryOperation } from "./memory.ts";

/** What an end is about to do. */
export type Operation =
  | MemoryOperation
  /** `Atomics.wait`: gives 0 when it was woken, 1 when the word was another, 2 when the time was over. */
  | {
      readonly kind: "wait";
      readonly at: number;
      readonly value: number;
      readonly id: number;
      readonly milliseconds: number;
    }
  /** `Atomics.waitAsync`: gives 0 when it waits, 1 when the word was another. */
  | { readonly kind: "waitAsync"; readonly at: number; readonly value: number; readonly id: number }
  /** Anything below a number: what isn't decided here. */
  | { readonly kind: "choose"; readonly among: number }
  /** The clock: gives 1 when it has moved. */
  | { readonly kind: "clock" }
  /** The event loop: gives the place of the task that is run next. */
  | { readonly kind: "loop"; readonly tasks: readonly Task[]; readonly mark: string }
  /** Nothing: what follows depends on the mark alone, and on nothing that was before. */
  | { readonly kind: "mark"; readonly mark: string }
  /** The end has come to its end. */
  | { readonly kind: "done" };

/** What the event loop may run. */
export interface Task {
  readonly what: string;
  /** The wait that has to be over; none for what can be run at any time. */
  readonly wait: number | undefined;
  run(): void;
}

/** What an end may throw into its event loop, where it goes on. */
export class Failure extends Error {}

/** What stops code at an operation. */
class Stop extends Error {}
const STOP: Stop = new Stop("stopped");

/** The run of an end that is under way. */
export class Run {
  /** What it came to. */
  operation: Operation | undefined;
  /** What the clock says. */
  milliseconds = 0;
  /** How many tasks the event loop has begun. */
  turn = 0;
  readonly #given: readonly number[];
  #position = 0;
  #tasks: Task[] = [];
  readonly #waits: Set<number> = new Set();

  /** @param given what its operations have given, in their order */
  constructor(given: readonly number[]) {
    this.#given = given;
  }

  /** Runs code to its next operation. */
  go(code: () => void): void {
    try {
      code();
      this.perform({ kind: "done" });
    } catch (error) {
      if (this.operation === undefined) throw error;
    }
  }

  /** Gives what an operation has given, or stops before it. */
  perform(operation: Operation): number {
    if (this.operation !== undefined) throw STOP; // code that catches, or cleans up, doesn't get on
    const given = this.#given[this.#position++];
    if (given !== undefined) return given;
    this.operation = operation;
    throw STOP;
  }

  /** A number for the next wait, until it is over. */
  beginWait(): number {
    let id = 0;
    while (this.#waits.has(id)) id++;
    this.#waits.add(id);
    return id;
  }

  /** A wait is over. */
  endWait(id: number): void {
    this.#waits.delete(id);
  }

  /** The time, for whoever only asks whether some milliseconds have gone. */
  now(): number {
    this.milliseconds += 1000 * this.perform({ kind: "clock" });
    return this.milliseconds;
  }

  /**
   * Has something run later, from the event loop.
   *
   * @param what the task, of those that may be waiting at a time
   * @param wait the wait that has to be over
   */
  task(what: string, run: () => void, wait?: number): void {
    this.#tasks.push({ what, wait, run });
  }

  /**
   * Runs tasks for ever; a failure ends none but the task that throws it.
   *
   * @param state what tasks depend on, besides what they are
   */
  loop(state: () => string): never {
    for (;;) {
      const tasks = [...this.#tasks];
      const mark = JSON.stringify([state(), tasks.map(({ what, wait }) => [what, wait])]);
      const [task] = this.#tasks.splice(this.perform({ kind: "loop", tasks, mark }), 1);
      this.turn++;
      try {
        task?.run();
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
    }
  }
}

/** An end that has come to an operation by what those before have given. */
export class Point {
  readonly operation: Operation;
  /** Its number, by which states are told apart. */
  readonly id: number;
  readonly #end: End;
  readonly #given: readonly number[];
  readonly #next: Map<number, Point> = new Map();

  constructor(end: End, given: readonly number[], operation: Operation) {
    this.#end = end;
    this.#given = given;
    this.operation = operation;
    this.id = end.points++;
  }

  /** Where it is when the operation has given something. */
  after(value: number): Point {
    let next = this.#next.get(value);
    if (next === undefined) {
      next = this.#end.at([...this.#given, value]);
      this.#next.set(value, next);
    }
    return next;
  }

  /** How many operations it has behind it. */
  get depth(): number {
    return this.#given.length;
  }
}

/** Where an end can come to. */
export class End {
  points = 0;
  readonly #start: (run: Run) => void;
  readonly #marks: Map<string, Point> = new Map();

  /** @param start runs it */
  constructor(start: (run: Run) => void) {
    this.#start = start;
  }

  /** Where it is when its operations have given something; one point for all ways to a mark. */
  at(given: readonly number[]): Point {
    const run = new Run(given);
    this.#start(run);
    const operation = run.operation as Operation;
    const mark = operation.kind === "loop" || operation.kind === "mark" ? operation.mark : undefined;
    const known = mark === undefined ? undefined : this.#marks.get(mark);
    if (known !== undefined) return known;
    const point = new Point(this, given, operation);
    if (mark !== undefined) this.#marks.set(mark, point);
    return point;
  }
}
