/** `wasock simulate`: seeds in several processes, what fails told so that it can be had again, and mistakes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("wasock simulate");
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wasock-simulate-"));
const register = fileURLToPath(new URL("../../examples/simulation/register.js", import.meta.url));

function simulate(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, "simulate", ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

test("the first seed that fails is told with its faults and its history, whoever finds it, and comes again", () => {
  const alone = simulate([register, "--seeds=60", "--jobs=1"]);
  assert.is(alone.status, 1, alone.stderr);
  assert.equal(simulate([register, "--seeds=60", "--jobs=2"]), alone);
  const [, failure] = /seed \d+ failed: (.*)\n/.exec(alone.stdout) ?? [];
  const [, hash] = /hash ([0-9a-f]{16})\n/.exec(alone.stdout) ?? [];
  const [, seed = "", faults = ""] =
    /again: wasock simulate \S+ --seed (\d+) --faults '(.+)'\n/.exec(alone.stdout) ?? [];
  const [fault, ...more] = JSON.parse(faults) as object[];
  assert.equal(more, []);
  assert.match(alone.stdout, `of 3 faults it takes\n  1: ${JSON.stringify(fault)}\n`);
  assert.match(alone.stdout, /one and two are cut apart\n/);
  const captures = join(folder, "captures");
  const again = simulate([register, "--seed", seed, "--faults", faults, "--pcap", captures, "--trace"]);
  assert.is(again.status, 1);
  assert.match(again.stdout, `failed: ${failure}\n`);
  assert.match(again.stdout, `hash ${hash}\n`);
  assert.match(again.stderr, /^ +0\.000 one +#\d+ tcp listen +/m);
  assert.match(again.stderr, /^ +\d+\.\d{3} client +#\d+ tcp connect .* ok$/m);
  assert.equal(readdirSync(captures).sort(), ["client.pcapng", "one.pcapng", "two.pcapng"]);
  assert.is(simulate([register, "--seed", seed, "--faults", "none"]).status, 0);
});

test("where all holds that is told, to programs as lines of JSON", () => {
  const env = { REGISTER: "fixed" };
  const people = simulate([register, "--seeds=50", "--jobs=2"], env);
  assert.equal(people, { status: 0, stdout: "all held: 50 seeds\n", stderr: "" });
  const { status, stdout } = simulate([register, "--seeds=3", "--first=7", "--json"], env);
  assert.is(status, 0);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; seed: number; hash: string });
  assert.equal(
    lines.map(({ kind, seed }) => `${kind} ${seed}`),
    ["seed 7", "seed 8", "seed 9", "end 9"],
  );
});

test("a program that never waits, and one that ends its process, are told with their seed", () => {
  const of = (run: string): string =>
    `export const scenario = { state: () => ({ runs: globalThis.runs = (globalThis.runs ?? 0) + 1 }),
      hosts: { a: { async run({ state }) { ${run} } } } };`;
  writeFileSync(join(folder, "spins.mjs"), of("while (state.runs === 3);"));
  const many = ["spins.mjs", "--seeds=40", "--jobs=2", "--timeout=3s"];
  assert.equal(simulate(many), {
    status: 1,
    stdout:
      "seed 3 failed: a program has gone on for 3s without waiting for anything\n" +
      "again: wasock simulate spins.mjs --seed 3\n",
    stderr: "",
  });
  const told =
    simulate([...many, "--json"])
      .stdout.trim()
      .split("\n")
      .at(-1) ?? "";
  assert.equal(JSON.parse(told), {
    ...{ kind: "end", seed: 3, failure: "a program has gone on for 3s without waiting for anything" },
  });
  writeFileSync(
    join(folder, "dies.mjs"),
    of("if (state.runs === 5) process.kill(process.pid, 'SIGKILL'), await new Promise(() => {});"),
  );
  const dead = simulate(["dies.mjs", "--seeds=40", "--jobs=2"]);
  assert.is(dead.status, 2);
  assert.match(dead.stderr, /^wasock: dies\.mjs: seed (5|25) was ended by SIGKILL\n$/);
});

test("mistakes are told", () => {
  writeFileSync(join(folder, "empty.mjs"), "export const other = 1;");
  writeFileSync(join(folder, "wrong.mjs"), "export const scenario = { hosts: { a: {} } };");
  writeFileSync(join(folder, "broken.mjs"), "export const scenario = ");
  for (const [args, said] of [
    [[], "wasock simulate takes one file: wasock simulate scenario.js"],
    [["none.mjs"], "none.mjs: there is no such file"],
    [["empty.mjs"], "empty.mjs: it exports no scenario"],
    [["wrong.mjs"], "wrong.mjs: hosts.a must have run, a function, or program, a file, and not both"],
    [["broken.mjs"], "broken.mjs: Unexpected end of input"],
    [
      ["wrong.mjs", "--jobs=2"],
      "wrong.mjs: hosts.a must have run, a function, or program, a file, and not both",
    ],
    [["empty.mjs", "--seeds=0"], "--seeds: expected a whole number above 0, got '0'"],
    [["empty.mjs", "--seed=1", "--seeds=2"], "--seed is one seed: --seeds and --first are for many"],
    [["empty.mjs", "--faults=x"], "--faults x: it is to look like 0,2 or none"],
    [["empty.mjs", "--seads=1"], "there is no option --seads; did you mean --seeds?"],
  ] as const) {
    const { status, stdout, stderr } = simulate(args);
    assert.equal([status, stdout], [2, ""], stderr);
    assert.match(stderr, said);
  }
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
