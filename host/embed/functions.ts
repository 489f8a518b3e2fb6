/** A component's functions as JavaScript's, and JavaScript's as those that it imports. */

import { isLater } from "../abi/answer.ts";
import { lowerAnswering } from "../abi/async/call.ts";
import type { Guest, Lifted } from "../abi/async/guest.ts";
import { Later } from "../abi/async/later.ts";
import { Callee, Task } from "../abi/async/task.ts";
import { explicit } from "../abi/explicit.ts";
import type { Made } from "../abi/turns.ts";
import { camelCase, coreSignature, type FunctionType, type WitType } from "../abi/types.ts";
import { describe, trap } from "../abi/webassembly.ts";
import { payloadOf } from "../link/foreign-instance.ts";
import { lowerCall } from "../link/lower-call.ts";
import type { Embedding } from "./embedding.ts";
import { ComponentError, InstanceError, Mismatch, WrongValue } from "./errors.ts";
import { type FromGuest, fromGuest } from "./from-guest.ts";
import type { Resources } from "./resources.ts";
import { received } from "./streams-from-guest.ts";
import { connected } from "./streams-to-guest.ts";
import { type Crossing, type ToGuest, toGuest } from "./to-guest.ts";

type Call = (...values: unknown[]) => unknown;

/** What values of both ways are made with. */
export interface Surroundings {
  readonly embedding: Embedding;
  readonly resources: Resources;
}

function intoGuest(type: WitType, { embedding, resources }: Surroundings, where: string): ToGuest {
  return toGuest(type, {
    take: (of) => resources.take(of),
    connect: (of) =>
      connected(of, of.element && intoGuest(of.element, { embedding, resources }, where), {
        embedding,
        where,
      }),
  });
}

function outOfGuest(type: WitType, { embedding, resources }: Surroundings): FromGuest {
  return fromGuest(type, {
    give: (of) => resources.give(of),
    receive: (of) => received(of, of.element && outOfGuest(of.element, { embedding, resources }), embedding),
  });
}

/** Makes all values of a call, or none is given away. */
function makeAll(
  values: readonly unknown[],
  ways: readonly { readonly what: string; readonly convert: ToGuest }[],
  copies: boolean,
  where: string,
): { readonly made: readonly unknown[]; readonly crossing: Crossing } {
  const crossing: Crossing = { commits: [], releases: [], copies };
  let at = 0;
  try {
    const made: unknown[] = [];
    for (; at < ways.length; at++) made.push(ways[at]?.convert(values[at], crossing));
    for (const commit of crossing.commits) commit();
    return { made, crossing };
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw error.told(where, ways[at]?.what ?? "what it is given");
  }
}

/** How a function of a component is called. */
export interface Calling extends Surroundings {
  /** Whether what isn't async gives a promise too, and is suspended where it waits. */
  readonly promises: boolean;
  /** Whether anything of the component's may wait on its own stack; known when all is linked. */
  readonly mayBlock: () => boolean;
}

/**
 * Makes the function of JavaScript that calls one of a component.
 *
 * @param lifted the function
 * @param where how messages call it
 */
