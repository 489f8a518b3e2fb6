/**
 * Calls from one instance of a component to another: what the caller passes is lifted out of its memory and
 * handles, and lowered into those of the callee; the result goes back in the same way.
 *
 * Source: the component model's `CanonicalABI.md`, `canon lift` and `canon lower`.
 */

import { ended } from "../abi/answer.ts";
import { type Guest, type Lifted, trapping } from "../abi/async/guest.ts";
import { Activity } from "../abi/async/scheduler.ts";
import { explicit } from "../abi/explicit.ts";
import { paramsLifter, paramsLowerer, resultLifter, resultLowerer, widthOf } from "../abi/passing.ts";
import type { Scope } from "../abi/scope.ts";
import type { Made } from "../abi/turns.ts";
import { coreSignature, type FunctionType } from "../abi/types.ts";
import { type AnyFunction, type CoreFunction, trap } from "../abi/webassembly.ts";

/**
 * Makes the function by which one instance calls another.
 *
 * @param type of the function, the same on both sides
 * @param callee the function, and whose it is
 * @param caller who calls
 * @param where how messages call it
 */
export function adapt(type: FunctionType, callee: Lifted, caller: Guest, where: string): Made {
  const call = adapter(type, callee, caller, where);
  const signature = coreSignature(type);
  if (!caller.suspending) return { call, signature, givesTurns: false };
  return { call: caller.engine.suspending(call, signature), signature, givesTurns: true, waits: call };
}

function adapter(type: FunctionType, callee: Lifted, caller: Guest, where: string): CoreFunction {
  const lent: number[] = [];
  const outer: Scope = { ...caller, where, lent };
  const inner: Scope = { ...callee, where };
  const params = type.params.map(([, param]) => explicit(param));
  const result = type.result && explicit(type.result);
  const lift = paramsLifter(params, outer);
  const lower = paramsLowerer(params, inner);
  const liftResult = resultLifter(result, inner);
  const lowerResult = resultLowerer(result, outer);
  const width = widthOf(params);

  const enter = (flat: unknown[]): { readonly args: unknown[]; readonly borrowed: number } => {
    caller.state.assertMayLeave(where);
    if (callee.state.isEntered || callee.state === caller.state) {
      throw trap(where, "an instance calls one that is being called");
    }
    const values = lift(flat);
    callee.state.isEntered = true;
    const { borrowed } = callee.table;
    return { args: lower(values), borrowed };
  };
  const leave = (core: unknown, flat: unknown[], borrowed: number): unknown => {
    const answer = lowerResult(liftResult(core), flat[width]);
    const { postReturn, state } = callee;
    if (postReturn !== undefined) {
      state.inside(() => (postReturn as AnyFunction)(...(result === undefined ? [] : [core])));
    }
    if (callee.table.borrowed > borrowed) throw trap(where, "what was lent for the call is still held");
    for (const slot of lent.splice(0)) caller.table.unlend(slot);
    callee.state.isEntered = false;
    return answer;
  };

  const { scheduler } = callee.state;

  const call = callee.suspending
    ? callee.engine.suspendable(callee.call, callee.signature)
    : (args: readonly unknown[]): unknown => (callee.call as AnyFunction)(...args);
  return trapping(
    (...flat) => {
      const { args, borrowed } = enter(flat);
      const activity = new Activity(callee.state);
      activity.isSuspendable = callee.suspending;
      const before = scheduler.enter(activity);
      const called = call(args);
      if (!(called instanceof Promise)) {
        const answer = leave(called, flat, borrowed);
        scheduler.leave(activity, before);
        return answer;
      }
      scheduler.leave(activity, before);
      // it is being called as long as it waits
      callee.state.isEntered = true;
      scheduler.begun();
      const answered = called.then((core) => {
        scheduler.finished(activity);
        return leave(core, flat, borrowed);
      });
      return caller.suspend(
        answered.catch((error: unknown) => {
          throw ended(error, { ...caller, where });
        }),
      );
    },
    { ...caller, where },
  );
}
