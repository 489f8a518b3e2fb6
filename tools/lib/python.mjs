// The Python that has Wasmtime, for the suites and the demo.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./files.mjs";

/** @returns {string} where tools/wasmtime.mjs puts it */
export function pythonOfSuites() {
  return join(root, "build/python", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
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
