// Compiler transform: the same for WASI 0.3, whose files of assembly/wasi03 the compiler is given for those of assembly/wasi.
//
// Top-level code becomes an async `wasi:cli/run` with a callback (assembly/wasi03/run.ts). In a world of one's own each
// function that `@witExport("[async-lift]…")` names becomes such an export; it gives its result by the `[task-return]…` that
// it imports. Such a program has one stack: its async exports run one after another.

import { DiagnosticCode } from "assemblyscript";
import binaryen from "assemblyscript/binaryen";
import { Program } from "./command.mjs";
import { exportsOf } from "./wit-exports.mjs";

/** What assembly/wasi03/run.ts imports as `wasock.main`. */
const MAIN = "main";

/** What it exports: how an async export begins, and goes on. */
const RUN = "runProgram";
const CALLBACK = "runCallback";

const ASYNC = "[async-lift]";
const COMMAND = `${ASYNC}wasi:cli/run@0.3.0#run`;

/** Imports of ours, by what they are called in the module. */
const RETURN = "~wasock/return";
const HOLD = "~wasock/hold";
const RELEASE = "~wasock/release";

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
    const exports = exportsOf(module);
    // where the top-level code is no command
    if (exports.has(RUN)) this.#addCalls(module, exports);
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
    const { none, i32 } = binaryen;
    const exports = exportsOf(module);
    exportAs(module, exports, RUN, COMMAND);
    exportAs(module, exports, CALLBACK, `[callback]${COMMAND}`);
    for (const name of [RUN, CALLBACK]) module.removeExport(name);
    module.addFunctionImport(RETURN, "[export]wasi:cli/run@0.3.0", "[task-return]run", i32, none);
    const returns = module.call(RETURN, [module.i32.const(0)], none);
    setMain(module, module.block(null, [module.call(start, [], none), returns]));
  }

  /**
   * Makes the async exports of a world.
   *
   * @param {binaryen.Module} module
   * @param {Map<string, string>} exports
   */
  #addCalls(module, exports) {
    const { none, i32 } = binaryen;
    const calls = [...exports].filter(([name]) => name.startsWith(ASYNC));
    const globals = new Globals(module);
    if (calls.length > 0) {
      module.addFunctionImport(HOLD, "$root", "[backpressure-inc]", none, none);
      module.addFunctionImport(RELEASE, "$root", "[backpressure-dec]", none, none);
    }
    const called = globals.of("called", i32);
    const bodies = calls.map(([name, inner], number) => {
      const { params, results } = binaryen.getFunctionInfo(module.getFunction(inner));
      if (results !== none) {
        const message = `@witExport("${name}"): an async function gives its result by [task-return], and returns nothing`;
        this.program.error(DiagnosticCode.User_defined_0, null, message);
      }
      const types = binaryen.expandType(params);
      const args = types.map((type, i) => globals.of(`${i}`, type));
      const begin = `~wasock/begin/${number}`;
      module.addFunction(
        begin,
        params,
        i32,
        [],
        module.block(
          null,
          [
            ...types.map((type, i) => module.global.set(String(args[i]), module.local.get(i, type))),
            module.global.set(called, module.i32.const(number)),
            module.call(HOLD, [], none),
            module.call(String(exports.get(RUN)), [], i32),
          ],
          i32,
        ),
      );
      module.removeExport(name);
      module.addFunctionExport(begin, name);
      exportAs(module, exports, CALLBACK, `[callback]${name}`);
      const values = types.map((type, i) => module.global.get(String(args[i]), type));
      const isIt = module.i32.eq(module.global.get(called, i32), module.i32.const(number));
      const call = module.call(inner, values, none);
      return module.if(isIt, results === none ? call : module.nop());
    });
    if (calls.length > 0) bodies.push(module.call(RELEASE, [], none));
    setMain(module, module.block(null, bodies));
    for (const name of [RUN, CALLBACK]) module.removeExport(name);
  }
}

/** Variables of the module, by name and type. */
class Globals {
  #made = new Set();

  /** @param {binaryen.Module} module */
  constructor(module) {
    this.module = module;
  }

  /**
   * @param {string} what
   * @param {number} type
   */
  of(what, type) {
    const name = `~wasock/${what}/${type}`;
    if (!this.#made.has(name)) this.module.addGlobal(name, type, true, zero(this.module, type));
    this.#made.add(name);
    return name;
  }
}

/**
 * @param {binaryen.Module} module
 * @param {number} type
 */
function zero(module, type) {
  if (type === binaryen.i64) return module.i64.const(0, 0);
  if (type === binaryen.f32) return module.f32.const(0);
  return type === binaryen.f64 ? module.f64.const(0) : module.i32.const(0);
}

/**
 * @param {binaryen.Module} module
 * @param {Map<string, string>} exports
 * @param {string} name
 * @param {string} other
 */
function exportAs(module, exports, name, other) {
  module.addFunctionExport(exports.get(name) ?? name, other);
}

/**
 * Gives `main` its body.
 *
 * @param {binaryen.Module} module
 * @param {number} body
 */
function setMain(module, body) {
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const { name, module: from, base } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    if (from !== "wasock" || base !== MAIN) continue;
    module.removeFunction(name);
    module.addFunction(name, binaryen.none, binaryen.none, [], body);
    return;
  }
}

// asc takes the transform from the module's default export; it knows no other way.
export default Program03;
