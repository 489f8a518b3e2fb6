/** Nothing that a program is called, imports or asks for steers the terminal of who runs it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wasock-escapes-"));
const modes: readonly (readonly string[])[] = hasJspi ? [[], ["--sync"], ["--trace"]] : [[], ["--trace"]];
const EVIL = "\u001b[2J\u001b]0;owned\u0007\u009b1m\u202e\u2028";
const STEERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const text = (value: string): number[] => [Buffer.byteLength(value), ...Buffer.from(value)];
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];

/** A module that imports a function without parameters, and exports one that calls it and may give 0. */
function importing(module: string, name: string, run: string, gives = true): Uint8Array {
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 2, 0x60, 0, 0, 0x60, 0, 1, 0x7f),
    ...section(2, 1, ...text(module), ...text(name), 0, 0),
    ...section(3, 1, gives ? 1 : 0),
    ...section(5, 1, 0, 1),
    ...section(7, 2, ...text(run), 0, 1, ...text("memory"), 2, 0),
    ...(gives ? section(10, 1, 6, 0, 0x10, 0, 0x41, 0, 0x0b) : section(10, 1, 4, 0, 0x10, 0, 0x0b)),
  ]);
}

const programs: Record<string, Uint8Array> = {
  "an interface": importing(EVIL, EVIL, "wasi:cli/run@0.2.0#run"),
  "a function": importing("wasi:sockets/tcp@0.2.0", EVIL, "wasi:cli/run@0.2.0#run"),
  "a function of preview 1": importing("wasi_snapshot_preview1", EVIL, "_start", false),
};

for (const [what, bytes] of Object.entries(programs)) {
  for (const mode of modes) {
    test(`the name of ${what} is escaped ${mode.join()}`, () => {
      const file = join(folder, "app.wasm");
      writeFileSync(file, bytes);
      const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "run", ...mode, file], {
        encoding: "utf8",
      });
      assert.is(status, 2, stderr);
      assert.is(stdout, "");
      for (const line of stderr.split("\n")) assert.not.match(line, STEERS);
      assert.match(stderr, "\\u001b[2J");
    });
  }
}

test("so is a file's name", () => {
  const { status, stderr } = spawnSync(process.execPath, [cli, "run", join(folder, `${EVIL}.wasm`)], {
    encoding: "utf8",
  });
  assert.is(status, 2);
  assert.match(stderr, "\\u001b[2J");
  for (const line of stderr.split("\n")) assert.not.match(line, STEERS);
});

test.after(() => rmSync(folder, { recursive: true }));
test.run();
