/** Small programs, written as WebAssembly text. */
import { parse } from "@bytecodealliance/jco";

/**
 * Makes a program.
 *
 * @param body of its `run`, which returns 0 when all is well
 * @param before imports, each on a line of its own, and whatever else a module has
 * @param memory default a page
 */
export async function program(
  body: string,
  before = "",
  memory = '(memory (export "memory") 1)',
): Promise<Uint8Array<ArrayBuffer>> {
  const lines = before.split("\n").map((line) => line.trim());
  const imports = lines.filter((line) => line.startsWith("(import"));
  const rest = lines.filter((line) => !line.startsWith("(import"));
  const run = `(func (export "wasi:cli/run@0.2.0#run") (result i32) ${body})`;
  return new Uint8Array(await parse(`(module ${[...imports, memory, ...rest, run].join("\n")})`));
}

/** Makes a module that imports from preview 1. */
export async function preview1(...definitions: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const exit = '(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))';
  return new Uint8Array(await parse(`(module ${exit} ${definitions.join("\n")})`));
}

/** Returns well. */
export const well = "(i32.const 0)";
/** Never ends, and never calls. */
export const spin = "(loop $l (br $l)) (i32.const 0)";

/** Imports what it takes to wait; `(call $wait (i64.const NANOSECONDS))`. */
export const WAIT = `
(import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $subscribe (param i64) (result i32)))
(import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))`;
/** Waits for a quarter of an hour. */
export const wait = "(call $block (call $subscribe (i64.const 900000000000))) (i32.const 0)";

/** Imports what it takes to write; `(call $print (i32.const HANDLE) (i32.const FROM) (i32.const LENGTH))`. */
export const PRINT = `
(import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
(import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))`;

/** Copies its input to its output. */
export function copying(): Promise<Uint8Array<ArrayBuffer>> {
  return program(
    `(local $in i32) (local $out i32)
     (local.set $in (call $stdin)) (local.set $out (call $stdout))
     (loop $l
       (call $read (local.get $in) (i64.const 4096) (i32.const 0))
       (if (i32.eqz (i32.load8_u (i32.const 0))) (then
         (call $write (local.get $out) (i32.load (i32.const 4)) (i32.load (i32.const 8)) (i32.const 16))
         (br $l))))
     (i32.const 0)`,
    `${PRINT}
     (import "wasi:cli/stdin@0.2.0" "get-stdin" (func $stdin (result i32)))
     (import "wasi:io/streams@0.2.0" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
     (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))`,
  );
}
