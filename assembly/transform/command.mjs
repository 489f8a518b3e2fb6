// What makes a component's core module out of an AssemblyScript program, in program.mjs for WASI 0.2 and in program03.mjs
// for 0.3.

import { DiagnosticCode, FunctionDeclaration, Parser } from "assemblyscript";
import binaryen from "assemblyscript/binaryen";
import { COLLECTS, removeFrames } from "./frames.mjs";
import { exportsOf, WitExports } from "./wit-exports.mjs";

/** What asc calls the exported top-level code. */
const START = "_start";

/** What a runtime calls to run a program: it takes nothing, and 0 is the ok of its result. */
const RUN = "wasi:cli/run@0.2.12#run";

/** What AssemblyScript's library imports from `env`, and the export of assembly/program.ts that answers it. */
const ANSWERS = new Map([
  ["abort", "abort"],
  ["trace", "trace"],
  ["seed", "seed"],
  ["console.log", "consoleLog"],
  ["console.debug", "consoleLog"],
  ["console.info", "consoleLog"],
  ["console.warn", "consoleError"],
  ["console.error", "consoleError"],
  ["console.assert", "consoleAssert"],
  ["console.time", "consoleTime"],
  ["console.timeLog", "consoleTimeLog"],
  ["console.timeEnd", "consoleTimeEnd"],
  ["Date.now", "dateNow"],
  ["performance.now", "performanceNow"],
  ["process.exit", "processExit"],
  ["crypto.getRandomValuesN", "getRandomValuesN"],
]);

/** Where errors end that nobody caught. */
const ABORT = "~lib/wasock/assembly/abort.ts";

/** What AssemblyScript's library has no function of the host for, and the export that answers it. */
const ANSWERS_INSIDE = new Map([
  ["~lib/process/lazyArgv", "processArgv"],
  ["~lib/process/lazyEnv", "processEnv"],
]);

/** The parts of a program that it does not call itself. */
const ENTRY = 'export * from "wasock/assembly/program";\n';

/** Compilations that have a Program: `wasock build` brings one, and so may the user's asconfig.json. */
const begun = new WeakSet();

/**
 * @extends {WitExports}
 */
export class Program extends WitExports {
  /** Another entry file beside the user's, so that what it exports is compiled. */
  entry = ENTRY;

  /** Whether another one does its work already. */
  #isSecond = false;

  /**
   * @override
   * @param {import("assemblyscript").Parser} parser the parser with all the user's sources
   */
  afterParse(parser) {
    this.#isSecond = begun.has(parser);
    if (this.#isSecond) return;
    begun.add(parser);
    super.afterParse(parser);
    mendArgv(parser);
    parser.parseFile(this.entry, unusedName(parser.sources), true);
    // top-level code runs in this order: what tells of an error has to be there before the user's may throw one
    const { sources } = parser;
    const last = sources.pop();
    if (last !== undefined) sources.unshift(last);
  }

  /**
   * @override
   * @param {binaryen.Module} module the compiled module
   */
  afterCompile(module) {
    if (this.#isSecond) return;
    super.afterCompile(module);
    const exports = exportsOf(module);
    const start = exports.get(START);
    if (start !== undefined) {
      module.removeExport(START);
      this.addRun(module, start);
    }
    this.#answer(module, exports);
    if (!removeFrames(module)) module.addFunction(COLLECTS, binaryen.none, binaryen.none, [], module.nop());
  }

  /**
   * Makes the program what a runtime runs.
   *
   * @param {binaryen.Module} module the module
   * @param {string} start its function of all top-level code
   */
  addRun(module, start) {
    const body = [module.call(start, [], binaryen.none), module.i32.const(0)];
    module.addFunction(
      "~wasock/run",
      binaryen.none,
      binaryen.i32,
      [],
      module.block(null, body, binaryen.i32),
    );
    module.addFunctionExport("~wasock/run", RUN);
  }

  /**
   * Puts our functions in the place of imports from `env`.
   *
   * @param {binaryen.Module} module the compiled module
   * @param {Map<string, string>} exports its exports, by name
   */
  #answer(module, exports) {
    const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
      binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
    );
    for (const { name, module: from, base, params, results } of functions) {
      const inside = exports.get(ANSWERS_INSIDE.get(name) ?? "");
      if (inside !== undefined) {
        module.removeFunction(name);
        module.addFunction(name, params, results, [], module.call(inside, [], results));
      }
      if (from === "wasock" && base === "collect") {
        module.removeFunction(name);
        module.addFunction(name, params, results, [], module.call(COLLECTS, [], binaryen.none));
      }
      if (from !== "env" || base === null) continue;
      const ours = exports.get(ANSWERS.get(base) ?? "");
      if (ours === undefined) {
        const message = `a component has no ${base}: it is neither in WASI nor in wasock/assembly`;
        this.program.error(DiagnosticCode.User_defined_0, null, message);
        continue;
      }
      const types = binaryen.expandType(params);
      const args = types.map((type, index) => module.local.get(index, type));
      module.removeFunction(name);
      const call = module.call(ours, args, results);
      const made = module.addFunction(name, params, results, [], call);
      // what is inlined there would lose its place, by which `wasock run` knows the end of an error
      if (base === "abort") module.setDebugLocation(made, call, module.addDebugInfoFileName(ABORT), 1, 0);
    }
    for (const answer of new Set([...ANSWERS.values(), ...ANSWERS_INSIDE.values()])) {
      if (exports.has(answer)) module.removeExport(answer);
    }
  }
}

/**
 * Gives `process.argv` a body that compiles: it reads a variable of the host's, which can't be of such a type.
 *
 * @param {import("assemblyscript").Parser} parser the parser with AssemblyScript's own sources
 */
function mendArgv(parser) {
  const broken = functionIn(parser, "~lib/process", "lazyArgv");
  const other = new Parser();
  other.parseFile("function lazyArgv(): string[] { return []; }", "~lib/process.ts", false);
  const mended = functionIn(other, "~lib/process", "lazyArgv");
  if (broken !== undefined && mended !== undefined) broken.body = mended.body;
}

/**
 * @param {Parser} parser a parser with sources
 * @param {string} path one of them
 * @param {string} name a function in it
 * @returns {import("assemblyscript").FunctionDeclaration | undefined} its declaration
 */
function functionIn(parser, path, name) {
  const source = parser.sources.find(({ internalPath }) => internalPath === path);
  const found = source?.statements.find(
    (statement) => statement instanceof FunctionDeclaration && statement.name.text === name,
  );
  return /** @type {import("assemblyscript").FunctionDeclaration | undefined} */ (found);
}

/**
 * @param {import("assemblyscript").Source[]} sources all the sources there are
 * @returns {string} a name for another that none of them has
 */
function unusedName(sources) {
  const taken = new Set(sources.map(({ normalizedPath }) => normalizedPath));
  let name = "wasock-program.ts";
  while (taken.has(name)) name = `~${name}`;
  return name;
}
