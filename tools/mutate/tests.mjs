// The test files, run in a tree: first without a mutant to learn what each one reaches, then with one active.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { fingerprint, list, root } from "../lib/files.mjs";
import { findNode26 } from "../lib/node26.mjs";
import { runTestFile } from "../lib/uvu.mjs";

/** What runs the tests: a Node that can suspend a guest, if it is there, for more tests run on it. */
const node26 = await findNode26();
const NODE = "path" in node26 ? node26.path : process.execPath;

const PRELOAD = fileURLToPath(new URL("preload.cjs", import.meta.url));

/** How long a file may take, on a machine that gives it next to nothing too: a mutant may turn in a loop for ever. */
const TIMEOUT_SECONDS = 120;

/** Likewise where it is learnt what it reaches, which all of its tests do. */
const LEARNING_SECONDS = 600;

/** How long a test may take at most that meets a mutant, however long it takes otherwise. */
const LIMIT_SECONDS = 30;

/** What a failure says: selection.mjs. */
const FAILED_TEST = /^✘ test (\d+)$/m;

/**
 * @typedef {object} Reach what a test file reaches
 * @property {boolean} passed whether it passes without a mutant
 * @property {number} load how many seconds it takes without its tests
 * @property {{ seconds: number, mutants: number[] }[]} tests its tests, in their order: how long each takes, and the
 *   numbers of the mutants whose place it reaches
 * @property {number[]} always those that are reached outside of the tests
 * @property {string[]} modules the wasm that it reads, relative to the tree
 */

/**
 * @typedef {object} Share a part of a test file
 * @property {string} name the file
 * @property {number[]} indices the places of the tests that run
 * @property {number} seconds how long the longest of them takes
 */

/** @returns {string[]} the test files, named by the path of their source inside test/ */
export function testNames() {
  // those of test/tools are about what none of the mutants is in
  return list("test", (path) => path.endsWith(".test.ts") && !path.startsWith("test/tools/"))
    .map((path) => path.slice("test/".length, -".test.ts".length))
    .filter((name) => existsSync(join(root, compiled(name))));
}

/**
 * @param {string} name a test file
 * @returns {string} what runs
 */
function compiled(name) {
  return `build/test/${name}.test.js`;
}

/**
 * Finds what a test file imports.
 *
 * @param {string} name a test file
 * @returns {string[]} the compiled files, with itself
 */
export function importsOf(name) {
  const found = new Set([compiled(name)]);
  for (const file of found) {
    for (const path of importsIn(file)) {
      const target = normalize(join(dirname(file), path));
      if (existsSync(join(root, target))) found.add(target);
    }
  }
  return [...found];
}

/** The relative imports in compiled files: many tests import the same. */
const imports = /** @type {Map<string, string[]>} */ (new Map());

/**
 * @param {string} file a compiled file
 * @returns {string[]} what it imports, relative to it
 */
