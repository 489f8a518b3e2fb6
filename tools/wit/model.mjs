// Packages of WIT as one model: every name leads to what it stands for.

import { parse } from "./syntax.mjs";
import { WitError } from "./tokens.mjs";

/** @typedef {import("./tokens.mjs").Place} Place */
/** @typedef {import("./syntax.mjs").Gate} Gate */
/** @typedef {import("./syntax.mjs").TypeSyntax} TypeSyntax */
/** @typedef {import("./syntax.mjs").FunctionSyntax} FunctionSyntax */
/** @typedef {import("./syntax.mjs").InterfacePath} InterfacePath */
/** @typedef {import("./syntax.mjs").InterfaceSyntax} InterfaceSyntax */
/** @typedef {import("./syntax.mjs").WorldSyntax} WorldSyntax */
/** @typedef {import("./syntax.mjs").PackageSyntax} PackageSyntax */

/** @typedef {"bool" | "u8" | "u16" | "u32" | "u64" | "s8" | "s16" | "s32" | "s64" | "f32" | "f64" | "char" | "string" | "error-context"} Simple */

/**
 * @typedef {{ kind: Simple }
 *   | { kind: "list", element: Type, length: number | undefined }
 *   | { kind: "map", key: Type, value: Type }
 *   | { kind: "option", some: Type }
 *   | { kind: "result", ok: Type | undefined, err: Type | undefined }
 *   | { kind: "tuple", items: Type[] }
 *   | { kind: "stream" | "future", element: Type | undefined }
 *   | { kind: "own" | "borrow", resource: TypeDefinition }
 *   | { kind: "named", of: TypeDefinition }} Type a name of a resource is `own`; one of an alias is `named`
 */

/** @typedef {{ file: string, text: string }} SourceFile */

/** @typedef {{ name: string, docs: string, gate: Gate, place: Place }} Named */

/** @typedef {Named & { type: Type | undefined }} Member a field (with a type), a case (perhaps with one), a name or a flag */

/**
 * @typedef {Named & { kind: "record" | "variant" | "enum" | "flags" | "resource" | "alias", owner: Interface | undefined,
 *   members: Member[], functions: WitFunction[], type: Type | undefined }} TypeDefinition
 *   `functions` of a resource; `type` of an alias; `owner` is nothing for a type of a world
 */

/**
 * @typedef {Named & { kind: "function" | "method" | "static" | "constructor", isAsync: boolean,
 *   params: [name: string, type: Type][], result: Type | undefined, importName: string }} WitFunction
 *   `params` of a method begin with `self`; `importName` is that of a core module's import: `[method]pollable.ready`
 */

/**
 * @typedef {Named & { id: string, package: Package, types: Map<string, TypeDefinition>, functions: WitFunction[],
 *   uses: Interface[] }} Interface `id` is `wasi:io/poll@0.2.12`; `types` are its own, in the order of the text
 */

/** @typedef {{ name: string, gate: Gate, of: Interface | WitFunction }} WorldItem */

/** @typedef {Named & { id: string, package: Package, imports: Map<string, WorldItem>, exports: Map<string, WorldItem> }} World */

/**
 * @typedef {{ id: string, namespace: string, name: string, version: string | undefined, docs: string,
 *   interfaces: Map<string, Interface>, worlds: Map<string, World> }} Package
 */

/** Packages that may speak of one another. */
export class Model {
  /** By id: `wasi:io@0.2.12`. @type {Map<string, Package>} */
  packages = new Map();
  /** By id: `wasi:io/poll@0.2.12`. @type {Map<string, Interface>} */
  interfaces = new Map();
  /** By id. @type {Map<string, World>} */
  worlds = new Map();

  /** @type {Map<string, { syntax: InterfaceSyntax, package: Package, aliases: Map<string, InterfacePath> }>} */
  #interfaceSyntax = new Map();
  /** @type {Map<string, { syntax: WorldSyntax, package: Package, aliases: Map<string, InterfacePath> }>} */
  #worldSyntax = new Map();
  /** The types of each interface, those that it uses too. @type {Map<Interface, Scope>} */
  #scopes = new Map();
  /** What is being looked up, to notice circles. @type {Set<string>} */
  #open = new Set();

