#!/usr/bin/env node
// Measures what `import "wasock"` and the first socket cost above bare Node, and prints the sizes of what is shipped:
//
//     node tools/startup.mjs [NODE…]
//
// NODE is a Node program; the machine's own and Node 26 when left out. Nothing is asserted: times depend on the
// machine, and on what else it does.

import "./lib/help.mjs";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "./build.mjs";
import { root, size } from "./lib/files.mjs";
import { findNode26 } from "./lib/node26.mjs";
import { run } from "./lib/process.mjs";

/** How often each program is started; the median counts. */
const RUNS = 15;

/** A program that makes one TCP socket (inet, stream, any protocol) and closes it. */
const FIRST_SOCKET = `
const { close, socket } = await import(${JSON.stringify(pathToFileURL(join(root, "build/dist/index.js")).href)});
await close(socket(2, 1, 0));
`;

/**
 * @param {number[]} values at least one number
 * @returns {number} the one in the middle
 */
function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/**
 * Starts programs in turn, so that what else the machine does meanwhile falls on all of them alike.
 *
 * @param {string} node the Node
 * @param {string[]} programs the programs
 * @returns {Promise<number[]>} the median time of each from start to end, in milliseconds
 * @throws {Error} when one fails
 */
async function measure(node, programs) {
  const times = programs.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round <= RUNS; round++) {
    for (const [index, program] of programs.entries()) {
      const start = performance.now();
      const { code, output } = await run(node, [program], { capture: true, timeoutSeconds: 60 });
      if (code !== 0) throw new Error(`${node} ${program} ended with code ${code}:\n${output}`);
      // The first round only fills the disk's cache.
      if (round > 0) times[index]?.push(performance.now() - start);
    }
  }
  return times.map(median);
}

/** Prints the sizes of the modules. */
function printSizes() {
  for (const path of ["build/wasock.core.wasm", "build/wasock.component.wasm"]) {
    const bytes = readFileSync(join(root, path));
    console.log(
      `${path.padEnd(28)} ${size(bytes.length).padStart(9)}  (${size(gzipSync(bytes).length)} gzipped)`,
    );
  }
}

/**
 * @param {string} node the Node
 * @param {string} folder where the programs may be written
 */
async function printStartup(node, folder) {
  const bare = join(folder, "bare.mjs");
  const first = join(folder, "first-socket.mjs");
  writeFileSync(bare, "export {};\n");
  writeFileSync(first, FIRST_SOCKET);
  const { output } = await run(node, ["--version"], { capture: true });
  const [empty = 0, ours = 0] = await measure(node, [bare, first]);
  const above = `${(ours - empty).toFixed(1)} ms above`;
  console.log(
    `Node ${output.trim().padEnd(9)}  bare ${empty.toFixed(1)} ms, first socket ${ours.toFixed(1)} ms: ${above}`,
  );
}

if (!(await build({ debug: false, quiet: true }))) {
  process.exitCode = 1;
} else {
  const node26 = await findNode26();
  const known = [process.execPath, ...("path" in node26 ? [node26.path] : [])];
  const nodes = process.argv.length > 2 ? process.argv.slice(2) : [...new Set(known)];
  const folder = mkdtempSync(join(tmpdir(), "wasock-startup-"));
  try {
    printSizes();
    for (const node of nodes) await printStartup(node, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
