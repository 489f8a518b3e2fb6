/**
 * Calls of async functions, of another guest or of the host: lowered `async`, where they go on behind the caller's back,
 * or without it, where the caller is suspended until they return.
 *
 * Source: the component model's `CanonicalABI.md`, `canon lower`.
 */

import { storer } from "../lower.ts";
import { paramsLifter, resultLowerer, widthOf } from "../passing.ts";
import type { Scope } from "../scope.ts";
import type { Made } from "../turns.ts";
import {
  alignOf,
  type CoreSignature,
  type CoreType,
  casesOf,
  coreSignature,
  type FunctionType,
  flatten,
  maxFlatParams,
  sizeOf,
  type WitType,
} from "../types.ts";
import { type CoreFunction, trap } from "../webassembly.ts";
import { Call, maxAsyncParams } from "./codes.ts";
import { type Guest, trapping } from "./guest.ts";
import { Later } from "./later.ts";
import { type Passing, Subtask } from "./subtask.ts";
import { type Callee, Task } from "./task.ts";

/** The core signature of an async function that is lowered `async`. */
function asyncSignature(type: FunctionType): CoreSignature {
  const flat = type.params.flatMap(([, param]) => flatten(param));
  const params: CoreType[] = flat.length > maxAsyncParams ? ["i32"] : [...flat];
  if (type.result !== undefined) params.push("i32");
  return { params, results: ["i32"] };
}

/**
 * Makes the core function by which a guest calls an async function.
 *
 * @param params the types of the parameters as the callee takes them
 * @param result that of the result as it gives it
 * @param begin begins a call
 */
function lowered(
  { params, result }: { readonly params: readonly WitType[]; readonly result: WitType | undefined },
  caller: Guest,
  where: string,
  begin: (call: Subtask) => void,
): CoreFunction {
  const lent: number[] = [];
  const scope: Scope = { ...caller, where, lent };
  const { state, isAsync, table, memory, onTrap } = caller;
  const { scheduler } = state;
  const most = isAsync ? maxAsyncParams : maxFlatParams;
  const width = widthOf(params, most);
  const throughMemory = result !== undefined && (isAsync || flatten(result).length > 1);
  const size = result === undefined ? 0 : sizeOf(result);
  const align = result === undefined ? 1 : alignOf(result);
  const store = throughMemory ? storer(result, scope) : undefined;
  const scalar = throughMemory ? undefined : resultLowerer(result, scope);
  const give = (value: unknown, into: number): unknown => {
    if (store === undefined) return scalar?.(value, undefined);
    memory.refresh(where);
    store(into, value);
    return undefined;
  };
  const passing: Passing = { table, scheduler, lent, lift: paramsLifter(params, scope, most), give };

  return trapping(
    (...flat: unknown[]) => {
      const into = throughMemory ? (flat[width] as number) >>> 0 : 0;
      if (throughMemory) memory.claim(into, size, align, where);
      const subtask = new Subtask(passing, flat, into);
      begin(subtask);
      if (subtask.isOver) {
        subtask.tell();
        return isAsync ? subtask.state : subtask.returned;
      }
      if (isAsync) return subtask.state | (subtask.adopt() << 4);
      assertMayBlock(caller, where);
      return scheduler.block(
        (one) => {
          subtask.waiter = one;
        },
        () => {
          subtask.tell();
          return subtask.returned;
        },
      );
    },
    { onTrap, where, from: state },
  );
}

const NO_JSPI = " (Node can from 24 on; elsewhere runCommand and wasock run give a command a thread)";

/** Traps where a call would have to wait and can't. */
export function assertMayBlock(
  { state, suspending }: Pick<Guest, "state" | "suspending">,
  where: string,
): void {
  const { active } = state.scheduler;
  if (active === undefined) throw trap(where, "it would have to wait while it is instantiated");
  if (!active.mayWait) throw trap(where, "it would have to wait in a function that is not async");
  if (!suspending || !state.scheduler.maySuspend) {
    throw trap(
      where,
      `it would have to wait, and the guest can't be suspended here${suspending ? "" : NO_JSPI}`,
    );
  }
}

