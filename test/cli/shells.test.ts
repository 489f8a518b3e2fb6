/** `wasock completion`, in the shells that are there, and `wasock doctor`. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BUILD, type Flags, INIT, RUN } from "../../src/cli/flags.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const test = suite("completion and doctor");

function wasock(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: "utf8" });
  assert.is(status, 0, stderr);
  return stdout;
}

/** Whether a shell is there. */
function has(shell: string): boolean {
  return spawnSync(shell, ["-c", "true"]).status === 0;
}

test("bash completes commands, options, values and nothing where a file stands", () => {
  if (!has("bash")) return;
  const complete = (...words: string[]): string[] => {
    const script = `${wasock("completion", "bash")}
      COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
      _wasock; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { status, stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    assert.equal([status, stderr], [0, ""]);
    return stdout.split("\n").filter((line) => line !== "");
  };
  assert.equal(complete("wasock", "b"), ["build"]);
  assert.equal(complete("wasock", "run", "--allow"), ["--allow-net", "--allow-listen", "--allow-dns"]);
  assert.equal(complete("wasock", "run", "--no"), ["--no-prompt"]);
  assert.equal(complete("wasock", "run", "a"), []);
  assert.equal(complete("wasock", "init", "--template", "s"), ["server"]);
  assert.equal(complete("wasock", "cache", "c"), ["clear"]);
});

test("each shell's script has every option, and the shell can read it", () => {
  for (const [shell, check] of [
    ["bash", ["-n"]],
    ["zsh", ["-n"]],
    ["fish", ["--no-execute"]],
  ] as const) {
    const script = wasock("completion", shell);
    for (const [name, { isOn }] of Object.entries({ ...RUN, ...BUILD, ...INIT } as Flags)) {
      assert.match(script, isOn ? `no-${name}` : name, shell);
    }
    if (!has(shell)) continue;
    const { status, stderr } = spawnSync(shell, check, { input: script, encoding: "utf8" });
    assert.equal([status, stderr], [0, ""], shell);
  }
});

test("doctor tells what there is, and what is missing for what", () => {
  const text = wasock("doctor");
  assert.match(text, process.versions.node);
  const { findings } = JSON.parse(wasock("doctor", "--json")) as {
    findings: { what: string; has: boolean }[];
  };
  assert.ok(findings.find(({ what }) => what === "assemblyscript")?.has);
  for (const { what } of findings) assert.match(text, what);
});

test.run();
