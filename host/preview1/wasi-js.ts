/**
 * The part of the package `wasi-js` that is used: preview 1 in JavaScript, whose sockets do nothing by themselves.
 */
import type { CoreFunction } from "../lowered/webassembly.ts";
import type { GuestMemory } from "./abi.ts";

/** An entry of its table of descriptors. */
export interface WasiFile {
  real: number;
  filetype?: number;
  rights: { base: bigint; inheriting: bigint };
}

/** An instance of its class `WASI`. */
export interface WasiJs {
  readonly FD_MAP: Map<number, WasiFile>;
  readonly wasiImport: Record<string, CoreFunction>;
  getUnusedFileDescriptor(start?: number): number;
  setMemory(memory: GuestMemory): void;
}

/** What its instances are made with. */
export interface WasiJsConfig {
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  preopens?: Readonly<Record<string, string>>;
  bindings: object;
}

interface Modules {
  readonly WASI: new (config: WasiJsConfig) => WasiJs;
  readonly bindings: object;
}

/**
 * Loads it.
 *
 * @throws Error that says how to install it
 */
export async function loadWasiJs(): Promise<Modules> {
  try {
    // Both are CommonJS modules that TypeScript compiled: the default export is in the default export.
    const [main, node] = (await Promise.all([
      import("wasi-js"),
      import("wasi-js/dist/bindings/node.js" as string),
    ])) as unknown as [{ default: { default: Modules["WASI"] } }, { default: { default: object } }];
    return { WASI: main.default.default, bindings: node.default.default };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Error(
      "a preview 1 program takes the package wasi-js: npm install --ignore-scripts wasi-js (its install script " +
        "only refuses npm)",
      { cause: error },
    );
  }
}
