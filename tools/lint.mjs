#!/usr/bin/env node
// Checks, or with `--write` puts right, how the code is written:
//
//     node tools/lint.mjs [--write]
//
// TypeScript, JavaScript and JSON go through Biome as they are. AssemblyScript has decorators on functions, which
// Biome's parser refuses, so its files go through as copies in which the decorators are comments.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { list, root } from "./lib/files.mjs";
import { run } from "./lib/process.mjs";

/** Where AssemblyScript lives. */
const FOLDERS = ["assembly", "examples/assembly", "test/assembly/programs", "bench/programs"].filter(
  (folder) => existsSync(join(root, folder)),
);

/** What is worth asking of AssemblyScript: most other rules know only JavaScript's semantics and syntax. */
const RULES = {
  preset: "none",
  correctness: {
    noSelfAssign: "error",
    noUnreachable: "error",
    noUnusedImports: "error",
    noUnusedVariables: "error",
  },
  style: { noDefaultExport: "error", useConst: "error" },
  suspicious: {
    noDebugger: "error",
    noDuplicateCase: "error",
    noDuplicateParameters: "error",
    noVar: "error",
  },
};

/**
 * Turns decorators into comments that Biome leaves where they are: those on a line of their own, and those at the
 * start of the line of what they decorate.
 *
 * @param {string} source AssemblyScript
 * @returns {string} TypeScript with as many lines
 */
export function mask(source) {
  const decorator = String.raw`@\w+(?:\((?:"[^"\n]*"|[^()"])*\))?`;
  return source
    .replace(new RegExp(`^([ \\t]*)(${decorator})[ \\t]*$`, "gm"), (_, indent, text) => {
      return `${indent}//${text.replace(/\n/g, "\n//@|")}`;
    })
    .replace(new RegExp(`^([ \\t]*)((?:${decorator}[ \\t]+)+)(?=\\S)`, "gm"), (_, indent, all) => {
      return `${indent}/*${all.trimEnd()}*/ `;
    });
}

/**
 * Turns the comments of `mask` into decorators again.
 *
 * @param {string} source what `mask` made, formatted
 * @returns {string} AssemblyScript
 */
export function unmask(source) {
  return source
    .replace(/^[ \t]*\/\/@\|/gm, "")
    .replace(/^([ \t]*)\/\/(@\w+)/gm, "$1$2")
    .replace(/^([ \t]*)\/\*(@\w[^\n]*?)\*\/ /gm, "$1$2 ");
}

/**
 * Runs Biome.
 *
 * @param {boolean} write whether it may change files
 * @param {string} cwd the folder, with its configuration
 * @param {string[]} paths what to look at in it
 * @returns {Promise<boolean>} whether it found nothing
 */
async function biome(write, cwd, paths) {
  const args = ["check", ...(write ? ["--write"] : []), "--error-on-warnings", ...paths];
  const { code } = await run(
    process.execPath,
    [join(root, "node_modules/@biomejs/biome/bin/biome"), ...args],
    { cwd },
  );
  return code === 0;
}

/**
 * Runs Biome on the AssemblyScript.
 *
 * @param {boolean} write whether files may be changed
 * @returns {Promise<boolean>} whether it found nothing
 */
async function assemblyScript(write) {
  const files = FOLDERS.flatMap((folder) => list(folder, (path) => path.endsWith(".ts")));
  if (files.length === 0) return true;
  const folder = mkdtempSync(join(tmpdir(), "wasock-lint-"));
  try {
    const { formatter } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
    // A table keeps its layout, an entry a line.
    const config = {
      formatter: { ...formatter, includes: ["**", "!**/*-table.ts"] },
      linter: { rules: RULES },
      // The order of imports is the order in which files are initialized, so it is the author's.
      assist: { enabled: false },
    };
    writeFileSync(join(folder, "biome.json"), JSON.stringify(config));
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), mask(readFileSync(join(root, file), "utf8")));
    }
    const fine = await biome(write, folder, FOLDERS);
    for (const file of write ? files : []) {
      const before = readFileSync(join(root, file), "utf8");
      const after = unmask(readFileSync(join(folder, file), "utf8"));
      if (after !== before) writeFileSync(join(root, file), after);
    }
    return fine;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const write = process.argv.includes("--write");
  const fine = [await biome(write, root, ["."]), await assemblyScript(write)];
  process.exitCode = fine.includes(false) ? 1 : 0;
}