  /**
   * @param {readonly SourceFile[][]} groups the files of each package
   * @param {readonly SourceFile[][]} [deps] packages that count where there are no others of their names
   * @throws WitError
   */
  constructor(groups, deps = []) {
    for (const group of groups) this.#collect(group, new Set());
    const known = new Set(this.packages.keys());
    for (const group of deps) this.#collect(group, known);
    for (const id of this.#interfaceSyntax.keys()) this.#interface(id);
    for (const id of this.#worldSyntax.keys()) this.#world(id);
  }

  /**
   * The interface of an id.
   *
   * @param {string} id such as `wasi:io/poll@0.2.12`
   * @returns {Interface}
   * @throws Error where there is none
   */
  interface(id) {
    const found = this.interfaces.get(id);
    if (found === undefined) throw new Error(`there is no interface ${id}`);
    return found;
  }

  /**
   * The interfaces that a world imports, with those whose types they use, each after what it uses.
   *
   * @param {string} id such as `wasi:cli/imports@0.2.12`
   * @param {ReadonlySet<string>} features those that are switched on: what is behind others is not there
   * @returns {Interface[]}
   * @throws Error where there is no such world
   */
  importsOf(id, features) {
    const world = this.worlds.get(id);
    if (world === undefined) throw new Error(`there is no world ${id}`);
    /** @type {Set<Interface>} */
    const found = new Set();
    /** @param {Interface} each */
    const add = (each) => {
      if (found.has(each)) return;
      for (const used of each.uses) add(used);
      found.add(each);
    };
    for (const { gate, of } of world.imports.values()) {
      if ("types" in of && isThere(gate, features) && isThere(of.gate, features)) add(of);
    }
    return [...found];
  }

  /**
   * @param {readonly SourceFile[]} group
   * @param {ReadonlySet<string>} except packages to pass over
   */
  #collect(group, except) {
    const files = group.map(({ file, text }) => parse(text, file));
    const named = files.flatMap(([own]) => (own?.package === undefined ? [] : [own.package]));
    const [first] = named;
    for (const other of named) {
      if (first !== undefined && packageId(other) !== packageId(first)) {
        throw new WitError(other.place, `the folder's other files are of the package ${packageId(first)}`);
      }
    }
    for (const [own, ...nested] of files) {
      const parts = own === undefined ? nested : [{ ...own, package: own.package ?? first }, ...nested];
      for (const part of parts) {
        if (part.package === undefined || !except.has(packageId(part.package))) this.#collectPackage(part);
      }
    }
  }

  /** @param {PackageSyntax} part */
  #collectPackage({ package: name, docs, items, uses }) {
    if (name === undefined) {
      const [item] = items;
      if (item !== undefined) throw new WitError(item.place, "no file of its folder names the package");
      return;
    }
    const id = packageId(name);
    const { namespace, version } = name;
    /** @type {Package} */
    const made = this.packages.get(id) ?? {
      ...{ id, namespace, name: name.name, version, docs },
      ...{ interfaces: new Map(), worlds: new Map() },
    };
    this.packages.set(id, made);
    const aliases = new Map(uses.map(({ from, as }) => [as, from]));
    for (const syntax of items) {
      const itemId = idIn(made, syntax.name);
      if (this.#interfaceSyntax.has(itemId) || this.#worldSyntax.has(itemId)) {
        throw new WitError(syntax.place, `${syntax.name} is there already`);
      }
      if (syntax.kind === "interface") this.#interfaceSyntax.set(itemId, { syntax, package: made, aliases });
      else this.#worldSyntax.set(itemId, { syntax, package: made, aliases });
    }
  }

