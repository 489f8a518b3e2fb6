/**
 * The part of the `WebAssembly` global that lowering needs, typed without the browser's type library.
 * Every type takes what TypeScript's DOM library calls by the same name.
 */
import { trapError } from "../io/trap.ts";

/** A `WebAssembly.Module`. */
export type WasmModule = object;

/** A `WebAssembly.Memory`. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
}

/** The exports of an instance by name. */
export type WasmExports = Readonly<Record<string, unknown>>;

/** A function that a core module imports. An i32 reaches it as a signed number, an i64 as a signed bigint. */
export type CoreFunction = (...args: never[]) => unknown;

/** A function of which only that is known. */
export type AnyFunction = (...args: unknown[]) => unknown;

/** An import object: module name, then import name. */
export type WasmImports = Record<string, Record<string, CoreFunction>>;

/** One import that a module declares. */
export interface WasmImportDescriptor {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}

interface WebAssemblyGlobal {
  readonly Module: { imports(module: WasmModule): WasmImportDescriptor[] };
  readonly Memory: new (descriptor: { initial: number }) => WasmMemory;
  readonly Suspending?: new (call: CoreFunction) => CoreFunction;
}

/** The `WebAssembly` global. `Suspending` is there from Node 24 on (JSPI). */
export const wasm: WebAssemblyGlobal = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal })
  .WebAssembly;

/**
 * A trap: an error that ends the guest's call and that the guest can't catch.
 *
 * @param where the function that the guest called, e.g. `wasi:io/poll#poll`
 * @param what what went wrong and on what
 */
export function trap(where: string, what: string, options?: ErrorOptions): Error {
  return trapError(`${where}: ${what}`, options);
}

/** A value as a message shows it. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if ("tag" in value) return `{ tag: ${String(value.tag)} }`;
  return `an object of class ${value.constructor?.name ?? "none"}`;
}
