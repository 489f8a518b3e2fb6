// What the core as a component exports: a compiler transform that gives its functions the names that our WIT asks for.
//
// The entry files export functions that are called as in WIT, in camel case: `getAddressInfo`, `netIoRead` for a method,
// `dropSocket` for the end of a resource. `cabi_post_…` is by what a result has to be freed of: `postArea` where that is
// only the memory it lies in, else `post` and the types on the way to the lists, `postResultOptionList`. `resume` is the
// callback of every async function. A function of WIT that is not there is an error, and others are not exported.

import { layoutOf } from "./layout.mjs";
import { camelCase, className } from "./names.mjs";
import { exported } from "./packages.mjs";

/** @typedef {import("./model.mjs").Interface} Interface */
/** @typedef {import("./model.mjs").Type} Type */
/** @typedef {import("./model.mjs").WitFunction} WitFunction */

/** The entry files, and the versions of WASI that they are for. */
const ENTRIES = /** @type {Readonly<Record<string, "wasi02" | "wasi03">>} */ ({
  "assembly/faces/component": "wasi02",
  "assembly/faces/component03": "wasi03",
});

/** What is exported as it is called. */
const KEPT = new Set(["cabi_realloc", "_initialize"]);

/**
 * What a component exports, by what the functions are called in AssemblyScript.
 *
 * @param {readonly Interface[]} interfaces
 * @returns {(readonly [identifier: string, name: string])[]}
 */
export function exportNames(interfaces) {
  return interfaces.flatMap(({ id, types, functions }) => [
    ...functions.flatMap((each) => namesOf(id, camelCase(each.name), each)),
    ...[...types.values()]
      .filter(({ kind }) => kind === "resource")
      .flatMap(({ name, functions: methods }) => [
        /** @type {const} */ ([`drop${className(name)}`, `${id}#[dtor]${name}`]),
        ...methods.flatMap((each) => namesOf(id, camelCase(`${name}-${each.name}`), each)),
      ]),
  ]);
}

/**
 * @param {string} id the interface's
 * @param {string} identifier
 * @param {WitFunction} of
 * @returns {(readonly [identifier: string, name: string])[]}
 */
function namesOf(id, identifier, { importName, isAsync, result }) {
  const name = `${id}#${importName}`;
  if (isAsync) {
    return [
      [identifier, `[async-lift]${name}`],
      ["resume", `[callback][async-lift]${name}`],
    ];
  }
  const post = `post${(result && listsIn(result)) ?? "Area"}`;
  const isInMemory = result !== undefined && layoutOf(result).flat.length > 1;
  return [[identifier, name], ...(isInMemory ? [/** @type {const} */ ([post, `cabi_post_${name}`])] : [])];
}

/**
 * Where lists are in a type.
 *
 * @param {Type} type
 * @returns {string | undefined} the types on the way to them; nothing where there are none
 */
function listsIn(type) {
  switch (type.kind) {
    case "string":
      return "List";
    case "list":
      return `List${listsIn(type.element) ?? ""}`;
    case "option":
    case "result": {
      const inner = type.kind === "option" ? type.some : type.ok;
      const lists = inner && listsIn(inner);
      return lists && `${className(type.kind)}${lists}`;
    }
    case "named":
      if (type.of.type !== undefined) return listsIn(type.of.type);
      return type.of.members.some((member) => member.type && listsIn(member.type))
        ? className(type.of.name)
        : undefined;
    default:
      return undefined;
  }
}

/** As asc takes it, on whose prototype it puts `program` and `binaryen`. */
export default class ComponentExports {
  /**
   * Renames the exports, before the module is validated and optimized.
   *
   * @param {any} module binaryen's
   * @throws Error where a function of WIT is missing
   */
  afterCompile(module) {
    const { program, binaryen } = /** @type {any} */ (this);
    for (const { internalPath } of program.sources) {
      const version = ENTRIES[internalPath];
      if (version !== undefined) rename(module, binaryen, exportNames(exported(version)));
    }
  }
}

/**
 * @param {any} module
 * @param {any} binaryen
 * @param {readonly (readonly [identifier: string, name: string])[]} names
 */
function rename(module, binaryen, names) {
  const existing = new Map(
    Array.from({ length: module.getNumExports() }, (_, index) => {
      const { name, value, kind } = binaryen.getExportInfo(module.getExportByIndex(index));
      return [name, { value, isFunction: kind === binaryen.ExternalFunction }];
    }),
  );
  for (const [name, { isFunction }] of existing) {
    if (isFunction && !KEPT.has(name)) module.removeExport(name);
  }
  for (const [identifier, name] of names) {
    const found = existing.get(identifier);
    if (found === undefined) throw new Error(`${identifier} is missing, which is to be exported as ${name}`);
    module.addFunctionExport(found.value, name);
  }
}
