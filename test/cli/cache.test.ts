/** `wasock cache`: what running a program keeps, and where it doesn't. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { assemble, command } from "../link/support.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const test = suite("wasock cache");
const home = mkdtempSync(join(tmpdir(), "wasock-cache-"));
const folder = join(home, "wasock");
const code = join(folder, "code");

function wasock(
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): { readonly status: number | null; readonly output: string } {
  const env = { ...process.env, XDG_CACHE_HOME: home, ...more };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { env, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

/** Runs a program that returns; it is in a folder of its own. */
async function runOne(env: NodeJS.ProcessEnv = {}, ...options: string[]): Promise<void> {
  const program = join(mkdtempSync(join(home, "program-")), "program.wasm");
  writeFileSync(
    program,
    await assemble(
      command(`(core module $m (func (export "run") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m)) (alias core export $i "run" (core func $run))`),
    ),
  );
  assert.equal(wasock(["run", ...options, program], env), { status: 0, output: "" });
}

function kept(): string[] {
  if (!existsSync(code)) return [];
  return readdirSync(code).sort();
}

test.before.each(() => rmSync(folder, { recursive: true, force: true }));

test("a run keeps our own code and nothing of the program, for its owner alone", async () => {
  await runOne();
  assert.is(statSync(code).mode & 0o777, 0o700);
  const first = kept();
  assert.ok(first.length > 0);
  await runOne();
  assert.equal(kept(), first);
  assert.equal(readdirSync(folder), ["code"]);
  // with a limit the program may have another thread than the one that was started early
  rmSync(folder, { recursive: true });
  await runOne({}, "--max-memory=64MiB");
  assert.equal(kept(), first);
});

test("each thread's code is kept, and taken with what V8 was told of the program", async () => {
  const inodes = (): unknown => kept().map((name) => [name, statSync(join(code, name)).ino]);
  for (const options of [[], ["--sync"], ["--timeout=1m"], ["--sync", "--timeout=1m"]])
    await runOne({}, ...options);
  const before = inodes();
  for (const name of ["start-run.cjs", "guest.cjs"]) assert.match(String(before), name);
  for (const options of [["--timeout=1m"], [], ["--sync", "--timeout=1m"], ["--sync"]])
    await runOne({}, ...options);
  assert.equal(inodes(), before);
});

test("what is kept of other code, or is none of V8's, is not run, and made anew", async () => {
  await runOne();
  const files = kept().map((name) => join(code, name));
  const before = files.map((file) => readFileSync(file));
  const spoiled: readonly ((bytes: Buffer) => Buffer)[] = [
    (bytes) => bytes.subarray(0, 100),
    (bytes) => bytes.fill("x", 0, 1000),
    (bytes) => bytes.fill("x", bytes.length >> 2, (bytes.length >> 2) + 100),
    // the last byte of the source, and so other code
    (bytes) => bytes.fill("x", bytes.length - 2, bytes.length - 1),
  ];
  for (const spoil of spoiled) {
    const written = before.map((bytes) => Buffer.from(spoil(Buffer.from(bytes))));
    for (const [i, file] of files.entries()) writeFileSync(file, written[i] as Buffer);
    await runOne();
    for (const [i, file] of files.entries()) assert.not(readFileSync(file).equals(written[i] as Buffer));
  }
});

test("what another kind of run calls is added once", async () => {
  await runOne();
  const sizes = (): number[] => kept().map((name) => statSync(join(code, name)).size);
  const before = sizes();
  const program = join(home, "async.wasm");
  writeFileSync(
    program,
    await assemble(`(component (core module $m (func (export "run") (result i32) (i32.const 0)))
      (core instance $i (instantiate $m))
      (func $run async (result (result)) (canon lift (core func $i "run")))
      (instance $face (export "run" (func $run))) (export "wasi:cli/run@0.3.0" (instance $face)))`),
  );
  const run = (): void => assert.equal(wasock(["run", program]), { status: 0, output: "" });
  run();
  const after = sizes();
  assert.ok(after.some((size, i) => size !== before[i]));
  run();
  await runOne();
  assert.equal(sizes(), after);
});

test("it keeps nothing where Node's own variable says so", async () => {
  await runOne({ NODE_DISABLE_COMPILE_CACHE: "1" });
  assert.not(existsSync(folder));
});

test("nothing is taken from, or put into, a folder that others could write, or that is a link", async () => {
  mkdirSync(code, { recursive: true });
  for (const [path, mode] of [
    [code, 0o777],
    [code, 0o750],
    [folder, 0o777],
    [home, 0o720],
  ] as const) {
    const before = statSync(path).mode;
    chmodSync(code, 0o700);
    chmodSync(path, mode);
    await runOne();
    assert.equal(kept(), [], `${path} ${mode.toString(8)}`);
    chmodSync(path, before);
  }
  const elsewhere = mkdtempSync(join(home, "elsewhere-"));
  rmSync(code, { recursive: true });
  symlinkSync(elsewhere, code);
  await runOne();
  assert.equal(readdirSync(elsewhere), []);
});

test("a cache folder that is relative to where one stands is ignored", () => {
  assert.match(wasock(["cache"], { XDG_CACHE_HOME: "cache", HOME: home }).output, `${home}/.cache/wasock: `);
});

test("where there is no place for it, programs run all the same", async () => {
  writeFileSync(folder, "");
  await runOne();
  await runOne({ XDG_CACHE_HOME: "/proc/nothing" });
});

test("what has become too much begins anew", async () => {
  const old = join(code, "v1.0.0");
  mkdirSync(old, { recursive: true });
  chmodSync(code, 0o700);
  for (let i = 1; i < 40; i++) writeFileSync(join(code, `${i}`), "");
  await runOne();
  assert.ok(existsSync(old));
  await runOne();
  assert.not(existsSync(old));
  assert.ok(kept().length > 0);
});

test("what was kept is told and removed, that of earlier versions too, and nothing else", () => {
  const place = `${folder}: `;
  assert.equal(wasock(["cache"]), { status: 0, output: `${place}0 KiB\n` });
  assert.equal(wasock(["cache", "clear"]), { status: 0, output: `${place}0 KiB were removed\n` });
  mkdirSync(join(code, "v1.0.0"), { recursive: true });
  writeFileSync(join(code, "v1.0.0", "1"), "x".repeat(2000));
  const component = join(folder, "ab".repeat(32));
  mkdirSync(join(component, "interfaces"), { recursive: true });
  writeFileSync(join(component, "c.js"), "x".repeat(3000));
  writeFileSync(join(folder, "mine"), "");
  const outside = mkdtempSync(join(home, "outside-"));
  writeFileSync(join(outside, "file"), "");
  symlinkSync(outside, join(folder, `${"cd".repeat(32)}-Ab1`));
  assert.match(wasock(["cache"]).output, /: 5 KiB\n$/);
  assert.match(wasock(["cache", "clear"]).output, /: 5 KiB were removed\n$/);
  assert.equal(readdirSync(folder), ["mine"]);
  assert.ok(existsSync(join(outside, "file")));
});

test("anything else is told how it goes", () => {
  assert.equal(wasock(["cache", "clean"]), {
    status: 2,
    output: "wasock: wasock cache clean: only clear can follow\n",
  });
  assert.match(wasock(["cache", "--help"]).output, /wasock cache clear {2}remove it/);
});

test("names of Object.prototype are no commands", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    assert.equal(wasock([name]), {
      status: 2,
      output: `wasock: there is no command ${name}: wasock --help lists them\n`,
    });
  }
});

test.after(() => rmSync(home, { recursive: true, force: true }));
test.run();
