/**
 * Time and chance, as a host has them. A guest that can't tell the host's from the system's can live in time that is made up.
 */
import { crypto } from "../runtime/crypto.ts";
import { milliseconds } from "./milliseconds.ts";

/** A timer that is armed. */
export interface TimerHandle {
  /** Keeps the process while it is armed. */
  ref(): unknown;
  /** Keeps the process no longer. */
  unref(): unknown;
}

/** Where a host takes time and chance from. */
export interface Time {
  /** Nanoseconds on a clock that never goes back; its zero has no meaning. */
  monotonic(): bigint;
  /** The same clock in milliseconds, with what it has of their fractions. */
  milliseconds(): number;
  /** The time of day: nanoseconds since 1970-01-01T00:00Z. */
  wall(): bigint;
  /**
   * Calls back once, never early.
   *
   * @param fire called with `argument`
   * @param nanoseconds from now; what is no more than 0 fires soon
   * @param argument saves the caller a closure
   */
  startTimer<T>(fire: (argument: T) => void, nanoseconds: bigint, argument: T): TimerHandle;
  /** Calls off a timer that hasn't fired. */
  stopTimer(timer: TimerHandle): void;
  /** Calls back when all events that are there now have been told, and the promise reactions of each. */
  defer(callback: () => void): void;
  /** Bytes that nobody can foretell, unless they were meant to. */
  random(length: number): Uint8Array;
  /**
   * Of time that is made up: lets it stand until what it gives is called, while something goes on that takes none of it,
   * such as a program that runs on another thread.
   */
  hold?(): () => void;
  /** Of time that is made up: whether who lives in it is gone, and to be told nothing more. */
  isOver?(): boolean;
}

/** Whether time is made up: what happens in it is to depend on nothing outside, such as when the collector comes. */
export function isMadeUp(time: Time): boolean {
  return time.hold !== undefined;
}

/** The largest delay that `setTimeout` takes. */
const LONGEST_DELAY = 0x7fffffffn;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/**
 * How far the time of day is ahead of the other clock, as far as that is known. `Date.now` has whole milliseconds only: each
 * reading says between which two the time lies, and what the other clock tells between its steps is kept within them.
 */
let ahead = 0n;

/** The system's. */
export const systemTime: Time = {
  monotonic: () => process.hrtime.bigint(),
  milliseconds,
  wall() {
    const least = BigInt(Date.now()) * NANOSECONDS_PER_MILLISECOND;
    const most = least + NANOSECONDS_PER_MILLISECOND - 1n;
    const now = process.hrtime.bigint();
    const told = now + ahead;
    const wall = told < least ? least : told > most ? most : told;
    ahead = wall - now;
    return wall;
  },
  startTimer(fire, nanoseconds, argument) {
    // Rounded up: setTimeout counts whole milliseconds, and early is what a timer must never be.
    const rounded = (nanoseconds + NANOSECONDS_PER_MILLISECOND - 1n) / NANOSECONDS_PER_MILLISECOND;
    const delay = rounded < 1n ? 1n : rounded > LONGEST_DELAY ? LONGEST_DELAY : rounded;
    return setTimeout(fire, Number(delay), argument);
  },
  stopTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
  defer: (callback) => void setImmediate(callback),
  random: (length) => crypto().randomBytes(length),
};
