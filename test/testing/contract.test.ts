/** The contract suite on a network in memory: what needs no peer outside holds there as it does on the system's. */
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";

const exec = promisify(execFile);
const folder = fileURLToPath(new URL("../contract/", import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith(".test.js"));

/** How many promises were kept there when this was written: fewer are a mistake of who marks what needs the system. */
const LEAST = 140;

let kept = 0;

for (const file of files) {
  test(`${file.slice(0, -".test.js".length)} in memory`, async () => {
    const { WASOCK_CONTRACT: _, ...rest } = process.env;
    const env = { ...rest, WASOCK_SIDES: "memory", FORCE_COLOR: "0" };
    const { stdout } = await exec(process.execPath, [`${folder}${file}`], { env }).catch(
      (error: { stdout: string; stderr: string }) => {
        throw new Error(`${error.stdout}\n${error.stderr}`);
      },
    );
    const [, total = 0, passed = -1] = /Total: +(\d+)\s+Passed: +(\d+)/.exec(stdout)?.map(Number) ?? [];
    assert.is(passed, total);
    kept += passed;
  });
}

test("most promises are kept in memory", () => {
  assert.is(kept >= LEAST, true, `${kept} promises`);
});

test.run();
