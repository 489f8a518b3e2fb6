// The transform assembly/transform/wit-exports.mjs, through asc as a user runs it.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** What the test needs of the `WebAssembly` global, which Node's types leave to the DOM's. */
interface WasmGlobal {
  Module: { new (bytes: Uint8Array): object; exports(module: object): { name: string; kind: string }[] };
  Instance: new (module: object) => { exports: Record<string, unknown> };
}
const wasm: WasmGlobal = (globalThis as unknown as { WebAssembly: WasmGlobal }).WebAssembly;

/** Compiles `files`, of which main.ts is the entry, and gives what asc said and what the module exports. */
function compile(files: Record<string, string>): {
  said: string;
  names: string[];
  exports: Record<string, unknown>;
} {
  const folder = mkdtempSync(join(tmpdir(), "wasock-wit-exports-"));
  try {
    for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source);
    const asc = join(root, "node_modules/assemblyscript/bin/asc.js");
    const transform = join(root, "assembly/transform/wit-exports.mjs");
    const args = ["main.ts", "--runtime", "stub", "--transform", transform, "-O", "-o", "main.wasm"];
    const { status, stdout, stderr } = spawnSync(process.execPath, [asc, ...args], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: process.env.PATH },
    });
    if (status !== 0) return { said: stdout + stderr, names: [], exports: {} };
    const module = new wasm.Module(readFileSync(join(folder, "main.wasm")));
    const names = wasm.Module.exports(module).map(({ name }) => name);
    return { said: stdout + stderr, names: names.sort(), exports: new wasm.Instance(module).exports };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("gives an exported function the names of its decorators, in place of its own", () => {
  const { said, names, exports } = compile({
    "main.ts": `
      export * from "./more";
      export { hidden as shown } from "./more";
      @witExport("a:b/c@0.1.0#add", "alias")
      export function add(a: i32, b: i32): i32 { return a + b; }
      export function kept(): i32 { return 7; }
      @witExport("other") export function swap(): i32 { return 1; }
      @witExport("swap") export function other(): i32 { return 2; }`,
    "more.ts": `
      @witExport("[method]thing.more")
      @witExport("cabi_post_[method]thing.more")
      export function more(): i32 { return 3; }
      @witExport("hidden-name") export function hidden(): i32 { return 4; }`,
  });
  assert.is(said, "");
  assert.equal(names, [
    "[method]thing.more",
    "a:b/c@0.1.0#add",
    "alias",
    "cabi_post_[method]thing.more",
    "hidden-name",
    "kept",
    "memory",
    "other",
    "swap",
  ]);
  const call = (name: string, ...args: number[]): number =>
    (exports[name] as (...args: number[]) => number)(...args);
  assert.is(call("a:b/c@0.1.0#add", 2, 3), 5);
  assert.is(call("alias", 2, 3), 5);
  assert.is(call("[method]thing.more"), 3);
  assert.is(call("hidden-name"), 4);
  assert.is(call("other"), 1);
  assert.is(call("swap"), 2);
});

test("says at the decorator what is wrong with it", () => {
  const { said } = compile({
    "main.ts": `
      @witExport export function nameless(): void {}
      @witExport(3) export function numbered(): void {}
      @witExport("twice") export function first(): void {}
      @witExport("twice") export function second(): void {}
      @witExport("generic") export function generic<T>(): void {}
      @witExport("optional") export function optional(a: i32 = 1): void {}
      @witExport("class") class Thing {}`,
  });
  assert.match(said, "a name is missing");
  assert.match(said, "a name must be a string literal");
  assert.match(said, 'the name "twice" is given twice');
  assert.match(said, "the generic function generic has no one body");
  assert.match(said, "optional has an optional or rest parameter");
  assert.match(said, "only a top-level function can be exported");
  assert.match(said, /in main\.ts\(5,7\)/);
});

test("refuses a name that another export has, and a function that no entry file exports", () => {
  const { said } = compile({
    "main.ts": `
      import { lost } from "./more";
      @witExport("memory") export function clash(): void { lost(); }`,
    "more.ts": '@witExport("lost") export function lost(): void {}',
  });
  assert.match(said, 'there is another export "memory"');
  assert.match(said, "lost is not exported by an entry file");
});

test.run();
