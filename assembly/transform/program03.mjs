// Compiler transform: the same for WASI 0.3, whose files of assembly/wasi03 the compiler is given for those of assembly/wasi.
//
// Top-level code becomes an async `wasi:cli/run` with a callback (assembly/wasi03/run.ts).

import binaryen from "assemblyscript/binaryen";
import { Program } from "./command.mjs";
import { exportsOf } from "./wit-exports.mjs";

/** What assembly/wasi03/run.ts imports as `wasock.main`. */
const MAIN = "main";

/** What it exports, and what a runtime calls. */
const NAMES = new Map([
  ["runProgram", "[async-lift]wasi:cli/run@0.3.0#run"],
  ["runCallback", "[callback][async-lift]wasi:cli/run@0.3.0#run"],
]);

/** What nearly every function calls, and what waits for nothing any more (assembly/wasi03/version.ts). */
const NEVER_WAITS = "~lib/builtins/abort";

/** @extends {Program} */
class Program03 extends Program {
  /** @override */
  entry = 'export * from "wasock/assembly/program";\nexport * from "wasock/assembly/wasi/run";\n';

  /**
   * @override
   * @param {binaryen.Module} module the compiled module
   */
  afterCompile(module) {
    super.afterCompile(module);
    // before anything is inlined: what winds the stack must stay a function by itself
    binaryen.setPassArgument("asyncify-imports", "wasock.none");
    binaryen.setPassArgument("asyncify-removelist", NEVER_WAITS);
    module.runPasses(["asyncify"]);
  }

  /**
   * @override
   * @param {binaryen.Module} module the module
   * @param {string} start its function of all top-level code
   */
  addRun(module, start) {
    const exports = exportsOf(module);
    for (const [ours, theirs] of NAMES) {
      module.addFunctionExport(exports.get(ours) ?? ours, theirs);
      module.removeExport(ours);
    }
    for (let index = 0; index < module.getNumFunctions(); index++) {
      const { name, module: from, base } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
      if (from !== "wasock" || base !== MAIN) continue;
      module.removeFunction(name);
      module.addFunction(name, binaryen.none, binaryen.none, [], module.call(start, [], binaryen.none));
      return;
    }
  }
}

// asc takes the transform from the module's default export; it knows no other way.
export default Program03;
