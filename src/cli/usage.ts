/** What went wrong in a way that the user can put right: told in one sentence, without a stack. */
export class UsageError extends Error {
  override name = "UsageError";
  /** The exit code. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Imports a package that is no dependency of this one, so that only who needs it has it.
 *
 * @param what what needs it, for the message
 * @param name the package, as npm knows it
 * @param load imports it
 * @throws UsageError that says how to add it, when it isn't there
 */
export async function peer<T>(what: string, name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new UsageError(`${what} needs the package ${name}, which is not installed: npm install ${name}`);
  }
}
