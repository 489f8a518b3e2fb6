/** An instance of a component, as its functions see it. */
import type { CanonOptions } from "../../component/ast.ts";
import { ended } from "../answer.ts";
import type { GuestMemory } from "../memory.ts";
import type { Ends } from "../scope.ts";
import type { HandleTable } from "../table.ts";
import type { CoreSignature, FunctionType } from "../types.ts";
import type { CoreFunction } from "../webassembly.ts";
import type { Instance } from "./instance.ts";
import type { Activity } from "./scheduler.ts";
import type { Engine } from "./trampoline.ts";

/** Who calls, or is called: one canonical definition of an instance. */
export interface Guest {
  readonly table: HandleTable;
  /** The memory that the definition names. */
  readonly memory: GuestMemory;
  readonly encoding: CanonOptions["encoding"];
  /** What its program is served. */
  readonly faces: object;
  /** Its lists of numbers are typed arrays. */
  readonly hasTypedLists: true;
  /** {@inheritDoc ValueScope.hasShortText} */
  readonly hasShortText?: boolean;
  /** Whether the guest is suspended while it waits. */
  readonly suspending: boolean;
  readonly engine: Engine;
  /** Told that the guest gets the answer that something isn't there yet. */
  readonly notYet: () => void;
  /** Called before a call ends in a trap. */
  readonly onTrap: () => void;
  readonly state: Instance;
  readonly ends: Ends;
  /** For what things are lent to it. */
  readonly borrower: () => Activity | undefined;
  /** Suspends the guest until a promise is settled. */
  readonly suspend: <T>(promise: PromiseLike<T>) => PromiseLike<T>;
  /** Whether a call goes on behind the back of whoever makes it. */
  readonly isAsync: boolean;
}

/**
 * Makes a function whatever of which goes wrong ends the guest, which can't catch it.
 *
 * @param scope `from` is the instance that calls, where it may not always
 */
export function trapping(
  call: CoreFunction,
  scope: { readonly onTrap: () => void; readonly where: string; readonly from?: Instance | undefined },
): CoreFunction {
  const { from, where } = scope;
  const inner = call as (...flat: unknown[]) => unknown;
  return (...flat: unknown[]) => {
    try {
      if (from !== undefined && !from.mayLeave) from.assertMayLeave(where);
      return inner(...flat);
    } catch (error) {
      throw ended(error, scope);
    }
  };
}

/** A function of a core instance with what its definition says. */
export interface Lifted extends Guest {
  readonly type: FunctionType;
  readonly call: CoreFunction;
  /** The core type of it. */
  readonly signature: CoreSignature;
  readonly postReturn: CoreFunction | undefined;
  /** What is called with each event, where the function returns instead of waiting. */
  readonly callback: CoreFunction | undefined;
}
