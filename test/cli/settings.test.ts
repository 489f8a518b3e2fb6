/** What a run is told by variables and by `wasock.json`, and which of them counts; `--learn`; the schema. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hostOptionsOf, settings } from "../../host/drop-in/settings.ts";
import { defaultCaps } from "../../host/io/caps.ts";
import { type Flags, RUN } from "../../src/cli/flags.ts";
import { schema } from "../../src/cli/schema.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const talk = readFileSync(new URL("../assembly/programs/talk.wasm", import.meta.url));
const test = suite<{ folder: string }>("settings");
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "wasock-settings-"));
  mkdirSync(join(context.folder, "home"));
  writeFileSync(join(context.folder, "talk.wasm"), talk);
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true, force: true }));

function wasock(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): SpawnSyncReturns<string> {
  const home = join(folder, "home");
  return spawnSync(process.execPath, [cli, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, ...env },
  });
}

function save(folder: string, json: object): void {
  writeFileSync(join(folder, "wasock.json"), JSON.stringify(json));
  const { status, stderr } = wasock(folder, ["trust"]);
  assert.is(status, 0, stderr);
}

/** What \`talk.wasm\` says of port 1: whether it could try. */
function outcome(folder: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): string {
  return wasock(folder, ["run", ...args, "talk.wasm", "127.0.0.1", "1"], env).stdout.trim();
}
const [TRIED, REFUSED] = ["ECONNREFUSED", "EACCES"];

test("a variable grants as its option does, and the option comes first", ({ folder }) => {
  assert.is(outcome(folder), REFUSED);
  assert.is(outcome(folder, [], { WASOCK_ALLOW_NET: "127.0.0.1:1" }), TRIED);
  assert.is(outcome(folder, ["--allow-net=127.0.0.1:2"], { WASOCK_ALLOW_NET: "127.0.0.1:1" }), REFUSED);
  assert.is(outcome(folder, ["--allow-net"], { WASOCK_DENY_NET: "loopback" }), REFUSED);
  const traced = wasock(folder, ["run", "talk.wasm", "127.0.0.1", "1"], {
    WASOCK_TRACE: "1",
    WASOCK_JSON: "yes",
  });
  for (const line of traced.stderr.trim().split("\n")) assert.type(JSON.parse(line), "object");
  assert.match(traced.stderr, '"kind":"event"');
  const quiet = wasock(folder, ["run", "--no-trace", "talk.wasm", "127.0.0.1", "1"], { WASOCK_TRACE: "1" });
  assert.not.match(quiet.stderr, "policy refuse");
});

test("wasock.json grants to all programs or to one; what anything denies is denied", ({ folder }) => {
  save(folder, { allowNet: ["127.0.0.1:1"] });
  assert.is(outcome(folder), TRIED);
  assert.is(outcome(folder, ["--config=none"]), REFUSED);
  assert.is(outcome(folder, [], { WASOCK_CONFIG: "none" }), REFUSED);
  save(folder, { allowNet: true, programs: { "other.wasm": { denyNet: ["127.0.0.1"] } } });
  assert.is(outcome(folder), TRIED);
  save(folder, { allowNet: true, programs: { "talk.wasm": { denyNet: ["127.0.0.1"] } } });
  assert.is(outcome(folder), REFUSED);
  save(folder, { denyNet: ["127.0.0.1"], programs: { "talk.wasm": { allowNet: true } } });
  assert.is(outcome(folder), REFUSED);
  save(folder, {
    programs: { "talk.wasm": { allowNet: ["127.0.0.1"], limits: { sockets: 9 }, maxSockets: 8 } },
  });
  assert.is(outcome(folder), TRIED);
});

test("a wasock.json that nobody trusts, or that was changed, moved or linked to, does not count", ({
  folder,
}) => {
  const file = join(folder, "wasock.json");
  writeFileSync(file, '{ "allowNet": true }');
  const refused = wasock(folder, ["run", "talk.wasm", "127.0.0.1", "1"]);
  assert.equal([refused.status, refused.stdout], [2, ""]);
  assert.match(refused.stderr, /^wasock: wasock\.json is new, or has changed since you trusted it/);
  save(folder, { allowNet: ["127.0.0.1:1"] });
  // as a program with this folder could
  writeFileSync(file, '{ "allowNet": ["127.0.0.1:1"] } ');
  assert.is(outcome(folder), "");
  // what is trusted in one place is not in another
  save(folder, { allowNet: ["127.0.0.1:1"] });
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "sub/wasock.json"), readFileSync(file));
  writeFileSync(join(folder, "sub/talk.wasm"), talk);
  assert.is(
    wasock(join(folder, "sub"), ["run", "talk.wasm", "127.0.0.1", "1"], {
      XDG_CONFIG_HOME: join(folder, "home"),
    }).status,
    2,
  );
  // a link is what it leads to
  rmSync(join(folder, "sub/wasock.json"));
  symlinkSync("../wasock.json", join(folder, "sub/wasock.json"));
  const linked = wasock(join(folder, "sub"), ["run", "talk.wasm", "127.0.0.1", "1"], {
    XDG_CONFIG_HOME: join(folder, "home"),
  });
  assert.is(linked.stdout, `${TRIED}\n`, linked.stderr);
  const { mode } = statSync(join(folder, "home/wasock/trusted.json"));
  assert.is(mode & 0o077, 0);
});

