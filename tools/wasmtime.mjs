#!/usr/bin/env node
// Installs Wasmtime's Python wheel for the suites and the demo, into a virtual environment under build/:
//
//     node tools/wasmtime.mjs
//
// 46.0.1 is the last wheel whose component host lets TCP and UDP be switched on, by `inherit_network`: later ones deny
// both by default and have no function to allow them.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/files.mjs";
import { run } from "./lib/process.mjs";
import { pythonOfSuites } from "./lib/python.mjs";

const WHEEL = "wasmtime==46.0.1";
const SHOW = `
import sys
from importlib.metadata import version
import wasmtime
print("wasmtime", version("wasmtime"), "on Python", sys.version.split()[0])
`;

/**
 * Runs a program and prints what it wrote when it fails.
 *
 * @param {string} command the program
 * @param {string[]} args its arguments
 * @returns {Promise<boolean>} whether it worked
 */
async function works(command, args) {
  const { code, output } = await run(command, args, { capture: true, timeoutSeconds: 300 });
  if (code !== 0) console.error(output.trim());
  return code === 0;
}

const python = pythonOfSuites();
const ready =
  (existsSync(python) || (await works("python3", ["-m", "venv", join(root, "build/python")]))) &&
  (await works(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", WHEEL])) &&
  (await run(python, ["-c", SHOW])).code === 0;
if (!ready) console.error("no Wasmtime: what needs it is skipped");
process.exitCode = ready ? 0 : 1;
