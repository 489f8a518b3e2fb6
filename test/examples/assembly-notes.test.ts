/** examples/assembly/notes: a component for a WIT of its own, from Node through jco and in Wasmtime. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost } from "../../host/host.ts";
import { findPython } from "../sides/wasmtime.ts";
import { temporaryFolder } from "./support.ts";

// compiled, this file lies in build/test/examples
const component = fileURLToPath(new URL("../../examples/assembly/notes/notes.wasm", import.meta.url));
const script = fileURLToPath(new URL("../../../test/examples/notes.py", import.meta.url));

interface Note {
  readonly id: number;
  readonly title: string;
  readonly tags: readonly string[];
}

interface Notebook {
  add(title: string, tags: readonly string[]): Note;
  find(tag: string): Note[];
}

interface Exports {
  readonly notes: { readonly Notebook: new (limit: number) => Notebook & Disposable };
}

type Instantiate = (load: (name: string) => Promise<object>, imports: object) => Promise<Exports>;

const BREAD: Note = { id: 1, title: "Brot", tags: ["buy", "ü"] };
const MILK: Note = { id: 2, title: "Milk", tags: ["buy"] };

/** What comes of what is asked, in either runtime. */
const EXPECTED = [
  BREAD,
  { tag: "bad-title", val: "it is empty" },
  MILK,
  { tag: "full", val: 2 },
  [BREAD, MILK],
  [BREAD],
  [],
];

test("jco makes a class of the resource, an exception of the result's error", async () => {
  const { transpileBytes } = await import("@bytecodealliance/jco-transpile");
  const bytes = readFileSync(component);
  const { files } = await transpileBytes(bytes, { name: "notes", instantiation: "async" });
  const folder = temporaryFolder();
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), contents);
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const { instantiate } = (await import(String(pathToFileURL(join(folder, "notes.js"))))) as {
    instantiate: Instantiate;
  };
  const { WebAssembly: wasm } = globalThis as unknown as {
    WebAssembly: { compile(bytes: Uint8Array): Promise<object> };
  };
  const { WASIShim } = (await import("@bytecodealliance/preview2-shim/instantiation")) as unknown as {
    WASIShim: new () => { getImportObject(): object };
  };
  const host = createHost();
  try {
    const imports = { ...new WASIShim().getImportObject(), ...host.imports };
    const { notes } = await instantiate((name) => wasm.compile(readFileSync(join(folder, name))), imports);
    const book = new notes.Notebook(2);
    const add = (title: string, ...tags: string[]): unknown => {
      try {
        return book.add(title, tags);
      } catch (error) {
        return (error as { payload?: unknown }).payload ?? error;
      }
    };
    const said = [add("Brot", "buy", "ü"), add("", "buy"), add("Milk", "buy"), add("Tea")];
    assert.equal([...said, book.find("buy"), book.find("ü"), book.find("x")], EXPECTED);
    for (let i = 0; i < 5000; i++) assert.is(book.find("buy").length, 2);
    book[Symbol.dispose]();
    assert.throws(() => book.find("buy"));
  } finally {
    host.close();
  }
});

const python = findPython();
if ("reason" in python) console.log(`nothing is run in Wasmtime: ${python.reason}`);
(("reason" in python ? test.skip : test) as typeof test)("Wasmtime calls it", () => {
  if ("reason" in python) return;
  const { stdout, stderr } = spawnSync(python.python, [script, component], { encoding: "utf8" });
  assert.is(stderr, "");
  assert.equal(JSON.parse(stdout), EXPECTED);
});

test.run();
