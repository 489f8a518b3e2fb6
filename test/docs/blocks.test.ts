/** Every code block of the README and of docs/ is run, and prints what its comments say. */

import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";
import { cachedAsc } from "../cli/project.ts";

const exec = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));

interface Block {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

function blocksOf(file: string): Block[] {
  const blocks: Block[] = [];
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  let start = -1;
  lines.forEach((text, at) => {
    if (!text.startsWith("```")) return;
    if (start < 0) {
      start = at;
    } else {
      const language = lines[start]?.slice(3) ?? "";
      blocks.push({ file, line: start + 1, language, code: lines.slice(start + 1, at).join("\n") });
      start = -1;
    }
  });
  if (start >= 0) throw new Error(`${file}:${start + 1} opens a code block that never ends`);
  return blocks;
}

/** Commands in the docs, and what runs them. */
const commands = new Map([
  ["npm ci && npm run demo", ".ci/run"],
  ["npm ci && npm test", ".ci/run"],
]);

/** What a block is to print: the comments behind its `console.log` lines. */
function expected(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((match) => match[1] ?? "");
}

// A folder inside the repository, so that "wasock" resolves to this package as it does for a user.
mkdirSync(join(root, "build/docs"), { recursive: true });
const folder = mkdtempSync(join(root, "build/docs/run-"));
symlinkSync(join(root, "build/jco/sync"), join(folder, "component"));

function run(script: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script, ...args], { cwd: folder }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${basename(script)} failed:\n${stderr}\n${error.message}`));
    });
  });
}

// what the commands of a block are called, in the place of what an installation has
mkdirSync(join(folder, "bin"));
for (const [name, command] of [
  ["node", '"$@"'],
  ["wasock", `"${cachedAsc}" "${join(root, "build/dist/cli.js")}" "$@"`],
  ["npx", `"${join(root, "node_modules/.bin")}/$@"`],
]) {
  writeFileSync(join(folder, `bin/${name}`), `#!/bin/sh\nexec "${process.execPath}" ${command}\n`, {
    mode: 0o755,
  });
}

/** Whether commands make a component of a program in another language. */
function runsLanguage(code: string): boolean {
  return /^cargo |\ncomponentize-py /.test(code);
}

/** Runs commands, with a server of our own where they say port 8080. */
async function runCommands(code: string): Promise<void> {
  const server = createServer((_, response) => response.end("the page\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  try {
    const env = { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` };
    const script = code.replaceAll("8080", String(port)).replaceAll("npx wasock", "wasock");
    const { stdout } = await exec("bash", ["--norc", "-euc", script], { cwd: folder, env });
    assert.match(stdout, "the page\n");
  } finally {
    server.close();
  }
}

// assemblyscript.md is one walk from its beginning to its end, which assemblyscript.test.ts runs
const docs = readdirSync(join(root, "docs")).filter((name) => /(?<!^assemblyscript)\.md$/.test(name));
let number = 0;
for (const file of ["README.md", ...docs.map((name) => `docs/${name}`)]) {
  const blocks = blocksOf(file);
  blocks.forEach(({ line, language, code }, at) => {
    if (language === "js") {
      const script = join(folder, `${number++}.mjs`);
      test(`${file}:${line} runs and prints what it says`, async () => {
        writeFileSync(script, code);
        const printed = (await run(script)).split("\n").filter((text) => text !== "");
        assert.equal(printed, expected(code));
      });
    } else if (language === "ts") {
      // the commands that follow build it, and name it so
      const name = /^(?:npx )?wasock build (\S+)/.exec(blocks[at + 1]?.code ?? "")?.[1];
      test(`${file}:${line} is built by the commands after it`, () => {
        if (name === undefined) assert.unreachable("nothing builds it");
        else writeFileSync(join(folder, name), code);
      });
    } else if (language === "sh" && /^(?:npx )?wasock /.test(code)) {
      // jco's glue suspends whatever is of 0.3
      const there = hasJspi || !code.includes("wasi03/") ? test : test.skip;
      there(`${file}:${line} has commands that run`, () => runCommands(code));
    } else if (file === "docs/wasi03.md" && (/^(?:rust|python)$/.test(language) || runsLanguage(code))) {
      test(`${file}:${line} is run by languages.test.ts`, () => {
        assert.match(readFileSync(join(root, "test/docs/languages.test.ts"), "utf8"), file);
      });
    } else if (language === "py") {
      test(`${file}:${line} is run by tools/first-use.mjs`, () => assert.is(file, "README.md"));
    } else if (language === "sh" && /^(?:npm install (?:wasock|assemblyscript)|pip install)/.test(code)) {
      test(`${file}:${line} has commands that tools/first-use.mjs runs`, () => {
        assert.is(file, "README.md");
        assert.match(readFileSync(join(root, ".ci/run"), "utf8"), "tools/first-use.mjs");
      });
    } else if (language === "sh") {
      test(`${file}:${line} has commands that ${commands.get(code) ?? "something"} runs`, () => {
        const runner = commands.get(code);
        assert.ok(runner, `no test runs ${JSON.stringify(code)}`);
        const text = readFileSync(join(root, runner), "utf8");
        for (const command of code.split(" && ")) {
          assert.ok(text.includes(command.replace("npm run ", "")), `${runner} does not run ${command}`);
        }
      });
    } else if (language === "wit" && blocks[at + 1]?.language === "ts") {
      const name = /--wit (\S+)/.exec(blocks[at + 2]?.code ?? "")?.[1];
      test(`${file}:${line} is the world of what is built after it`, () => {
        if (name === undefined) assert.unreachable("nothing is built for it");
        else writeFileSync(join(folder, name), code);
      });
    } else if (language === "wit") {
      test(`${file}:${line} stands in the WIT as well`, () => {
        const wit = readFileSync(join(root, "wit/net.wit"), "utf8");
        for (const text of code.split("\n"))
          assert.ok(wit.includes(text.trim()), `wit/net.wit lacks ${text}`);
      });
    } else {
      test(`${file}:${line} is of a language that is run`, () =>
        assert.unreachable(`nothing runs ${language}`));
    }
  });
}

test("every file that the README links to is there", () => {
  for (const [, target = ""] of readFileSync(join(root, "README.md"), "utf8").matchAll(/\]\(([^)#:]+)\)/g)) {
    assert.ok(existsSync(join(root, target)), `${target} is missing`);
  }
});

test.after(() => rmSync(folder, { recursive: true }));

test.run();
