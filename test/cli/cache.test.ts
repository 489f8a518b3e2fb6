/** `wasock cache`, and that running a program keeps nothing. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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

function wasock(...args: string[]): { readonly status: number | null; readonly output: string } {
  const env = { ...process.env, XDG_CACHE_HOME: home };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { env, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

test("a program that is run leaves nothing behind, and uses nothing that lies there", async () => {
  const program = join(home, "program.wasm");
  writeFileSync(
    program,
    await assemble(
      command(`(core module $m (func (export "run") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m)) (alias core export $i "run" (core func $run))`),
    ),
  );
  assert.equal(wasock("run", program), { status: 0, output: "" });
  assert.equal(readdirSync(home), ["program.wasm"]);
});

test("what earlier versions have kept is told and removed, and nothing else", () => {
  const place = `${folder}: `;
  assert.equal(wasock("cache"), { status: 0, output: `${place}0 components, 0 KiB\n` });
  assert.equal(wasock("cache", "clear"), { status: 0, output: `${place}0 components were removed\n` });
  const kept = join(folder, "ab".repeat(32));
  mkdirSync(join(kept, "interfaces"), { recursive: true });
  writeFileSync(join(kept, "c.js"), "x".repeat(3000));
  writeFileSync(join(folder, "mine"), "");
  const outside = mkdtempSync(join(home, "outside-"));
  writeFileSync(join(outside, "file"), "");
  symlinkSync(outside, join(folder, `${"cd".repeat(32)}-Ab1`));
  assert.match(wasock("cache").output, /: 2 components, \d+ KiB\n$/);
  assert.equal(wasock("cache", "clear"), { status: 0, output: `${place}2 components were removed\n` });
  assert.equal(readdirSync(folder), ["mine"]);
  assert.ok(existsSync(join(outside, "file")));
});

test("anything else is told how it goes", () => {
  assert.equal(wasock("cache", "clean"), {
    status: 2,
    output: "wasock: wasock cache clean: only clear can follow\n",
  });
  assert.match(wasock("cache", "--help").output, /wasock cache clear {2}remove it/);
});

test("names of Object.prototype are no commands", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    assert.equal(wasock(name), {
      status: 2,
      output: `wasock: there is no command ${name}: wasock --help lists them\n`,
    });
  }
});

test.after(() => rmSync(home, { recursive: true, force: true }));
test.run();
