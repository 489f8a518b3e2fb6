/** Programs are linked by what they say of themselves, and what they say of what they import must be true. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { assemble, command, endsWell, fails, modes, run } from "./support.ts";

/** A component's import of a random number, which it has lowered to `$random`. */
const RANDOM = `(import "wasi:random/random@0.2.0" (instance $import
    (export "get-random-u64" (func (result u64)))))
  (core func $random (canon lower (func $import "get-random-u64")))`;

test("an import is the host's function", async () => {
  const faces = { "wasi:random/random": { getRandomBytes: () => [], getRandomU64: () => 2n ** 64n - 5n } };
  await endsWell(
    command(`${RANDOM}
      (core module $m (import "a" "b" (func $r (result i64)))
        (func (export "run") (result i32) (i64.ne (call $r) (i64.const -5))))
      (core instance $i (instantiate $m (with "a" (instance (export "b" (func $random))))))
      (alias core export $i "run" (core func $run))`),
    faces,
  );
});

test("a core module that is linked to another of the component gets nothing of the host", async () => {
  await endsWell(
    command(`(core module $ours (func (export "get-random-u64") (result i64) (i64.const 7)))
      (core instance $o (instantiate $ours))
      (core module $m (import "wasi:random/random@0.2.0" "get-random-u64" (func $r (result i64)))
        (func (export "run") (result i32) (i64.ne (call $r) (i64.const 7))))
      (core instance $i (instantiate $m (with "wasi:random/random@0.2.0" (instance $o))))
      (alias core export $i "run" (core func $run))`),
  );
});

test("an inner component gets what it is given, not the host's", async () => {
  await endsWell(`(component
    (component $adapter
      (core module $m (func (export "seven") (result i64) (i64.const 7)))
      (core instance $i (instantiate $m))
      (func $f (result u64) (canon lift (core func $i "seven")))
      (instance $random (export "get-random-u64" (func $f)))
      (export "wasi:random/random@0.2.0" (instance $random)))
    (component $program ${command(`${RANDOM}
      (core module $m (import "a" "b" (func $r (result i64)))
        (func (export "run") (result i32) (i64.ne (call $r) (i64.const 7))))
      (core instance $i (instantiate $m (with "a" (instance (export "b" (func $random))))))
      (alias core export $i "run" (core func $run))`).replace(/^\(component/, "")}
    (instance $adapter (instantiate $adapter))
    (instance $program (instantiate $program
      (with "wasi:random/random@0.2.0" (instance $adapter "wasi:random/random@0.2.0"))))
    (export "wasi:cli/run@0.2.0" (instance $program "wasi:cli/run@0.2.0")))`);
});

test("what a component says of a function that it imports must be so", async () => {
  for (const [name, type, why] of [
    ["get-random-u64", "(result u32)", "other parameters or another result"],
    ["get-random-u64", `(param "len" u64) (result u64)`, "other parameters or another result"],
    ["get-random-u64", "", "other parameters or another result"],
    ["get-random-bytes", `(param "len" u64) (result (list s8))`, "other parameters or another result"],
    ["get-random-bytes", `(param "len" u64) (result string)`, "other parameters or another result"],
    ["get-random-f64", "(result f64)", "not served here"],
    ["constructor", "(result u64)", "not served here"],
  ]) {
    await fails(
      `(component (import "wasi:random/random@0.2.0" (instance (export "${name}" (func ${type})))))`,
      new RegExp(`wasi:random/random@0\\.2\\.0#${name}.*${why}|${why}.*wasi:random/random@0\\.2\\.0#${name}`),
    );
  }
  await fails(
    `(component (import "wasi:io/poll@0.2.0" (instance
      (export "pollable" (type (sub resource)))
      (type (own 0)) (export "[method]pollable.ready" (func (param "self" 1) (result bool))))))`,
    /wasi:io\/poll@0\.2\.0#\[method\]pollable\.ready has other parameters/,
  );
  await fails(
    `(component (import "wasi:io/poll@0.2.0" (instance (export "error" (type (sub resource))))))`,
    /it imports what is not served here: wasi:io\/poll@0\.2\.0#error/,
  );
  await fails(
    `(component (import "wasi:io/poll@0.2.0" (func)))`,
    /wasi:io\/poll@0\.2\.0 is a instance, not a func/,
  );
});

