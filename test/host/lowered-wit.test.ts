/** Holds `host/lowered/wasi02.ts` against WASI's own WIT, type by type and as core signatures. */

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { componentEmbed, print } from "@bytecodealliance/jco-transpile/wasm-tools";
import { _addPreopen, _getPreopens } from "@bytecodealliance/preview2-shim/filesystem";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { interfaces } from "../../host/lowered/interfaces.ts";
import {
  bool,
  borrow,
  enumeration,
  type FunctionType,
  flags,
  func,
  list,
  option,
  own,
  type Resource,
  record,
  resource,
  result,
  string,
  tuple,
  u8,
  u16,
  u32,
  u64,
  variant,
  type WitType,
} from "../../host/lowered/types.ts";
import { knownImports } from "./lowered-support.ts";

const packages = ["wasi-io", "wasi-clocks", "wasi-sockets", "wasi-random", "wasi-filesystem", "wasi-cli"];
const jco = dirname(dirname(createRequire(import.meta.url).resolve("@bytecodealliance/jco")));
const wit = join(jco, "lib", "wit", "builtin", "0.2.12");

/** What a WIT interface says, in the terms of `types.ts`. */
interface ReadInterface {
  readonly types: Map<string, WitType>;
  readonly resources: Map<
    string,
    { readonly type: Resource; readonly methods: Record<string, FunctionType> }
  >;
  readonly functions: Record<string, FunctionType>;
}

const plain: Readonly<Record<string, WitType>> = { bool, u8, u16, u32, u64, string };

/** Reads the WIT of WASI 0.2: as much of the language as it uses. */
class WitReader {
  readonly interfaces = new Map<string, ReadInterface>();
  #tokens: string[] = [];
  #package = "";

  read(text: string): void {
    const bare = text.replace(/\/\/.*$/gm, "").replace(/@(since|unstable|deprecated)\([^)]*\)/g, "");
    this.#tokens = bare.match(/%?[a-z][a-z0-9-]*|@[0-9.]+[0-9]|->|[^\s]/g) ?? [];
    this.#expect("package");
    this.#package = `${this.#next()}${this.#expect(":")}${this.#next()}`;
    this.#next();
    this.#expect(";");
    while (this.#tokens.length > 0) {
      const what = this.#next();
      const name = this.#next();
      if (what === "interface") this.#readInterface(`${this.#package}/${name}`);
      else while (this.#next() !== "}");
    }
  }

