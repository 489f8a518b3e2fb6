/**
 * `wasock run --fault`: what goes wrong does so for programs of every kind, by option, variable and wasock.json; `--pcap`,
 * which captures it, `--record` and `--replay`.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";
import { assemble } from "../abi/support.ts";
import { freePort } from "../peers/ports.ts";
import { preview1 } from "../run/guests.ts";
import { echoClient } from "../wasi03/sockets-text.ts";

const test = suite("wasock run --fault");
const folder = mkdtempSync(join(tmpdir(), "wasock-fault-"));
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const talk = programOf("talk");

function programOf(name: string): string {
  return fileURLToPath(new URL(`../assembly/programs/${name}.wasm`, import.meta.url));
}

const modes: readonly (readonly string[])[] = hasJspi ? [[], ["--sync"]] : [[]];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function wasock(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: folder,
      env: { ...process.env, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: join(folder, "cache"), ...env },
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
    child.stdin.end();
  });
}

/** A server that sends back what it gets, and what it got of each connection. */
async function echoing(work: (port: number, got: string[]) => Promise<void>): Promise<void> {
  const got: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const at = got.push("") - 1;
    socket
      .on("error", () => {})
      .on("data", (bytes) => {
        got[at] += bytes.toString();
      });
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work((server.address() as AddressInfo).port, got);
  } finally {
    server.close();
  }
}

test("a program of preview 1 that serves has them too", async () => {
  // it asks for a connection and for bytes until there are some, and ends with what that comes to: 15 is ECONNRESET
  const file = join(folder, "serves.wasm");
  writeFileSync(
    file,
    await preview1(
      '(import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))',
      '(import "wasi_snapshot_preview1" "sock_recv" (func $recv (param i32 i32 i32 i32 i32 i32) (result i32)))',
      '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))',
      '(memory (export "memory") 1) (data (i32.const 0) "\\40\\00\\00\\00\\64\\00\\00\\00")',
      `(func (export "_start")
        (local $errno i32)
        (loop $again
          (br_if $again (call $accept (i32.const 3) (i32.const 0) (i32.const 16))))
        (loop $again
          (local.set $errno (call $recv (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 0)
            (i32.const 20) (i32.const 24)))
          (br_if $again (i32.eq (local.get $errno) (i32.const 6))))
        (call $exit (local.get $errno)))`,
    ),
  );
  const listen = `tcp://127.0.0.1:${await freePort()}`;
  for (const mode of modes) {
    const args = [
      "run",
      ...mode,
      "--trace",
      "--listen",
      listen,
      "--fault",
      "reset after=4B",
      "--seed=1",
      file,
    ];
    const child = spawn(process.execPath, [cli, ...args], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(child, "close");
    const listening = new Promise<void>((resolve) => {
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        if (text.includes("tcp listen")) resolve();
      });
    });
    await Promise.race([listening, ended]);
    const peer = connect(Number(listen.split(":")[2]), "127.0.0.1");
    peer.write("more than four bytes");
    const [error] = (await once(peer, "error")) as [NodeJS.ErrnoException];
    assert.is(error.code, "ECONNRESET");
    assert.is((await ended)[0], 15);
  }
});

test("a rule is about whom it names, in each way to run a program", () =>
  echoing(async (port, got) => {
    const run = (mode: readonly string[], ...rules: string[]): Promise<Ended> => {
      const faults = rules.flatMap((rule) => ["--fault", rule]);
      const options = ["--allow-net", "--seed=1", ...faults];
      return wasock(["run", ...mode, ...options, talk, "127.0.0.1", String(port)]);
    };
    for (const mode of modes) {
      assert.is((await run(mode, `refuse to 127.0.0.1:${port}`)).stdout, "ECONNREFUSED\n");
      assert.equal(await run(mode, "refuse to 127.0.0.1:1", "latency=1ms"), {
        ...{ code: 0, stdout: "hello\n", stderr: "" },
      });
      got.length = 0;
      // the program reads an end where a line should be
      assert.is((await run(mode, "limit-data=3B up")).stdout.startsWith("hello"), false, String(mode));
      assert.equal(got, ["hel"]);
    }
  }));

test("what a program sent before it ended still goes out", () =>
  echoing(async (port, got) => {
    for (const mode of modes) {
      got.length = 0;
      const faults = ["--fault", "latency=300ms up", "--fault", "limit-data=1B down", "--seed=1"];
      await wasock(["run", ...mode, "--allow-net", ...faults, talk, "127.0.0.1", String(port)]);
      assert.equal(got, ["hello\n"], String(mode));
    }
  }));

test("programs of WASI 0.3 likewise", () =>
  echoing(async (port) => {
    const file = join(folder, "client.wasm");
    writeFileSync(file, await assemble(echoClient(port, 3)));
    const run = async (rule: string): Promise<number | null> =>
      (await wasock(["run", `--allow-net=127.0.0.1:${port}`, "--seed=1", `--fault=${rule}`, file])).code;
    assert.is(await run("latency=10ms slice=1B"), 0);
    assert.is(await run("refuse"), 1);
    assert.is(await run("refuse to 127.0.0.2"), 0);
  }));

test("a seed that nobody gave is told, and says the same again", () =>
  echoing(async (port) => {
    const args = ["--allow-net", "--fault=refuse=50%", talk, "127.0.0.1", String(port)];
    const first = await wasock(["run", ...args]);
    const [, seed] = /with --seed=(\d+)\n/.exec(first.stderr) ?? [];
    assert.type(seed, "string");
    for (let i = 0; i < 3; i++) {
      const again = await wasock(["run", `--seed=${seed}`, ...args]);
      assert.equal(again, { ...first, stderr: "" });
    }
  }));

