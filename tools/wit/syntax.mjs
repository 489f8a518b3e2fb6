// Reads one file of WIT: what it says, its names not looked up yet.
//
// Source: the component model's WIT.md; what is behind a gate of its own there (maps, lists of a fixed length, async) too.

import { tokens, WitError } from "./tokens.mjs";

/** @typedef {import("./tokens.mjs").Place} Place */
/** @typedef {import("./tokens.mjs").Token} Token */

/**
 * @typedef {object} Gate since when something is there, and whether it has to be asked for
 * @property {string} [since] a version
 * @property {string} [unstable] the feature that has to be switched on
 * @property {string} [deprecated] a version
 */

/** @typedef {{ name: string, place: Place, docs: string, gate: Gate }} Named */

/** @typedef {{ kind: string, place: Place, name?: string, args?: (TypeSyntax | undefined)[], length?: number }} TypeSyntax */

/** @typedef {{ namespace: string, name: string, version: string | undefined, place: Place }} PackageName */

/** @typedef {{ package: PackageName | undefined, name: string, place: Place }} InterfacePath */

/** @typedef {{ name: string, as: string, place: Place }} UsedName */

/**
 * @typedef {Named & { kind: "function" | "method" | "static" | "constructor", isAsync: boolean,
 *   params: [name: string, type: TypeSyntax][], result: TypeSyntax | undefined }} FunctionSyntax
 */

/**
 * @typedef {Named & { kind: "record" | "variant" | "enum" | "flags" | "resource" | "alias",
 *   members: (Named & { type: TypeSyntax | undefined })[], functions: FunctionSyntax[], type: TypeSyntax | undefined }}
 *   TypeDefinitionSyntax
 */

/** @typedef {{ kind: "use", from: InterfacePath, names: UsedName[], gate: Gate, place: Place }} UseSyntax */

/** @typedef {Named & { kind: "interface", types: TypeDefinitionSyntax[], functions: FunctionSyntax[], uses: UseSyntax[] }} InterfaceSyntax */

/**
 * @typedef {Named & { direction: "import" | "export", of: InterfacePath | InterfaceSyntax | FunctionSyntax }} WorldItemSyntax
 */

/**
 * @typedef {Named & { kind: "world", items: WorldItemSyntax[], types: TypeDefinitionSyntax[], uses: UseSyntax[],
 *   includes: { of: InterfacePath, with: UsedName[], gate: Gate }[] }} WorldSyntax
 */

/**
 * @typedef {object} PackageSyntax
 * @property {PackageName | undefined} package
 * @property {string} docs
 * @property {(InterfaceSyntax | WorldSyntax)[]} items
 * @property {{ from: InterfacePath, as: string }[]} uses of whole interfaces, under other names
 */

const SCALARS = [
  "bool",
  "u8",
  "u16",
  "u32",
  "u64",
  "s8",
  "s16",
  "s32",
  "s64",
  "f32",
  "f64",
  "char",
  "string",
];
const KEYWORDS = new Set([
  ...SCALARS,
  ...[
    "as",
    "async",
    "borrow",
    "constructor",
    "enum",
    "error-context",
    "export",
    "flags",
    "from",
    "func",
    "future",
  ],
  ...[
    "import",
    "include",
    "interface",
    "list",
    "map",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
  ],
  ...["static", "stream", "tuple", "type", "use", "variant", "with", "world"],
]);

/** How many types each kind has in its angle brackets: the least, the most. */
const ARGUMENTS = /** @type {Readonly<Record<string, readonly [number, number]>>} */ ({
  list: [1, 1],
  option: [1, 1],
  map: [2, 2],
  tuple: [0, Number.POSITIVE_INFINITY],
  result: [0, 2],
  stream: [0, 1],
  future: [0, 1],
});

/**
 * Reads a file.
 *
 * @param {string} text
 * @param {string} file what messages call it
 * @returns {PackageSyntax[]} what belongs to the file's package first, then the packages in braces
 * @throws WitError where it is no WIT
 */
export function parse(text, file) {
  return new Parser(tokens(text, file)).file();
}

class Parser {
  #at = 0;
  /** @type {readonly Token[]} */
  #tokens;

  /** @param {readonly Token[]} all */
  constructor(all) {
    this.#tokens = all;
  }

  /** @returns {PackageSyntax[]} */
  file() {
    /** @type {PackageSyntax} */
    const own = { package: undefined, docs: "", items: [], uses: [] };
    const nested = [];
    while (this.#peek.kind !== "end") {
      if (!this.#is("package")) {
        this.#topLevel(own);
        continue;
      }
      const { docs } = this.#expect("package");
      const name = this.#packageName();
      if (this.#is("{")) {
        /** @type {PackageSyntax} */
        const inner = { package: name, docs, items: [], uses: [] };
        this.#each("{", "}", () => this.#topLevel(inner));
        nested.push(inner);
      } else if (own.package !== undefined || own.items.length + own.uses.length > 0) {
        throw new WitError(name.place, "the package is named once, before all else");
      } else {
        this.#expect(";");
        Object.assign(own, { package: name, docs });
      }
    }
    return [own, ...nested];
  }

