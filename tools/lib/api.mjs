// What a module exports, with its docstrings: of TypeScript's declarations and of AssemblyScript.
//
// TypeScript 7 has no compiler API for JavaScript, so that TypeDoc would take TypeScript 6 beside it; all that is needed is where a
// declaration stands and the comment above it, which a parser tells.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseAst } from "rolldown/parseAst";
import { mask } from "./decorators.mjs";

/**
 * @typedef {object} Documented something that is exported
 * @property {string} name
 * @property {string} kind `function`, `class`, `interface`, `type`, `constant`
 * @property {string} signature its declaration, without what it does
 * @property {string} doc its docstring, in Markdown
 */

/**
 * Reads what a module exports, through whatever it exports again.
 *
 * @param {string} file its path
 * @returns {Documented[]} in the order of their names
 */
export function exportsOf(file) {
  /** @type {Map<string, Documented>} */
  const found = new Map();
  collect(file, undefined, found, new Set());
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * @param {string} file
 * @param {ReadonlyMap<string, string> | undefined} wanted names here → exported names; `undefined` for all
 * @param {Map<string, Documented>} found is added to
 * @param {Set<string>} under the files whose all is being read
 */
function collect(file, wanted, found, under) {
  if (wanted === undefined) {
    if (under.has(file)) return;
    under.add(file);
  }
  const text = mask(readFileSync(file, "utf8"));
  /** @type {any} */
  const { body } = parseAst(text, { lang: file.endsWith(".d.ts") ? "dts" : "ts" }, file);
  const nameOf = (/** @type {string} */ name) => (wanted === undefined ? name : wanted.get(name));
  /** @type {Map<string, { source: string, imported: string }>} */
  const imports = new Map();
  for (const node of body) {
    if (node.type !== "ImportDeclaration") continue;
    for (const one of node.specifiers) {
      if (one.type === "ImportSpecifier")
        imports.set(one.local.name, { source: node.source.value, imported: one.imported.name });
    }
  }
  for (const node of body) {
    if (node.type === "ExportAllDeclaration" && node.exported === null) {
      collect(resolved(file, node.source.value), wanted, found, under);
    } else if (node.type === "ExportNamedDeclaration" && node.declaration !== null) {
      for (const name of declaredBy(node.declaration)) {
        const exported = nameOf(name);
        if (exported !== undefined && !found.has(exported))
          found.set(exported, documented(text, node, exported));
      }
    } else if (node.type === "ExportNamedDeclaration") {
      for (const { local, exported } of node.specifiers) {
        const name = nameOf(exported.name);
        if (name === undefined) continue;
        const from =
          node.source === null
            ? imports.get(local.name)
            : { source: node.source.value, imported: local.name };
        if (from === undefined) {
          const own = body.find((/** @type {any} */ each) => declaredBy(each).includes(local.name));
          if (own !== undefined) found.set(name, documented(text, own, name));
        } else if (from.source.startsWith(".")) {
          collect(resolved(file, from.source), new Map([[from.imported, name]]), found, under);
        }
      }
    }
  }
}

/**
 * @param {string} from a file
 * @param {string} source what it imports
 * @returns {string} the file of that
 */
function resolved(from, source) {
  const path = join(dirname(from), source);
  const candidates = [path.replace(/\.(?:ts|js)$/, ".d.ts"), `${path}.ts`, path];
  const file = candidates.find((each) => existsSync(each));
  if (file === undefined) throw new Error(`${from}: there is no ${source}`);
  return file;
}

/**
 * @param {any} node a declaration
 * @returns {string[]} the names that it declares
 */
function declaredBy(node) {
  if (node.type === "VariableDeclaration")
    return node.declarations.map((/** @type {any} */ one) => one.id.name);
  return node.id?.name === undefined ? [] : [node.id.name];
}

/** @type {Readonly<Record<string, string>>} */
const KINDS = {
  FunctionDeclaration: "function",
  TSDeclareFunction: "function",
  ClassDeclaration: "class",
  TSInterfaceDeclaration: "interface",
  TSTypeAliasDeclaration: "type",
  VariableDeclaration: "constant",
  TSEnumDeclaration: "constant",
};

/**
 * @param {string} text the module
 * @param {any} node the declaration, or its export
 * @param {string} name what it is exported as
 * @returns {Documented}
 */
function documented(text, node, name) {
  const declaration = node.declaration ?? node;
  const kind = KINDS[declaration.type] ?? "constant";
  return { name, kind, signature: signatureOf(text, declaration), doc: docBefore(text, node.start) };
}

/**
 * @param {string} text the module
 * @param {any} node a declaration
 * @returns {string} the declaration without bodies of functions; members of classes and interfaces with their docstrings
 */
function signatureOf(text, node) {
  const members =
    node.body?.type === "ClassBody" || node.body?.type === "TSInterfaceBody" ? node.body.body : undefined;
  if (members === undefined)
    return text
      .slice(node.start, node.body?.start ?? node.end)
      .replace(/^declare /, "")
      .trim();
  const head = text
    .slice(node.start, node.body.start)
    .replace(/^declare /, "")
    .trim();
  const lines = members.flatMap((/** @type {any} */ member) => {
    const isHidden =
      member.accessibility === "private" ||
      member.key?.type === "PrivateIdentifier" ||
      member.type === "StaticBlock";
    if (isHidden) return [];
    const body = member.value?.body ?? (member.type === "PropertyDefinition" ? member.value : undefined);
    const signature = text
      .slice(member.start, body?.start ?? member.end)
      .replace(/\s*=\s*$/, "")
      .trim();
    const doc = docBefore(text, member.start);
    const comment = doc === "" ? "" : `/** ${doc.replaceAll("\n", "\n   * ")} */\n  `;
    return [`  ${comment}${signature.replace(/;?$/, ";")}`];
  });
  return `${head} {\n${lines.join("\n")}\n}`;
}

/**
 * @param {string} text the module
 * @param {number} at where a declaration begins
 * @returns {string} the docstring above it, without its stars; empty where there is none
 */
function docBefore(text, at) {
  // what stands between are decorators, which are comments here
  const before = text.slice(0, at).replace(/(?:\s*(?:\/\/[^\n]*|\/\*@[^\n]*?\*\/))*\s*$/, "");
  if (!before.endsWith("*/")) return "";
  const start = before.lastIndexOf("/**");
  const comment = before.slice(start + 3, -2);
  if (start < 0 || comment.includes("*/")) return "";
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .trim();
}
