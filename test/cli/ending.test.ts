/** `wasock run` ends programs by their time, their memory and signals, whatever they do. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { SourcePlace } from "../../host/run/call-frame.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { memoryOf, timeoutOf, whereIn } from "../../src/cli/ending.ts";
import { PRINT, program, spin, WAIT, wait, well } from "../run/guests.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const test = suite("wasock run, endings");
const folder = mkdtempSync(join(tmpdir(), "wasock-ending-"));
const modes: readonly (readonly string[])[] = hasJspi ? [[], ["--sync"]] : [[]];

function start(args: readonly string[]): { child: ChildProcess; ended: Promise<[unknown, string]> } {
  const child = spawn(process.execPath, [cli, "run", ...args], { cwd: folder });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<[unknown, string]>((resolve) => {
    child.once("close", (code, signal) => resolve([signal ?? code, stderr]));
  });
  return { child, ended };
}

async function file(name: string, bytes: Promise<Uint8Array>): Promise<string> {
  writeFileSync(join(folder, name), await bytes);
  return name;
}

/** Writes a byte, so that it is known to run, and goes on. */
const begun = (rest: string): string =>
  `(call $write (call $stdout) (i32.const 0) (i32.const 1) (i32.const 16)) ${rest}`;

test("a program is ended by its time: 124 and a sentence", async () => {
  const fill =
    "(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 1000000)) (br $l)) (i32.const 0)";
  const files = [
    await file("spin.wasm", program(spin)),
    await file("wait.wasm", program(wait, WAIT)),
    await file("fill.wasm", program(fill, "", '(memory (export "memory") 16)')),
  ];
  for (const mode of modes) {
    for (const name of files) {
      const [code, stderr] = await start([...mode, "--timeout", "400ms", name]).ended;
      assert.is(code, 124, `${mode} ${stderr}`);
      assert.is(stderr.split("\n")[0], `wasock: ${name} was ended after 400ms (--timeout)`);
      assert.not.match(stderr, /\n\s+at /);
    }
  }
});

test("SIGINT and SIGTERM end it, also while it computes: by 130 and 143 where it has a thread", async () => {
  const files = [
    await file("spins.wasm", program(begun(spin), PRINT)),
    await file("waits.wasm", program(begun(wait), PRINT + WAIT)),
  ];
  for (const mode of [...modes, ["--timeout", "1h"]]) {
    // without one nobody hears the signal, and it ends the process itself
    const isApart = mode.length > 0 || !hasJspi;
    for (const name of files) {
      for (const [signal, code] of [
        ["SIGINT", 130],
        ["SIGTERM", 143],
      ] as const) {
        const { child, ended } = start([...mode, name]);
        await new Promise((resolve) => child.stdout?.once("data", resolve));
        child.kill(signal);
        assert.is((await ended)[0], isApart ? code : signal, `${mode} ${name}`);
      }
    }
  }
});

test("a signal ends what can't be ended otherwise as well, by itself", async () => {
  const fill =
    "(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 1000000)) (br $l)) (i32.const 0)";
  const name = await file("fills.wasm", program(begun(fill), PRINT, '(memory (export "memory") 16)'));
  for (const mode of modes) {
    const { child, ended } = start([...mode, name]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    child.kill("SIGTERM");
    const [how, stderr] = await ended;
    // its thread, if it has one, may have ended in time
    assert.ok(how === "SIGTERM" || how === 143, `${mode} ${how} ${stderr}`);
    const isApart = mode.length > 0 || !hasJspi;
    const telling = /^wasock: fills\.wasm computes on, and is ended by SIGTERM/;
    if (how === "SIGTERM") assert.match(stderr, isApart ? telling : /^$/);
  }
});

test("memory has a limit, and 1 GiB where none is said", async () => {
  const grows = (pages: number): string => `(i32.eq (memory.grow (i32.const ${pages})) (i32.const -1))`;
  const small = await file("small.wasm", program(grows(15)));
  const large = await file("large.wasm", program(grows(20_000)));
  const begins = await file("begins.wasm", program(well, "", '(memory (export "memory") 20)'));
  for (const mode of modes) {
    assert.is((await start([...mode, "--max-memory", "1MiB", small]).ended)[0], 0);
    assert.is((await start([...mode, "--max-memory", "960KiB", small]).ended)[0], 1);
    assert.is((await start([...mode, large]).ended)[0], 1);
    const [code, stderr] = await start([...mode, "--max-memory=1MiB", begins]).ended;
    assert.is(code, 2);
    assert.match(
      stderr,
      /^wasock: begins\.wasm: it needs 1280 KiB of memory to begin with, and may have 1 MiB\n$/,
    );
  }
});

test("a trap names the user's function, however deep the library is above it", () => {
  assert.is(whereIn([]), "");
  const called = (...names: string[]): string => whereIn(names.map((name) => ({ function: name })));
  assert.is(called("a", "b", "c", "d"), "a, called by b, called by c");
  const deep = ["~lib/rt/a", "~lib/rt/b", "~lib/array/c", "~lib/array/d", "main/fail", "main/start"];
  assert.is(called(...deep), "~lib/rt/a, called by ~lib/rt/b, called by ~lib/array/c, called by … main/fail");
  assert.is(called("~lib/a"), "~lib/a");
});

test("and its line, also where it is only the function that the library was inlined in", () => {
  const place = (file: string, line: number): SourcePlace => ({ file, line, column: 3 });
  assert.is(whereIn([{ function: "main/f", place: place("a.ts", 1) }]), "main/f (a.ts:1:3)");
  assert.is(whereIn([{ function: "function 7", place: place("a.ts", 1) }]), "a.ts:1:3");
  const library = place("~lib/array.ts", 9);
  assert.is(
    whereIn([{ function: "function 7", place: library, near: place("a.ts", 2) }]),
    "~lib/array.ts:9:3, inlined near a.ts:2:3",
  );
  assert.is(whereIn([{ function: "function 7", near: place("a.ts", 2) }]), "code near a.ts:2:3");
  assert.is(whereIn([{ function: "main/f", near: place("a.ts", 2) }]), "main/f (near a.ts:2:3)");
  const far = ["a", "b", "c"].map((name) => ({ function: name, place: library }));
  const own = { function: "function 8", place: place("a.ts", 4) };
  assert.match(whereIn([...far, own]), /, called by … a\.ts:4:3$/);
});

test("times and sizes need a unit", () => {
  assert.is(timeoutOf("1.5s"), 1500);
  assert.is(timeoutOf("2m"), 120_000);
  assert.is(memoryOf("256MiB"), 2 ** 28);
  assert.is(memoryOf("none"), Number.POSITIVE_INFINITY);
  for (const bad of ["", "30", "s", "-1s", "0s", "1e3s", "30d", "25000h", "1 s"]) {
    assert.throws(() => timeoutOf(bad), /--timeout .*is to look like 30s/);
  }
  for (const bad of ["", "256", "256MB", "-1MiB", "0B", "MiB"]) {
    assert.throws(() => memoryOf(bad), /--max-memory .*is to look like 256MiB/);
  }
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
