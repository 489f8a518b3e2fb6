// The copies of the work tree that mutants live in: one for each lane, with every mutant that can stand behind a switch
// behind it, under build/mutate/.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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

/** The tools that make the trees, or that run in them: a change of the others leaves the trees as they are. */
const MAKERS = ["assemblyscript", "selection", "switches", "typescript", "wasm"];

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

/** The tree that stays without a mutant. */
export const CLEAN = join(FOLDER, "clean");

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
 * @param {number} lanes how many mutants are tried at a time
 * @returns {Promise<Made>} the mutants that have a switch
 */
export async function makeTrees(isWasm, lanes) {
  const listed = await run("git", ["ls-files", "-co", "--exclude-standard"], { capture: true });
  if (listed.code !== 0) throw new Error(`git ls-files: ${listed.output}`);
  const files = listed.output.split("\n").filter((path) => path !== "" && existsSync(join(root, path)));
  const tests = new Set(files.filter(isTest));
  const makers = MAKERS.map((name) => `tools/mutate/${name}.mjs`);
  const isNoTool = (/** @type {string} */ path) => !path.startsWith("tools/mutate") || makers.includes(path);
  const state = fingerprint(
    files.filter((path) => !tests.has(path) && isNoTool(path)),
    [stateOfSources()],
  );
  const testState = fingerprint([...tests], []);
  const record = join(FOLDER, "trees.json");
  const known = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : undefined;
  const trees = [...Array.from({ length: lanes }, (_, lane) => treeOf(lane)), CLEAN];
  if (known?.state !== state || (isWasm && known.mutants.length === known.scripts)) {
    rmSync(record, { force: true });
    for (const name of existsSync(FOLDER) ? readdirSync(FOLDER) : [])
      if (/^tree-|^clean$/.test(name)) rmSync(join(FOLDER, name), { recursive: true, force: true });
    const mutants = await makeTree([...files, ...list("build", isCopied)], isWasm);
    for (const tree of trees.slice(1)) cpSync(treeOf(0), tree, { recursive: true, verbatimSymlinks: true });
    writeFileSync(record, JSON.stringify({ state, testState, ...mutants }));
    return mutants;
  }
  for (const tree of trees) {
    const isNew = !existsSync(tree);
    if (isNew) cpSync(treeOf(0), tree, { recursive: true, verbatimSymlinks: true });
    // a run that was ended amid a mutant has left it there
    activate(tree);
    if (known.testState === testState && !isNew) continue;
    copy([...tests], tree);
    select(tree);
  }
  writeFileSync(record, JSON.stringify({ ...known, testState }));
  return known;
}

/**
 * Makes the first tree.
 *
 * @param {string[]} files what is copied
 * @param {boolean} isWasm as for makeTrees
 * @returns {Promise<Made>} the mutants that have a switch
 */
async function makeTree(files, isWasm) {
  copy(files, treeOf(0));
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
  return { mutants, scripts };
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
  const step = async (/** @type {string} */ name) => {
    const file = pathToFileURL(join(tree, `tools/steps/${name}.mjs`)).href;
    return /** @type {Record<string, import("../lib/steps.mjs").Step>} */ (await import(file))[name]?.run();
  };
  if (!(await step("scripts")) || !(await step("bundle")))
    throw new Error("the code with the mutants in it does not build");
}
