// Makes the component: the WIT is embedded in the core module, and that is wrapped as a component.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { componentOf } from "../lib/wasm-tools.mjs";

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const component = {
  name: "component",
  after: ["wit", "component core"],
  inputs: () => [
    ...list("build/wit"),
    "build/component/wasock.core.wasm",
    "tools/steps/component.mjs",
    "tools/lib/wasm-tools.mjs",
  ],
  words: [installed("@bytecodealliance/jco-transpile"), installed("@bytecodealliance/preview2-shim")],
  outputs: () => ["build/wasock.component.wasm"],
  async run() {
    const made = await componentOf(readFileSync(join(root, "build/component/wasock.core.wasm")), "wasock");
    if (made === undefined) return false;
    writeFileSync(join(root, "build/wasock.component.wasm"), made);
    return true;
  },
};
