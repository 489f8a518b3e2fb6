/** The types of a component's functions as declarations of TypeScript: what `instantiate` gives, and what it takes. */

import { labelOf } from "../abi/members.ts";
import { typedArrayOf } from "../abi/numbers.ts";
import {
  camelCase,
  casesOf,
  className,
  type FunctionType,
  type Resource,
  sameType,
  type WitType,
} from "../abi/types.ts";
import { decodeComponent } from "../component/decode.ts";
import type { Extern } from "../link/items.ts";
import { typesOf } from "../link/link.ts";
import { withoutVersion } from "../wasi02/catalogue.ts";
import { servedName03 } from "../wasi03/catalogue.ts";
import { OWN, shortName } from "./exports.ts";
import { isTagged } from "./to-guest.ts";

/** Whose functions are declared. */
interface Side {
  /** Whether the component calls them. */
  readonly isImported: boolean;
  /** Whether what isn't async may wait too. */
  readonly promises: boolean;
}

/** A type that has a name. */
interface NamedType {
  readonly name: string;
  readonly type: WitType;
}

type Externs = ReadonlyMap<string, Extern>;

/**
 * Declares what a component exports, as `Exports`, and what it imports beside WASI, as `Imports`.
 *
 * @param bytes the component
 * @param promises whether it is instantiated with `promises`
 * @throws Error when it is none, or none that can be linked
 */
export function declarationsOf(bytes: Uint8Array, promises: boolean): string {
  const { imports, exports } = typesOf(decodeComponent(bytes));
  const declaring = new Declaring();
  const own = [...imports].filter(([name]) => !isWasi(name));
  const given = declaring.world(own, { isImported: true, promises });
  const made = declaring.world([...exports], { isImported: false, promises });
  return [
    ...declaring.namespaces,
    "/** What it exports. */",
    `export interface Exports ${block(made)}`,
    "",
    "/** What it imports. */",
    `export interface Imports ${block(given)}`,
    "",
  ].join("\n");
}

function isWasi(name: string): boolean {
  return withoutVersion(name)?.startsWith("wasi:") === true || servedName03(name) !== undefined;
}

function block(lines: readonly string[]): string {
  return lines.length === 0 ? "{}" : `{\n${lines.map(indented).join("\n")}\n}`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}

/** What the text names of JavaScript's own, which a type of a component may not hide. */
const GLOBALS =
  /^(?:(?:Async)?Iterable|Promise(?:Like)?|ReadableStream|Symbol|(?:Big)?(?:Ui|I)nt\d+Array|Float\d+Array)$/;
