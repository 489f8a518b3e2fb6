/** The way of a core module: imports of `host/lowered`, called from wasm, with all values in its memory. */

import { type Resource, returnsThroughMemory, sizeOf, type WitType } from "../../host/abi/types.ts";
import { createHost } from "../../host/host.ts";
import type { Pollable } from "../../host/io/poll.ts";
import { type HandleTable, lower } from "../../host/lowered/index.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import {
  GuestAbi,
  guestModule,
  type Guest as Instance,
  knownImports,
  makeGuest as makeInstance,
  wasm,
} from "../host/lowered-support.ts";
import type { Import } from "./guest.ts";
import { makeGuest } from "./guest.ts";
import type { Way } from "./way.ts";

const served = knownImports.filter(({ interface: name }) => name in createHost().imports);
const module = await guestModule(served);

/** Small values lie here, one behind the other and round again: calls that are pending at a time fit many times. */
const RING = 1 << 20;

/** The canonical ABI with handles as they are, and memory that no other call uses meanwhile. */
class Abi extends GuestAbi {
  readonly #instance: Instance;
  #ring = 0;
  #used = RING;

  constructor(instance: Instance, table: HandleTable) {
    super(instance, table);
    this.#instance = instance;
  }

  override room(size: number, align: number): number {
    const realloc = this.#instance.exports.cabi_realloc as (...args: number[]) => number;
    if (size > RING / 16) return realloc(0, 0, align, size) >>> 0;
    let at = Math.ceil(this.#used / align) * align;
    if (at + size > RING) {
      if (this.#ring === 0) this.#ring = realloc(0, 0, 8, RING) >>> 0;
      at = 0;
    }
    this.#used = at + size;
    return this.#ring + at;
  }

  override flat(type: WitType, value: unknown): unknown[] {
    return type.kind === "own" || type.kind === "borrow" ? [value] : super.flat(type, value);
  }

  override store(type: WitType, pointer: number, value: unknown): void {
    if (type.kind === "own" || type.kind === "borrow") {
      this.#instance.view().setUint32(pointer, value as number, true);
    } else if (value instanceof Uint8Array && value.length > 0) {
      const start = this.room(value.length, 1);
      this.#instance.bytes().set(value, start);
      this.#instance.view().setUint32(pointer, start, true);
      this.#instance.view().setUint32(pointer + 4, value.length, true);
    } else {
      super.store(type, pointer, value);
    }
  }

  override load(type: WitType, pointer: number): unknown {
    if (type.kind !== "own" && type.kind !== "borrow") return super.load(type, pointer);
    return this.#instance.view().getUint32(pointer, true);
  }

  /** Bytes as an argument, without a walk over each. */
  flatArgument(type: WitType, value: unknown): unknown[] {
    if (!(value instanceof Uint8Array)) return this.flat(type, value);
    const start = this.room(value.length, 1);
    this.#instance.bytes().set(value, start);
    return [start, value.length];
  }
}

/** `host/lowered`, called from a core module; calls that wait suspend it where the runtime can do that. */
export function openLowered(): Way {
  return {
    name: hasJspi ? "core module, suspending" : "core module",
    can: { blocking: hasJspi, functions: true, system: true },
    open: async ({ rules, ...options }) => {
      const host = createHost({ ...options, policy: policyFromRules(rules), maySuspend: hasJspi });
      const lowered = lower(host.imports, { suspending: hasJspi });
      const instance = makeInstance(module, lowered.imports(module));
      lowered.attach(instance.exports);
      const abi = new Abi(instance, lowered.table);

      /** Where a guest can't be suspended, its driver waits on the event loop and calls `poll` after that. */
      const wait = async (handles: readonly number[]): Promise<void> => {
        const list = handles.map((handle) => lowered.table.get(handle) as Pollable);
        await host.imports["wasi:io/poll"].poll(list);
      };

      const run = async (imported: Import, args: readonly unknown[]): Promise<unknown> => {
        const type = imported.type ?? {
          params: [["self", dropped(imported.resource)]],
          result: undefined,
          mayWait: false,
        };
        if (!hasJspi && imported.name === "poll" && (args[0] as number[]).length > 0) {
          await wait(args[0] as number[]);
        }
        if (!hasJspi && imported.name === "[method]pollable.block") await wait(args as number[]);
        const flat = type.params.flatMap(([, param], i) => abi.flatArgument(param, args[i]));
        const { result } = type;
        const into = result !== undefined && returnsThroughMemory(type) ? abi.room(sizeOf(result), 8) : 0;
        if (into !== 0) flat.push(into);
        const exported = instance.exports[`${imported.interface}#${imported.name}`];
        const suspends = type.mayWait && wasm.promising !== undefined;
        const function_ = (suspends ? wasm.promising?.(exported) : exported) as (
          ...args: unknown[]
        ) => unknown;
        const returned = await function_(...flat);
        if (result === undefined) return undefined;
        const value = into === 0 ? oneValue(result, returned) : abi.load(result, into);
        if (result.kind !== "result") return value;
        const { tag, val } = value as { tag: string; val: unknown };
        if (tag === "err") throw val;
        return val;
      };

      return makeGuest({
        call: run,
        stats: async () => host.stats(),
        handles: async () => lowered.table.size,
        close: async () => host.close(),
      });
    },
  };
}

function dropped(resource: Resource | undefined): WitType {
  if (resource === undefined) throw new Error("only a resource can be dropped");
  return { kind: "own", resource };
}

/** A result that is one core value. */
function oneValue(type: WitType, core: unknown): unknown {
  switch (type.kind) {
    case "bool":
      return core !== 0;
    case "enum":
      return type.names[core as number];
    case "u64":
      return BigInt.asUintN(64, core as bigint);
    default:
      return core;
  }
}
