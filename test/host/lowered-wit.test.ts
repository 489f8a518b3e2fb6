/** Holds `host/wasi02/descriptions.ts` against what wasm-tools make of the WIT that it is made from. */

import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { componentEmbed, print } from "@bytecodealliance/jco-transpile/wasm-tools";
import { _addPreopen, _getPreopens } from "@bytecodealliance/preview2-shim/filesystem";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { interfaces } from "../../host/wasi02/descriptions.ts";
import { knownImports } from "./lowered-support.ts";

const packages = ["wasi-io", "wasi-clocks", "wasi-sockets", "wasi-random", "wasi-filesystem", "wasi-cli"];
const jco = dirname(dirname(createRequire(import.meta.url).resolve("@bytecodealliance/jco")));
const wit = join(jco, "lib", "wit", "builtin", "0.2.12");

test("the functions that may wait are poll, block and those called blocking", () => {
  const wait = knownImports.filter(({ type }) => type?.mayWait).map(({ name }) => name);
  const named = knownImports.filter(({ name }) => /(^|\.)(poll|block|blocking-[a-z-]+)$/.test(name));
  assert.equal(
    wait,
    named.map(({ name }) => name),
  );
  assert.is(wait.length, 8);
});

test("the core signatures are those that wasm-tools makes of the WIT", async () => {
  // Without a preopen the WIT folder can't be read. The shim's own types are those of another function.
  if (_getPreopens().length === 0) (_addPreopen as (path: string, host: string) => void)("/", "/");
  const folder = await mkdtemp(join(tmpdir(), "wasock-wit-"));
  try {
    for (const name of packages) await cp(join(wit, name), join(folder, "deps", name), { recursive: true });
    const imports = interfaces.map(({ name }) => `import ${name}@0.2.12;`).join(" ");
    await writeFile(join(folder, "world.wit"), `package test:all; world all { ${imports} }`);
    const module = await componentEmbed({
      witPath: folder,
      world: "all",
      dummy: true,
      stringEncoding: "utf8",
      features: { tag: "all" },
    });
    const text = await print(module);
    const types = [...text.matchAll(/^\s*\(type \(;\d+;\) \(func(.*)\)\)$/gm)].map(([, type]) => type ?? "");
    const found = [...text.matchAll(/\(import "([^"]+)" "([^"]+)" \(func \(;\d+;\) \(type (\d+)\)\)\)/g)];
    const theirs = found.map(([, from = "", name = "", type]) => {
      const interfaceName = from.replace(/^cm32p2\|/, "").replace(/@.*$/, "");
      const ours = name.replace(/^(.*)_drop$/, "[resource-drop]$1");
      return `${interfaceName}#${ours}${types[Number(type)]}`;
    });
    const ours = knownImports.map(({ interface: from, name, signature: { params, results } }) => {
      const head = params.length === 0 ? "" : ` (param ${params.join(" ")})`;
      return `${from}#${name}${head}${results.length === 0 ? "" : ` (result ${results.join(" ")})`}`;
    });
    assert.ok(theirs.length > 80, `only ${theirs.length} imports found`);
    assert.equal(ours.sort(), theirs.sort());
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.run();
