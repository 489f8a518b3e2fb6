// Runs uvu test files, one after the other, and tells the runner, which has started it, how far it is:
//
//     node tools/lib/uvu-file.mjs FILE…
//
// Several are imported first, so that what they have in common knows who is still to come. Each has a summary of its own.
//
// On descriptor 3 stands a line of JSON for each thing told: `{"test"}`, the name of the test that begins, or "" behind the
// last of a suite, and, while the event loop turns, every second `{"open"}`, what is open.

import { writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** How often it is told what is open, in milliseconds. */
const INTERVAL = 1000;

/** @param {{ test: string } | { open: string[] }} what what to tell */
function tell(what) {
  writeSync(3, `${JSON.stringify(what)}\n`);
}

// uvu sets this on the context of a suite, an ordinary object: to "" when the suite is made and behind its last test, and
// to its name before each test. There is no other way to a test's name while it runs, whichever suite it is of.
const names = new WeakMap();
Object.defineProperty(Object.prototype, "__test__", {
  get() {
    return names.get(this);
  },
  set(name) {
    if (name !== "" || this.__test__ !== undefined) tell({ test: name });
    names.set(this, name);
  },
});

setInterval(() => tell({ open: process.getActiveResourcesInfo() }), INTERVAL).unref();

const [, ...files] = process.argv.splice(1);
process.argv.push(String(files[0]));
const load = (/** @type {string | undefined} */ file) => import(pathToFileURL(String(file)).href);
if (files.length === 1) await load(files[0]);
else await together();

/** Runs them all in this process. */
async function together() {
  // uvu's own command has it collect suites in this way
  const uvu = /** @type {{ UVU_DEFER?: number, UVU_INDEX?: number, UVU_QUEUE: unknown[][] }} */ (
    /** @type {unknown} */ (globalThis)
  );
  uvu.UVU_DEFER = 1;
  const groups = files.map(() => /** @type {unknown[]} */ ([null]));
  uvu.UVU_QUEUE = groups;
  for (const [index, file] of files.entries()) {
    uvu.UVU_INDEX = index;
    await load(file);
  }
  const { exec } = await import("uvu");
  for (const group of groups) {
    uvu.UVU_QUEUE = [group];
    await exec();
  }
}
