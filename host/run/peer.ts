/** Packages that are no dependencies of this one. */
import { RunError } from "./run-error.ts";

/**
 * Imports a package that only who needs it has.
 *
 * @param what what needs it, for the message
 * @param name the package, as npm knows it
 * @param load imports it
 * @throws RunError `ERR_PACKAGE` that says how to add it, when it isn't there
 */
export async function peer<T>(what: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new RunError(
      "ERR_PACKAGE",
      `${what} needs the package ${name}, which is not installed: npm install ${name}`,
      { cause: error },
    );
  }
}
