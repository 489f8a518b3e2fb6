/**
 * What a user can do wrong, and the sentence that says so: each mistake ends with its exit code and that line on stderr, nothing
 * on stdout and never a stack.
 */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@bytecodealliance/jco";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi, isNode } from "../../host/runtime/features.ts";
import { preview1, program, well } from "../run/guests.ts";
import "./cached-asc.ts";
import { wasockIn } from "./command-in.ts";
import { cachedAsc } from "./project.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const cli = join(root, "build/dist/cli.js");
const talk = readFileSync(new URL("../assembly/programs/talk.wasm", import.meta.url));
const test = suite("mistakes");
const folder = mkdtempSync(join(tmpdir(), "wasock-mistakes-"));

test.before(async () => {
  mkdirSync(join(folder, "folder"));
  mkdirSync(join(folder, "full"));
  mkdirSync(join(folder, "home"));
  const files: Readonly<Record<string, string | Uint8Array>> = {
    "full/file": "",
    "text.wasm": "this is text",
    "zero.wasm": "",
    "empty.wasm": Buffer.from("0061736d01000000", "hex"),
    "cut.wasm": talk.subarray(0, 3000),
    "app.wasm": talk,
    "env.wasm": await program(well, '(import "env" "own" (func))'),
    "type.wasm": await program(well, '(import "wasi:cli/stdout@0.2.0" "get-stdout" (func (param i32)))'),
    "large.wasm": await program(well, "", '(memory (export "memory") 40000)'),
    "strange.wasm": await parse('(component (import "wasi:nn/tensor@0.2.0" (instance (export "x" (func)))))'),
    "old.wasm": await preview1('(memory (export "memory") 1)', '(func (export "_start"))'),
    "main.ts": 'import { print } from "wasock/assembly";\nprint("hello");\n',
    "wrong.ts": "nope();\n",
    "new.json": '{ "allowNet": ["127.0.0.1:1"] }',
    "key.json": '{ "alowNet": ["127.0.0.1:1"] }',
    "value.json": '{ "allowNet": "127.0.0.1:1" }',
    "list.json": "[]",
    "cut.json": '{ "allowNet": [',
    "wrong.wit": "package",
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  symlinkSync("circle.wasm", join(folder, "circle.wasm"));
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** A user's folder in which nothing is yet. */
const home = { HOME: join(folder, "home"), XDG_CONFIG_HOME: join(folder, "home") };

function wordsOf(line: string): string[] {
  return line.split(" ").filter((word) => word !== "");
}

function wasock(line: string, options: readonly string[] = []): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [...options, cli, ...wordsOf(line)], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...home },
  });
}

