/**
 * Waiting for an `AbortSignal`: one listener for all calls that one signal can end, since Node warns of more than ten.
 */

/** Who wants to know that a signal was aborted. */
export interface AbortWaiter {
  /** Called once, from the signal's event. */
  aborted(): void;
}

/** Those that wait for one signal; it is listened to while there are any. */
class AbortWatch implements EventListenerObject {
  readonly #signal: AbortSignal;
  readonly #waiters: Set<AbortWaiter> = new Set();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(waiter: AbortWaiter): void {
    if (this.#waiters.size === 0) this.#signal.addEventListener("abort", this);
    this.#waiters.add(waiter);
  }

  remove(waiter: AbortWaiter): void {
    if (this.#waiters.delete(waiter) && this.#waiters.size === 0) {
      this.#signal.removeEventListener("abort", this);
    }
  }

  /** Called by the signal. */
  handleEvent(): void {
    // each leaves when it is told, and may take others with it
    for (const waiter of [...this.#waiters]) if (this.#waiters.has(waiter)) waiter.aborted();
  }
}

const watches = new WeakMap<AbortSignal, AbortWatch>();

/** Tells `waiter` when `signal` is aborted, until {@link unwatchAbort}; one that is aborted already tells nobody. */
export function watchAbort(signal: AbortSignal, waiter: AbortWaiter): void {
  let watch = watches.get(signal);
  if (watch === undefined) {
    watch = new AbortWatch(signal);
    watches.set(signal, watch);
  }
  watch.add(waiter);
}

/** Ends what {@link watchAbort} began. */
export function unwatchAbort(signal: AbortSignal, waiter: AbortWaiter): void {
  watches.get(signal)?.remove(waiter);
}
