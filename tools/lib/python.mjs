// The Python that has Wasmtime for the suites and the demo, and a C compiler for the bench.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./files.mjs";
import { run } from "./process.mjs";

/** @returns {string} where tools/wasmtime.mjs and tools/zig.mjs put it */
function pythonOfSuites() {
  return join(root, "build/python", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
}

/** The wheel that brings `zig cc`. */
export const ZIG = "ziglang==0.17.1";

/** @returns {string} the program that it installs */
export function zigOfSuites() {
  return join(dirname(pythonOfSuites()), process.platform === "win32" ? "python-zig.exe" : "python-zig");
}

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

/**
 * Installs wheels into that Python, which is made where there is none.
 *
 * @param {string[]} wheels with their versions
 * @param {string[]} show the arguments with which Python tells that it is there
 * @returns {Promise<boolean>} whether it is
 */
export async function installWheels(wheels, show) {
  const python = pythonOfSuites();
  return (
    (existsSync(python) || (await works("python3", ["-m", "venv", join(root, "build/python")]))) &&
    (await works(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...wheels])) &&
    (await run(python, show)).code === 0
  );
}

/**
 * The environment of a test, an example or a benchmark: `WASOCK_PYTHON` names a Python that can `import wasmtime`.
 *
 * @returns {NodeJS.ProcessEnv} ours, with `WASOCK_PYTHON` set when it was not and tools/wasmtime.mjs has run
 */
export function environment() {
  const python = pythonOfSuites();
  if (process.env.WASOCK_PYTHON !== undefined || !existsSync(python)) return process.env;
  return { ...process.env, WASOCK_PYTHON: python };
}

/**
 * Asks once for all tests what they would ask each.
 *
 * @param {NodeJS.ProcessEnv} env their environment
 * @returns {Promise<NodeJS.ProcessEnv>} the same, with `WASOCK_WASMTIME` where Python has Wasmtime's wheel
 */
export async function withWasmtime(env) {
  const python = env.WASOCK_PYTHON ?? "python3";
  const { code, stdout } = await run(python, [join(root, "test/sides/wheels.py")], { capture: true, env });
  return code === 0 ? { ...env, WASOCK_WASMTIME: stdout } : env;
}
