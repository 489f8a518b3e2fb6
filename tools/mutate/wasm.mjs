// The wasm of a tree, with every mutant of the AssemblyScript in it that can stand behind a switch: compiled once, and
// switched by writing a number into it.

import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, isAbsolute, join, posix, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { list, root } from "../lib/files.mjs";
import { programsOfWasi03, programsToBuild } from "../steps/programs.mjs";
import { mutantsOf } from "./assemblyscript.mjs";
import { sourcesIn } from "./sources.mjs";
import { culprits, MARK, NONE, SWITCHES, sourceOfSwitches, switched } from "./switches.mjs";

/** @typedef {import("./mutant.mjs").Mutant} Mutant */
/** @typedef {import("./switches.mjs").Switched} Switched */

/** As in assemblyscript.mjs. */
const ASC = "assemblyscript/asc";

/** How often some are left out before those that are left must compile. */
const ROUNDS = 16;

/** The cores: the file that asc begins with, and what is built. */
const CORES = /** @type {const} */ ([
  ["assembly/faces/binding.ts", "build/wasock.core.wasm"],
  ["assembly/faces/component.ts", "build/component/wasock.core.wasm"],
]);

/** The same of WASI 0.3, which a script of its own compiles. */
const CORE_03 = /** @type {const} */ ([
  "assembly/faces/component03.ts",
  "build/component/wasock.wasi03.core.wasm",
]);

/** What a compiler for WASI 0.3 is given files of assembly/wasi03/ for. */
const BINDINGS = /(^|\/)assembly\/wasi\//;

/** How asc names a file of this package that a program imports. */
const OWN = "node_modules/wasock/";

/** @returns {{ entry: string, output: string, options: string[] }[]} the programs of tests and examples */
function programs() {
  return [...programsToBuild(), ...programsOfWasi03()].filter(({ entry }) => !entry.startsWith("bench/"));
}

/**
 * Compiles everything with the mutants in it, in a tree in which all else is built, or takes what was compiled last.
 *
 * @param {string} tree the tree
 * @param {string} kept where what is compiled is kept
 * @param {string} state what changes when something else must be compiled
 * @returns {Promise<Switched[]>} the mutants that have a switch, in the order of their numbers
 */
export async function makeWasm(tree, kept, state) {
  const outputs = [
    ...CORES.map(([, output]) => output),
    ...["build/wasock.component.wasm", "build/jco", CORE_03[1], "build/wasock.wasi03.component.wasm"],
    ...programs().map(({ output }) => output),
  ];
  const record = join(kept, "mutants.json");
  const known = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : undefined;
  const copy = (/** @type {string} */ from, /** @type {string} */ to) => {
    for (const path of outputs) cpSync(join(from, path), join(to, path), { recursive: true });
  };
  if (known?.state === state) {
    copy(kept, tree);
    return known.mutants;
  }
  rmSync(kept, { recursive: true, force: true });
  const { mutants, texts, unfit } = await fit(new Set(known?.unfit));
  await compileAll(tree, texts);
  copy(tree, kept);
  mkdirSync(kept, { recursive: true });
  writeFileSync(record, JSON.stringify({ state, mutants, unfit }));
  return mutants;
}

/**
 * @param {Set<string>} unfitBefore what did not compile with the others last time: it takes long to find that out
 * @returns {Promise<{ mutants: Switched[], texts: Map<string, string>, unfit: string[] }>} the mutants that compile
 *   together, the sources with them, and what does not
 */
async function fit(unfitBefore) {
  const all = sourcesIn("assembly").flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const lines = text.split("\n");
    const mutants = mutantsOf(file, text);
    // behind a switch a first value would come with the top-level code, and a program of WASI 0.3 begins before that
    const switchable = file.startsWith("assembly/wasi03/")
      ? mutants.filter(({ around }) => around !== undefined)
      : mutants;
    return switchable.map((mutant) => ({
      ...mutant,
      key: [file, lines[mutant.line - 1]?.trim(), mutant.from, mutant.to].join("\0"),
    }));
  });
  let mutants = all.filter(({ key }) => !unfitBefore.has(key));
  /** @type {Switched[]} */
  let numbered = [];
  /** @type {Map<string, import("./switches.mjs").Piece[]>} */
  let pieces = new Map();
  /** @type {Set<string>} */
  const fitting = new Set();
  for (let round = 0; ; round++) {
    numbered = mutants.map(({ key: _, ...mutant }, number) => ({ ...mutant, number }));
    pieces = new Map(
      sourcesIn("assembly").map((file) => [
        file,
        switched(
          readFileSync(join(root, file), "utf8"),
          posix.relative(dirname(file), SWITCHES.slice(0, -3)).replace(/^(?!\.)/, "./"),
          numbered.filter((mutant) => mutant.file === file),
        ),
      ]),
    );
    const texts = new Map([...pieces].map(([file, of]) => [file, of.map(({ text }) => text).join("")]));
    texts.set(SWITCHES, sourceOfSwitches(numbered.length));
    const out = await unfit(texts, pieces, numbered, fitting);
    if (out.size === 0) {
      const kept = new Set(mutants);
      const unfit = all.filter((mutant) => !kept.has(mutant)).map(({ key }) => key);
      return { mutants: numbered, texts, unfit };
    }
    if (round === ROUNDS) throw new Error("the AssemblyScript with the switches in it does not compile");
    mutants = mutants.filter((_, index) => !out.has(index));
  }
}

