// Clocks, and timers that are pollables.

import { hold } from "../abi";
import { monotonicClockNow, systemClockNow, waitUntil } from "./imports/clocks";
import { Source } from "./waitables";

export { monotonicClockNow } from "./imports/clocks";

/** A time of the monotonic clock. */
@final
export class Timer extends Source {
  private isOver: bool = false;

  constructor(private when: u64) {
    super();
  }

  isReady(): bool {
    if (!this.isOver && !this.waitable) this.isOver = this.call(waitUntil(this.when));
    return this.isOver;
  }

  /** The same, with nothing started. */
  isPast(): bool {
    return this.isOver || monotonicClockNow() >= this.when;
  }

  protected settle(_result: i32): void {
    this.isOver = true;
  }

  drop(): void {
    if (this.waitable) this.callOff();
  }
}

export function subscribeInstant(when: u64): i32 {
  return <i32>hold(new Timer(when));
}

export function subscribeDuration(nanoseconds: u64): i32 {
  const now = monotonicClockNow();
  const when = now + nanoseconds;
  return subscribeInstant(when < now ? u64.MAX_VALUE : when);
}

/** The time of day, of which both versions have seconds and nanoseconds. */
export function wallClockNow(result: usize): void {
  systemClockNow(result);
}
