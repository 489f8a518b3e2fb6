// Writes AssemblyScript's side of WASI: each function as a core module imports it.

import { layoutOf, MOST_FLAT, MOST_FLAT_ASYNC, partsOf } from "./layout.mjs";
import { camelCase, className, variableName } from "./names.mjs";

/** @typedef {import("./model.mjs").Interface} Interface */
/** @typedef {import("./model.mjs").Type} Type */
/** @typedef {import("./model.mjs").TypeDefinition} TypeDefinition */
/** @typedef {import("./model.mjs").WitFunction} WitFunction */

/**
 * Writes the imports of a package.
 *
 * @param {string} packageName such as `io`
 * @param {readonly Interface[]} interfaces those of the package
 * @returns {string} AssemblyScript
 */
export function assemblyImports(packageName, interfaces) {
  const names = interfaces.flatMap(({ functions }) => functions.map(({ name }) => name));
  const all = interfaces.flatMap((of) => {
    const resources = [...of.types.values()].filter(({ kind }) => kind === "resource");
    return [
      ...of.functions.map((each) => {
        const isUnique = names.filter((name) => name === each.name).length === 1;
        return functionOf(of, each, isUnique ? each.name : `${of.name}-${each.name}`);
      }),
      ...resources.flatMap((resource) => [
        ...resource.functions.map((each) => functionOf(of, each, `${shortName(resource)}-${each.name}`)),
        declaration(
          of,
          `[resource-drop]${resource.name}`,
          `drop${className(shortName(resource))}`,
          "(handle: i32): void",
        ),
      ]),
    ];
  });
  return `// @ts-nocheck: decorators on functions are AssemblyScript
// wasi:${packageName} as core imports. What doesn't fit a register is written at \`result\`; a variant is its case and what all
// cases share, as the canonical ABI flattens it.

${all.join("\n")}
`;
}

/**
 * Writes what a component imports for what it exports: how resources are made, and how async functions give their results.
 *
 * @param {readonly Interface[]} interfaces
 * @returns {string} AssemblyScript
 */
export function assemblyExports(interfaces) {
  const all = interfaces.flatMap(({ id, types, functions }) => {
    const of = { id: `[export]${id}` };
    const resources = [...types.values()].filter(({ kind }) => kind === "resource");
    return [
      ...resources.map(({ name }) =>
        declaration(of, `[resource-new]${name}`, `new${className(name)}`, "(rep: usize): i32"),
      ),
      ...functions
        .filter(({ isAsync }) => isAsync)
        .map(({ name, result }) => {
          const params = result === undefined ? [] : parameters("result", result);
          const typed = `(${params.join(", ")}): void`;
          return declaration(of, `[task-return]${name}`, `return${className(name)}`, typed);
        }),
    ];
  });
  return `// @ts-nocheck: decorators on functions are AssemblyScript
// What the component's exports need: a resource of a representation, an async function's result, flattened.

${all.join("\n")}
`;
}

/**
 * A resource's name before that of a method: `tcp-start-bind`.
 *
 * @param {TypeDefinition} resource
 */
function shortName({ name }) {
  return name.replace(/-(?:socket|stream)$/, "");
}

/**
 * A function, and what its caller does with the streams and futures that it gives and gets.
 *
 * @param {Interface} of
 * @param {WitFunction} each
 * @param {string} name
 */
function functionOf(of, each, name) {
  const { importName, isAsync, params, result } = each;
  const given = params.flatMap(([, type]) => endsIn(type)).map((end) => ({ end, isGiven: true }));
  const got = (result === undefined ? [] : endsIn(result)).map((end) => ({ end, isGiven: false }));
  return [
    declaration(of, isAsync ? `[async-lower]${importName}` : importName, camelCase(name), signature(each)),
    ...[...given, ...got].flatMap(({ end: { kind }, isGiven }, index) =>
      builtIns(kind, isGiven).map(({ what, typed, mayBlock }) =>
        declaration(
          of,
          `${mayBlock ? "[async-lower]" : ""}[${kind}-${what}-${index}]${importName}`,
          camelCase(`${name}-${kind}-${what}`),
          typed,
        ),
      ),
    ),
  ].join("\n");
}

/**
 * The streams and futures in a type, in the order in which their built-ins are numbered.
 *
 * @param {Type} type
 * @returns {{ kind: "stream" | "future" }[]}
 */
function endsIn(type) {
  switch (type.kind) {
    case "stream":
    case "future":
      return [...(type.element === undefined ? [] : endsIn(type.element)), type];
    case "option":
      return endsIn(type.some);
    case "list":
      return endsIn(type.element);
    case "result":
      return [type.ok, type.err].flatMap((part) => (part === undefined ? [] : endsIn(part)));
    default:
      return (partsOf(type) ?? []).flatMap(endsIn);
  }
}

/**
 * What is done with the end that stays with the caller: of what it gives the writable one, of what it gets the readable
 * one. To copy is asked for without waiting.
 *
 * @param {"stream" | "future"} kind
 * @param {boolean} isGiven
 */
function builtIns(kind, isGiven) {
  const [copy, end] = isGiven ? ["write", "writable"] : ["read", "readable"];
  const more = kind === "stream" ? ", count: i32" : "";
  return [
    ...(isGiven ? [{ what: "new", typed: "(): u64", mayBlock: false }] : []),
    { what: copy, typed: `(end: i32, at: usize${more}): i32`, mayBlock: true },
    { what: `cancel-${copy}`, typed: "(end: i32): i32", mayBlock: false },
    { what: `drop-${end}`, typed: "(end: i32): void", mayBlock: false },
  ];
}

/**
 * @param {{ id: string }} of
 * @param {string} importName
 * @param {string} name
 * @param {string} typed
 */
function declaration({ id }, importName, name, typed) {
  return `@external(${JSON.stringify(id)}, ${JSON.stringify(importName)})\nexport declare function ${name}${typed};`;
}

/** @param {WitFunction} each */
function signature({ params, result, isAsync }) {
  const flat = params.flatMap(([name, type]) => parameters(variableName(name), type));
  const inMemory = result !== undefined && (isAsync || layoutOf(result).flat.length > 1);
  const all = [
    ...(flat.length > (isAsync ? MOST_FLAT_ASYNC : MOST_FLAT) ? ["params: usize"] : flat),
    ...(inMemory ? ["result: usize"] : []),
  ];
  const returned = isAsync ? "i32" : result === undefined || inMemory ? "void" : scalar(result, 0);
  return `(${all.join(", ")}): ${returned}`;
}

/**
 * @param {string} name
 * @param {Type} type
 * @returns {string[]}
 */
function parameters(name, type) {
  const { flat } = layoutOf(type);
  if (type.kind === "list" || type.kind === "string") return [`${name}: usize`, `${name}Length: usize`];
  if (flat.length === 1) return [`${name}: ${scalar(type, 0)}`];
  return flat.map((_, i) => `${name}${i}: ${scalar(type, i)}`);
}

/**
 * @param {Type} type
 * @param {number} slot
 */
function scalar(type, slot) {
  const core = layoutOf(type).flat[slot];
  if (core !== "i64") return core;
  return type.kind === "s64" ? "i64" : "u64";
}
