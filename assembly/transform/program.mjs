// Compiler transform: makes a component's core module out of an AssemblyScript program.
//
//     asc main.ts --transform wasock/transform --exportStart _start
//
// - Functions get the export names of their `@witExport` decorators (wit-exports.mjs).
// - Top-level code, which asc exports as `_start`, becomes `wasi:cli/run`. With `--exportStart _initialize` it
//   runs when the component is instantiated, and the program exports what its own WIT asks for.
// - AssemblyScript's `console`, `Date`, `Math.random`, `performance`, `process.exit`, `crypto.getRandomValues`,
//   `trace`, thrown errors and assertions import from `env`, which no component has: they are answered by
//   assembly/program.ts, over WASI.
// - Frames for the collector are kept where it can find something in them (frames.mjs).

import { DiagnosticCode } from "assemblyscript";
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
  ["Date.now", "dateNow"],
  ["performance.now", "performanceNow"],
  ["process.exit", "processExit"],
  ["crypto.getRandomValuesN", "getRandomValuesN"],
]);

/** Another entry file beside the user's, so that what it exports is compiled. */
const ENTRY = 'export * from "wasock/assembly/program";\n';

/** Compilations that have a Program: `wasock build` brings one, and so may the user's asconfig.json. */
const begun = new WeakSet();

/**
 * @extends {WitExports}
 */
export class Program extends WitExports {
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
    parser.parseFile(ENTRY, "wasock-program.ts", true);
    // top-level code runs in this order: what tells of an error has to be there before the user's may throw one
    const { sources } = parser;
    const last = sources.pop();
    if (last !== undefined) sources.unshift(last);
  }

  /**
   * @override
   * @param {import("assemblyscript/binaryen").Module} module the compiled module
   */
  afterCompile(module) {
    if (this.#isSecond) return;
    super.afterCompile(module);
    const exports = exportsOf(module);
    const start = exports.get(START);
    if (start !== undefined) {
      module.removeExport(START);
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
    this.#answer(module, exports);
    if (!removeFrames(module)) module.addFunction(COLLECTS, binaryen.none, binaryen.none, [], module.nop());
  }

  /**
   * Puts our functions in the place of imports from `env`.
   *
   * @param {import("assemblyscript/binaryen").Module} module the compiled module
   * @param {Map<string, string>} exports its exports, by name
   */
  #answer(module, exports) {
    const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
      binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
    );
    for (const { name, module: from, base, params, results } of functions) {
      if (from === "wasock") {
        module.removeFunction(name);
        module.addFunction(name, params, results, [], module.call(COLLECTS, [], binaryen.none));
      }
      if (from !== "env") continue;
      const ours = exports.get(ANSWERS.get(base) ?? "");
      if (ours === undefined) {
        const message = `a component has no ${base}: it is neither in WASI nor in wasock/assembly`;
        this.program.error(DiagnosticCode.User_defined_0, this.program.nativeRange, message);
        continue;
      }
      const types = binaryen.expandType(params);
      const args = types.map((type, index) => module.local.get(index, type));
      module.removeFunction(name);
      module.addFunction(name, params, results, [], module.call(ours, args, results));
    }
    for (const answer of new Set(ANSWERS.values())) if (exports.has(answer)) module.removeExport(answer);
  }
}

// asc takes the transform from the module's default export; it knows no other way.
export default Program;