export function exported(lifted: Lifted, where: string, calling: Calling): Call {
  const { type } = lifted;
  const { embedding, promises, mayBlock } = calling;
  const isAsync = type.isAsync === true;
  const callee = new Callee(lifted, where, () => (isAsync || promises) && mayBlock());
  const ways = type.params.map(([name, param]) => ({
    what: `parameter ${camelCase(name)}`,
    convert: intoGuest(param, calling, where),
  }));
  const convert = type.result && outOfGuest(type.result, calling);
  const fails = type.result?.kind === "result";

  /** Gives the value, or throws the error. */
  const answer = (whole: unknown): unknown => {
    const value = convert?.(whole);
    if (!fails) return value;
    const { tag, val } = value as { readonly tag: string; readonly val?: unknown };
    if (tag === "err") throw new ComponentError(val);
    return val;
  };

  /** Begins a call, and tells what comes of it. */
  const begin = (values: readonly unknown[], copies: boolean, told: (get: () => unknown) => void): Task => {
    const { made, crossing } = makeAll(values, ways, copies, where);
    return new Task(callee, {
      onStart: () => made,
      onResolve(outcome) {
        for (const release of crossing.releases) release();
        told(() => answer(outcome?.value));
      },
    });
  };

  if (!isAsync && !promises) {
    return (...values) => {
      embedding.assertFree(where);
      const { state } = lifted;
      const { resumed } = embedding.scheduler;
      if (state.isEntered && state !== resumed) throw busy(where);
      let result: { readonly value: unknown } | { readonly error: unknown } | undefined;
      const task = begin(values, false, (get) => {
        try {
          result = { value: get() };
        } catch (error) {
          result = { error };
        }
      });
      try {
        // nor does another instance find one entered that the engine has not put on the stack yet
        if (resumed !== undefined) resumed.isEntered = false;
        task.begin();
      } catch (error) {
        throw embedding.thrown(error);
      } finally {
        if (resumed !== undefined) resumed.isEntered = true;
      }
      if (result === undefined) throw embedding.thrown(trap(where, "it has given no result"));
      if ("error" in result) throw result.error;
      return result.value;
    };
  }
  return (...values) =>
    new Promise((resolve, reject) => {
      embedding.assertAlive(where);
      const ending = { fail: reject };
      const task = begin(values, true, (get) => {
        embedding.endings.delete(ending);
        try {
          resolve(get());
        } catch (error) {
          reject(error as Error);
        }
      });
      embedding.endings.add(ending);
      embedding.scheduler.run({
        isQueued: false,
        resume() {
          if (lifted.state.isEntered) {
            embedding.endings.delete(ending);
            reject(busy(where));
            return;
          }
          try {
            task.begin();
          } catch (error) {
            // all that wait were told
            embedding.fail(error);
          }
        },
      });
    });
}

function busy(where: string): InstanceError {
  return new InstanceError(
    "ERR_BUSY",
    `${where}: the instance is being called, and can't be entered meanwhile`,
  );
}

/**
 * Makes the core function by which a component calls one of JavaScript.
 *
 * @param call gets the values
 */
export function imported(
  type: FunctionType,
  call: Call,
  caller: Guest,
  where: string,
  around: Surroundings,
): Made {
  const { result } = type;
  const params = type.params.map(([, param]) => param);
  const converts = params.map((param) => outOfGuest(param, around));
  const fails = result?.kind === "result";
  const ways =
    result === undefined ? [] : [{ what: "its result", convert: intoGuest(result, around, where) }];
  const make = (value: unknown, copies: boolean): unknown => makeAll([value], ways, copies, where).made[0];
  const answered = (value: unknown, copies: boolean): unknown =>
    make(fails ? { tag: "ok", val: value } : value, copies);
  const failed = (error: unknown): unknown => {
    const payload = fails ? payloadOf(error) : error;
    if (fails) return make({ tag: "err", val: payload }, false);
    throw error;
  };
  /** An error of JavaScript's own, told as what it is. */
  const told = (error: unknown): Error => {
    if (error instanceof WrongValue) return error;
    const message = error instanceof Error ? error.message : `it has thrown ${describe(error)}`;
    return trap(where, message, { cause: error });
  };
  /** Answers at once, or later. */
  const called = (wholes: readonly unknown[]): unknown => {
    try {
      const values = wholes.map((whole, i) => converts[i]?.(whole));
      const value = around.embedding.calling(() => call(...values));
      if (!isLater(value)) return answered(value, false);
      return Promise.resolve(value).then(
        (later) => {
          try {
            return answered(later, true);
          } catch (error) {
            throw told(error);
          }
        },
        (error: unknown) => orThrow(error),
      );
    } catch (error) {
      return orThrow(error);
    }
  };
  const orThrow = (error: unknown): unknown => {
    try {
      return failed(error);
    } catch (thrown) {
      throw told(thrown);
    }
  };

  const explicits = params.map(explicit);
  const explicitResult = result && explicit(result);
  if (type.isAsync === true) {
    const answering = {
      params: explicits,
      result: explicitResult,
      call: (wholes: readonly unknown[]): unknown => {
        const value = called(wholes);
        if (!(value instanceof Promise)) return value;
        const later = new Later();
        value.then(
          (whole: unknown) => later.resolve(whole),
          (error: unknown) => later.reject(error),
        );
        return later;
      },
      failed: (error: unknown): never => {
        throw error;
      },
    };
    return lowerAnswering(type, answering, caller, where);
  }
  const core = lowerCall(explicits, explicitResult, called, caller, where);
  const signature = coreSignature(type);
  return {
    call: core,
    signature,
    givesTurns: caller.suspending,
    waits: caller.suspending ? core : undefined,
  };
}
