/** Types of a component, resolved: what indexes say, as the descriptions with which values cross. */

import { camelCase, type FunctionType, type Resource, type WitType } from "../abi/types.ts";
import type { FuncType, Primitive, Type, ValueType } from "../component/ast.ts";
import { quoted } from "../component/names.ts";
import type { Scope, TypeItem } from "./items.ts";
import { LinkError } from "./refusal.ts";

/** How many types one may be made of, and how deep they may lie in one another. */
const HEAVIEST = 10_000;
const DEEPEST = 100;

/**
 * Resolves the type of a value, as a result or an element has it.
 *
 * @throws LinkError when there is none such
 */
export function resolveValue(of: ValueType, scope: Scope): WitType {
  const item = typeof of === "number" ? scope.get("type", of) : primitive(of);
  if (item.kind === "beyond") throw new LinkError(`it has ${item.what}, which is not served here`);
  if (item.kind !== "value") throw new LinkError(`type ${of} is none of values`);
  return item.type;
}

/** Something in a type that is not served: the type may be there, and can't be used. */
class Beyond extends Error {}

/** Gathers what a type is made of. */
class Parts {
  readonly #scope: Scope;
  weight = 1;
  depth = 1;
  /** Whether there is anything lent among them. */
  lends = false;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** The type at an index, or a primitive. */
  value(of: ValueType): WitType {
    const item = typeof of === "number" ? this.#scope.get("type", of) : primitive(of);
    if (item.kind === "beyond") throw new Beyond(item.what);
    if (item.kind !== "value") throw new LinkError(`type ${of} is none of values`);
    this.weight += item.weight;
    this.depth = Math.max(this.depth, item.depth + 1);
    this.lends ||= item.lends;
    if (this.weight > HEAVIEST) throw new LinkError(`a type is made of more than ${HEAVIEST} others`);
    if (this.depth > DEEPEST) throw new LinkError(`types lie more than ${DEEPEST} deep in one another`);
    return item.type;
  }

  maybe(of: ValueType | undefined): WitType | undefined {
    return of === undefined ? undefined : this.value(of);
  }

  resource(index: number): Resource {
    const item = this.#scope.get("type", index);
    if (item.kind !== "resource") throw new LinkError(`type ${index} is not a resource`);
    return item.resource;
  }
}

function primitive(type: Primitive): TypeItem {
  if (type === "error-context") return { kind: "beyond", what: "an error-context" };
  return { kind: "value", type: { kind: type }, weight: 1, depth: 1, lends: false };
}

/**
 * Resolves a type.
 *
 * @param type as the binary has it
 * @param scope whose indexes it uses
 * @throws LinkError when it is none, or too large
 */
export function resolveType(type: Type, scope: Scope): TypeItem {
  if (type.kind === "instance" || type.kind === "component") {
    return { kind: type.kind, declarations: type.declarations, scope };
  }
  if (type.kind === "resource") throw new LinkError("a resource is made where only types are");
  if (type.kind === "primitive") return primitive(type.type);
  const parts = new Parts(scope);
  try {
    if (type.kind === "func") {
      return { kind: "func", type: funcType(type, parts), weight: parts.weight };
    }
    const resolved = valueType(type, parts);
    const { weight, depth, lends } = parts;
    return { kind: "value", type: resolved, weight, depth, lends };
  } catch (error) {
    if (error instanceof Beyond) return { kind: "beyond", what: error.message };
    throw error;
  }
}

function funcType(type: FuncType, parts: Parts): FunctionType {
  const result = parts.maybe(type.result);
  // it would be kept when whoever owns it has let it go
  if (parts.lends) throw new LinkError("a function lends what it gives back");
  return {
    params: uniquely(type.params).map(([name, param]) => [name, parts.value(param)] as const),
    result,
    mayWait: true,
    ...(type.isAsync && { isAsync: true }),
  };
}

type Composite = Exclude<Type, { kind: "func" | "instance" | "component" | "resource" | "primitive" }>;

function valueType(type: Composite, parts: Parts): WitType {
  switch (type.kind) {
    case "record":
      return {
        kind: "record",
        fields: uniquely(type.fields).map(([name, of]) => [name, parts.value(of)] as const),
      };
    case "variant":
      return {
        kind: "variant",
        cases: uniquely(type.cases).map(([tag, of]) => [tag, parts.maybe(of)] as const),
      };
    case "list":
      return { kind: "list", element: parts.value(type.element) };
    case "tuple":
      return { kind: "tuple", items: type.items.map((item) => parts.value(item)) };
    case "flags":
      if (type.labels.length > 32) throw new LinkError("flags are more than 32");
      return { kind: "flags", names: names(type.labels) };
    case "enum":
      return { kind: "enum", names: names(type.labels) };
    case "option":
      return { kind: "option", some: parts.value(type.some) };
    case "result":
      return { kind: "result", ok: parts.maybe(type.ok), err: parts.maybe(type.err) };
    case "own":
    case "borrow":
      parts.lends ||= type.kind === "borrow";
      return { kind: type.kind, resource: parts.resource(type.resource) };
    case "stream":
    case "future":
      return { kind: type.kind, element: element(type, parts) };
    default:
      throw new Beyond(`a ${type.kind}`);
  }
}

function element(
  { kind, element: of }: Extract<Type, { kind: "stream" | "future" }>,
  parts: Parts,
): WitType | undefined {
  const type = parts.maybe(of);
  // it would be kept when whoever owns it has let it go
  if (parts.lends) throw new LinkError(`a ${kind} lends what it carries`);
  if (type?.kind === "char" && kind === "stream") throw new LinkError("a stream carries single characters");
  return type;
}

function names(labels: readonly string[]): readonly string[] {
  return uniquely(labels.map((label) => [label, undefined] as const)).map(([label]) => label);
}

/** Refuses labels that JavaScript would spell alike: a field would take another's place. */
function uniquely<T>(labelled: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  const keys = new Set(labelled.map(([label]) => camelCase(label).toLowerCase()));
  if (keys.size < labelled.length) {
    throw new LinkError(`labels are alike: ${labelled.map(([label]) => quoted(label)).join(", ")}`);
  }
  return labelled;
}
