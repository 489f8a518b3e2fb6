// Gathers our WIT and the WASI packages that it names into one folder, in the layout that WIT tools read.

import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { VERSIONS } from "../wit/attributes.mjs";

/** The folders of our WIT, the WASI release that each names, and the packages of it with those that they need. */
const FOLDERS = [
  {
    folder: "wit",
    release: VERSIONS.wasi02,
    packages: ["io", "clocks", "sockets", "cli", "random", "filesystem"],
  },
  {
    folder: "wit/wasi03",
    release: VERSIONS.wasi03,
    packages: ["clocks", "sockets", "cli", "random", "filesystem"],
  },
];

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
    rmSync(join(root, "build/wit"), { recursive: true, force: true });
    for (const { folder, release, packages } of FOLDERS) {
      const target = join(root, "build", folder);
      mkdirSync(join(target, "deps"), { recursive: true });
      for (const file of list(folder, (path) => dirname(path) === folder && path.endsWith(".wit"))) {
        cpSync(join(root, file), join(root, "build", file));
      }
      for (const name of packages.map((part) => `wasi-${part}`)) {
        cpSync(join(root, SOURCE, release, name), join(target, "deps", name), { recursive: true });
      }
      cpSync(join(root, SOURCE, "LICENSE.md"), join(target, "deps/LICENSE.md"));
    }
    return true;
  },
};