  #readInterface(name: string): void {
    const made: ReadInterface = { types: new Map(), resources: new Map(), functions: {} };
    this.interfaces.set(name, made);
    this.#expect("{");
    // A method may speak of a resource that comes after it, and a record of a number's other name.
    for (let i = 0; i < this.#tokens.length && this.#tokens[i] !== "interface"; i++) {
      const [word, alias = "", , of = ""] = this.#tokens.slice(i, i + 4);
      if (word === "type" && plain[of] !== undefined) made.types.set(alias, plain[of]);
      const declared = this.#tokens[i] === "resource" ? this.#tokens[i + 1] : undefined;
      if (declared !== undefined)
        made.resources.set(declared, { type: resource(name, declared), methods: {} });
    }
    for (let word = this.#next(); word !== "}"; word = this.#next()) {
      if (word === "use") this.#readUse(made);
      else if (word === "type") this.#alias(made);
      else if (word === "record") made.types.set(this.#next(), record(this.#members(made)));
      else if (word === "variant") made.types.set(this.#next(), variant(this.#members(made)));
      else if (word === "enum")
        made.types.set(this.#next(), enumeration(...Object.keys(this.#members(made))));
      else if (word === "flags") made.types.set(this.#next(), flags(...Object.keys(this.#members(made))));
      else if (word === "resource") this.#readResource(made);
      else made.functions[word.replace("%", "")] = this.#readFunction(made);
    }
  }

  #readUse(into: ReadInterface): void {
    let from = `${this.#package}/${this.#next()}`;
    if (this.#tokens[0] === ":") {
      const namespace = from.split("/")[1];
      this.#expect(":");
      from = `${namespace}:${this.#next()}${this.#expect("/")}${this.#next()}`;
      this.#next();
    }
    this.#expect(".");
    this.#expect("{");
    for (let name = this.#next(); name !== "}"; name = this.#next()) {
      if (name === ",") continue;
      const source = this.interfaces.get(from);
      const type = source?.types.get(name);
      const used = source?.resources.get(name) ?? source?.resources.get(`use ${name}`);
      if (type !== undefined) into.types.set(name, type);
      // Under a name of its own, since the resource is not declared here.
      else if (used !== undefined) into.resources.set(`use ${name}`, used);
      else throw new Error(`${from}.${name} is used before it is read`);
    }
    this.#expect(";");
  }

  #alias(into: ReadInterface): void {
    const name = this.#next();
    this.#expect("=");
    into.types.set(name, this.#readType(into));
    this.#expect(";");
  }

  #members(scope: ReadInterface): Record<string, never> {
    const members: Record<string, WitType | undefined> = {};
    this.#expect("{");
    for (let word = this.#next(); word !== "}"; word = this.#next()) {
      if (word === ",") continue;
      const name = word.replace("%", "");
      members[name] = undefined;
      if (this.#tokens[0] === ":") {
        this.#expect(":");
        members[name] = this.#readType(scope);
      } else if (this.#tokens[0] === "(") {
        this.#expect("(");
        members[name] = this.#readType(scope);
        this.#expect(")");
      }
    }
    return members as Record<string, never>;
  }

  #readResource(into: ReadInterface): void {
    const name = this.#next();
    const made = into.resources.get(name);
    if (made === undefined) throw new Error(`resource ${name} was overlooked`);
    if (this.#next() === ";") return;
    for (let word = this.#next(); word !== "}"; word = this.#next()) {
      const method = this.#readFunction(into);
      const params = [["self", borrow(made.type)] as const, ...method.params];
      made.methods[word.replace("%", "")] = { ...method, params };
    }
  }

  #readFunction(scope: ReadInterface): FunctionType {
    this.#expect(":");
    this.#expect("func");
    const params: Record<string, WitType> = {};
    this.#expect("(");
    for (let name = this.#next(); name !== ")"; name = this.#next()) {
      if (name === ",") continue;
      this.#expect(":");
      params[name.replace("%", "")] = this.#readType(scope);
    }
    const more = this.#next();
    if (more === ";") return func(params);
    const type = this.#readType(scope);
    this.#expect(";");
    return func(params, type);
  }

  #readType(scope: ReadInterface): WitType {
    const name = this.#next();
    const known = plain[name] ?? scope.types.get(name);
    if (known !== undefined) return known;
    const used = this.#resource(scope, name);
    if (used !== undefined) return own(used);
    if (name === "result" && this.#tokens[0] !== "<") return result(undefined, undefined);
    this.#expect("<");
    const inner: (WitType | undefined)[] = [];
    let borrowed: Resource | undefined;
    for (;;) {
      if (name === "borrow") borrowed = this.#resource(scope, this.#next());
      else if (this.#tokens[0] === "_") inner.push(void this.#next());
      else inner.push(this.#readType(scope));
      if (this.#next() === ">") break;
    }
    const [first, second] = inner;
    if (name === "borrow" && borrowed !== undefined) return borrow(borrowed);
    if (name === "result") return result(first, second);
    if (name === "tuple") return tuple(...(inner as WitType[]));
    if (name === "list" && first !== undefined) return list(first);
    if (name === "option" && first !== undefined) return option(first);
    throw new Error(`${name} is no type that this reader knows`);
  }

  #resource(scope: ReadInterface, name: string): Resource | undefined {
    return (scope.resources.get(name) ?? scope.resources.get(`use ${name}`))?.type;
  }

  #next(): string {
    const token = this.#tokens.shift();
    if (token === undefined) throw new Error("the WIT ends too early");
    return token;
  }

  #expect(token: string): string {
    const found = this.#next();
    if (found !== token)
      throw new Error(`${token} expected, not ${found} ${this.#tokens.slice(0, 5).join(" ")}`);
    return found;
  }
}

