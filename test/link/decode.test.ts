/** The reader of components: what it reads of real ones, and that nothing makes it do more than refuse in a sentence. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { print } from "@bytecodealliance/jco-transpile/wasm-tools";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Component, Definition } from "../../host/component/ast.ts";
import { coreInterface } from "../../host/component/core.ts";
import { decodeComponent, isComponent } from "../../host/component/decode.ts";
import { MalformedError } from "../../host/component/reader.ts";
import { linkProgram } from "../../host/link/link.ts";
import { assemble } from "./support.ts";

const built = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url))));
const PROGRAMS = [
  "wasock.component.wasm",
  "test/assembly/programs/lines.wasm",
  "test/assembly/programs/files.wasm",
];
const SEED = Number(process.env["WASOCK_SEED"] ?? 20_261_127);
const MUTATIONS = Number(process.env["WASOCK_MUTATIONS"] ?? 3000);

function all({ definitions }: Component): Definition[] {
  return definitions.flatMap((definition) =>
    definition.kind === "component" ? [definition, ...all(definition.component)] : [definition],
  );
}

test("as many of each kind are read as wasm-tools prints", async () => {
  for (const path of PROGRAMS) {
    const bytes = built(path);
    assert.ok(isComponent(bytes));
    const definitions = all(decodeComponent(bytes));
    const text = await print(bytes);
    const printed = (start: RegExp): number => text.split("\n").filter((line) => start.test(line)).length;
    const read = (...kinds: Definition["kind"][]): number =>
      definitions.filter(({ kind }) => kinds.includes(kind)).length;
    // definitions of components stand two or four spaces in, those of core modules deeper or in none of these words
    assert.is(read("core module"), printed(/^ +\(core module /));
    assert.is(read("core instance", "core instance of exports"), printed(/^ +\(core instance /));
    assert.is(read("canon lower"), printed(/^ +\(core func .*\(canon lower /));
    assert.is(read("canon lift"), printed(/^ +\(func .*\(canon lift /));
    assert.is(read("canon resource.drop"), printed(/\(canon resource\.drop /));
    assert.is(read("canon resource.new"), printed(/\(canon resource\.new /));
    assert.is(read("component"), printed(/^ +\(component /));
    assert.is(
      read("instance", "instance of exports"),
      printed(/^ +\(instance \(;\d+;\) \(instantiate|^ +\(instance \$\S+ \(;\d+;\) \(instantiate/),
    );
  }
});

test("core modules tell what they import and export, with the types of functions", async () => {
  const bytes = await assemble(`(module
    (rec (type $a (struct (field (mut i32)) (field (ref null $b)))) (type $b (sub (array i8))))
    (type (func (param externref v128) (result funcref (ref $a))))
    (import "a" "f" (func (param i32 i64) (result f32)))
    (import "a" "m" (memory i64 1 2))
    (import "a" "t" (table 1 10 funcref))
    (import "a" "g" (global (mut f64)))
    (import "" "" (tag (param i32)))
    (func $own (param f64))
    (export "own" (func $own)) (export "f" (func 0)) (export "" (memory 0)))`);
  const { imports, exports } = coreInterface(bytes);
  assert.equal(imports, [
    { module: "a", name: "f", kind: "function", signature: "i32 i64 -> f32" },
    { module: "a", name: "m", kind: "memory", signature: undefined },
    { module: "a", name: "t", kind: "table", signature: undefined },
    { module: "a", name: "g", kind: "global", signature: undefined },
    { module: "", name: "", kind: "tag", signature: undefined },
  ]);
  assert.equal(
    [...exports],
    [
      ["own", { kind: "function", signature: "f64 ->" }],
      ["f", { kind: "function", signature: "i32 i64 -> f32" }],
      ["", { kind: "memory", signature: undefined }],
    ],
  );
});

test("what is asynchronous is read too", async () => {
  const component = decodeComponent(
    await assemble(`(component
      (core module $m (memory (export "m") 1) (func (export "f") (result i32) unreachable)
        (func (export "cb") (param i32 i32 i32) (result i32) unreachable))
      (core instance $i (instantiate $m))
      (type $s (stream u8)) (type $f (future (result string)))
      (core func (canon stream.new $s))
      (core func (canon stream.read $s async (memory (core memory $i "m"))))
      (core func (canon stream.cancel-write $s async))
      (core func (canon future.drop-readable $f))
      (core func (canon task.return (result u32)))
      (core func (canon context.get i32 0))
      (core func (canon waitable-set.wait (memory (core memory $i "m"))))
      (core func (canon waitable.join))
      (core func (canon subtask.drop))
      (core func (canon backpressure.inc))
      (func (export "run") async (result u32)
        (canon lift (core func $i "f") async (callback (core func $i "cb")))))`),
  );
  const names = component.definitions.flatMap((one) => (one.kind === "canon built-in" ? [one.name] : []));
  assert.equal(names, [
    "stream.new",
    "stream.read",
    "stream.cancel-write",
    "future.drop-readable",
    "task.return",
    "context.get",
    "waitable-set.wait",
    "waitable.join",
    "subtask.drop",
    "backpressure.inc",
  ]);
  const read = component.definitions.find(
    (one) => one.kind === "canon built-in" && one.name === "stream.read",
  );
  assert.ok(read?.kind === "canon built-in" && read.options?.isAsync && read.options.memory === 0);
  const lift = component.definitions.find((one) => one.kind === "canon lift");
  assert.ok(lift?.kind === "canon lift" && lift.options.isAsync && lift.options.callback !== undefined);
});

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const refused = (bytes: readonly number[], message: RegExp): void => {
  assert.throws(
    () => decodeComponent(Uint8Array.from([...HEADER, ...bytes])),
    (error: unknown) => error instanceof MalformedError && message.test(error.message),
  );
};

test("what is malformed is refused by the byte", () => {
  refused([0x07, 0x01], /at byte 10: 1 bytes are announced and are not there/);
  refused([0x07, 0x05, 0xff, 0xff, 0xff, 0xff, 0x0f], /4294967295 items are announced and are not there/);
  refused([0x07, 0x05, 0x80, 0x80, 0x80, 0x80, 0x10], /a number of more than 32 bits/);
  refused([0x07, 0x06, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], /a number of more than 32 bits/);
  refused([0x07, 0x02, 0x01, 0x10], /0x10 is not a type/);
  refused([0x07, 0x03, 0x01, 0x7f, 0x00], /a section is longer than what is in it/);
  refused([0x08, 0x02, 0x01, 0x7f], /0x7f is not a canonical definition/);
  refused([0x0d, 0x00], /there is no section 13/);
  refused([0x0a, 0x05, 0x01, 0x00, 0x01, 0xff, 0x01], /a name is not UTF-8/);
  refused([0x07, 0x03, 0x01, 0x72, 0x00], /a type has no members/);
});

test("what is nested without end, or is far too much, is refused soon", () => {
  // types within types, components within components: each level is told its length first
  let types: number[] = [0x7f];
  for (let i = 0; i < 3000; i++) types = [0x42, 0x01, 0x01, ...types];
  const section = (id: number, body: readonly number[]): number[] => [id, ...leb(body.length), ...body];
  refused(section(7, [0x01, ...types]), /types lie more than 64 deep/);
  let components: number[] = [];
  for (let i = 0; i < 1000; i++) components = section(4, [...HEADER, ...components]);
  refused(components, /components lie more than 64 deep/);
  const many = new Array<number>(300_000).fill(0x7f);
  refused(section(7, [...leb(many.length), ...many]), /more than 250000 items/);
});

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

/** xorshift32 (Marsaglia 2003). */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Components without their core modules' insides, so that what is changed is the component's. */
const SMALL = `(component
  (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error))
  (import "wasi:random/random@0.2.0" (instance $random (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
  (type $v (variant (case "a" u8) (case "b" (tuple string f64)) (case "c")))
  (core module $m (memory (export "m") 1) (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0)
    (func (export "f") (param i32) (result i32) i32.const 0))
  (core instance $i (instantiate $m))
  (core func $lowered (canon lower (func $random "get-random-bytes") (memory (core memory $i "m")) (realloc (core func $i "r"))))
  (component $inner (import "f" (func $f (param "e" u32) (result u32))) (export "g" (func $f)))
  (func $f (param "e" u32) (result u32) (canon lift (core func $i "f")))
  (instance $in (instantiate $inner (with "f" (func $f))))
  (core module $n (import "" "l" (func (param i64 i32))) (func (export "run") (result i32) i32.const 0))
  (core instance $j (instantiate $n (with "" (instance (export "l" (func $lowered))))))
  (type $r (resource (rep i32)))
  (core func (canon resource.new $r))
  (func $run (result (result)) (canon lift (core func $j "run")))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $command)))`;

