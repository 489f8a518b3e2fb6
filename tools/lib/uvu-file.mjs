// Runs a uvu test file and tells the runner, which has started it, how far it is:
//
//     node tools/lib/uvu-file.mjs FILE [ARGUMENT…]
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

process.argv.splice(1, 1);
await import(pathToFileURL(String(process.argv[1])).href);
