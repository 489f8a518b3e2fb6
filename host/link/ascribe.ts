/** Ascription: what is given for an import is held against the type that the component declares. */

import { sameFunc, sameType } from "../abi/types.ts";
import type { Alias, Declaration, ExternType } from "../component/ast.ts";
import { quoted } from "../component/names.ts";
import { type Extern, type InstanceItem, Scope, type TypeItem } from "./items.ts";
import { LinkError } from "./refusal.ts";
import { resolveType } from "./types.ts";

/**
 * Holds something against a type.
 *
 * @param declared the type, whose indexes are `scope`'s
 * @param given what is there; `undefined` where nothing is
 * @param where how messages call it
 * @returns it, with only what the type has
 * @throws LinkError when it is not of that type
 */
export function ascribe(
  declared: ExternType,
  scope: Scope,
  given: Extern | undefined,
  where: string,
): Extern {
  if (given === undefined) throw new LinkError(`it imports what is not served here: ${where}`);
  if (given.sort !== declared.sort)
    throw new LinkError(`${where} is a ${given.sort}, not a ${declared.sort}`);
  switch (declared.sort) {
    case "func": {
      const type = scope.get("type", declared.type);
      if (type.kind === "beyond") throw new LinkError(`${where} has ${type.what}, which is not served here`);
      if (type.kind !== "func") throw new LinkError(`${where} is given the type of no function`);
      scope.charge(type.weight);
      if (given.sort === "func" && !sameFunc(type.type, given.item.type)) {
        throw new LinkError(`${where} has other parameters or another result than what is served here`);
      }
      return given;
    }
    case "instance": {
      const type = scope.get("type", declared.type);
      if (type.kind !== "instance") throw new LinkError(`${where} is given the type of no instance`);
      if (given.sort !== "instance") return given;
      return { sort: "instance", item: ascribeInstance(type, given.item, where) };
    }
    case "type":
      return { sort: "type", item: ascribeType(declared.equals, scope, given, where) };
    case "value":
      throw new LinkError(`${where} is a value, which is not done`);
    default:
      // a component and a module are held against what they are given when they are instantiated
      return given;
  }
}

function ascribeType(equals: number | undefined, scope: Scope, given: Extern, where: string): TypeItem {
  const item = given.sort === "type" ? given.item : undefined;
  if (equals === undefined) {
    if (item?.kind !== "resource") throw new LinkError(`${where} is not a resource`);
    return item;
  }
  const declared = scope.get("type", equals);
  scope.charge(declared.kind === "value" || declared.kind === "func" ? declared.weight : 1);
  if (item === undefined || !sameItem(declared, item)) {
    throw new LinkError(`${where} is another type than it is said to be`);
  }
  return declared;
}

function sameItem(one: TypeItem, other: TypeItem): boolean {
  if (one === other) return true;
  if (one.kind === "value" && other.kind === "value") return sameType(one.type, other.type);
  if (one.kind === "func" && other.kind === "func") return sameFunc(one.type, other.type);
  if (one.kind === "resource" && other.kind === "resource") return one.resource === other.resource;
  // types of components and of what isn't served are used by nobody here
  return one.kind === other.kind && one.kind !== "value" && one.kind !== "func" && one.kind !== "resource";
}

function ascribeInstance(
  type: { readonly declarations: readonly Declaration[]; readonly scope: Scope },
  given: InstanceItem,
  where: string,
): InstanceItem {
  const scope = new Scope(type.scope, false);
  const exports = new Map<string, Extern>();
  for (const declaration of type.declarations) {
    switch (declaration.kind) {
      case "core type":
        scope.add("core type", declaration.type);
        break;
      case "type":
        scope.add("type", resolveType(declaration.type, scope));
        break;
      case "alias":
        scope.addExtern(aliased(declaration, scope));
        break;
      case "export": {
        const { name, type: declared } = declaration;
        const inner = `${where}#${name}`;
        const there = named(name, declared, scope, given);
        const extern = ascribe(declared, scope, there, inner);
        exports.set(name, extern);
        scope.addExtern(extern);
        break;
      }
      case "import":
        throw new LinkError(`${where}: the type of an instance has an import`);
    }
  }
  return { exports, isHost: given.isHost };
}

/** What is given by a name, or for one. */
export function named(
  label: string,
  declared: ExternType,
  scope: Scope,
  given: InstanceItem,
): Extern | undefined {
  return given.exports.get(label) ?? unnamed(label, declared, scope, given);
}

/**
 * What has no name in an instance of ours: the type of values is what it is said to be, or the functions that use it
 * are refused. What somebody else serves is all of it what it is said to be.
 */
function unnamed(label: string, declared: ExternType, scope: Scope, given: InstanceItem): Extern | undefined {
  if (!given.isHost) return undefined;
  if (declared.sort === "func") {
    const type = scope.get("type", declared.type);
    return type.kind === "func" ? given.func?.(label, type.type) : undefined;
  }
  if (declared.sort === "instance") return given.instance?.(label);
  if (declared.sort !== "type") return undefined;
  if (declared.equals === undefined) return given.resource?.(label);
  return { sort: "type", item: scope.get("type", declared.equals) };
}

/**
 * What an alias stands for.
 *
 * @param alias one of an export or of what lies around
 * @param scope where it stands
 * @throws LinkError when that isn't there
 */
export function aliased(alias: Alias, scope: Scope): Extern {
  switch (alias.from) {
    case "export": {
      const found = scope.get("instance", alias.instance).exports.get(alias.name);
      if (found?.sort !== alias.sort) {
        throw new LinkError(`an instance exports no ${alias.sort} ${quoted(alias.name)}`);
      }
      return found;
    }
    case "core export": {
      const item = scope.get("core instance", alias.instance).get(alias.name);
      const sort = item === undefined ? undefined : coreSorts.get(item.kind);
      if (item === undefined || sort !== alias.sort) {
        throw new LinkError(`a core instance exports no ${alias.sort.slice(5)} ${quoted(alias.name)}`);
      }
      return { sort, item } as Extern;
    }
    case "outer": {
      const around = scope.outer(alias.count);
      const extern = around.extern(alias.sort, alias.index);
      if (!["type", "core type", "component", "core module"].includes(alias.sort)) {
        throw new LinkError(`a ${alias.sort} of a component around is none of its own`);
      }
      if (extern.sort === "type" && extern.item.kind === "resource" && crosses(scope, alias.count)) {
        throw new LinkError("a resource of a component around is none of its own");
      }
      return extern;
    }
  }
}

const coreSorts: ReadonlyMap<string, Extern["sort"]> = new Map([
  ["function", "core func"],
  ["table", "core table"],
  ["memory", "core memory"],
  ["global", "core global"],
  ["tag", "core tag"],
]);

/** Whether a component's border lies between a scope and one around it. */
function crosses(scope: Scope, count: number): boolean {
  let inner: Scope | undefined = scope;
  for (let i = 0; i < count && inner !== undefined; i++, inner = inner.parent) {
    if (inner.ofComponent) return true;
  }
  return false;
}
