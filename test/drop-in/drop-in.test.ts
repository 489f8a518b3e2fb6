/**
 * The modules that `jco transpile --map` puts in the place of preview2-shim's, in a project that has wasock and the
 * shim: `wasock/host/…` suspends the guest, `wasock/host/sync/…` blocks it.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";

const test = suite("drop-in modules");
const root = fileURLToPath(new URL("../../..", import.meta.url));
const program = fileURLToPath(new URL("../assembly/programs/files.wasm", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wasock-drop-in-"));
const PACKAGES = ["sockets", "io", "clocks", "cli", "filesystem", "random"];
const flavours = hasJspi ? ["sync/", ""] : ["sync/"];

writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
mkdirSync(join(folder, "node_modules/@bytecodealliance"), { recursive: true });
symlinkSync(root, join(folder, "node_modules/wasock"));
const shim = "@bytecodealliance/preview2-shim";
const shimFolder = dirname(dirname(dirname(createRequire(import.meta.url).resolve(shim))));
symlinkSync(shimFolder, join(folder, "node_modules", shim));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  source: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): [ChildProcess, Promise<Ended>] {
  const script = join(mkdtempSync(join(folder, "script-")), "main.mjs");
  writeFileSync(script, source);
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("WASOCK_")),
  );
  const child = spawn(process.execPath, [script, ...args], {
    cwd: folder,
    env: { ...clean, ...env },
  });
  const texts = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    texts.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    texts.stderr += text;
  });
  return [child, once(child, "close").then(([code]) => ({ code: code as number | null, ...texts }))];
}

function node(source: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return start(source, args, env)[1];
}

/** A server that gives back what it gets, or whatever `serve` does. */
async function serving(
  work: (port: string) => Promise<void>,
  serve: (socket: Socket) => void = (socket) => void socket.pipe(socket),
): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(String((server.address() as { port: number }).port));
  } finally {
    server.close();
  }
}

/** Has jco make a module of the program. */
function transpiled(flavour: string): string {
  const output = join(folder, `files-${flavour === "" ? "suspending" : "sync"}`);
  const jco = join(root, "node_modules/.bin/jco");
  const map = PACKAGES.flatMap((name) => ["--map", `wasi:${name}/*=wasock/host/${flavour}${name}#*`]);
  const suspending = ["--async-mode", "jspi", "--async-wasi-imports", "--async-wasi-exports"];
  const args = [
    jco,
    "transpile",
    program,
    "-o",
    output,
    "--quiet",
    ...map,
    ...(flavour === "" ? suspending : []),
  ];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.is(status, 0, stderr);
  return join(output, "files.js");
}

