/** What a component exports, as objects of JavaScript: functions, classes, and interfaces of them. */

import { type Label, labelOf } from "../abi/members.ts";
import { camelCase, className, type FunctionType, type Resource } from "../abi/types.ts";
import { bare } from "../abi/webassembly.ts";
import type { Extern, FuncItem } from "../link/items.ts";
import { LinkError } from "../link/refusal.ts";
import { type Calling, exported } from "./functions.ts";
import type { Construct } from "./resources.ts";

type Members = Record<string, unknown>;

/** The name by which an interface goes beside its full one: `acme:demo/calc@1.2.0` is `calc`. */
export function shortName(name: string): string {
  return camelCase(name.replace(/^.*\//, "").replace(/@.*$/, ""));
}

/**
 * Makes the object of what a component exports.
 *
 * @throws LinkError for a name that JavaScript can't have
 */
export function exportsOf(externs: ReadonlyMap<string, Extern>, calling: Calling): Members {
  const made = members(externs, "", calling);
  const shorts = new Map<string, unknown[]>();
  for (const [name, extern] of externs) {
    if (extern.sort !== "instance") continue;
    const instance = Object.freeze(members(extern.item.exports, `${name}#`, calling));
    made[name] = instance;
    const short = shortName(name);
    shorts.set(short, [...(shorts.get(short) ?? []), instance]);
  }
  for (const [short, instances] of shorts) {
    if (!Object.hasOwn(made, short) && instances.length === 1) made[short] = instances[0];
  }
  return Object.freeze(made);
}

function members(externs: ReadonlyMap<string, Extern>, prefix: string, calling: Calling): Members {
  const made = bare<unknown>();
  const resources = new Map<string, Resource>();
  for (const [label, extern] of externs) {
    if (extern.sort !== "type" || extern.item.kind !== "resource") continue;
    const { resource } = extern.item;
    resources.set(label, resource);
    if (resource.interface === OWN)
      made[className(label)] = calling.resources.classOf(resource, className(label));
  }
  for (const [label, extern] of externs) {
    if (extern.sort !== "func") continue;
    addFunction(labelOf(label), extern.item, `${prefix}${label}`, { made, resources }, calling);
  }
  return made;
}

/** Who makes the resources that are a component's own, as they are called when it is linked. */
export const OWN = "the program";

function addFunction(
  { kind, of, name }: Label,
  { lifted }: FuncItem,
  where: string,
  { made, resources }: { readonly made: Members; readonly resources: ReadonlyMap<string, Resource> },
  calling: Calling,
): void {
  if (lifted === undefined)
    throw new LinkError(`its export ${where} is one of its imports, which is not done`);
  if (kind === "") {
    made[camelCase(name)] = exported(lifted, where, calling);
    return;
  }
  const resource = resources.get(of);
  if (resource === undefined) throw new LinkError(`its export ${where} belongs to no resource`);
  const wrong = wrongMember(kind, lifted.type, resource);
  if (wrong !== undefined) throw new LinkError(`its export ${where} ${wrong} ${of}`);
  const Class = calling.resources.classOf(resource, className(of));
  if (kind === "constructor") {
    const make = exported(lifted, where, { ...calling, promises: false });
    const construct: Construct = (args) => make(...args);
    calling.resources.constructed(resource, construct);
    return;
  }
  const call = exported(lifted, where, calling);
  const key = camelCase(name);
  if (key === "prototype" && kind === "static")
    throw new LinkError(`${where} can't be a static function of a class`);
  const value = kind === "static" ? call : methodOf(call);
  Object.defineProperty(kind === "static" ? Class : Class.prototype, key, {
    ...{ value, configurable: true, writable: true },
  });
}

/** Why a function can't be a member of a class; `undefined` where it can. */
function wrongMember(
  kind: Label["kind"],
  { params, result, isAsync }: FunctionType,
  resource: Resource,
): string | undefined {
  if (kind === "constructor") {
    const made = result?.kind === "result" ? result.ok : result;
    return !isAsync && made?.kind === "own" && made.resource === resource ? undefined : "gives no";
  }
  const self = params[0]?.[1];
  if (kind === "static" || (self?.kind === "borrow" && self.resource === resource)) return undefined;
  return "is not lent first a";
}

function methodOf(call: (...values: unknown[]) => unknown): (...values: unknown[]) => unknown {
  return function (this: unknown, ...values) {
    return call(this, ...values);
  };
}
