/**
 * Milliseconds on a clock that never goes back; its zero has no meaning. `performance.now()` tells the same, and costs
 * each thread two of them at its start: Node loads all of perf_hooks for it.
 */
export function milliseconds(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1_000_000;
}
