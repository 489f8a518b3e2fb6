// Makes the command by which the contract suite calls the component of WASI 0.3 in Wasmtime: test/sides/driver.ts.

import { join } from "node:path";
import { installed, root } from "../lib/files.mjs";
import { run } from "../lib/process.mjs";
import { component03 } from "./component.mjs";

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const driver = {
  name: "driver",
  after: ["scripts", "wit", component03.name],
  inputs: () => [
    ...component03.outputs(),
    ...["driver.ts", "compose.ts", "driver.wit"].map((name) => `test/sides/${name}`),
    "wit/wasi03/net.wit",
    "tools/steps/driver.mjs",
  ],
  words: [installed("@bytecodealliance/jco-transpile")],
  outputs: () => ["build/test/sides/driver.wasm"],
  async run() {
    return (await run(process.execPath, [join(root, "build/test/sides/compose.js")])).code === 0;
  },
};
