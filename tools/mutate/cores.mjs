// Which wasm a mutant of AssemblyScript goes into, and the processes that build it.

import { fork } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { list, root } from "../lib/files.mjs";
import { programsOfWasi03, programsToBuild } from "../steps/programs.mjs";
import { closure } from "./assemblyscript.mjs";
import { treeOf, WASM } from "./tree.mjs";

/** @typedef {import("./mutant.mjs").Mutant} Mutant */

/**
 * @typedef {object} Target what a file of assembly/ goes into
 * @property {string} entry the file that asc begins with
 * @property {string} output what is built
 * @property {string[]} sources the files of assembly/ that may be in it
 * @property {string} reader the script that reads it
 * @property {string[]} [options] those of `wasock build`, for a program
 */

/** The cores, and what reads them where they are tested. */
const CORES = [
  ["assembly/faces/binding.ts", "build/wasock.core.wasm", "build/src/core.js"],
  ["assembly/faces/component.ts", "build/component/wasock.core.wasm", "build/test/contract/contract.js"],
  [
    "assembly/faces/component03.ts",
    "build/component/wasock.wasi03.core.wasm",
    "build/test/sides/component03.js",
  ],
];

/** What a core is wrapped as. */
const WRAPPED = /** @type {Record<string, (path: string) => boolean>} */ ({
  "build/component/wasock.core.wasm": (path) =>
    path === "build/wasock.component.wasm" || path.startsWith("build/jco/"),
  "build/component/wasock.wasi03.core.wasm": (path) => path === "build/wasock.wasi03.component.wasm",
});

/** The bindings, and those that whatever is made for WASI 0.3 has in their place. */
const BINDINGS = /^assembly\/wasi\//;
const BINDINGS_03 = "assembly/wasi03/";

/**
 * @param {string} path a file of the work tree
 * @returns {string | undefined} what it holds; nothing when it is not there
 */
function read(path) {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
}

/** @returns {Target[]} the cores */
function cores() {
  return CORES.map(([entry = "", output = "", reader = ""]) => ({
    entry,
    output,
    reader,
    sources: entry.endsWith("03.ts")
      ? closure(entry, (path) => read(on03(path))).map(on03)
      : closure(entry, read),
  }));
}

/**
 * @param {string} path a file that is imported
 * @returns {string} what a compiler for WASI 0.3 is given for it
 */
function on03(path) {
  return path.replace(BINDINGS, BINDINGS_03);
}

/** @returns {Target[]} the programs of the tests and the examples */
function programs() {
  const sources = list(
    "assembly",
    (path) => path.endsWith(".ts") && !/^assembly\/faces\/(?:component|binding)/.test(path),
  );
  const on = (/** @type {boolean} */ is03) =>
    sources.filter((path) => !path.startsWith(is03 ? "assembly/wasi/" : BINDINGS_03));
  return [...programsToBuild(), ...programsOfWasi03()]
    .filter(({ entry }) => !entry.startsWith("bench/"))
    .map((program) => ({
      ...program,
      reader: "build/test/examples/support.js",
      sources: on(program.options.includes("--wasi")),
    }));
}

/**
 * @param {string} output what a target builds
 * @param {string} path wasm that a test reads
 * @returns {boolean} whether it is made of it
 */
function isMadeOf(output, path) {
  return path === output || WRAPPED[output]?.(path) === true;
}

/**
 * @param {string} file a file of assembly/
 * @param {Target[]} targets what is built
 * @returns {Target[]} what may have it in it
 */
function madeOf(file, targets) {
  return targets.filter(({ sources }) => sources.includes(file));
}

/** Builds what a mutant goes into, in the trees: a process for each lane, in which the compiler stays warm. */
export class CoreMaker {
  /** Those of the second kind take long: they are built of what is in none of the first. */
  #kinds = [cores(), programs()];
  /** @type {Map<number, import("node:child_process").ChildProcess>} */
  #processes = new Map();

  /**
   * @param {string} file a file of assembly/
   * @param {string} path wasm that a test reads
   * @returns {boolean} whether a change of the one can change the other
   */
  mayChange(file, path) {
    return this.#kinds.flat().some(({ output, sources }) => sources.includes(file) && isMadeOf(output, path));
  }

  /**
   * @param {string} file a source
   * @returns {string[]} the scripts that run it, or read the wasm that it is in
   */
  readersOf(file) {
    const compiled = `build/${file.replace(/ts$/, "js")}`;
    const first = this.#kinds.map((kind) => madeOf(file, kind)).find((targets) => targets.length > 0) ?? [];
    return [compiled, ...first.map(({ reader }) => reader)];
  }

  /**
   * Builds what a mutant goes into.
   *
   * @param {number} lane in which tree
   * @param {Mutant} mutant the mutant
   * @param {string[]} read the wasm that tests read: the rest is not built
   * @param {boolean} isFirst whether one that is another will do: tests run with nothing of it
   * @returns {Promise<"invalid" | "equivalent" | ((path: string) => boolean)>} whether wasm is another one now; or the
   *   mutant does not compile, or makes no other wasm at all
   */
  async make(lane, { file, start, end, to }, read, isFirst) {
    const text = readFileSync(join(root, file), "utf8");
    const changed = text.slice(0, start) + to + text.slice(end);
    let all = true;
    for (const kind of this.#kinds) {
      const targets = madeOf(file, kind);
      const of = targets.filter(({ output }) => read.some((path) => isMadeOf(output, path)));
      const answer = await this.#ask(lane, { file, text: changed, of, isFirst });
      if (answer === null) return "invalid";
      const outputs = /** @type {string[]} */ (answer);
      if (outputs.length > 0) return (path) => outputs.some((output) => isMadeOf(output, path));
      all &&= of.length === targets.length;
    }
    return all ? "equivalent" : () => false;
  }

  /**
   * Puts back what the last mutant changed.
   *
   * @param {number} lane in which tree
   */
  async restore(lane) {
    await this.#ask(lane, {});
  }

  /** Ends the processes. */
  end() {
    for (const process of this.#processes.values()) process.kill();
  }

  /**
   * @param {number} lane a lane
   * @param {object} order what its process is to do
   * @returns {Promise<unknown>} its answer
   */
  #ask(lane, order) {
    let child = this.#processes.get(lane);
    if (child === undefined) {
      const tree = treeOf(lane);
      child = fork(fileURLToPath(new URL("core-maker.mjs", import.meta.url)), [tree, WASM], { cwd: tree });
      this.#processes.set(lane, child);
    }
    const running = child;
    return new Promise((resolve, reject) => {
      const ended = () => reject(new Error("the process that builds cores has ended"));
      running.once("exit", ended).once("message", (answer) => {
        running.off("exit", ended);
        resolve(answer);
      });
      running.send(order);
    });
  }
}