test("components in which anything is changed are linked or refused in a sentence, and soon", async () => {
  const originals = [await assemble(SMALL), built(PROGRAMS[1] as string)];
  const next = random(SEED);
  const faces = {
    "wasi:io/error": { Error: class {} },
    "wasi:random/random": { getRandomBytes: () => [], getRandomU64: () => 0n },
  };
  let linked = 0;
  for (let i = 0; i < MUTATIONS; i++) {
    // the large one now and then only: most of it is its core module
    const bytes = (originals[i % 20 === 0 ? 1 : 0] as Uint8Array<ArrayBuffer>).slice();
    for (let changes = next(3); changes >= 0; changes--) {
      const at = 8 + next(bytes.length - 8);
      if (next(3) === 0) bytes.copyWithin(at, 8 + next(bytes.length - 8), bytes.length);
      else bytes[at] = next(4) === 0 ? 0xff : next(256);
    }
    const cut = next(5) === 0 ? bytes.slice(0, 8 + next(bytes.length - 8)) : bytes;
    const started = performance.now();
    try {
      await linkProgram(cut, { faces, suspending: false });
      linked++;
    } catch (error) {
      assert.ok(error instanceof Error, `change ${i} of seed ${SEED} threw ${String(error)}`);
      const own = ["MalformedError", "LinkError", "CompileError", "RuntimeError"].includes(error.name);
      assert.ok(
        own || /^(attach|WebAssembly)/.test(error.message),
        `change ${i} of seed ${SEED}: ${error.stack}`,
      );
      assert.not(
        [...error.message].some((letter) => letter < " "),
        JSON.stringify(error.message),
      );
    }
    assert.ok(performance.now() - started < 5000, `change ${i} of seed ${SEED} took long`);
  }
  assert.ok(linked > 0);
});

test.run();
