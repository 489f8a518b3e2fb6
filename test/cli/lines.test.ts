/** A program that fails tells the line of its author's, in what `wasock build` makes by default as well as with `--debug`. */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type CallFrame, type RunOptions, type RunResult, runCommand } from "../../host/index.ts";
import "./cached-asc.ts";
import { buildIn } from "./build-in.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

const SOURCE = `import { args } from "wasock/assembly";

function divide(a: i32, b: i32): i32 {
  return a / b;
}

function pick(list: i32[], at: i32): i32 {
  return list[at];
}

function work(what: string): i32 {
  if (what == "trap") return divide(1, what.length - 4);
  if (what == "library") return pick([1, 2, 3], what.length);
  if (what == "throw") throw new Error("no such thing");
  if (what == "exit") process.exit(1);
  return 0;
}

work(args()[1]);
`;

const folder = mkdtempSync(join(tmpdir(), "wasock-lines-"));
const at = (name: string): string => join(folder, name);
writeFileSync(at("main.ts"), SOURCE);

/** Where each way to fail comes from: the line of the innermost function of the author's that is told. */
const LINES = { trap: 4, library: 8, throw: 14 } as const;

const WAYS: Readonly<Record<string, RunOptions>> = {
  thread: { isolation: "thread" },
  "this thread": { isolation: "none" },
  blocking: { isolation: "thread", blocking: true },
};

const test = suite("lines of failed programs");
const modes = { default: [], debug: ["--debug"], "core module": ["--core"] };

