/** Mistakes that the user can put right: told in one sentence, without a stack. */
export class UsageError extends Error {
  override name = "UsageError";
  /** The exit code. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
