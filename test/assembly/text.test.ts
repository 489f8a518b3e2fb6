/** Text, lines and arguments of AssemblyScript programs: nothing is lost, cut or made up, and nothing traps. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { keepPrograms, type RunOptions, runCommand } from "../../host/index.ts";
import { Program } from "../examples/support.ts";
import { startPeer } from "../peers/peer.ts";
import { runners } from "../sides/runners.ts";

const component = fileURLToPath(new URL("programs/text.wasm", import.meta.url));

/** What readLine gives of an input with a limit: lines in brackets. */
const LINES: readonly (readonly [name: string, limit: number, input: string, lines: readonly string[]])[] = [
  ["a line of the limit's length", 4, "abcd\nx\n", ["abcd", "x"]],
  ["the same with CR LF", 4, "abcd\r\nx\r\n", ["abcd", "x"]],
  ["the same at the end", 4, "abcd", ["abcd"]],
  ["the same with a CR at the end", 4, "abcd\r", ["abcd"]],
  ["one byte more", 4, "abcde\nx\n", ["abcd", "e", "x"]],
  ["one byte more, with CR LF", 4, "abcde\r\nx", ["abcd", "e", "x"]],
  ["a CR within", 4, "abcd\rx\n", ["abcd", "\rx"]],
  ["two CRs", 4, "abcd\r\r\n", ["abcd", "\r"]],
  ["twice the limit", 4, "abcdefgh\n\n", ["abcd", "efgh", ""]],
  ["empty lines", 4, "\n\r\n\n", ["", "", ""]],
  ["a character at the limit", 4, "abc€d\n", ["abc", "€d"]],
  ["characters of four bytes", 5, "😀😀\n", ["😀", "😀"]],
  ["a limit of 1", 1, "ab\n\nc", ["a", "b", "", "c"]],
  ["a limit of 1, with CR LF", 1, "a\r\n\r\nb\rc\r", ["a", "", "b", "\r", "c"]],
  ["a huge limit", 2 ** 31 - 1, `${"x".repeat(100_000)}\ny`, ["x".repeat(100_000), "y"]],
  ["the buffer's length", 16384, `${"x".repeat(16384)}\ny`, ["x".repeat(16384), "y"]],
  [
    "over the edge of the buffer",
    16384,
    `${"x".repeat(16385)}\r\n${"y".repeat(16383)}\r\nz`,
    ["x".repeat(16384), "x", "y".repeat(16383), "z"],
  ],
  ["twice the buffer", 32768, `${"a".repeat(32768)}\nb\n`, ["a".repeat(32768), "b"]],
];

/** Lines of bytes that are no UTF-8, or just are; from a generator with a seed. */
function malformed(): Buffer {
  const edges = [
    0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xee,
  ].concat([0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xfe, 0xff, 0xbb, 0xbf]);
  const bytes: number[] = [0xef, 0xbb, 0xbf, 0x41, 0x0a];
  for (let seed = 7, i = 0; i < 20_000; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    bytes.push(seed >>> 24 < 20 ? 0x0a : (edges[(seed >>> 8) % edges.length] as number));
  }
  return Buffer.from(bytes);
}

keepPrograms();
/** So many variables that a list of them which is not freed shows itself. */
const MANY = Array.from({ length: 100 }, (_, i) => [`TEXT_TEST_${i}`, ""] as const);
const env = { TEXT_TEST: "variable", ...Object.fromEntries(MANY) };

/** What `wasock run` does, in this process: one around it takes ten times as much as the program. */
const HERE: Readonly<Record<string, RunOptions>> = {
  "wasock run": {},
  "wasock run --sync": { blocking: true },
};

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function runHere(how: RunOptions, args: string[], stdin: string | Uint8Array): Promise<Ended> {
  const policy = { allowNet: true, allowListen: true, allowDns: true };
  const { exitCode, stdout, stderr } = await runCommand(component, {
    ...how,
    ...{ policy, args, env, stdin, stdout: "pipe", stderr: "pipe" },
  });
  const [out, error] = [stdout, stderr].map((bytes = new Uint8Array()) => Buffer.from(bytes).toString());
  return { code: exitCode, stdout: out ?? "", stderr: error ?? "" };
}

