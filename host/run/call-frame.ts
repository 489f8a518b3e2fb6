/** Where a program was when it failed. */

/** A place in a source. */
export interface SourcePlace {
  /** As the map names it, fit to be printed. */
  readonly file: string;
  /** From 1 on. */
  readonly line: number;
  readonly column: number;
}

/** A function that was being called, and where in its source. */
export interface CallFrame {
  /** Its name, or `function` and its number. */
  readonly function: string;
  /** Where it was, if a source map tells. */
  readonly place?: SourcePlace;
  /** The last place of the user's before it in its function: where `place` is a library's that was inlined, or the map leaves it out. */
  readonly near?: SourcePlace;
}
