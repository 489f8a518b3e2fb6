/**
 * Calls from one instance of a component to another: what the caller passes is lifted out of its memory and
 * handles, and lowered into those of the callee; the result goes back in the same way.
 *
 * Source: the component model's `CanonicalABI.md`, `canon lift` and `canon lower`.
 */
import { ended } from "../lowered/answer.ts";
import type { Made } from "../lowered/catalogue.ts";
import type { Scope } from "../lowered/scope.ts";
import { casesOf, coreSignature, type FunctionType, type WitType } from "../lowered/types.ts";
import { type CoreFunction, trap, wasm } from "../lowered/webassembly.ts";
import { type Guest, type Lifted, trapping } from "./guest.ts";
import { paramsLifter, paramsLowerer, resultLifter, resultLowerer, widthOf } from "./passing.ts";

type Call = (...flat: unknown[]) => unknown;

interface Promising {
  readonly promising: (call: CoreFunction) => (...flat: unknown[]) => Promise<unknown>;
}

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
  return { call, signature: coreSignature(type), givesTurns: caller.suspending };
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
    if (callee.postReturn !== undefined) (callee.postReturn as Call)(...(result === undefined ? [] : [core]));
    if (callee.table.borrowed > borrowed) throw trap(where, "what was lent for the call is still held");
    for (const slot of lent.splice(0)) caller.table.unlend(slot);
    callee.state.isEntered = false;
    return answer;
  };

  if (caller.suspending && wasm.Suspending !== undefined) {
    const call = (wasm as unknown as Promising).promising(callee.call);
    return new wasm.Suspending(async (...flat: unknown[]) => {
      try {
        const { args, borrowed } = enter(flat);
        return leave(await call(...args), flat, borrowed);
      } catch (error) {
        throw ended(error, { ...caller, where });
      }
    });
  }
  return trapping(
    (...flat) => {
      const { args, borrowed } = enter(flat);
      return leave((callee.call as Call)(...args), flat, borrowed);
    },
    { ...caller, where },
  );
}

const explicitTypes = new WeakMap<WitType, WitType>();

/**
 * The same type with values that say everything: as JavaScript has them, nothing is what an option is without a
 * value, and so is an option of an option. Records go by position.
 */
function explicit(type: WitType): WitType {
  const known = explicitTypes.get(type);
  if (known !== undefined) return known;
  const made = makeExplicit(type);
  explicitTypes.set(type, made);
  return made;
}

function makeExplicit(type: WitType): WitType {
  switch (type.kind) {
    case "list":
      return { kind: "list", element: explicit(type.element) };
    case "record":
      return { kind: "tuple", items: type.fields.map(([, field]) => explicit(field)) };
    case "tuple":
      return { kind: "tuple", items: type.items.map(explicit) };
    case "variant":
    case "option":
    case "result":
      return { kind: "variant", cases: casesOf(type).map(([tag, of]) => [tag, of && explicit(of)] as const) };
    default:
      return type;
  }
}
