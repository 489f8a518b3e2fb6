// Writes how values are lifted and lowered: expressions and statements, and a function for each type that has cases.

import { isGiven } from "./attributes.mjs";
import { typeSpeller } from "./faces.mjs";
import { casesOf, layoutOf, offsetsOf, partsOf } from "./layout.mjs";
import { camelCase, className } from "./names.mjs";

/** @typedef {import("./model.mjs").Type} Type */
/** @typedef {import("./model.mjs").TypeDefinition} TypeDefinition */
/** @typedef {import("./layout.mjs").Core} Core */

/** How numbers are read from a `DataView`, and written. */
const NUMBERS = /** @type {Readonly<Record<string, string>>} */ ({
  ...{ u8: "Uint8", u16: "Uint16", u32: "Uint32", u64: "BigUint64", s8: "Int8", s16: "Int16", s32: "Int32" },
  ...{ s64: "BigInt64", f32: "Float32", f64: "Float64" },
});

/** How a number is made of a core value `x`. */
const LIFTED = /** @type {Readonly<Record<string, (x: string) => string>>} */ ({
  bool: (x) => `${x} !== 0`,
  u8: (x) => `${x} & 0xff`,
  u16: (x) => `${x} & 0xffff`,
  u32: (x) => `${x} >>> 0`,
  u64: (x) => `${x} >= 0n ? ${x} : BigInt.asUintN(64, ${x})`,
  s8: (x) => `(${x} << 24) >> 24`,
  s16: (x) => `(${x} << 16) >> 16`,
  char: (x) => `character(${x}, where)`,
});

/** Writes values, with a function of its own for each type that has a name. */
export class Values {
  /** @type {Map<string, string>} */
  helpers = new Map();
  #types;
  #resources;
  spell;
  /** The classes that the function being written tells objects by, by the names of their resources. @type {Set<TypeDefinition>} */
  #classes = new Set();
  #counter = 0;

  /**
   * @param {ReadonlyMap<TypeDefinition, string>} types
   * @param {ReadonlyMap<TypeDefinition, string>} resources
   */
  constructor(types, resources) {
    this.#types = types;
    this.#resources = resources;
    this.spell = typeSpeller(types, "wit.");
  }

  /** Begins another function: what it needs beside its values is told apart from the last one's. */
  begin() {
    this.#classes.clear();
    this.#counter = 0;
  }

