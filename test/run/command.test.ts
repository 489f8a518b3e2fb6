/** `runCommand`: how programs end, by themselves and by others, in every way to run them. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getActiveResourcesInfo } from "node:process";
import { PassThrough, Writable } from "node:stream";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  keepPrograms,
  policyFromRules,
  RunError,
  type RunOptions,
  type RunResult,
  runCommand,
} from "../../host/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { warnings } from "../host/support.ts";
import { copying, PRINT, preview1, program, spin, WAIT, wait, well } from "./guests.ts";

const test = suite("runCommand");

/** The ways to run a program: on this thread, on another with its host, on another without it. */
const WAYS: Readonly<Record<string, RunOptions>> = hasJspi
  ? {
      here: { isolation: "none" },
      thread: { isolation: "thread" },
      "thread, policy in code": { isolation: "thread", policy: policyFromRules({}) },
      blocking: { blocking: true },
    }
  : { blocking: {}, thread: { isolation: "thread" } };

/** Those in which a program can be ended whatever it does. */
const ISOLATED = Object.entries(WAYS).filter(([, { isolation }]) => isolation !== "none");

async function inEachWay(
  bytes: Uint8Array,
  options: RunOptions,
  check: (result: RunResult, way: string) => void,
): Promise<void> {
  for (const [way, how] of Object.entries(WAYS)) {
    check(await runCommand(bytes, { stdout: "pipe", stderr: "pipe", ...how, ...options }), way);
  }
}

const refused = async (work: Promise<unknown>): Promise<RunError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, RunError);
  return error as RunError;
};

test("a program's bytes may lie in memory that threads share", async () => {
  const bytes = await program("(i32.const 1)");
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  await inEachWay(shared, {}, ({ exitCode }, way) => assert.is(exitCode, 1, way));
});

test("a program's file is read once as long as programs are kept", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wasock-"));
  const file = join(folder, "program.wasm");
  const exits = async (code: number): Promise<void> => {
    for (const [way, how] of Object.entries(WAYS))
      assert.is((await runCommand(file, how)).exitCode, code, way);
  };
  writeFileSync(file, await program("(i32.const 0)"));
  const release = keepPrograms();
  await exits(0);
  writeFileSync(file, await program("(i32.const 1)"));
  await exits(0);
  release();
  await exits(1);
  rmSync(folder, { recursive: true });
});

test("a program ends with its own exit code", async () => {
  await inEachWay(await program(well), {}, ({ exitCode, trapped, stats }, way) => {
    assert.is(exitCode, 0, way);
    assert.is(trapped, undefined);
    assert.is(stats?.sockets, 0);
  });
  await inEachWay(await program("(i32.const 1)"), {}, ({ exitCode }) => assert.is(exitCode, 1));
  const exit = `(import "wasi:cli/exit@0.2.0" "exit" (func $exit (param i32)))
    (import "wasi:cli/exit@0.2.0" "exit-with-code" (func $code (param i32)))`;
  const exits = [
    ["(call $exit (i32.const 0))", 0],
    ["(call $exit (i32.const 1))", 1],
    ["(call $code (i32.const 42))", 42],
  ] as const;
  for (const [call, code] of exits) {
    await inEachWay(await program(`${call} unreachable`, exit), {}, ({ exitCode, trapped }, way) => {
      assert.is(exitCode, code, `${way} ${call}`);
      assert.is(trapped, undefined);
    });
  }
});

