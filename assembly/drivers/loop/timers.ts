// Timers: a heap with the next one on top, and one pollable for it.

import { dropPollable } from "../../wasi/io";
import { monotonicClockNow as now, subscribeInstant } from "../../wasi/clocks";

/** Something that happens at its time, once for every `Loop.after`. */
export abstract class Timer {
  /** When, by the monotonic clock. */
  when: u64 = 0;
  /** Where it is in the heap; -1 when it doesn't run. */
  at: i32 = -1;

  /** Its time has come. */
  abstract onTime(): void;

  /** Whether its time is still to come. */
  get runs(): bool {
    return this.at >= 0;
  }
}

@final
export class Timers {
  private heap: Array<Timer> = new Array<Timer>();
  // a pollable of the host's, and its time
  private armed: i32 = 0;
  private armedFor: u64 = 0;

  get isEmpty(): bool {
    return this.heap.length == 0;
  }

  /** Starts a timer, or starts it again. */
  start(timer: Timer, seconds: f64): void {
    this.cancel(timer);
    // past 2^62 ns, which is 146 years, is never
    const nanoseconds = seconds > 0 ? <u64>min(seconds * 1e9, 4e18) : 0;
    timer.when = now() + nanoseconds;
    timer.at = this.heap.push(timer) - 1;
    this.rise(timer);
  }

  cancel(timer: Timer): void {
    const at = timer.at;
    if (at < 0) return;
    timer.at = -1;
    const last = this.heap.pop();
    if (last === timer) return;
    this.put(last, at);
    this.rise(last);
    this.sink(last);
  }

  /** Tells those whose time has come. */
  fire(): void {
    if (this.isEmpty) return;
    const present = now();
    // those that are started meanwhile, with no time to wait, come in the next turn
    while (this.heap.length && this.heap[0].when < present) {
      const timer = this.heap[0];
      this.cancel(timer);
      timer.onTime();
    }
  }

  /** A pollable for the next time, which stays its own; 0 when no timer runs. */
  pollable(): i32 {
    if (this.isEmpty) return 0;
    const next = this.heap[0].when;
    // one that is early costs a turn of the loop, a new one for each change two calls of the host
    const early = this.armed && this.armedFor <= next && this.armedFor > now();
    if (early) return this.armed;
    if (this.armed) dropPollable(this.armed);
    this.armed = subscribeInstant(next);
    this.armedFor = next;
    return this.armed;
  }

  private put(timer: Timer, at: i32): void {
    this.heap[at] = timer;
    timer.at = at;
  }

  private rise(timer: Timer): void {
    while (timer.at) {
      const above = this.heap[(timer.at - 1) >> 1];
      if (above.when <= timer.when) return;
      const at = above.at;
      this.put(above, timer.at);
      this.put(timer, at);
    }
  }

  private sink(timer: Timer): void {
    for (let below = 2 * timer.at + 1; below < this.heap.length; below = 2 * timer.at + 1) {
      const other = below + 1;
      if (other < this.heap.length && this.heap[other].when < this.heap[below].when) below = other;
      const next = this.heap[below];
      if (timer.when <= next.when) return;
      this.put(next, timer.at);
      this.put(timer, below);
    }
  }
}
