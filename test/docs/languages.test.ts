/**
 * The programs of docs/wasi03.md in other languages, built and run as it says there: with the tools that are there, and
 * nothing is downloaded for them.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const blocks = [
  ...readFileSync(join(root, "docs/wasi03.md"), "utf8").matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm),
].map(([, language = "", code = ""]) => ({ language, code }));

/** The languages, their programs' files, and what tells whether their tools can make a component here. */
const LANGUAGES = [
  {
    language: "rust",
    file: "app.rs",
    // with what cargo has already
    asks: "cargo new -q --lib x && cd x && cargo add -q --offline wasip3 && cargo fetch -q --offline --target wasm32-wasip2",
    needs: true,
  },
  { language: "python", file: "app.py", asks: "componentize-py --version", needs: hasJspi },
] as const;

const test = suite("languages");
const folder = mkdtempSync(join(tmpdir(), "wasock-languages-"));
const bin = join(folder, "bin");
mkdirSync(bin);
const cli = join(root, "build/dist/cli.js");
writeFileSync(join(bin, "wasock"), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`, { mode: 0o755 });
test.after(() => rmSync(folder, { recursive: true }));

function shell(code: string, cwd: string): SpawnSyncReturns<string> {
  const path = [bin, process.env["PATH"]].join(delimiter);
  const env = { ...process.env, PATH: path, CARGO_NET_OFFLINE: "true" };
  return spawnSync("bash", ["--norc", "-euc", code], { cwd, env, encoding: "utf8" });
}

for (const { language, file, asks, needs } of LANGUAGES) {
  const place = join(folder, language);
  mkdirSync(join(place, "node_modules"), { recursive: true });
  symlinkSync(root, join(place, "node_modules/wasock"));
  const asked = join(folder, `${language}-asked`);
  mkdirSync(asked);
  const isThere = needs && shell(asks, asked).status === 0;
  if (!isThere) console.log(`${language}: skipped, its tools can't make a component of 0.3 here`);
  (isThere ? test : test.skip)(`a program in ${language} waits, and prints`, () => {
    const at = blocks.findIndex((block) => block.language === language);
    writeFileSync(join(place, file), String(blocks[at]?.code));
    const { status, stdout, stderr } = shell(String(blocks[at + 1]?.code), place);
    assert.is(status, 0, stderr);
    assert.match(stdout, /^waited true$/im);
  });
}

test.run();