for (const flavour of flavours) {
  test(`wasock/host/${flavour}*: a component moves a file to a server and what it answers to another`, async () => {
    const module = transpiled(flavour);
    const data = mkdtempSync(join(folder, "data-"));
    const contents = `${"x".repeat(700_000)}end`;
    writeFileSync(join(data, "in.txt"), contents);
    const source = `
      import { _setArgs } from "wasock/host/${flavour}cli";
      import { _addPreopen } from "wasock/host/${flavour}filesystem";
      _addPreopen("/data", ${JSON.stringify(data)});
      _setArgs(["files", process.argv[2]]);
      let ticks = 0;
      setInterval(() => ticks++, 1).unref();
      const { run } = await import(${JSON.stringify(module)});
      ticks = 0;
      await run.run();
      console.log("ticks:", ticks > 0);
    `;
    await serving(async (port) => {
      const { code, stdout, stderr } = await node(source, [port], { WASOCK_ALLOW_NET: `127.0.0.1:${port}` });
      assert.is(stderr, "");
      assert.match(
        stdout,
        "folder /data\nmissing: 20\noutside: 31\nready 1: 1\nsent 700003\nreceived 700003\n",
      );
      assert.match(stdout, `ticks: ${flavour === ""}\n`); // a guest that is suspended lets the process go on
      assert.is(code, 0);
      assert.ok(readFileSync(join(data, "out.txt"), "utf8") === contents);
    });
  });

  test(`wasock/host/${flavour}*: without a permission there is no socket`, async () => {
    const source = `
      import { instanceNetwork } from "wasock/host/${flavour}sockets";
      import { tcpCreateSocket, udpCreateSocket, ipNameLookup } from "wasock/host/${flavour}sockets";
      import * as sockets from "wasock/host/${flavour}sockets";
      for (const name of process.argv.slice(2)) sockets[name]();
      const tried = (call) => { try { call(); return "ok"; } catch (error) { return error.message ?? error; } };
      console.log(tried(() => tcpCreateSocket.createTcpSocket("ipv4")));
      console.log(tried(() => udpCreateSocket.createUdpSocket("ipv4")));
      console.log(tried(() => ipNameLookup.resolveAddresses(instanceNetwork.instanceNetwork(), "localhost")));
      console.log(tried(() => sockets._denyTcp()));
    `;
    const late = flavour === "" ? "ok" : "_denyTcp comes too late: the guest has used the host already";
    const lines = async (env: NodeJS.ProcessEnv, ...args: string[]): Promise<string[]> => {
      const { code, stdout, stderr } = await node(source, args, env);
      assert.is(stderr, "");
      assert.is(code, 0);
      return stdout.trimEnd().split("\n");
    };
    const denied = "access-denied";
    const noName = "permanent-resolver-failure";
    assert.equal(await lines({}), [denied, denied, noName, late]);
    const all = { WASOCK_ALLOW_NET: "*", WASOCK_ALLOW_DNS: "*" };
    assert.equal(await lines(all), ["ok", "ok", "ok", late]);
    assert.equal(await lines(all, "_denyTcp", "_denyDnsLookup"), [denied, "ok", noName, late]);
    assert.equal(await lines({ WASOCK_ALLOW_NET: "tcp://10.0.0.1" }), ["ok", denied, noName, late]);
  });

  test(`wasock/host/${flavour}*: a variable that is not understood is named`, async () => {
    const source = `
      import { tcpCreateSocket } from "wasock/host/${flavour}sockets";
      tcpCreateSocket.createTcpSocket("ipv4");
    `;
    for (const [name, value] of [
      ["WASOCK_ALLOW_NET", "127.0.0.1:x"],
      ["WASOCK_ALLOW_LISTEN", "example.com"],
      ["WASOCK_MAX_SOCKETS", "many"],
      ["WASOCK_LIMITS", "pollables=0"],
      ["WASOCK_LIMITS", "pollable=10"],
      ["WASOCK_DENY_NETS", "10.0.0.0/8"],
      ["WASOCK_DENY", "10.0.0.0/8"],
      ["WASOCK_NET_DENY", "10.0.0.0/8"],
      ["wasock_deny_net", "10.0.0.0/8"],
      ["WASOCK_DENY_NET", "privat"],
      ["WASOCK_LIMITS", "pollables=10=1000"],
    ] as const) {
      const { code, stderr } = await node(source, [], { [name]: value });
      assert.match(stderr, `TypeError: ${name}`);
      assert.is(code, 1);
    }
  });
}

/** Calls of the blocking modules, as jco's output makes them. */
const CONNECT = `
  import { instanceNetwork, tcpCreateSocket } from "wasock/host/sync/sockets";
  const socket = tcpCreateSocket.createTcpSocket("ipv4");
  const address = { tag: "ipv4", val: { port: Number(process.argv[2]), address: [127, 0, 0, 1] } };
  socket.startConnect(instanceNetwork.instanceNetwork(), address);
  const connecting = socket.subscribe();
  connecting.block();
  connecting[Symbol.dispose]();
  const [input, output] = socket.finishConnect();
`;

