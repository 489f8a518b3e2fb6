// Makes the component: the WIT is embedded in the core module, and that is wrapped as a component.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";

/**
 * Loads jco's build of wasm-tools.
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
 * @type {import("../lib/steps.mjs").Step}
 */
export const component = {
  name: "component",
  after: ["wit", "component core"],
  inputs: () => [...list("build/wit"), "build/component/wasock.core.wasm", "tools/steps/component.mjs"],
  words: [installed("@bytecodealliance/jco-transpile"), installed("@bytecodealliance/preview2-shim")],
  outputs: () => ["build/wasock.component.wasm"],
  async run() {
    const { componentEmbed, componentNew } = await loadWasmTools();
    try {
      const embedded = await componentEmbed({
        binary: readFileSync(join(root, "build/component/wasock.core.wasm")),
        witPath: join(root, "build/wit"),
        world: "wasock",
        stringEncoding: "utf8",
      });
      writeFileSync(join(root, "build/wasock.component.wasm"), await componentNew(embedded, []));
    } catch (error) {
      // A mismatch between the core's exports and the WIT is thrown as an object with the text in `payload`.
      const { payload } = /** @type {{ payload?: unknown }} */ (error ?? {});
      console.error(typeof payload === "string" ? `component: ${payload}` : error);
      return false;
    }
    return true;
  },
};