test("what isn't served is told by name, all of it", async () => {
  await fails(
    `(component (import "wasi:keyvalue/store@0.2.0" (instance)) (import "wasi:io/poll@0.3.0" (instance))
      (import "constructor" (func)))`,
    /^it imports what is not served here: wasi:keyvalue\/store, wasi:io\/poll@0\.3\.0, constructor$/,
  );
});

test("any version of 0.2 is served, and one under another name", async () => {
  for (const version of ["0.2.0", "0.2.99", "0.2.0-rc-2023-12-05", "0.2.1+build"]) {
    assert.is(
      await run(
        await assemble(
          command(
            `(import "wasi:random/random@${version}" (instance (export "get-random-u64" (func (result u64)))))
      (core module $m (func (export "run") (result i32) (i32.const 0)))
      (core instance $i (instantiate $m)) (alias core export $i "run" (core func $run))`,
          ),
        ),
        false,
      ),
      true,
    );
  }
});

test("what a core module says of a function that it imports must be so", async () => {
  for (const [type, said] of [
    ["(result f64)", "-> f64"],
    ["(param i32) (result i64)", "i32 -> i64"],
    ["(result externref)", "-> externref"],
    ["(result i64 i64)", "-> i64 i64"],
  ]) {
    await fails(
      command(`${RANDOM}
        (core module $m (import "a" "b" (func ${type})) (func (export "run") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m (with "a" (instance (export "b" (func $random))))))
        (alias core export $i "run" (core func $run))`),
      new RegExp(`a core module imports "a" "b" as \\(${said}\\): it is \\(-> i64\\)$`),
    );
    await fails(
      `(module (import "wasi:random/random@0.2.0" "get-random-u64" (func ${type})) (memory (export "memory") 1)
        (func (export "wasi:cli/run@0.2.0#run") (result i32) (i32.const 0)))`,
      new RegExp(
        `it imports wasi:random/random@0\\.2\\.0#get-random-u64 as \\(${said}\\): it is \\(-> i64\\)$`,
      ),
    );
  }
  await fails(
    command(`${RANDOM}
      (core module $m (import "a" "b" (memory 1)) (func (export "run") (result i32) (i32.const 0)))
      (core instance $i (instantiate $m (with "a" (instance (export "b" (func $random))))))
      (alias core export $i "run" (core func $run))`),
    /a core module imports "a" "b" as a memory: it is a function$/,
  );
});

