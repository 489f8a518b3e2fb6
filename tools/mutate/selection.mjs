// uvu, of whose tests only some run: those named by WASOCK_ONLY, by their places in the file. The first that fails ends
// the file. It says, too, what each of them reaches, when WASOCK_COVERAGE asks.
//
// Test files in the trees import this in place of uvu.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite as uvuSuite } from "uvu";

const { WASOCK_ONLY: only, WASOCK_COVERAGE: folder } = process.env;

/** What precedes the place of the test that failed, on the standard output. */
const FAILED = "\n✘ test ";

const selected = only === undefined ? undefined : new Set(only.split(",").map(Number));
const shared = /** @type {any} */ (globalThis);
const met = /** @type {() => { from: number, to: number, mutants: number[] }} */ (shared["wasock:met"]);
// preload.cjs leaves this process to us
shared["wasock:tests"] = true;

/** @type {{ index: number, name: string, from: number, to: number, mutants: number[] }[]} */
const tests = [];
let count = 0;

/** What was met before the first test. */
let atFirst = /** @type {number[] | undefined} */ (undefined);

/**
 * @param {string} name a test's
 * @param {(context: any) => unknown} handler what it does
 * @returns {(context: any) => Promise<void>} the same, if it is among those that run
 */
function wrap(name, handler) {
  const index = count++;
  return async (context) => {
    if (selected?.has(index) === false) return;
    if (folder !== undefined) atFirst ??= met().mutants;
    try {
      await handler(context);
    } catch (error) {
      if (selected === undefined) throw error;
      console.error(error);
      process.stdout.write(`${FAILED}${index}\n`, () => process.exit(1));
      await new Promise(() => {});
    }
    if (folder === undefined) return;
    // what a test has left to do belongs to it
    await new Promise(setImmediate);
    tests.push({ index, name, ...met() });
  };
}

/**
 * @param {string} [name] as uvu's
 * @param {any} [context] as uvu's
 * @returns {any} as uvu's
 */
export function suite(name, context) {
  const own = /** @type {any} */ (uvuSuite(name, context));
  const test = (/** @type {string} */ name, /** @type {any} */ handler) => own(name, wrap(name, handler));
  const only = (/** @type {string} */ name, /** @type {any} */ handler) =>
    own.only(name, wrap(name, handler));
  return Object.assign(test, own, { only });
}

export const test = suite();

if (folder !== undefined) {
  process.on("exit", () => {
    const always = [...(atFirst ?? []), ...met().mutants];
    writeFileSync(join(folder, "tests.json"), JSON.stringify({ always, tests }));
  });
}
