/** The contract suite on a network in memory: what needs no peer outside holds there as it does on the system's. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

// a name that TypeScript does not follow: tools/ is JavaScript
const tool = new URL("../../../tools/lib/uvu.mjs", import.meta.url).href;
const { runTestFiles } = (await import(tool)) as {
  runTestFiles(
    node: string,
    files: string[],
    env: NodeJS.ProcessEnv,
  ): Promise<readonly { passed: number; failed: number; output: string }[]>;
};

const folder = fileURLToPath(new URL("../contract/", import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith(".test.js"));

/** How many promises were kept there when this was written: fewer are a mistake of who marks what needs the system. */
const LEAST = 140;

let kept = 0;

const { WASOCK_CONTRACT: _, ...rest } = process.env;
const results = runTestFiles(
  process.execPath,
  files.map((name) => `${folder}${name}`),
  { ...rest, WASOCK_SIDES: "memory", FORCE_COLOR: "0" },
);

for (const [index, file] of files.entries()) {
  test(`${file.slice(0, -".test.js".length)} in memory`, async () => {
    const { passed = 0, failed, output } = (await results)[index] ?? {};
    assert.is(failed, 0, output);
    kept += passed;
  });
}

test("most promises are kept in memory", () => {
  assert.is(kept >= LEAST, true, `${kept} promises`);
});

test.run();
