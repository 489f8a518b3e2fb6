/** What `--help` tells: every option with what it does, on lines that fit a terminal, and where else it can be said. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { defaultCaps } from "../../host/io/caps.ts";
import { BUILD, type Flag, type Flags, INIT, RUN } from "../../src/cli/flags.ts";
import { runHelp } from "../../src/cli/help.ts";
import { wasockIn } from "./command-in.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const test = suite("help");

async function wasock(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await wasockIn(".", args);
  assert.is(status, 0, stderr);
  return stdout;
}

/** Paragraphs, each as its lines. */
function paragraphs(text: string): string[][] {
  return text.split(/\n\n+/).map((part) => part.split("\n").filter((line) => line !== ""));
}

/** A table's rows, each as its head and its text, whose lines are put together. */
function rowsOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let head = "";
  for (const line of text.split("\n")) {
    const [, begins, rest = ""] = /^ {2}(-.*?)(?: {2,}(.*)|$)/.exec(line) ?? [];
    if (begins !== undefined) {
      head = begins;
      found.set(head, rest);
    } else if (/^ {26}\S/.test(line)) {
      found.set(head, `${found.get(head)} ${line.trim()}`.trim());
    }
  }
  return found;
}

/** How an option is written in front of its text. */
function headOf(name: string, { value, mayBeBare, isOn, short }: Flag): string {
  const own = name === "S" ? "-S" : `--${isOn ? "no-" : ""}${name}`;
  const before = short === undefined || name === "S" ? "" : `-${short}, `;
  return `${before}${own}${value === undefined ? "" : mayBeBare ? `[=${value}]` : ` <${value}>`}`;
}

test("each option is told with what it does, on lines of at most 100 columns that are filled", async () => {
  for (const [text, flags] of [
    [runHelp(), RUN],
    [await wasock("build", "--help"), BUILD],
    [await wasock("init", "--help"), INIT],
  ] as const) {
    const rows = rowsOf(text);
    for (const [name, flag] of Object.entries(flags as Flags)) {
      assert.is(rows.get(headOf(name, flag)), flag.text, name);
      assert.ok(flag.text.length > 8, name);
      if (flag.type === "string") assert.match(flag.value ?? "", /^[a-z]/, name);
    }
    assert.is(rows.size, Object.keys(flags).length);
    const lines = text.split("\n");
    for (const [index, line] of lines.entries()) {
      assert.is(line, line.trimEnd());
      if (flags === RUN || line.startsWith(" ")) assert.ok(line.length <= 100, line);
      // the next word would not have fitted
      const next = /^ {26}(\S+)/.exec(lines[index + 1] ?? "")?.[1];
      if (next !== undefined && line.length > 26 && line.startsWith(" ")) {
        assert.ok(line.length + 1 + next.length > 100 || /^ {2}-\S+ <[^>]*>$/.test(line), line);
      }
    }
  }
});

test("a part of run's help has its options alone, and where else they can be said", () => {
  const titles = {
    network: "network",
    limits: "limits",
    program: "the program",
    testing: "testing",
    telling: "what is told",
  };
  const whole = runHelp();
  const seen = [];
  for (const [topic, title] of Object.entries(titles)) {
    const text = runHelp(topic);
    assert.is(text.split("\n")[0], `wasock run, ${title}`);
    assert.match(whole, `\n\n${title}\n  -`);
    const own = Object.entries(RUN as Flags).filter(([, flag]) => flag.topic === topic);
    seen.push(...own);
    assert.equal(
      [...rowsOf(text.split("the same in")[0] ?? "").keys()],
      own.map(([name, flag]) => headOf(name, flag)),
    );
    const said = paragraphs(text).at(-1) as string[];
    assert.is(said[0], "the same in a variable, or in wasock.json");
    assert.equal(
      said.slice(1).map((line) => line.trim().split(/ +/)),
      own.flatMap(([name, { variable, key }]) =>
        variable === undefined ? [] : [[`--${name}`, variable, ...(key === undefined ? [] : [key])]],
      ),
    );
    // in columns, and none of them has blanks at its end
    for (const line of said.slice(1)) assert.match(line, /^ {2}--\S+ +WASOCK_\w+(?: +\w+)?$/);
    assert.is(new Set(said.slice(1).map((line) => line.indexOf("WASOCK_"))).size, 1);
  }
  assert.is(seen.length, Object.keys(RUN).length);
  for (const word of ["tcp://|udp://", "*.name", "/bits", "private", "8000-8100", "docs/permissions.md"])
    assert.ok(runHelp("network").includes(word), word);
  for (const name of Object.keys(defaultCaps)) assert.ok(runHelp("limits").includes(name), name);
  assert.not.match(runHelp("program"), "undefined");
  for (const topic of Object.keys(titles)) assert.ok(runHelp("telling").length > 0 && whole.includes(topic));
});

test("help COMMAND is COMMAND --help, and help alone has a line for each command", async () => {
  const whole = await wasock("help");
  assert.is(await wasock("-h"), whole);
  for (const name of ["init", "build", "run", "doctor", "trust", "cache", "completion"]) {
    assert.match(whole, new RegExp(`^  wasock ${name} .*\\w{3}`, "m"));
    const own = await wasock("help", name);
    assert.match(own, new RegExp(`^wasock ${name}\\b`), name);
    assert.is(await wasock(name, "-h"), own, name);
  }
  assert.is(await wasock("help", "run", "limits"), `${runHelp("limits")}\n`);
  assert.match(await wasock("-v"), /^\d+\.\d+\.\d+\S*\n$/);
  // a command that is missing is no success
  const { status, stdout } = spawnSync(process.execPath, [cli], { encoding: "utf8" });
  assert.equal([status, stdout], [2, whole]);
});

test.run();
