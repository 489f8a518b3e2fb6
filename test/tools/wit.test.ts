/** tools/wit reads all WIT that there is here, as it says, and tells where bad WIT is bad. */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Type {
  readonly kind: string;
  readonly of?: { readonly name: string };
  readonly [part: string]: unknown;
}

interface WitFunction {
  readonly name: string;
  readonly importName: string;
  readonly docs: string;
  readonly gate: object;
  readonly isAsync: boolean;
  readonly params: readonly (readonly [string, Type])[];
  readonly result: Type | undefined;
}

interface TypeDefinition {
  readonly name: string;
  readonly kind: string;
  readonly docs: string;
  readonly members: readonly {
    readonly name: string;
    readonly type: Type | undefined;
    readonly docs: string;
  }[];
  readonly functions: readonly WitFunction[];
  readonly type: Type | undefined;
}

interface Interface {
  readonly id: string;
  readonly docs: string;
  readonly gate: object;
  readonly types: ReadonlyMap<string, TypeDefinition>;
  readonly functions: readonly WitFunction[];
}

interface Item {
  readonly of: Interface | WitFunction;
}

interface Model {
  readonly packages: ReadonlyMap<string, object>;
  readonly interfaces: ReadonlyMap<string, Interface>;
  readonly worlds: ReadonlyMap<
    string,
    { readonly imports: ReadonlyMap<string, Item>; readonly exports: ReadonlyMap<string, Item> }
  >;
  interface(id: string): Interface;
  importsOf(id: string, features: ReadonlySet<string>): readonly Interface[];
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { Model } = (await import(`${root}tools/wit/model.mjs`)) as {
  Model: new (groups: readonly (readonly { file: string; text: string }[])[]) => Model;
};
const { readFolders } = (await import(`${root}tools/wit/folders.mjs`)) as {
  readFolders(folders: readonly string[]): Model;
};

const bundle = join(root, "node_modules/@bytecodealliance/jco/lib/wit/builtin");
const none: ReadonlySet<string> = new Set();

/** The folders below `path` that hold WIT. */
function foldersIn(path: string): string[] {
  const files = readdirSync(path, { recursive: true }) as string[];
  return [...new Set(files.filter((file) => file.endsWith(".wit")).map((file) => dirname(join(path, file))))];
}

/** A model of one file. */
function read(text: string): Model {
  return new Model([[{ file: "a.wit", text }]]);
}

/** The only interface of a text. */
function readInterface(body: string): Interface {
  return read(`package a:b; interface i { ${body} }`).interface("a:b/i");
}

test("all of jco's WIT and ours is read", () => {
  const folders = [...foldersIn(bundle), join(root, "wit")];
  const together = folders.filter((path) => !/0\.2\.10|tls.*deps/.test(path));
  assert.ok(folders.length >= 20, `only ${folders.length} folders`);
  const model = readFolders(together);
  const names = [...model.packages.keys()];
  for (const name of [
    "wasi:sockets@0.2.12",
    "wasi:sockets@0.3.0",
    "wasi:tls@0.2.0-draft",
    "jco:node@0.1.0",
    "wasock:net@0.1.0",
  ])
    assert.ok(names.includes(name), name);
  const tls = readFolders([join(bundle, "wasi-tls-0.2.0-draft")]);
  assert.equal(
    [...tls.packages.keys()],
    ["wasi:tls@0.2.0-draft", "wasi:io@0.2.12"],
    "with what is in its deps",
  );
  const others = readFolders(folders.filter((path) => path.includes("0.2.10")));
  assert.equal([...others.packages.keys()], ["wasi:clocks@0.2.10", "wasi:io@0.2.10", "wasi:sockets@0.2.10"]);
});

const wasi = readFolders([
  ...foldersIn(join(bundle, "0.2.12")),
  ...foldersIn(join(bundle, "0.3.0")),
  join(root, "wit"),
]);

test("what a command imports, each after what it uses, without what is not switched on", () => {
  const names = (features: ReadonlySet<string>): string[] =>
    wasi.importsOf("wasi:cli/imports@0.2.12", features).map(({ id }) => id);
  const all = names(none);
  assert.is(all.length, 27);
  const order = ["wasi:io/poll", "wasi:io/streams", "wasi:sockets/tcp", "wasi:sockets/tcp-create-socket"];
  assert.equal(
    all.filter((name) => order.some((each) => name === `${each}@0.2.12`)),
    order.map((each) => `${each}@0.2.12`),
  );
  assert.ok(all.includes("wasi:io/error@0.2.12"), "only streams use it");
  assert.not.ok(all.some((name) => name.includes("timezone")));
  assert.ok(names(new Set(["clocks-timezone"])).includes("wasi:clocks/timezone@0.2.12"));
});

test("0.3: asynchronous functions, streams, futures, statics", () => {
  const types = wasi.interface("wasi:sockets/types@0.3.0");
  const socket = types.types.get("tcp-socket");
  const method = (name: string): WitFunction | undefined =>
    socket?.functions.find((each) => each.name === name);
  assert.is(method("create")?.importName, "[static]tcp-socket.create");
  assert.is(method("connect")?.importName, "[method]tcp-socket.connect");
  assert.is(method("connect")?.isAsync, true);
  assert.is(method("bind")?.isAsync, false);
  assert.equal(
    method("connect")?.params.map(([name, { kind, of }]) => [name, kind, of?.name]),
    [
      ["self", "borrow", undefined],
      ["remote-address", "named", "ip-socket-address"],
    ],
  );
  const parts = method("receive")?.result?.items as readonly { kind: string; element: Type }[];
  assert.equal(
    parts.map(({ kind, element }) => [kind, element.kind]),
    [
      ["stream", "u8"],
      ["future", "result"],
    ],
  );
  const listened = method("listen")?.result?.ok as Type;
  assert.equal(listened, { kind: "stream", element: { kind: "own", resource: socket } });
});

test("our own: docs, worlds, names that are words of WIT", () => {
  const net = wasi.interface("wasock:net/net@0.1.0");
  assert.is(net.docs, "Every function of the API, blocking.");
  assert.match(net.functions.find(({ name }) => name === "listen")?.docs ?? "", /^Starts to listen\. Errors/);
  const how = wasi.interface("wasock:net/types@0.1.0").types.get("shutdown-how");
  assert.equal(
    how?.members.map(({ name }) => name),
    ["read", "write", "both"],
  );
  const world = wasi.worlds.get("wasock:net/wasock@0.1.0");
  assert.is(world?.imports.size, 11);
  assert.equal(
    [...(world?.exports.keys() ?? [])],
    ["wasock:net/types@0.1.0", "wasock:net/net@0.1.0", "wasock:net/operations@0.1.0"],
  );
  const program = wasi.worlds.get("wasock:net/program@0.1.0");
  assert.equal([...(program?.exports.keys() ?? [])], ["wasi:cli/run@0.2.12"]);
});

test("a use of a use, under other names, and own and borrow of an alias", () => {
  const model = read(`package a:b;
    interface c { resource r; record p { x: u8 } }
    interface d { use c.{r as s, p}; }
    interface e { use d.{s as t, p as q}; type u = t; f: func(x: borrow<u>, y: q) -> u; }`);
  const [f] = model.interface("a:b/e").functions;
  const r = model.interface("a:b/c").types.get("r");
  assert.equal(f?.params[0]?.[1], { kind: "borrow", resource: r });
  assert.is(f?.params[1]?.[1].of, model.interface("a:b/c").types.get("p"));
  assert.is(f?.result?.of?.name, "u");
});

test("gates, comments in one another, docs before and after a gate", () => {
  const made = readInterface(`
    /// before
    @since(version = 1.2.3) @deprecated(version = 2.0.0-rc.1)
    f: func(); /* a /* b */ c */
    @unstable(feature = new-thing)
    /// after,
    /// twice
    g: func();`);
  assert.equal(
    made.functions.map(({ docs, gate }) => [docs, gate]),
    [
      ["before", { since: "1.2.3", deprecated: "2.0.0-rc.1" }],
      ["after,\ntwice", { unstable: "new-thing" }],
    ],
  );
});

test("worlds with functions and interfaces of their own, includes with other names, packages in braces", () => {
  const model = read(`package a:b@1.0.0;
    package c:d { interface i { type t = u8; } }
    use c:d/i as j;
    world v { import f: func(); export g: async func() -> string; import own-one: interface { h: func(); } }
    world w { include v with { f as k }; import j; }`);
  const world = model.worlds.get("a:b/w@1.0.0");
  assert.equal([...(world?.imports.keys() ?? [])], ["k", "own-one", "c:d/i"]);
  assert.equal([...(world?.exports.keys() ?? [])], ["g"]);
});

test("types: lists of a length, maps, results and streams without types, a constructor that fails", () => {
  const made = readInterface(`
    resource r { constructor(a: list<u8, 4>) -> result<r>; s: static async func(m: map<string, u8>); }
    f: func(a: result, b: result<_, u8>, c: stream, d: future, e: tuple<u8, own<r>>, x: error-context) -> char;`);
  const [make, s] = made.types.get("r")?.functions ?? [];
  assert.is(make?.importName, "[constructor]r");
  assert.equal(make?.params[0]?.[1], { kind: "list", element: { kind: "u8" }, length: 4 });
  assert.is(make?.result?.kind, "result");
  assert.is(s?.isAsync, true);
  assert.equal(
    made.functions[0]?.params.map(([, { kind }]) => kind),
    ["result", "result", "stream", "future", "tuple", "error-context"],
  );
});

/** Bad WIT, and what is said of it. Each text is an interface's body where it names no package. */
const BAD: readonly (readonly [text: string, said: RegExp])[] = [
  ["f: func()", /a\.wit:3:1: ; is expected, not "}"/],
  ["f: func(a: nothing);", /a\.wit:2:12: there is no type nothing here/],
  ["type u8 = u16;", /a\.wit:2:6: a name, which would be %u8 here, is expected, not "u8"/],
  ["type t = result<u8, u8, u8>;", /2:10: result has 0 to 2 types in its brackets/],
  ["type t = list;", /2:10: list has 1 types in its brackets/],
  ["type t = list<_>;", /2:15: a type is expected, not "_"/],
  ["type t = list<u8, 0>;", /2:10: a list's length is a number above 0/],
  ["type t = interface;", /2:10: interface is a word of WIT, and no type: a name would be %interface/],
  ["record r { a: r }", /2:8: r holds itself: r → r/],
  ["record r { a: option<s> } variant s { b(r) }", /r holds itself: r → s → r/],
  ["record r { a: u8, a: u8 }", /2:19: r has a already/],
  ["enum e { }", /2:6: a type has members/],
  ["enum e { a a }", /2:12: , or } is expected, not "a"/],
  ["enum e { a } flags e { b }", /2:20: e is there already/],
  ["resource r; f: func(x: borrow<nobody>);", /2:24: nobody is not a resource here/],
  ["enum e { a } f: func(x: borrow<e>);", /2:25: e is not a resource here/],
  ["f: func(a: u8, a: u8);", /2:1: f has two parameters a/],
  ["f: func(); f: func();", /2:12: f is there already/],
  ["f: func() -> (a: u8);", /2:14: a type is expected, not "\("/],
  ["@sometimes f: func();", /2:2: there is no @sometimes; there are @since, @unstable and @deprecated/],
  ["@since(version = x) f: func();", /2:18: x is not a version/],
  ["bad-Name: func();", /2:1: bad-Name mixes cases/],
  ["baD: func();", /2:1: baD mixes cases/],
  ["f: func(); $", /2:12: "\$" has no meaning in WIT/],
  ["/* never", /2:1: this comment has no end/],
  ["use nowhere.{t};", /2:5: there is no interface a:b\/nowhere/],
  ["package a:b; interface i { f: func();", /1:26: this { is not closed/],
  ["package a:b; interface i { use j.{t}; } interface j { use i.{u}; }", /uses itself, by a:b\/i → a:b\/j/],
  ["package a:b; interface i { type t = u8; } interface j { use i.{u}; }", /1:64: a:b\/i has no type u/],
  ["package a:b; world w { include x; }", /1:32: there is no world a:b\/x/],
  ["package a:b; world w { import f: func(); import f: func(); }", /f is there already/],
  ["package a:b; interface i {} interface i {}", /1:39: i is there already/],
  ["package a:b; package a:c;", /1:22: the package is named once, before all else/],
  ["package a:b@1; interface i {}", /1:13: 1 is not a version such as 1\.2\.3/],
  ["package a:b; nonsense", /1:14: an interface, a world, a use or a package is expected/],
  ["interface i {}", /1:11: no file of its folder names the package/],
];

for (const [text, said] of BAD) {
  test(`refused: ${text}`, () => {
    const isFile = /^(package|interface)/.test(text);
    assert.throws(() => read(isFile ? text : `package a:b; interface i {\n${text}\n}`), said);
  });
}

test("the files of a folder are of one package", () => {
  const files = (second: string) => [
    { file: "a.wit", text: "package a:b; interface i {}" },
    { file: "b.wit", text: second },
  ];
  const model = new Model([files("interface j { }")]);
  assert.equal([...model.interfaces.keys()], ["a:b/i", "a:b/j"]);
  assert.throws(
    () => new Model([files("package a:c;")]),
    /b\.wit:1:9: the folder's other files are of the package a:b/,
  );
});

const { functions } = (await import(`${root}tools/wit/functions.mjs`)) as {
  functions(
    interfaces: readonly Interface[],
    names: Record<"types" | "resources", ReadonlyMap<unknown, string>>,
    from: Record<"faces" | "descriptions" | "version", string>,
  ): string;
};

test("what the functions of core modules can't do yet is an error that names it, and no function", () => {
  for (const [body, said] of [
    ["resource r { s: static func(); }", /a:b\/i: \[static\]r\.s belongs to a class/],
    ["resource r { constructor(); }", /\[constructor\]r belongs to a class/],
    ["f: func(a: stream<u8>);", /stream can't be lifted here/],
    ["f: func() -> map<u8, u8>;", /map has no layout here/],
  ] as const) {
    const made = readInterface(body);
    const names = new Map([...made.types.values()].map((type) => [type, type.name]));
    const from = { faces: "./faces.ts", descriptions: "./data.ts", version: "0.2.0" };
    assert.throws(() => functions([made], { types: names, resources: names }, from), said, body);
  }
});

const { default: ComponentExports, exportNames } = (await import(`${root}tools/wit/exports.mjs`)) as {
  default: new () => { afterCompile(module: object): void };
  exportNames(interfaces: readonly Interface[]): (readonly [identifier: string, name: string])[];
};

test("the core's functions are called as in WIT, and freed by where the lists of their results are", () => {
  const made = readInterface(`
    record both { name: string, of: u8 }
    resource thing { read-it: func() -> result<list<u8>, u32>; }
    one: func() -> u32;
    two: func() -> result<u32, u32>;
    three: func() -> option<list<both>>;
    make: async func() -> result<list<u8>>;`);
  assert.equal(exportNames([made]), [
    ["one", "a:b/i#one"],
    ["two", "a:b/i#two"],
    ["postArea", "cabi_post_a:b/i#two"],
    ["three", "a:b/i#three"],
    ["postOptionListBoth", "cabi_post_a:b/i#three"],
    ["make", "[async-lift]a:b/i#make"],
    ["resume", "[callback][async-lift]a:b/i#make"],
    ["dropThing", "a:b/i#[dtor]thing"],
    ["thingReadIt", "a:b/i#[method]thing.read-it"],
    ["postResultList", "cabi_post_a:b/i#[method]thing.read-it"],
  ]);
});

test("a function of WIT that the core has not is an error that names it", () => {
  const binaryen = { ExternalFunction: 0, getExportInfo: (name: string) => ({ name, value: name, kind: 0 }) };
  const program = { sources: [{ internalPath: "assembly/faces/component" }] };
  const transform = Object.assign(new ComponentExports(), { binaryen, program });
  const module = {
    getNumExports: () => 1,
    getExportByIndex: () => "cabi_realloc",
    removeExport() {},
    addFunctionExport() {},
  };
  assert.throws(
    () => transform.afterCompile(module),
    /dropSockaddr is missing, which is to be exported as wasock:net\/types@0\.1\.0#\[dtor\]sockaddr/,
  );
});

test.run();
