// Who imports what of whom, types included, in TypeScript, JavaScript and AssemblyScript.

import { posix } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { ASSEMBLYSCRIPT, mask } from "./decorators.mjs";

/**
 * @typedef {object} Module
 * @property {Map<string, Set<string>>} imports names, by the path of the file that exports them; `*` stands for all
 * @property {Set<string>} exports names
 * @property {Set<string>} own names of exported types that the module's own declarations mention
 */

/** A type in a comment of JavaScript, as in `@param {import("./a.mjs").A} a`. */
const COMMENTED = /import\("(\.[^"]+)"\)(?:\.(\w+))?/g;

/**
 * Reads modules.
 *
 * @param {ReadonlyMap<string, string>} texts by path from the repository, with `/`
 * @returns {Map<string, Module>} by path
 */
export function modulesOf(texts) {
  return new Map([...texts].map(([path, text]) => [path, moduleOf(path, text, texts)]));
}

/**
 * @param {string} path
 * @param {string} text
 * @param {ReadonlyMap<string, unknown>} all
 * @returns {Module}
 */
function moduleOf(path, text, all) {
  /** @type {Module} */
  const module = { imports: new Map(), exports: new Set(), own: new Set() };
  /** @type {Use} */
  const use = (from, names) => {
    if (typeof from !== "string" || !from.startsWith(".")) return;
    const base = posix.join(posix.dirname(path), from);
    const other = [base, `${base}.ts`, `${base}/index.ts`].find((each) => all.has(each));
    if (other === undefined) return;
    const known = module.imports.get(other) ?? new Set();
    module.imports.set(other, known);
    for (const name of names) known.add(name);
  };
  if (path.endsWith(".mjs")) for (const [, from, name] of text.matchAll(COMMENTED)) use(from, [name ?? "*"]);
  const isAssemblyScript = path.endsWith(".ts") && ASSEMBLYSCRIPT.some((at) => path.startsWith(`${at}/`));
  const tree = parseAst(isAssemblyScript ? mask(text) : text, { lang: "ts" }, path);
  const mentioned = new Set();
  visit(tree, (node) => {
    read(node, module, use);
    if (node.type === "TSTypeReference") mentioned.add(node.typeName.name);
    if (node.type === "TSInterfaceHeritage") mentioned.add(node.expression.name);
  });
  module.own = new Set([...module.own].filter((name) => mentioned.has(name)));
  return module;
}

/** @typedef {(from: unknown, names: string[]) => void} Use notes which names are imported from where */

/**
 * @param {any} node of the syntax tree, or what hangs on one
 * @param {(node: any) => void} see
 */
function visit(node, see) {
  if (Array.isArray(node)) for (const each of node) visit(each, see);
  else if (typeof node?.type === "string") {
    see(node);
    for (const child of Object.values(node)) if (typeof child === "object") visit(child, see);
  }
}

/**
 * Notes what a node imports or exports.
 *
 * @param {any} node
 * @param {Module} module
 * @param {Use} use
 */
function read(node, { exports, own }, use) {
  const from = node.source?.value;
  switch (node.type) {
    case "ImportDeclaration":
      return use(
        from,
        [...node.specifiers].map((each) => each.imported?.name ?? "*"),
      );
    case "ImportExpression":
    case "ExportAllDeclaration":
      return use(from, ["*"]);
    case "TSImportType":
      return use(from, [node.qualifier?.name ?? "*"]);
    case "ExportNamedDeclaration": {
      const { declaration, specifiers } = node;
      use(
        from,
        [...specifiers].map((each) => each.local.name),
      );
      for (const { exported } of specifiers) exports.add(exported.name);
      for (const { id } of declaration?.declarations ?? (declaration ? [declaration] : []))
        exports.add(id.name);
      if (/^TS(Interface|TypeAlias)/.test(declaration?.type)) own.add(declaration.id.name);
    }
  }
}
