/** Setting the times of files. */
import type { FileStat } from "./stat.ts";

/** A time to set: nanoseconds since 1970, the time of the call, or what it is already. */
export type SetTime = bigint | "now" | "keep";

type NodeTime = number | Date;

/**
 * Two times as Node's calls take them: a number of seconds, which has steps of about a quarter of a microsecond
 * today, and which libuv cuts to whole microseconds before 1.49 (Node 20). Times before 1970 have milliseconds.
 *
 * @param stat asked where a time is to stay: it is written again, with the loss that this has
 * @throws EINVAL for a time beyond what a `Date` can say
 */
export function nodeTimes(
  accessed: SetTime,
  modified: SetTime,
  stat: () => FileStat,
): [accessed: NodeTime, modified: NodeTime] {
  const was = accessed === "keep" || modified === "keep" ? stat() : undefined;
  const now = Date.now() / 1000;
  const told = (time: SetTime, before: bigint | undefined): NodeTime =>
    time === "now" ? now : toNode(time === "keep" ? (before ?? 0n) : time);
  return [told(accessed, was?.accessed), told(modified, was?.modified)];
}

/** The last second that a `Date` can say. */
const LAST_SECOND = 8_640_000_000_000n;

function toNode(nanoseconds: bigint): NodeTime {
  const seconds = nanoseconds / 1_000_000_000n;
  if (seconds > LAST_SECOND || seconds < -LAST_SECOND) throw "EINVAL";
  if (nanoseconds >= 0n) return Number(seconds) + Number(nanoseconds % 1_000_000_000n) / 1e9;
  // Node takes a number below 0 for now
  const milliseconds = nanoseconds / 1_000_000n;
  const floor = milliseconds * 1_000_000n > nanoseconds ? milliseconds - 1n : milliseconds;
  return new Date(Number(floor));
}