test("wasock trust shows the file, with nothing in it that steers a terminal", ({ folder }) => {
  writeFileSync(join(folder, "wasock.json"), '{ "env": ["A=\u001b[2J"] }'.replace("\u001b", "\u009b"));
  const { stdout, status } = wasock(folder, ["trust"]);
  assert.is(status, 0);
  assert.match(stdout, "\\u009b");
  assert.not.match(stdout, "\u009b");
});

test("--learn prints the command that the run would have taken, and that command works", ({ folder }) => {
  const learnt = wasock(folder, ["run", "--learn", "--timeout", "30s", "talk.wasm", "localhost", "1"]);
  assert.is(learnt.stdout, `${TRIED}\n`);
  const command = "wasock run --allow-net=tcp://localhost:1 --timeout 30s talk.wasm localhost 1";
  assert.is(learnt.stderr, `wasock: talk.wasm runs without --learn so:\n  ${command}\n`);
  const again = wasock(folder, command.split(" ").slice(1));
  assert.equal([again.stdout, again.stderr], [`${TRIED}\n`, ""]);
  const nothing = wasock(folder, ["run", "--learn", "--allow-net", "talk.wasm", "127.0.0.1", "1"]);
  assert.is(nothing.stderr, "wasock: talk.wasm asked for nothing that it wasn't allowed\n");
  assert.is(outcome(folder, ["--learn", "--deny-net=loopback"]), REFUSED);
  const json = wasock(folder, ["run", "--learn", "--json", "talk.wasm", "127.0.0.1", "1"]);
  const last = JSON.parse(json.stderr.trim().split("\n").at(-1) ?? "") as object;
  assert.equal((last as { flags?: unknown }).flags, ["--allow-net=tcp://127.0.0.1:1"]);
});

test("the command that a hint prints can be pasted, whatever the words are", ({ folder }) => {
  const args = ["run", "--env", "A=it's $HOME", "--allow-net=192.0.2.1", "talk.wasm", "127.0.0.1", "1"];
  const { stderr } = wasock(folder, args);
  const line = stderr.split("\n").find((text) => text.startsWith("  wasock run "));
  const words = spawnSync("sh", ["-c", `printf '%s\\n' ${line}`], { encoding: "utf8" }).stdout.split("\n");
  assert.equal(words.slice(0, -1), [
    "wasock",
    "run",
    "--allow-net=192.0.2.1,tcp://127.0.0.1:1",
    ...args.slice(1, 3),
    ...args.slice(4),
  ]);
});

test("the schema has a key for each option that has one, and the drop-in modules know each variable", () => {
  const flags = Object.values(RUN as Flags);
  const { properties } = schema() as { properties: Record<string, unknown> };
  const keys = flags.flatMap(({ key }) => key ?? []);
  assert.equal(Object.keys(properties).sort(), ["$schema", "programs", ...keys].sort());
  for (const { variable } of flags) {
    if (variable !== undefined)
      hostOptionsOf(variable === "WASOCK_MAX_SOCKETS" ? {} : { [variable]: "" }, settings);
  }
});

test("the schema says what each value is, for all programs and for one", () => {
  interface Value {
    readonly description?: string;
    readonly [keyword: string]: unknown;
  }
  const { properties, ...rest } = schema() as { properties: Record<string, Value> };
  assert.equal(rest, {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "What wasock run is told of a folder's programs",
    type: "object",
    additionalProperties: false,
  });
  const { $schema, programs, ...options } = properties;
  assert.equal($schema, { type: "string" });
  assert.equal(programs, {
    description: "The same of single programs, by their paths as seen from this file",
    type: "object",
    additionalProperties: { type: "object", additionalProperties: false, properties: options },
  });
  const texts = { type: "array", items: { type: "string" } };
  const rules = { anyOf: [{ type: "boolean" }, texts] };
  const wanted: Record<string, object> = {
    allowNet: rules,
    denyNet: texts,
    audit: { type: "string" },
    trace: { type: "boolean" },
    maxSockets: { type: "integer", minimum: 1 },
    limits: {
      type: "object",
      propertyNames: { enum: Object.keys(defaultCaps) },
      additionalProperties: { type: "integer", minimum: 1 },
    },
  };
  for (const { key, text } of Object.values(RUN as Flags)) {
    if (key === undefined) continue;
    const { description, ...value } = options[key] ?? {};
    assert.is(description, text, key);
    if (wanted[key] !== undefined) assert.equal(value, wanted[key], key);
  }
});

test.run();
