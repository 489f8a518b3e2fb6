/** `wasock run --dir`: what a program is given, and what it is not. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const test = suite("wasock run --dir");
const top = mkdtempSync(join(tmpdir(), "wasock-dir-"));
const modes: readonly (readonly string[])[] = hasJspi ? [[], ["--sync"]] : [[]];

/** Tells by one letter each what came of a call: `.` for success, and for the error code n the (n + 1)th letter. */
const GUEST = `(module
  (import "wasi:filesystem/preopens@0.2.0" "get-directories" (func $dirs (param i32)))
  (import "wasi:filesystem/types@0.2.0" "[method]descriptor.create-directory-at" (func $mkdir (param i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.2.0" "[method]descriptor.open-at" (func $open (param i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.2.0" "[method]descriptor.rename-at" (func $rename (param i32 i32 i32 i32 i32 i32 i32)))
  (import "wasi:filesystem/types@0.2.0" "[method]descriptor.symlink-at" (func $symlink (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $out (result i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (memory (export "memory") 4)
  (global $top (mut i32) (i32.const 65536))
  (global $stdout (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.set $top (i32.and (i32.add (global.get $top) (i32.const 15)) (i32.const -16)))
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (local.get 3))))
  (data (i32.const 0) "a")
  (data (i32.const 8) "b")
  (data (i32.const 16) "..")
  (data (i32.const 24) "secret")
  (func $tell
    (i32.store8 (i32.const 128)
      (if (result i32) (i32.load8_u (i32.const 256))
        (then (i32.add (i32.const 65) (i32.load8_u (i32.const 260))))
        (else (i32.const 46))))
    (call $write (global.get $stdout) (i32.const 128) (i32.const 1) (i32.const 512)))
  (func (export "wasi:cli/run@0.2.0#run") (result i32) (local $one i32) (local $two i32) (local $a i32)
    (global.set $stdout (call $out))
    (call $dirs (i32.const 256))
    (local.set $one (i32.load (i32.load (i32.const 256))))
    (local.set $two (i32.load offset=12 (i32.load (i32.const 256))))
    ;; a folder is opened, and a link that leads out is put in its place
    (call $mkdir (local.get $one) (i32.const 0) (i32.const 1) (i32.const 256)) (call $tell)
    (call $open (local.get $one) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 2) (i32.const 1) (i32.const 256))
    (local.set $a (i32.load (i32.const 260))) (call $tell)
    (call $rename (local.get $one) (i32.const 0) (i32.const 1) (local.get $one) (i32.const 8) (i32.const 1) (i32.const 256)) (call $tell)
    (call $symlink (local.get $one) (i32.const 16) (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 256)) (call $tell)
    (call $open (local.get $a) (i32.const 1) (i32.const 24) (i32.const 6) (i32.const 0) (i32.const 1) (i32.const 256)) (call $tell)
    ;; what is read-only is read, and nothing else
    (call $open (local.get $two) (i32.const 1) (i32.const 24) (i32.const 6) (i32.const 0) (i32.const 1) (i32.const 256)) (call $tell)
    (call $open (local.get $two) (i32.const 1) (i32.const 24) (i32.const 6) (i32.const 0) (i32.const 2) (i32.const 256)) (call $tell)
    (call $open (local.get $two) (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 2) (i32.const 256)) (call $tell)
    (call $mkdir (local.get $two) (i32.const 0) (i32.const 1) (i32.const 256)) (call $tell)
    (call $rename (local.get $one) (i32.const 8) (i32.const 1) (local.get $two) (i32.const 8) (i32.const 1) (i32.const 256)) (call $tell)
    (i32.const 0)))`;

const guest = join(top, "guest.wasm");
writeFileSync(guest, await parse(GUEST));

function wasock(args: readonly string[]): { code: number | null; stdout: string; stderr: string } {
  const options = { cwd: top, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "run", ...args], options);
  return { code: status, stdout, stderr };
}

/** `no-entry` and `read-only`, as the guest tells them. */
const NO_ENTRY = "U";
const READ_ONLY = "b";

test("a folder is a folder and no path, and :ro lets nothing be changed", () => {
  for (const [i, mode] of modes.entries()) {
    const data = join(top, `data-${i}`);
    mkdirSync(join(data, "in"), { recursive: true });
    writeFileSync(join(data, "secret"), "secret");
    const given = ["--dir", `data-${i}/in::/`, "--dir", `${data}::/data:ro`];
    const { code, stdout, stderr } = wasock([...mode, ...given, guest]);
    assert.is(stderr, "");
    assert.is(stdout, `....${NO_ENTRY}.${READ_ONLY.repeat(4)}`);
    assert.is(code, 0);
    assert.equal(readdirSync(data).sort(), ["in", "secret"]);
    assert.equal(readdirSync(join(data, "in")).sort(), ["a", "b"]);
  }
});

test("a folder that can't be given is told in a sentence", () => {
  for (const [option, message] of [
    ["nowhere", "--dir nowhere: there is no folder nowhere"],
    ["nowhere::/:ro", "--dir nowhere::/:ro: there is no folder nowhere"],
    ["guest.wasm", "--dir guest.wasm: guest.wasm is not a folder"],
    ["::x", "--dir ::x: it is to look like HOST, HOST::GUEST or HOST::GUEST:ro"],
    [".::/data:RO", "--dir .::/data:RO: behind a colon at its end only ro can stand"],
    [".::/:read", "--dir .::/:read: behind a colon at its end only ro can stand"],
    [".::/::ro", "--dir .::/::ro: behind a colon at its end only ro can stand"],
    [".::", "--dir .::: it is to look like HOST, HOST::GUEST or HOST::GUEST:ro"],
  ] as const) {
    const { code, stderr } = wasock(["--dir", option, guest]);
    assert.is(stderr, `wasock: ${message}\n`);
    assert.is(code, 2);
  }
  const { code, stderr } = wasock(["--dir", ".::/x", "--dir", `${top}::/x`, guest]);
  assert.match(stderr, "the program has another folder that it calls /x");
  assert.is(code, 2);
  assert.not(existsSync(join(top, "nowhere")));
});

test.after(() => rmSync(top, { recursive: true, force: true }));
test.run();
