/** Times and numbers of things. */

/** Takes the time; the function that it returns says how many seconds have gone since. */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}

/** Does something so many times at once; what each of them returned. */
export function times<T>(count: number, make: (index: number) => T | Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}

/**
 * Does something again and again, a number of them at a time.
 *
 * @param count how often in all
 * @param lanes how many at a time
 */
export async function inLanes<T>(count: number, lanes: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  let left = count;
  await times(Math.min(lanes, count), async () => {
    while (left-- > 0) made.push(await make());
  });
  return made;
}

/** A check of a measurement's own work: a figure of work that was not done is none. */
export function expectCount(what: string, got: number, wanted: number): void {
  if (got !== wanted) throw new Error(`${what}: ${got} instead of ${wanted}`);
}
