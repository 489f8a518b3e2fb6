/** The end of a guest by its own call of `exit`. */

/** How much of a failing guest's stack is kept: its functions stand behind those of the host. */
const STACK = 40;

/** What ends a guest that calls `exit`: thrown through its frames, which can't catch it. */
export class ExitError extends Error {
  override readonly name = "ExitError";
  readonly exitCode: number;

  constructor(exitCode: number) {
    const limit = Error.stackTraceLimit;
    // of one that fails it is told where it was
    Error.stackTraceLimit = exitCode === 0 ? 0 : STACK;
    super(`the guest has ended with exit code ${exitCode}`);
    Error.stackTraceLimit = limit;
    this.exitCode = exitCode;
  }
}
