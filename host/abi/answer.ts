/** How calls end that don't just give their value: by an error of a result, by a wait, by a trap. */
import { asTrap } from "../io/trap.ts";
import type { Scope } from "./scope.ts";
import { type CoreFunction, describe, trap } from "./webassembly.ts";

/** What a function of WASI is made for. */
export interface Calling extends Scope {
  /** Whether the guest can be suspended while a call waits. */
  readonly suspending: boolean;
}

/** Makes a function that a core module imports, for one guest, of a face. */
export type Maker = (scope: Calling, face: never) => CoreFunction;

/** What ends the guest in the place of what was thrown; the guest can't catch it. */
export function ended(error: unknown, { onTrap, where }: Pick<Scope, "onTrap" | "where">): Error {
  onTrap?.();
  return asTrap(error, where);
}

/** As {@link ended}, of a function that has no error. */
export function refused(scope: Scope, thrown: unknown): Error {
  const { where } = scope;
  const isError = thrown instanceof Error;
  return ended(
    isError ? thrown : trap(where, `the host threw ${describe(thrown)}, but the function has no error`),
    scope,
  );
}

/**
 * Begins the error of a result, whose value is to be written then.
 *
 * @param into the return pointer, claimed
 * @throws what ends the guest, where what the face threw is no error of WIT's
 */
export function failing(scope: Scope, into: number, thrown: unknown): void {
  if (thrown instanceof Error) throw ended(thrown, scope);
  const { memory, where, notYet } = scope;
  if (thrown === "would-block") notYet();
  memory.refresh(where);
  memory.bytes[into] = 1;
}

/**
 * Answers with what a face gave that may have to be waited for.
 *
 * @param into the return pointer, claimed; 0 where there is none
 * @param done lowers the value
 * @param fail lowers what was thrown, or throws what ends the guest
 * @throws a trap where the guest can't be suspended and would have to wait
 */
export function later<T>(
  scope: Calling,
  into: number,
  value: T | PromiseLike<T>,
  done: (into: number, value: T) => unknown,
  fail: (into: number, thrown: unknown) => void,
): unknown {
  if (!isLater(value)) return done(into, value);
  if (!scope.suspending) {
    value.then(ignore, ignore);
    throw trap(scope.where, "this would have to wait, and the guest can't be suspended here");
  }
  const { suspend = asItIs } = scope;
  return suspend(value).then(
    (answer) => {
      try {
        return done(into, answer);
      } catch (error) {
        throw ended(error, scope);
      }
    },
    (thrown: unknown) => fail(into, thrown),
  );
}

export function isLater<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function asItIs<T>(promise: PromiseLike<T>): PromiseLike<T> {
  return promise;
}

function ignore(): void {}
