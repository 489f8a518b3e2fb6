// Runs one uvu test file and reads what came of it.

import { stripVTControlCharacters } from "node:util";
import { duration } from "./files.mjs";
import { run } from "./process.mjs";

/** How long a file may take. */
const LIMIT_SECONDS = 120;

/** How long it may go on after its last test: what it left open should be gone by then. */
const GRACE_SECONDS = 10;

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
 * Runs a test file to its end.
 *
 * @param {string} node the Node to run it with
 * @param {string} file the compiled test
 * @param {NodeJS.ProcessEnv} env the environment
 * @returns {Promise<Result>} what came of it
 */
export async function runTestFile(node, file, env) {
  const start = performance.now();
  const outcome = await run(node, [file], {
    capture: true,
    timeoutSeconds: LIMIT_SECONDS,
    lastWords: { after: /^ {2}Duration: /m, seconds: GRACE_SECONDS },
    env,
  });
  return { ...judge(outcome), output: outcome.output, milliseconds: performance.now() - start };
}

/**
 * Reads the result of a test file from its standard output and its end. uvu exits with 0 when a hook throws, when a test
 * throws something other than an Error, and when the event loop runs empty in a test; the numbers tell.
 *
 * @param {import("./process.mjs").Outcome} outcome how the process ended
 * @returns {{ passed: number, failed: number, skipped: number, problems: string[] }} the result
 */
export function judge({ code, signal, timedOut, stdout }) {
  const text = stripVTControlCharacters(stdout);
  const summaries = Array.from(
    text.matchAll(/^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm),
  );
  const [total = 0, passed = 0, skipped = 0] = (summaries.at(-1)?.slice(1) ?? []).map(Number);
  let failed = total - passed;
  const problems = [];
  if (timedOut) {
    problems.push(
      summaries.length > 0
        ? `it was still running ${GRACE_SECONDS} s after its last test: something was left open`
        : `it was still running after ${LIMIT_SECONDS} s`,
    );
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