for (const { name, command } of runners()) {
  const run = (args: string[], input: string | Uint8Array = ""): Ended | Promise<Ended> => {
    const here = HERE[name];
    if (here !== undefined) return runHere(here, args, input);
    const [file, ...rest] = command(component);
    const { status, stdout, stderr } = spawnSync(file, [...rest, ...args], {
      input,
      env: { ...process.env, ...env },
      maxBuffer: 2 ** 26,
    });
    return { code: status, stdout: stdout.toString(), stderr: stderr.toString() };
  };
  const says = async (args: string[], wanted: string, input?: string | Uint8Array): Promise<void> => {
    const { code, stdout, stderr } = await run(args, input);
    assert.is(stdout, wanted, stderr);
    assert.is(code, 0, stderr);
  };

  for (const [what, limit, input, lines] of LINES) {
    test(`${name}: readLine, ${what}`, async () => {
      const wanted = [...lines.map((line) => `[${line}]`), "E0 0 left"].join("\n");
      await says(["lines", String(limit)], `${wanted}\n`, input);
    });
  }

  test(`${name}: a piece of a line comes as soon as its bytes are there`, async () => {
    const program = new Program(...command(component), "lines", "4");
    program.write("abcd");
    await program.says(/^\[abcd\]$/m);
    program.write("\r\nxy\n");
    await program.says(/^\[xy\]$/m);
    program.end();
    const { code, stdout } = await program.ended();
    assert.is(stdout.toString(), "[abcd]\n[xy]\nE0 0 left\n");
    assert.is(code, 0);
  });

  test(`${name}: readLine refuses a limit below 1 and leaves the input alone`, async () => {
    for (const limit of ["0", "-1", "-2147483648"]) await says(["lines", limit], "EINVAL 4 left\n", "abc\n");
  });

  test(`${name}: malformed UTF-8 becomes U+FFFD as the Encoding Standard has it`, async () => {
    const input = malformed();
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const lines = input.toString("latin1").split("\n");
    if (lines.at(-1) === "") lines.pop();
    const wanted = lines.map((line) => {
      const text = decoder.decode(Buffer.from(line, "latin1"));
      return Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16)).join(" ");
    });
    await says(["units"], `${wanted.join("\n")}\n`, input);
  });

  test(`${name}: a lone surrogate ends no program, and leaves it as U+FFFD`, async () => {
    await says(["print"], "a\ufffdb\n");
    await says(["lookup"], "none ENOENT\n");
    await says(["open"], "none\n");
  });

  test(`${name}: a port out of range is none`, async () => {
    await says(["ports", "0", "65535"], "0\nfound\n65535\nfound\n");
    const none = ["-1", "65536", "70000", "2147483647", "-2147483648"];
    await says(["ports", ...none], "none\nnone ENOENT\n".repeat(none.length));
  });

  test(`${name}: receive refuses a negative number of bytes`, async () => {
    await says(["receive", "-1"], "none EINVAL\n");
  });

  test(`${name}: what is written after the close is EBADF, and goes nowhere`, async () => {
    await says(["closed"], "true true\nfalse EBADF\nfalse false\nbefore 0\n");
  });

  test(`${name}: what is written is kept until it is flushed, and what can't be flushed is told`, async () => {
    await says(["kept"], "kept\nsent\ntrue\nfalse EPIPE\n");
  });

  test(`${name}: arguments and environment may be asked for without end`, async () => {
    await says(["asked", "4000"], "as before\n");
  });

  test(`${name}: an input keeps the error that ended it`, async () => {
    const peer = await startPeer("reset");
    try {
      await says(["reset", String(peer.port)], "0 ECONNRESET\n".repeat(2));
    } finally {
      await peer.stop();
    }
  });

  test(`${name}: shutdown takes 0, 1 and 2, and nothing else`, async () => {
    const wrong = ["-1", "3", "2147483647", "-2147483648"];
    await says(["shutdown", "0", "1", "2"], "shut down\n".repeat(3));
    await says(["shutdown", ...wrong], "not EINVAL\n".repeat(wrong.length));
  });

  test(`${name}: randomFill fills any size`, async () => {
    const sizes = ["0", "1", "65536", "65537", "16777217"];
    await says(["random", ...sizes], "filled\n".repeat(sizes.length));
  });
}

test("AssemblyScript's process and console.time are answered", () => {
  const [file, ...rest] = runners()[0]?.command(component) ?? [""];
  const options = rest.slice(0, -1);
  const { stdout, stderr } = spawnSync(
    file,
    [...options, "--env", "TEXT_TEST=yes", component, "process", "more"],
    { encoding: "utf8" },
  );
  assert.match(stdout, /^text\.wasm process more\nyes\nt: \d+\.\d{3}ms\nt: \d+\.\d{3}ms\n$/);
  assert.is(stderr, "console.timeEnd: there is no t\n");
});

test.run();