test("variables and wasock.json say it as well", () =>
  echoing(async (port) => {
    const args = ["run", "--allow-net", talk, "127.0.0.1", String(port)];
    const env = { WASOCK_FAULT: "latency=1ms, refuse to 127.0.0.1", WASOCK_SEED: "s" };
    assert.is((await wasock(args, env)).stdout, "ECONNREFUSED\n");
    writeFileSync(join(folder, "wasock.json"), JSON.stringify({ fault: ["refuse"], seed: "s" }));
    assert.is((await wasock(["trust"])).code, 0);
    assert.is((await wasock(args)).stdout, "ECONNREFUSED\n");
    assert.is((await wasock(["run", "--fault=latency=1ms", "--seed=1", ...args.slice(1)])).stdout, "hello\n");
    rmSync(join(folder, "wasock.json"));
  }));

test("a rule that is none is told with its word, before anything runs", async () => {
  for (const [args, said] of [
    [["--fault", "latancy=5ms"], "--fault latancy=5ms: there is no latancy: did you mean latency?\n"],
    [["--fault", "latency=5"], "latency takes a time, as 50ms, 2s or 1m, and is given 5\n"],
    [["--seed", "1"], "--seed says something of --fault, and there is none\n"],
  ] as const) {
    const { code, stdout, stderr } = await wasock(["run", "--config=none", ...args, talk]);
    assert.equal([code, stdout], [2, ""]);
    assert.is(stderr.endsWith(said), true, stderr);
  }
});

test("what goes through a program's sockets is captured, with what goes wrong", () =>
  echoing(async (port) => {
    for (const mode of modes) {
      const file = join(folder, "capture.pcapng");
      const options = ["--allow-net", "--pcap", file, "--snaplen=1000", "--fault=slice=2B down", "--seed=1"];
      const { stdout } = await wasock(["run", ...mode, ...options, talk, "127.0.0.1", String(port)]);
      assert.is(stdout, "hello\n");
      assert.is(readFileSync(file).readUInt32BE(0), 0x0a0d0d0a);
      const shown = ["-T", "fields", "-e", "tcp.len"];
      const tshark = spawnSync("tshark", [
        "-n",
        "-r",
        file,
        "-Y",
        `tcp.srcport==${port} && tcp.len>0`,
        ...shown,
      ]);
      if (tshark.status === 0) assert.is(tshark.stdout.toString(), "2\n2\n2\n", String(mode));
    }
  }));

test("a run is recorded, and replayed where there is nobody; what a program does otherwise is told, and fails", async () => {
  const client = join(folder, "recorded-client.wasm");
  let port = 0;
  const file = (name: string): string => join(folder, `${name}.jsonl`);
  const programs = (): [name: string, args: string[]][] => [
    ["talk", [talk, "127.0.0.1", String(port)]],
    ["client", [client]],
  ];
  await echoing(async (at) => {
    port = at;
    writeFileSync(client, await assemble(echoClient(port, 3)));
    for (const [name, args] of programs()) {
      const { code, stderr } = await wasock(["run", "--allow-net", "--record", file(name), ...args]);
      assert.equal([code, stderr], [0, ""]);
    }
  });
  for (const mode of modes) {
    for (const [name, args] of programs()) {
      const again = await wasock([
        "run",
        ...mode,
        "--allow-net",
        "--replay",
        file(name),
        "--strict",
        ...args,
      ]);
      assert.equal(
        again,
        { code: 0, stdout: name === "talk" ? "hello\n" : "", stderr: "" },
        `${mode} ${name}`,
      );
    }
    const other = await wasock([
      "run",
      ...mode,
      "--allow-net",
      "--replay",
      file("client"),
      talk,
      "127.0.0.1",
      String(port),
    ]);
    assert.is(other.code === 0, false);
    assert.match(
      other.stderr,
      `--replay: connection 1 to 127.0.0.1:${port}: it sends "hello\\n" where the recording has`,
    );
  }
  const idle = await wasock([
    "run",
    "--json",
    "--replay",
    file("talk"),
    "--env=X=1",
    programOf("hands-on"),
    "x",
  ]);
  assert.match(idle.stderr, `"difference":"connection 1 to 127.0.0.1:${port}: it is missing"`);
});

test("a capture that can't be made is told before anything runs", async () => {
  for (const [args, said] of [
    [
      ["--pcap", join(folder, "no/such")],
      "--pcap .*no/such: there is no such file or folder \\(ENOENT\\)\n$",
    ],
    [
      ["--record", join(folder, "no/such")],
      "--record .*no/such: there is no such file or folder \\(ENOENT\\)\n$",
    ],
    [["--replay", join(folder, "none")], "--replay .*none: there is no such file or folder \\(ENOENT\\)\n$"],
    [["--replay", cli], "--replay .*cli.js: line 1 of the recording: .*\n$"],
    [["--strict"], "--strict says something of --replay, and there is none\n$"],
    [["--snaplen=100"], "--snaplen says something of --pcap, and there is none\n$"],
    [["--pcap=x", "--snaplen=67"], "--snaplen: expected a whole number from 68 on, got '67'\n$"],
  ] as const) {
    const { code, stdout, stderr } = await wasock(["run", "--config=none", ...args, talk]);
    assert.equal([code, stdout], [2, ""]);
    assert.match(stderr, new RegExp(said));
  }
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
