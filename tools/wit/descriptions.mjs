// Writes the interfaces of a version of WASI as the data that `host/abi/types.ts` describes.

import { mayWait } from "./attributes.mjs";
import { camelCase, withoutVersion } from "./names.mjs";

/** @typedef {import("./model.mjs").Interface} Interface */
/** @typedef {import("./model.mjs").Type} Type */
/** @typedef {import("./model.mjs").TypeDefinition} TypeDefinition */
/** @typedef {import("./model.mjs").WitFunction} WitFunction */

/** The types that `types.ts` has as values. */
const VALUES = ["bool", "u8", "u16", "u32", "u64", "string"];

/** What else the file says, and may call no type of WIT. */
const WORDS = [
  ...["asyncFunc", "borrow", "enumeration", "flags", "func", "future", "list", "methods", "option", "own"],
  ...["record", "resource", "result", "stream", "tuple", "variant", "waits"],
];

/** What the types may not be called. */
export const TAKEN = new Set([...VALUES, ...WORDS, "bytes", "interfaces", "version", "undefined"]);

/**
 * Writes the descriptions.
 *
 * @param {readonly Interface[]} interfaces each after what it uses
 * @param {ReadonlyMap<TypeDefinition, string>} names of their types
 * @param {{ from: string, version: string }} options where `types.ts` is, from the file, and the version of WASI
 * @returns {string} TypeScript
 */
export function descriptions(interfaces, names, { from, version }) {
  /** @param {TypeDefinition} type */
  const nameOf = (type) => camelCase(/** @type {string} */ (names.get(type)));

  /**
   * @param {Type | undefined} type
   * @returns {string}
   */
  function spell(type) {
    if (type === undefined) return "undefined";
    switch (type.kind) {
      case "named":
        return isPlain(type.of.type) ? spell(type.of.type) : nameOf(type.of);
      case "list":
        return type.element.kind === "u8" ? "bytes" : `list(${spell(type.element)})`;
      case "option":
        return `option(${spell(type.some)})`;
      case "result":
        return `result(${spell(type.ok)}, ${spell(type.err)})`;
      case "tuple":
        return `tuple(${type.items.map(spell).join(", ")})`;
      case "stream":
      case "future":
        return `${type.kind}(${type.element === undefined ? "" : spell(type.element)})`;
      case "own":
      case "borrow":
        return `${type.kind}(${nameOf(type.resource)})`;
      case "map":
        throw new Error("a map has no description yet");
      default:
        return VALUES.includes(type.kind) ? type.kind : `{ kind: ${JSON.stringify(type.kind)} }`;
    }
  }

  /**
   * @param {TypeDefinition} type
   * @param {Interface} of
   */
  function definition(type, of) {
    if (type.kind === "resource") {
      const args = [withoutVersion(of), type.name].map((text) => JSON.stringify(text)).join(", ");
      return `export const ${nameOf(type)}: Resource = resource(${args});`;
    }
    if (isPlain(type.type)) return "";
    const members = type.members.map((member) => `${JSON.stringify(member.name)}: ${spell(member.type)}`);
    const listed = type.members.map(({ name }) => JSON.stringify(name)).join(", ");
    const value = {
      alias: () => spell(type.type),
      record: () => `record({ ${members.join(", ")} })`,
      variant: () => `variant({ ${members.join(", ")} })`,
      enum: () => `enumeration(${listed})`,
      flags: () => `flags(${listed})`,
    }[type.kind]();
    return `export const ${nameOf(type)}: WitType = ${value};`;
  }

  /** @param {WitFunction} each */
  function entry({ name, kind, isAsync, params, result, importName }) {
    const own = kind === "method" ? params.slice(1) : params;
    const spelled = own.map(([param, type]) => `${JSON.stringify(param)}: ${spell(type)}`);
    const make = isAsync ? "asyncFunc" : mayWait(importName) ? "waits" : "func";
    return `${JSON.stringify(name)}: ${make}({ ${spelled.join(", ")} }${result === undefined ? "" : `, ${spell(result)}`})`;
  }

  /** @param {TypeDefinition} type */
  function resource(type) {
    const [members, statics] = [true, false].map((isMethod) =>
      type.functions.filter(({ kind }) => (kind === "method") === isMethod).map(entry),
    );
    const described = `methods(${nameOf(type)}, { ${members?.join(", ")} })`;
    return statics?.length === 0 ? described : `{ ...${described}, statics: { ${statics?.join(", ")} } }`;
  }

  const types = interfaces.flatMap((of) => [...of.types.values()].map((type) => definition(type, of)));
  const described = interfaces.flatMap((of) => {
    const resources = [...of.types.values()].filter(({ kind }) => kind === "resource").map(resource);
    const functions = of.functions.map(entry);
    if (resources.length + functions.length === 0) return [];
    return `{
      name: ${JSON.stringify(withoutVersion(of))},
      resources: [${resources.join(", ")}],
      functions: { ${functions.join(", ")} },
    }`;
  });
  const body = `
const bytes = list(u8);
${types.filter((text) => text !== "").join("\n\n")}

/** The interfaces, each after those that it uses. */
export const interfaces: readonly InterfaceType[] = [${described.join(",\n")}];
`;
  const used = [...VALUES, ...WORDS].filter((word) =>
    new RegExp(`(?<![\\w"-])${word}(?![\\w"-])`).test(body),
  );
  const imported = [...used, "type InterfaceType", "type Resource", "type WitType"].filter((word) =>
    body.includes(word.replace("type ", "")),
  );
  return `/** WASI ${version} as data, from its WIT. */
import { ${imported.join(", ")} } from ${JSON.stringify(from)};

/** The version of WASI that this is. */
export const version = ${JSON.stringify(version)};
${body}`;
}

/**
 * @param {Type | undefined} type
 * @returns {boolean} whether what an alias stands for is said as quickly as its name
 */
function isPlain(type) {
  return type !== undefined && (VALUES.includes(type.kind) || type.kind === "own");
}
