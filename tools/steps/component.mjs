// Makes the component: the WIT is embedded in the core module, and that is wrapped as a component.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { componentOf } from "../lib/wasm-tools.mjs";

/**
 * Makes the step that makes one of them.
 *
 * @param {string} name the step's name
 * @param {string} coreStep the step that compiles its core module
 * @param {string} core that module
 * @param {string} wit the folder of its world `wasock`
 * @param {string} output the component
 * @returns {import("../lib/steps.mjs").Step}
 */
function wrap(name, coreStep, core, wit, output) {
  return {
    name,
    after: ["wit", coreStep],
    inputs: () => [...list(wit), core, "tools/steps/component.mjs", "tools/lib/wasm-tools.mjs"],
    words: [installed("@bytecodealliance/jco-transpile"), installed("@bytecodealliance/preview2-shim")],
    outputs: () => [output],
    async run() {
      const made = await componentOf(readFileSync(join(root, core)), wit, "wasock");
      if (made === undefined) return false;
      writeFileSync(join(root, output), made);
      return true;
    },
  };
}

export const component = wrap(
  "component",
  "component core",
  "build/component/wasock.core.wasm",
  "build/wit",
  "build/wasock.component.wasm",
);

/** The same for WASI 0.3. */
export const component03 = wrap(
  "component, WASI 0.3",
  "component core, WASI 0.3",
  "build/component/wasock.wasi03.core.wasm",
  "build/wit/wasi03",
  "build/wasock.wasi03.component.wasm",
);
