// Checks the types of the TypeScript and writes its declarations. Packed are those that the package's own reach.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { run } from "../lib/process.mjs";
import { FOLDERS, sources } from "./scripts.mjs";

/** tsconfig.json's: they stand beside the scripts. */
const FOLDER = "build";

/** The folders of which something is packed, by a list of what isn't. */
const PACKED = ["host", "src"];

/**
 * @param {string} folder one of them
 * @returns {string} its list
 */
function ignored(folder) {
  return `${FOLDER}/${folder}/.npmignore`;
}

/**
 * @param {string} path a source
 * @returns {string} its declarations, in that folder
 */
function declaration(path) {
  return path.replace(/\.ts$/, ".d.ts");
}

/** @returns {string[]} all of them */
function declarations() {
  return sources().map((path) => `${FOLDER}/${declaration(path)}`);
}

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const types = {
  name: "types",
  inputs: () => [
    ...FOLDERS.flatMap((folder) => list(folder, (path) => path.endsWith(".ts"))),
    "tsconfig.json",
    "package.json",
    "tools/steps/types.mjs",
  ],
  words: [installed("typescript"), installed("@types/node")],
  outputs: () => [...declarations(), ...PACKED.map(ignored)],
  async run() {
    // tsc trusts its record and does not look whether the files are there.
    if (declarations().some((path) => !existsSync(join(root, path)))) {
      rmSync(join(root, "build/.cache/tsconfig.tsbuildinfo"), { force: true });
    }
    const pretty = process.stdout.isTTY ? ["--pretty"] : [];
    const { code } = await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...pretty]);
    if (code !== 0) return false;
    const needed = [...reached()];
    for (const folder of PACKED) {
      const here = needed.filter((path) => path.startsWith(`${folder}/`));
      const lines = ["*", "!*/", ...here.map((path) => `!${path.slice(folder.length)}`), ""];
      writeFileSync(join(root, ignored(folder)), lines.join("\n"));
    }
    return true;
  },
};

/** @returns {Set<string>} the declarations that package.json names, and those that these import */
function reached() {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  /** @type {string[]} */
  const named = Object.values(exports).map(({ types = "" }) =>
    posix.relative(FOLDER, posix.normalize(types)),
  );
  const found = new Set(named.filter((path) => path.endsWith(".d.ts")));
  for (const path of found) {
    const text = readFileSync(join(root, FOLDER, path), "utf8");
    for (const [, name = ""] of text.matchAll(/"(\.[^"]*\.ts)"/g))
      found.add(posix.join(posix.dirname(path), declaration(name)));
  }
  return found;
}
