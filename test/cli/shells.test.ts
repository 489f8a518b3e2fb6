/** `wasock completion`, in the shells that are there, and `wasock doctor`. */
import { spawnSync } from "node:child_process";
import { arch, platform, release } from "node:os";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";
import { BUILD, type Flags, INIT, RUN } from "../../src/cli/flags.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const test = suite("completion and doctor");

const said = new Map<string, string>();

/** What the command says, which is the same each time. */
function wasock(...args: string[]): string {
  const line = args.join(" ");
  if (!said.has(line)) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: "utf8" });
    assert.is(status, 0, stderr);
    said.set(line, stdout);
  }
  return said.get(line) as string;
}

/** Whether a shell is there. */
function has(shell: string): boolean {
  return spawnSync(shell, ["-c", "true"], { stdio: "ignore" }).status === 0;
}

test("bash completes commands, options, values and nothing where a file stands", () => {
  if (!has("bash")) return;
  const complete = (...words: string[]): string[] => {
    const script = `${wasock("completion", "bash")}
      COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
      _wasock; printf '%s\\n' "\${COMPREPLY[@]}"`;
    // with a socket for its input it takes itself for a remote shell, and what ~/.bashrc runs may say something
    const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-c", script], { encoding: "utf8" });
    assert.equal([status, stderr], [0, ""]);
    return stdout.split("\n").filter((line) => line !== "");
  };
  assert.equal(complete("wasock", "b"), ["build"]);
  assert.equal(complete("wasock", "run", "--allow"), ["--allow-net", "--allow-listen", "--allow-dns"]);
  assert.equal(complete("wasock", "run", "--no"), ["--no-prompt"]);
  assert.equal(complete("wasock", "run", "a"), []);
  assert.equal(complete("wasock", "init", "--template", "s"), ["server", "simulation"]);
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

/** The lines of fish's script, each as what it says. */
function fishLines(): {
  when: string;
  long: string;
  short: string;
  value: string;
  words: string;
  text: string;
}[] {
  return wasock("completion", "fish")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const part = (pattern: RegExp): string => pattern.exec(line)?.[1] ?? "";
      assert.match(line, /^complete -c wasock -n /);
      return {
        when: part(/ -n (?:'__fish_seen_subcommand_from )?(\w+)/),
        long: part(/ -l (\S+)/),
        short: part(/ -[so] (\S)(?: |$)/),
        value: part(/ (-r|-x|-f) /),
        words: part(/ -a (?:'([^']*)'|\w+)/) || part(/ -a (\w+)/),
        text: part(/ -d '((?:[^'\\]|\\.)*)'$/),
      };
    });
}

test("fish: each command and option with its text, and what can follow", () => {
  const lines = fishLines();
  const commands = lines.filter(({ when }) => when === "__fish_use_subcommand");
  assert.equal(
    commands.map(({ words }) => words),
    [...Array.from(wasock("help").matchAll(/^ {2}wasock (\w+) /gm), ([, name]) => name), "help"],
  );
  for (const { words, text, value } of commands) {
    assert.ok(text.length > 4, words);
    assert.is(value, "-f", words);
  }
  for (const [command, flags] of Object.entries({ init: INIT, build: BUILD, run: RUN })) {
    const own = lines.filter(({ when, text }) => when === command && text !== "");
    assert.equal(
      own.map(({ long, short, text }) => `${long} ${short} ${text.replaceAll("\\'", "'")}`),
      Object.entries(flags as Flags).map(([name, { isOn, short = "", text }]) =>
        name === "S" ? ` S ${text}` : `${isOn ? "no-" : ""}${name} ${short} ${text}`,
      ),
    );
  }
  const kindOf = (option: string): string => lines.find(({ long }) => long === option)?.value ?? "none";
  // a value in a word of its own; one behind `=`, or none; one of a few words, and no file
  assert.equal(["deny-net", "allow-net", "core", "template"].map(kindOf), ["-r", "", "", "-x"]);
  assert.is(lines.find(({ long }) => long === "template")?.words, "client server loop component simulation");
  assert.equal(
    lines
      .filter(({ when, long, short }) => !when.startsWith("__") && when !== "help" && long + short === "")
      .map(({ when, words }) => `${when}: ${words}`),
    ["cache: clear", "completion: bash zsh fish"],
  );
});

