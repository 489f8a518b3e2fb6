/**
 * What a program's own callback throws is the program's: it reaches `uncaughtException`, and stops nothing of ours.
 */

/** Throws an error where nothing of ours is on the stack any more. */
export function throwLater(error: unknown): void {
  process.nextTick(rethrow, error);
}

function rethrow(error: unknown): never {
  throw error;
}
