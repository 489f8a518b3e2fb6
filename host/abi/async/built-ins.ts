/**
 * The canonical ABI's own functions: what makes tasks, sets, streams and futures.
 *
 * Source: the component model's `CanonicalABI.md`, "Canonical Definitions".
 */

import type { Canon } from "../../component/ast.ts";
import { signatureText } from "../../component/core.ts";
import { explicit } from "../explicit.ts";
import { paramsLifter, widthOf } from "../passing.ts";
import type { Scope } from "../scope.ts";
import { type CoreType, flatten, sameType, type WitType } from "../types.ts";
import { type CoreFunction, trap } from "../webassembly.ts";
import { assertMayBlock } from "./call.ts";
import { Codec } from "./codec.ts";
import { BLOCKED, Event } from "./codes.ts";
import { END, type End, type EndType } from "./ends.ts";
import { type Guest, trapping } from "./guest.ts";
import type { Instance } from "./instance.ts";
import type { Activity, Runnable } from "./scheduler.ts";
import { CALL, type Subtask } from "./subtask.ts";
import { Task } from "./task.ts";
import { SET, Waitable, WaitableSet } from "./waitable.ts";

/** A built-in that a component defines, with its types resolved. */
export interface BuiltIn {
  readonly definition: Extract<Canon, { kind: "canon built-in" }>;
  /** The type of the stream or the future that it is about. */
  readonly type: WitType | undefined;
  /** What `task.return` gives. */
  readonly result: WitType | undefined;
  readonly guest: Guest;
}

/** A function that a core module imports. */
export interface BuiltInFunction {
  readonly call: CoreFunction;
  readonly signature: string;
  /** Whether the guest may be suspended in it; to cancel a call of the host's takes no time. */
  readonly mayBlock: boolean;
}

type Call = (...args: number[]) => unknown;

/** What a built-in is: its core type, what it does, and whether it may wait. */
interface Kind {
  readonly params: readonly CoreType[];
  readonly results: readonly CoreType[];
  readonly mayWait?: boolean;
  /** Whether it may be called while the instance gives memory or cleans up. */
  readonly mayAlways?: boolean;
  readonly call: Call;
}

/** Makes a built-in; `undefined` where it isn't served. */
export function makeBuiltIn(builtIn: BuiltIn): BuiltInFunction | undefined {
  const kind = kindOf(builtIn);
  if (kind === undefined) return undefined;
  const { definition, guest } = builtIn;
  const { state, onTrap, suspending, engine } = guest;
  const { name } = definition;
  const { mayAlways = false, mayWait = false } = kind;
  const scope = { onTrap, where: name, from: mayAlways ? undefined : state };
  const call = trapping(kind.call, scope);
  const isSuspending = mayWait && suspending;
  return {
    call: isSuspending ? engine.suspending(call, kind) : call,
    signature: signatureText(kind.params, kind.results),
    mayBlock: isSuspending && name !== "subtask.cancel",
  };
}

const NONE: readonly CoreType[] = [];
const ONE: readonly CoreType[] = ["i32"];
const TWO: readonly CoreType[] = ["i32", "i32"];

function kindOf(builtIn: BuiltIn): Kind | undefined {
  const { definition, guest, type } = builtIn;
  const { state, table } = guest;
  const { scheduler } = state;
  const { name, flag } = definition;
  if (type !== undefined && (type.kind === "stream" || type.kind === "future")) {
    return endKindOf(builtIn, type, name.slice(name.indexOf(".") + 1));
  }
  switch (name) {
    case "task.return":
      return taskReturn(builtIn);
    case "task.cancel":
      return { params: NONE, results: NONE, call: () => currentTask(state, name).cancelled(name) };
    case "subtask.cancel":
      return { params: ONE, results: ONE, mayWait: !flag, call: (handle) => cancelCall(handle, flag, guest) };
    case "subtask.drop":
      return {
        params: ONE,
        results: NONE,
        call: (handle) => {
          const call = table.find(handle, CALL, name) as Subtask;
          if (!call.isTold) throw trap(name, `${handle} has not ended, or its end was not told`);
          table.take(handle, CALL, name);
          call.forget();
        },
      };
    case "context.get":
    case "context.set":
      return contextKindOf(builtIn);
    case "backpressure.inc":
      return { params: NONE, results: NONE, mayAlways: true, call: () => state.increaseBackpressure() };
    case "backpressure.dec":
      return { params: NONE, results: NONE, mayAlways: true, call: () => state.decreaseBackpressure() };
    case "waitable-set.new":
      return { params: NONE, results: ONE, call: () => table.add(new WaitableSet(scheduler), SET) };
    case "waitable-set.wait":
      return { params: TWO, results: ONE, mayWait: true, call: waitCall(builtIn) };
    case "waitable-set.poll":
      return { params: TWO, results: ONE, call: pollCall(builtIn) };
    case "waitable-set.drop":
      return {
        params: ONE,
        results: NONE,
        call: (handle) => {
          (table.find(handle, SET, name) as WaitableSet).drop();
          table.take(handle, SET, name);
        },
      };
    case "waitable.join":
      return {
        params: TWO,
        results: NONE,
        call: (handle, set) => {
          const waitable = table.get(handle, name);
          if (!(waitable instanceof Waitable))
            throw trap(name, `${handle} is nothing that can be waited for`);
          if (waitable.waiter !== undefined) throw trap(name, `${handle} is waited for`);
          waitable.join(set === 0 ? undefined : (table.find(set, SET, name) as WaitableSet));
        },
      };
    case "thread.yield":
      return { params: NONE, results: ONE, mayWait: true, call: () => yieldTurn(guest, flag) };
    default:
      return undefined;
  }
}