  /**
   * @param {InterfacePath} path
   * @param {Package} from
   * @param {ReadonlyMap<string, InterfacePath>} aliases
   * @returns {string} the id
   */
  #idOf(path, from, aliases) {
    if (path.package !== undefined) return idIn(path.package, path.name);
    const alias = aliases.get(path.name);
    return alias === undefined ? idIn(from, path.name) : this.#idOf(alias, from, new Map());
  }

  /**
   * @template T
   * @param {string} id
   * @param {Place} place
   * @param {() => T} make
   * @returns {T}
   */
  #once(id, place, make) {
    if (this.#open.has(id)) throw new WitError(place, `${id} uses itself, by ${[...this.#open].join(" → ")}`);
    this.#open.add(id);
    const made = make();
    this.#open.delete(id);
    return made;
  }

  /**
   * @param {string} id
   * @param {Place} [place] where it is spoken of
   * @returns {Interface}
   */
  #interface(id, place) {
    const known = this.interfaces.get(id);
    if (known !== undefined) return known;
    const found = this.#interfaceSyntax.get(id);
    if (found === undefined) throw new WitError(/** @type {Place} */ (place), `there is no interface ${id}`);
    const { syntax, package: of, aliases } = found;
    const made = this.#once(id, place ?? syntax.place, () => this.#makeInterface(id, syntax, of, aliases));
    this.interfaces.set(id, made);
    of.interfaces.set(syntax.name, made);
    return made;
  }

  /**
   * @param {string} id
   * @param {InterfaceSyntax} syntax
   * @param {Package} of
   * @param {ReadonlyMap<string, InterfacePath>} aliases
   * @returns {Interface}
   */
  #makeInterface(id, { name, docs, gate, place, types, functions, uses }, of, aliases) {
    /** @type {Interface} */
    const made = { id, name, docs, gate, place, package: of, types: new Map(), functions: [], uses: [] };
    const scope = new Scope(made);
    this.#scopes.set(made, scope);
    this.#use(uses, of, aliases, scope, made.uses);
    scope.define(types);
    made.types = scope.own;
    const names = new Set(types.map((each) => each.name));
    for (const each of functions) {
      if (names.has(each.name)) throw new WitError(each.place, `${each.name} is there already`);
      names.add(each.name);
      made.functions.push(scope.function(each, undefined));
    }
    return made;
  }

  /**
   * @param {readonly import("./syntax.mjs").UseSyntax[]} uses
   * @param {Package} of
   * @param {ReadonlyMap<string, InterfacePath>} aliases
   * @param {Scope} scope
   * @param {Interface[]} used
   */
  #use(uses, of, aliases, scope, used) {
    for (const { from, names } of uses) {
      const source = this.#interface(this.#idOf(from, of, aliases), from.place);
      if (!used.includes(source)) used.push(source);
      for (const { name, as, place } of names) {
        const type = this.#scopes.get(source)?.find(name);
        if (type === undefined) throw new WitError(place, `${source.id} has no type ${name}`);
        scope.add(as, type, place);
      }
    }
  }

  /**
   * @param {string} id
   * @param {Place} [place]
   * @returns {World}
   */
  #world(id, place) {
    const known = this.worlds.get(id);
    if (known !== undefined) return known;
    const found = this.#worldSyntax.get(id);
    if (found === undefined) throw new WitError(/** @type {Place} */ (place), `there is no world ${id}`);
    const { syntax, package: of, aliases } = found;
    const made = this.#once(id, place ?? syntax.place, () => this.#makeWorld(id, syntax, of, aliases));
    this.worlds.set(id, made);
    of.worlds.set(syntax.name, made);
    return made;
  }

  /**
   * @param {string} id
   * @param {WorldSyntax} syntax
   * @param {Package} of
   * @param {ReadonlyMap<string, InterfacePath>} aliases
   * @returns {World}
   */
  #makeWorld(id, { name, docs, gate, place, items, types, uses, includes }, of, aliases) {
    /** @type {World} */
    const made = { id, name, docs, gate, place, package: of, imports: new Map(), exports: new Map() };
    const scope = new Scope(undefined);
    /** @type {Interface[]} */
    const used = [];
    this.#use(uses, of, aliases, scope, used);
    for (const each of used) made.imports.set(each.id, { name: each.id, gate: {}, of: each });
    scope.define(types);
    for (const { of: path, with: renamed, gate: includeGate } of includes) {
      const included = this.#world(this.#idOf(path, of, aliases), path.place);
      const names = new Map(renamed.map(({ name: from, as }) => [from, as]));
      for (const direction of /** @type {const} */ (["imports", "exports"])) {
        for (const [key, item] of included[direction]) {
          const as = names.get(key) ?? key;
          made[direction].set(as, { ...item, name: as, gate: { ...includeGate, ...item.gate } });
        }
      }
    }
    for (const item of items) {
      const into = item.direction === "import" ? made.imports : made.exports;
      const { key, of: what } = this.#worldItem(item, of, aliases, scope);
      if (into.has(key) && !("package" in item.of)) throw new WitError(item.place, `${key} is there already`);
      into.set(key, { name: key, gate: item.gate, of: what });
    }
    return made;
  }

  /**
   * @param {import("./syntax.mjs").WorldItemSyntax} item
   * @param {Package} of
   * @param {ReadonlyMap<string, InterfacePath>} aliases
   * @param {Scope} scope
   * @returns {{ key: string, of: Interface | WitFunction }}
   */
  #worldItem({ name, of: what }, of, aliases, scope) {
    if ("package" in what) {
      const found = this.#interface(this.#idOf(what, of, aliases), what.place);
      return { key: found.id, of: found };
    }
    if (what.kind === "interface") return { key: name, of: this.#makeInterface(name, what, of, aliases) };
    return { key: name, of: scope.function(what, undefined) };
  }
}