test("traps of every kind end with 134 and a sentence", async () => {
  const poll = `(import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))`;
  const kinds: readonly (readonly [string, string, RegExp])[] = [
    ["unreachable", "", /^unreachable$/],
    ["(i32.load (i32.const 0x7fffffff))", "", /out of bounds/],
    ["(call $deep)", "(func $deep (result i32) (i32.add (i32.const 1) (call $deep)))", /call stack/],
    ["(call $block (i32.const 7)) (i32.const 0)", poll, /7 is not a handle in use/],
    ["(throw $e)", "(tag $e)", /exception/],
    [well, "(func $start unreachable) (start $start)", /^unreachable$/],
    [well, '(data (i32.const 70000) "x")', /out of bounds/],
  ];
  for (const [body, before, message] of kinds) {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = await program(body, before);
    } catch (error) {
      throw new Error(`${body}: ${error instanceof Error ? error.message : JSON.stringify(error)}`);
    }
    if (body.includes("throw") && !knowsExceptions(bytes)) continue;
    await inEachWay(bytes, {}, ({ exitCode, trapped }, way) => {
      assert.is(exitCode, 134, `${way} ${body}`);
      assert.is(trapped?.reason, "trap");
      assert.match(trapped?.message ?? "", message);
    });
  }
});

function knowsExceptions(bytes: Uint8Array): boolean {
  return (
    globalThis as unknown as { WebAssembly: { validate(bytes: Uint8Array): boolean } }
  ).WebAssembly.validate(bytes);
}

test("a trap tells the functions that were being called", async () => {
  const bytes = await program(
    "(call $middle) (i32.const 0)",
    "(func $middle (call $inner)) (func $inner unreachable)",
  );
  await inEachWay(bytes, {}, ({ trapped }) => {
    assert.equal(trapped?.functions.slice(0, 2), ["inner", "middle"]);
  });
});

test("a program that waits is ended by its time and by a signal, and nothing of it stays", async () => {
  const bytes = await program(wait, WAIT);
  // which is known to run when it has written
  const tells = await program(
    `(call $write (call $stdout) (i32.const 0) (i32.const 1) (i32.const 16)) ${wait}`,
    PRINT + WAIT,
  );
  for (const [way, how] of Object.entries(WAYS)) {
    if (how.isolation !== "none") {
      const result = await runCommand(bytes, { ...how, timeout: 50 });
      assert.is(result.exitCode, 124, way);
      assert.is(result.trapped?.reason, "timeout");
      assert.match(result.trapped?.message ?? "", /50 ms/);
    }
    const controller = new AbortController();
    const stdout = new Writable({
      write(_chunk, _encoding, done) {
        setImmediate(() => controller.abort());
        done();
      },
    });
    const { exitCode, trapped } = await runCommand(tells, { ...how, stdout, signal: controller.signal });
    assert.is(exitCode, 143, way);
    assert.is(trapped?.reason, "abort");
  }
  assert.not.ok(getActiveResourcesInfo().includes("MessagePort"));
  assert.not.ok(getActiveResourcesInfo().includes("Worker"));
});

test("a program that computes is ended too, and stops nobody else meanwhile", async () => {
  const bytes = await program(spin);
  for (const [way, how] of ISOLATED) {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks++;
    }, 5);
    const result = await runCommand(bytes, { ...how, timeout: 300 });
    clearInterval(timer);
    assert.is(result.exitCode, 124, way);
    assert.ok(ticks > 3, `${way}: ${ticks} ticks`);
  }
});

test("a signal that was aborted before ends it before it has begun", async () => {
  for (const how of Object.values(WAYS)) {
    const { exitCode } = await runCommand(await program(spin), {
      ...how,
      isolation: "thread",
      signal: AbortSignal.abort(),
    });
    assert.is(exitCode, 143);
  }
});

test("what a program wrote before it was ended arrives, also at a slow reader", async () => {
  // a thousand times a page of zeros, then for ever nothing
  const bytes = await program(
    `(local $n i32) (local $out i32) (local.set $out (call $stdout))
     (loop $l
       (call $write (local.get $out) (i32.const 0) (i32.const 4096) (i32.const 8192))
       (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))
     ${spin}`,
    PRINT,
  );
  for (const [way, how] of ISOLATED) {
    let count = 0;
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Uint8Array, _encoding, done) {
        count += chunk.length;
        setImmediate(done);
      },
    });
    const { exitCode } = await runCommand(bytes, { ...how, timeout: 3000, stdout: slow });
    assert.is(exitCode, 124, way);
    assert.is(count, 409_600, way);
    assert.is(slow.listenerCount("close"), 0);
  }
});

