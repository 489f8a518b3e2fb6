// Builds the bench's programs in C, where tools/zig.mjs has installed the compiler; else there are none.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { run } from "../lib/process.mjs";
import { ZIG, zigOfSuites } from "../lib/python.mjs";
import { componentOf } from "../lib/wasm-tools.mjs";

const SOURCES = "bench/programs/c";
const FOLDER = "build/bench/programs/c";
const CORE = `${FOLDER}/host.core.wasm`;
const COMPONENT = `${FOLDER}/host.wasm`;
const NATIVE = `${FOLDER}/raw`;

const FLAGS = ["-O2", "-s", "-Wall", "-Wextra", "-Werror"];
const CORE_FLAGS = ["-target", "wasm32-freestanding", "-nostdlib", "-Wl,--no-entry"];

/**
 * @param {string} source a file in `SOURCES`
 * @param {string} output what to make of it
 * @param {string[]} flags the compiler's, beside those for all
 * @returns {Promise<boolean>} whether it worked
 */
async function compile(source, output, flags) {
  // what it makes of its own libraries is kept too, under build/ as everything
  const cache = join(root, "build/.cache/zig");
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  const args = ["cc", ...FLAGS, ...flags, "-o", output, `${SOURCES}/${source}`];
  return (await run(zigOfSuites(), args, { env })).code === 0;
}

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const cPrograms = {
  name: "C programs",
  after: ["wit"],
  inputs: () => [
    ...list(SOURCES),
    ...list("build/wit"),
    "tools/steps/c-programs.mjs",
    "tools/lib/wasm-tools.mjs",
  ],
  words: [ZIG, installed("@bytecodealliance/jco-transpile")],
  outputs: () => (existsSync(zigOfSuites()) ? [COMPONENT, NATIVE] : []),
  async run() {
    if (!existsSync(zigOfSuites())) return true;
    mkdirSync(join(root, FOLDER), { recursive: true });
    if (!(await compile("host.c", CORE, CORE_FLAGS)) || !(await compile("raw.c", NATIVE, []))) return false;
    const component = await componentOf(readFileSync(join(root, CORE)), "build/wit", "program");
    if (component === undefined) return false;
    writeFileSync(join(root, COMPONENT), component);
    return true;
  },
};
