/**
 * The part of the `WebAssembly` global that is used here, typed without the browser's type library.
 * Every type takes what TypeScript's DOM library calls by the same name.
 */

/** A `WebAssembly.Module`. */
export type WasmModule = object;

/** A `WebAssembly.Memory`. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike;
  grow?(pages: number): number;
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

/** An object without a prototype, in which a guest's names find only what was put there. */
export function bare<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

/** The import object of what is imported, whose names are a guest's. */
export function importObject<T>(
  imports: Iterable<readonly [from: string, name: string, value: T]>,
): Record<string, Record<string, T>> {
  const object = bare<Record<string, T>>();
  for (const [from, name, value] of imports) {
    const names = object[from] ?? bare<T>();
    object[from] = names;
    names[name] = value;
  }
  return object;
}

interface WebAssemblyGlobal {
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): WasmImportDescriptor[];
  };
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: WasmExports };
  readonly Memory: new (descriptor: { initial: number; maximum?: number }) => WasmMemory;
  readonly RuntimeError: new (message: string, options?: ErrorOptions) => Error;
  readonly Exception?: new () => object;
  readonly Suspending?: new (call: CoreFunction) => CoreFunction;
  /** Only where `Suspending` is. */
  promising(call: CoreFunction): (...args: unknown[]) => Promise<unknown>;
  compile(bytes: Uint8Array): Promise<WasmModule>;
}

/** The `WebAssembly` global. `Suspending` is there from Node 24 on (JSPI). */
export const wasm: WebAssemblyGlobal = (globalThis as unknown as { WebAssembly: WebAssemblyGlobal })
  .WebAssembly;
