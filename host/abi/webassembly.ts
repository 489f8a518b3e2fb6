/** What lowering says of WebAssembly: its traps, and values in messages. */
import { trapError } from "../io/trap.ts";

export {
  type AnyFunction,
  bare,
  type CoreFunction,
  importObject,
  type WasmExports,
  type WasmImports,
  type WasmMemory,
  type WasmModule,
  wasm,
} from "../runtime/webassembly.ts";

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
