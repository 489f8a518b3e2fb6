/** How the runner reads what came of a test file. */
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly problems: string[];
  readonly output: string;
}

// a name that TypeScript does not follow: tools/ is JavaScript
const tool = new URL("../../../tools/lib/uvu.mjs", import.meta.url).href;
const { runTestFile } = (await import(tool)) as {
  runTestFile(node: string, file: string, env: NodeJS.ProcessEnv): Promise<Result>;
};

/** What came of a file of the folder `files`. */
function resultOf(name: string): Promise<Result> {
  const file = fileURLToPath(new URL(`files/${name}.js`, import.meta.url));
  return runTestFile(process.execPath, file, process.env);
}

test("what stands on standard error is shown, and not read as what uvu says", async () => {
  const { output, ...counts } = await resultOf("noisy");
  assert.equal(counts, { ...counts, passed: 2, failed: 0, skipped: 1, problems: [] });
  assert.match(output, /noise.*said in a line/s);
});

test.run();
