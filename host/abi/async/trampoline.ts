/**
 * Functions of WebAssembly around others, for guests that can be suspended. Engines suspend a guest at each call of what
 * is imported as `WebAssembly.Suspending`, and give a promise for each call of what is `promising`, also where nothing
 * is waited for: here a call that needs no wait is a plain one.
 */
import { trapError } from "../../io/trap.ts";
import type { CoreSignature, CoreType } from "../types.ts";
import { type CoreFunction, type WasmExports, type WasmModule, wasm } from "../webassembly.ts";
import type { Scheduler, Stack } from "./scheduler.ts";

/** What makes instances of core modules, and how their functions wait. */
export interface Engine {
  /** Where the one stack of all calls is; default each has one of its own. */
  readonly stack?: Stack;
  /** Told whose turns it is to keep to. */
  serve?(scheduler: Scheduler): void;
  /**
   * Makes an instance.
   *
   * @returns what it exports
   */
  instantiate(module: WasmModule, imports: object): WasmExports;
  /**
   * Makes a function that calls one of a guest, which may be suspended and has at most one result: it gives what that
   * returns, or a promise where it was suspended.
   */
  suspendable(call: CoreFunction, signature: CoreSignature): (flat: readonly unknown[]) => unknown;
  /**
   * Makes a function for a guest that can be suspended of one that gives a value, or a promise where the guest has to wait.
   *
   * @param call has at most one result
   */
  suspending(call: CoreFunction, signature: CoreSignature): CoreFunction;
}

interface Wasm {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: WasmExports };
  readonly promising: (call: CoreFunction) => (...flat: unknown[]) => Promise<unknown>;
}
const engine = wasm as unknown as Wasm;

/** This thread's, whose stacks are suspended. */
export const ownEngine: Engine = {
  instantiate: (module, imports) => new wasm.Instance(module, imports).exports,
  suspendable,
  suspending,
};

function suspendable(call: CoreFunction, signature: CoreSignature): (flat: readonly unknown[]) => unknown {
  let isTold = false;
  let told: unknown;
  const tell = (value: unknown): void => {
    isTold = true;
    told = value;
  };
  const { exports } = new engine.Instance(moduleFor("telling", signature), { "": { call, tell } });
  const promising = engine.promising(exports["f"] as CoreFunction);
  return (flat) => {
    isTold = false;
    const promise = promising(...flat);
    if (!isTold) return promise;
    promise.catch(nothing);
    return told;
  };
}

function suspending(call: CoreFunction, signature: CoreSignature): CoreFunction {
  const { Suspending } = wasm;
  if (Suspending === undefined) return call;
  const inner = call as unknown as (...flat: unknown[]) => unknown;
  const [result] = signature.results;
  const none = result === "i64" ? 0n : 0;
  let pending: unknown;
  const fast = (...flat: unknown[]): unknown => {
    const value = inner(...flat);
    if (typeof value !== "object" || value === null) return value;
    pending = value;
    isPending.value = 1;
    return none;
  };
  const slow = new Suspending(() => pending);
  const { exports } = new engine.Instance(moduleFor("waiting", signature), { "": { fast, slow, cannot } });
  const isPending = exports["p"] as { value: number };
  return exports["f"] as CoreFunction;
}

/** Called where the engine has refused to suspend, for which it throws what a guest could catch. */
function cannot(): never {
  throw trapError(
    "it would have to wait where it can't: while it is instantiated, gives memory or cleans up",
  );
}

function nothing(): void {}

const TYPES: Readonly<Record<CoreType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };

/** A module is made once for each type. */
const modules = new Map<string, WasmModule>();

function moduleFor(kind: "telling" | "waiting", signature: CoreSignature): WasmModule {
  const key = `${kind} ${signature.params.join(" ")} -> ${signature.results.join(" ")}`;
  const known = modules.get(key);
  if (known !== undefined) return known;
  const made = new engine.Module(kind === "telling" ? telling(signature) : waiting(signature));
  modules.set(key, made);
  return made;
}

/** `f` calls the import "call", and "tell" with what that has given. */
function telling({ params, results }: CoreSignature): Uint8Array {
  const [result] = results;
  const local = params.length;
  const code = [...locals(result), ...gets(params), 0x10, 0];
  if (result !== undefined) code.push(0x22, local);
  code.push(0x10, 1);
  if (result !== undefined) code.push(0x20, local);
  return moduleOf(
    [functionType(params, results), functionType(results, [])],
    [
      ["call", 0],
      ["tell", 1],
    ],
    [...code, 0x0b],
  );
}

/** `f` calls the import "fast", and where that has set the global "slow", in whose call it is suspended. */
function waiting({ params, results }: CoreSignature): Uint8Array {
  const [result] = results;
  const local = params.length;
  const block = result === undefined ? 0x40 : TYPES[result];
  const code = [...locals(result), ...gets(params), 0x10, 0];
  if (result !== undefined) code.push(0x21, local);
  // if (pending) { pending = 0; try { slow() } catch_all { cannot() } }: only that it can't suspend is caught
  code.push(0x23, 0, 0x04, block, 0x41, 0, 0x24, 0, 0x06, block, 0x10, 1, 0x19, 0x10, 2, 0x00, 0x0b);
  if (result !== undefined) code.push(0x05, 0x20, local);
  return moduleOf(
    [functionType(params, results), functionType([], results), functionType([], [])],
    [
      ["fast", 0],
      ["slow", 1],
      ["cannot", 2],
    ],
    [...code, 0x0b, 0x0b],
  );
}

/** A local for the result, behind the parameters. */
function locals(result: CoreType | undefined): number[] {
  return result === undefined ? [0] : [1, 1, TYPES[result]];
}

function gets(params: readonly CoreType[]): number[] {
  return params.flatMap((_, i) => [0x20, i]);
}

/**
 * A module of one function, of the first type, with a global that is not always used.
 *
 * All is shorter than 128 bytes, so that each length is one.
 */
function moduleOf(
  types: readonly (readonly number[])[],
  imports: readonly (readonly [name: string, type: number])[],
  code: readonly number[],
): Uint8Array {
  const section = (id: number, contents: readonly number[]): number[] => [id, contents.length, ...contents];
  const imported = imports.flatMap(([name, type]) => [0, name.length, ...ascii(name), 0, type]);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [types.length, ...types.flat()]),
    ...section(2, [imports.length, ...imported]),
    ...section(3, [1, 0]),
    ...section(6, [1, 0x7f, 1, 0x41, 0, 0x0b]),
    ...section(7, [2, 1, ...ascii("f"), 0, imports.length, 1, ...ascii("p"), 3, 0]),
    ...section(10, [1, code.length, ...code]),
  ]);
}

function functionType(params: readonly CoreType[], results: readonly CoreType[]): number[] {
  const list = (types: readonly CoreType[]): number[] => [types.length, ...types.map((type) => TYPES[type])];
  return [0x60, ...list(params), ...list(results)];
}

function ascii(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}
