/** `wasock init`, and what its project does, with the package as npm packs it and no network. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runCommand } from "../sides/command.ts";
import { findPython } from "../sides/wasmtime.ts";
import { main as asc } from "./asc.ts";
import { cli, install, link, runIn } from "./project.ts";
import { atTerminal, hasTerminals } from "./terminal.ts";

const FILES = [
  ".gitignore",
  "asconfig.json",
  "main.ts",
  "package.json",
  "test/main.test.js",
  "tsconfig.json",
];

const test = suite<{ folder: string }>("wasock init");
const inTerminal = hasTerminals ? test : test.skip;
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "wasock-init-"));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

/** What asc makes of a file of a project. */
async function byAsc(project: string, entry: string): Promise<Buffer> {
  const made = new Map<string, string | Uint8Array>();
  const before = process.cwd();
  process.chdir(project);
  try {
    const { error, stderr } = await asc([entry, "-o", "asc.wasm"], {
      readFile: (name, base) => {
        const path = resolve(base, name);
        return existsSync(path) ? readFileSync(path, "utf8") : null;
      },
      writeFile: (name, contents) => void made.set(name, contents),
    });
    assert.is(error, null, String(stderr));
  } finally {
    process.chdir(before);
  }
  const bytes = Buffer.from(made.get("asc.wasm") ?? "");
  assert.ok(bytes.length > 1000);
  return bytes;
}

test("makes a project whose own test passes, in a folder of its own", async ({ folder }) => {
  const made = runIn(folder, process.execPath, cli, "init", "My Hello");
  assert.is(made.status, 0, made.stderr);
  assert.match(made.stdout, /next: cd "My Hello" && npm install && npm test/);
  const project = join(folder, "My Hello");
  const files = (readdirSync(project, { recursive: true }) as string[]).filter((name) => name !== "test");
  assert.equal(files.sort(), FILES);
  assert.is(JSON.parse(readFileSync(join(project, "package.json"), "utf8")).name, "my-hello");
  install(project);

  const tested = runIn(project, "npm", "test");
  assert.is(tested.status, 0, `${tested.stdout}${tested.stderr}`);
  assert.match(tested.stdout, /pass 1/);

  // plain asc makes of it what is inside the component of wasock build
  const component = readFileSync(join(project, "build/main.wasm"));
  assert.ok(component.includes(await byAsc(project, "main.ts")));
  if (!("reason" in findPython())) {
    const { stderr, code } = await runCommand(join(project, "build/main.wasm"), ["127.0.0.1", "1"]);
    assert.match(stderr, /^Error: connect 127\.0\.0\.1:1: connection refused/);
    assert.is(code, 1);
  }
});

for (const template of ["server", "loop", "component", "simulation"]) {
  test(`the template ${template} makes a project whose own test passes`, ({ folder }) => {
    const project = join(folder, template);
    const made = runIn(folder, process.execPath, cli, "init", "--template", template, template);
    assert.is(made.status, 0, made.stderr);
    link(project);
    const tested = runIn(project, "npm", "test");
    assert.is(tested.status, 0, `${tested.stdout}${tested.stderr}`);
    assert.match(tested.stdout, /pass 1/);
  });
}

test("writes beside other files only when it is told to, and keeps every file that is there", ({
  folder,
}) => {
  writeFileSync(join(folder, "package.json"), '{ "name": "mine" }\n');
  writeFileSync(join(folder, "main.ts"), "// mine\n");
  const refused = runIn(folder, process.execPath, cli, "init");
  assert.is(refused.status, 2);
  assert.match(refused.stderr, /^wasock: this folder is not empty: --yes writes .* and changes no file\n$/);
  assert.equal(readdirSync(folder).sort(), ["main.ts", "package.json"]);
  const made = runIn(folder, process.execPath, cli, "init", "--yes");
  assert.is(made.status, 0, made.stderr);
  assert.match(made.stdout, /kept {2}package\.json/);
  assert.match(made.stdout, /made {2}asconfig\.json/);
  assert.match(made.stdout, /next: npm install --save-dev wasock assemblyscript/);
  assert.is(readFileSync(join(folder, "package.json"), "utf8"), '{ "name": "mine" }\n');
  assert.is(readFileSync(join(folder, "main.ts"), "utf8"), "// mine\n");
  const again = runIn(folder, process.execPath, cli, "init", "-y");
  assert.is(again.stdout.match(/^kept /gm)?.length, FILES.length);
});

inTerminal("asks at a terminal whether to write beside other files", ({ folder }) => {
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "mine"), "");
  const no = atTerminal(project, [["[y/N] ", "n\n"]], [process.execPath, cli, "init"]);
  assert.is(no.code, 1, no.transcript);
  assert.equal(readdirSync(project), ["mine"]);
  const yes = atTerminal(project, [["[y/N] ", "y\n"]], [process.execPath, cli, "init"]);
  assert.is(yes.code, 0, yes.transcript);
  assert.is(readdirSync(project).length, FILES.length + 1);
});

test("wrong arguments are told in a sentence, and the exit code is 2", ({ folder }) => {
  writeFileSync(join(folder, "file"), "");
  for (const [args, message] of [
    [["a", "b"], /takes one folder/],
    [["file"], /file: this is a file/],
    [["--nope"], /--nope/],
  ] as const) {
    const { status, stderr } = runIn(folder, process.execPath, cli, "init", ...args);
    assert.match(stderr, message);
    assert.is(status, 2);
  }
  assert.match(
    runIn(folder, process.execPath, cli, "init", "--help").stdout,
    /wasock init \[options\] \[folder\]/,
  );
});

test.run();
