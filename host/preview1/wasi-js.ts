/**
 * The package `wasi-js`, as far as it is a seat for functions of ours.
 */
import type { CoreFunction } from "../abi/webassembly.ts";

/** An instance of the class `WASI` of `wasi-js`. */
export interface WasiJs {
  /** What a guest imports as `wasi_snapshot_preview1`. */
  wasiImport: Record<string, CoreFunction>;
}
