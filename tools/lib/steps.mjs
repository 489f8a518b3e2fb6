// Runs build steps: each when what it needs is done, two at a time, and only when its inputs changed.

import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { duration, fingerprint, list, root, size } from "./files.mjs";

/**
 * @typedef {object} Step one part of the build
 * @property {string} name what it is called in the output
 * @property {string[]} [after] the names of the steps whose outputs it reads
 * @property {() => string[]} inputs the files that it reads, asked for after those steps
 * @property {string[]} words versions and options that its outputs depend on
 * @property {() => string[]} outputs the files that it makes; a folder stands for all that is in it
 * @property {() => Promise<boolean>} run does it and tells whether it worked; what went wrong is printed already
 */

/**
 * @callback Beside begins what goes on beside the rest of the build
 * @param {(line: string) => void} print prints a line where the build prints its own
 * @returns {void}
 */

/** Where the fingerprints of the steps are kept. */
const RECORD = join(root, "build/.cache/steps.json");

/** How many steps may run at a time. */
const LANES = 2;

/**
 * Runs steps, and prints a line for each.
 *
 * @param {Step[]} steps the steps; one that is needed comes before those that need it
 * @param {{ force?: boolean, quiet?: boolean, after?: string[], beside?: Beside | undefined }} [options] `force` runs those
 *   that are up to date too; `quiet` prints nothing about those that are; `beside` is called when those that `after`
 *   names are done
 * @returns {Promise<boolean>} whether everything is up to date now
 */
export async function runSteps(steps, { force = false, quiet = false, after = [], beside } = {}) {
  const record = readRecord();
  const width = Math.max(...steps.map((step) => step.name.length));
  const started = performance.now();
  /** @type {Map<string, Promise<boolean>>} */
  const results = new Map();
  const enter = lanes(LANES);
  let ran = 0;

  const status = new Status();
  const say = (/** @type {Step} */ step, /** @type {string} */ text) =>
    status.print(`  ${step.name.padEnd(width)}  ${text}`);

  /**
   * @param {Step} step a step
   * @returns {Promise<boolean>} whether it is up to date now
   */
  async function perform(step) {
    const needed = await Promise.all((step.after ?? []).map((name) => results.get(name) ?? true));
    if (needed.includes(false)) {
      say(step, "not done: what it needs failed");
      return false;
    }
    return enter(async () => {
      const before = fingerprint(step.inputs(), step.words);
      const known = record[step.name];
      if (!force && known?.inputs === before && known.outputs === stateOf(step)) {
        if (!quiet) say(step, "up to date");
        return true;
      }
      delete record[step.name];
      ran++;
      const start = performance.now();
      status.begin(step.name);
      const done = await step.run().catch((error) => {
        console.error(error instanceof Error ? error.stack : error);
        return false;
      });
      status.end(step.name);
      const took = duration(performance.now() - start).padStart(7);
      if (!done) {
        say(step, `${took}  failed`);
        return false;
      }
      // Inputs that changed meanwhile make the step stale again, so the hash from before is the one to keep.
      record[step.name] = { inputs: before, outputs: stateOf(step) };
      say(step, `${took}  ${describe(step.outputs())}`);
      return true;
    });
  }

  for (const step of steps) results.set(step.name, perform(step));
  const first = await Promise.all(after.map((name) => results.get(name)));
  if (!first.includes(false)) beside?.((line) => status.print(line));
  const all = await Promise.all(results.values());
  writeRecord(record);
  const failed = all.filter((done) => !done).length;
  if (ran > 0 || !quiet) {
    const outcome =
      failed > 0 ? `failed: ${failed} of ${steps.length} steps` : ran > 0 ? "built" : "nothing to do";
    console.log(`${outcome} in ${duration(performance.now() - started)}`);
  }
  return failed === 0;
}

/** What is being done: on a terminal a line that turns, below what is printed; elsewhere a line when a step begins. */
class Status {
  /** @type {Set<string>} */
  #running = new Set();
  #turns = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #timer = undefined;

  /** @param {string} name what begins */
  begin(name) {
    this.#running.add(name);
    if (!process.stdout.isTTY) console.log(`  ${name} …`);
    else this.#timer ??= setInterval(() => this.#show(), 100);
  }

  /** @param {string} name what has ended */
  end(name) {
    this.#running.delete(name);
    this.#clear();
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** @param {string} line what is to stay */
  print(line) {
    this.#clear();
    console.log(line);
  }

  #show() {
    const turning = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[this.#turns++ % 10];
    this.#clear();
    process.stdout.write(`  ${turning} ${[...this.#running].join(", ")}`);
  }

  #clear() {
    if (process.stdout.isTTY) process.stdout.write("\r\u001b[K");
  }
}

/**
 * Lets a limited number of jobs run at a time.
 *
 * @param {number} count how many
 * @returns {<T>(job: () => Promise<T>) => Promise<T>} runs a job when its turn comes
 */
function lanes(count) {
  /** @type {(() => void)[]} */
  const waiting = [];
  let free = count;
  return async (job) => {
    if (free > 0) free--;
    else await new Promise((resolve) => waiting.push(() => resolve(undefined)));
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

/**
 * What is on disk of a step's outputs: a change or a loss makes the step run again.
 *
 * @param {Step} step the step
 * @returns {string} names, sizes and times; "missing" when one is not there
 */
function stateOf(step) {
  const files = step.outputs().flatMap((path) => {
    const found = list(path);
    return found.length === 0 ? [`${path} missing`] : found;
  });
  const facts = files.map((path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    return `${path} ${stat?.size} ${stat?.mtimeMs}`;
  });
  return fingerprint([], facts);
}

/**
 * Names a step's outputs, with the size of a single file.
 *
 * @param {string[]} outputs files and folders
 * @returns {string} as in `build/wasock.core.wasm (18.2 KB)`
 */
function describe(outputs) {
  const named = outputs.slice(0, 2).map((path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    return stat?.isFile() ? `${path} (${size(stat.size)})` : path;
  });
  return outputs.length > 2 ? `${outputs.length} files` : named.join(", ");
}

/**
 * @returns {Record<string, { inputs: string, outputs: string }>} what was built last, by step; empty at first
 */
function readRecord() {
  try {
    return JSON.parse(readFileSync(RECORD, "utf8"));
  } catch {
    return {};
  }
}

/**
 * @param {Record<string, { inputs: string, outputs: string }>} record what is built now, by step
 */
function writeRecord(record) {
  mkdirSync(join(root, "build/.cache"), { recursive: true });
  writeFileSync(RECORD, `${JSON.stringify(record, null, 2)}\n`);
}