/** Every command line, and what it is answered; the exit code is 2. */
const MISTAKES: Readonly<Record<string, string | RegExp>> = {
  // commands
  rnu: "there is no command rnu: did you mean run?",
  frobnicate: "there is no command frobnicate: wasock --help lists them",
  "help frobnicate": "there is no command frobnicate: wasock --help lists them",
  // files
  run: "wasock run takes a file: wasock run app.wasm",
  "run --deny-net app.wasm":
    "wasock run takes a file: wasock run app.wasm; --deny-net has taken app.wasm for its value",
  "run missing.wasm": "missing.wasm: there is no such file",
  "run --allow-net missing.wasm": "missing.wasm: there is no such file",
  "run --allow-net 127.0.0.1:80 app.wasm":
    "127.0.0.1:80: there is no such file; a rule is joined to its option: --allow-net=127.0.0.1:80",
  "run folder": "folder: this is a folder",
  "run app.wasm/x": "app.wasm/x: a part of the path is not a folder (ENOTDIR)",
  "run circle.wasm": "circle.wasm: links lead in a circle (ELOOP)",
  "run text.wasm": "text.wasm: not a WebAssembly file",
  "run main.ts": "main.ts: not a WebAssembly file; wasock build main.ts makes one of it",
  "run zero.wasm": "zero.wasm: not a WebAssembly file",
  "run empty.wasm": "empty.wasm: not a command (no wasi:cli/run export)",
  "run cut.wasm": /^cut\.wasm: malformed WebAssembly at byte \d+: \d+ bytes are announced and are not there$/,
  "run env.wasm": "env.wasm: it imports what is not served here: env#own",
  "run strange.wasm": "strange.wasm: it imports what is not served here: wasi:nn/tensor",
  "run type.wasm": "type.wasm: it imports wasi:cli/stdout@0.2.0#get-stdout as (i32 ->): it is (-> i32)",
  "run large.wasm": "large.wasm: it needs 2500 MiB of memory to begin with, and may have 1024 MiB",
  // options
  "run --alow-net=127.0.0.1 app.wasm": "wasock run: there is no option --alow-net; did you mean --allow-net?",
  "run --denynet=* app.wasm": "wasock run: there is no option --denynet; did you mean --deny-net?",
  "run --frobnicate app.wasm": "wasock run: there is no option --frobnicate; --help lists them",
  "run -X app.wasm": "wasock run: there is no option -X; did you mean -S?",
  "run --timeout": "wasock run: --timeout takes a value: --timeout=time",
  "run --timeout -1 app.wasm":
    "wasock run: --timeout takes a value: --timeout=time; a value that begins with - is joined to it by =",
  "run -S": "wasock run: -S takes a value: -S option",
  "run --sync=yes app.wasm": "wasock run: --sync takes no value",
  "run --help nope": "wasock run --help nope: known are network, limits, program, testing, telling",
  "run --timeout 5 app.wasm": "--timeout 5: it is to look like 30s, 500ms, 2m or 1h, at most 24 days",
  "run --max-memory 5 app.wasm": "--max-memory 5: it is to look like 256MiB, 64KiB, 2GiB or none",
  "run --max-sockets none app.wasm": "--max-sockets: expected a whole number above 0, got 'none'",
  "run --max-sockets 99999999999999999999 app.wasm":
    "--max-sockets: expected a whole number above 0, got '99999999999999999999'",
  "run --limit stream=1 app.wasm": "--limit stream=1: did you mean streams?",
  "run --limit streams app.wasm": "--limit streams: expected a whole number above 0, got ''",
  "run --env =x app.wasm": "--env =x: a variable has a name: NAME=value",
  "run --dir nope app.wasm": "--dir nope: there is no folder nope",
  "run --dir text.wasm app.wasm": "--dir text.wasm: text.wasm is not a folder",
  "run --dir folder::/a:rw app.wasm": "--dir folder::/a:rw: behind a colon at its end only ro can stand",
  "run --audit folder app.wasm": "--audit folder: this is a folder (EISDIR)",
  "run --audit no/such app.wasm": "--audit no/such: there is no such file or folder (ENOENT)",
  // rules
  "run -S http app.wasm": "-S http: known are inherit-network, tcp, udp, allow-ip-name-lookup",
  "run -S tcp=maybe app.wasm": "-S tcp=maybe: the value must be y, yes or true, or n, no or false",
  "run --deny-net= app.wasm": "--deny-net takes rules: --deny-net=private",
  "run --allow-net=privat app.wasm":
    '--allow-net: the rule "privat" was not understood: did you mean private? a host that is called so is written with a dot at its end',
  "run --allow-net=10.0.0.0/99 app.wasm":
    '--allow-net: the rule "10.0.0.0/99" was not understood: the / must be followed by 0 to 32',
  "run --allow-net=a:b app.wasm":
    '--allow-net: the rule "a:b" was not understood: ports must be a number, two with - between them, or *, of 0 to 65535',
  "run --allow-net=http://a app.wasm":
    '--allow-net: the rule "http://a" was not understood: the scheme must be tcp:// or udp://',
  "run --allow-listen=example.com app.wasm":
    '--allow-listen: the rule "example.com" was not understood: one listens on addresses, and of names localhost alone stands for some',
  "run --allow-dns=10.0.0.1 app.wasm":
    '--allow-dns: the rule "10.0.0.1" was not understood: it must be a name or *.name',
  // what has no effect
  "run --listen tcp://127.0.0.1:0 app.wasm":
    "--listen has no effect on app.wasm, which is not a preview 1 program: it listens by itself where --allow-listen lets it",
  "run --allow-net old.wasm":
    "--allow-net has no effect on old.wasm, a preview 1 program: it is on the network only by the listeners that --listen gives it",
  "run --listen 8080 old.wasm":
    "listen: 8080 is not understood; it is to look like tcp://127.0.0.1:8080 or tcp://[::1]:0",
  // settings
  "run --config nope.json app.wasm": "--config nope.json: there is no such file",
  "run --config new.json app.wasm":
    'new.json is new, or has changed since you trusted it: "wasock trust new.json" shows what it grants and trusts it, --config=none leaves it out',
  "run --config key.json app.wasm": "key.json: there is no alowNet: did you mean allowNet?",
  "run --config value.json app.wasm":
    'value.json: allowNet must be true, false or a list of texts, and is "127.0.0.1:1"',
  "run --config list.json app.wasm": "list.json: this must be an object",
  "run --config cut.json app.wasm": /^cut\.json: .*JSON/,
  trust: "wasock.json: there is no such file",
  "trust folder": "folder: this is a folder",
  // build
  build: "wasock build takes one file: wasock build main.ts -o app.wasm",
  "build missing.ts": "missing.ts: there is no such file",
  "build app.wasm":
    "app.wasm: not an AssemblyScript program, whose name ends in .ts: wasock run app.wasm runs what is built",
  "build value.json": "value.json: not an AssemblyScript program, whose name ends in .ts",
  "build folder": "folder: this is a folder",
  "build main.ts -o folder": "--out folder: this is a folder, and must be a file",
  "build main.ts --world x": "--wit and --world go together: a WIT file or folder, and the world in it",
  "build main.ts --wit full --world x": "--wit full: there is no WIT in this folder",
  "build --debgu x": "wasock build: there is no option --debgu; did you mean --debug?",
  // types
  types: "wasock types takes one component: wasock types app.wasm",
  "types folder": "folder: this is a folder",
  "types main.ts": "main.ts: this is not a component",
  // init
  "init text.wasm": "text.wasm: this is a file, and a project is a folder",
  "init a b": "wasock init takes one folder: wasock init hello",
  "init full":
    "full is not empty: --yes writes package.json, asconfig.json, tsconfig.json, .gitignore, main.ts, test/main.test.js beside what is there, and changes no file",
  "init --template srever x": "--template srever: did you mean server?",
  // others
  "cache x": "wasock cache x: only clear can follow",
  "completion sh": "wasock completion takes a shell: bash, zsh or fish",
  "doctor x": "wasock doctor takes --json, or nothing",
};

