// Compiler transform: gives exported functions the names that the component model asks for.
//
//     // @ts-ignore: decorator
//     @witExport("wasock:net/net@0.1.0#connect")
//     export function connect(socket: i32, address: i32): i32 { … }
//
// asc can only export a function under an identifier, and a core module of a component needs names such as
// `wasock:net/net@0.1.0#connect`, `cabi_post_…` or `[dtor]…`. With this transform (`asc … --transform
// ./assembly/transform/wit-exports.mjs`) each name given to `@witExport` becomes an export of the function, and the export
// under its identifier goes away. Any number of names and of decorators may be given; each name is a string literal.
//
// Mistakes are compile errors at the decorator: no name or something other than a string, a function that no entry
// file exports, that is generic or that has optional parameters, a name that is given twice or that another export
// already has.

import { DiagnosticCode, ElementKind, NodeKind, ParameterKind, SourceKind } from "assemblyscript";
import binaryen from "assemblyscript/binaryen";
import { Transform } from "assemblyscript/transform";

/**
 * @typedef {import("assemblyscript").Source} Source
 * @typedef {import("assemblyscript").Statement} Statement
 * @typedef {import("assemblyscript").DecoratorNode} DecoratorNode
 * @typedef {import("assemblyscript").DeclarationStatement} DeclarationStatement
 * @typedef {import("assemblyscript").File} File
 */

/** The decorator that this transform gives a meaning to. */
const DECORATOR = "witExport";

/**
 * Renames exports as their `@witExport` decorators say. One object serves one compilation.
 *
 * @extends {Transform}
 */
export class WitExports extends Transform {
  /**
   * The decorated functions: declaration → WIT name → the decorator that gives it.
   *
   * @type {Map<DeclarationStatement, Map<string, DecoratorNode>>}
   */
  #wanted = new Map();

  /**
   * Collects the decorators, before the program is made, so that those in files that nothing reaches are seen too.
   *
   * @override
   * @param {import("assemblyscript").Parser} parser the parser with all its sources
   */
  afterParse(parser) {
    /** @type {Set<string>} */
    const taken = new Set();
    for (const source of parser.sources) {
      for (const [statement, decorator] of decorators(source.statements)) {
        const complain = (/** @type {string} */ message) =>
          parser.error(DiagnosticCode.User_defined_0, decorator.range, `@${DECORATOR}: ${message}`);
        if (statement.kind !== NodeKind.FunctionDeclaration || !source.statements.includes(statement)) {
          complain("only a top-level function can be exported");
          continue;
        }
        const declaration = /** @type {import("assemblyscript").FunctionDeclaration} */ (statement);
        const args = decorator.args ?? [];
        if (args.length === 0) complain('a name is missing, as in @witExport("wasi:cli/run@0.2.0#run")');
        if (declaration.typeParameters !== null)
          complain(`the generic function ${declaration.name.text} has no one body`);
        if (
          declaration.signature.parameters.some(
            (parameter) => parameter.parameterKind !== ParameterKind.Default,
          )
        ) {
          complain(
            `${declaration.name.text} has an optional or rest parameter, which no caller outside can leave out`,
          );
        }
        for (const argument of args) {
          const name = stringOf(argument);
          if (name === undefined) complain("a name must be a string literal");
          else if (taken.has(name)) complain(`the name "${name}" is given twice`);
          else {
            taken.add(name);
            const names = this.#wanted.get(declaration) ?? new Map();
            this.#wanted.set(declaration, names.set(name, decorator));
          }
        }
      }
    }
  }

  /**
   * Renames the exports, before the module is validated and optimized.
   *
   * @override
   * @param {binaryen.Module} module the compiled module
   */
  afterCompile(module) {
    const aliases = this.#aliases();
    const existing = exportsOf(module);
    const renamed = new Set([...aliases.values()].flatMap((names) => [...names]));
    for (const [declaration, names] of this.#wanted) {
      for (const [name, decorator] of names) {
        const complain = (/** @type {string} */ message) =>
          this.program.error(DiagnosticCode.User_defined_0, decorator.range, `@${DECORATOR}: ${message}`);
        const ours = (aliases.get(declaration) ?? new Set()).values().next().value;
        const target = ours === undefined ? undefined : existing.get(ours);
        if (target === undefined) complain(`${declaration.name.text} is not exported by an entry file`);
        else if (existing.has(name) && !renamed.has(name)) complain(`there is another export "${name}"`);
      }
    }
    for (const name of renamed) if (existing.has(name)) module.removeExport(name);
    for (const [declaration, names] of this.#wanted) {
      const [ours] = aliases.get(declaration) ?? [];
      const target = ours === undefined ? undefined : existing.get(ours);
      if (target === undefined) continue;
      for (const name of names.keys()) {
        if (!existing.has(name) || renamed.has(name)) module.addFunctionExport(target, name);
      }
    }
  }

  /**
   * The identifiers under which the entry files export each decorated function, re-exports included.
   *
   * @returns {Map<DeclarationStatement, Set<string>>} declaration → identifiers
   */
  #aliases() {
    /** @type {Map<DeclarationStatement, Set<string>>} */
    const found = new Map();
    const visit = (/** @type {File} */ file, /** @type {Set<File>} */ seen) => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const [name, element] of file.exports ?? []) {
        if (element.kind !== ElementKind.FunctionPrototype || !this.#wanted.has(element.declaration))
          continue;
        found.set(element.declaration, (found.get(element.declaration) ?? new Set()).add(name));
      }
      for (const star of file.exportsStar ?? []) visit(star, seen);
    };
    for (const source of this.program.sources) {
      const file = this.program.filesByName.get(source.internalPath);
      if (source.sourceKind === SourceKind.UserEntry && file !== undefined) visit(file, new Set());
    }
    return found;
  }
}

// asc takes the transform from the module's default export; it knows no other way.
export default WitExports;

/**
 * Walks through a file's statements for our decorators, into namespaces and classes, where they are a mistake.
 *
 * @param {Statement[]} statements what to walk through
 * @returns {Generator<[Statement, DecoratorNode]>} each decorated statement with the decorator
 */
function* decorators(statements) {
  for (const statement of statements) {
    const declaration = /** @type {DeclarationStatement & { members?: Statement[] }} */ (statement);
    for (const decorator of declaration.decorators ?? []) {
      const name = /** @type {{ text?: string }} */ (/** @type {unknown} */ (decorator.name)).text;
      if (name === DECORATOR) yield [statement, decorator];
    }
    if (Array.isArray(declaration.members)) yield* decorators(declaration.members);
  }
}

/**
 * The value of a string literal.
 *
 * @param {import("assemblyscript").Expression} expression any expression
 * @returns {string | undefined} its value, or `undefined` when it is something else
 */
function stringOf(expression) {
  const value = /** @type {{ value?: unknown }} */ (/** @type {unknown} */ (expression)).value;
  return expression.kind === NodeKind.Literal && typeof value === "string" ? value : undefined;
}

/**
 * The exports of a module.
 *
 * @param {binaryen.Module} module the module
 * @returns {Map<string, string>} the exported name → the name inside the module
 */
export function exportsOf(module) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (let index = 0; index < module.getNumExports(); index++) {
    const info = binaryen.getExportInfo(module.getExportByIndex(index));
    found.set(info.name, info.value);
  }
  return found;
}
