/** An instance as JavaScript has it: whether it can be called, and what ends with it. */
import type { Scheduler } from "../abi/async/scheduler.ts";
import { outcomeOf } from "../run/outcome.ts";
import { InstanceError } from "./errors.ts";

/** Something that ends with the instance. */
export interface Ending {
  /** The instance has ended: whoever waits is told. */
  fail(reason: InstanceError): void;
}

/** What all functions, objects and streams of one instance share. */
export class Embedding {
  /** What ends with it: calls that have given no result, and streams. */
  readonly endings: Set<Ending> = new Set();
  #scheduler: Scheduler | undefined = undefined;
  #reason: InstanceError | undefined = undefined;
  readonly #onEnd: () => void;
  #calls = 0;

  /** @param onEnd called once, when it has ended */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Its turns, from when it is linked. */
  get scheduler(): Scheduler {
    return this.#scheduler as Scheduler;
  }

  /** It is linked. */
  attach(scheduler: Scheduler): void {
    this.#scheduler = scheduler;
    scheduler.isOpen = true;
    scheduler.onFailure = (error) => this.#end(reasonOf(error));
  }

  /** Why it can't be called any more, where it has ended. */
  get reason(): InstanceError | undefined {
    return this.#reason;
  }

  /**
   * Traps where it can't be called.
   *
   * @param where what is called
   */
  assertAlive(where: string): void {
    const reason = this.#reason;
    if (reason === undefined) return;
    throw new InstanceError(reason.code, `${where}: ${reason.message}`, { cause: reason });
  }

  /** Calls a function of JavaScript for it. */
  calling<T>(call: () => T): T {
    this.#calls++;
    try {
      return call();
    } finally {
      this.#calls--;
    }
  }

  /** Likewise, and where it is being called: it can't be entered from within. */
  assertFree(where: string): void {
    this.assertAlive(where);
    const { isBusy, resumed } = this.scheduler;
    if (isBusy && (this.#calls > 0 || resumed === undefined)) {
      throw new InstanceError(
        "ERR_BUSY",
        `${where}: the instance is being called, and can't be entered from within`,
      );
    }
  }

  /** Ends it for what JavaScript gave it that is no value of the type. */
  fail(error: unknown): void {
    this.scheduler.fail(error);
  }

  /** Ends it by its embedder's wish. */
  close(): void {
    this.#scheduler?.end();
    this.#end(new InstanceError("ERR_CLOSED", "the instance was closed"));
  }

  /** The error for what was thrown by a call. */
  thrown(error: unknown): InstanceError {
    return this.#reason ?? reasonOf(error);
  }

  #end(reason: InstanceError): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    for (const ending of this.endings) ending.fail(reason);
    this.endings.clear();
    this.#onEnd();
  }
}

function reasonOf(error: unknown): InstanceError {
  const outcome = outcomeOf(error);
  const options = { cause: error };
  if (outcome.kind === "exit") {
    return new InstanceError("ERR_EXITED", `the instance has called exit with ${outcome.code}`, options);
  }
  const message = outcome.kind === "trap" ? outcome.trapped.message : outcome.message;
  return new InstanceError("ERR_TRAPPED", `the instance has trapped: ${message}`, options);
}