const reader = new WitReader();
/** The order in which the interfaces of a package can be read, since the reader takes only what it has seen. */
for (const name of packages) {
  const text = await readFile(join(wit, name, "package.wit"), "utf8");
  const parts = text.split(/^(?=interface |world )/m);
  const [head = "", ...rest] = parts;
  const order = [
    "error",
    "poll",
    "wall-clock",
    "types",
    "network",
    "tcp",
    "udp",
    "terminal-input",
    "terminal-output",
  ];
  const rank = (part: string): number => {
    const at = order.indexOf(/^interface ([a-z-]+)/.exec(part)?.[1] ?? "");
    return at === -1 ? order.length : at;
  };
  // worlds are no interfaces, and wasi:cli/run is what a guest exports
  const stable = rest.filter((part) => !/^(world|interface (timezone|run) )/.test(part));
  reader.read(head + stable.sort((a, b) => rank(a) - rank(b)).join(""));
}

for (const described of interfaces) {
  test(`${described.name} is described as its WIT says`, () => {
    const read = reader.interfaces.get(described.name);
    assert.ok(read, "the WIT has no such interface");
    const same = ({ params, result: type }: FunctionType): unknown => ({ params, result: type });
    const all = (functions: Readonly<Record<string, FunctionType>>): unknown =>
      Object.entries(functions).map(([name, type]) => [name, same(type)]);
    assert.equal(all(described.functions), all(read.functions));
    const declared = [...read.resources].filter(([name]) => !name.startsWith("use "));
    assert.equal(
      described.resources.map(({ type, methods }) => [type, all(methods)]),
      declared.map(([, { type, methods }]) => [type, all(methods)]),
    );
  });
}

test("every interface that a command imports but the unstable timezone is described", () => {
  const described = interfaces.map(({ name }) => name).sort();
  const read = [...reader.interfaces.keys()].sort();
  assert.equal(described, read);
});

test("the functions that may wait are poll, block and those called blocking", () => {
  const wait = knownImports.filter(({ type }) => type?.mayWait).map(({ name }) => name);
  const named = knownImports.filter(({ name }) => /(^|\.)(poll|block|blocking-[a-z-]+)$/.test(name));
  assert.equal(
    wait,
    named.map(({ name }) => name),
  );
  assert.is(wait.length, 8);
});

test("the core signatures are those that wasm-tools makes of the WIT", async () => {
  // Without a preopen the WIT folder can't be read. The shim's own types are those of another function.
  if (_getPreopens().length === 0) (_addPreopen as (path: string, host: string) => void)("/", "/");
  const folder = await mkdtemp(join(tmpdir(), "wasock-wit-"));
  try {
    for (const name of packages) await cp(join(wit, name), join(folder, "deps", name), { recursive: true });
    const imports = interfaces.map(({ name }) => `import ${name}@0.2.12;`).join(" ");
    await writeFile(join(folder, "world.wit"), `package test:all; world all { ${imports} }`);
    const module = await componentEmbed({
      witPath: folder,
      world: "all",
      dummy: true,
      stringEncoding: "utf8",
      features: { tag: "all" },
    });
    const text = await print(module);
    const types = [...text.matchAll(/^\s*\(type \(;\d+;\) \(func(.*)\)\)$/gm)].map(([, type]) => type ?? "");
    const found = [...text.matchAll(/\(import "([^"]+)" "([^"]+)" \(func \(;\d+;\) \(type (\d+)\)\)\)/g)];
    const theirs = found.map(([, from = "", name = "", type]) => {
      const interfaceName = from.replace(/^cm32p2\|/, "").replace(/@.*$/, "");
      const ours = name.replace(/^(.*)_drop$/, "[resource-drop]$1");
      return `${interfaceName}#${ours}${types[Number(type)]}`;
    });
    const ours = knownImports.map(({ interface: from, name, signature: { params, results } }) => {
      const head = params.length === 0 ? "" : ` (param ${params.join(" ")})`;
      return `${from}#${name}${head}${results.length === 0 ? "" : ` (result ${results.join(" ")})`}`;
    });
    assert.ok(theirs.length > 80, `only ${theirs.length} imports found`);
    assert.equal(ours.sort(), theirs.sort());
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.run();
