// The copies of the work tree that mutants live in: one for each lane, with every mutant of the TypeScript behind its
// switch, under build/mutate/.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { fingerprint, installed, list, root } from "../lib/files.mjs";
import { run } from "../lib/process.mjs";
import { instrument } from "./typescript.mjs";

/** @typedef {import("./mutant.mjs").Mutant} Mutant */

/** Where all is kept. */
export const FOLDER = join(root, "build/mutate");

/** How many mutants are tried at a time. */
export const LANES = 2;

/** What is not copied: nothing writes there. */
const LINKED = ["node_modules", "tools/runtimes/node_modules", "build/python"];

/** What of build/ is neither copied nor linked. */
const LEFT_OUT = ["build/mutate", "build/python", "build/.cache"];

/**
 * @param {number} lane a lane
 * @returns {string} its tree
 */
export function treeOf(lane) {
  return join(FOLDER, `tree-${lane}`);
}

/** @returns {string[]} the TypeScript whose mutants are made */
function sources() {
  return ["host", "src"].flatMap((folder) => list(folder, (path) => /(?<!\.d)\.ts$/.test(path)));
}

/** @returns {string} what changes when the mutants of the TypeScript, or their numbers, do */
export function stateOfSources() {
  return fingerprint(
    [...sources(), "tools/mutate/typescript.mjs"],
    [installed("@stryker-mutator/instrumenter")],
  );
}

/**
 * Makes the trees, from a build that is up to date, unless they are there.
 *
 * @returns {Promise<Mutant[]>} the mutants of the TypeScript, by their numbers
 */
export async function makeTrees() {
  const listed = await run("git", ["ls-files", "-co", "--exclude-standard"], { capture: true });
  if (listed.code !== 0) throw new Error(`git ls-files: ${listed.output}`);
  const files = listed.output.split("\n").filter((path) => path !== "" && existsSync(join(root, path)));
  const state = fingerprint([...files, "build/.cache/steps.json"], [stateOfSources()]);
  const record = join(FOLDER, "trees.json");
  const known = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : undefined;
  if (known?.state !== state) {
    rmSync(record, { force: true });
    for (let lane = 0; lane < LANES; lane++) rmSync(treeOf(lane), { recursive: true, force: true });
    copy([...files, ...list("build", isCopied)], treeOf(0));
    for (const path of LINKED)
      if (existsSync(join(root, path))) symlinkSync(join(root, path), join(treeOf(0), path));
    const made = await instrument(
      sources().map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })),
    );
    for (const { path, text } of made.sources) writeFileSync(join(treeOf(0), path), text);
    await compile(treeOf(0));
    for (let lane = 1; lane < LANES; lane++) {
      cpSync(treeOf(0), treeOf(lane), { recursive: true, verbatimSymlinks: true });
    }
    writeFileSync(record, JSON.stringify({ state, mutants: made.mutants }));
    return made.mutants;
  }
  // a run that was ended amid a mutant has left it there
  for (let lane = 0; lane < LANES; lane++) copy(list("assembly").concat(wasm()), treeOf(lane));
  return known.mutants;
}

/** @returns {string[]} what is built of AssemblyScript */
function wasm() {
  return list("build", (path) => isCopied(path) && (path.endsWith(".wasm") || path.startsWith("build/jco/")));
}

/**
 * @param {string} path a file of build/
 * @returns {boolean} whether trees have a copy of it
 */
function isCopied(path) {
  return !LEFT_OUT.some((folder) => path.startsWith(`${folder}/`));
}

/**
 * @param {string[]} files files of the work tree
 * @param {string} tree where to copy them
 */
function copy(files, tree) {
  for (const path of files) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    cpSync(join(root, path), join(tree, path), { verbatimSymlinks: true });
  }
}

/**
 * Builds what is made of TypeScript. Types are no concern: a mutant that has none shows it at run time.
 *
 * @param {string} tree the tree
 */
async function compile(tree) {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const flags = ["--noCheck", "--declaration", "false", "--isolatedDeclarations", "false"];
  const once = ["--incremental", "false", "--tsBuildInfoFile", "null"];
  const { code } = await run(process.execPath, [tsc, ...flags, ...once], { cwd: tree });
  const { bundle } = await import(pathToFileURL(join(tree, "tools/steps/bundle.mjs")).href);
  if (code !== 0 || !(await bundle.run())) throw new Error("the code with the mutants in it does not build");
}
