/** `wasock run`, from the outside: what it allows and refuses, hands on and tells; suspending and blocking. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const test = suite("wasock run");
const folder = mkdtempSync(join(tmpdir(), "wasock-run-"));
/** The ways to wait: this runtime's own, and the other where there are two. */
const modes: readonly (readonly string[])[] = hasJspi ? [[], ["--sync"]] : [[]];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command while this process' event loop turns, so that the tests' own servers answer. */
function wasock(args: readonly string[], input = "", env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: folder,
      env: { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), ...env },
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output.stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...output }));
    child.stdin.on("error", () => {}); // who doesn't read it ends before
    child.stdin.end(input);
  });
}

/** A program of test/assembly/programs. */
function programOf(name: string): string {
  return fileURLToPath(new URL(`../assembly/programs/${name}.wasm`, import.meta.url));
}

/** Runs in every mode. */
async function inEachMode(
  args: readonly string[],
  check: (ended: Ended, mode: string) => void,
  input = "",
): Promise<void> {
  for (const mode of modes) check(await wasock(["run", ...mode, ...args], input), mode.join(" "));
}

async function echoing(work: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work((server.address() as { port: number }).port);
  } finally {
    server.close();
  }
}

test("a component and a core module talk as far as they are allowed to", async () => {
  const files = [programOf("talk"), programOf("talk.core")];
  await echoing(async (port) => {
    for (const file of files) {
      await inEachMode(
        [`--allow-net=127.0.0.1:${port}`, file, "127.0.0.1", String(port)],
        ({ code, stdout, stderr }, mode) => {
          assert.is(code, 0, `${mode} ${stderr}`);
          assert.is(stdout, "hello\n");
          assert.is(stderr, "");
        },
      );
    }
  });
});

test("what was refused is told with the flag that allows it", async () => {
  const file = programOf("talk");
  await echoing(async (port) => {
    await inEachMode(
      ["--allow-net=127.0.0.1:1", file, "127.0.0.1", String(port)],
      ({ code, stdout, stderr }) => {
        assert.is(code, 1, stderr);
        assert.is(stdout, "EACCES\n");
        assert.match(stderr, `--allow-net=tcp://127.0.0.1:${port} allows it`);
      },
    );
    await inEachMode(
      ["--allow-net", `--deny-net=127.0.0.1:${port}`, file, "127.0.0.1", String(port)],
      ({ code, stdout, stderr }) => {
        assert.is(code, 1);
        assert.is(stdout, "EACCES\n");
        assert.match(stderr, `was not allowed: the rule 127.0.0.1:${port} denies it\n`);
      },
    );
    await inEachMode(["--allow-net=127.0.0.1", file, "name.example", "1"], ({ code, stderr }) => {
      assert.is(code, 1);
      assert.match(stderr, "--allow-net=name.example allows it");
    });
    await inEachMode(
      ["-S", "inherit-network", file, "127.0.0.1", String(port)],
      ({ code, stdout, stderr }) => {
        assert.is(code, 0, stderr);
        assert.is(stdout, "hello\n");
      },
    );
  });
});

test("arguments, environment, input, output and the exit code are handed on", async () => {
  const file = programOf("hands-on");
  await inEachMode(
    ["--env", "SET=a=b", "--env", "NOT_THERE", file, "--allow-net", "x y", ""],
    ({ code, stdout, stderr }) => {
      assert.is(code, 1, stderr);
      assert.is(stdout, "hands-on.wasm|--allow-net|x y|\na=b none\n");
      assert.is(stderr, "20000\n");
    },
    "a line of input\n".repeat(20_000),
  );
});

test("a trap is told with where it happened and what the program held, and exits with 134", async () => {
  const file = programOf("traps");
  await inEachMode(["--allow-listen=127.0.0.1", file], ({ code, stderr }) => {
    assert.is(code, 134, stderr);
    assert.match(stderr, /traps\.wasm trapped: unreachable, in \w.*\n/);
    assert.match(stderr, /it had 1 sockets/);
  });
});

test("a thrown error is told with its place, and exits with 1", async () => {
  const file = programOf("throws");
  await inEachMode([file], ({ code, stderr }) => {
    assert.is(code, 1);
    assert.match(stderr, /Error: no good\n.*throws\.ts:3:/);
  });
});

