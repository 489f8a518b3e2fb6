/** `wasi:clocks` of WASI 0.3. */
import type { Later } from "../abi/async/later.ts";
import type { MonotonicClock } from "../io/clock.ts";
import { nanoseconds } from "../io/datetime.ts";
import type { Pollable } from "../io/poll.ts";
import type { Faces } from "../wit/wasi02.ts";
import { whenReady } from "./when-ready.ts";

const OVER = { value: undefined };

/** Waits until a timer has come to its end. */
function wait(timer: Pollable): Later | undefined {
  return whenReady(
    timer.source,
    () => (timer.ready() ? OVER : undefined),
    () => timer[Symbol.dispose](),
  );
}

/**
 * Makes the clocks of one host.
 *
 * @param monotonic its monotonic clock, as WASI 0.2 has it
 * @param wall its time of day
 */
export function clocks(monotonic: MonotonicClock, wall: Faces["wasi:clocks/wall-clock"]): object {
  const resolution = nanoseconds(wall.resolution());
  return {
    "wasi:clocks/types": {},
    "wasi:clocks/monotonic-clock": {
      now: () => monotonic.now(),
      getResolution: () => monotonic.resolution(),
      waitUntil: (when: bigint) => wait(monotonic.subscribeInstant(when)),
      waitFor: (howLong: bigint) => wait(monotonic.subscribeDuration(howLong)),
    },
    "wasi:clocks/system-clock": {
      now: () => wall.now(),
      getResolution: () => resolution,
    },
  };
}
