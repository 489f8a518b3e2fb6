// Runs uvu test files in a process of their own and reads what came of them.

import { join } from "node:path";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { duration, root } from "./files.mjs";
import { GivenTime } from "./given-time.mjs";
import { run } from "./process.mjs";

/** How long a test may take, in seconds that the machine gives to its process. */
const LIMIT_SECONDS = 30;

/** How long a file may go on after its last test: what it left open should be gone by then. */
const GRACE_SECONDS = 10;

/** What uvu writes behind a test that failed, before the next begins. */
const FAILED = /✘/;

/** What comes of a file whose process ends before its turn. @type {Result} */
const NOT_RUN = {
  passed: 0,
  failed: 1,
  skipped: 0,
  problems: ["it was not run: its process ended in a file before"],
  output: "",
  milliseconds: 0,
};

/** What it writes at the end of a file. */
const DURATION = /^ {2}Duration: +([\d.]+)ms\n/gm;

/**
 * @typedef {object} Result what came of a test file
 * @property {number} passed how many tests passed
 * @property {number} failed how many failed; a file that did not end as it should counts as one
 * @property {number} skipped how many were skipped
 * @property {string[]} problems what is wrong besides, in sentences
 * @property {string} output what the file wrote
 * @property {number} milliseconds how long it took
 */

/**
 * @typedef {object} Progress how far a test file is, as it tells itself: uvu-file.mjs
 * @property {string | undefined} test the test that runs; empty behind the last of a suite, undefined before the first
 * @property {string[] | undefined} open what was open when the event loop turned last, in the test
 * @property {number} limitSeconds how long that may go on
 */

/**
 * Runs a test file to its end.
 *
 * @param {string} node the Node to run it with
 * @param {string} file the compiled test
 * @param {NodeJS.ProcessEnv} env the environment
 * @param {object} [options]
 * @param {number} [options.limitSeconds] how long a test may take (default 30)
 * @param {number} [options.graceSeconds] how long what follows the last may take (default 10)
 * @param {number} [options.timeoutSeconds] how long the file may take, however little of it the machine gives (default: no
 *   limit)
 * @param {boolean} [options.firstFailure] ends the file when a test has failed (default false)
 * @param {string} [options.cwd] its folder (default: the repository)
 * @returns {Promise<Result>} what came of it
 */
export async function runTestFile(node, file, env, options = {}) {
  return /** @type {Result} */ ((await runTestFiles(node, [file], env, options))[0]);
}

/**
 * Runs test files to their end, all of them in one process.
 *
 * @param {string} node the Node to run them with
 * @param {string[]} files the compiled tests
 * @param {NodeJS.ProcessEnv} env the environment
 * @param {Parameters<typeof runTestFile>[3]} [options]
 * @returns {Promise<Result[]>} what came of each
 */
export async function runTestFiles(node, files, env, options = {}) {
  const { limitSeconds = LIMIT_SECONDS, graceSeconds = GRACE_SECONDS, firstFailure = false } = options;
  const { cwd, timeoutSeconds } = options;
  const start = performance.now();
  /** @type {Progress} */
  const progress = { test: undefined, open: undefined, limitSeconds };
  const outcome = await run(node, [join(root, "tools/lib/uvu-file.mjs"), ...files], {
    capture: true,
    env,
    cwd,
    timeoutSeconds,
    watch(child, end) {
      if (child.pid === undefined) return;
      child.stdout?.on("data", (text) => {
        if (firstFailure && FAILED.test(text)) end();
      });
      const time = new GivenTime(child.pid, () => {
        if (time.seconds >= progress.limitSeconds) end();
      });
      child.once("exit", () => time.stop());
      createInterface(/** @type {import("node:stream").Readable} */ (child.stdio[3])).on("line", (line) => {
        const { test, open } = JSON.parse(line);
        progress.open = open;
        if (test === undefined) return;
        progress.test = test;
        progress.limitSeconds = test === "" ? graceSeconds : limitSeconds;
        time.restart();
      });
    },
  });
  const milliseconds = performance.now() - start;
  if (files.length === 1) return [{ ...judge(outcome, progress), output: outcome.output, milliseconds }];
  const stdout = partsOf(outcome.stdout);
  // what stands on standard error may have torn a line
  const parts = partsOf(outcome.output);
  const output = parts.length === stdout.length ? parts : stdout;
  const last = Math.min(stdout.length, files.length) - 1;
  return files.map((_, index) => {
    if (index > last) return NOT_RUN;
    // all but the last that ran went on to the next
    const end = index < last ? { code: 0, signal: null, timedOut: false } : outcome;
    const part = { ...end, output: output[index] ?? "", stdout: stdout[index] ?? "" };
    return { ...judge(part, progress), output: part.output, milliseconds: durationOf(part.stdout) };
  });
}

