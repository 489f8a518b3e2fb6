// The process that builds cores with a mutant in them, in its tree: it is told a file and what the file goes into, and
// answers with what is another one now, or with null when the file does not compile.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../lib/files.mjs";

/** @typedef {import("./cores.mjs").Target} Target */

/** As in assemblyscript.mjs. */
const ASC = "assemblyscript/asc";

const { main } = await import(ASC);

/** The tree, and where the wasm with the switches is kept. */
const [tree = "", kept = ""] = process.argv.slice(2);

/** The core that a script of its own compiles, into the tree. */
const CORE_03 = "assembly/faces/component03.ts";

/** What is put back before the next mutant. */
const changed = /** @type {Set<string>} */ (new Set());

/**
 * @param {string} path a module of the tree
 * @returns {Promise<any>} what it exports
 */
function own(path) {
  return import(pathToFileURL(join(tree, path)).href);
}

/**
 * @param {Target} target a core
 * @returns {Promise<Uint8Array | undefined>} it; nothing when it does not compile
 */
async function compileCore({ entry, output }) {
  if (entry === CORE_03) {
    const { componentCore03 } = /** @type {typeof import("../steps/core.mjs")} */ (
      await own("tools/steps/core.mjs")
    );
    changed.add(output);
    return (await componentCore03.run()) ? readFileSync(join(tree, output)) : undefined;
  }
  const transform = ["--transform", "./tools/wit/exports.mjs"];
  /** @type {Uint8Array | undefined} */
  let bytes;
  const { error } = await main([entry, "--target", "release", ...transform, "--outFile", output], {
    writeFile: (/** @type {string} */ _name, /** @type {Uint8Array} */ contents) => {
      bytes = contents;
    },
  });
  return error === null ? bytes : undefined;
}

/**
 * @param {Target} target a program
 * @returns {Promise<Uint8Array | undefined>} it; nothing when it does not compile
 */
async function compileProgram({ entry, output, options = [] }) {
  const { build } = await own("build/src/cli/build.js");
  process.chdir(join(tree, dirname(entry)));
  try {
    await build([basename(entry), "-o", join(tree, output), ...options]);
    return readFileSync(join(tree, output));
  } catch {
    return undefined;
  } finally {
    process.chdir(tree);
  }
}

/**
 * @param {{ file: string, text: string, of: Target[], isFirst: boolean }} order a mutant
 * @returns {Promise<string[] | null>} what is another one now; nothing when it does not compile
 */
async function make({ file, text, of, isFirst }) {
  writeFileSync(join(tree, file), text);
  try {
    const others = [];
    for (const target of of) {
      const isProgram = target.options !== undefined;
      if (isProgram) changed.add(target.output).add(`${target.output}.map`);
      const bytes = await (isProgram ? compileProgram(target) : compileCore(target));
      if (bytes === undefined) return null;
      if (readFileSync(join(root, target.output)).equals(bytes)) continue;
      others.push(target.output);
      if (isFirst) return others;
      changed.add(target.output);
      writeFileSync(join(tree, target.output), bytes);
      if (target.entry.startsWith("assembly/faces/component") && !(await makeComponent(target.entry))) {
        return null;
      }
    }
    return others;
  } finally {
    cpSync(join(root, file), join(tree, file));
  }
}

/**
 * @param {string} entry what its core is made of
 * @returns {Promise<boolean>} whether the component could be made of its core
 */
async function makeComponent(entry) {
  const { component, component03 } = /** @type {typeof import("../steps/component.mjs")} */ (
    await own("tools/steps/component.mjs")
  );
  if (entry === CORE_03) {
    changed.add("build/wasock.wasi03.component.wasm");
    return component03.run();
  }
  changed.add("build/wasock.component.wasm").add("build/jco");
  const { transpile } = /** @type {typeof import("../steps/jco.mjs")} */ (await own("tools/steps/jco.mjs"));
  return (await component.run()) && (await transpile(["sync"]));
}

/** Puts back what was changed. */
function restore() {
  for (const path of changed) {
    rmSync(join(tree, path), { recursive: true, force: true });
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    const own = [join(kept, path), join(root, path)].find((file) => existsSync(file));
    if (own !== undefined) cpSync(own, join(tree, path), { recursive: true });
  }
  changed.clear();
}

process.on("message", async (/** @type {any} */ order) => {
  restore();
  process.send?.(order.file === undefined ? true : await make(order));
});
