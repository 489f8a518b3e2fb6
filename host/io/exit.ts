/** The end of a guest by its own call of `exit`. */

/** What ends a guest that calls `exit`: thrown through its frames, which can't catch it. */
export class ExitError extends Error {
  override readonly name = "ExitError";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the guest has ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}