test("zsh: each command and option with its text, and what its value is", () => {
  const script = wasock("completion", "zsh");
  for (const { words, text } of fishLines().filter(({ when }) => when === "__fish_use_subcommand")) {
    assert.match(script, `    '${words}:${text.replaceAll("\\'", "’")}'\n`);
  }
  for (const line of [
    // that may be given again; whose value stands behind =; of a folder, a file, a few words or any
    "'*--allow-net=-[connect to and send to these, and look their names up]:rules:' ",
    "'*--deny-net[never these, whatever else is allowed]:rules:' ",
    "'--core[stop at the core module]' ",
    "]:host\\[\\:\\:guest\\]\\[\\:ro\\]:_files -/' ",
    "'--audit[append what was granted and refused to it, as lines of JSON]:file:_files' ",
    "]:name:(client server loop component simulation)' ",
    "'--timeout[end it after so long\\: 30s, 500ms, 2m; the exit code is 124 then]:time:' ",
    "this in place of the working directory’s wasock.json",
    "\n    cache) _arguments '*:word:(clear)' ;;\n",
    "\n    trust) _arguments '*:file:_files' ;;\n",
    " \\\n      '*:file:_files' ;;\n",
  ]) {
    assert.ok(script.includes(line), line);
  }
});

test("completion takes one shell that is known", () => {
  for (const args of [[], ["tcsh"], ["constructor"], ["bash", "zsh"]]) {
    const { status, stderr } = spawnSync(process.execPath, [cli, "completion", ...args], {
      encoding: "utf8",
    });
    assert.equal([status, stderr], [2, "wasock: wasock completion takes a shell: bash, zsh or fish\n"]);
  }
  for (const flag of ["--help", "-h"])
    assert.match(wasock("completion", flag), /^wasock completion bash\|zsh\|fish\n/);
});

test("doctor tells what there is, and what is missing for what", () => {
  const { runtime, findings } = JSON.parse(wasock("doctor", "--json")) as {
    runtime: string;
    findings: { what: string; has: boolean; note: string }[];
  };
  assert.is(runtime, `Node ${process.versions.node} on ${platform()} ${release()} (${arch()})`);
  const noteOf = (what: string): string => findings.find((each) => each.what === what)?.note ?? "";
  assert.equal(
    findings.map(({ what }) => what),
    [
      ...["suspending", "threads", "bind", "datagrams at once", "keep-alive", "questions"],
      ...["assemblyscript", "@bytecodealliance/jco-transpile", "@bytecodealliance/preview2-shim", "koffi"],
    ],
  );
  assert.is(noteOf("assemblyscript"), "for wasock build");
  assert.is(
    noteOf("questions"),
    "wasock run refuses what is not allowed: input or messages are not at a terminal, or this is not Node",
  );
  for (const { what, has } of findings) {
    if (what === "suspending") assert.is(has, hasJspi);
    else if (what === "threads" || what === "assemblyscript") assert.is(has, true, what);
    else if (what === "questions") assert.is(has, false);
  }
  const width = Math.max(...findings.map(({ what }) => what.length));
  assert.equal(wasock("doctor").split("\n"), [
    ...[runtime, ""],
    ...findings.map(({ what, has, note }) => `${has ? "yes" : "no "}  ${what.padEnd(width)}  ${note}`),
    "",
  ]);
  for (const flag of ["--help", "-h"]) assert.match(wasock("doctor", flag), /^wasock doctor \[--json\]\n/);
});

test.run();