for (const [line, answer] of Object.entries(MISTAKES)) {
  test(`wasock ${line}`, async () => {
    const { status, stdout, stderr } = await wasockIn(folder, wordsOf(line), { ...process.env, ...home });
    assert.match(stderr, /^wasock: .*\n$/);
    const said = stderr.slice("wasock: ".length, -1);
    if (typeof answer === "string") assert.is(said, answer);
    else assert.match(said, answer);
    assert.equal({ status, stdout }, { status: 2, stdout: "" });
  });
}

test("a working directory that is gone is called so", () => {
  if (process.platform === "win32") return;
  const gone = `mkdir gone && cd gone && rmdir ../gone && "${process.execPath}" "${cli}" run app.wasm`;
  const { status, stderr } = spawnSync("sh", ["-c", gone], { cwd: folder, encoding: "utf8" });
  const message = "wasock: the working directory: there is no such file or folder (ENOENT)\n";
  assert.equal({ status, stderr }, { status: 2, stderr: message });
});

test("variables are checked likewise", () => {
  for (const [name, value, answer] of [
    ["WASOCK_ALOW_NET", "*", "WASOCK_ALOW_NET is not a variable: did you mean WASOCK_ALLOW_NET?"],
    ["WASOCK_TRACE", "maybe", "WASOCK_TRACE must be 1 or 0, and is maybe"],
    ["WASOCK_TIMEOUT", "5", "--timeout 5: it is to look like 30s, 500ms, 2m or 1h, at most 24 days"],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, [cli, "run", "app.wasm"], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, [name]: value },
    });
    assert.equal({ status, stderr }, { status: 2, stderr: `wasock: ${answer}\n` });
  }
});

