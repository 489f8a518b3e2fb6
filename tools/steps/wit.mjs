// Gathers our WIT and the WASI packages that it names into one folder, in the layout that WIT tools read.

import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { VERSIONS } from "../wit/attributes.mjs";

/** The WASI release that wit/net.wit names. */
const WASI = VERSIONS.wasi02;

/** The packages that it needs, with those that they need. */
const PACKAGES = ["io", "clocks", "sockets", "cli", "random", "filesystem"];

const SOURCE = "node_modules/@bytecodealliance/jco/lib/wit/builtin";

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const wit = {
  name: "wit",
  inputs: () => [...list("wit"), "tools/steps/wit.mjs", "tools/wit/attributes.mjs"],
  words: [installed("@bytecodealliance/jco")],
  outputs: () => ["build/wit"],
  async run() {
    const target = join(root, "build/wit");
    rmSync(target, { recursive: true, force: true });
    mkdirSync(join(target, "deps"), { recursive: true });
    for (const file of list("wit", (path) => path.endsWith(".wit"))) {
      cpSync(join(root, file), join(root, "build", file));
    }
    for (const name of PACKAGES.map((part) => `wasi-${part}`)) {
      cpSync(join(root, SOURCE, WASI, name), join(target, "deps", name), { recursive: true });
    }
    cpSync(join(root, SOURCE, "LICENSE.md"), join(target, "deps/LICENSE.md"));
    return true;
  },
};