  /** @param {PackageSyntax} into */
  #topLevel(into) {
    if (this.#is("use")) {
      this.#expect("use");
      const from = this.#path();
      const as = this.#take("as") ? this.#name().text : from.name;
      this.#expect(";");
      into.uses.push({ from, as });
      return;
    }
    const gate = this.#gate();
    if (this.#is("interface")) into.items.push(this.#interface(gate));
    else if (this.#is("world")) into.items.push(this.#world(gate));
    else throw this.#unexpected("an interface, a world, a use or a package");
  }

  /**
   * @param {Gate} gate
   * @returns {InterfaceSyntax}
   */
  #interface(gate) {
    const { docs } = this.#expect("interface");
    const { text: name, place } = this.#name();
    return this.#interfaceBody({ name, place, docs: this.#docs(gate, docs), gate });
  }

  /**
   * @param {Named} named
   * @returns {InterfaceSyntax}
   */
  #interfaceBody(named) {
    /** @type {InterfaceSyntax} */
    const made = { kind: "interface", ...named, types: [], functions: [], uses: [] };
    this.#each("{", "}", () => {
      const gate = this.#gate();
      const { docs } = this.#peek;
      if (this.#is("use")) made.uses.push(this.#use(gate));
      else if (this.#startsType()) made.types.push(this.#typeDefinition(gate));
      else {
        const { text: name, place } = this.#name();
        this.#expect(":");
        made.functions.push(this.#function({ name, place, docs: this.#docs(gate, docs), gate }, "function"));
        this.#expect(";");
      }
    });
    return made;
  }

