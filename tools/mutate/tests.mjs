// The test files, run in a tree: first without a mutant to learn what each one reaches, then with one active.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { fingerprint, list, root } from "../lib/files.mjs";
import { environment } from "../lib/python.mjs";
import { runTestFile } from "../lib/uvu.mjs";

const PRELOAD = fileURLToPath(new URL("preload.cjs", import.meta.url));

/** How long a file may take, on a machine that gives it next to nothing too: a mutant may turn in a loop for ever. */
const TIMEOUT_SECONDS = 120;

/** How long a test may take at most that meets a mutant, however long its file takes otherwise. */
const LIMIT_SECONDS = 30;

/**
 * @typedef {object} Reach what a test file reaches
 * @property {string} print what changes when the test does
 * @property {boolean} passed whether it passes without a mutant
 * @property {number} seconds how long it takes
 * @property {number[]} mutants the numbers of those whose place it reaches
 * @property {string[]} modules the wasm that it reads, relative to the tree
 */

/** @returns {string[]} the test files, named by the path of their source inside test/ */
export function testNames() {
  return list("test", (path) => path.endsWith(".test.ts"))
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
 * @param {string} tree where to run it
 * @param {string} name a test file
 * @param {NodeJS.ProcessEnv} env what its environment has besides
 * @param {number} [limitSeconds] how long a test in it may take
 * @returns {Promise<boolean>} whether all of them passed
 */
async function passes(tree, name, env, limitSeconds) {
  const options = `${process.env["NODE_OPTIONS"] ?? ""} --require ${JSON.stringify(PRELOAD)}`.trim();
  const { failed } = await runTestFile(
    process.execPath,
    join(tree, compiled(name)),
    { ...environment(), FORCE_COLOR: "0", NODE_OPTIONS: options, ...env },
    { limitSeconds, timeoutSeconds: TIMEOUT_SECONDS, firstFailure: true, cwd: tree },
  );
  return failed === 0;
}

/**
 * Learns what a test file reaches.
 *
 * @param {string} tree where to run it
 * @param {string} name a test file
 * @param {number} count how many mutants have a number
 * @returns {Promise<Omit<Reach, "print">>} what it reaches
 */
export async function reachOf(tree, name, count) {
  const folder = mkdtempSync(join(tmpdir(), "wasock-reach-"));
  const start = performance.now();
  try {
    const passed = await passes(tree, name, {
      __STRYKER_ACTIVE_MUTANT__: "none",
      WASOCK_MUTANTS: String(count),
      WASOCK_COVERAGE: folder,
    });
    const seconds = (performance.now() - start) / 1000;
    const written = readdirSync(folder).filter((file) => file.endsWith(".json"));
    const parts = written.map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")));
    const mutants = [...new Set(parts.flatMap((part) => part.mutants))].sort((a, b) => a - b);
    const modules = [...new Set(parts.flatMap((part) => part.modules))]
      .filter((path) => path.startsWith(`${tree}/`))
      .map((path) => path.slice(tree.length + 1));
    return { passed, seconds, mutants, modules };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Lets test files meet a mutant until one notices: it fails, or takes far longer than it does otherwise.
 *
 * @param {string} tree where the mutant is
 * @param {[string, { seconds: number }][]} tests which, in that order
 * @param {number | undefined} id the number of its switch, if it has one
 * @param {number} [deadline] when to begin no more of them, in milliseconds of `performance.now` (default: never)
 * @returns {Promise<{ fate: "noticed" | "survived" | "not tried", by?: string }>} whether one did, and which; with some
 *   left when the time was up nobody knows
 */
export async function meet(tree, tests, id, deadline = Number.POSITIVE_INFINITY) {
  const env = { __STRYKER_ACTIVE_MUTANT__: String(id ?? "none") };
  for (const [name, { seconds }] of tests) {
    if (performance.now() > deadline) return { fate: "not tried" };
    const limitSeconds = Math.min(LIMIT_SECONDS, 5 + 4 * seconds);
    if (!(await passes(tree, name, env, limitSeconds))) return { fate: "noticed", by: name };
  }
  return { fate: "survived" };
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
