/** Calls of a guest to functions of JavaScript that answer at once, or later where the guest can be suspended. */
import { ended } from "../abi/answer.ts";
import { type Guest, trapping } from "../abi/async/guest.ts";
import { paramsLifter, resultLowerer, widthOf } from "../abi/passing.ts";
import type { Scope } from "../abi/scope.ts";
import type { WitType } from "../abi/types.ts";
import { type CoreFunction, trap } from "../abi/webassembly.ts";

/** A function that is not async: where it gives a promise, the guest is suspended. */
export function lowerCall(
  params: readonly WitType[],
  result: WitType | undefined,
  call: (wholes: readonly unknown[]) => unknown,
  caller: Guest & Pick<Scope, "copiesBytes">,
  where: string,
): CoreFunction {
  const lent: number[] = [];
  const scope: Scope = { ...caller, where, lent };
  const lift = paramsLifter(params, scope);
  const lower = resultLowerer(result, scope);
  const width = widthOf(params);
  const returnLent = (slots: readonly number[]): void => {
    for (const slot of slots) caller.table.unlend(slot);
  };
  return trapping(
    (...flat) => {
      const values = lift(flat);
      const slots = lent.splice(0);
      const value = call(values);
      if (!(value instanceof Promise)) {
        returnLent(slots);
        return lower(value, flat[width]);
      }
      if (!caller.suspending) {
        value.catch(() => {});
        throw trap(where, "it gives a promise, and is not async: the guest can't be suspended here");
      }
      return caller.suspend(value).then(
        (whole) => {
          try {
            returnLent(slots);
            return lower(whole, flat[width]);
          } catch (error) {
            throw ended(error, { ...caller, where });
          }
        },
        (error: unknown) => {
          throw ended(error, { ...caller, where });
        },
      );
    },
    { onTrap: caller.onTrap, where, from: caller.state },
  );
}
