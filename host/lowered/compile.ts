import { answer, lazily } from "./answer.ts";
import { type Caller, callerOf } from "./callers.ts";
import { type LiftFlat, liftFlat, liftPair, liftScalar } from "./lift.ts";
import type { Scope } from "./scope.ts";
import { shapeOf, straight } from "./straight.ts";
import { alignOf, coreSignature, type FunctionType, flatten, returnsThroughMemory, sizeOf } from "./types.ts";
import type { CoreFunction } from "./webassembly.ts";

/** What a description is compiled against. */
export interface Target {
  /** The face's own name of the function, e.g. `startBind`. */
  readonly key: string;
  /** The object that holds the function; `undefined` for a method, which is called on its first parameter. */
  readonly face: object | undefined;
  /** Whether the guest can be suspended while a call waits. */
  readonly suspending: boolean;
}

/** Lifts parameters of up to three core values and calls the face. */
type Call = (a?: unknown, b?: unknown, c?: unknown) => unknown;
/** Lifts any parameters, which are the first of `flat`, and calls the face. */
type CallFlat = (flat: readonly unknown[]) => unknown;

/**
 * Compiles a description and the face's function to a function that a core module can import.
 *
 * The closures differ by the shape of the parameters, so that the common shapes need no array and no
 * object for a call; the shapes that carry the traffic are written out in `straight.ts`.
 *
 * @param type the description
 * @param target the face's function
 * @param scope the guest's memory and handles
 * @returns a function of the signature that `coreSignature(type)` tells; where `target.suspending` is set
 *   and the call has to wait, it returns a promise
 */
export function compile(type: FunctionType, target: Target, scope: Scope): CoreFunction {
  const { params } = coreSignature(type);
  const argumentCount = target.face === undefined ? type.params.length - 1 : type.params.length;
  const caller = callerOf(target.key, argumentCount);
  const { done, fail } = answer(type, target.suspending, scope);
  const make = scope.byHand ? straight.get(shapeOf(type)) : undefined;
  if (make !== undefined) return make({ ...scope, type, face: target.face, call: caller, done, fail });

  const { memory, where } = scope;
  const throughMemory = returnsThroughMemory(type);
  const size = type.result === undefined || !throughMemory ? 0 : sizeOf(type.result);
  const align = type.result === undefined || !throughMemory ? 1 : alignOf(type.result);
  const width = throughMemory ? params.length - 1 : params.length;
  if (width > 3) {
    const callFlat = lazily(() => manyValues(type, target, scope));
    return (...flat: unknown[]) => {
      const into = throughMemory ? (flat[width] as number) >>> 0 : 0;
      if (throughMemory) memory.claim(into, size, align, where);
      let value: unknown;
      try {
        value = callFlat(flat);
      } catch (error) {
        return fail(into, error);
      }
      return done(into, value);
    };
  }
  const call = lazily(() => fewValues(type, target, caller, scope));
  if (!throughMemory) {
    return (a: unknown, b: unknown, c: unknown) => {
      let value: unknown;
      try {
        value = call(a, b, c);
      } catch (error) {
        return fail(0, error);
      }
      return done(0, value);
    };
  }
  const finish = (pointer: unknown, a?: unknown, b?: unknown, c?: unknown): unknown => {
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
  switch (width) {
    case 0:
      return (pointer: unknown) => finish(pointer);
    case 1:
      return (a: unknown, pointer: unknown) => finish(pointer, a);
    case 2:
      return (a: unknown, b: unknown, pointer: unknown) => finish(pointer, a, b);
    default:
      return (a: unknown, b: unknown, c: unknown, pointer: unknown) => finish(pointer, a, b, c);
  }
}

/** The calls whose parameters are up to three core values. */
function fewValues(type: FunctionType, target: Target, call: Caller, scope: Scope): Call {
  const types = type.params.map(([, param]) => param);
  const [first, second, third] = types;
  const { face } = target;
  const shape = `${face === undefined ? "self" : "face"} ${types.map((param) => flatten(param).length).join()}`;
  if (face !== undefined && first === undefined) return () => call(face);
  if (face !== undefined && first !== undefined) {
    if (shape === "face 1") {
      const lift = liftScalar(first, scope);
      return (a) => call(face, lift(a));
    }
    if (shape === "face 2") {
      const lift = liftPair(first, scope);
      return (a, b) => call(face, lift(a, b));
    }
    if (shape === "face 1,2" && second !== undefined) {
      const liftFirst = liftScalar(first, scope);
      const liftSecond = liftPair(second, scope);
      return (a, b, c) => call(face, liftFirst(a), liftSecond(b, c));
    }
  } else if (first !== undefined) {
    const self = liftScalar(first, scope) as (core: unknown) => object;
    if (shape === "self 1") return (a) => call(self(a));
    if (shape === "self 1,1" && second !== undefined) {
      const lift = liftScalar(second, scope);
      return (a, b) => call(self(a), lift(b));
    }
    if (shape === "self 1,2" && second !== undefined) {
      const lift = liftPair(second, scope);
      return (a, b, c) => call(self(a), lift(b, c));
    }
    if (shape === "self 1,1,1" && second !== undefined && third !== undefined) {
      const liftSecond = liftScalar(second, scope);
      const liftThird = liftScalar(third, scope);
      return (a, b, c) => call(self(a), liftSecond(b), liftThird(c));
    }
  }
  const callFlat = manyValues(type, target, scope);
  return (a, b, c) => callFlat([a, b, c]);
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
    const self = (face ?? values.shift()) as Readonly<Record<string, (...values: unknown[]) => unknown>>;
    return self[key]?.(...values);
  };
}