test("input, output, arguments and environment cross as they are", async () => {
  const bytes = await copying();
  const text = "a line\n".repeat(20_000);
  const inputs = [text, Buffer.from(text), PassThrough.from([text.slice(0, 5), text.slice(5)])];
  for (const [way, how] of Object.entries(WAYS)) {
    for (const stdin of inputs.slice(0, 2)) {
      const { exitCode, stdout } = await runCommand(bytes, { ...how, stdin, stdout: "pipe" });
      assert.is(exitCode, 0, way);
      assert.is(Buffer.from(stdout ?? []).toString(), text);
    }
  }
  const { stdout } = await runCommand(bytes, { stdin: inputs[2] as PassThrough, stdout: "pipe" });
  assert.is(Buffer.from(stdout ?? []).toString(), text);
});

test("a trace that throws, or answers late, ends nothing", async () => {
  const bytes = await program(
    `(drop (call $socket (i32.const 0) (i32.const 64))) (i32.const 0)`,
    `(import "wasi:sockets/tcp-create-socket@0.2.0" "create-tcp-socket" (func $create (param i32 i32)))
     (func $socket (param i32 i32) (result i32)
       (call $create (local.get 0) (local.get 1)) (i32.const 0))`,
  );
  const warned = warnings();
  let calls = 0;
  const throwing = (): never => {
    calls++;
    throw new Error("mine");
  };
  const late = async (): Promise<never> => throwing();
  for (const trace of [throwing, late as unknown as () => void]) {
    await inEachWay(bytes, { trace }, ({ exitCode, trapped }, way) => {
      assert.is(exitCode, 0, `${way} ${trapped?.message}`);
    });
  }
  assert.ok(calls > 0 && warned.length > 0);
  for (const { message } of warned) assert.match(message, "the trace of a host threw");
});

test("memory grows to its limit and no further, and a program that begins beyond it is not started", async () => {
  const growing = await program(
    // pages that it gets, one by one, up to 100; well when they are 15 above the first
    `(local $n i32)
     (block $done (loop $l
       (br_if $done (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))
       (local.set $n (i32.add (local.get $n) (i32.const 1)))
       (br_if $l (i32.lt_u (local.get $n) (i32.const 100)))))
     (i32.ne (local.get $n) (i32.const 15))`,
  );
  await inEachWay(growing, { maxMemory: 2 ** 20 }, ({ exitCode, trapped }, way) => {
    assert.is(exitCode, 0, `${way} ${trapped?.message}`);
  });
  await inEachWay(growing, {}, ({ exitCode }) => assert.is(exitCode, 1));
  const large = await program(well, "", '(memory (export "memory") 17)');
  for (const how of Object.values(WAYS)) {
    const { code, message } = await refused(runCommand(large, { ...how, maxMemory: 2 ** 20, name: "large" }));
    assert.is(code, "ERR_MEMORY");
    assert.match(message, /^large: it needs 1088 KiB of memory to begin with, and may have 1 MiB/);
  }
});