function made(call: CoreFunction, type: FunctionType, { isAsync, suspending }: Guest): Made {
  if (!type.isAsync) return { call, signature: coreSignature(type), givesTurns: suspending };
  if (isAsync) return { call, signature: asyncSignature(type), givesTurns: false };
  return { call, signature: coreSignature(type), givesTurns: false, waits: suspending ? call : undefined };
}

/** Makes the core function by which a guest calls an async function of another. */
export function lowerTask(type: FunctionType, callee: Callee, caller: Guest, where: string): Made {
  const call = lowered(callee, caller, where, (subtask) => {
    const task = new Task(callee, {
      onStart: () => subtask.start(),
      onResolve(outcome) {
        if (outcome !== undefined) subtask.finish(outcome.value);
        else {
          subtask.progress(
            subtask.state === Call.starting ? Call.cancelledBeforeStarted : Call.cancelledBeforeReturned,
          );
        }
      },
    });
    subtask.onCancel = () => task.cancel();
    if (callee.lifted.state === caller.state) throw trap(where, "an instance calls one that is being called");
    task.begin();
  });
  return made(call, type, caller);
}

/**
 * Makes the core function by which a guest calls a function of the host.
 *
 * @param call gets the parameters; it returns or throws what the function answers, or a {@link Later}
 */
export function lowerHost(
  type: FunctionType,
  call: (values: readonly unknown[]) => unknown,
  caller: Guest,
  where: string,
): Made {
  const params = type.params.map(([, param]) => param);
  const { result } = type;
  if (result?.kind !== "result")
    return lowerAnswering(type, { params, result, call, failed: thrown }, caller, where);
  // what is answered or thrown becomes the case that it means
  const answer: WitType = { kind: "variant", cases: casesOf(result) };
  const answering: Answering = {
    ...{ params, result: answer, call },
    answered: (value) => ({ tag: "ok", val: value }),
    failed: (error) => (error instanceof Error ? thrown(error) : { tag: "err", val: error }),
  };
  return lowerAnswering(type, answering, caller, where);
}

function thrown(error: unknown): never {
  throw error;
}

/** A function of the host, with the shape that its values have. */
interface Answering {
  readonly params: readonly WitType[];
  readonly result: WitType | undefined;
  /** Gets the parameters; it returns or throws what the function answers, or a {@link Later}. */
  readonly call: (values: readonly unknown[]) => unknown;
  /** Makes the result of what was answered; default it is that. */
  readonly answered?: (value: unknown) => unknown;
  /** Makes it of what was thrown, or throws what ends the guest. */
  readonly failed: (error: unknown) => unknown;
}

/** As {@link lowerHost}, of a function whose values have another shape. */
export function lowerAnswering(
  type: FunctionType,
  { params, result, call, answered = asItIs, failed }: Answering,
  caller: Guest,
  where: string,
): Made {
  const core = lowered({ params, result }, caller, where, (subtask) => {
    const values = subtask.start();
    let value: unknown;
    try {
      value = call(values);
    } catch (error) {
      subtask.finish(failed(error));
      return;
    }
    if (!(value instanceof Later)) {
      subtask.finish(answered(value));
      return;
    }
    const { scheduler } = caller.state;
    if (!value.isSettled) scheduler.expect(1);
    subtask.onCancel = () => {
      value.cancel();
      if (!value.isSettled) scheduler.expect(-1);
      if (!subtask.isOver) subtask.progress(Call.cancelledBeforeReturned);
    };
    let isNow = true;
    value.whenSettled((outcome) => {
      if (subtask.isOver) return;
      try {
        subtask.finish(outcome.isOk ? answered(outcome.value) : failed(outcome.error));
      } catch (error) {
        if (isNow) throw error;
        scheduler.fail(error);
      }
      // as in ends.ts
      if (!isNow) scheduler.expect(-1);
    });
    isNow = false;
  });
  return made(core, type, caller);
}

function asItIs(value: unknown): unknown {
  return value;
}
