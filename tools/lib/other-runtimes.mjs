// Finds Deno and Bun.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./files.mjs";
import { run } from "./process.mjs";

/** The private package that brings them. */
const FOLDER = join(root, "tools/runtimes/others");

/** Their programs, by platform. */
const PROGRAMS = /** @type {Record<string, { deno: string, bun: string }>} */ ({
  "darwin-arm64": { deno: "@deno/darwin-arm64/deno", bun: "@oven/bun-darwin-aarch64/bin/bun" },
  "darwin-x64": { deno: "@deno/darwin-x64/deno", bun: "@oven/bun-darwin-x64/bin/bun" },
  "linux-arm64": { deno: "@deno/linux-arm64-glibc/deno", bun: "@oven/bun-linux-aarch64/bin/bun" },
  "linux-x64": { deno: "@deno/linux-x64-glibc/deno", bun: "@oven/bun-linux-x64/bin/bun" },
});

/** @typedef {{ path: string, version: string }} Program a program and its version, as in its package */

/**
 * @param {"deno" | "bun"} name which
 * @param {string} path where it lies in `node_modules`
 * @returns {Program} the program
 */
function program(name, path) {
  const { version } = JSON.parse(readFileSync(join(FOLDER, "node_modules", name, "package.json"), "utf8"));
  return { path: join(FOLDER, "node_modules", path), version };
}

/**
 * Finds them, and installs them from npm when they are not there yet.
 *
 * @returns {Promise<{ deno: Program, bun: Program } | { missing: string }>} the programs, or why there are none
 */
export async function findOtherRuntimes() {
  const programs = PROGRAMS[`${process.platform}-${process.arch}`];
  if (programs === undefined) {
    return { missing: `there is no Deno or Bun for ${process.platform} on ${process.arch}` };
  }
  const { deno, bun } = programs;
  if (![deno, bun].every((path) => existsSync(join(FOLDER, "node_modules", path)))) {
    const { code, output } = await run("npm", ["ci", "--no-audit", "--no-fund"], {
      capture: true,
      cwd: FOLDER,
      timeoutSeconds: 300,
    });
    if (code !== 0)
      return { missing: `npm ci failed in tools/runtimes/others: ${output.trim().split("\n")[0]}` };
  }
  return { deno: program("deno", deno), bun: program("bun", bun) };
}