const RESERVED =
  /^(?:arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/;

function typeName(label: string): string {
  const name = className(label);
  return GLOBALS.test(name) ? `${name}_` : name;
}

class Declaring {
  /** The text of each interface's types. */
  readonly namespaces: string[] = [];
  readonly #taken = new Set(["Exports", "Imports"]);
  readonly #types: NamedType[] = [];
  readonly #resources = new Map<Resource, string>();

  /** What a world imports or exports, as members of an interface. */
  world(externs: readonly (readonly [name: string, extern: Extern])[], side: Side): string[] {
    const lines: string[] = [];
    const shorts = new Map<string, string[]>();
    for (const [name, extern] of externs) {
      if (extern.sort !== "instance") continue;
      const type = this.#interface(name, extern.item.exports, side);
      lines.push(`readonly ${JSON.stringify(name)}: ${type};`);
      const short = shortName(name);
      shorts.set(short, [...(shorts.get(short) ?? []), type]);
    }
    const plain = new Map(externs.filter(([, { sort }]) => sort !== "instance"));
    const root = this.#named("World", plain);
    lines.push(...this.#members(plain, root, side));
    if (side.isImported) return lines;
    for (const [short, [type, ...more]] of shorts) {
      if (more.length === 0 && !plain.has(short) && short !== "") lines.push(`readonly ${short}: ${type};`);
    }
    return lines;
  }

  /** Declares an interface; gives the type of its object. */
  #interface(name: string, externs: Externs, side: Side): string {
    const space = this.#named(typeName(shortName(name)), externs, name);
    const members = this.#members(externs, space, side);
    const text = `/** \`${name}\`. */\nexport interface Functions ${block(members)}`;
    this.#append(space, text);
    return `${space}.Functions`;
  }

  /** Makes a namespace for the types that have names. */
  #named(wanted: string, externs: Externs, name = "the world"): string {
    let space = wanted;
    for (let i = 2; this.#taken.has(space); i++) space = `${wanted}${i}`;
    this.#taken.add(space);
    const types: (readonly [string, WitType])[] = [];
    for (const [label, extern] of externs) {
      if (extern.sort !== "type") continue;
      if (extern.item.kind === "resource" && !this.#resources.has(extern.item.resource)) {
        this.#resources.set(extern.item.resource, `${space}.${typeName(label)}`);
      }
      if (extern.item.kind === "value" && NAMED.has(extern.item.type.kind))
        types.push([label, extern.item.type]);
    }
    const declared: string[] = [];
    for (const [label, type] of types) {
      declared.push(
        `/** \`${name}\`, \`${label}\`. */\nexport type ${typeName(label)} = ${this.#shape(type)};`,
      );
      this.#types.push({ name: `${space}.${typeName(label)}`, type });
    }
    this.#spaces.set(space, declared);
    return space;
  }

  readonly #spaces = new Map<string, string[]>();

  #append(space: string, text: string): void {
    const all = [...(this.#spaces.get(space) ?? []), text];
    this.namespaces.push(`export declare namespace ${space} ${block(all)}\n`);
  }

  /** The functions and classes of an interface. */
  #members(externs: Externs, space: string, side: Side): string[] {
    const lines: string[] = [];
    const classes = new Map<string, Class>();
    for (const [label, extern] of externs) {
      if (extern.sort !== "type" || extern.item.kind !== "resource") continue;
      const name = this.#resources.get(extern.item.resource);
      // one of another interface has its functions there
      if (name !== `${space}.${typeName(label)}`) continue;
      const isElsewhere = !side.isImported && extern.item.resource.interface !== OWN;
      classes.set(label, { name, isElsewhere, make: undefined, statics: [], methods: [] });
    }
    for (const [label, extern] of externs) {
      if (extern.sort !== "func") continue;
      const { kind, of, name } = labelOf(label);
      const { type } = extern.item;
      const to = classes.get(of);
      if (kind === "") lines.push(this.#function(camelCase(name), type, 0, side));
      else if (kind === "constructor" && to !== undefined)
        to.make = `new ${this.#signature(type, 0, side, to.name)};`;
      else if (kind === "static") to?.statics.push(this.#function(camelCase(name), type, 0, side));
      else to?.methods.push(this.#function(camelCase(name), type, 1, side));
    }
    for (const [label, { name, isElsewhere, make, statics, methods }] of classes) {
      const dispose = side.isImported ? "[Symbol.dispose]?(): void;" : "[Symbol.dispose](): void;";
      const short = typeName(label);
      const text = `/** An object of \`${label}\`. */\nexport interface ${short} ${block([...methods, dispose])}`;
      const declared = this.#spaces.get(space);
      declared?.push(text);
      if (isElsewhere) continue;
      const Class = [make ?? `readonly prototype: ${name};`, ...statics];
      lines.push(`readonly ${className(label)}: ${block(Class)};`);
    }
    if (space.startsWith("World") && (this.#spaces.get(space)?.length ?? 0) > 0) {
      this.namespaces.push(`export declare namespace ${space} ${block(this.#spaces.get(space) ?? [])}\n`);
    }
    return lines;
  }

  #function(name: string, type: FunctionType, skipped: number, side: Side): string {
    const { result } = type;
    const throws =
      result?.kind === "result" ? `/** Throws a \`ComponentError\` of ${this.#maybe(result.err)}. */\n` : "";
    return `${throws}${name}${this.#signature(type, skipped, side)};`;
  }

  #signature({ params, result, isAsync }: FunctionType, skipped: number, side: Side, made?: string): string {
    const { isImported, promises } = side;
    const given = params.slice(skipped);
    // what is left out is nothing, where all behind it may be nothing too
    const firstOptional = given.findLastIndex(([, { kind }]) => kind !== "option") + 1;
    const texts = given.map(([label, type], i) => {
      const name = camelCase(label);
      const mark = i >= firstOptional && !isImported ? "?" : "";
      return `${RESERVED.test(name) ? `${name}_` : name}${mark}: ${this.#type(type, !isImported)}`;
    });
    if (made !== undefined) return `(${texts.join(", ")}): ${made}`;
    const value = result?.kind === "result" ? result.ok : result;
    const type = value === undefined ? "void" : this.#type(value, isImported);
    const waits = isAsync === true || promises;
    if (!waits) return `(${texts.join(", ")}): ${type}`;
    return `(${texts.join(", ")}): ${isImported ? `${type} | ` : ""}Promise<${type}>`;
  }

  #maybe(type: WitType | undefined): string {
    return type === undefined ? "undefined" : this.#type(type, false);
  }

  /** @param isGiven whether JavaScript gives it, and may give more than it gets */
  #type(type: WitType, isGiven: boolean): string {
    if (NAMED.has(type.kind)) {
      const known = this.#types.find((named) => sameType(named.type, type));
      if (known !== undefined) return known.name;
    }
    return this.#shape(type, isGiven);
  }

  #shape(type: WitType, isGiven = false): string {
    switch (type.kind) {
      case "bool":
        return "boolean";
      case "u64":
      case "s64":
        return "bigint";
      case "char":
      case "string":
        return "string";
      case "list": {
        const typed = typedArrayOf(type.element);
        return typed?.name ?? `${parted(this.#type(type.element, isGiven))}[]`;
      }
      case "tuple":
        return `[${type.items.map((item) => this.#type(item, isGiven)).join(", ")}]`;
      case "record":
        return block(
          type.fields.map(([label, field]) => {
            const mark = field.kind === "option" && !isTagged(field) ? "?" : "";
            return `${camelCase(label)}${mark}: ${this.#type(field, isGiven)};`;
          }),
        );
      case "enum":
        return type.names.map((name) => JSON.stringify(name)).join(" | ");
      case "flags":
        return block(type.names.map((name) => `${camelCase(name)}?: boolean;`));
      case "option":
        if (!isTagged(type)) return `${this.#type(type.some, isGiven)} | undefined`;
        return this.#cases(type, isGiven);
      case "variant":
      case "result":
        return this.#cases(type, isGiven);
      case "own":
      case "borrow":
        return this.#resources.get(type.resource) ?? "object";
      case "stream": {
        const element = type.element === undefined ? "undefined" : this.#type(type.element, isGiven);
        const item = type.element?.kind === "u8" ? "Uint8Array" : element;
        const stream = `ReadableStream<${item}>`;
        return isGiven ? `${stream} | AsyncIterable<${item}> | Iterable<${item}>` : stream;
      }
      case "future": {
        const value = type.element === undefined ? "void" : this.#type(type.element, isGiven);
        return `${isGiven ? "PromiseLike" : "Promise"}<${value}>`;
      }
      default:
        return "number";
    }
  }

  #cases(type: Parameters<typeof casesOf>[0], isGiven: boolean): string {
    return casesOf(type)
      .map(([tag, of]) => {
        const val = of === undefined ? "" : `; val: ${this.#type(of, isGiven)}`;
        return `{ tag: ${JSON.stringify(tag)}${val} }`;
      })
      .join(" | ");
  }
}

interface Class {
  readonly name: string;
  /** Whether its functions are not the component's. */
  readonly isElsewhere: boolean;
  make: string | undefined;
  readonly statics: string[];
  readonly methods: string[];
}

/** The kinds of types whose names are worth a type. */
const NAMED: ReadonlySet<WitType["kind"]> = new Set(["record", "variant", "enum", "flags"]);

function parted(type: string): string {
  return type.includes("|") ? `(${type})` : type;
}
