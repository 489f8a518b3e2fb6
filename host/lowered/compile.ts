import { type LiftFlat, liftFlat, liftPair, liftScalar } from "./lift.ts";
import { type LowerScalar, lowerScalar, storer } from "./lower.ts";
import type { Scope } from "./scope.ts";
import {
  alignOf,
  coreSignature,
  flatten,
  type FunctionType,
  payloadOffset,
  returnsThroughMemory,
  sizeOf,
} from "./types.ts";
import { type CoreFunction, describe, trap } from "./webassembly.ts";

/** What a description is compiled against. */
export interface Target {
  /** The face's own name of the function, e.g. `startBind`. */
  readonly key: string;
  /** The object that holds the function; `undefined` for a method, which is called on its first parameter. */
  readonly face: object | undefined;
  /** Whether the guest can be suspended while a call waits. */
  readonly suspending: boolean;
}

/** Lifts parameters that are few core values and calls the face. */
type Call = (a?: unknown, b?: unknown, c?: unknown, d?: unknown) => unknown;
/** Calls the face with parameters of any number of core values, which are the first of `flat`. */
type CallFlat = (flat: readonly unknown[]) => unknown;
/** Lowers what the face returned; `into` is the return pointer where there is one. */
type Done = (into: number, value: unknown) => unknown;
/** Lowers what the face threw where that is the error of a WIT result, else throws it again. */
type Fail = (into: number, error: unknown) => void;
/** An object with functions of a face on it. */
type Receiver = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/**
 * Compiles a description and the face's function to a function that a core module can import.
 *
 * The closures differ by the shape of the parameters, so that the common shapes need no array and no
 * object for a call.
 *
 * @param type the description
 * @param target the face's function
 * @param scope the guest's memory and handles
 * @returns a function of the signature that `coreSignature(type)` tells; where `target.suspending` is set
 *   and the call has to wait, it returns a promise
 */
export function compile(type: FunctionType, target: Target, scope: Scope): CoreFunction {
  const { params } = coreSignature(type);
  const call = fewValues(type, target, scope);
  const fail = failure(type, scope);
  const done = waiting(type, target, scope, completion(type, scope), fail);
  if (!returnsThroughMemory(type)) {
    if (call !== undefined) return (a: unknown, b: unknown, c: unknown) => done(0, call(a, b, c));
    const callFlat = manyValues(type, target, scope);
    return (...flat: unknown[]) => done(0, callFlat(flat));
  }
  const { memory, where } = scope;
  const size = type.result === undefined ? 0 : sizeOf(type.result);
  const align = type.result === undefined ? 1 : alignOf(type.result);
  const width = params.length - 1;
  if (call === undefined) {
    const callFlat = manyValues(type, target, scope);
    return (...flat: unknown[]) => {
      const into = (flat[width] as number) >>> 0;
      memory.claim(into, size, align, where);
      let value: unknown;
      try {
        value = callFlat(flat);
      } catch (error) {
        return fail(into, error);
      }
      return done(into, value);
    };
  }
  const answer = (pointer: unknown, a?: unknown, b?: unknown, c?: unknown): unknown => {
    const into = (pointer as number) >>> 0;
    memory.claim(into, size, align, where);
    let value: unknown;
    try {
      value = call(a, b, c);
    } catch (error) {
      return fail(into, error);
    }
    return done(into, value);
  };
  if (width === 0) return (pointer: unknown) => answer(pointer);
  if (width === 1) return (a: unknown, pointer: unknown) => answer(pointer, a);
  if (width === 2) return (a: unknown, b: unknown, pointer: unknown) => answer(pointer, a, b);
  return (a: unknown, b: unknown, c: unknown, pointer: unknown) => answer(pointer, a, b, c);
}

/** The calls whose parameters are up to three core values; `undefined` for any other. */
function fewValues(type: FunctionType, target: Target, scope: Scope): Call | undefined {
  const { face, key } = target;
  const types = type.params.map(([, param]) => param);
  const shape = types.map((param) => flatten(param).length).join();
  const [first, second, third] = types;
  if (face !== undefined) {
    const receiver = face as Receiver;
    const member = receiver[key] as (...args: unknown[]) => unknown;
    if (first === undefined) return () => member.call(receiver);
    if (shape === "1") {
      const lift = liftScalar(first, scope);
      return (a) => member.call(receiver, lift(a));
    }
    if (shape === "2") {
      const lift = liftPair(first, scope);
      return (a, b) => member.call(receiver, lift(a, b));
    }
    if (shape === "1,2" && second !== undefined) {
      const liftFirst = liftScalar(first, scope);
      const liftSecond = liftPair(second, scope);
      return (a, b, c) => member.call(receiver, liftFirst(a), liftSecond(b, c));
    }
    return undefined;
  }
  if (first === undefined) return undefined;
  const self = liftScalar(first, scope) as (core: unknown) => Receiver;
  if (shape === "1") return (a) => self(a)[key]?.();
  if (second === undefined) return undefined;
  if (shape === "1,1") {
    const lift = liftScalar(second, scope);
    return (a, b) => self(a)[key]?.(lift(b));
  }
  if (shape === "1,2") {
    const lift = liftPair(second, scope);
    return (a, b, c) => self(a)[key]?.(lift(b, c));
  }
  if (shape === "1,1,1" && third !== undefined) {
    const liftSecond = liftScalar(second, scope);
    const liftThird = liftScalar(third, scope);
    return (a, b, c) => self(a)[key]?.(liftSecond(b), liftThird(c));
  }
  return undefined;
}

/** The calls with any parameters. */
function manyValues(type: FunctionType, target: Target, scope: Scope): CallFlat {
  const { face, key } = target;
  let next = 0;
  const lifts = type.params.map(([, param]): readonly [LiftFlat, number] => {
    const at = next;
    next += flatten(param).length;
    return [liftFlat(param, scope), at];
  });
  return (flat) => {
    const values = lifts.map(([lift, at]) => lift(flat, at));
    const receiver = (face ?? values.shift()) as Receiver;
    return receiver[key]?.(...values);
  };
}

/** How the face's answer reaches the guest. */
function completion(type: FunctionType, scope: Scope): Done {
  const { result } = type;
  if (result === undefined) return ignore;
  if (!returnsThroughMemory(type)) {
    const lower: LowerScalar = lowerScalar(result, scope);
    return (_, value) => lower(value);
  }
  const { memory, where } = scope;
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
    memory.refresh(where);
    memory.bytes[into] = 0;
    store(into + offset, value);
  };
}

/** How what the face threw reaches the guest: as the error of its result, or as a trap. */
function failure(type: FunctionType, scope: Scope): Fail {
  const { memory, where } = scope;
  const { result } = type;
  if (result?.kind !== "result" || result.err === undefined) {
    return (_, error) => {
      throw error instanceof Error ? error : trap(where, `the host threw ${describe(error)}; this has no error`);
    };
  }
  const offset = payloadOffset(result);
  const store = storer(result.err, scope);
  return (into, error) => {
    if (error instanceof Error) throw error;
    memory.refresh(where);
    memory.bytes[into] = 1;
    store(into + offset, error);
  };
}

/** Lets the answer be a promise where the function may wait. */
function waiting(type: FunctionType, target: Target, scope: Scope, done: Done, fail: Fail): Done {
  if (!type.mayWait) return done;
  if (target.suspending) {
    return (into, value) => {
      if (!isPromise(value)) return done(into, value);
      return value.then(
        (later) => done(into, later),
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
