// Writes what a host's faces have to be, as types of TypeScript.

import { mayWait } from "./attributes.mjs";
import { camelCase, className, variableName, withoutVersion } from "./names.mjs";

/** @typedef {import("./model.mjs").Interface} Interface */
/** @typedef {import("./model.mjs").Type} Type */
/** @typedef {import("./model.mjs").TypeDefinition} TypeDefinition */
/** @typedef {import("./model.mjs").WitFunction} WitFunction */

/** The types of numbers, and of lists of them. */
export const NUMBERS = /** @type {Readonly<Record<string, readonly [one: string, list: string]>>} */ ({
  ...{ u8: ["number", "Uint8Array"], u16: ["number", "Uint16Array"], u32: ["number", "Uint32Array"] },
  ...{ s8: ["number", "Int8Array"], s16: ["number", "Int16Array"], s32: ["number", "Int32Array"] },
  ...{ u64: ["bigint", "BigUint64Array"], s64: ["bigint", "BigInt64Array"] },
  ...{ f32: ["number", "Float32Array"], f64: ["number", "Float64Array"] },
});

/**
 * Makes what spells types.
 *
 * @param {ReadonlyMap<TypeDefinition, string>} names of all types
 * @param {string} [prefix] what stands before the names of types
 * @returns {(type: Type | undefined) => string}
 */
export function typeSpeller(names, prefix = "") {
  /**
   * @param {Type | undefined} type
   * @returns {string}
   */
  return function spell(type) {
    if (type === undefined) return "undefined";
    switch (type.kind) {
      case "named":
        return prefix + className(/** @type {string} */ (names.get(type.of)));
      case "own":
      case "borrow":
        return prefix + className(/** @type {string} */ (names.get(type.resource)));
      case "list":
        return NUMBERS[type.element.kind]?.[1] ?? `readonly ${grouped(spell(type.element))}[]`;
      case "option":
        return `${spell(type.some)} | undefined`;
      case "result":
        return `${caseOf("ok", type.ok, spell)} | ${caseOf("err", type.err, spell)}`;
      case "tuple":
        return `readonly [${type.items.map(spell).join(", ")}]`;
      case "bool":
        return "boolean";
      case "string":
      case "char":
        return "string";
      default: {
        const number = NUMBERS[type.kind];
        if (number === undefined) throw new Error(`faces have no ${type.kind} yet`);
        return number[0];
      }
    }
  };
}

/** @param {string} type */
function grouped(type) {
  return /[ |]/.test(type) ? `(${type})` : type;
}

/**
 * @param {string} tag
 * @param {Type | undefined} payload
 * @param {(type: Type | undefined) => string} spell
 */
function caseOf(tag, payload, spell) {
  const val = payload === undefined ? "val?: undefined" : `val: ${spell(payload)}`;
  return `{ readonly tag: ${JSON.stringify(tag)}; readonly ${val} }`;
}

/**
 * Writes the types.
 *
 * @param {readonly Interface[]} interfaces each after what it uses
 * @param {ReadonlyMap<TypeDefinition, string>} names of their types
 * @param {string} version of WASI
 * @returns {string} TypeScript
 */
export function faces(interfaces, names, version) {
  const spell = typeSpeller(names);

  /** @param {TypeDefinition} type */
  function definition(type) {
    const name = className(/** @type {string} */ (names.get(type)));
    switch (type.kind) {
      case "resource":
        return `export interface ${name} extends Disposable {
          ${type.functions
            .filter(({ kind }) => kind === "method")
            .map(method)
            .join("\n")}
        }`;
      case "record":
        return `export interface ${name} {
          ${type.members.map((field) => `readonly ${camelCase(field.name)}: ${spell(field.type)};`).join("\n")}
        }`;
      case "flags":
        return `export interface ${name} {
          ${type.members.map((flag) => `readonly ${camelCase(flag.name)}?: boolean | undefined;`).join("\n")}
        }`;
      case "enum":
        return `export type ${name} = ${type.members.map((each) => JSON.stringify(each.name)).join(" | ")};`;
      case "variant":
        return `export type ${name} = ${type.members.map((each) => caseOf(each.name, each.type, spell)).join(" | ")};`;
      case "alias":
        return `export type ${name} = ${spell(type.type)};`;
    }
  }

  /** @param {WitFunction} each */
  function method({ name, kind, params, result, importName }) {
    const own = kind === "method" ? params.slice(1) : params;
    const spelled = own.map(([param, type]) => `${variableName(param)}: ${spell(type)}`).join(", ");
    const value = result?.kind === "result" ? result.ok : result;
    const type = value === undefined ? "void" : spell(value);
    const throws =
      result?.kind === "result" && result.err !== undefined
        ? `/** Throws {@link ${spell(result.err)}}. */\n`
        : "";
    return `${throws}${camelCase(name)}(${spelled}): ${mayWait(importName) ? `Later<${type}>` : type};`;
  }

  /** @param {Interface} of */
  function face(of) {
    const resources = [...of.types.values()].filter(({ kind }) => kind === "resource");
    const classes = resources.map((type) => {
      return `readonly ${className(type.name)}: Class<${className(/** @type {string} */ (names.get(type)))}>;`;
    });
    const members = [...classes, ...of.functions.map(method)];
    return members.length === 0
      ? ""
      : `readonly ${JSON.stringify(withoutVersion(of))}: { ${members.join("\n")} };`;
  }

  return `/**
 * What the faces of WASI ${version} are, from its WIT: objects with functions and classes, in the shape that jco maps
 * imports to. The error of a result is thrown.
 */

/** What is answered at once, or after a wait. */
export type Later<T> = T | Promise<T>;

/** A class of a resource's objects. */
export type Class<T> = abstract new (...args: never[]) => T;

${interfaces.flatMap((of) => [...of.types.values()].map(definition)).join("\n\n")}

/** The faces by the names of their interfaces. */
export interface Faces {
${interfaces.map(face).join("\n")}
}
`;
}
