/** Connections on handles, and on `node:net` where there are none to be had: the same tests hold of both. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { handleParts } from "../../host/runtime/features.ts";

const test = suite("transports");

/** Runs this Node, and says what it wrote to stderr. */
async function node(...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, args, { timeout: 60_000 })).stderr;
}

const features = new URL("../../host/runtime/features.js", import.meta.url).href;
const asks = `import { handleParts } from ${JSON.stringify(features)}; console.error(handleParts !== undefined);`;

test("handles are had without a word; who wants to be told of all that is deprecated does without", async () => {
  assert.is(handleParts !== undefined, process.platform !== "win32");
  const script = ["--input-type=module", "-e", asks];
  assert.is(await node("--throw-deprecation", ...script), `${process.platform !== "win32"}\n`);
  assert.is(await node("--pending-deprecation", ...script), "false\n");
});

for (const file of ["tcp", "tcp-streams", "tcp-input", "tcp-listener", "../src/broken-connections"]) {
  test(`${file} on node:net`, async () => {
    assert.is(
      await node("--pending-deprecation", fileURLToPath(new URL(`${file}.test.js`, import.meta.url))),
      "",
    );
  });
}

test.run();
