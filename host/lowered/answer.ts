import { asTrap } from "../io/trap.ts";
import { type LowerScalar, lowerScalar, storer } from "./lower.ts";
import type { Scope } from "./scope.ts";
import { type FunctionType, payloadOffset, returnsThroughMemory } from "./types.ts";
import { describe, trap } from "./webassembly.ts";

/** How what a face returned or threw reaches the guest. */
export interface Answer {
  /**
   * Lowers what the face returned; a promise where the function may wait is lowered after the wait.
   *
   * @param into the return pointer, claimed; 0 where there is none
   * @returns what the core function returns
   */
  readonly done: (into: number, value: unknown) => unknown;
  /** Lowers what the face threw where that is the error of a WIT result, else throws what the guest traps on. */
  readonly fail: (into: number, error: unknown) => void;
}

type Done = Answer["done"];
type Fail = Answer["fail"];

/**
 * Compiles how a function answers.
 *
 * @param type the description
 * @param suspending whether the guest can be suspended while a call waits
 * @param scope the guest's memory and handles
 */
export function answer(type: FunctionType, suspending: boolean, scope: Scope): Answer {
  const fail = trapping(() => failure(type, scope), scope);
  const done = trapping(() => waiting(type, suspending, scope, completion(type, scope), fail), scope);
  return { done, fail };
}

/** Makes a function when it is called first; whatever it throws ends the guest, which can't catch it. */
function trapping<T>(
  make: () => (into: number, value: T) => unknown,
  scope: Scope,
): (into: number, value: T) => never {
  let made: ((into: number, value: T) => unknown) | undefined;
  const call = (into: number, value: T): unknown => {
    try {
      made ??= make();
      return made(into, value);
    } catch (error) {
      throw ended(error, scope);
    }
  };
  return call as (into: number, value: T) => never;
}

/** What ends the guest in the place of what was thrown. */
export function ended(error: unknown, { onTrap, where }: Pick<Scope, "onTrap" | "where">): Error {
  onTrap?.();
  return asTrap(error, where);
}

/**
 * Makes a function when it is called first. A guest imports dozens of functions and calls a few of them,
 * and the closures of all of them would take a good part of the time that it takes to start.
 */
export function lazily<F extends (a: never, b: never, c: never) => unknown>(make: () => F): F {
  let made: F | undefined;
  const call = (a: never, b: never, c: never): unknown => {
    made ??= make();
    return made(a, b, c);
  };
  return call as F;
}

/** How the face's answer reaches the guest. */
function completion(type: FunctionType, scope: Scope): Done {
  const { result } = type;
  if (result === undefined) return ignore;
  if (!returnsThroughMemory(type)) {
    const lower: LowerScalar = lowerScalar(result, scope);
    return (_, value) => lower(value);
  }
  const { memory, where, notYet } = scope;
  if (result.kind !== "result") {
    const store = storer(result, scope);
    return (into, value) => {
      memory.refresh(where);
      store(into, value);
    };
  }
  if (result.ok === undefined) {
    return (into) => {
      memory.refresh(where);
      memory.bytes[into] = 0;
    };
  }
  const offset = payloadOffset(result);
  const store = storer(result.ok, scope);
  return (into, value) => {
    if (value === 0n) notYet();
    memory.refresh(where);
    memory.bytes[into] = 0;
    store(into + offset, value);
  };
}

/** How what the face threw reaches the guest: as the error of its result, or as a trap. */
function failure(type: FunctionType, scope: Scope): Fail {
  const { memory, where, notYet } = scope;
  const { result } = type;
  if (result?.kind !== "result" || result.err === undefined) {
    return (_, error) => {
      throw error instanceof Error
        ? error
        : trap(where, `the host threw ${describe(error)}, but the function has no error`);
    };
  }
  const offset = payloadOffset(result);
  const store = storer(result.err, scope);
  return (into, error) => {
    if (error instanceof Error) throw error;
    if (error === "would-block") notYet();
    memory.refresh(where);
    memory.bytes[into] = 1;
    store(into + offset, error);
  };
}

/** Lets the answer be a promise where the function may wait. */
function waiting(type: FunctionType, suspending: boolean, scope: Scope, done: Done, fail: Fail): Done {
  if (!type.mayWait) return done;
  if (suspending) {
    return (into, value) => {
      if (!isPromise(value)) return done(into, value);
      return value.then(
        (later) => {
          try {
            return done(into, later);
          } catch (error) {
            throw ended(error, scope);
          }
        },
        (error: unknown) => fail(into, error),
      );
    };
  }
  const { where } = scope;
  return (into, value) => {
    if (!isPromise(value)) return done(into, value);
    value.then(ignore, ignore);
    throw trap(where, "this would have to wait, and the guest can't be suspended here");
  };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function ignore(): void {}