test("what can't be started is told by a code and a sentence that names the file", async () => {
  const cases: readonly (readonly [Uint8Array<ArrayBuffer>, string, RegExp])[] = [
    [new Uint8Array(), "ERR_INVALID_WASM", /not a WebAssembly file/],
    [Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 1), "ERR_INVALID_WASM", /./],
    [await program(well, '(import "env" "nothing" (func $f))'), "ERR_INVALID_WASM", /env#nothing/],
    [await preview1("", '(func (export "_start"))'), "ERR_INVALID_WASM", /exports no memory/],
    [await preview1('(global (export "memory") i32 (i32.const 0))'), "ERR_INVALID_WASM", /exports no memory/],
    [
      await preview1('(memory (export "memory") 1)'),
      "ERR_INVALID_WASM",
      /not a command \(no _start export\)/,
    ],
    [
      await preview1('(memory (export "memory") 1)', '(func (export "_start") (param i64))'),
      "ERR_INVALID_WASM",
      /its _start is \(i64 ->\): it is \(->\)/,
    ],
  ];
  for (const how of Object.values(WAYS)) {
    for (const [bytes, expected, sentence] of cases) {
      const { code, message } = await refused(runCommand(bytes, { ...how, name: "it.wasm" }));
      assert.is(code, expected);
      assert.match(message, /^it\.wasm: /);
      assert.match(message, sentence);
      assert.not.match(message, /\n/);
    }
  }
  assert.is((await refused(runCommand("/nowhere/at-all.wasm"))).code, "ERR_FILE");
});

test("options that mean nothing are refused, and the nearest is named", async () => {
  const bytes = await program(well);
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ timeOut: 5 }, /timeOut.*timeout/],
    [{ timeout: -1 }, /timeout must be a number of milliseconds above 0/],
    [{ timeout: Number.NaN }, /timeout/],
    [{ maxMemory: "1GiB" }, /maxMemory must be a number of bytes/],
    [{ isolation: "process" }, /isolation must be "none" or "thread"/],
    [{ isolation: "none", timeout: 10 }, /timeout can't be kept/],
    [{ stdin: 3 }, /stdin must be/],
    [{ stdout: {} }, /stdout must be/],
    [{ env: { A: 1 } }, /env\.A must be a text/],
    [{ args: "a" }, /args must be a list/],
    [{ env: ["A=1"] }, /env must be an object/],
    [{ env: { "A=B": "c" } }, /a name in env must be a text without =/],
    [{ dirs: "/" }, /dirs must be a list of folders/],
    [{ limits: 5 }, /limits must be an object/],
    [{ policy: null }, /policy must be a policy or its rules, and is null/],
    [{ timeout: "5" }, /timeout must be a number of milliseconds/],
    [{ timeout: 1n }, /timeout must be a number of milliseconds/],
    [{ audit: -5 }, /audit must be a descriptor/],
    [{ traceChannels: ["wasock:tcp:all"] }, /traceChannels must be/],
    [{ policy: { allowNets: true } }, /allowNets/],
    [{ limits: { sockets: 0 } }, /sockets/],
    [{ signal: {} }, /signal must be an AbortSignal/],
  ];
  for (const [options, sentence] of wrong) {
    const { code, message } = await refused(runCommand(bytes, options as RunOptions));
    assert.is(code, "ERR_OPTION", message);
    assert.match(message, sentence);
  }
  for (const none of [undefined, null, 3, {}]) {
    const { code, message } = await refused(runCommand(none as unknown as string));
    assert.is(code, "ERR_OPTION");
    assert.match(message, /the program must be a path/);
  }
});

test("many at once and one after another leave nothing behind", async () => {
  const bytes = await program(well);
  const before = process.listenerCount("warning") + process.stdout.listenerCount("error");
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, i) => runCommand(bytes, Object.values(WAYS)[i % Object.keys(WAYS).length])),
  );
  assert.equal(
    all.map(({ exitCode }) => exitCode),
    all.map(() => 0),
  );
  const warnings: unknown[] = [];
  const listener = (warning: unknown): void => void warnings.push(warning);
  process.on("warning", listener);
  const controller = new AbortController();
  const options: RunOptions = hasJspi ? { isolation: "none", signal: controller.signal } : {};
  for (let i = 0; i < (hasJspi ? 100 : 5); i++) {
    assert.is((await runCommand(bytes, options)).exitCode, 0);
  }
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", listener);
  assert.equal(warnings, []);
  assert.is(process.listenerCount("warning") + process.stdout.listenerCount("error"), before);
});

test.run();
