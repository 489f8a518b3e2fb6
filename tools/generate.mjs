#!/usr/bin/env node
// Makes what follows from WIT, WASI's and ours, and from the table of socket options, or with `--check` says which of it
// is not as it would be made:
//
//     node tools/generate.mjs [--check]

import "./lib/help.mjs";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ASSEMBLYSCRIPT, mask, unmask } from "./lib/decorators.mjs";
import { root } from "./lib/files.mjs";
import { run } from "./lib/process.mjs";
import { generateOptions } from "./options/generate.mjs";
import { generate } from "./wit/generate.mjs";

/**
 * Makes the files, in the form that `npm run format` gives them.
 *
 * @returns {Promise<Map<string, string>>} by path from the repository
 */
async function made() {
  const folder = mkdtempSync(join(tmpdir(), "wasock-generate-"));
  try {
    const { formatter } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
    writeFileSync(
      join(folder, "biome.json"),
      JSON.stringify({
        formatter: { ...formatter, includes: ["**", "!**/*.md"] },
        linter: { enabled: false },
      }),
    );
    const files = new Map([...generate(), ...generateOptions()]);
    for (const [path, text] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), isAssemblyScript(path) ? mask(text) : text);
    }
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const { code, output } = await run(process.execPath, [biome, "check", "--write", "."], {
      cwd: folder,
      capture: true,
    });
    if (code !== 0) throw new Error(output);
    return new Map(
      [...files.keys()].map((path) => {
        const text = readFileSync(join(folder, path), "utf8");
        return [path, isAssemblyScript(path) ? unmask(text) : text];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} path from the repository */
function isAssemblyScript(path) {
  return ASSEMBLYSCRIPT.some((folder) => path.startsWith(`${folder}/`));
}

/** @param {string} path from the repository */
function current(path) {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return undefined;
  }
}

/**
 * Says which files are not as they would be made.
 *
 * @returns {Promise<boolean>} whether all are
 */
export async function checkGenerated() {
  const stale = [...(await made())].filter(([path, text]) => current(path) !== text);
  for (const [path] of stale)
    console.error(`${path}: is not what would be made: run node tools/generate.mjs`);
  return stale.length === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--check")) {
    process.exitCode = (await checkGenerated()) ? 0 : 1;
  } else {
    for (const [path, text] of await made()) {
      if (current(path) === text) continue;
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
      console.log(path);
    }
  }
}