  /**
   * @param {Gate} gate
   * @returns {WorldSyntax}
   */
  #world(gate) {
    const { docs } = this.#expect("world");
    const { text: name, place } = this.#name();
    /** @type {WorldSyntax} */
    const made = {
      ...{ kind: "world", name, place, docs: this.#docs(gate, docs), gate },
      ...{ items: [], types: [], uses: [], includes: [] },
    };
    this.#each("{", "}", () => {
      const gate = this.#gate();
      if (this.#is("use")) made.uses.push(this.#use(gate));
      else if (this.#is("include")) made.includes.push(this.#include(gate));
      else if (this.#is("import") || this.#is("export")) made.items.push(this.#worldItem(gate));
      else if (this.#startsType()) made.types.push(this.#typeDefinition(gate));
      else throw this.#unexpected("an import, an export, an include, a use or a type");
    });
    return made;
  }

  /**
   * @param {Gate} gate
   * @returns {WorldItemSyntax}
   */
  #worldItem(gate) {
    const { text, docs } = this.#next();
    const direction = text === "import" ? "import" : "export";
    const { place } = this.#peek;
    const named = { docs: this.#docs(gate, docs), gate, place };
    const [, after, further] = this.#tokens.slice(this.#at, this.#at + 3);
    // `name: func` and `name: interface` are meant where a package's name would go on with another name and a slash
    const isOwn =
      after?.text === ":" && /^(?:func|async|interface)$/.test(further?.text ?? "") && !further?.escaped;
    if (!isOwn) {
      const path = this.#path();
      this.#expect(";");
      return { ...named, direction, name: path.name, of: path };
    }
    const name = this.#name().text;
    this.#expect(":");
    if (this.#take("interface"))
      return { ...named, direction, name, of: this.#interfaceBody({ ...named, name }) };
    const of = this.#function({ ...named, name }, "function");
    this.#expect(";");
    return { ...named, direction, name, of };
  }

  /** @param {Gate} gate */
  #include(gate) {
    this.#expect("include");
    const of = this.#path();
    const renamed = this.#take("with") ? this.#usedNames(true) : [];
    if (!this.#take(";") && renamed.length === 0) throw this.#unexpected(";");
    return { of, with: renamed, gate };
  }

  /**
   * @param {Gate} gate
   * @returns {UseSyntax}
   */
  #use(gate) {
    const { place } = this.#expect("use");
    const from = this.#path();
    this.#expect(".");
    const names = this.#usedNames(false);
    this.#expect(";");
    return { kind: "use", from, names, gate, place };
  }

  /**
   * @param {boolean} mustRename
   * @returns {UsedName[]}
   */
  #usedNames(mustRename) {
    return this.#list("{", "}", () => {
      const { text: name, place } = this.#name();
      if (mustRename && !this.#is("as")) throw this.#unexpected("as");
      return { name, as: this.#take("as") ? this.#name().text : name, place };
    });
  }

  /** @returns {boolean} whether a definition of a type comes, and not a function of such a name */
  #startsType() {
    return ["type", "record", "variant", "enum", "flags", "resource"].some((word) => this.#is(word));
  }

  /**
   * @param {Gate} gate
   * @returns {TypeDefinitionSyntax}
   */
  #typeDefinition(gate) {
    const { text: word, docs } = this.#next();
    const { text: name, place } = this.#name();
    const named = { name, place, docs: this.#docs(gate, docs), gate };
    /** @type {Omit<TypeDefinitionSyntax, "kind">} */
    const empty = { ...named, members: [], functions: [], type: undefined };
    switch (word) {
      case "type": {
        this.#expect("=");
        const type = this.#type();
        this.#expect(";");
        return { ...empty, kind: "alias", type };
      }
      case "resource":
        return { ...empty, kind: "resource", functions: this.#take(";") ? [] : this.#resourceBody(name) };
      case "record":
        return {
          ...empty,
          kind: "record",
          members: this.#members(place, () => this.#field()),
        };
      case "variant":
        return { ...empty, kind: "variant", members: this.#members(place, () => this.#payload()) };
      case "enum":
        return { ...empty, kind: "enum", members: this.#members(place, () => undefined) };
      default:
        return { ...empty, kind: "flags", members: this.#members(place, () => undefined) };
    }
  }

  /** @returns {TypeSyntax} */
  #field() {
    this.#expect(":");
    return this.#type();
  }

  /** @returns {TypeSyntax | undefined} */
  #payload() {
    if (!this.#take("(")) return undefined;
    const type = this.#type();
    this.#expect(")");
    return type;
  }

  /**
   * @param {Place} of
   * @param {() => TypeSyntax | undefined} type reads what follows a name
   */
  #members(of, type) {
    const members = this.#list("{", "}", () => {
      const gate = this.#gate();
      const { text: name, place, docs } = this.#name();
      return { name, place, docs: this.#docs(gate, docs), gate, type: type() };
    });
    if (members.length === 0) throw new WitError(of, "a type has members");
    return members;
  }

  /**
   * @param {string} of the resource's name
   * @returns {FunctionSyntax[]}
   */
  #resourceBody(of) {
    /** @type {FunctionSyntax[]} */
    const functions = [];
    this.#each("{", "}", () => {
      const gate = this.#gate();
      const { docs, place } = this.#peek;
      if (this.#is("constructor")) {
        this.#expect("constructor");
        const params = this.#params();
        const result = this.#take("->") ? this.#type() : { kind: "named", name: of, place };
        const named = { name: of, place, docs: this.#docs(gate, docs), gate };
        functions.push({ ...named, kind: "constructor", isAsync: false, params, result });
      } else {
        const { text: name } = this.#name();
        this.#expect(":");
        const kind = this.#take("static") ? "static" : "method";
        functions.push(this.#function({ name, place, docs: this.#docs(gate, docs), gate }, kind));
      }
      this.#expect(";");
    });
    return functions;
  }

  /**
   * @param {Named} named
   * @param {FunctionSyntax["kind"]} kind
   * @returns {FunctionSyntax}
   */
  #function(named, kind) {
    const isAsync = this.#take("async");
    this.#expect("func");
    const params = this.#params();
    return { ...named, kind, isAsync, params, result: this.#take("->") ? this.#type() : undefined };
  }

  /** @returns {[name: string, type: TypeSyntax][]} */
  #params() {
    return this.#list("(", ")", () => {
      const { text } = this.#name();
      this.#expect(":");
      return [text, this.#type()];
    });
  }

  /** @returns {TypeSyntax} */
  #type() {
    const { kind, text, escaped, place } = this.#peek;
    if (kind !== "word") throw this.#unexpected("a type");
    if (escaped || !KEYWORDS.has(text)) return { kind: "named", name: this.#name().text, place };
    this.#at += 1;
    if (SCALARS.includes(text) || text === "error-context") return { kind: text, place };
    if (text === "own" || text === "borrow") {
      this.#expect("<");
      const { text: name } = this.#name();
      this.#expect(">");
      return { kind: text, name, place };
    }
    const counts = ARGUMENTS[text];
    if (counts === undefined)
      throw new WitError(place, `${text} is a word of WIT, and no type: a name would be %${text}`);
    const [least, most] = counts;
    /** @type {TypeSyntax} */
    const type = { kind: text, place, args: [] };
    if (this.#is("<")) {
      const args = this.#list("<", ">", () => {
        if (text === "result" && this.#take("_")) return undefined;
        if (text === "list" && this.#peek.kind === "number") {
          type.length = Number(this.#next().text);
          if (!Number.isInteger(type.length) || type.length < 1)
            throw new WitError(place, "a list's length is a number above 0");
          return undefined;
        }
        return this.#type();
      });
      type.args = type.length === undefined ? args : args.slice(0, 1);
      if (args.length === 0) throw new WitError(place, `${text}<> has nothing between its brackets`);
    }
    const { length } = type.args ?? [];
    if (
      length === undefined ||
      length < least ||
      length > most ||
      (least > 0 && type.args?.includes(undefined))
    ) {
      throw new WitError(
        place,
        `${text} has ${least === most ? least : `${least} to ${most}`} types in its brackets`,
      );
    }
    return type;
  }

