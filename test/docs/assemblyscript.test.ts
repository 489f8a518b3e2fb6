/**
 * docs/assemblyscript.md, followed from its beginning to its end: blocks with a file's name become that file, the
 * commands of `sh` blocks are run in the project, and what the last one prints is the `text` block behind it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import "../cli/cached-asc.ts";
import { buildIn } from "../cli/build-in.ts";
import { cli, link, runIn } from "../cli/project.ts";
import { Program, temporaryFolder } from "../examples/support.ts";
import { freePort } from "../peers/ports.ts";
import { type Runner, runners } from "../sides/runners.ts";

const guide = fileURLToPath(new URL("../../../docs/assemblyscript.md", import.meta.url));
const blocks = [...readFileSync(guide, "utf8").matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)];

/** How a command begins that runs a component, and in which runtime. */
const RUNS = [
  [/^npx wasock run \S+ /, "wasock run"],
  [/^wasmtime run -S inherit-network,tcp,udp,allow-ip-name-lookup /, "Wasmtime"],
] as const;

const there = runners();

/** A session: the folder that it is in, and the server that it has started. */
class Session {
  folder: string = temporaryFolder();
  readonly port: number;
  #server: Program | undefined;

  constructor(port: number) {
    this.port = port;
  }

  /** Runs the commands of a block: what the last one prints, or undefined where a runtime is missing. */
  async commands(text: string): Promise<string | undefined> {
    let printed: string | undefined = "";
    for (const line of text.trim().split("\n")) {
      printed = await this.#command(line.replaceAll("8080", String(this.port)));
      if (printed === undefined) break;
    }
    await this.#server?.stop("SIGKILL");
    this.#server = undefined;
    return printed;
  }

  async #command(line: string): Promise<string | undefined> {
    const words = line.split(" ");
    if (line.startsWith("cd ")) {
      this.folder = join(this.folder, words[1] ?? "");
      return "";
    }
    if (line === "npm install") {
      link(this.folder);
      return "";
    }
    const [begin, name] = RUNS.find(([pattern]) => pattern.test(line)) ?? [];
    if (begin !== undefined)
      return this.#component(
        there.find((each) => each.name === name),
        line.replace(begin, ""),
      );
    if (line.startsWith("npx wasock build ")) {
      const { status, stderr } = await buildIn(this.folder, ...words.slice(3));
      assert.is(status, 0, `${line}\n${stderr}`);
      return "";
    }
    const command = line.startsWith("npx wasock init")
      ? [process.execPath, cli, ...words.slice(2)]
      : ["bash", "--norc", "-c", line];
    const { status, stdout, stderr } = runIn(this.folder, ...(command as [string, ...string[]]));
    assert.is(status, 0, `${line}\n${stdout}${stderr}`);
    return stdout;
  }

  async #component(runner: Runner | undefined, rest: string): Promise<string | undefined> {
    if (runner === undefined) return undefined;
    const [file = "", ...args] = rest.replace(/ &$| 2>&1$/, "").split(" ");
    const program = new Program(...runner.command(join(this.folder, file)), ...args);
    if (rest.endsWith(" &")) {
      this.#server = program;
      await program.says(/^listening on /m);
      return "";
    }
    const { stdout, stderr } = await program.ended();
    return `${stdout}${stderr}`;
  }
}

const session = new Session(await freePort());
let printed: string | undefined = "";
let compared = 0;
for (const [, language = "", file, text = ""] of blocks) {
  // each by itself: together they take longer than a test may
  test(`the guide for AssemblyScript: ${file ?? text.split("\n")[0]}`, async () => {
    if (file !== undefined) {
      const path = join(session.folder, file);
      mkdirSync(dirname(path), { recursive: true });
      if (language === "json") assert.equal(JSON.parse(readFileSync(path, "utf8")), JSON.parse(text));
      else writeFileSync(path, text);
    } else if (language === "sh") {
      printed = await session.commands(text);
    } else {
      assert.is(language, "text", `nothing runs ${language}`);
      if (printed !== undefined) assert.is(printed, text);
      compared++;
    }
  });
}

test("the guide for AssemblyScript says what is printed", () => {
  assert.ok(compared >= 3);
});

test.run();
