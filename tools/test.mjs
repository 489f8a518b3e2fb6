#!/usr/bin/env node
// Builds what is stale and runs the tests, on the machine's Node and then on Node 26:
//
//     node tools/test.mjs [--only-current] [--no-build] [FILTER…]
//
// A filter is a part of a test file's path, such as `host/io`; with several, a file need match only one of them.
// `--only-current` leaves Node 26 out, `--no-build` takes build/ as it is.

import "./lib/help.mjs";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { conformanceFile } from "./lib/conformance.mjs";
import { contractFile } from "./lib/contract.mjs";
import { duration, list, root } from "./lib/files.mjs";
import { findNode26 } from "./lib/node26.mjs";
import { environment, withWasmtime } from "./lib/python.mjs";
import { runTestFiles, show } from "./lib/uvu.mjs";

/** Those that need of the build what comes first, and begin while the rest is made. */
const EARLY = "build/test/src/";

/** Those that don't run what users run on Node: on the second one they would say the same again. */
const ONCE = ["build/test/tools/", "build/test/browser/", "build/test/docs/types."];

/** Folders whose files need the same, a Node at least and what it loads, and share it in one process. */
const SHARED = ["contract/", "conformance/", "host/", "embed/", "link/", "abi/"].map(
  (folder) => `build/test/${folder}`,
);

/** Those in them that look at their whole process: its memory, and what it was warned of. */
const ALONE = ["conformance/many-connections", "host/permissions"].map(
  (file) => `build/test/${file}.test.js`,
);

/** How many test files run at a time: one more than a small machine has processors, as most wait now and then. */
const LANES = 3;

/** What Wasmtime and asc have compiled for tests, for the next time. */
const COMPILED = "build/.cache/compiled";

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
 * @param {NodeJS.ProcessEnv} base what their environment is made of
 * @param {Promise<boolean>} built whether what others than the early ones need is there, once that is known
 * @param {(line: string) => void} print prints a line
 * @returns {Promise<Counts>} the sums
 */
async function runAll(node, files, whole, base, built = Promise.resolve(true), print = console.log) {
  print(`\nNode ${node.version}`);
  const start = performance.now();
  const width = Math.max(0, ...files.map((file) => nameOf(file).length));
  const colour = process.stdout.isTTY ? { FORCE_COLOR: "1" } : { FORCE_COLOR: "0" };
  const env = {
    ...base,
    ...colour,
    WASOCK_COMPILED: join(root, COMPILED),
    ...(whole && {
      WASOCK_CONTRACT: emptied(contractFile(node.version)),
      WASOCK_CONFORMANCE: emptied(conformanceFile(node.version)),
    }),
  };
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const durations = readDurations();
  const folderOf = (/** @type {string} */ file) =>
    ALONE.includes(file) ? undefined : SHARED.find((folder) => file.startsWith(folder));
  const jobs = [
    ...SHARED.map((folder) => files.filter((file) => folderOf(file) === folder)).filter(
      (job) => job.length > 0,
    ),
    ...files.filter((file) => folderOf(file) === undefined).map((file) => [file]),
  ];
  const longest = (/** @type {string[]} */ job) =>
    job.reduce((sum, file) => sum + (durations[nameOf(file)] ?? Number.POSITIVE_INFINITY), 0);
  const queue = jobs.toSorted((one, other) => longest(other) - longest(one) || 0);
  let isBuilt = false;
  const next = () => {
    const index = isBuilt ? 0 : queue.findIndex(([file]) => file?.startsWith(EARLY));
    return index < 0 ? undefined : queue.splice(index, 1)[0];
  };
  const lane = async () => {
    for (let job = next(); job !== undefined; job = next()) {
      const paths = job.map((file) => join(root, file));
      for (const [index, result] of (await runTestFiles(node.path, paths, env)).entries()) {
        const name = nameOf(String(job[index]));
        print(show(name, width, result));
        durations[name] = Math.round(result.milliseconds);
        sum.passed += result.passed;
        sum.failed += result.failed;
        sum.skipped += result.skipped;
      }
    }
  };
  const first = lane();
  isBuilt = await built;
  await Promise.all([first.then(lane), ...Array.from({ length: LANES - 1 }, lane)]);
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
 * Builds what is stale.
 *
 * @param {boolean} isBuilt whether there is nothing to build
 * @returns {Promise<{ built: Promise<boolean>, print: (line: string) => void } | undefined>} when the early tests can
 *   run: what becomes of the rest, and how to print meanwhile; nothing when they can't
 */
function begin(isBuilt) {
  if (isBuilt) return Promise.resolve({ built: Promise.resolve(true), print: console.log });
  return new Promise((resolve) => {
    const built = build({ debug: false, quiet: true }, (print) => resolve({ built, print }));
    built.then(() => resolve(undefined));
  });
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

  const files = list("test", (path) => path.endsWith(".test.ts"))
    .map((path) => `build/${path.slice(0, -".ts".length)}.js`)
    .filter((path) => filters.length === 0 || filters.some((filter) => nameOf(path).includes(filter)));
  if (files.length === 0) {
    console.error(filters.length > 0 ? `no test matches ${filters.join(", ")}` : "there are no tests");
    return false;
  }

  const whole = filters.length === 0;
  const start = Date.now();
  const begun = await begin(flags.includes("--no-build"));
  if (begun === undefined) return false;
  const { built, print } = begun;
  const current = { path: process.execPath, version: process.versions.node };
  const isOnly = flags.includes("--only-current") || Number(process.versions.node.split(".")[0]) >= 26;
  const node26 = isOnly ? undefined : await findNode26();
  const base = await withWasmtime(environment());
  // Wasmtime is the same on both
  const first = node26 !== undefined && "path" in node26 ? { ...base, WASOCK_WASMTIME: "later" } : base;
  const total = await runAll(current, files, whole, first, built, print);
  if (!(await built)) return false;
  if (node26 !== undefined) {
    if ("path" in node26) {
      const again = files.filter((file) => !ONCE.some((once) => file.startsWith(once)));
      const more = await runAll(node26, again, whole, base);
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
