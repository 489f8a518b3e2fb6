// jco's build of wasm-tools: core modules to components.

import { join } from "node:path";
import { root } from "./files.mjs";

/**
 * Loads it.
 *
 * @returns {Promise<typeof import("@bytecodealliance/jco-transpile/wasm-tools")>} its functions
 */
async function loadWasmTools() {
  // wasm-tools is itself a component that runs on preview2-shim, reads the WIT through its file system and
  // panics when that has no folder open; since 0.26.1 none is open at first.
  // (Its types speak of the browser's variant, which takes a tree of files instead of a path.)
  const shim = /** @type {unknown} */ (await import("@bytecodealliance/preview2-shim/filesystem"));
  const { _addPreopen, _getPreopens } =
    /** @type {{ _addPreopen(guestPath: string, path: string): void, _getPreopens(): unknown[] }} */ (shim);
  if (_getPreopens().length === 0) _addPreopen("/", "/");
  return import("@bytecodealliance/jco-transpile/wasm-tools");
}

/**
 * Makes a component: WIT is embedded in a core module, and that is wrapped.
 *
 * @param {Uint8Array} core the core module
 * @param {string} wit the folder of WIT, such as `build/wit`
 * @param {string} world a world in it
 * @returns {Promise<Uint8Array | undefined>} the component; none where they don't fit, which is printed already
 */
export async function componentOf(core, wit, world) {
  const { componentEmbed, componentNew } = await loadWasmTools();
  try {
    const witPath = join(root, wit);
    const embedded = await componentEmbed({ binary: core, witPath, world, stringEncoding: "utf8" });
    return await componentNew(embedded, []);
  } catch (error) {
    // A mismatch between the core's exports and the WIT is thrown as an object with the text in `payload`.
    const { payload } = /** @type {{ payload?: unknown }} */ (error ?? {});
    console.error(typeof payload === "string" ? `component: ${payload}` : error);
    return undefined;
  }
}
