/** How a program ended, and what is said about it. */

import { ExitError } from "../io/exit.ts";
import { isException, isStackOverflow } from "../io/trap.ts";
import { printable } from "../messages/printable.ts";
import { frameName, framesOf, type StackFrame } from "./frames.ts";
import { RunError, type RunErrorCode } from "./run-error.ts";

/** Why a program did not come to its end by itself. */
export interface Trapped {
  /** A sentence, without the program's name. */
  readonly message: string;
  /** `trap`: it did what it may not; `timeout` and `abort`: it was ended. */
  readonly reason: "trap" | "timeout" | "abort";
  /** The program's functions that were being called, the innermost first, where the engine tells them; at most ten. */
  readonly functions: readonly string[];
}

/** The exit codes of what is no exit of the program's own. */
export const ExitCode = { timeout: 124, trap: 134, terminated: 143 } as const;

/** How a program ended; structured cloning leaves it as it is. */
export type Outcome =
  | { readonly kind: "exit"; readonly code: number; readonly frames?: readonly StackFrame[] }
  | { readonly kind: "trap"; readonly trapped: Trapped; readonly frames?: readonly StackFrame[] }
  | { readonly kind: "refused"; readonly code: RunErrorCode; readonly message: string };

/** How many functions are told. */
const MOST_FUNCTIONS = 10;

/** The outcome of a program that was ended. */
export function endedBy(reason: Trapped["reason"], message: string): Outcome {
  return { kind: "trap", trapped: { reason, message, functions: [] } };
}

/** The outcome of a program whose start or run has thrown. */
export function outcomeOf(error: unknown): Outcome {
  const exit = exitOf(error);
  if (exit !== undefined) {
    const { exitCode } = exit;
    return exitCode === 0
      ? { kind: "exit", code: 0 }
      : { kind: "exit", code: exitCode, frames: framesOf(exit) };
  }
  if (error instanceof RunError) return { kind: "refused", code: error.code, message: error.message };
  const frames = framesOf(error);
  const functions = frames.slice(0, MOST_FUNCTIONS).map(frameName);
  return { kind: "trap", trapped: { reason: "trap", message: sentence(error), functions }, frames };
}

/** The program's own exit, if that is what was thrown. */
function exitOf(error: unknown): ExitError | undefined {
  let at = error;
  // a few: whatever a program can throw has no cause of its own
  for (let i = 0; i < 8 && at instanceof Error; i++) {
    if (at instanceof ExitError) return at;
    at = at.cause;
  }
  return undefined;
}

function sentence(error: unknown): string {
  if (isStackOverflow(error)) return "its call stack is used up";
  if (error instanceof Error) return printable(error.message || error.name, 1000);
  if (isException(error)) return "it threw an exception that nobody caught";
  return `it ended with ${printable(typeof error === "string" ? JSON.stringify(error) : String(kindOf(error)))}`;
}

function kindOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  const { tag } = error as { tag?: unknown };
  return typeof tag === "string" ? tag : "something that is not an error";
}
