/**
 * Core types of what a module imports, checked as it calls. Where a module says that it imports a function of other
 * types than we serve, WebAssembly converts to what the module says: a NaN would come where code counts on a bigint.
 * Who has the module's bytes checks its types once instead.
 */
import type { CoreSignature, CoreType } from "./types.ts";
import { type AnyFunction, type CoreFunction, trap } from "./webassembly.ts";

/**
 * Makes a function that does as the given one, and traps where what it is called with is of other types.
 *
 * @param call the function; it gets what is checked
 * @param signature what it takes
 * @param where how messages call it
 */
export function checked(call: CoreFunction, { params }: CoreSignature, where: string): CoreFunction {
  const inner = call as AnyFunction;
  const refuse = (args: readonly unknown[]): never => {
    const given = args.map((arg) => typeof arg).join(", ");
    throw trap(
      where,
      `imported with other core types than (${params.join(", ")}): it is called with (${given})`,
    );
  };
  const [first, second, third] = params.map((type) => FITS[type]);
  switch (params.length) {
    case 0:
      return (...args: unknown[]) => (args.length === 0 ? inner() : refuse(args));
    case 1:
      return (a: unknown, ...more: unknown[]) =>
        more.length === 0 && first?.(a) ? inner(a) : refuse([a, ...more]);
    case 2:
      return (a: unknown, b: unknown, ...more: unknown[]) =>
        more.length === 0 && first?.(a) && second?.(b) ? inner(a, b) : refuse([a, b, ...more]);
    case 3:
      return (a: unknown, b: unknown, c: unknown, ...more: unknown[]) =>
        more.length === 0 && first?.(a) && second?.(b) && third?.(c)
          ? inner(a, b, c)
          : refuse([a, b, c, ...more]);
    default: {
      const fits = params.map((type) => FITS[type]);
      return (...args: unknown[]) =>
        args.length === fits.length && fits.every((fit, i) => fit(args[i])) ? inner(...args) : refuse(args);
    }
  }
}

const FITS: Readonly<Record<CoreType, (value: unknown) => boolean>> = {
  i32: (value) => typeof value === "number" && (value | 0) === value,
  i64: (value) => typeof value === "bigint",
  f32: (value) => typeof value === "number",
  f64: (value) => typeof value === "number",
};
