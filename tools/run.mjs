#!/usr/bin/env node
// Builds what is stale and runs an example or a benchmark:
//
//     node tools/run.mjs NAME [ARGUMENT…]
//
// NAME is a folder of examples/ with a main.ts, or a path without `.ts` from the repository's folder.

import "./lib/help.mjs";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "./build.mjs";
import { root } from "./lib/files.mjs";
import { run } from "./lib/process.mjs";
import { environment } from "./lib/python.mjs";

const [name, ...args] = process.argv.slice(2);
const candidates = [`examples/${name}/main`, `${name}`];
const found = candidates.find((path) => existsSync(join(root, `${path}.ts`)));
if (name === undefined || found === undefined) {
  console.error(
    name === undefined ? "usage: node tools/run.mjs NAME [ARGUMENT…]" : `no such example: ${name}`,
  );
  process.exitCode = 2;
} else {
  const script = join(root, "build", `${found}.js`);
  process.exitCode = name === "demo" ? await demo(script) : await example(script);
}

/**
 * @param {string} script what to run when all is built
 * @returns {Promise<number>} its exit code
 */
async function example(script) {
  if (!(await build({ debug: false, quiet: true }))) return 1;
  return (await run(process.execPath, [script, ...args], { env: environment() })).code ?? 1;
}

/**
 * Runs the demo, which begins as soon as its first side can run, and is told when what the others need is built.
 *
 * @param {string} script the demo
 * @returns {Promise<number>} its exit code
 */
async function demo(script) {
  const { stdout } = process;
  const env = { ...environment(), ...(stdout.isTTY && !process.env["NO_COLOR"] && { FORCE_COLOR: "1" }) };
  /** @type {import("node:child_process").ChildProcess | undefined} */
  let child;
  let ended = Promise.resolve(1);
  const built = await build({ demo: true, quiet: true }, (print) => {
    child = fork(script, args, { env, stdio: ["ignore", "pipe", "inherit", "ipc"] });
    ended = once(child, "close").then(([code]) => code ?? 1);
    createInterface(/** @type {import("node:stream").Readable} */ (child.stdout)).on("line", print);
  });
  if (built) child?.send("built");
  else child?.disconnect();
  return built ? ended : 1;
}