test("functions that are called from outside have the types that they are said to have", async () => {
  for (const type of ["(result f64)", "", "(param i32) (result i32)", "(result funcref)"]) {
    await fails(
      command(`(core module $m (func (export "run") ${type} unreachable))
        (core instance $i (instantiate $m))
        (alias core export $i "run" (core func $run))`),
      /a core function is \(.*\) where \(-> i32\) belongs$/,
    );
    await fails(
      `(module (memory (export "memory") 1) (func (export "wasi:cli/run@0.2.0#run") ${type} unreachable))`,
      /its wasi:cli\/run@0\.2\.0#run is not a function that takes nothing and gives an i32$/,
    );
  }
  const bytes = (options: string): string => `(component
    (import "wasi:random/random@0.2.0" (instance $import
      (export "get-random-bytes" (func (param "len" u64) (result (list u8))))))
    (core module $m (memory (export "m") 1) (func (export "f") (param i64) (result i32) unreachable))
    (core instance $i (instantiate $m))
    (core module $s (memory (export "shared") 1 1 shared))
    (core instance $s (instantiate $s))
    (core func $random (canon lower (func $import "get-random-bytes") ${options})))`;
  await fails(
    bytes(`(memory (core memory $i "m")) (realloc (core func $i "f"))`),
    /a core function is \(i64 -> i32\) where \(i32 i32 i32 i32 -> i32\) belongs$/,
  );
  await fails(bytes(`(memory (core memory $i "f"))`), /a core instance exports no memory "f"$/);
  await fails(bytes(`(memory (core memory $s "shared"))`), /a shared memory can't be served$/);
});

test("a core module has a memory, and a function that starts it, under their names", async () => {
  const clock = `(import "wasi:clocks/monotonic-clock@0.2.0" "now" (func (result i64)))`;
  const start = `(func (export "wasi:cli/run@0.2.0#run") (result i32) (i32.const 0))`;
  await endsWell(`(module ${clock} (memory (export "memory") 1) ${start})`);
  await fails(`(module ${clock} ${start})`, /no memory named "memory"/);
  await fails(`(module ${clock} (func (export "memory")) ${start})`, /no memory named "memory"/);
  await fails(
    `(module ${clock} (memory (export "memory") 1) (global (export "cabi_realloc") i32 (i32.const 1)) ${start})`,
    /"cabi_realloc" is not a function/,
  );
  await fails(`(module ${clock} (memory (export "memory") 1))`, /not a command \(no wasi:cli\/run export\)$/);
  await endsWell(
    `(module ${clock} (memory (export "memory") 1) (global (export "_initialize") i32 (i32.const 1)) ${start})`,
  );
});

test("a command is what exports one of wasi:cli/run", async () => {
  const exporting = (name: string, func: string): string => `(component
    (core module $m (func (export "run") (result i32) (i32.const 0)) (func (export "other")))
    (core instance $i (instantiate $m))
    (func $run (result (result)) (canon lift (core func $i "run")))
    (func $other (canon lift (core func $i "other")))
    (instance $command (export "run" (func $${func})))
    (export "${name}" (instance $command)))`;
  await endsWell(exporting("wasi:cli/run@0.2.0", "run"));
  await endsWell(exporting("wasi:cli/run@0.2.0-rc-2023-12-05", "run"));
  await fails(exporting("wasi:cli/run@0.3.0", "run"), /has no async function run that takes nothing/);
  await fails(exporting("wasi:cli/run@0.4.0", "run"), /not a command \(no wasi:cli\/run export\)/);
  await fails(
    exporting("wasi:cli/run@0.2.0", "other"),
    /no function run that takes nothing and gives a result/,
  );
  await fails(`(component)`, /not a command \(no wasi:cli\/run export\)/);
});

test("a result that is none is a trap", async () => {
  await fails(
    command(`(core module $m (func (export "run") (result i32) (i32.const 2)))
      (core instance $i (instantiate $m)) (alias core export $i "run" (core func $run))`),
    /2 is neither good nor bad$/,
  );
});

test("exceptions of WebAssembly are a core module's own business", async () => {
  const program = await assemble(
    command(`(core module $m
      (tag $t (param i32))
      (func $throws (throw $t (i32.const 7)))
      (func (export "run") (result i32)
        (block $caught (result i32)
          (try_table (catch $t $caught) (call $throws))
          (i32.const 0))
        (i32.ne (i32.const 7))))
      (core instance $i (instantiate $m)) (alias core export $i "run" (core func $run))`),
  );
  for (const suspending of modes) {
    try {
      assert.is(await run(program, suspending), true);
    } catch (error) {
      // an engine that has no such instruction yet says so
      assert.match((error as Error).message, /opcode 0x1f/);
    }
  }
});

test("a program that is made of too much is refused, and soon", async () => {
  const nested = (depth: number): string =>
    depth === 0
      ? "(component $c)"
      : `(component $c ${nested(depth - 1)} (instance (instantiate $c)) (instance (instantiate $c)))`;
  await fails(`(component ${nested(40)} (instance (instantiate $c)))`, /made of more than 1000 instances$/);
  const types = Array.from({ length: 60 }, (_, i) => `(type $t${i + 1} (tuple $t${i} $t${i}))`).join("\n");
  await fails(`(component (type $t0 (tuple u8 u8)) ${types})`, /a type is made of more than \d+ others$/);
  const deep = Array.from({ length: 300 }, (_, i) => `(type $t${i + 1} (option $t${i}))`).join("\n");
  await fails(`(component (type $t0 (list u8)) ${deep})`, /types lie more than 100 deep in one another$/);
  const instances = Array.from({ length: 60 }, (_, i) => {
    return `(instance $i${i + 1} (export "a" (instance $i${i})) (export "b" (instance $i${i})))
      (type $t${i + 1} (instance (alias outer 1 $t${i} (type $t)) (export "a" (instance (type $t))) (export "b" (instance (type $t)))))`;
  }).join("\n");
  await fails(
    `(component (instance $i0) (type $t0 (instance)) ${instances} (export "x" (instance $i60) (instance (type $t60))))`,
    /takes too much to be linked$/,
  );
});

/** A core module that calls `$wait`, which waits for so long, where `places` of it say, and catches what is thrown. */
function waitingIn(places: string, nanoseconds = 10_000_000_000): string {
  return `(module
    (import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $subscribe (param i64) (result i32)))
    (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
    (import "wasi:io/poll@0.2.0" "poll" (func $poll (param i32 i32 i32)))
    (import "wasi:random/random@0.2.0" "get-random-bytes" (func $random (param i64 i32)))
    (memory (export "memory") 1)
    (func $wait try (call $block (call $subscribe (i64.const ${nanoseconds}))) catch_all end)
    (func $poll-one try
      (i32.store (i32.const 0) (call $subscribe (i64.const ${nanoseconds})))
      (call $poll (i32.const 0) (i32.const 1) (i32.const 8)) catch_all end)
    ${places})`;
}

test("to wait where nobody can be suspended is a trap, which isn't caught", async () => {
  const run = (body: string): string =>
    `(func (export "wasi:cli/run@0.2.0#run") (result i32) ${body} (i32.const 0))`;
  const realloc = (body: string): string =>
    `(func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) ${body} (i32.const 1024))`;
  const random = run("(call $random (i64.const 8) (i32.const 16))");
  await fails(waitingIn(`${run("")} (func (export "_initialize") (call $wait))`), /have to wait/);
  await fails(waitingIn(`${random} ${realloc("(call $wait)")}`), /have to wait/);
  await fails(waitingIn(`${random} ${realloc("(call $poll-one)")}`), /have to wait/);
  const waits = waitingIn(`${run("(call $wait) (call $poll-one)")} ${realloc("")}`, 1_000_000);
  await endsWell(waits, undefined, true);
});

test("what gives memory is of its type", async () => {
  for (const type of ["(param i64) (result i32)", "(param i32 i32 i32 i32) (result externref)", ""]) {
    const program = `(module (memory (export "memory") 1)
      (func (export "cabi_realloc") ${type} unreachable)
      (func (export "wasi:cli/run@0.2.0#run") (result i32) (i32.const 0)))`;
    await fails(program, /^it exports cabi_realloc as \(.*\): it is \(i32 i32 i32 i32 -> i32\)$/);
  }
});

test("an exception in what the host calls is not the host's", async () => {
  await fails(
    `(module (import "wasi:random/random@0.2.0" "get-random-bytes" (func $random (param i64 i32)))
      (tag $t) (memory (export "memory") 1)
      (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (throw $t))
      (func (export "wasi:cli/run@0.2.0#run") (result i32)
        try (call $random (i64.const 8) (i32.const 16)) catch_all end (i32.const 0)))`,
    /^wasi:random\/random#get-random-bytes: an exception that nobody caught$/,
  );
});

test.run();
