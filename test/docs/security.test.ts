/** SECURITY.md: every promise names a test that is there, and that runs. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const rows = readFileSync(`${root}SECURITY.md`, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| promise"))
  .filter((line) => !/^\| -+ /.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, promise = "", tests = ""]) => ({ promise, tests: tests.split(", ") }));

test("each promise is held by a test", () => {
  assert.ok(rows.length > 20, `${rows.length} promises are found`);
  for (const { promise, tests } of rows) {
    assert.ok(promise.endsWith("."), promise);
    for (const file of tests) {
      assert.match(file, /^test\/[\w/.-]+\.ts$/, promise);
      assert.ok(existsSync(root + file), `${promise} is held by ${file}, which isn't there`);
    }
  }
});

test.run();
