/** Names that Object.prototype has, as variables, limits and grants of `wasock run`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";
import { assemble } from "../link/support.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const test = suite("wasock run, names");
const folder = mkdtempSync(join(tmpdir(), "wasock-names-"));
const modes: readonly (readonly string[])[] = hasJspi ? [[], ["--sync"]] : [[]];

/** Prints its environment, a variable a line. */
const PRINT = `(component
  (import "wasi:io/error@0.2.0" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error))
  (import "wasi:io/streams@0.2.0" (instance $streams
    (export "output-stream" (type $out (sub resource)))
    (alias outer 1 $error (type $e'))
    (export "error" (type $e (eq $e')))
    (type $se (variant (case "last-operation-failed" (own $e)) (case "closed")))
    (export "stream-error" (type $se' (eq $se)))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $se')))))))
  (alias export $streams "output-stream" (type $stream))
  (import "wasi:cli/stdout@0.2.0" (instance $stdout
    (alias outer 1 $stream (type $s)) (export "output-stream" (type $t (eq $s)))
    (export "get-stdout" (func (result (own $t))))))
  (import "wasi:cli/environment@0.2.0" (instance $env
    (export "get-environment" (func (result (list (tuple string string)))))))
  (core module $mem (memory (export "memory") 1) (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $p) (local.get 3)))
      (local.get $p)))
  (core instance $mem (instantiate $mem))
  (core func $get (canon lower (func $stdout "get-stdout")))
  (core func $env (canon lower (func $env "get-environment")
    (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush")
    (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (core module $m (import "" "memory" (memory 1)) (import "" "get" (func $get (result i32)))
    (import "" "env" (func $env (param i32))) (import "" "write" (func $write (param i32 i32 i32 i32)))
    (global $out (mut i32) (i32.const 0))
    (data (i32.const 0) "=\\0a")
    (func $print (param i32 i32)
      (call $write (global.get $out) (local.get 0) (local.get 1) (i32.const 64)))
    (func (export "run") (result i32) (local $i i32) (local $p i32)
      (global.set $out (call $get))
      (call $env (i32.const 16))
      (block $end (loop $next
        (br_if $end (i32.ge_u (local.get $i) (i32.load (i32.const 20))))
        (local.set $p (i32.add (i32.load (i32.const 16)) (i32.mul (local.get $i) (i32.const 16))))
        (call $print (i32.load (local.get $p)) (i32.load offset=4 (local.get $p)))
        (call $print (i32.const 0) (i32.const 1))
        (call $print (i32.load offset=8 (local.get $p)) (i32.load offset=12 (local.get $p)))
        (call $print (i32.const 1) (i32.const 1))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
      (i32.const 0)))
  (core instance $i (instantiate $m (with "" (instance
    (export "memory" (memory $mem "memory")) (export "get" (func $get))
    (export "env" (func $env)) (export "write" (func $write))))))
  (func $run (result (result)) (canon lift (core func $i "run")))
  (instance $run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $run)))`;

const program = join(folder, "print.wasm");
writeFileSync(program, await assemble(PRINT));

function run(...args: string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "run", ...args, program], {
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

test("variables are called as they are called", () => {
  const given = ["__proto__=x", "constructor=y", "toString=z", "A=b"];
  for (const mode of modes) {
    const options = given.flatMap((variable) => ["--env", variable]);
    assert.equal(run(...mode, ...options), { status: 0, output: `${given.join("\n")}\n` });
    // a variable that this process has not is none of the program's
    assert.equal(run(...mode, "--env", "constructor", "--env", "hasOwnProperty"), { status: 0, output: "" });
  }
});

test("limits and grants are those that there are", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    for (const option of [
      ["-S", name],
      ["-S", `${name}=y`],
      ["--limit", `${name}=1`],
    ]) {
      const { status, output } = run(...option);
      assert.is(status, 2);
      assert.match(output, /known are /);
    }
  }
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
