// Compiles the AssemblyScript core, once for the Node library and once for the component.

import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { run } from "../lib/process.mjs";

/** What their exports are named after. */
const sourcesOfNames = () => list("wit").concat(list("tools/wit"));

/**
 * Makes the step that compiles one entry file.
 *
 * @param {string} name the step's name
 * @param {"release" | "debug"} target the target in asconfig.json
 * @param {string} entry the entry file
 * @param {string} output the module to write
 * @returns {import("../lib/steps.mjs").Step} the step
 */
function compile(name, target, entry, output) {
  return {
    name,
    inputs: () => [
      ...list("assembly", (path) => path.endsWith(".ts")),
      "asconfig.json",
      ...sourcesOfNames(),
      "tools/steps/core.mjs",
    ],
    words: [installed("assemblyscript"), target, entry],
    outputs: () => (target === "debug" ? [output, `${output}.map`] : [output]),
    async run() {
      mkdirSync(dirname(join(root, output)), { recursive: true });
      const asc = join(root, "node_modules/assemblyscript/bin/asc.js");
      // The transform is not in asconfig.json: asc 0.28 drops the "./" of a path there and then finds no file.
      const args = [entry, "--target", target, "--transform", "./tools/wit/exports.mjs", "--outFile", output];
      const { code, output: said } = await run(process.execPath, [asc, ...args], { capture: true });
      // of its optimizer's doubts nobody learns anything
      const lines = said.split("\n").filter((line) => line !== "" && !line.startsWith("Last converge"));
      if (lines.length > 0) console.error(lines.join("\n"));
      return code === 0;
    },
  };
}

const CORE_03 = "build/component/wasock.wasi03.core.wasm";

/** The core of the Node library. */
export const core = compile("core", "release", "assembly/faces/binding.ts", "build/wasock.core.wasm");

/** The core module of the component. */
export const componentCore = compile(
  "component core",
  "release",
  "assembly/faces/component.ts",
  "build/component/wasock.core.wasm",
);

/** The core module of the component of WASI 0.3: the same sources, with other bindings. */
export const componentCore03 = {
  name: "component core, WASI 0.3",
  inputs: () => [
    ...list("assembly", (path) => path.endsWith(".ts")),
    "asconfig.json",
    ...sourcesOfNames(),
    "tools/steps/core.mjs",
    "tools/lib/compile-core03.mjs",
  ],
  words: [installed("assemblyscript")],
  outputs: () => [CORE_03],
  async run() {
    mkdirSync(dirname(join(root, CORE_03)), { recursive: true });
    const script = join(root, "tools/lib/compile-core03.mjs");
    const { code } = await run(process.execPath, [script, "assembly/faces/component03.ts", CORE_03]);
    return code === 0;
  },
};

/** Both with assertions, names and source maps. */
export const debugCores = [
  compile("debug core", "debug", "assembly/faces/binding.ts", "build/debug/wasock.core.wasm"),
  compile(
    "debug component",
    "debug",
    "assembly/faces/component.ts",
    "build/debug/component/wasock.core.wasm",
  ),
];