test("what was written is delivered after the process has decided to exit", async () => {
  let got = 0;
  let ended: () => void;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  let tell: () => void;
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const late = (socket: Socket): void => {
    socket.pause();
    void told.then(() => socket.resume());
    socket.on("data", ({ length }) => {
      got += length;
    });
    socket.on("end", () => ended());
  };
  await serving(async (port) => {
    const source = `${CONNECT}
      const piece = new Uint8Array(65536);
      let sent = 0;
      while (sent < 4 << 20) {
        const permit = Number(output.checkWrite());
        if (permit === 0) break; // the system's buffers and the host's are full
        output.write(piece.subarray(0, permit));
        sent += Math.min(permit, piece.length);
      }
      console.log(sent);
      process.exit(3);
    `;
    const [child, ends] = start(source, [port], { WASOCK_ALLOW_NET: "127.0.0.1" });
    // what it says comes when it has nothing left to do but exit
    child.stdout?.once("data", () => tell());
    const { code, stdout, stderr } = await ends;
    assert.is(code, 3, stderr);
    await end;
    assert.ok(got > 0);
    assert.is(got, Number(stdout));
  }, late);
});

for (const flavour of ["sync/", ...(hasJspi ? [""] : [])]) {
  test(`wasock/host/${flavour}cli: of the process a guest has what was granted`, async () => {
    const source = `
      import * as cli from "wasock/host/${flavour}cli";
      if (process.argv[2] === "set") cli._setEnv({ A: "own" });
      if (process.argv[2] === "append") cli._appendEnv({ A: "own" });
      const { getArguments, getEnvironment, initialCwd } = cli.environment;
      console.log(JSON.stringify([getEnvironment().sort(), getArguments(), initialCwd() ?? null]));
      process.exit();
    `;
    const told = async (how: string, env: NodeJS.ProcessEnv): Promise<unknown> => {
      const { stdout, stderr } = await node(source, [how], { SECRET: "s", OTHER: "o", ...env });
      assert.is(stderr, "");
      return JSON.parse(stdout) as unknown;
    };
    const rest = (how: string): unknown[] => [["main.mjs", how], null];
    const [secret, other] = [
      ["SECRET", "s"],
      ["OTHER", "o"],
    ];
    assert.equal(await told("none", {}), [[], ...rest("none")]);
    assert.equal(await told("none", { WASOCK_ENV: "" }), [[], ...rest("none")]);
    const listed = { WASOCK_ENV: " SECRET , MISSING,constructor,__proto__,OTHER" };
    assert.equal(await told("none", listed), [[other, secret], ...rest("none")]);
    assert.equal(await told("set", listed), [[["A", "own"]], ...rest("set")]);
    assert.equal(await told("append", { WASOCK_ENV: "OTHER" }), [[["A", "own"], other], ...rest("append")]);
    const [all] = (await told("none", { WASOCK_ENV: "*" })) as [string[][]];
    assert.ok(all.some(([name]) => name === "PATH") && all.some(([name]) => name === "SECRET"));
  });
}

test("the standard streams go through while the thread is blocked", async () => {
  const source = `
    import { exit, stderr, stdin, stdout } from "wasock/host/sync/cli";
    const input = stdin.getStdin();
    const output = stdout.getStdout();
    for (;;) {
      let bytes;
      try {
        bytes = input.blockingRead(100n);
      } catch (error) {
        if (error.tag !== "closed") throw error;
        break;
      }
      output.blockingWriteAndFlush(bytes.slice()); // a view is good until the next call
    }
    stderr.getStderr().blockingWriteAndFlush(new TextEncoder().encode("end"));
    exit.exitWithCode(5);
  `;
  const [child, ended] = start(source, [], {});
  child.stdin?.write("first ");
  await once(child.stdout as object as NodeJS.EventEmitter, "data"); // before the input ends
  child.stdin?.end("second");
  assert.equal(await ended, { code: 5, stdout: "first second", stderr: "end" });
});

test("a guest that never reads its input ends all the same", async () => {
  const source = `
    import { stdin } from "wasock/host/sync/cli";
    const input = stdin.getStdin();
    if (input.read(1n).length !== 0) throw new Error("there is no input");
    console.log("done");
  `;
  const [, ended] = start(source, [], {});
  assert.equal(await ended, { code: 0, stdout: "done\n", stderr: "" });
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
