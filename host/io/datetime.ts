/** `wasi:clocks/wall-clock.datetime` of 0.2. */
import type { Datetime } from "../wit/wasi02.ts";

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** @param time nanoseconds since 1970, or of a duration */
export function datetime(time: bigint): Datetime {
  return { seconds: time / NANOSECONDS_PER_SECOND, nanoseconds: Number(time % NANOSECONDS_PER_SECOND) };
}

export function nanoseconds({ seconds, nanoseconds: rest }: Datetime): bigint {
  return seconds * NANOSECONDS_PER_SECOND + BigInt(rest);
}
