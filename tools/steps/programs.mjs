// Builds the AssemblyScript programs of the tests, the examples and the bench, with our own command.

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
 * @returns {{ entry: string, output: string, options: string[] }[]} the programs
 */
export function programsToBuild() {
  const inFolder = (/** @type {string} */ folder) => list(folder, (path) => path.endsWith(".ts"));
  return [
    ...inFolder(TESTS)
      .filter((entry) => entry !== ALONE)
      .map((entry) => ({
        entry,
        output: output(entry),
        options: [isCore(entry) ? "--core" : "--debug", ...worldOf(entry)],
      })),
    ...[EXAMPLES, BENCH]
      .flatMap(inFolder)
      .map((entry) => ({ entry, output: output(entry), options: worldOf(entry) })),
  ];
}

/** Those that are built for WASI 0.3 too. */
const ON_WASI03 = [...["contract.ts", "loop.ts"].map((name) => `${TESTS}/${name}`), `${BENCH}/host.ts`];

/** @returns {ReturnType<typeof programsToBuild>} these once more, and the examples that have no world of their own */
export function programsOfWasi03() {
  const examples = list(EXAMPLES, (path) => path.endsWith(".ts") && worldOf(path).length === 0);
  return [...ON_WASI03, ...examples].map((entry) => ({
    entry,
    output: output(entry).replace(/\.wasm$/, ".wasi03.wasm"),
    options: [...(entry.startsWith(TESTS) ? ["--debug"] : []), "--wasi", "0.3"],
  }));
}

/**
 * @param {string} entry a program
 * @returns {string[]} the options that give it a world of its own, where a WIT of the same name stands beside it
 */
function worldOf(entry) {
  const wit = entry.replace(/\.ts$/, ".wit");
  return existsSync(join(root, wit)) ? ["--wit", basename(wit), "--world", "plugin"] : [];
}

/**
 * @param {string} entry a program
 * @returns {boolean} whether it stays a core module, as its name says
 */
function isCore(entry) {
  return entry.endsWith(".core.ts");
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
  after: ["scripts", "wit"],
  inputs: () => [
    ...programsToBuild().map(({ entry }) => entry),
    ...[TESTS, EXAMPLES].flatMap((folder) => list(folder, (path) => path.endsWith(".wit"))),
    ...list("assembly"),
    ...list("build/wit"),
    ...["build", "compile", "componentize", "wit"].map((name) => `src/cli/${name}.ts`),
    "tools/steps/programs.mjs",
    "tools/lib/build-programs.mjs",
  ],
  words: [installed("assemblyscript"), installed("@bytecodealliance/jco-transpile")],
  outputs: () => [...programsToBuild(), ...programsOfWasi03()].map((program) => program.output),
  run: () => compile([...programsToBuild(), ...programsOfWasi03()]),
};

/** The one that the demo runs. */
const demoPrograms = () => programsToBuild().filter(({ entry }) => entry === `${TESTS}/contract.ts`);

/**
 * The same for the demo alone.
 *
 * @type {import("../lib/steps.mjs").Step}
 */
export const demoProgram = {
  ...programs,
  name: "AssemblyScript program",
  outputs: () => demoPrograms().map((program) => program.output),
  run: () => compile(demoPrograms()),
};

/**
 * @param {ReturnType<typeof programsToBuild>} wanted the programs
 * @returns {Promise<boolean>} whether it worked
 */
async function compile(wanted) {
  const jobs = wanted.map(({ entry, output, options }) => ({
    // where no asconfig.json is: the root's is the core's own
    folder: join(root, dirname(entry)),
    args: [basename(entry), "-o", join(root, output), ...options],
  }));
  const lanes = Math.min(LANES, jobs.length);
  const outcomes = await Promise.all(
    Array.from({ length: lanes }, (_, lane) => {
      const share = jobs.filter((_, index) => index % lanes === lane);
      return run(process.execPath, [join(root, "tools/lib/build-programs.mjs"), JSON.stringify(share)]);
    }),
  );
  return outcomes.every(({ code }) => code === 0);
}
