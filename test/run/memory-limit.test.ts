/** What modules declare as the most memory is lowered, and nothing else of them changes. */
import { parse } from "@bytecodealliance/jco";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { mayMakeObjects } from "../../host/run/binary.ts";
import { memoryLimit } from "../../host/run/memory-limit.ts";
import { RunError } from "../../host/run/run-error.ts";

interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports?: object) => { readonly exports: Record<string, never> };
}
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

const KIB = 1024;
const PAGE = 64 * KIB;

const wat = async (text: string): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await parse(text));

/** How many pages or entries the export named `it` grows by, one by one, before it can't. */
function growth(bytes: Uint8Array): number {
  const { exports } = new engine.Instance(new engine.Module(bytes));
  const { it } = exports as unknown as { it: { grow(by: number): number } };
  for (let count = 0; count < 100_000; count++) {
    try {
      it.grow(1);
    } catch {
      return count;
    }
  }
  return Number.POSITIVE_INFINITY;
}

test("a memory grows to the limit, or to its own where that is less", async () => {
  for (const [declared, expected] of [
    ["1", 15],
    ["1 100", 15],
    ["1 3", 2],
    ["0", 16],
    ["16", 0],
  ] as const) {
    const bytes = await wat(`(module (func $f) (memory (export "it") ${declared}) (data (i32.const 0) ""))`);
    const [limited] = memoryLimit("it", 16 * PAGE)([bytes]);
    assert.is(growth(limited?.bytes as Uint8Array), expected, declared);
    assert.ok(limited?.isReckoned);
  }
});

test("several memories share it, and what one can't use is the others'", async () => {
  const modules = await Promise.all([
    wat('(module (memory (export "it") 1))'),
    wat('(module (memory (export "it") 1))'),
    wat('(module (memory (export "it") 1 2))'),
    wat('(module (import "env" "memory" (memory 0)))'),
  ]);
  const limited = memoryLimit("it", 14 * PAGE)(modules);
  assert.equal(
    limited.slice(0, 3).map(({ bytes }) => growth(bytes)),
    [5, 5, 1],
  );
  assert.is(limited[3]?.bytes, modules[3]);
  assert.not(limited[3]?.isReckoned);
});

test("a table has an eighth of it for its entries, of sixteen bytes each", async () => {
  const bytes = await wat('(module (table (export "it") 2 funcref) (func $f) (elem (i32.const 0) $f $f))');
  const [limited] = memoryLimit("it", 16 * KIB)([bytes]);
  assert.is(growth(limited?.bytes as Uint8Array), Math.floor((16 * KIB - 2 * 16) / 8 / 16));
});

test("a limit beyond what the format has leaves the module one that compiles", async () => {
  const bytes = await wat('(module (memory (export "it") 1) (table 1 funcref))');
  for (const limit of [2 ** 33, 2 ** 52]) {
    const [limited] = memoryLimit("it", limit)([bytes]);
    new engine.Module(limited?.bytes as Uint8Array);
  }
  assert.is(memoryLimit("it", Number.POSITIVE_INFINITY)([bytes])[0]?.bytes, bytes);
});

test("what begins beyond it is refused, as is what has too many or can't be read", async () => {
  const refused = (bytes: Uint8Array<ArrayBuffer>, code: string): void => {
    try {
      memoryLimit("it", PAGE)([bytes]);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, RunError);
      assert.is((error as RunError).code, code);
    }
  };
  refused(await wat("(module (memory 2))"), "ERR_MEMORY");
  refused(await wat("(module (table 5000 funcref))"), "ERR_MEMORY");
  refused(await wat(`(module ${"(table 0 funcref)".repeat(65)})`), "ERR_MEMORY");
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  for (const section of [
    [5, 3, 1, 0],
    [5, 2, 1, 0x40],
    [5, 4, 1, 0, 0, 0],
    [5, 6, 1, 0, 0x80, 0x80, 0x80, 0x80],
    [4, 3, 1, 0x70, 0x20],
  ]) {
    refused(Uint8Array.from([...header, ...section]), "ERR_INVALID_WASM");
  }
});

test("what can make objects in the engine's heap is known by its types", async () => {
  for (const [text, expected] of [
    ["(func (param i32 i64 f32 f64 v128 funcref externref) (result i32) unreachable)", false],
    ["(type (struct (field i32)))", true],
    ["(type (array (mut i8)))", true],
    ["(rec (type (func)) (type (func)))", true],
    ["(type $t (func)) (func (param (ref null $t)))", true],
    ["(tag (param i32))", true],
    ["", false],
  ] as const) {
    assert.is(mayMakeObjects("it", await wat(`(module ${text})`)), expected, text);
  }
});

test.run();
