// The collector of the `incremental` runtime, which works a little whenever something may wait.

/** transform/frames.mjs puts it there. */
// @ts-ignore: decorator
@external("wasock", "collect")
declare function collect(): void;

/** Lets the collector work a little. */
// @ts-ignore: decorator
@inline
export function collectSome(): void {
  // @ts-ignore: a constant of the compiler's, so that only the incremental runtime gets the import
  if (ASC_RUNTIME == 2) collect();
}
