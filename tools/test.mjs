#!/usr/bin/env node
// Builds what is stale and runs the tests, on the machine's Node and then on Node 26:
//
//     node tools/test.mjs [--only-current] [--no-build] [FILTER…]
//
// A filter is a part of a test file's path, such as `host/io`; with several, a file need match only one of them.
// `--only-current` leaves Node 26 out, `--no-build` takes build/ as it is.

import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { conformanceFile } from "./lib/conformance.mjs";
import { contractFile } from "./lib/contract.mjs";
import { duration, list, root } from "./lib/files.mjs";
import { findNode26 } from "./lib/node26.mjs";
import { environment } from "./lib/python.mjs";
import { runTestFile, show } from "./lib/uvu.mjs";

/** How many test files run at a time: one more than a small machine has processors, as most wait now and then. */
const LANES = 3;

/** What Wasmtime has compiled for tests, for the next time. */
const COMPILED = "build/.cache/wasmtime";

/** How long each took when it was run last, in milliseconds, so that the longest begin first and the lanes end together. */
const DURATIONS = join(root, "build/.cache/durations.json");

/**
 * @typedef {object} Counts
 * @property {number} passed tests that passed
 * @property {number} failed tests that failed
 * @property {number} skipped tests that were not run
 */

/**
 * Runs test files on one Node, and prints a line for each.
 *
 * @param {{ path: string, version: string }} node the Node
 * @param {string[]} files the compiled tests
 * @param {boolean} whole whether these are all, so that how the contract fared is worth a record
 * @returns {Promise<Counts>} the sums
 */
async function runAll(node, files, whole) {
  console.log(`\nNode ${node.version}`);
  const start = performance.now();
  const width = Math.max(...files.map((file) => nameOf(file).length));
  const colour = process.stdout.isTTY ? { FORCE_COLOR: "1" } : { FORCE_COLOR: "0" };
  const env = {
    ...environment(),
    ...colour,
    WASOCK_COMPILED: join(root, COMPILED),
    ...(whole && {
      WASOCK_CONTRACT: emptied(contractFile(node.version)),
      WASOCK_CONFORMANCE: emptied(conformanceFile(node.version)),
    }),
  };
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const durations = readDurations();
  const longest = (/** @type {string} */ file) => durations[nameOf(file)] ?? Number.POSITIVE_INFINITY;
  const queue = files.toSorted((one, other) => longest(other) - longest(one) || 0);
  const lane = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runTestFile(node.path, join(root, file), env);
      console.log(show(nameOf(file), width, result));
      durations[nameOf(file)] = Math.round(result.milliseconds);
      sum.passed += result.passed;
      sum.failed += result.failed;
      sum.skipped += result.skipped;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  mkdirSync(join(root, "build/.cache"), { recursive: true });
  writeFileSync(DURATIONS, JSON.stringify(durations));
  console.log(
    `  ${files.length} ${files.length === 1 ? "file" : "files"}: ${line(sum)} in ${duration(performance.now() - start)}`,
  );
  return sum;
}

/** @returns {Record<string, number>} by name; of none at first */
function readDurations() {
  try {
    return JSON.parse(readFileSync(DURATIONS, "utf8"));
  } catch {
    return {};
  }
}

/**
 * @param {string} file where a suite says how it fared
 * @returns {string} the same, empty
 */
function emptied(file) {
  writeFileSync(file, "");
  return file;
}

/**
 * @param {string} file a compiled test
 * @returns {string} its name for people: the path of its source inside test/
 */
function nameOf(file) {
  return file.replace(/^build\/test\//, "").replace(/\.test\.js$/, "");
}

/**
 * @param {Counts} sum counts
 * @returns {string} as in `12 passed, 0 failed, 1 skipped`
 */
function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/**
 * @param {string[]} args the command line
 * @returns {Promise<boolean>} whether tests ran and all of them passed
 */
async function main(args) {
  const flags = args.filter((arg) => arg.startsWith("-"));
  const filters = args
    .filter((arg) => !arg.startsWith("-"))
    .map((arg) => arg.replace(/^test\/|\.test(\.ts)?$/g, ""));
  const unknown = flags.filter((flag) => !["--only-current", "--no-build"].includes(flag));
  if (unknown.length > 0) {
    console.error(`unknown: ${unknown.join(" ")}`);
    console.error("usage: npm test -- [--only-current] [--no-build] [FILTER…]");
    return false;
  }
  if (!flags.includes("--no-build") && !(await build({ debug: false, quiet: true }))) return false;

  // A test whose source is gone is not a test any more.
  const files = list("build/test", (path) => path.endsWith(".test.js"))
    .filter((path) => existsSync(join(root, `${path.slice("build/".length, -3)}.ts`)))
    .filter((path) => filters.length === 0 || filters.some((filter) => nameOf(path).includes(filter)));
  if (files.length === 0) {
    console.error(filters.length > 0 ? `no test matches ${filters.join(", ")}` : "there are no tests");
    return false;
  }

  const whole = filters.length === 0;
  const start = Date.now();
  const total = await runAll({ path: process.execPath, version: process.versions.node }, files, whole);
  if (!flags.includes("--only-current") && Number(process.versions.node.split(".")[0]) < 26) {
    const node26 = await findNode26();
    if ("path" in node26) {
      const more = await runAll(node26, files, whole);
      total.passed += more.passed;
      total.failed += more.failed;
      total.skipped += more.skipped;
    } else {
      console.log(`\nNode 26\n  skipped, all ${files.length} files: ${node26.missing}`);
      total.skipped += total.passed + total.failed;
    }
  }
  for (const file of whole ? list(COMPILED) : []) {
    if (statSync(join(root, file)).mtimeMs < start) rmSync(join(root, file));
  }
  console.log(`\n${line(total)}`);
  return total.failed === 0 && total.passed > 0;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
