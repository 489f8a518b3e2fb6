/** Questions about permissions from a program's thread, which waits for the answer and does nothing meanwhile. */
import type { Ask, PermissionAnswer, PermissionRequest } from "../policy/asking.ts";
import type { Outlet } from "./stdio.ts";
import { atMost } from "./stop.ts";

/** What the thread sends. */
export interface Question {
  readonly kind: "ask";
  readonly request: PermissionRequest;
  /** Becomes the number of the answer in {@link ANSWERS}, and 1. */
  readonly signal: Int32Array<SharedArrayBuffer>;
}

const ANSWERS: readonly PermissionAnswer[] = ["once", "run", "deny", "none"];

/** How long what the program wrote before may take to leave, in milliseconds. */
const PATIENCE = 2000;

/** Asks, on the program's thread. */
export function asker(post: (question: Question) => void): Ask {
  return (request) => {
    const signal = new Int32Array(new SharedArrayBuffer(4));
    post({ kind: "ask", request, signal });
    Atomics.wait(signal, 0, 0);
    return ANSWERS[Atomics.load(signal, 0) - 1] ?? "none";
  };
}

/**
 * Answers, once all has left that the program wrote before.
 *
 * @param ask may throw, which is a no
 */
export async function answerOn(
  { request, signal }: Question,
  ask: Ask | undefined,
  outlets: readonly Outlet[],
): Promise<void> {
  let answer: PermissionAnswer = "none";
  try {
    await atMost(PATIENCE, Promise.all(outlets.map((outlet) => outlet.drained())));
    answer = ask?.(request) ?? "none";
  } catch (error) {
    process.emitWarning("who was asked about a permission threw, and it is refused", {
      type: "WasockWarning",
      detail: String(error),
    });
  }
  Atomics.store(signal, 0, ANSWERS.indexOf(answer) + 1 || ANSWERS.length);
  Atomics.notify(signal, 0);
}
