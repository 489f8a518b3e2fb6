// Writes the methods that a version of WASI has as the one before it: they are handed on.

import { NUMBERS, typeSpeller } from "./faces.mjs";
import { camelCase, className, variableName } from "./names.mjs";

/** @typedef {import("./model.mjs").Type} Type */
/** @typedef {import("./model.mjs").TypeDefinition} TypeDefinition */

/**
 * Writes a class whose methods do what those of an earlier version do, with its own names of failures.
 *
 * @param {TypeDefinition} resource
 * @param {TypeDefinition} before what it was in the earlier version
 * @param {ReadonlyMap<TypeDefinition, string>} names of the types of the earlier version
 * @returns {string} TypeScript
 */
export function forwards(resource, before, names) {
  const spell = typeSpeller(names, "wit.");
  const face = `${className(resource.name)}Forwards`;

  /** @param {Type} type */
  const isSelf = (type) => (type.kind === "own" || type.kind === "borrow") && type.resource === before;

  const methods = resource.functions.flatMap(({ name, params, result }) => {
    const earlier = before.functions.find((each) => each.name === name && each.kind === "method");
    if (earlier?.result === undefined || result === undefined) return [];
    const [of, from] = [okOf(result), okOf(earlier.result)];
    const own = earlier.params.slice(1);
    const isSame =
      shape(of) === shape(from) &&
      own.map(([, type]) => shape(type)).join() ===
        params
          .slice(1)
          .map(([, type]) => shape(type))
          .join();
    if (!isSame) return [];
    const taken = own.map(([param, type]) => `${variableName(param)}: ${isSelf(type) ? face : spell(type)}`);
    const given = own.map(([param, type]) => `${variableName(param)}${isSelf(type) ? ".inner" : ""}`);
    const call = `this.inner.${camelCase(name)}(${given.join(", ")})`;
    const [wrapped, type] =
      from !== undefined && isSelf(from) ? [`this.wrap(${call})`, face] : [call, from ? spell(from) : "void"];
    const body = result.kind === "result" ? `asNamed(() => ${wrapped})` : wrapped;
    return `${camelCase(name)}(${taken.join(", ")}): ${type} { ${from === undefined ? "" : "return "}${body}; }`;
  });
  return `/** What objects of \`${resource.name}\` do as in the version before, but for the names of failures. */
import type * as wit from "../wit/wasi02.ts";
import { asNamed } from "./file-errors.ts";

export abstract class ${face} {
  protected abstract readonly inner: wit.${className(/** @type {string} */ (names.get(before)))};
  /** Makes one of what the earlier version has made. */
  protected abstract wrap(inner: wit.${className(/** @type {string} */ (names.get(before)))}): ${face};
  ${methods.join("\n")}
}
`;
}

/** @param {Type} type */
function okOf(type) {
  return type.kind === "result" ? type.ok : type;
}

/**
 * What is the same for types of any version that a value of JavaScript is the same for.
 *
 * @param {Type | undefined} type
 * @returns {string}
 */
function shape(type) {
  switch (type?.kind) {
    case "named": {
      const { kind, members, type: target } = type.of;
      if (kind === "alias") return shape(target);
      return `${kind}(${members.map((each) => `${each.name}:${shape(each.type)}`).join()})`;
    }
    case "own":
    case "borrow":
      return `${type.kind}(${type.resource.name})`;
    case "list":
      return `list(${shape(type.element)})`;
    case "option":
      return `option(${shape(type.some)})`;
    case "tuple":
      return `tuple(${type.items.map(shape).join()})`;
    default:
      return type === undefined ? "" : (NUMBERS[type.kind]?.[0] ?? type.kind);
  }
}
