// Time: as people tell it, as programs measure it, and the passing of it.

import { RET } from "../../abi";
import { wallClockNow } from "../../wasi/clocks";
import { pollableBlock, dropPollable } from "../../wasi/io";
import { monotonicClockNow as monotonic, subscribeDuration } from "../../wasi/clocks";

/** Milliseconds since 1970, as `Date.now()`. */
export function now(): i64 {
  wallClockNow(RET); // datetime: seconds u64 @0, nanoseconds u32 @8
  return load<i64>(RET) * 1000 + load<u32>(RET, 8) / 1_000_000;
}

/** Nanoseconds since some moment that stays the same while the program runs; never goes back. */
export function monotonicNow(): u64 {
  return monotonic();
}

/** Waits for so many seconds; fractions are allowed, 0 and less don't wait. */
export function sleep(seconds: f64): void {
  if (!(seconds > 0)) return;
  const timer = subscribeDuration(<u64>min(seconds * 1e9, 9e18));
  pollableBlock(timer);
  dropPollable(timer);
}