test("--trace tells each step, and --audit writes each decision down", async () => {
  const file = programOf("talk");
  await echoing(async (port) => {
    await inEachMode(
      ["--trace", "--audit", "audit.jsonl", "--allow-net", file, "127.0.0.1", String(port)],
      ({ code, stderr }) => {
        assert.is(code, 0, stderr);
        assert.match(stderr, new RegExp(`tcp.*connect.*127\\.0\\.0\\.1:${port}`));
      },
    );
  });
  const decisions = readFileSync(join(folder, "audit.jsonl"), "utf8").trimEnd().split("\n");
  assert.ok(decisions.length >= modes.length);
  for (const line of decisions) assert.type(JSON.parse(line), "object");
});

test("--max-sockets is a limit", async () => {
  const file = programOf("many");
  for (const limit of [
    ["--max-sockets", "3"],
    ["--limit", "sockets=3"],
  ])
    await inEachMode(["--allow-net", ...limit, file], ({ stdout, stderr }) => {
      assert.is(stdout, "3 EMFILE\n", stderr);
    });
});

test("--limit readBuffer is the most that is read at a time", async () => {
  const file = programOf("reads");
  const server = createServer((socket) => socket.on("error", () => {}).end(Buffer.alloc(300_000)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const args = ["--allow-net", "--limit", "readBuffer=1000", file, "127.0.0.1", String(port)];
  await inEachMode(args, ({ stdout, stderr }, mode) => assert.is(stdout, "300000 1000\n", mode + stderr));
  server.close();
});

test("a program that waits is ended by SIGINT, and its port is free", async () => {
  const file = programOf("waits");
  for (const mode of modes) {
    const child = spawn(process.execPath, [cli, "run", ...mode, "--allow-listen", file], { cwd: folder });
    const ended = new Promise<string | number | null>((resolve) =>
      child.once("close", (code, signal) => resolve(signal ?? code)),
    );
    const port = Number(await new Promise((resolve) => child.stdout.once("data", resolve)));
    child.kill("SIGINT");
    // by the signal itself where the program has no thread
    assert.is(await ended, mode.length > 0 || !hasJspi ? 130 : "SIGINT");
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    server.close();
  }
});

test("what can't be run is said in a sentence", async () => {
  writeFileSync(join(folder, "text.wasm"), "this is a text");
  writeFileSync(join(folder, "empty.wasm"), Buffer.from("0061736d01000000", "hex"));
  const cases: readonly (readonly [args: string[], message: RegExp])[] = [
    [[], /takes a file/],
    [["missing.wasm"], /missing\.wasm: there is no such file/],
    [["text.wasm"], /text\.wasm: not a WebAssembly file/],
    [["--limit", "socks=1", "empty.wasm"], /--limit socks=1: known are sockets, acceptQueue/],
    [["--limit", "datagrams=", "empty.wasm"], /--limit datagrams: expected a whole number above 0, got ''/],
    [["--max-sockets", "0", "empty.wasm"], /--max-sockets: expected a whole number above 0, got '0'/],
    [["-S", "http", "empty.wasm"], /-S http: known are/],
    [["-S", "tcp,inherit_network", "empty.wasm"], /-S inherit_network: did you mean inherit-network\?/],
    [["-S", "tcp=maybe", "empty.wasm"], /-S tcp=maybe: the value must be y, yes or true, or n, no or false/],
    [["--deny-net=", "empty.wasm"], /--deny-net takes rules/],
    [["--allow-net=10.0.0.0/99", "empty.wasm"], /--allow-net: the rule "10\.0\.0\.0\/99"/],
    [["--fast", "empty.wasm"], /--fast/],
    [["empty.wasm"], /not a command \(no wasi:cli\/run export\)/],
  ];
  for (const [args, message] of cases) {
    await inEachMode(args, ({ code, stdout, stderr }) => {
      assert.is.not(code, 0, args.join(" "));
      assert.is(stdout, "");
      assert.match(stderr, message);
      assert.is(stderr.split("\n").length, 2, `one line: ${stderr}`);
    });
  }
});

test("--help has the options and examples", async () => {
  const { code, stdout } = await wasock(["run", "--help"]);
  assert.is(code, 0);
  for (const word of ["--allow-net", "--deny-net", "--dir", "--sync", "examples"]) assert.match(stdout, word);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
