/** How the runner reads what came of a test file. */
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Limits {
  readonly limitSeconds?: number;
  readonly graceSeconds?: number;
}

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
  runTestFile(node: string, file: string, env: NodeJS.ProcessEnv, limits?: Limits): Promise<Result>;
};

/** What came of a file of the folder `files`. */
function resultOf(name: string, limits?: Limits): Promise<Result> {
  const file = fileURLToPath(new URL(`files/${name}.js`, import.meta.url));
  return runTestFile(process.execPath, file, process.env, limits);
}

test("what stands on standard error is shown, and not read as what uvu says", async () => {
  const { output, ...counts } = await resultOf("noisy");
  assert.equal(counts, { ...counts, passed: 2, failed: 0, skipped: 1, problems: [] });
  assert.match(output, /noise.*said in a line/s);
});

for (const [name, limits, problem] of [
  [
    "endless",
    { limitSeconds: 3 },
    /^it was still running 3 s .*"this waits for ever"; open: .*TCPServerWrap/,
  ],
  [
    "blocked",
    { limitSeconds: 1 },
    /^it was still running 1 s .*"this runs for ever"; the event loop did not/,
  ],
  ["left-open", { graceSeconds: 1 }, /^it was still running 1 s after its last test: .*left open/],
] as const) {
  // all at once: they wait for the most part
  const result = resultOf(name, limits);
  test(`a file that is ${name} is ended, and the runner says where it was`, async () => {
    const { failed, problems } = await result;
    assert.is(failed, 1);
    assert.is(problems.length, 1);
    assert.match(problems[0] ?? "", problem);
  });
}

test.run();
