/** Quantities in words, as people write them in options and rules: `1.5m`, `256MiB`. */

/** Units of time, in milliseconds. */
export const TIMES: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Units of size, in bytes. */
export const SIZES: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
]);

/**
 * Reads a number with its unit behind it.
 *
 * @returns how many of the smallest; `undefined` where it is no number, or of no such unit
 */
export function quantity(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const [, number, unit = ""] = /^(\d{1,15}(?:\.\d{1,9})?)([a-zA-Z]+)$/.exec(text) ?? [];
  const factor = units.get(unit);
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
