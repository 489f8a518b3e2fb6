// The interfaces that the project is made from: WASI's, whose WIT jco brings, and our own.

import { join } from "node:path";
import { list, root } from "../lib/files.mjs";
import { FEATURES, VERSIONS, WORLD } from "./attributes.mjs";
import { readFolders } from "./folders.mjs";
import { isThere } from "./model.mjs";

/** @typedef {import("./model.mjs").Interface} Interface */

/** Where jco has WASI's WIT, a folder for each version and in it one for each package. */
const BUNDLE = "node_modules/@bytecodealliance/jco/lib/wit/builtin";

/** Of each version of WASI where our WIT for it lies, and what the core exports as a component. */
const OWN = /** @type {const} */ ({
  wasi02: { folder: "wit", world: "wasock:net/wasock@0.1.0" },
  wasi03: { folder: "wit/wasi03", world: "wasock:net/wasock@0.3.0" },
});

/**
 * The interfaces of a version of WASI that are served, with what is in them unless it has to be switched on and isn't.
 *
 * @param {keyof typeof VERSIONS} name
 * @returns {Interface[]}
 */
export function served(name) {
  const version = VERSIONS[name];
  const interfaces = readFolders(foldersOf(version), root).importsOf(`${WORLD}@${version}`, FEATURES);
  for (const each of interfaces) {
    for (const holder of [each, ...each.types.values()]) {
      holder.functions = holder.functions.filter(({ gate }) => isThere(gate, FEATURES));
    }
  }
  return interfaces;
}

/**
 * The interfaces that the core exports as a component.
 *
 * @param {keyof typeof VERSIONS} name the version of WASI that it is for
 * @returns {Interface[]}
 */
export function exported(name) {
  const { folder, world } = OWN[name];
  const { worlds } = readFolders([join(root, folder), ...foldersOf(VERSIONS[name])], root);
  const exports = worlds.get(world)?.exports ?? new Map();
  return [...exports.values()].flatMap(({ of }) => ("types" in of ? [of] : []));
}

/** @param {string} version of WASI */
function foldersOf(version) {
  const files = list(join(BUNDLE, version), (path) => path.endsWith(".wit"));
  return [...new Set(files.map((path) => join(root, path, "..")))];
}