function importsIn(file) {
  let known = imports.get(file);
  if (known === undefined) {
    const text = readFileSync(join(root, file), "utf8");
    known = Array.from(text.matchAll(/(?:from |import\()"(\.[^"]+\.js)"/g), ([, path = ""]) => path);
    imports.set(file, known);
  }
  return known;
}

/**
 * Tells test files apart from what they were: they count with what they import of test/.
 *
 * @param {string} name a test file
 * @returns {string} a hash
 */
export function printOf(name) {
  return fingerprint(
    importsOf(name)
      .filter((path) => path.startsWith("build/test/"))
      .sort(),
    [],
  );
}

/**
 * Lets a test file import selection.mjs in place of uvu.
 *
 * @param {string} text a compiled test, or what it imports
 * @param {string} file its path
 * @param {string} tree the tree that it is in
 * @returns {string} what runs
 */
export function withSelection(text, file, tree) {
  const path = relative(dirname(file), join(tree, "tools/mutate/selection.mjs"));
  return text.replace(/from "uvu"/g, `from "./${path}"`);
}

/**
 * @param {string} tree where to run it
 * @param {string} name a test file
 * @param {NodeJS.ProcessEnv} env what its environment has besides
 * @param {{ limitSeconds?: number, graceSeconds?: number, timeoutSeconds?: number }} [limits] how long a test in it, what
 *   follows, and all of it may take
 * @returns {Promise<{ passed: boolean, failing: number | undefined }>} whether all of them passed, and the place of one
 *   that did not, if it is known
 */
async function runs(tree, name, env, limits = {}) {
  const options = `${process.env["NODE_OPTIONS"] ?? ""} --require ${JSON.stringify(PRELOAD)}`.trim();
  const { failed, output } = await runTestFile(
    NODE,
    join(tree, compiled(name)),
    // Wasmtime runs the same wasm as Node does
    { ...process.env, WASOCK_PYTHON: join(tree, "none"), FORCE_COLOR: "0", NODE_OPTIONS: options, ...env },
    { timeoutSeconds: TIMEOUT_SECONDS, ...limits, firstFailure: true, cwd: tree },
  );
  const index = FAILED_TEST.exec(output)?.[1];
  return { passed: failed === 0, failing: index === undefined ? undefined : Number(index) };
}

/**
 * Learns what a test file reaches.
 *
 * @param {string} tree where to run it
 * @param {string} name a test file
 * @param {number} count how many mutants have a number
 * @param {number} [scripts] how many of them are of TypeScript, the first ones (default: all)
 * @returns {Promise<Reach>} what it reaches
 */
export async function reachOf(tree, name, count, scripts = count) {
  const folder = mkdtempSync(join(tmpdir(), "wasock-reach-"));
  const start = performance.now();
  try {
    const env = {
      __STRYKER_ACTIVE_MUTANT__: "none",
      WASOCK_MUTANTS: String(count),
      WASOCK_SCRIPTS: String(scripts),
      WASOCK_COVERAGE: folder,
    };
    const { passed } = await runs(tree, name, env, { timeoutSeconds: LEARNING_SECONDS });
    // how long it takes where nobody else is at work, as far as that can be told
    const busy = Math.max(1, (loadavg()[0] ?? 0) / availableParallelism());
    const seconds = (performance.now() - start) / 1000 / busy;
    const read = (/** @type {string} */ file) => JSON.parse(readFileSync(join(folder, file), "utf8"));
    const files = readdirSync(folder).filter((file) => file.endsWith(".json"));
    /** @type {Told} */
    const told = files.includes("tests.json") ? read("tests.json") : { always: [], tests: [] };
    const parts = files.filter((file) => file !== "tests.json").map(read);
    const windows = parts.flatMap((part) => /** @type {Window[]} */ (part.windows));
    const tests = told.tests
      // suites run one after the other, whatever the order in which their tests stand in the file
      .toSorted((a, b) => a.index - b.index)
      .map(({ from, to, mutants }) => ({
        seconds: (to - from) / 1000 / busy,
        // what another process met while the test ran
        mutants: unique(
          windows
            .filter((window) => window.to >= from && window.from <= to)
            .flatMap((window) => window.mutants),
          mutants,
        ),
      }));
    const [first] = told.tests;
    const always = unique(
      told.always,
      windows
        .filter((window) => first === undefined || window.to < first.from)
        .flatMap((window) => window.mutants),
    );
    const modules = unique(parts.flatMap((part) => /** @type {string[]} */ (part.modules)))
      .filter((path) => path.startsWith(`${tree}/`))
      .map((path) => path.slice(tree.length + 1));
    const inTests = tests.reduce((sum, test) => sum + test.seconds, 0);
    return { passed, load: Math.max(0, seconds - inTests), tests, always, modules };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @typedef {{ from: number, to: number, mutants: number[] }} Window what was met in a time */
/** @typedef {{ always: number[], tests: (Window & { index: number })[] }} Told as selection.mjs writes it */

/**
 * @template T
 * @param {T[][]} lists lists
 * @returns {T[]} what is in them, once each
 */
function unique(...lists) {
  return [...new Set(lists.flat())];
}

/** Which tests pass without a mutant when they run alone: each is tried when it is the first time that it fails. */
const passesAlone = /** @type {Map<string, Promise<boolean>>} */ (new Map());

/**
 * Lets tests meet a mutant until one notices: it fails, or takes far longer than it does otherwise.
 *
 * @param {string} tree where the mutant is
 * @param {Share[]} shares which, in that order
 * @param {number | undefined} id the number of its switch, if it has one in TypeScript
 * @param {string} clean a tree without a mutant
 * @param {number} [deadline] when to begin no more of them, in milliseconds of `performance.now` (default: never)
 * @returns {Promise<{ fate: "noticed" | "survived" | "not tried", by?: string }>} whether one did, and which; with some
 *   left when the time was up nobody knows
 */
export async function meet(tree, shares, id, clean, deadline = Number.POSITIVE_INFINITY) {
  const active = String(id ?? "none");
  for (const { name, indices, seconds } of shares) {
    if (performance.now() > deadline) return { fate: "not tried" };
    const limits = { limitSeconds: Math.min(LIMIT_SECONDS, 4 + 4 * seconds), graceSeconds: 5 };
    const { passed, failing } = await run(tree, active, name, indices, limits);
    if (passed) continue;
    const culprit = failing === undefined ? indices : [failing];
    const key = `${name} ${culprit.join()}`;
    let alone = passesAlone.get(key);
    if (alone === undefined) {
      alone = run(clean, "none", name, culprit, {}).then((outcome) => outcome.passed);
      passesAlone.set(key, alone);
    }
    if (await alone) return { fate: "noticed", by: name };
    // it needs those before it, and so it says nothing without them
    if (!(await run(tree, active, name, undefined, limits)).passed) return { fate: "noticed", by: name };
  }
  return { fate: "survived" };
}

/**
 * @param {string} tree where
 * @param {string} active the number of the active mutant
 * @param {string} name a test file
 * @param {number[] | undefined} indices which of its tests; all when left out
 * @param {{ limitSeconds?: number, graceSeconds?: number }} limits how long they may take
 */
function run(tree, active, name, indices, limits) {
  const env = { __STRYKER_ACTIVE_MUTANT__: active };
  return runs(tree, name, indices === undefined ? env : { ...env, WASOCK_ONLY: indices.join() }, limits);
}

/**
 * Counts the words that a source and a test file have in common in their paths.
 *
 * @param {string} file a source
 * @param {string} name a test file
 * @returns {number} how many
 */
export function likeness(file, name) {
  const words = wordsOf(file.replace(/^assembly\/|\.ts$/g, ""));
  return wordsOf(name).filter((word) => words.includes(word)).length;
}

/**
 * @param {string} path a path
 * @returns {string[]} the words in it
 */
function wordsOf(path) {
  return path.split(/[/-]/).map((word) => word.replace(/s$/, ""));
}