/** What runs, where that is this instance's: its destructors run while others drop, its realloc while others give. */
function ownActivity(state: Instance): Activity | undefined {
  const { active } = state.scheduler;
  return active?.instance === state ? active : undefined;
}

function currentTask(state: Instance, where: string): Task {
  const active = ownActivity(state);
  if (!(active instanceof Task) || !active.callee.lifted.isAsync) {
    throw trap(where, "what runs is not a function that is lifted async");
  }
  return active;
}

function taskReturn({ definition, guest, result }: BuiltIn): Kind {
  const { name } = definition;
  const scope: Scope = { ...guest, where: name };
  const types = result === undefined ? [] : [explicit(result)];
  const lift = paramsLifter(types, scope);
  const flat = types.flatMap(flatten);
  const params: readonly CoreType[] = widthOf(types) === flat.length ? flat : ONE;
  return {
    params,
    results: NONE,
    call: (...values) => {
      const task = currentTask(guest.state, name);
      const { lifted } = task.callee;
      if (!sameType(lifted.type.result, result))
        throw trap(name, "the result is of another type than the function's");
      const isElsewhere = guest.memory.isThere && !lifted.memory.isOf(guest.memory);
      if (isElsewhere || lifted.encoding !== guest.encoding) {
        throw trap(name, "the result lies elsewhere than the function's parameters");
      }
      task.return(lift(values)[0], name);
    },
  };
}

function contextKindOf({ definition, guest }: BuiltIn): Kind | undefined {
  const { name, index, coreType } = definition;
  if (coreType !== "i32" || (index !== 0 && index !== 1)) return undefined;
  const { state } = guest;
  // what is called while it is instantiated keeps things too
  const idle: [number, number] = [0, 0];
  if (name === "context.get") {
    return {
      params: NONE,
      results: ONE,
      mayAlways: true,
      call: () => (ownActivity(state)?.context ?? idle)[index],
    };
  }
  return {
    params: ONE,
    results: NONE,
    mayAlways: true,
    call: (value) => {
      (ownActivity(state)?.context ?? idle)[index] = value;
    },
  };
}

function cancelCall(handle: number, isAsync: boolean, guest: Guest): unknown {
  const where = "subtask.cancel";
  const call = guest.table.find(handle, CALL, where) as Subtask;
  if (call.isTold) throw trap(where, `${handle} has ended, and its end was told`);
  if (call.isCancelled) throw trap(where, `${handle} was cancelled already`);
  if (call.isInSet && !isAsync) throw trap(where, `${handle} is in a waitable set`);
  if (!call.isOver) {
    call.isCancelled = true;
    call.onCancel?.();
    if (!call.isOver) {
      if (isAsync) return BLOCKED;
      return blockFor(call, guest, where, () => call.isOver);
    }
  }
  return call.take();
}

/** Suspends the guest until something has its event. */
function blockFor(
  waitable: Waitable,
  guest: Guest,
  where: string,
  isReady: () => boolean = () => true,
): Promise<number> {
  assertMayBlock(guest, where);
  return guest.state.scheduler
    .block(
      (one) => {
        waitable.waiter = one;
      },
      () => {
        waitable.waiter = undefined;
        return waitable.take();
      },
    )
    .then((value) => (isReady() ? value : blockFor(waitable, guest, where, isReady)));
}

function eventStorer({
  guest,
  definition,
}: BuiltIn): (at: number, event: number, waitable: Waitable | undefined) => number {
  const { memory } = guest;
  const { name } = definition;
  return (at, event, waitable) => {
    const pointer = at >>> 0;
    memory.claim(pointer, 8, 4, name);
    memory.view.setInt32(pointer, waitable?.handle ?? 0, true);
    memory.view.setInt32(pointer + 4, waitable?.take() ?? 0, true);
    return event;
  };
}

