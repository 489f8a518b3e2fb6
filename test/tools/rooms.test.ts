/** tools/lib/rooms: circles, imports upward and unused exports are noticed, and what is fine is not. */
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Rooms {
  sources(): Map<string, string>;
  problemsOf(texts: ReadonlyMap<string, string>): string[];
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const { sources, problemsOf } = (await import(`${root}tools/lib/rooms.mjs`)) as Rooms;

/** What is said of some files, by their paths. */
function problems(files: Record<string, string>): string[] {
  return problemsOf(new Map(Object.entries(files)));
}

test("the sources as they are, and with one of each kind put in", () => {
  const texts = sources();
  const add = (path: string, text: string): void => {
    assert.ok(texts.has(path), path);
    texts.set(path, `${texts.get(path)}${text}`);
  };
  add("src/endpoint.ts", 'import type { Socket } from "./socket.ts";\n');
  add("host/messages/known-keys.ts", 'import type { Host } from "../sync/channel.ts";\n');
  add("host/io/owner.ts", "export const NOBODY = 1;\n");
  assert.equal(problemsOf(texts), [
    "a circle: src/endpoint.ts → src/socket.ts → src/endpoint.ts",
    "host/messages/known-keys.ts: imports upward, from host/sync/channel.ts",
    "src/endpoint.ts: imports upward, from src/socket.ts",
    "host/io/owner.ts: exports NOBODY, which nobody imports",
  ]);
});

test("a circle of types, within a room", () => {
  const files = {
    "host/io/a.ts": 'import type { B } from "./b.ts"; export interface A { b: B }',
    "host/io/b.ts": 'export type B = import("./a.ts").A | undefined;',
  };
  assert.equal(problems(files), ["a circle: host/io/a.ts → host/io/b.ts → host/io/a.ts"]);
});

test("a circle of three, once, and no more than is of it", () => {
  const files = {
    "test/a.ts": 'import { b } from "./b.ts"; b;',
    "test/b.ts": 'export { c as b } from "./c.ts";',
    "test/c.ts": 'export const c = await import("./d.ts");',
    "test/d.ts": 'import "./b.ts";',
  };
  assert.equal(problems(files), ["a circle: test/b.ts → test/c.ts → test/d.ts → test/b.ts"]);
});

test("a circle in AssemblyScript", () => {
  const files = {
    "assembly/drivers/loop/a.ts":
      'import { b } from "./b";\n// @ts-ignore: decorator\n@inline\nexport function a(): i32 { return b(); }',
    "assembly/drivers/loop/b.ts": 'import { a } from "./a";\nexport function b(): i32 { return a(); }',
  };
  assert.equal(problems(files), [
    "a circle: assembly/drivers/loop/a.ts → assembly/drivers/loop/b.ts → assembly/drivers/loop/a.ts",
  ]);
});

test("a circle through a type in a comment", () => {
  const files = {
    "tools/lib/a.mjs": 'import { b } from "./b.mjs";\n/** @typedef {number} A */\nb();',
    "tools/lib/b.mjs": '/** @returns {import("./a.mjs").A} */\nexport function b() { return 1; }',
  };
  assert.equal(problems(files), ["a circle: tools/lib/a.mjs → tools/lib/b.mjs → tools/lib/a.mjs"]);
});

test("imports upward, to a neighbour and without a place", () => {
  const files = {
    "host/sockets/tcp.ts":
      'import type { Faces } from "../wasi02/tcp.ts"; import "../files/walk.ts"; import "../new.ts";',
    "host/wasi02/tcp.ts": 'export type Faces = number; import "../sockets/tcp.ts"',
    "host/files/walk.ts": "",
    "host/new.ts": "",
  };
  assert.equal(problems(files).slice(1), [
    "host/sockets/tcp.ts: imports upward, from host/wasi02/tcp.ts",
    "host/sockets/tcp.ts: imports from host/files/walk.ts, in a room beside its own",
    "host/new.ts: has no place among the layers of tools/lib/rooms.mjs",
  ]);
});

test("exports that nobody imports", () => {
  const files = {
    "host/io/a.ts": `
      export const used = 1, unused = 2;
      export function alone(): Said { return used; }
      export class Kind {}
      /** Part of what a function says. */
      export type Said = number;
      export interface Base {}
      export interface Derived extends Base {}
    `,
    "host/io/b.ts": 'export { used, used as renamed } from "./a.ts";',
    "host/io/c.ts": 'import * as b from "./d.ts"; import { used } from "./b.ts"; b; used;',
    "host/io/d.ts": "export const some = 1, other = 2;",
    "host/index.ts": "export const published = 1;",
    "assembly/faces/binding.ts": "export function forTheHost(): void {}",
  };
  assert.equal(problems(files), [
    ...["unused", "alone", "Kind", "Derived"].map(
      (name) => `host/io/a.ts: exports ${name}, which nobody imports`,
    ),
    "host/io/b.ts: exports renamed, which nobody imports",
  ]);
});

test("what is made from WIT has what nobody imports", () => {
  const text = "export const A = 1;\n";
  assert.equal(problems({ "host/lowered/a.ts": `// Made by tools/generate.mjs; do not edit.\n${text}` }), []);
  assert.equal(problems({ "host/lowered/a.ts": text }), [
    "host/lowered/a.ts: exports A, which nobody imports",
  ]);
});

test.run();
