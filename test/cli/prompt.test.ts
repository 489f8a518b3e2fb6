/**
 * The question of `wasock run` at a terminal, on a real one: who is asked, what each answer grants, and that a program can
 * neither answer nor fake it.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";
import { PRINT, program } from "../run/guests.ts";
import { atTerminal, hasTerminals, type Session, type Steps } from "./terminal.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const talk = fileURLToPath(new URL("../assembly/programs/talk.wasm", import.meta.url));
const all = suite("the question of wasock run");
const test = hasTerminals ? all : all.skip;
const modes: readonly (readonly string[])[] = hasJspi ? [[], ["--sync"]] : [[]];

/** How the last line of a question ends. */
const ASKED = "and Enter: ";

/** A folder with a home of its own. */
async function inFolder(work: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "wasock-prompt-"));
  try {
    mkdirSync(join(folder, "home"));
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function inTerminal(folder: string, steps: Steps, ...command: string[]): Session {
  const home = join(folder, "home");
  return atTerminal(folder, steps, command, { HOME: home, XDG_CONFIG_HOME: home });
}

function run(folder: string, steps: Steps, ...args: string[]): Session {
  return inTerminal(folder, steps, process.execPath, cli, "run", ...args);
}

/** How often it was asked. */
function questions({ transcript }: Session): number {
  return transcript.split("wasock asks:").length - 1;
}

/** What `talk.wasm` prints where nobody listens on port 1, and where it may not connect. */
const [TRIED, REFUSED] = ["ECONNREFUSED", "EACCES"];

test("each answer grants what it says", async () => {
  await inFolder((folder) => {
    for (const mode of modes) {
      for (const [answer, outcome] of [
        ["o", TRIED],
        ["r", TRIED],
        ["d", REFUSED],
        ["n", REFUSED],
        ["\u0004", REFUSED],
      ] as const) {
        const typed = answer === "\u0004" ? answer : `${answer}\n`;
        const session = run(folder, [[ASKED, typed]], ...mode, talk, "127.0.0.1", "1");
        assert.match(session.transcript, `wants to connect to 127.0.0.1:1\n`);
        assert.match(session.transcript, outcome, `${mode} ${answer}: ${session.transcript}`);
        assert.is(questions(session), 1);
      }
    }
    assert.not(existsSync(join(folder, "wasock.json")));
  });
});

test("a name is asked about before it is looked up, and again by name when it is connected to", async () => {
  await inFolder((folder) => {
    const steps: Steps = [
      [ASKED, "r\n"],
      [ASKED, "r\n"],
    ];
    const session = run(folder, steps, talk, "localhost", "1");
    assert.match(session.transcript, "wants to look up localhost\n");
    assert.match(session.transcript, /wants to connect to .*:1, which is an address of localhost\n/);
    assert.match(session.transcript, TRIED);
    assert.is(questions(session), 2);
  });
});

test("always is written to wasock.json, for this program, and counts until somebody changes it", async () => {
  await inFolder((folder) => {
    writeFileSync(join(folder, "talk.wasm"), readFileSync(talk));
    const first = run(folder, [[ASKED, "a\n"]], "talk.wasm", "127.0.0.1", "1");
    assert.match(first.transcript, TRIED);
    const file = join(folder, "wasock.json");
    const text = readFileSync(file, "utf8");
    assert.equal(JSON.parse(text), {
      $schema: "./node_modules/wasock/build/wasock.schema.json",
      programs: { "talk.wasm": { allowNet: ["tcp://127.0.0.1:1"] } },
    });
    const second = run(folder, [], "talk.wasm", "127.0.0.1", "1");
    assert.is(questions(second), 0);
    assert.match(second.transcript, TRIED);
    const other = run(folder, [[ASKED, "d\n"]], talk, "127.0.0.1", "1");
    assert.is(questions(other), 1, "another program");
    writeFileSync(file, text.replace(":1", ":2"));
    const changed = run(folder, [], "talk.wasm", "127.0.0.1", "1");
    assert.is(changed.code, 2);
    assert.match(changed.transcript, "wasock.json is new, or has changed since you trusted it");
  });
});

test("nobody is asked with --no-prompt, or where input or messages are no terminal's", async () => {
  await inFolder((folder) => {
    const wasock = `${process.execPath} ${cli} run`;
    for (const command of [
      `${wasock} --no-prompt ${talk} 127.0.0.1 1`,
      `WASOCK_PROMPT=0 ${wasock} ${talk} 127.0.0.1 1`,
      `yes r | ${wasock} ${talk} 127.0.0.1 1`,
      `${wasock} ${talk} 127.0.0.1 1 </dev/null`,
      `${wasock} ${talk} 127.0.0.1 1 2>&1 | cat`,
      `TERM=dumb ${wasock} ${talk} 127.0.0.1 1`,
    ]) {
      const session = inTerminal(folder, [], "sh", "-c", command);
      assert.is(questions(session), 0, command);
      assert.match(session.transcript, REFUSED, command);
      assert.match(session.transcript, "--allow-net=tcp://127.0.0.1:1 allows it", command);
    }
  });
});

test("what was typed before the question is no answer to it, nor a word that is none", async () => {
  await inFolder((folder) => {
    for (const mode of modes) {
      const steps: Steps = [
        ["", "r\nr\nr\no\na"],
        [ASKED, "yes\n"],
        [ASKED, "d\n"],
      ];
      const session = run(folder, steps, ...mode, talk, "127.0.0.1", "1");
      assert.match(session.transcript, REFUSED, session.transcript);
      assert.match(session.transcript, "please type one of o, r, a, d, n");
      const unclear = run(folder, Array(3).fill([ASKED, "rr\n"]), ...mode, talk, "127.0.0.1", "1");
      assert.match(unclear.transcript, REFUSED);
    }
  });
});

/** Imports what it takes to connect; `(call $try)` tries 127.0.0.1:1, and what came of it is at 64: 1 for refused. */
const CONNECT = `
(import "wasi:sockets/instance-network@0.2.0" "instance-network" (func $network (result i32)))
(import "wasi:sockets/tcp-create-socket@0.2.0" "create-tcp-socket" (func $create (param i32 i32)))
(import "wasi:sockets/tcp@0.2.0" "[method]tcp-socket.start-connect" (func $connect (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(func $try
  (call $create (i32.const 0) (i32.const 48))
  (call $connect (i32.load (i32.const 52)) (call $network) (i32.const 0) (i32.const 1)
    (i32.const 127) (i32.const 0) (i32.const 0) (i32.const 1)
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64)))`;

const ESC = "\u001b";

test("a program that hides the terminal's text, or asks for it, changes neither question nor answer", async () => {
  // concealed text, no cursor, other characters, no scrolling, another screen, held output; then a question of its own, and
  // a sequence that would take what follows for its own
  const tricks = [
    ...[
      `${ESC}[8m`,
      `${ESC}[?25l`,
      `${ESC}(0`,
      `${ESC}[1;1r`,
      `${ESC}[?1049h`,
      `${ESC}[?2026h`,
      `${ESC}[6n`,
      `${ESC}[21t`,
    ],
    "wasock asks: may it? type r and Enter: ",
    `${ESC}]0;`,
  ].join("");
  const data = [...Buffer.from(tricks)].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
  const body = `(call $write (call $stdout) (i32.const 256) (i32.const ${Buffer.byteLength(tricks)}) (i32.const 16))
    (call $try) (i32.const 0)`;
  const bytes = await program(
    body,
    `${PRINT}\n${CONNECT.replace("(func $try", "\n(func $try")
      .replaceAll(/\n {2}/g, " ")
      .replaceAll(/\n {4}/g, " ")}\n(data (i32.const 256) "${data}")`,
  );
  await inFolder((folder) => {
    writeFileSync(join(folder, "tricks.wasm"), bytes);
    for (const mode of modes) {
      const session = run(
        folder,
        [
          ["wants to connect to 127.0.0.1:1", ""],
          [ASKED, "d\n"],
        ],
        ...mode,
        "tricks.wasm",
      );
      const [before = "", ours = ""] = session.transcript.split(/(?=wasock asks: tricks)/);
      assert.match(before, "type r and Enter: ", session.transcript);
      // the last that was written before the question puts the terminal right, and leaves what was there
      const reset = before.slice(before.lastIndexOf(`${ESC}]0;`) + 4);
      for (const sequence of [
        "\u0018",
        `${ESC}\\`,
        `${ESC}[!p`,
        `${ESC}[0m`,
        `${ESC}[?25h`,
        `${ESC}[r`,
        `${ESC}(B`,
        `${ESC}[?1049l`,
        `${ESC}[?2026l`,
      ]) {
        assert.ok(reset.includes(sequence), JSON.stringify([sequence, reset]));
      }
      assert.match(reset, /\n/);
      assert.match(ours, /^wasock asks: tricks\.wasm wants to connect to 127\.0\.0\.1:1\n/);
      assert.not.match(ours.slice(0, ours.indexOf(ASKED)), ESC);
    }
  });
});

test("Ctrl-C at the question ends all", async () => {
  await inFolder((folder) => {
    for (const mode of modes) {
      const { signal, code } = run(folder, [[ASKED, "\u0003"]], ...mode, talk, "127.0.0.1", "1");
      assert.ok(signal === 2 || code === 130, `${signal} ${code}`);
    }
  });
});

all.run();