/**
 * Finds the mutants that keep the code from compiling.
 *
 * @param {Map<string, string>} texts the sources with the switches
 * @param {Map<string, import("./switches.mjs").Piece[]>} pieces what they are made of
 * @param {Switched[]} mutants the mutants
 * @param {Set<string>} fitting what compiles with them, and with fewer too; more is added
 * @returns {Promise<Set<number>>} their numbers
 */
async function unfit(texts, pieces, mutants, fitting) {
  const { main } = await import(ASC);
  /** @type {Set<number>} */
  const out = new Set();
  const entries = [
    ...[...CORES, CORE_03].map(([entry]) => ({
      entry,
      transform: "tools/wit/exports.mjs",
      isCore: true,
      is03: entry === CORE_03[0],
    })),
    ...programs().map(({ entry, options }) => {
      const is03 = options.includes("--wasi");
      return {
        entry,
        transform: `assembly/transform/${is03 ? "program03" : "program"}.mjs`,
        isCore: false,
        is03,
      };
    }),
  ];
  for (const { entry, transform, isCore, is03 } of entries) {
    const name = `${entry} ${transform}`;
    if (fitting.has(name)) continue;
    const given = (/** @type {string} */ path) =>
      is03 ? path.replace(BINDINGS, "$1assembly/wasi03/") : path;
    const { error, stderr } = await main(
      [
        entry,
        // where CI is set its messages would have colours, and nothing would be found in them
        ...["--config", "none", "--noEmit", "--noColors", "--runtime", isCore ? "minimal" : "incremental"],
        ...(isCore ? ["--use", "abort=assembly/abi/index/abort"] : []),
        ...["--transform", join(root, transform), "--baseDir", root],
      ],
      {
        readFile: (/** @type {string} */ name, /** @type {string} */ base) => {
          const own = name.lastIndexOf(OWN);
          const path = isAbsolute(name) ? name : join(base, name);
          const inPackage = given(own >= 0 ? name.slice(own + OWN.length) : relative(root, path));
          const text = texts.get(inPackage);
          if (text !== undefined) return text;
          const file = own >= 0 ? join(root, inPackage) : given(path);
          return existsSync(file) ? readFileSync(file, "utf8") : null;
        },
        writeFile() {},
      },
    );
    if (error === null) {
      fitting.add(name);
      continue;
    }
    const before = out.size;
    for (const message of String(stderr).split(/^(?=ERROR)/m)) {
      const [, file = "", line, column] =
        /└─ in (?:.*\bwasock\/)?(assembly\/[\w/.-]+)\((\d+),(\d+)\)/.exec(message) ?? [];
      const of = pieces.get(given(file));
      if (of === undefined) continue;
      const inFile = mutants.filter((mutant) => mutant.file === given(file));
      const at = { line: Number(line), column: Number(column) };
      const isNull = / \| null' is not assignable/.test(message);
      for (const { number } of culprits(of, at, isNull, inFile)) out.add(number);
    }
    if (out.size === before && before === 0)
      throw new Error(`${entry} does not compile: ${error.message}\n${stderr}`);
  }
  return out;
}

/**
 * @param {string} tree the tree
 * @param {Map<string, string>} texts the sources with the switches
 */
async function compileAll(tree, texts) {
  const { main } = await import(ASC);
  const here = process.cwd();
  const own = (/** @type {string} */ path) => import(pathToFileURL(join(tree, path)).href);
  for (const [file, text] of texts) writeFileSync(join(tree, file), text);
  try {
    for (const [entry, output] of CORES) {
      process.chdir(tree);
      const transform = ["--transform", "./tools/wit/exports.mjs"];
      const { error } = await main([entry, "--target", "release", ...transform, "--outFile", output]);
      if (error !== null) throw error;
    }
    const { componentCore03 } = await own("tools/steps/core.mjs");
    const { component, component03 } = await own("tools/steps/component.mjs");
    const { transpile } = await own("tools/steps/jco.mjs");
    const made = (await componentCore03.run()) && (await component.run()) && (await component03.run());
    if (!(made && (await transpile(["sync", "jspi"])))) {
      throw new Error("the component with the switches in it can't be made");
    }
    const { build } = await own("build/src/cli/build.js");
    for (const { entry, output, options } of programs()) {
      process.chdir(join(tree, dirname(entry)));
      await build([basename(entry), "-o", join(tree, output), ...options]);
    }
  } finally {
    process.chdir(here);
    // what tests compile is the code without the switches
    for (const [file] of texts)
      if (file !== SWITCHES) writeFileSync(join(tree, file), readFileSync(join(root, file)));
  }
}

/** Where the number stands in the wasm of a tree, by file. */
const numbers = /** @type {Map<string, { path: string, at: number }[]>} */ (new Map());

/**
 * Makes a mutant the active one.
 *
 * @param {string} tree where
 * @param {number} [number] its number; none when left out
 */
export function activate(tree, number = NONE) {
  let places = numbers.get(tree);
  if (places === undefined) {
    places = list("build", (path) => path.endsWith(".wasm") && !path.startsWith("build/python/"))
      .filter((path) => !path.startsWith("build/mutate/") && existsSync(join(tree, path)))
      .flatMap((path) => {
        const at = readFileSync(join(tree, path)).indexOf(MARK);
        return at < 0 ? [] : [{ path: join(tree, path), at: at + MARK.length }];
      });
    numbers.set(tree, places);
  }
  const word = Buffer.alloc(4);
  word.writeUInt32LE(number);
  for (const { path, at } of places) {
    const file = openSync(path, "r+");
    writeSync(file, word, 0, word.length, at);
    closeSync(file);
  }
}
