// Compiles the TypeScript: host, library, tests, benchmarks and examples.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { run } from "../lib/process.mjs";

/** AssemblyScript among them, which tsconfig.json excludes. */
const ASSEMBLYSCRIPT = ["examples/assembly/", "test/assembly/programs/", "bench/programs/"];

/** The folders that tsconfig.json includes. */
const FOLDERS = ["host", "src", "test", "bench", "examples"];

/**
 * @param {string} path a file
 * @returns {boolean} whether tsc compiles it to JavaScript
 */
function isSource(path) {
  return (
    path.endsWith(".ts") &&
    !path.endsWith(".d.ts") &&
    !ASSEMBLYSCRIPT.some((folder) => path.startsWith(folder))
  );
}

/** @returns {string[]} the files that tsc compiles */
function sources() {
  return FOLDERS.flatMap((folder) => list(folder, isSource));
}

/** @returns {string[]} what it makes of them */
function outputs() {
  return sources().map((path) => `build/${path.slice(0, -3)}.js`);
}

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const types = {
  name: "typescript",
  inputs: () => [
    ...FOLDERS.flatMap((folder) => list(folder, (path) => path.endsWith(".ts"))),
    "tsconfig.json",
  ],
  words: [installed("typescript"), installed("@types/node")],
  outputs,
  async run() {
    // What has no source any more must not be run as a test, or be packed.
    const current = new Set(outputs());
    for (const path of FOLDERS.flatMap((folder) => list(`build/${folder}`))) {
      const script = path.replace(/(\.d\.ts|\.js\.map)$/, ".js");
      if (/\.(js|d\.ts|js\.map)$/.test(path) && !current.has(script)) rmSync(join(root, path));
    }
    // tsc trusts its record and does not look whether the files are there.
    if (outputs().some((path) => !existsSync(join(root, path)))) {
      rmSync(join(root, "build/.cache/tsconfig.tsbuildinfo"), { force: true });
    }
    const pretty = process.stdout.isTTY ? ["--pretty"] : [];
    const { code } = await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...pretty]);
    return code === 0;
  },
};
