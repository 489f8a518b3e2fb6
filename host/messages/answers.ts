/**
 * Answers of what embedders write: their types are a promise that plain JavaScript need not keep.
 */
import { inspect, types } from "node:util";

/** What is told of an answer or an error is at most so long. */
const LONGEST = 200;

/**
 * Says in a few words what was answered, and takes care that a promise which is rejected later ends there.
 *
 * @param answer what should have been a boolean
 */
export function describeAnswer(answer: unknown): string {
  ignoreRejection(answer);
  if (types.isPromise(answer)) return "a Promise";
  const options = {
    depth: 0,
    customInspect: false,
    maxStringLength: 40,
    breakLength: Number.POSITIVE_INFINITY,
  };
  try {
    return inspect(answer, options).slice(0, LONGEST);
  } catch {
    return typeof answer;
  }
}

/** Has a promise which nobody waits for be rejected without the process hearing of it; takes anything. */
export function ignoreRejection(answer: unknown): void {
  try {
    if (types.isPromise(answer)) Promise.prototype.then.call(answer, undefined, () => {});
  } catch {
    // its constructor, which `then` asks for another promise, is the caller's as well
  }
}

/** The message of an error, or what else was thrown, in a few words. */
export function describeThrown(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown).slice(0, LONGEST);
  } catch {
    return "something that is not a text";
  }
}

function stackOf(thrown: unknown): string | undefined {
  try {
    return thrown instanceof Error && typeof thrown.stack === "string" ? thrown.stack : undefined;
  } catch {
    return undefined;
  }
}

/** Warns the program, at most so often for one host: what asks is often an event, and peers can bring those about. */
export class Warnings {
  readonly #given: Set<string> = new Set();

  /**
   * @param what what happened; the same is told once
   * @param thrown the error that says why, where there is one
   */
  give(what: string, thrown?: unknown): void {
    if (this.#given.size === MOST_WARNINGS || this.#given.has(what)) return;
    this.#given.add(what);
    const detail = stackOf(thrown) ?? describeThrown(thrown);
    process.emitWarning(what, { type: "WasockWarning", ...(thrown !== undefined && { detail }) });
  }
}

const MOST_WARNINGS = 20;
