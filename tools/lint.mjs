#!/usr/bin/env node
// Checks, or with `--write` puts right, how the code is written:
//
//     node tools/lint.mjs [--write]
//
// TypeScript, JavaScript and JSON go through Biome as they are. AssemblyScript has decorators on functions, which
// Biome's parser refuses, so its files go through as copies in which the decorators are comments.
//
// Who imports what is checked as well: see lib/rooms.mjs; and that what is made of WIT and of the table of options is current: see generate.mjs.

import "./lib/help.mjs";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { checkGenerated } from "./generate.mjs";
import { ASSEMBLYSCRIPT, mask, unmask } from "./lib/decorators.mjs";
import { list, root } from "./lib/files.mjs";
import { run } from "./lib/process.mjs";
import { problemsOf, sources } from "./lib/rooms.mjs";

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
  const files = ASSEMBLYSCRIPT.flatMap((folder) => list(folder, (path) => path.endsWith(".ts")));
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
    const fine = await biome(write, folder, ASSEMBLYSCRIPT);
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

/**
 * Says which imports and exports should not be.
 *
 * @returns {boolean} whether there are none
 */
function imports() {
  const problems = problemsOf(sources());
  for (const problem of problems) console.error(problem);
  return problems.length === 0;
}

const write = process.argv.includes("--write");
const fine = [
  await biome(write, root, ["."]),
  await assemblyScript(write),
  imports(),
  await checkGenerated(),
];
process.exitCode = fine.includes(false) ? 1 : 0;
