/**
 * `wasi:clocks/monotonic-clock` and its timers.
 */
import type { Abortable, Ledger, Owner } from "./owner.ts";
import { OwnSource, Pollable } from "./poll.ts";
import { systemTime, type TimerHandle } from "./time.ts";

const NEVER = 0xffff_ffff_ffff_ffffn;

/** Nanoseconds on the system's clock that never goes back; its zero has no meaning. */
export function now(): bigint {
  return systemTime.monotonic();
}

/** The smallest step of the clock in nanoseconds. */
export function resolution(): bigint {
  return 1n;
}

/** Ready from an instant on. */
class Timer extends OwnSource implements Abortable {
  readonly #deadline: bigint;
  readonly #ledger: Ledger;
  #timeout: TimerHandle | undefined = undefined;
  #isOver = false;

  constructor(deadline: bigint, ledger: Ledger) {
    super();
    this.#deadline = deadline;
    this.#ledger = ledger;
  }

  override isReady(): boolean {
    if (this.#isOver) return true;
    if (this.#ledger.time.monotonic() < this.#deadline) return false;
    this.#isOver = true;
    this.#disarm();
    return true;
  }

  // A timer is armed when somebody waits for it, and kept until it fires or its pollable goes: a guest
  // that polls in a loop with the same pollable pays for one. While nobody waits it holds no process.
  override addWaiter(waiter: { wake(): void }): void {
    super.addWaiter(waiter);
    if (this.#timeout !== undefined) this.#timeout.ref();
    else if (!this.#isOver) this.#arm();
  }

  override removeWaiter(waiter: { wake(): void }): void {
    super.removeWaiter(waiter);
    if (!this.hasWaiters) this.#timeout?.unref();
  }

  override end(): void {
    this.#disarm();
  }

  abort(): void {
    this.#disarm();
  }

  #arm(): void {
    const { time } = this.#ledger;
    if (this.#timeout === undefined) {
      this.#ledger.timers++;
      this.#ledger.live.add(this);
    }
    this.#timeout = time.startTimer(fire, this.#deadline - time.monotonic(), this);
  }

  /** The timeout is over; the deadline may not be. */
  fired(): void {
    if (this.#isOver) return;
    if (this.#ledger.time.monotonic() < this.#deadline) {
      this.#arm();
      if (!this.hasWaiters) this.#timeout?.unref();
      return;
    }
    this.#isOver = true;
    this.#disarm();
    this.notify();
  }

  #disarm(): void {
    if (this.#timeout === undefined) return;
    this.#ledger.time.stopTimer(this.#timeout);
    this.#timeout = undefined;
    this.#ledger.timers--;
    this.#ledger.live.delete(this);
  }
}

function fire(timer: Timer): void {
  timer.fired();
}

/** `wasi:clocks/monotonic-clock` of one host. */
export interface MonotonicClock {
  now(): bigint;
  resolution(): bigint;
  subscribeInstant(when: bigint): Pollable;
  subscribeDuration(duration: bigint): Pollable;
}

/**
 * A pollable that is ready from an instant on, never earlier.
 *
 * @param when nanoseconds on the host's clock
 * @param owner whose books the timer is in
 */
function subscribeInstant(when: bigint, owner: Owner): Pollable {
  owner.ledger.assertOpen();
  return new Pollable(new Timer(when, owner.ledger), owner);
}

/**
 * A pollable that is ready when a time has passed, never earlier; with 0 it is ready at once.
 *
 * @param duration nanoseconds
 * @param owner whose books the timer is in
 */
function subscribeDuration(duration: bigint, owner: Owner): Pollable {
  const when = owner.ledger.time.monotonic() + duration;
  return subscribeInstant(when > NEVER ? NEVER : when, owner);
}

/** Makes `wasi:clocks/monotonic-clock` for one host. */
export function monotonicClock(owner: Owner): MonotonicClock {
  return {
    now: () => owner.ledger.time.monotonic(),
    resolution,
    subscribeInstant: (when) => subscribeInstant(when, owner),
    subscribeDuration: (duration) => subscribeDuration(duration, owner),
  };
}
