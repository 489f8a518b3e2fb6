// Checks the types of the TypeScript, and writes the declarations.

import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";
import { run } from "../lib/process.mjs";
import { FOLDERS, made, sources } from "./scripts.mjs";

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const types = {
  name: "types",
  // which takes away what has no source any more
  after: ["scripts"],
  inputs: () => [
    ...FOLDERS.flatMap((folder) => list(folder, (path) => path.endsWith(".ts"))),
    "tsconfig.json",
    "tools/steps/types.mjs",
  ],
  words: [installed("typescript"), installed("@types/node")],
  outputs: () => sources().map((path) => made(path, ".d.ts")),
  async run() {
    // tsc trusts its record and does not look whether the files are there.
    if (this.outputs().some((path) => !existsSync(join(root, path)))) {
      rmSync(join(root, "build/.cache/tsconfig.tsbuildinfo"), { force: true });
    }
    const pretty = process.stdout.isTTY ? ["--pretty"] : [];
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { code } = await run(process.execPath, [tsc, "--emitDeclarationOnly", ...pretty]);
    return code === 0;
  },
};
