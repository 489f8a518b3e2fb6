// Writes AssemblyScript's side of WASI: each function as a core module imports it.

import { layoutOf, MOST_FLAT } from "./layout.mjs";
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
        return declaration(
          of,
          each.importName,
          camelCase(isUnique ? each.name : `${of.name}-${each.name}`),
          signature(each),
        );
      }),
      ...resources.flatMap((resource) => [
        ...resource.functions.map((each) => {
          return declaration(
            of,
            each.importName,
            camelCase(`${shortName(resource)}-${each.name}`),
            signature(each),
          );
        }),
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
 * A resource's name before that of a method: `tcp-start-bind`.
 *
 * @param {TypeDefinition} resource
 */
function shortName({ name }) {
  return name.replace(/-(?:socket|stream)$/, "");
}

/**
 * @param {Interface} of
 * @param {string} importName
 * @param {string} name
 * @param {string} typed
 */
function declaration({ id }, importName, name, typed) {
  return `@external(${JSON.stringify(id)}, ${JSON.stringify(importName)})\nexport declare function ${name}${typed};`;
}

/** @param {WitFunction} each */
function signature({ params, result }) {
  const flat = params.flatMap(([name, type]) => parameters(variableName(name), type));
  const inMemory = result !== undefined && layoutOf(result).flat.length > 1;
  const all = [
    ...(flat.length > MOST_FLAT ? ["params: usize"] : flat),
    ...(inMemory ? ["result: usize"] : []),
  ];
  const returned = result === undefined || inMemory ? "void" : scalar(result, 0);
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