test.before(async () => {
  for (const [mode, args] of Object.entries(modes)) {
    assert.is((await buildIn(folder, "main.ts", ...args, "-o", `${mode}.wasm`, "--quiet")).status, 0);
  }
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

function run(name: string, what: string, options: RunOptions = {}): Promise<RunResult> {
  return runCommand(at(name), { args: [what], stderr: "pipe", ...options });
}

/** The lines of the author's that are told, the innermost first. */
function ownLines(frames: readonly CallFrame[]): number[] {
  return frames.flatMap(({ place, near }) => {
    const own = near ?? place;
    return own?.file === "main.ts" ? [own.line] : [];
  });
}

for (const mode of Object.keys(modes)) {
  test(`${mode}: a trap, the library's error and a thrown one tell the line`, async () => {
    for (const [way, options] of Object.entries(WAYS)) {
      for (const [what, line] of Object.entries(LINES)) {
        const { exitCode, frames } = await run(`${mode}.wasm`, what, options);
        assert.is(exitCode, what === "trap" ? 134 : 1, way);
        const lines = ownLines(frames);
        const near = frames[0]?.near;
        // where the optimizer has mixed functions, a line of the author's just before is told as such
        if (near === undefined) assert.is(lines[0], line, `${way} ${what}: ${lines}`);
        else assert.ok(near.line === line || near.line === 13, `${way} ${what}: ${lines}`);
        assert.is(near !== undefined && what === "trap", false, `${way} ${what}: ${lines}`);
      }
    }
  });

  test(`${mode}: an exit of the program's own is no error`, async () => {
    const { exitCode, frames } = await run(`${mode}.wasm`, "exit");
    assert.is(exitCode, 1);
    assert.equal(frames, []);
  });
}

test("the column is that of the expression, and the functions have their names with --debug", async () => {
  const { frames } = await run("debug.wasm", "trap");
  const [first, second] = frames;
  assert.equal(first, { function: "main/divide", place: { file: "main.ts", line: 4, column: 10 } });
  assert.is(second?.function, "main/work");
});

test("wasock run says so in its sentence", () => {
  const say = (file: string, what: string): string => {
    const { stderr } = spawnSync(process.execPath, [cli, "run", file, what], {
      cwd: folder,
      encoding: "utf8",
    });
    return stderr;
  };
  assert.match(
    say("debug.wasm", "trap"),
    /^wasock: debug\.wasm trapped: divide by zero, in main\/divide \(main\.ts:4:10\), called by main\/work \(main\.ts:12:/,
  );
  assert.match(
    say("default.wasm", "trap"),
    /^wasock: default\.wasm trapped: divide by zero, in main\.ts:4:10, called by /,
  );
  assert.match(
    say("debug.wasm", "library"),
    /^Error: Index out of range \(~lib\/array\.ts:\d+:\d+\)\nwasock: the error came about in main\/pick \(main\.ts:8:10\), called by main\/work \(main\.ts:13:/,
  );
  assert.match(say("default.wasm", "throw"), /\nwasock: the error came about in code near main\.ts:14:/);
});

test("memory is limited by another module than was built, and the lines stay right", async () => {
  for (const maxMemory of [2 ** 24, 2 ** 28, Number.POSITIVE_INFINITY]) {
    const { frames } = await run("default.wasm", "trap", { maxMemory });
    assert.is(frames[0]?.place?.line, 4, String(maxMemory));
  }
});

test("a map of another file tells nothing, nor one of a program that is given as bytes", async () => {
  const bytes = readFileSync(at("default.wasm"));
  const given = await runCommand(bytes, { args: ["trap"] });
  assert.is(given.frames[0]?.place, undefined);
  // a custom section more: another file, with the same code
  writeFileSync(at("other.wasm"), Buffer.concat([bytes, Buffer.from([0, 2, 1, 0x61])]));
  const map = readFileSync(at("default.wasm.map"), "utf8");
  writeFileSync(at("other.wasm.map"), map);
  const { trapped, frames } = await run("other.wasm", "trap");
  assert.is(trapped?.reason, "trap");
  assert.equal([frames.length > 0, frames[0]?.place], [true, undefined]);
  // without the mark of a file it is taken at its word, as other compilers' are
  const { x_wasock_sha256, ...plain } = JSON.parse(map) as Record<string, unknown>;
  assert.match(String(x_wasock_sha256), /^[0-9a-f]{64}$/);
  writeFileSync(at("other.wasm.map"), JSON.stringify(plain));
  assert.is((await run("other.wasm", "trap")).frames[0]?.place?.line, 4);
});

test("what a module names as its map is followed to beside its file, and no further", async () => {
  const name = "core module.wasm";
  const bytes = readFileSync(at(name));
  const { x_wasock_sha256, ...map } = JSON.parse(readFileSync(at(`${name}.map`), "utf8")) as Record<
    string,
    unknown
  >;
  assert.ok(x_wasock_sha256);
  // the section stands at the end, and begins anew with another name in it
  const start = bytes.lastIndexOf("sourceMappingURL") - 3;
  const naming = (url: string): Buffer => {
    const payload = [16, ...Buffer.from("sourceMappingURL"), url.length, ...Buffer.from(url)];
    return Buffer.concat([bytes.subarray(0, start), Buffer.from([0, payload.length, ...payload])]);
  };
  assert.is(naming("x").subarray(0, start).equals(bytes.subarray(0, start)), true);
  writeFileSync(at("beside.map"), JSON.stringify(map));
  const lines = async (url: string): Promise<number | undefined> => {
    writeFileSync(at("named.wasm"), naming(url));
    return (await run("named.wasm", "trap")).frames[0]?.place?.line;
  };
  assert.is(await lines("beside.map"), 4);
  assert.is(await lines("./beside.map"), 4);
  renameSync(at("beside.map"), at("elsewhere.json"));
  for (const url of [
    at("elsewhere.json"),
    "elsewhere.json",
    `../${folder.split("/").at(-1)}/beside.map`,
    "file:///x",
  ]) {
    assert.is(await lines(url.slice(0, 100)), undefined, url);
  }
});

test("a map that is a folder, a pipe, too long or no map tells nothing and holds nothing up", async () => {
  // its own map would be found by the name that the module has for it
  mkdirSync(at("alone"));
  writeFileSync(at("alone/odd.wasm"), readFileSync(at("default.wasm")));
  const odd: [string, () => void][] = [
    ["a folder", () => symlinkSync(folder, at("alone/odd.wasm.map"))],
    ["a device", () => symlinkSync("/dev/zero", at("alone/odd.wasm.map"))],
    ["a pipe", () => assert.is(spawnSync("mkfifo", [at("alone/odd.wasm.map")]).status, 0)],
    ["no JSON", () => writeFileSync(at("alone/odd.wasm.map"), "{")],
    ["another thing", () => writeFileSync(at("alone/odd.wasm.map"), "[3]")],
    ["nothing", () => writeFileSync(at("alone/odd.wasm.map"), "null")],
    ["too long", () => writeFileSync(at("alone/odd.wasm.map"), Buffer.alloc(2 ** 24 + 1, " "))],
  ];
  for (const [what, make] of odd) {
    if (process.platform === "win32" && /device|pipe/.test(what)) continue;
    make();
    const { trapped, frames } = await run("alone/odd.wasm", "trap");
    assert.equal([trapped?.message, frames[0]?.place], ["divide by zero", undefined], what);
    rmSync(at("alone/odd.wasm.map"));
  }
});

test.run();
