// Builds the AssemblyScript programs of the tests and the examples, with our own command.

import { basename, dirname, join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { run } from "../lib/process.mjs";

/** What to build, and how: tests have assertions on. */
const PROGRAMS = ["contract", "loop"].map((name) => ({
  entry: `test/assembly/programs/${name}.ts`,
  options: ["--debug"],
}));

/**
 * @param {string} entry a program
 * @returns {string} its component
 */
function output(entry) {
  return `build/${entry.replace(/\.ts$/, ".wasm")}`;
}

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const programs = {
  name: "programs",
  after: ["bundle", "wit"],
  inputs: () => [
    ...PROGRAMS.map(({ entry }) => entry),
    ...list("assembly"),
    ...list("build/wit"),
    ...list("build/dist", (path) => path.includes("/cli") || path.includes("/build-")),
    "tools/steps/programs.mjs",
  ],
  words: [installed("assemblyscript"), installed("@bytecodealliance/jco-transpile")],
  outputs: () => PROGRAMS.map(({ entry }) => output(entry)),
  async run() {
    for (const { entry, options } of PROGRAMS) {
      // where no asconfig.json is: the root's is the core's own
      const cwd = join(root, dirname(entry));
      const out = join(root, output(entry));
      const args = [join(root, "build/dist/cli.js"), "build", basename(entry), "-o", out, ...options];
      const { code } = await run(process.execPath, args, { cwd });
      if (code !== 0) return false;
    }
    return true;
  },
};
