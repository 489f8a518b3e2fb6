#!/usr/bin/env node
// Builds what is missing or stale, all of it under build/:
//
//     node tools/build.mjs [--force] [--watch]
//
// `--force` builds everything; `--watch` builds again whenever a source changes.

import "./lib/help.mjs";
import { existsSync, mkdirSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./lib/files.mjs";
import { run } from "./lib/process.mjs";
import { runSteps } from "./lib/steps.mjs";
import { bundle } from "./steps/bundle.mjs";
import { cPrograms } from "./steps/c-programs.mjs";
import { component, component03 } from "./steps/component.mjs";
import { componentCore, componentCore03, core, debugCores } from "./steps/core.mjs";
import { driver } from "./steps/driver.mjs";
import { demoJco, jco } from "./steps/jco.mjs";
import { demoProgram, programs } from "./steps/programs.mjs";
import { schema } from "./steps/schema.mjs";
import { scripts } from "./steps/scripts.mjs";
import { types } from "./steps/types.mjs";
import { wit } from "./steps/wit.mjs";

/** Everything, in an order in which it can be done, first what tests begin with. */
const STEPS = [
  scripts,
  core,
  wit,
  componentCore,
  types,
  bundle,
  schema,
  component,
  componentCore03,
  component03,
  driver,
  jco,
  programs,
  cPrograms,
  ...debugCores,
];

/** What the demo runs, and no more: who tries this out first waits for it. */
const DEMO = [core, scripts, wit, componentCore, demoProgram, bundle, component, demoJco];

/** What the Node library runs on, as a whole checkout has it: enough for the demo's first packet, and for many tests. */
const FIRST = [scripts.name, core.name];

/** What to look at in watch mode. */
const WATCHED = ["assembly", "host", "src", "wit", "test", "bench", "examples", "tools"];

/**
 * Builds what is missing or stale.
 *
 * @param {{ debug?: boolean, demo?: boolean, force?: boolean, quiet?: boolean }} [options] `debug` also builds the debug
 *   targets (default true); `demo` builds only what the demo runs; `force` builds what is up to date too; `quiet` prints nothing when there is nothing to do
 * @param {import("./lib/steps.mjs").Beside} [beside] what to do once the Node library can run
 * @returns {Promise<boolean>} whether everything is up to date now; what went wrong is printed already
 */
export function build({ debug = true, demo = false, force = false, quiet = false } = {}, beside) {
  // npm leaves out what a folder's .gitignore names, whatever package.json says, unless this stands beside it.
  mkdirSync(join(root, "build"), { recursive: true });
  writeFileSync(join(root, "build/.npmignore"), "# Nothing: package.json names what is packed.\n");
  const steps = demo ? DEMO : debug ? STEPS : STEPS.filter((step) => !debugCores.includes(step));
  return runSteps(steps, { force, quiet, after: FIRST, beside });
}

/** Builds now and after each change, in a new process each time so that a change of the tools counts as well. */
async function watchAndBuild() {
  let changed = true;
  let wake = () => {};
  const folders = WATCHED.filter((path) => existsSync(join(root, path)));
  for (const path of folders) {
    try {
      watch(join(root, path), { recursive: true }, (_, file) => {
        if (file?.includes("node_modules")) return;
        changed = true;
        wake();
      });
    } catch (error) {
      console.error(`not watched: ${path} (${error instanceof Error ? error.message : error})`);
    }
  }
  for (;;) {
    while (changed) {
      changed = false;
      await run(process.execPath, [fileURLToPath(import.meta.url), "--quiet"]);
    }
    console.log(`watching ${folders.join(", ")}`);
    await new Promise((resolve) => {
      // An editor writes in several strokes: wait for the last.
      let timer = /** @type {NodeJS.Timeout | undefined} */ (undefined);
      wake = () => {
        clearTimeout(timer);
        timer = setTimeout(() => resolve(undefined), 100);
      };
      if (changed) wake();
    });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flags = new Set(process.argv.slice(2));
  const known = ["--force", "--watch", "--quiet"];
  const unknown = [...flags].filter((flag) => !known.includes(flag));
  if (unknown.length > 0) {
    console.error(`unknown: ${unknown.join(" ")}\nusage: node tools/build.mjs [--force] [--watch]`);
    process.exitCode = 2;
  } else if (flags.has("--watch")) {
    await watchAndBuild();
  } else if (!(await build({ force: flags.has("--force"), quiet: flags.has("--quiet") }))) {
    process.exitCode = 1;
  }
}