  /** @returns {InterfacePath} */
  #path() {
    const { text: name, place } = this.#name();
    if (!this.#is(":")) return { package: undefined, name, place };
    this.#expect(":");
    const inPackage = this.#name().text;
    this.#expect("/");
    const of = this.#name().text;
    const version = this.#version();
    return { package: { namespace: name, name: inPackage, version, place }, name: of, place };
  }

  /** @returns {PackageName} */
  #packageName() {
    const { text: namespace, place } = this.#name();
    this.#expect(":");
    return { namespace, name: this.#name().text, version: this.#version(), place };
  }

  /** @returns {string | undefined} */
  #version() {
    if (!this.#take("@")) return undefined;
    const { kind, text, place } = this.#next();
    if (kind !== "number" || !/^\d+\.\d+\.\d+/.test(text))
      throw new WitError(place, `${text || "nothing"} is not a version such as 1.2.3`);
    return text;
  }

  /** @returns {Gate} */
  #gate() {
    /** @type {Gate} */
    const gate = {};
    const { docs } = this.#peek;
    while (this.#take("@")) {
      const { text: kind, place } = this.#next();
      const key = { since: "version", unstable: "feature", deprecated: "version" }[kind];
      if (key === undefined)
        throw new WitError(place, `there is no @${kind}; there are @since, @unstable and @deprecated`);
      this.#expect("(");
      this.#expect(key);
      this.#expect("=");
      const value = this.#next();
      if (value.kind !== (key === "version" ? "number" : "word"))
        throw new WitError(value.place, `${value.text} is not a ${key}`);
      this.#expect(")");
      gate[/** @type {keyof Gate} */ (kind)] = value.text;
    }
    this.#gateDocs.set(gate, docs);
    return gate;
  }

  /** The comments that stand before a gate are those of what is behind it. @type {WeakMap<Gate, string>} */
  #gateDocs = new WeakMap();

  /**
   * @param {Gate} gate
   * @param {string} docs what stands between the gate and its item
   */
  #docs(gate, docs) {
    return this.#gateDocs.get(gate) || docs;
  }

  get #peek() {
    return /** @type {Token} */ (this.#tokens[this.#at]);
  }

  #next() {
    const token = this.#peek;
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  /** @param {string} text */
  #is(text) {
    return this.#peek.text === text && !this.#peek.escaped && this.#peek.kind !== "end";
  }

  /** @param {string} text */
  #take(text) {
    const is = this.#is(text);
    if (is) this.#at += 1;
    return is;
  }

  /** @param {string} text */
  #expect(text) {
    if (!this.#is(text)) throw this.#unexpected(text);
    return this.#next();
  }

  #name() {
    const { kind, text, escaped } = this.#peek;
    if (kind !== "word") throw this.#unexpected("a name");
    if (!escaped && KEYWORDS.has(text)) throw this.#unexpected(`a name, which would be %${text} here,`);
    return this.#next();
  }

  /** @param {string} wanted */
  #unexpected(wanted) {
    const { kind, text, place } = this.#peek;
    return new WitError(
      place,
      `${wanted} is expected, not ${kind === "end" ? "the end" : JSON.stringify(text)}`,
    );
  }

  /**
   * @param {string} open
   * @param {string} close
   * @param {() => void} read
   */
  #each(open, close, read) {
    const { place } = this.#expect(open);
    while (!this.#take(close)) {
      if (this.#peek.kind === "end") throw new WitError(place, `this ${open} is not closed`);
      read();
    }
  }

  /**
   * Things with commas between, the last of which may have one too.
   *
   * @template T
   * @param {string} open
   * @param {string} close
   * @param {() => T} read
   * @returns {T[]}
   */
  #list(open, close, read) {
    /** @type {T[]} */
    const items = [];
    this.#expect(open);
    while (!this.#take(close)) {
      items.push(read());
      if (!this.#take(",") && !this.#is(close)) throw this.#unexpected(`, or ${close}`);
    }
    return items;
  }
}