test("a program that doesn't compile, or doesn't fit its WIT, is told with its place, and the exit code is 1", () => {
  for (const [line, message] of [
    ["build wrong.ts -q", /^wasock: ERROR TS2304: Cannot find name 'nope'\.\n.*\n.*nope\(\);\n/],
    ["build main.ts -q --wit wrong.wit --world x", /^wasock: the program and its WIT don't fit: /],
  ] as const) {
    const { status, stdout, stderr } = wasock(line, [cachedAsc]);
    assert.equal({ status, stdout }, { status: 1, stdout: "" });
    assert.match(stderr, message);
    assert.not.match(stderr, /\n\s+at /);
  }
});

test("a package that is missing is named, with how to add it", () => {
  const alone = join(folder, "alone");
  cpSync(join(root, "build/dist"), join(alone, "build/dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(alone, "package.json"));
  const options = { cwd: folder, encoding: "utf8" } as const;
  const built = spawnSync(
    process.execPath,
    [join(alone, "build/dist/cli.js"), "build", "main.ts", "-q"],
    options,
  );
  assert.is(
    built.stderr,
    "wasock: wasock build needs the package assemblyscript, which is not installed: npm install assemblyscript\n",
  );
  assert.is(built.status, 2);
  const doctor = spawnSync(process.execPath, [join(alone, "build/dist/cli.js"), "doctor", "--json"], options);
  const { findings } = JSON.parse(doctor.stdout) as {
    findings: { what: string; has: boolean; note: string }[];
  };
  const missing = findings
    .filter(({ has, what }) => !has && /^[@a-z0-9/-]+$/.test(what))
    .map(({ what }) => what);
  for (const name of ["assemblyscript", "@bytecodealliance/jco-transpile", "koffi"])
    assert.ok(missing.includes(name));
});

test("a Node that is too old is told which one it takes", () => {
  if (!isNode) return;
  const older = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'18.20.8'})";
  const { status, stderr } = wasock("run app.wasm", ["--import", older]);
  assert.equal(
    { status, stderr },
    { status: 2, stderr: "wasock: it takes Node 20.19 or later, and this is 18.20.8\n" },
  );
});

test("what this Node can't compile is said so", async () => {
  if (hasJspi) return;
  const wide = await parse(
    '(module (memory (export "memory") i64 1) (func (export "wasi:cli/run@0.2.0#run") (result i32) (i32.const 0)))',
  );
  writeFileSync(join(folder, "wide.wasm"), wide);
  const { status, stderr } = wasock("run wide.wasm");
  assert.is(status, 2);
  assert.match(stderr, /^wasock: wide\.wasm: this runtime can't compile it, and a newer one may: .*\n$/);
});

test("with --json an error is a line of JSON with its code", () => {
  for (const [line, code] of [
    ["run --json missing.wasm", "ERR_USAGE"],
    ["run --json text.wasm", "ERR_INVALID_WASM"],
    ["run --json --nope text.wasm", "ERR_USAGE"],
  ] as const) {
    const { status, stderr } = wasock(line);
    const told = JSON.parse(stderr) as { kind: string; code: string; message: string };
    assert.equal([told.kind, told.code, status], ["error", code, 2]);
    assert.ok(told.message.length > 0);
  }
});

test.run();
