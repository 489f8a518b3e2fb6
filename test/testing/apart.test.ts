/** With none of it used, none of it is loaded: neither by the library nor by the host. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const build = fileURLToPath(new URL("../../", import.meta.url));

/** The modules that are loaded with one: what is imported with `import()` is not. */
function loadedWith(entry: string): string[] {
  const loaded = new Set([join(build, entry)]);
  for (const path of loaded) {
    for (const [, name = ""] of readFileSync(path, "utf8").matchAll(/(?:\bfrom|\bimport)\s*"(\.[^"]+)"/g)) {
      const next = join(dirname(path), name);
      if (existsSync(next)) loaded.add(next);
    }
  }
  return [...loaded];
}

for (const entry of ["src/index.js", "host/index.js"]) {
  test(`${entry} imports nothing of networks in memory, faults, captures, recordings and simulations`, () => {
    const loaded = loadedWith(entry);
    assert.is(loaded.length > 20, true);
    const parts = /\/(host\/network\/(virtual|faults|pcap|record)|src\/testing)\//;
    assert.equal(
      loaded.filter((path) => parts.test(path)),
      [],
    );
  });
}

for (const entry of ["dist/index.js", "dist/host.js"]) {
  test(`${entry}, as it is published, has none of it either`, () => {
    const text = loadedWith(entry)
      .map((path) => readFileSync(path, "utf8"))
      .join("\n");
    assert.match(text, "option of a host");
    // what they say of wrong options
    for (const words of ["rule of a link", "option of a network", "part of a scenario"]) {
      assert.is(text.includes(words), false, words);
    }
  });
}

test.run();