/** The types of an interface or a world by the names that they have there. */
class Scope {
  /** @type {Map<string, TypeDefinition>} */
  #types = new Map();
  /** Those that it defines. @type {Map<string, TypeDefinition>} */
  own = new Map();
  /** @type {Interface | undefined} */
  #owner;

  /** @param {Interface | undefined} owner */
  constructor(owner) {
    this.#owner = owner;
  }

  /** @param {string} name */
  find(name) {
    return this.#types.get(name);
  }

  /**
   * @param {string} name
   * @param {TypeDefinition} type
   * @param {Place} place
   */
  add(name, type, place) {
    if (this.#types.has(name)) throw new WitError(place, `${name} is there already`);
    this.#types.set(name, type);
  }

  /** @param {readonly import("./syntax.mjs").TypeDefinitionSyntax[]} definitions which may speak of one another */
  define(definitions) {
    for (const { kind, name, docs, gate, place } of definitions) {
      /** @type {TypeDefinition} */
      const made = {
        kind,
        name,
        docs,
        gate,
        place,
        owner: this.#owner,
        members: [],
        functions: [],
        type: undefined,
      };
      this.add(name, made, place);
      this.own.set(name, made);
    }
    for (const { name, members, functions, type } of definitions) {
      const made = /** @type {TypeDefinition} */ (this.own.get(name));
      made.members = members.map((member) => ({ ...member, type: member.type && this.type(member.type) }));
      made.type = type && this.type(type);
      made.functions = functions.map((each) => this.function(each, made));
      const twice = repeated([...members, ...functions.filter((each) => each.kind !== "constructor")]);
      if (twice !== undefined) throw new WitError(twice.place, `${name} has ${twice.name} already`);
    }
    for (const made of this.own.values()) refuseCircle(made, []);
  }

  /**
   * @param {FunctionSyntax} syntax
   * @param {TypeDefinition | undefined} resource that it belongs to
   * @returns {WitFunction}
   */
  function({ name, kind, docs, gate, place, isAsync, params, result }, resource) {
    /** @type {[string, Type][]} */
    const made = params.map(([param, type]) => [param, this.type(type)]);
    const twice = repeated(made.map(([param]) => ({ name: param, place })));
    if (twice !== undefined) throw new WitError(place, `${name} has two parameters ${twice.name}`);
    if (kind === "method" && resource !== undefined) made.unshift(["self", { kind: "borrow", resource }]);
    const importName = {
      function: name,
      method: `[method]${resource?.name}.${name}`,
      static: `[static]${resource?.name}.${name}`,
      constructor: `[constructor]${resource?.name}`,
    }[kind];
    return {
      name,
      kind,
      docs,
      gate,
      place,
      isAsync,
      params: made,
      result: result && this.type(result),
      importName,
    };
  }

  /**
   * @param {TypeSyntax} syntax
   * @returns {Type}
   */
  type({ kind, name = "", args = [], length, place }) {
    /** @param {number} i */
    const optional = (i) => (args[i] === undefined ? undefined : this.type(args[i]));
    /** @param {number} i */
    const at = (i) => /** @type {Type} */ (optional(i));
    switch (kind) {
      case "named": {
        const of = this.find(name);
        if (of === undefined) throw new WitError(place, `there is no type ${name} here`);
        return of.kind === "resource" ? { kind: "own", resource: of } : { kind: "named", of };
      }
      case "own":
      case "borrow": {
        const of = this.find(name);
        const resource = of && aliased(of);
        if (resource?.kind !== "resource") throw new WitError(place, `${name} is not a resource here`);
        return { kind, resource };
      }
      case "list":
        return { kind, element: at(0), length };
      case "map":
        return { kind, key: at(0), value: at(1) };
      case "option":
        return { kind, some: at(0) };
      case "result":
        return { kind, ok: optional(0), err: optional(1) };
      case "tuple":
        return { kind, items: args.map((_, i) => at(i)) };
      case "stream":
      case "future":
        return { kind, element: optional(0) };
      default:
        return { kind: /** @type {Simple} */ (kind) };
    }
  }
}

/**
 * Whether something is there.
 *
 * @param {Gate} gate
 * @param {ReadonlySet<string>} features that are switched on
 */
export function isThere({ unstable }, features) {
  return unstable === undefined || features.has(unstable);
}

/**
 * What an alias stands for at the end.
 *
 * @param {TypeDefinition} of
 * @returns {TypeDefinition} itself where it is no alias of something with a name
 */
function aliased(of) {
  if (of.type?.kind === "named") return aliased(of.type.of);
  return of.type?.kind === "own" ? of.type.resource : of;
}

/**
 * @param {TypeDefinition} type
 * @param {readonly TypeDefinition[]} within
 */
function refuseCircle(type, within) {
  if (within.includes(type)) {
    throw new WitError(
      type.place,
      `${type.name} holds itself: ${[...within, type].map(({ name }) => name).join(" → ")}`,
    );
  }
  /** @param {Type | undefined} part */
  const walk = (part) => {
    if (part === undefined) return;
    if (part.kind === "named") refuseCircle(part.of, [...within, type]);
    else for (const inner of partsOf(part)) walk(inner);
  };
  for (const member of type.members) walk(member.type);
  walk(type.type);
}

/**
 * @param {Type} type
 * @returns {Type[]} the types that it is made of, without those of a named one
 */
function partsOf(type) {
  switch (type.kind) {
    case "list":
      return [type.element];
    case "map":
      return [type.key, type.value];
    case "option":
      return [type.some];
    case "result":
      return [type.ok, type.err].filter((part) => part !== undefined);
    case "tuple":
      return type.items;
    case "stream":
    case "future":
      return type.element === undefined ? [] : [type.element];
    default:
      return [];
  }
}

/**
 * @template {{ name: string }} T
 * @param {readonly T[]} named
 * @returns {T | undefined} the first that has the name of one before it
 */
function repeated(named) {
  return named.find(({ name }, i) => named.findIndex((other) => other.name === name) < i);
}

/** @param {{ namespace: string, name: string, version: string | undefined }} name */
function packageId({ namespace, name, version }) {
  return `${namespace}:${name}${version === undefined ? "" : `@${version}`}`;
}

/**
 * @param {{ namespace: string, name: string, version: string | undefined }} of
 * @param {string} name
 */
function idIn({ namespace, name: inPackage, version }, name) {
  return `${namespace}:${inPackage}/${name}${version === undefined ? "" : `@${version}`}`;
}
