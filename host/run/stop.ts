/** Ends of a program that come from outside: its time limit, and its embedder's signal. */
import { endedBy, type Outcome } from "./outcome.ts";

/** A clock and a signal, until {@link release}. */
export class Stop {
  /** Settles when the program is to end, with how that is told. */
  readonly promise: Promise<Outcome>;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #onAbort: () => void = () => {};

  /**
   * @param timeout milliseconds
   * @param signal the embedder's
   */
  constructor(timeout: number | undefined, signal: AbortSignal | undefined) {
    this.#signal = signal;
    let stop: (reason: "timeout" | "abort", message: string) => void = () => {};
    this.promise = new Promise((resolve) => {
      stop = (reason, message) => resolve(endedBy(reason, message));
    });
    if (timeout !== undefined) {
      this.#timer = setTimeout(() => stop("timeout", `it was ended after ${inWords(timeout)}`), timeout);
    }
    this.#onAbort = () => stop("abort", "it was ended from outside");
    if (signal?.aborted) this.#onAbort();
    signal?.addEventListener("abort", this.#onAbort);
  }

  /** Takes the listener and the clock away. */
  release(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}

/** Waits for something, for so many milliseconds at most. */
export async function atMost(milliseconds: number, something: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([something, late]);
  clearTimeout(timer);
}

function inWords(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`;
}
