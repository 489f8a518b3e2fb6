/** `wasock cache`: what running a program keeps, and where it doesn't. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import * as nodeModule from "node:module";
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
/** Node 22 and later can. */
const keepsCode = "enableCompileCache" in nodeModule;

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
  return readdirSync(code).flatMap((version) => readdirSync(join(code, version)));
}

test.before.each(() => rmSync(folder, { recursive: true, force: true }));

test("a run keeps our own code and nothing of the program, for its owner alone", async () => {
  await runOne();
  if (!keepsCode)
    return assert.equal(
      readdirSync(home).filter((name) => name === "wasock"),
      [],
    );
  assert.is(statSync(code).mode & 0o777, 0o700);
  const first = kept();
  assert.ok(first.length > 0);
  await runOne();
  assert.equal(kept(), first);
  assert.equal(readdirSync(folder), ["code"]);
  // with a limit the program may have another thread than the one that was started early
  rmSync(folder, { recursive: true });
  await runOne({}, "--max-memory=64MiB");
  assert.equal(kept().sort(), first.sort());
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
  if (!keepsCode) return;
  const old = join(code, "v1.0.0");
  mkdirSync(old, { recursive: true });
  chmodSync(code, 0o700);
  for (let i = 0; i < 100; i++) writeFileSync(join(old, `${i}`), "");
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
