/** docs/limits.md says what the code does. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost, defaultCaps } from "../../host/index.ts";

const page = readFileSync(fileURLToPath(new URL("../../../docs/limits.md", import.meta.url)), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test("the table has every limit, with its default", () => {
  const told = rows.map(([, name = "", value = ""]) => [
    name.replaceAll("`", ""),
    Number(value.replaceAll(",", "")),
  ]);
  assert.equal(Object.fromEntries(told), { ...defaultCaps });
});

test("the table has every count of host.stats()", () => {
  const told = new Set(
    rows.flatMap((cells) => [...(cells[5] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name)),
  );
  const host = createHost();
  assert.equal([...told].sort(), Object.keys(host.stats()).sort());
  host.close();
});

test.run();
