#!/usr/bin/env node
// Builds what is stale and runs an example or a benchmark:
//
//     node tools/run.mjs NAME [ARGUMENT…]
//
// NAME is a folder of examples/ with a main.ts, or a path without `.ts` from the repository's folder.

import { existsSync } from "node:fs";
import { join } from "node:path";
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
} else if (!(await build({ debug: false, demo: name === "demo", quiet: true }))) {
  process.exitCode = 1;
} else {
  const { code } = await run(process.execPath, [join(root, "build", `${found}.js`), ...args], {
    env: environment(),
  });
  process.exitCode = code ?? 1;
}
