/** The streams that an embedder gives a program: whatever state they are in, the program ends, and so does the call. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type RunOptions, type RunResult, runCommand } from "../../host/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { until } from "../host/support.ts";
import { copying, preview1, program, spin, well } from "./guests.ts";

const test = suite("streams of runCommand");

const WAYS: readonly RunOptions[] = hasJspi
  ? [{ isolation: "none" }, { isolation: "thread" }, { blocking: true }]
  : [{}];

const text = ({ stdout }: RunResult): string => Buffer.from(stdout ?? []).toString();
const EVENTS = ["data", "end", "readable", "error", "close", "drain", "finish"];
const listeners = (stream: Readable | Writable): number =>
  EVENTS.reduce((sum, event) => sum + stream.listenerCount(event), 0);

async function ended(): Promise<Readable> {
  const stream = Readable.from(["read by somebody else"]);
  for await (const _ of stream);
  return stream;
}

async function destroyed(): Promise<Readable> {
  const stream = new PassThrough();
  stream.destroy();
  await once(stream, "close");
  return stream;
}

async function failed(): Promise<Readable> {
  const stream = new PassThrough();
  stream.destroy(new Error("before"));
  await once(stream, "error");
  return stream;
}

test("an input that is over already is at its end", async () => {
  const bytes = await copying();
  for (const how of WAYS) {
    for (const make of [ended, destroyed, failed]) {
      const stdin = await make();
      const before = listeners(stdin);
      const result = await runCommand(bytes, { ...how, stdin, stdout: "pipe" });
      assert.is(text(result), "", make.name);
      assert.is(listeners(stdin), before, make.name);
    }
  }
});

/** An output that can't be opened, which it tells while the program is started. */
function unopened(): Writable {
  return new Writable({
    construct: (opened) => void setImmediate(opened, new Error("of its opening")),
    write: (_chunk, _encoding, done) => done(),
  });
}

test("a stream that fails before it is used is the program's affair", async () => {
  const bytes = await copying();
  for (const how of WAYS) {
    const stdin = createReadStream("/nowhere/at-all");
    const stdout = unopened();
    const { exitCode } = await runCommand(bytes, { ...how, stdin, stdout });
    assert.is(exitCode, 0);
    await runCommand(bytes, { ...how, stdin: "for nobody", stdout: unopened() });
    await new Promise((resolve) => setImmediate(resolve));
    assert.is(listeners(stdin) + listeners(stdout), 0);
  }
});

test("an output that throws is closed to the program", async () => {
  const bytes = await copying();
  for (const how of WAYS) {
    const stdout = new Writable({
      write() {
        throw new Error("of the stream");
      },
    });
    const { trapped } = await runCommand(bytes, { ...how, stdin: "a text", stdout });
    assert.is(trapped?.reason === "timeout", false);
  }
});

test("what a program leaves unwritten goes to a slow output all the same", async () => {
  const bytes = await preview1(
    `(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))`,
    `(memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\05\\00\\00\\00") (data (i32.const 16) "line\\n")`,
    `(func (export "_start") (local $i i32) (loop $l
       (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
       (local.set $i (i32.add (local.get $i) (i32.const 1)))
       (br_if $l (i32.lt_u (local.get $i) (i32.const 20)))))`,
  );
  for (const how of WAYS) {
    let written = "";
    const stdout = new Writable({
      write(chunk, _encoding, done) {
        written += chunk;
        setImmediate(done);
      },
    });
    assert.is((await runCommand(bytes, { ...how, stdout })).exitCode, 0);
    assert.is(written, "line\n".repeat(20), JSON.stringify(how));
  }
});

test("an input that has other readers goes on for them when the program has ended", async () => {
  const stdin = new PassThrough();
  const other: Buffer[] = [];
  stdin.on("data", (bytes: Buffer) => other.push(bytes));
  await runCommand(await program(well), { stdin });
  await Promise.all([
    runCommand(await copying(), { stdin, stdout: "pipe" }).then((result) => assert.is(text(result), "first")),
    until(() => stdin.listenerCount("data") > 1, "the program reads").then(() => stdin.end("first")),
  ]);
  assert.is(Buffer.concat(other).toString(), "first");
});

test("time and signals hold also while output waits for its reader, and while the file is read", async () => {
  const never = (): Writable => new Writable({ write() {} });
  const bytes = await copying();
  const { exitCode } = await runCommand(bytes, { stdin: "a text", stdout: never(), timeout: 500 });
  // where each write waits until it has left it had not ended before
  assert.ok(exitCode === 0 || exitCode === 124);
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "wasock-"));
  try {
    const fifo = join(folder, "fifo.wasm");
    execFileSync("mkfifo", [fifo]);
    const result = await runCommand(fifo, { timeout: 100 });
    assert.is(result.exitCode, 124);
    // ends the read
    const writer = createWriteStream(fifo);
    writer.end(await program(spin));
    await once(writer, "close");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
