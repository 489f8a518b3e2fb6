/** `wasock run` of a preview 1 program. */
import { basename, resolve } from "node:path";
import type { FolderGrant } from "../../host/files/folders.ts";
import { type WasmModule, wasm } from "../../host/lowered/webassembly.ts";
import { type Preview1Options, preview1 } from "../../host/preview1/index.ts";
import { UsageError } from "./usage.ts";

interface Engine {
  readonly Module: new (bytes: Uint8Array) => WasmModule;
}

/** The magic number, version 1, and layer 0, which is a core module. */
const CORE_HEADER = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/**
 * The compiled module of a preview 1 program.
 *
 * @param bytes a WebAssembly file
 * @returns undefined for a component, and for a module that does not import preview 1
 */
export function preview1Module(bytes: Uint8Array<ArrayBuffer>): WasmModule | undefined {
  const isCore = Buffer.from(bytes.subarray(0, 8)).equals(CORE_HEADER);
  if (!isCore) return undefined;
  const module = new (wasm as unknown as Engine).Module(bytes);
  const isPreview1 = wasm.Module.imports(module).some((entry) => entry.module === "wasi_snapshot_preview1");
  return isPreview1 ? module : undefined;
}

/**
 * Runs it.
 *
 * @param module what {@link preview1Module} gave
 * @param file its name
 * @param args its arguments, behind its name
 * @param options what else it is given
 * @param folders as `--dir` has them
 * @returns its exit code
 * @throws UsageError for a listener or a folder that can't be had
 */
export async function runPreview1(
  module: WasmModule,
  file: string,
  args: readonly string[],
  options: Preview1Options,
  folders: readonly FolderGrant[],
): Promise<number> {
  const preopens: Record<string, string> = {};
  for (const { host, guest = host, readOnly } of folders) {
    if (readOnly) throw new UsageError(`--dir ${host}: a preview 1 program's folder can't be read-only`);
    preopens[guest] = resolve(host);
  }
  const world = await preview1({ ...options, args: [basename(file), ...args], preopens }).catch(
    (error: unknown) => {
      throw new UsageError((error as Error).message);
    },
  );
  try {
    return await world.run(module);
  } catch (error) {
    if (!(error instanceof Error) || error.constructor.name !== "RuntimeError") throw error;
    console.error(`wasock: ${file} trapped: ${error.stack ?? error.message}`);
    return 134;
  } finally {
    world.close();
  }
}
