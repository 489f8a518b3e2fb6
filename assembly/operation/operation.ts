// Operations: whatever can wait, as small state machines that are stepped.

import { EAGAIN, EBADF } from "../error/errno";
import { dropPollable, pollableReady } from "../wasi/io";
import { monotonicClockNow as now, subscribeInstant } from "../wasi/clocks";

/** `step`: it waits for its pollable. */
export const PENDING: i32 = i32.MIN_VALUE;
/** `step`: its timeout passed and nothing was done. */
export const TIMED_OUT: i32 = i32.MIN_VALUE + 1;
/** `step`: the window is used up; supply the next one and step again. */
export const MORE: i32 = i32.MIN_VALUE + 2;

/** The operations of one direction of a socket, in the order in which they were started. */
@final
export class Queue {
  head: Operation | null = null;
  tail: Operation | null = null;

  add(operation: Operation): void {
    operation.queue = this;
    const tail = this.tail;
    if (tail) tail.next = operation;
    else this.head = operation;
    this.tail = operation;
  }

  remove(operation: Operation): void {
    operation.queue = null;
    let before: Operation | null = null;
    for (let at: Operation | null = this.head; at; at = at!.next) {
      if (at === operation) {
        if (before) before.next = at.next;
        else this.head = at.next;
        if (this.tail === at) this.tail = before;
        at.next = null;
        if (!before) this.wake();
        return;
      }
      before = at;
    }
  }

  /** Tells the first operation in it to look again, since its socket has changed; each wakes the next. */
  wake(): void {
    const head = this.head;
    if (head) head.wake();
  }
}

/**
 * Something that may have to wait.
 *
 * `step` goes on as far as it can. It returns PENDING, MORE, TIMED_OUT, a negative errno, or a result
 * that is not negative, whose meaning is the subclass's. The window is a region for bytes that is valid
 * during the step only.
 */
export abstract class Operation {
  next: Operation | null = null;
  queue: Queue | null = null;
  nextWoken: Operation | null = null;
  woken: bool = false;
  /** Bytes moved so far, over all steps. */
  moved: u32 = 0;
  /** A timer's pollable, 0 for none. */
  timer: i32 = 0;
  /** When the timer fires, by the monotonic clock. */
  deadline: u64 = 0;
  /** Whether it may not wait at all. */
  immediate: bool = false;
  finished: bool = false;

  /** One try; -EAGAIN means that it has to wait. */
  protected abstract attempt(window: usize, size: u32): i32;

  /** The pollable that it waits for, which stays the core's own; 0 when it only waits for other operations. */
  abstract waitsFor(): i32;

  /** A pollable of the same meaning that the caller owns. */
  abstract subscribe(): i32;

  /** A pollable of the timeout that the caller owns; 0 when there is none. */
  subscribeDeadline(): i32 {
    return this.timer ? subscribeInstant(this.deadline) : 0;
  }

  /** Whether there is nothing left to wait for, so that a step will end it, whatever its place in a queue. */
  willEnd(): bool {
    return this.finished;
  }

  /** Lets go of what it holds; called once, at its end. */
  protected release(): void {}

  /** What its time running out leads to: TIMED_OUT unless something was moved. */
  protected expire(): i32 {
    return this.moved ? this.moved : TIMED_OUT;
  }

  /** Gives it `seconds` at most: 0 is a single try, a negative number (or NaN) no limit. */
  limitTo(seconds: f64): void {
    if (!(seconds >= 0)) return;
    if (seconds == 0) this.immediate = true;
    // past 2^63 ns, which is 292 years, is for ever
    else if (seconds < 9.2e9) {
      this.deadline = now() + <u64>(seconds * 1e9);
      this.timer = subscribeInstant(this.deadline);
    }
  }

  step(window: usize, size: u32): i32 {
    if (this.finished) return -EBADF;
    const queue = this.queue;
    let result = -EAGAIN;
    if (!queue || queue.head === this || this.willEnd()) result = this.attempt(window, size);
    if (result == -EAGAIN) {
      if (this.immediate || (this.timer && pollableReady(this.timer))) result = this.expire();
      else return PENDING;
    }
    if (result != MORE) this.finish();
    return result;
  }

  /** Ends it, whatever it was doing. */
  finish(): void {
    if (this.finished) return;
    this.finished = true;
    if (this.timer) {
      dropPollable(this.timer);
      this.timer = 0;
    }
    this.release();
    const queue = this.queue;
    if (queue) queue.remove(this);
  }

  /** Puts it on the list of operations that may get further without any event of the host. */
  wake(): void {
    if (this.woken || !tracksWoken) return;
    this.woken = true;
    this.nextWoken = null;
    if (lastWoken) lastWoken!.nextWoken = this;
    else firstWoken = this;
    lastWoken = this;
    store<u32>(WOKEN, 1);
  }
}

/** u32, not 0 where operations were woken: a driver outside looks here, which costs no call. */
export const WOKEN: usize = memory.data(4, 4);

let tracksWoken: bool = false;
let firstWoken: Operation | null = null;
let lastWoken: Operation | null = null;

/** For drivers with many operations under way: keeps a list of those that another operation has woken. */
export function trackWoken(): void {
  tracksWoken = true;
}

/** Takes the next operation that was woken. */
export function takeWoken(): Operation | null {
  const operation = firstWoken;
  if (operation) {
    firstWoken = operation.nextWoken;
    if (!firstWoken) {
      lastWoken = null;
      store<u32>(WOKEN, 0);
    }
    operation.woken = false;
    operation.nextWoken = null;
  }
  return operation;
}
