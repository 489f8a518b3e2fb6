/** How objects of the library are printed: by `console.log`, and by whatever else asks `util.inspect`. */

/** The method that Node, Deno and Bun look for, `util.inspect.custom`. */
export const inspectCustom: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** `util.inspect`, as that method is handed it. */
export type Inspect = (value: unknown, options: object) => string;

/**
 * An object as one of a class with some fields. Printing is for those who look for a fault, and throws none of its own.
 *
 * @param depth how many levels may still be printed; null for all
 * @param fields what to print; where it throws, such as for a proxy, only the class is printed
 */
export function printed(
  className: string,
  fields: () => object,
  depth: number | null,
  options: object,
  inspect: Inspect,
): string {
  if (depth !== null && depth < 0) return `[${className}]`;
  return `${className} ${inspect(attempt(fields) ?? {}, { ...options, depth })}`;
}

/** What a function returns; undefined where it throws. */
export function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/** The name of a constant; the number where it has none. */
export function nameOf(constants: Readonly<Record<string, number>>, value: number): string | number {
  return Object.keys(constants).find((name) => constants[name] === value) ?? value;
}
