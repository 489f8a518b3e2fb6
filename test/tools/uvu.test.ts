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
const { runTestFiles } = (await import(tool)) as {
  runTestFiles(node: string, files: string[], env: NodeJS.ProcessEnv, limits?: Limits): Promise<Result[]>;
};

/** What came of files of the folder `files`, run in one process. */
function resultsOf(names: readonly string[], limits?: Limits): Promise<Result[]> {
  const files = names.map((name) => fileURLToPath(new URL(`files/${name}.js`, import.meta.url)));
  return runTestFiles(process.execPath, files, process.env, limits);
}

async function resultOf(name: string, limits?: Limits): Promise<Result> {
  return (await resultsOf([name], limits))[0] as Result;
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

// all at once, as above
const together = resultsOf(["failing", "left-open", "endless", "noisy"], { limitSeconds: 3 });

test("of files in one process each has a result of its own, until one ends it", async () => {
  const [failing, passing, endless, last, ...others] = await together;
  assert.equal(others, []);
  assert.equal(failing, { ...failing, passed: 1, failed: 1, problems: [] });
  assert.match(failing?.output ?? "", /^ {2}.*FAIL.*this fails/m);
  assert.equal(passing, { ...passing, passed: 1, failed: 0, problems: [] });
  assert.not.match(passing?.output ?? "", /this fails/);
  assert.is(endless?.failed, 1);
  assert.match(endless?.problems[0] ?? "", /^it was still running 3 s .*"this waits for ever"/);
  assert.equal(last?.problems, ["it was not run: its process ended in a file before"]);
  assert.is(last?.failed, 1);
});

test.run();