/**
 * @param {string} stdout what a file wrote
 * @returns {number} for how many milliseconds its tests ran
 */
function durationOf(stdout) {
  return Number(Array.from(stdout.matchAll(DURATION)).at(-1)?.[1] ?? 0);
}

/**
 * @param {string} text what files wrote, one after the other
 * @returns {string[]} that of each, by the summary that it ends with
 */
function partsOf(text) {
  const ends = Array.from(text.matchAll(DURATION), ({ index, 0: found }) => index + found.length);
  return [...ends, text.length]
    .map((end, index) => text.slice(ends[index - 1] ?? 0, end))
    .filter((part) => part.trim() !== "");
}

/**
 * Reads the result of a test file from its standard output and its end. uvu exits with 0 when a hook throws, when a test
 * throws something other than an Error, and when the event loop runs empty in a test; the numbers tell.
 *
 * @param {import("./process.mjs").Outcome} outcome how the process ended
 * @param {Progress} progress how far it was
 * @returns {{ passed: number, failed: number, skipped: number, problems: string[] }} the result
 */
function judge({ code, signal, timedOut, stdout }, progress) {
  const text = stripVTControlCharacters(stdout);
  const summaries = Array.from(
    text.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm),
  );
  const [total = 0, passed = 0, skipped = 0] = (summaries.at(-1)?.slice(1) ?? []).map(Number);
  let failed = total - passed;
  const problems = [];
  if (timedOut) {
    problems.push(`it was still running ${describe(progress)}`);
  } else if (signal !== null) {
    problems.push(`it was ended by ${signal}`);
  } else if (summaries.length === 0) {
    problems.push(
      code === 0
        ? "it ended before its tests did: nothing was left to wait for, or test.run() is missing"
        : `it ended with code ${code} before its tests did`,
    );
  } else if (total + skipped === 0) {
    problems.push("it has no tests");
  } else if (code !== 0 && failed === 0) {
    problems.push(`its tests passed, but it ended with code ${code}`);
  }
  if (failed > (text.match(/^ {2} FAIL /gm)?.length ?? 0)) {
    problems.push("a hook failed, or a test threw something other than an Error: uvu shows neither");
  }
  if (problems.length > 0 && failed === 0) failed = 1;
  return { passed, failed, skipped, problems };
}

/**
 * @param {Progress} progress how far a file was whose time was up
 * @returns {string} where it was for how long, and what was open
 */
function describe({ test, open, limitSeconds }) {
  const where =
    test === undefined
      ? `${limitSeconds} s after its start, before its first test`
      : test === ""
        ? `${limitSeconds} s after its last test: something was left open`
        : `${limitSeconds} s after the beginning of the test "${test}"`;
  if (open === undefined) return `${where}; the event loop did not turn`;
  const counts = new Map(open.map((name) => [name, open.filter((other) => other === name).length]));
  return `${where}; open: ${Array.from(counts, ([name, count]) => `${count} ${name}`).join(", ") || "nothing"}`;
}

/**
 * Writes a result as lines for people: one when all is well, with the whole output when not.
 *
 * @param {string} name the test's name
 * @param {number} width how wide names are
 * @param {Result} result what came of it
 * @returns {string} the lines
 */
export function show(name, width, { passed, failed, skipped, problems, output, milliseconds }) {
  const counts = [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`];
  const line = [
    failed > 0 ? "  ✗" : "  ✓",
    name.padEnd(width),
    duration(milliseconds).padStart(7),
    counts.filter(Boolean).join(", "),
  ].join("  ");
  if (failed === 0) return line;
  const details = [...output.trimEnd().split("\n"), ...problems.map((problem) => `→ ${problem}`)];
  return [line, "", ...details.map((detail) => `    ${detail}`), ""].join("\n");
}
