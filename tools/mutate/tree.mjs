// The copies of the work tree that mutants live in: one for each lane, with every mutant that can stand behind a switch
// behind it, under build/mutate/.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { fingerprint, installed, list, root } from "../lib/files.mjs";
import { run } from "../lib/process.mjs";
import { programsToBuild } from "../steps/programs.mjs";
import { sourcesIn } from "./sources.mjs";
import { withSelection } from "./tests.mjs";
import { instrument } from "./typescript.mjs";
import { activate, makeWasm } from "./wasm.mjs";

/** @typedef {import("./mutant.mjs").Mutant} Mutant */

/** Where all is kept. */
export const FOLDER = join(root, "build/mutate");

/** Where the wasm with the switches is kept. */
export const WASM = join(FOLDER, "wasm");

/** How many mutants are tried at a time; one tree more stays without a mutant. */
export const LANES = 3;

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
  return ["host", "src"].flatMap(sourcesIn);
}

/** @returns {string} what changes when the mutants of the TypeScript, or their numbers, do */
function stateOfSources() {
  return fingerprint(
    [...sources(), "tools/mutate/typescript.mjs"],
    [installed("@stryker-mutator/instrumenter")],
  );
}

/**
 * @typedef {object} Made
 * @property {Mutant[]} mutants those that have a switch: of TypeScript, then of AssemblyScript, by their numbers
 * @property {number} scripts how many are of TypeScript
 */

/**
 * Makes the trees, from a build that is up to date, unless they are there.
 *
 * @param {boolean} isWasm whether mutants of AssemblyScript are wanted too, which takes minutes
 * @returns {Promise<Made>} the mutants that have a switch
 */
export async function makeTrees(isWasm) {
  const listed = await run("git", ["ls-files", "-co", "--exclude-standard"], { capture: true });
  if (listed.code !== 0) throw new Error(`git ls-files: ${listed.output}`);
  const files = listed.output.split("\n").filter((path) => path !== "" && existsSync(join(root, path)));
  const tests = new Set(files.filter(isTest));
  const state = fingerprint(
    files.filter((path) => !tests.has(path)),
    [stateOfSources()],
  );
  const testState = fingerprint([...tests], []);
  const record = join(FOLDER, "trees.json");
  const known = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : undefined;
  if (known?.state !== state || (isWasm && known.mutants.length === known.scripts)) {
    rmSync(record, { force: true });
    for (let lane = 0; lane <= LANES; lane++) rmSync(treeOf(lane), { recursive: true, force: true });
    copy([...files, ...list("build", isCopied)], treeOf(0));
    for (const path of LINKED)
      if (existsSync(join(root, path))) symlinkSync(join(root, path), join(treeOf(0), path));
    const made = await instrument(
      sources().map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })),
    );
    for (const { path, text } of made.sources) writeFileSync(join(treeOf(0), path), text);
    await compile(treeOf(0));
    select(treeOf(0));
    const scripts = made.mutants.length;
    const wasm = isWasm ? await makeWasm(treeOf(0), WASM, stateOfWasm()) : [];
    const mutants = [
      ...made.mutants,
      ...wasm.map(({ file, line, start, end, from, to, number }) => {
        return { file, line, start, end, from, to, id: scripts + number };
      }),
    ];
    for (let lane = 1; lane <= LANES; lane++) {
      cpSync(treeOf(0), treeOf(lane), { recursive: true, verbatimSymlinks: true });
    }
    writeFileSync(record, JSON.stringify({ state, testState, mutants, scripts }));
    return { mutants, scripts };
  }
  for (let lane = 0; lane <= LANES; lane++) {
    // a run that was ended amid a mutant has left it there
    activate(treeOf(lane));
    if (known.testState === testState) continue;
    copy([...tests], treeOf(lane));
    select(treeOf(lane));
  }
  writeFileSync(record, JSON.stringify({ ...known, testState }));
  return known;
}

/**
 * @param {string} path a file of the work tree
 * @returns {boolean} whether it is a test in TypeScript, or what one imports: trees need not be made anew for it
 */
function isTest(path) {
  return path.startsWith("test/") && existsSync(join(root, `build/${path.replace(/ts$/, "js")}`));
}

/**
 * Copies the compiled tests.
 *
 * @param {string} tree a tree, in which only some of them are to run
 */
function select(tree) {
  for (const path of list("build/test", (path) => path.endsWith(".js"))) {
    const file = join(tree, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, withSelection(readFileSync(join(root, path), "utf8"), file, tree));
  }
}

/** @returns {string} what changes when the wasm with the mutants in it, or their numbers, do */
function stateOfWasm() {
  const inputs = [
    ...list("assembly"),
    ...programsToBuild().map(({ entry }) => entry),
    ...list("wit"),
    "asconfig.json",
    ...["assemblyscript", "sources", "switches", "wasm"].map((name) => `tools/mutate/${name}.mjs`),
  ];
  const tools = ["assemblyscript", "@bytecodealliance/jco-transpile"].map((name) => installed(name));
  return fingerprint(inputs, tools);
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