function pollCall(builtIn: BuiltIn): Call {
  const { guest, definition } = builtIn;
  const { name, flag } = definition;
  const store = eventStorer(builtIn);
  return (handle, at) => {
    const set = guest.table.find(handle, SET, name) as WaitableSet;
    if (flag && wasCancelled(guest)) return store(at, Event.taskCancelled, undefined);
    const { first } = set;
    if (first === undefined) guest.notYet();
    return store(at, first?.event ?? Event.none, first);
  };
}

function wasCancelled({ state }: Guest): boolean {
  const active = ownActivity(state);
  return active instanceof Task && active.takeCancellation();
}

function waitCall(builtIn: BuiltIn): Call {
  const { guest, definition } = builtIn;
  const { name, flag } = definition;
  const { scheduler } = guest.state;
  const store = eventStorer(builtIn);
  return (handle, at) => {
    const set = guest.table.find(handle, SET, name) as WaitableSet;
    guest.memory.claim(at >>> 0, 8, 4, name);
    if (flag && wasCancelled(guest)) return store(at, Event.taskCancelled, undefined);
    const { first } = set;
    if (first !== undefined && !scheduler.isDue()) return store(at, first.event, first);
    assertMayBlock(guest, name);
    let waiter: Runnable | undefined;
    const wait = (): unknown =>
      scheduler.block(
        (one) => {
          waiter = one;
          set.wait(one);
          set.wake();
        },
        () => {
          set.unwait(waiter as Runnable);
          const { first: ready } = set;
          if (ready === undefined) return undefined;
          const event = store(at, ready.event, ready);
          set.wake();
          return event;
        },
      );
    // another waiter may have been quicker
    const again = async (): Promise<unknown> => {
      for (;;) {
        const event = await wait();
        if (event !== undefined) return event;
      }
    };
    return again();
  };
}

/** Lets others go on. Where the guest can't be suspended, none can. */
function yieldTurn(guest: Guest, cancellable: boolean): unknown {
  if (cancellable && wasCancelled(guest)) return 1;
  const { scheduler } = guest.state;
  if (!guest.suspending || scheduler.active === undefined) return 0;
  return scheduler.block(
    (one) => scheduler.runLater(one),
    () => (cancellable && wasCancelled(guest) ? 1 : 0),
  );
}

/** The built-ins of streams and futures. */
function endKindOf(builtIn: BuiltIn, type: EndType, what: string): Kind | undefined {
  const { definition, guest } = builtIn;
  const { state, table } = guest;
  const { name, flag } = definition;
  const isFuture = type.kind === "future";
  switch (what) {
    case "new":
      return {
        params: NONE,
        results: ["i64"],
        call: () => {
          const { readable, writable } = state.make(type);
          return BigInt(readable) | (BigInt(writable) << 32n);
        },
      };
    case "read":
    case "write": {
      const kind = END[type.kind][what === "read" ? "readable" : "writable"];
      const isAsync = definition.options?.isAsync ?? false;
      const codec = new Codec(type, { ...guest, where: name, copiesBytes: true });
      return {
        params: isFuture ? TWO : ["i32", "i32", "i32"],
        results: ONE,
        mayWait: !isAsync,
        call: (handle, at, count) => {
          const end = table.find(handle, kind, name) as End;
          end.assertType(type, name);
          if (!isAsync && end.isInSet) throw trap(name, `${handle} is in a waitable set`);
          const result = end.copy(codec, (at as number) >>> 0, isFuture ? 1 : (count as number) >>> 0);
          if (result !== BLOCKED || isAsync) return result;
          return blockFor(end, guest, name);
        },
      };
    }
    case "cancel-read":
    case "cancel-write": {
      const kind = END[type.kind][what === "cancel-read" ? "readable" : "writable"];
      return {
        params: ONE,
        results: ONE,
        call: (handle) => {
          const end = table.find(handle, kind, name) as End;
          end.assertType(type, name);
          if (!end.isCopying || end.waiter !== undefined) throw trap(name, `${handle} copies nothing`);
          if (!flag && end.isInSet) throw trap(name, `${handle} is in a waitable set`);
          return end.cancel();
        },
      };
    }
    case "drop-readable":
    case "drop-writable": {
      const kind = END[type.kind][what === "drop-readable" ? "readable" : "writable"];
      return {
        params: ONE,
        results: NONE,
        call: (handle) => {
          const end = table.find(handle, kind, name) as End;
          end.assertType(type, name);
          end.drop(name);
          table.take(handle, kind, name);
        },
      };
    }
    default:
      return undefined;
  }
}