  /** @returns {string} what finds the classes that the function's values are told by */
  found() {
    const all = [...this.#classes];
    return all
      .map((each) => `const ${this.#classOf(each)} = table.classOf(${this.#resource(each)});`)
      .join("\n");
  }

  /**
   * The function that gives a guest an error, or ends it.
   *
   * @param {Type} type
   */
  failer(type) {
    return this.#helper(`fail${this.#nameOf(type)}`, (name) => {
      return `function ${name}(s: Calling, into: number, offset: number, thrown: unknown): void {
        failing(s, into, thrown);
        try { ${this.#storeCall(type)}(s, into + offset, thrown as ${this.spell(type)}); } catch (error) { throw ended(error, s); }
      }`;
    });
  }

  /**
   * An expression for the value of core values.
   *
   * @param {Type} type
   * @param {readonly string[]} slots
   * @returns {string}
   */
  lift(type, slots) {
    const [first = "", second = ""] = slots;
    const plain = resolved(type);
    if (plain.kind in LIFTED) return /** @type {(x: string) => string} */ (LIFTED[plain.kind])(first);
    switch (plain.kind) {
      case "s32":
      case "s64":
      case "f32":
      case "f64":
        return first;
      case "string":
        return `liftText(s, ${first}, ${second})`;
      case "list":
        if (plain.element.kind === "u8") return `memory.lend(${first} >>> 0, ${second} >>> 0, where)`;
        return `${this.#listLifter(plain)}(s, ${first} >>> 0, ${second} >>> 0)`;
      case "own":
        return `(table.take(${first}, ${this.#resource(plain.resource)}, where) as ${this.spell(plain)})`;
      case "borrow":
        return `(table.find(${first}, ${this.#resource(plain.resource)}, where) as ${this.spell(plain)})`;
      case "option": {
        const some = this.#liftCase(plain.some, slots.slice(1), layoutOf(plain).flat.slice(1));
        return `(isSome(${first}, where) ? ${some} : undefined)`;
      }
      case "tuple": {
        let at = 0;
        const items = plain.items.map((item) => {
          const width = layoutOf(item).flat.length;
          at += width;
          return this.lift(item, slots.slice(at - width, at));
        });
        return `[${items.join(", ")}]`;
      }
      case "result":
      case "named": {
        if (plain.kind === "named" && plain.of.kind === "enum") return this.#enumLift(plain, first);
        if (plain.kind === "named" && plain.of.kind === "flags")
          return `${this.#flagsLifter(plain)}(${first})`;
        return `${this.#lifter(plain)}(s, ${slots.join(", ")})`;
      }
      default:
        throw new Error(`${plain.kind} can't be lifted here`);
    }
  }

  /**
   * @param {Type} type of a case
   * @param {readonly string[]} slots that the cases share
   * @param {readonly Core[]} shared their types
   */
  #liftCase(type, slots, shared) {
    const own = layoutOf(type).flat;
    if (own.some((core, i) => core !== shared[i]))
      throw new Error(`${this.#nameOf(type)}: cases of unlike core types are not written yet`);
    return this.lift(type, slots.slice(0, own.length));
  }

  /**
   * The function that lifts a record, a variant or a result from core values.
   *
   * @param {Type} type
   */
  #lifter(type) {
    return this.#helper(`lift${this.#nameOf(type)}`, (name) => {
      const { flat } = layoutOf(type);
      const slots = flat.map(
        (core, i) => /** @type {const} */ ([i === 0 && casesOf(type) ? "discriminant" : `a${i}`, core]),
      );
      const names = slots.map(([slot]) => slot);
      const params = slots
        .map(([slot, core]) => `${slot}: ${core === "i64" ? "bigint" : "number"}`)
        .join(", ");
      const cases = casesOf(type);
      /** @param {Type} payload */
      const lift = (payload) => this.#liftCase(payload, names.slice(1), flat.slice(1));
      const body =
        cases === undefined ? this.#recordLift(type, names) : this.#switch(cases, "discriminant", lift);
      const scope = scopeOf(body);
      const isUsed = /\bs\b/.test(scope + body);
      return `function ${name}(${isUsed ? "s" : "_s"}: Calling, ${params}): ${this.spell(type)} { ${scope} ${body} }`;
    });
  }

  /**
   * @param {Type} type a record
   * @param {readonly string[]} slots
   */
  #recordLift(type, slots) {
    let at = 0;
    const fields = this.#fields(type).map(([name, field]) => {
      const width = layoutOf(field).flat.length;
      at += width;
      return `${name}: ${this.lift(field, slots.slice(at - width, at))}`;
    });
    return `return { ${fields.join(", ")} };`;
  }

  /**
   * @param {readonly (readonly [string, Type | undefined])[]} cases
   * @param {string} discriminant
   * @param {(payload: Type) => string} read
   */
  #switch(cases, discriminant, read) {
    const all = cases.map(([tag, payload], i) => {
      return `case ${i}: return { tag: ${JSON.stringify(tag)}, val: ${payload === undefined ? "undefined" : read(payload)} };`;
    });
    return `switch (${discriminant}) { ${all.join("\n")} default: throw noCase(${discriminant}, ${cases.length}, where); }`;
  }

  /**
   * An expression for what lies at an address.
   *
   * @param {Type} type
   * @param {string} at
   * @returns {string}
   */
  load(type, at) {
    const plain = resolved(type);
    const number = NUMBERS[plain.kind];
    if (number !== undefined) return `memory.view.get${number}(${at}${/8$/.test(number) ? "" : ", true"})`;
    const word = (/** @type {number} */ offset) => `memory.view.getUint32(${plus(at, offset)}, true)`;
    switch (plain.kind) {
      case "bool":
        return `memory.view.getUint8(${at}) !== 0`;
      case "char":
        return `character(${word(0)}, where)`;
      case "string":
        return `liftText(s, ${word(0)}, ${word(4)})`;
      case "list":
        if (plain.element.kind === "u8") return `memory.lend(${word(0)}, ${word(4)}, where)`;
        return `${this.#listLifter(plain)}(s, ${word(0)}, ${word(4)})`;
      case "own":
      case "borrow":
        return this.lift(plain, [`memory.view.getInt32(${at}, true)`]);
      case "option": {
        const { payload } = layoutOf(plain);
        return `(isSome(memory.view.getUint8(${at}), where) ? ${this.load(plain.some, plus(at, payload))} : undefined)`;
      }
      case "tuple": {
        const { offsets } = offsetsOf(plain.items);
        return `[${plain.items.map((item, i) => this.load(item, plus(at, offsets[i] ?? 0))).join(", ")}]`;
      }
      case "result":
      case "named": {
        const bits = `memory.view.getUint${8 * discriminantSize(plain)}(${at}${discriminantSize(plain) === 1 ? "" : ", true"})`;
        if (plain.kind === "named" && plain.of.kind === "enum") return this.#enumLift(plain, bits);
        if (plain.kind === "named" && plain.of.kind === "flags")
          return `${this.#flagsLifter(plain)}(${bits})`;
        return casesOf(plain) === undefined
          ? this.#recordLoad(plain, at)
          : `${this.#loader(plain)}(s, ${at})`;
      }
      default:
        throw new Error(`${plain.kind} can't be loaded here`);
    }
  }

  /**
   * The function that reads a variant or a result.
   *
   * @param {Type} type
   */
  #loader(type) {
    return this.#helper(`load${this.#nameOf(type)}`, (name) => {
      const cases = /** @type {[string, Type | undefined][]} */ (casesOf(type));
      const { payload } = layoutOf(type);
      const size = discriminantSize(type);
      const body = `const discriminant = memory.view.getUint${8 * size}(at${size === 1 ? "" : ", true"});
        ${this.#switch(cases, "discriminant", (each) => this.load(each, plus("at", payload)))}`;
      return `function ${name}(s: Calling, at: number): ${this.spell(type)} { ${bodyOf(body)} }`;
    });
  }

  /**
   * @param {Type} type a record
   * @param {string} at
   * @returns {string} an expression: where records lie in one another, calls would be more than the engine puts together
   */
  #recordLoad(type, at) {
    const { offsets } = offsetsOf(/** @type {Type[]} */ (partsOf(type)));
    const fields = this.#fields(type).map(
      ([name, field], i) => `${name}: ${this.load(field, plus(at, offsets[i] ?? 0))}`,
    );
    return `{ ${fields.join(", ")} }`;
  }

  /**
   * The function that makes the items of a list.
   *
   * @param {Extract<Type, { kind: "list" }>} type
   */
  #listLifter({ kind, element, length }) {
    return this.#helper(`lift${this.#nameOf({ kind, element, length })}`, (name) => {
      const body = `${this.items(element, "start", "count", "items")} return items;`;
      return `function ${name}(s: Calling, start: number, count: number): ${grouped(this.spell(element))}[] { ${bodyOf(body)} }`;
    });
  }

  /**
   * Statements that make the items of a list.
   *
   * @param {Type} element
   * @param {string} start where they lie, by a variable
   * @param {string} count
   * @param {string} items what they are called
   */
  items(element, start, count, items) {
    const { size, align } = layoutOf(element);
    return `memory.claimList(${start}, ${count}, ${size}, ${align}, where);
      const ${items}: ${grouped(this.spell(element))}[] = [];
      for (let i = 0; i < ${count}; i++) ${items}.push(${this.load(element, `${start} + i * ${size}`)});`;
  }

  /**
   * @param {Extract<Type, { kind: "named" }>} type
   * @param {string} discriminant
   */
  #enumLift(type, discriminant) {
    const names = this.#enumNames(type);
    return `(${names}[${discriminant}] ?? noCase(${discriminant}, ${type.of.members.length}, where))`;
  }

  /** @param {Extract<Type, { kind: "named" }>} type */
  #enumNames(type) {
    const all = type.of.members.map(({ name }) => JSON.stringify(name)).join(", ");
    const name = this.#nameOf(type);
    return this.#helper(`names${name}`, (as) => `const ${as}: readonly ${this.spell(type)}[] = [${all}];`);
  }

  /** @param {Extract<Type, { kind: "named" }>} type */
  #flagsLifter(type) {
    return this.#helper(`lift${this.#nameOf(type)}`, (name) => {
      const flags = type.of.members.map((flag, i) => `${camelCase(flag.name)}: (bits & ${2 ** i}) !== 0`);
      return `function ${name}(bits: number): ${this.spell(type)} { return { ${flags.join(", ")} }; }`;
    });
  }

  /** @param {Extract<Type, { kind: "named" }>} type */
  #flagsLowerer(type) {
    return this.#helper(`bits${this.#nameOf(type)}`, (name) => {
      const flags = type.of.members.map((flag, i) => `(value.${camelCase(flag.name)} ? ${2 ** i} : 0)`);
      return `function ${name}(value: ${this.spell(type)}): number { return (${flags.join(" | ")}) >>> 0; }`;
    });
  }

  /**
   * An expression for the only core value of a value.
   *
   * @param {Type} type
   * @param {string} value
   */
  lower(type, value) {
    const plain = resolved(type);
    if (plain.kind in NUMBERS) return value;
    if (plain.kind === "bool") return `${value} ? 1 : 0`;
    if (plain.kind === "char") return `${value}.codePointAt(0) ?? 0`;
    if (plain.kind === "own") return this.#handle(plain.resource, value);
    if (plain.kind === "named" && plain.of.kind === "enum")
      return `placeOf(${this.#enumNames(plain)}, ${value}, where)`;
    if (plain.kind === "named" && plain.of.kind === "flags") return `${this.#flagsLowerer(plain)}(${value})`;
    throw new Error(`a result of type ${this.#nameOf(plain)} is not written yet`);
  }

  /**
   * An expression for a new handle of an object.
   *
   * @param {TypeDefinition} resource
   * @param {string} value
   */
  #handle(resource, value) {
    this.#classes.add(resource);
    const [face, type] = [this.#classOf(resource), this.#resource(resource)];
    return `(${face} === undefined || ${value} instanceof ${face} ? table.add(${value}, ${type}) : notA(${type}, ${value}, where))`;
  }

  /**
   * Statements that write a value.
   *
   * @param {Type} type
   * @param {string} at
   * @param {string} value
   * @param {string} [within] the record that it is a field of, or the function whose answer it is
   * @returns {string}
   */
  store(type, at, value, within) {
    const plain = resolved(type);
    const number = NUMBERS[plain.kind];
    if (number !== undefined)
      return `memory.view.set${number}(${at}, ${value}${/8$/.test(number) ? "" : ", true"});`;
    switch (plain.kind) {
      case "bool":
        return `memory.view.setUint8(${at}, ${value} ? 1 : 0);`;
      case "char":
        return `memory.view.setUint32(${at}, ${value}.codePointAt(0) ?? 0, true);`;
      case "string":
        return `storeString(s, ${at}, ${value});`;
      case "own":
        return `memory.view.setUint32(${at}, ${this.#handle(plain.resource, value)}, true);`;
      case "list":
        if (plain.element.kind === "u8")
          return `${isGiven(within) ? "storeGiven" : "storeBytes"}(s, ${at}, ${value});`;
        return `${this.#listStorer(plain)}(s, ${at}, ${value});`;
      case "option": {
        const name = `some${this.#counter++ || ""}`;
        const { payload } = layoutOf(plain);
        return `const ${name} = ${value};
          if (${name} === undefined || ${name} === null) memory.view.setUint8(${at}, 0);
          else { memory.view.setUint8(${at}, 1); ${this.store(plain.some, plus(at, payload), name)} }`;
      }
      case "tuple": {
        const { offsets } = offsetsOf(plain.items);
        return plain.items
          .map((item, i) => this.store(item, plus(at, offsets[i] ?? 0), `${value}[${i}]`))
          .join("\n");
      }
      case "result":
      case "named":
        if (plain.kind === "named" && plain.of.kind === "enum") {
          return this.#setBits(plain, at, `placeOf(${this.#enumNames(plain)}, ${value}, where)`);
        }
        if (plain.kind === "named" && plain.of.kind === "flags") {
          return this.#setBits(plain, at, `${this.#flagsLowerer(plain)}(${value})`);
        }
        if (casesOf(plain) === undefined) return this.#recordStore(plain, at, value);
        return `${this.#storer(plain)}(s, ${at}, ${value});`;
      default:
        throw new Error(`${plain.kind} can't be stored here`);
    }
  }

  /**
   * @param {Type} type
   * @param {string} at
   * @param {string} bits
   */
  #setBits(type, at, bits) {
    const size = discriminantSize(type);
    return `memory.view.setUint${8 * size}(${at}, ${bits}${size === 1 ? "" : ", true"});`;
  }

  /**
   * The function that writes a value of a type.
   *
   * @param {Type} type
   */
  #storeCall(type) {
    const plain = resolved(type);
    if (plain.kind === "result" || (plain.kind === "named" && plain.of.kind === "variant"))
      return this.#storer(plain);
    return this.#helper(`store${this.#nameOf(type)}`, (name) => {
      const body = this.#apart(() => this.store(plain, "at", "value"));
      return `function ${name}(s: Calling, at: number, value: ${this.spell(type)}): void { ${bodyOf(body)} }`;
    });
  }

  /**
   * The function that writes a variant or a result.
   *
   * @param {Type} type
   */
  #storer(type) {
    return this.#helper(`store${this.#nameOf(type)}`, (name) => {
      const body = this.#apart(() => this.#caseStore(type));
      return `function ${name}(s: Calling, at: number, value: ${this.spell(type)}): void { ${bodyOf(body)} }`;
    });
  }

  /**
   * @param {Type} type a record
   * @param {string} at
   * @param {string} value
   * @returns {string} statements, as of {@link #recordLoad}
   */
  #recordStore(type, at, value) {
    const { offsets } = offsetsOf(/** @type {Type[]} */ (partsOf(type)));
    const of = type.kind === "named" ? type.of.name : undefined;
    const name = /^\w+$/.test(value) ? value : `record${this.#counter++ || ""}`;
    const fields = this.#fields(type).map(([field, each], i) =>
      this.store(each, plus(at, offsets[i] ?? 0), `${name}.${field}`, of),
    );
    const all = fields.join("\n");
    return name === value ? all : `{ const ${name} = ${value}; ${all} }`;
  }

  /** @param {Type} type a variant or a result */
  #caseStore(type) {
    const cases = /** @type {[string, Type | undefined][]} */ (casesOf(type));
    const { payload } = layoutOf(type);
    const all = cases.map(([tag, of], i) => {
      const store = of === undefined ? "" : this.store(of, plus("at", payload), "value.val");
      return `case ${JSON.stringify(tag)}: { ${this.#setBits(type, "at", String(i))} ${store} break; }`;
    });
    const tags = cases.map(([tag]) => JSON.stringify(tag)).join(", ");
    return `switch (value.tag) { ${all.join("\n")} default: placeOf([${tags}], (value as { readonly tag: unknown }).tag, where); }`;
  }

  /**
   * The function that writes a list.
   *
   * @param {Extract<Type, { kind: "list" }>} type
   */
  #listStorer(type) {
    return this.#helper(`store${this.#nameOf(type)}`, (name) => {
      const { size, align } = layoutOf(type.element);
      const item =
        type.element.kind in NUMBERS
          ? `(items[i] as ${type.element.kind.endsWith("64") ? "bigint" : "number"})`
          : "item";
      const store = this.#apart(() => this.store(type.element, `start + i * ${size}`, item));
      // the views are good until the guest is asked for memory again
      const isQuiet = !/\bstore\w+\(/.test(store);
      const body = `const count = items.length;
        const start = memory.allocate(count * ${size}, ${align}, where);
        ${isQuiet ? "const { view } = memory;" : ""}
        for (let i = 0; i < count; i++) {
          ${item === "item" ? `const item = items[i] as ${this.spell(type.element)};` : ""}
          ${isQuiet ? store.replaceAll("memory.view.", "view.") : store}
        }
        memory.view.setUint32(at, start, true);
        memory.view.setUint32(at + 4, count, true);`;
      return `function ${name}(s: Calling, at: number, items: ${this.spell(type)}): void { ${bodyOf(body)} }`;
    });
  }

  /**
   * Writes the inside of another function than the one being written.
   *
   * @param {() => string} write
   */
  #apart(write) {
    const [classes, counter] = [this.#classes, this.#counter];
    this.#classes = new Set();
    this.#counter = 0;
    const body = write();
    const found = [...this.#classes].map(
      (each) => `const ${this.#classOf(each)} = table.classOf(${this.#resource(each)});`,
    );
    this.#classes = classes;
    this.#counter = counter;
    return `${found.join("\n")} ${body}`;
  }

  /**
   * @param {string} name
   * @param {(name: string) => string} write
   */
  #helper(name, write) {
    if (!this.helpers.has(name)) {
      this.helpers.set(name, "");
      const text = write(name);
      this.helpers.delete(name);
      this.helpers.set(name, text);
    }
    return name;
  }

  /** @param {Type} type @returns {[name: string, type: Type][]} of a record */
  #fields(type) {
    const plain = resolved(type);
    if (plain.kind !== "named") return [];
    return plain.of.members.map(({ name, type: field }) => [camelCase(name), /** @type {Type} */ (field)]);
  }

  /** @param {TypeDefinition} resource */
  #resource(resource) {
    return `wasi.${camelCase(/** @type {string} */ (this.#resources.get(resource)))}`;
  }

  /** @param {TypeDefinition} resource */
  #classOf(resource) {
    return `${className(/** @type {string} */ (this.#resources.get(resource)))}Class`;
  }

  /**
   * A type's name as a part of a function's.
   *
   * @param {Type | undefined} type
   * @returns {string}
   */
  #nameOf(type) {
    if (type === undefined) return "Nothing";
    switch (type.kind) {
      case "named":
        return className(/** @type {string} */ (this.#types.get(type.of)));
      case "own":
      case "borrow":
        return className(/** @type {string} */ (this.#types.get(type.resource)));
      case "list":
        return `${this.#nameOf(type.element)}List`;
      case "option":
        return `Optional${this.#nameOf(type.some)}`;
      case "result":
        return `${this.#nameOf(type.ok)}Or${this.#nameOf(type.err)}`;
      case "tuple":
        return `${type.items.map((item) => this.#nameOf(item)).join("And")}`;
      default:
        return className(type.kind);
    }
  }
}

/**
 * What an alias stands for.
 *
 * @param {Type} type
 * @returns {Type}
 */
export function resolved(type) {
  return type.kind === "named" && type.of.kind === "alias"
    ? resolved(/** @type {Type} */ (type.of.type))
    : type;
}

/**
 * @param {string} at
 * @param {number} offset
 */
export function plus(at, offset) {
  // `start + i * 8` is no word and a number
  const [, base = at, before = "0"] = /^(\w+) \+ (\d+)$/.exec(at) ?? [];
  const sum = Number(before) + offset;
  return sum === 0 ? base : `${base} + ${sum}`;
}

/** @param {Type} type @returns {number} the bytes of its discriminant or its flags */
function discriminantSize(type) {
  const cases = casesOf(type);
  if (cases === undefined) return layoutOf(type).size;
  return cases.length <= 0x100 ? 1 : cases.length <= 0x1_0000 ? 2 : 4;
}

/** @param {string} type */
function grouped(type) {
  return /[ |]/.test(type) ? `(${type})` : type;
}

/**
 * The body of a function beside the makers: it looks at the memory once, where it asks the guest for none.
 *
 * @param {string} code
 */
function bodyOf(code) {
  const asks = /\bstore\w+\(|memory\.(?:allocate|give)\(/.test(code);
  const looks = code.includes("memory.view.") && !asks;
  const quick = looks ? code.replaceAll("memory.view.", "view.") : code;
  return `${scopeOf(quick)} ${looks ? "const { view } = s.memory;" : ""} ${quick}`;
}

/**
 * Takes out of the scope what code speaks of.
 *
 * @param {string} code
 */
export function scopeOf(code) {
  const used = ["memory", "table", "where"].filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  return used.length === 0 ? "" : `const { ${used.join(", ")} } = s;`;
}
