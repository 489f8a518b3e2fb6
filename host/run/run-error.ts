/** Failures to start a program. */
export type RunErrorCode =
  /** An option that isn't understood, or one that can't be had together with another. */
  | "ERR_OPTION"
  /** The file can't be read. */
  | "ERR_FILE"
  /** It is not WebAssembly, or none that this engine takes. */
  | "ERR_INVALID_WASM"
  /** It is not a command. */
  | "ERR_NO_COMMAND"
  /** It imports what is not served. */
  | "ERR_IMPORT"
  /** It needs more memory to begin with than it may have. */
  | "ERR_MEMORY"
  /** It needs a package that is not installed. */
  | "ERR_PACKAGE"
  /** It needs what this runtime doesn't have. */
  | "ERR_RUNTIME";

/** That a program could not be started, and why: one sentence. */
export class RunError extends Error {
  override readonly name = "RunError";
  /** What kind of reason it is. */
  readonly code: RunErrorCode;

  constructor(code: RunErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
