// Builds the AssemblyScript programs of the tests and the examples, with our own command.

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { run } from "../lib/process.mjs";

const TESTS = "test/assembly/programs";
const EXAMPLES = "examples/assembly";
const BENCH = "bench/programs";

/** A program of preview 1 without our library: its test builds it with asc alone. */
const ALONE = `${TESTS}/preview1.ts`;

/**
 * What to build, and how: tests have assertions on, the others are built as a user builds them.
 *
 * @returns {{ entry: string, options: string[] }[]} the programs
 */
function programsToBuild() {
  const inFolder = (/** @type {string} */ folder) => list(folder, (path) => path.endsWith(".ts"));
  return [
    ...inFolder(TESTS)
      .filter((entry) => entry !== ALONE)
      .map((entry) => ({ entry, options: ["--debug", ...worldOf(entry)] })),
    ...[EXAMPLES, BENCH].flatMap(inFolder).map((entry) => ({ entry, options: worldOf(entry) })),
  ];
}

/**
 * @param {string} entry a program
 * @returns {string[]} the options that give it a world of its own, where a WIT of the same name stands beside it
 */
function worldOf(entry) {
  const wit = entry.replace(/\.ts$/, ".wit");
  return existsSync(join(root, wit)) ? ["--wit", basename(wit), "--world", "plugin"] : [];
}

/** How many compilers run at a time. */
const LANES = 2;

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
    ...programsToBuild().map(({ entry }) => entry),
    ...[TESTS, EXAMPLES].flatMap((folder) => list(folder, (path) => path.endsWith(".wit"))),
    ...list("assembly"),
    ...list("build/wit"),
    // not the bundle itself: it is another one whenever anything in the command changes
    ...["build", "compile", "componentize", "wit"].map((name) => `src/cli/${name}.ts`),
    "tools/steps/programs.mjs",
  ],
  words: [installed("assemblyscript"), installed("@bytecodealliance/jco-transpile")],
  outputs: () => programsToBuild().map(({ entry }) => output(entry)),
  async run() {
    const queue = programsToBuild();
    let failed = false;
    const lane = async () => {
      for (let next = queue.shift(); next !== undefined && !failed; next = queue.shift()) {
        const { entry, options } = next;
        // where no asconfig.json is: the root's is the core's own
        const cwd = join(root, dirname(entry));
        const out = join(root, output(entry));
        const args = [join(root, "build/dist/cli.js"), "build", basename(entry), "-o", out, ...options];
        const { code } = await run(process.execPath, args, { cwd });
        if (code !== 0) failed = true;
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return !failed;
  },
};
