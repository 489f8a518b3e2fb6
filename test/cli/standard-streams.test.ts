/** The standard streams of `wasock run`: what they may be, and what becomes of them. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";

const test = suite("standard streams of wasock run");
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wasock-standard-"));
const modes: readonly (readonly string[])[] = hasJspi ? [[], ["--sync"]] : [[]];

/** Copies the input to the output, then prints how either ended on the error output. */
const CAT = `(module
  (import "wasi:cli/stdin@0.2.0" "get-stdin" (func $stdin (result i32)))
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
  (import "wasi:cli/stderr@0.2.0" "get-stderr" (func $stderr (result i32)))
  (import "wasi:io/streams@0.2.0" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush"
    (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/error@0.2.0" "[method]error.to-debug-string" (func $text (param i32 i32)))
  (memory (export "memory") 4)
  (data (i32.const 1024) "input closed\\n")
  (data (i32.const 1040) "output closed\\n")
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
  (func $explain (param $error i32) (param $closed i32) (param $length i32)
    (if (i32.load8_u (local.get $error))
      (then (call $write (call $stderr) (local.get $closed) (local.get $length) (i32.const 128)))
      (else
        (call $text (i32.load offset=4 (local.get $error)) (i32.const 96))
        (call $write (call $stderr) (i32.load (i32.const 96)) (i32.load (i32.const 100)) (i32.const 128)))))
  (func (export "wasi:cli/run@0.2.0#run") (result i32) (local $in i32) (local $out i32)
    (local.set $in (call $stdin))
    (local.set $out (call $stdout))
    (loop $more
      (call $read (local.get $in) (i64.const 4096) (i32.const 64))
      (if (i32.load8_u (i32.const 64))
        (then (call $explain (i32.const 68) (i32.const 1024) (i32.const 13)) (return (i32.const 0))))
      (call $write (local.get $out) (i32.load (i32.const 68)) (i32.load (i32.const 72)) (i32.const 128))
      (if (i32.load8_u (i32.const 128))
        (then (call $explain (i32.const 132) (i32.const 1040) (i32.const 14)) (return (i32.const 0))))
      (br $more))
    (i32.const 0)))`;
writeFileSync(join(folder, "cat.wasm"), await parse(CAT));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Given {
  /** A descriptor, or text through a pipe. */
  readonly input: number | string;
  readonly output?: number;
  /** How many bytes are read until the pipe is closed. */
  readonly reads?: number;
}

async function cat(mode: readonly string[], { input, output, reads = Infinity }: Given): Promise<Ended> {
  const child = spawn(process.execPath, [cli, "run", ...mode, "cat.wasm"], {
    cwd: folder,
    stdio: [typeof input === "number" ? input : "pipe", output ?? "pipe", "pipe"],
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  const texts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (bytes: Buffer) => {
    texts.stdout += bytes;
    if (texts.stdout.length >= reads) child.stdout?.destroy();
  });
  child.stderr?.on("data", (bytes: Buffer) => {
    texts.stderr += bytes;
  });
  child.stdin?.on("error", () => {});
  if (typeof input === "string") child.stdin?.end(input);
  const [code] = await ended;
  return { code, ...texts };
}

for (const mode of modes) {
  const name = ["wasock run", ...mode].join(" ");

  test(`${name}: an input that is empty, a file, a folder, or text in a pipe`, async () => {
    assert.equal(await cat(mode, { input: "" }), { code: 0, stdout: "", stderr: "input closed\n" });
    const text = "x".repeat(200_000);
    assert.equal(await cat(mode, { input: text }), { code: 0, stdout: text, stderr: "input closed\n" });
    const nothing = openSync("/dev/null", "r");
    assert.equal(await cat(mode, { input: nothing }), { code: 0, stdout: "", stderr: "input closed\n" });
    closeSync(nothing);
    writeFileSync(join(folder, "text"), text);
    const file = openSync(join(folder, "text"), "r");
    assert.equal(await cat(mode, { input: file }), { code: 0, stdout: text, stderr: "input closed\n" });
    closeSync(file);
    const root = openSync("/", "r");
    const { code, stdout, stderr } = await cat(mode, { input: root });
    closeSync(root);
    assert.equal({ code, stdout }, { code: 0, stdout: "" });
    assert.match(stderr, /^read: EISDIR/);
  });

  test(`${name}: an output whose reader goes away is closed; one that is full tells so`, async () => {
    const { code, stderr } = await cat(mode, { input: "x".repeat(2_000_000), reads: 10_000 });
    assert.equal({ code, stderr }, { code: 0, stderr: "output closed\n" });
    const full = openSync("/dev/full", "w");
    const ended = await cat(mode, { input: "text", output: full });
    closeSync(full);
    assert.is(ended.code, 0);
    assert.match(ended.stderr, /^write: ENOSPC/);
  });
}

test("a program is taken from a pipe, whose bytes come once", () => {
  const { status, stderr } = spawnSync(
    "sh",
    ["-c", `cat cat.wasm | "$0" "$1" run /dev/stdin`, process.execPath, cli],
    {
      cwd: folder,
      encoding: "utf8",
    },
  );
  assert.equal({ status, stderr }, { status: 0, stderr: "input closed\n" });
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
