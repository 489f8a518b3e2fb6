// Takes the types out of the TypeScript: host, library, tests, benchmarks and examples become JavaScript, a file each.
//
// No checking, so it takes half a second and all that runs can begin; the step `types` tells what is wrong with them.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { installed, list, root } from "../lib/files.mjs";

/** AssemblyScript among them, which tsconfig.json excludes. */
const ASSEMBLYSCRIPT = ["examples/assembly/", "test/assembly/programs/", "bench/programs/"];

/** The folders that tsconfig.json includes. */
export const FOLDERS = ["host", "src", "test", "bench", "examples"];

/** @returns {string[]} the TypeScript in them */
export function sources() {
  return FOLDERS.flatMap((folder) =>
    list(
      folder,
      (path) =>
        path.endsWith(".ts") &&
        !path.endsWith(".d.ts") &&
        !ASSEMBLYSCRIPT.some((assembly) => path.startsWith(assembly)),
    ),
  );
}

/**
 * @param {string} path a source
 * @returns {string} what is made of it
 */
function made(path) {
  return `build/${path.replace(/\.ts$/, ".js")}`;
}

/** tsconfig.json's. */
const TARGET = "es2023";
const TYPESCRIPT = /** @type {const} */ ({ rewriteImportExtensions: true, onlyRemoveTypeImports: true });

/**
 * @type {import("../lib/steps.mjs").Step}
 */
export const scripts = {
  name: "scripts",
  inputs: () => [...sources(), "tools/steps/scripts.mjs"],
  words: [installed("rolldown")],
  outputs: () => sources().map(made),
  async run() {
    const { transformSync } = await import("rolldown/utils");
    // What has no source any more must not be run as a test, or be packed.
    const current = new Set(this.outputs());
    for (const path of FOLDERS.flatMap((folder) => list(`build/${folder}`))) {
      if (/\.(js|d\.ts|js\.map)$/.test(path) && !current.has(path.replace(/\.d\.ts$|\.js(\.map)?$/, ".js")))
        rmSync(join(root, path));
    }
    for (const path of sources()) {
      const options = { target: TARGET, typescript: TYPESCRIPT, sourcemap: true };
      const result = transformSync(path, readFileSync(join(root, path), "utf8"), options);
      if (result.errors.length > 0) {
        for (const { message } of result.errors) console.error(`${path}: ${message}`);
        return false;
      }
      const output = join(root, made(path));
      mkdirSync(dirname(output), { recursive: true });
      const { code, map } = Object.keys(result.helpersUsed).length > 0 ? await withHelpers(path) : result;
      writeFileSync(output, `${code}\n//# sourceMappingURL=${basename(output)}.map\n`);
      writeFileSync(`${output}.map`, JSON.stringify(map));
    }
    return true;
  },
};

/**
 * Compiles a file that uses syntax which the target hasn't (`using`), with the helpers in it that this takes.
 *
 * @param {string} path the source
 * @returns {Promise<{ code: string, map?: unknown }>} the script
 */
async function withHelpers(path) {
  const { build } = await import("rolldown");
  const { output } = await build({
    input: join(root, path),
    platform: "node",
    // all but those
    external: (id) => id !== join(root, path) && !id.startsWith("@oxc-project/"),
    makeAbsoluteExternalsRelative: false,
    tsconfig: false,
    transform: { target: TARGET, typescript: TYPESCRIPT },
    output: { sourcemap: true },
    write: false,
  });
  return output[0];
}
