/** A preview 1 program serves: it accepts, receives, sends, shuts down and polls, and nobody else stands still. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Preview1, type Preview1Options, preview1, type WasiJs } from "../../host/preview1/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { heldBack, tellsHeldBack } from "../peers/held-back.ts";
import { until } from "./support.ts";

const MODULE = "wasi_snapshot_preview1";

interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
}

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wasock-preview1-"));
const all = suite("preview 1");
const test = hasJspi ? all : all.skip;
let program: Uint8Array<ArrayBuffer>;

/** Suspended on the event loop's thread, where that can be, and blocking on its own. */
const modes = hasJspi ? [[], ["--sync"]] : [[]];
const cli = join(root, "build/dist/cli.js");

all.before(() => {
  const output = join(folder, "program.wasm");
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/assemblyscript/bin/asc.js"),
      ...["preview1.ts", "--runtime", "stub", "--exportStart", "_start", "--use", "abort=preview1/abort"],
      ...["-O", "--outFile", output],
    ],
    { cwd: join(root, "test/assembly/programs"), encoding: "utf8" },
  );
  assert.is(status, 0, stderr);
  program = new Uint8Array(readFileSync(output));
});
all.after(() => rmSync(folder, { recursive: true }));

/** How often this process has the folder open; 0 where the system does not tell. */
function openFolders(): number {
  if (!existsSync("/proc/self/fd")) return 0;
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return undefined; // it was the descriptor of the listing itself
    }
  });
  return links.filter((target) => target === realpathSync(folder)).length;
}

/** Runs the program while `work` talks to it, and ends it; its exit code. */
async function serving(
  work: (port: number, world: Preview1) => Promise<void>,
  options: Preview1Options = {},
  descriptor = 3,
): Promise<number> {
  const world = await preview1({ listen: ["tcp://127.0.0.1:0"], ...options });
  const [listener] = world.listeners;
  assert.is(listener?.fd, descriptor);
  const port = listener?.address.val.port as number;
  const running = world.run(program);
  try {
    await Promise.race([
      work(port, world),
      running.then((code) => Promise.reject(new Error(`it ended with ${code}`))),
    ]);
    const last = net.connect(port, "127.0.0.1");
    last.on("error", () => {});
    last.write("q");
    return await running;
  } finally {
    world.close();
  }
}

/** What the program answers to bytes, until it ends the connection. */
async function ask(port: number, bytes: string): Promise<string> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(bytes);
  let text = "";
  for await (const part of socket) text += String(part);
  return text;
}

test("it echoes until the peer has ended, then ends its own direction; its exit code is told", async () => {
  const code = await serving(async (port) => {
    assert.is(await ask(port, "ehello"), "hello.");
    assert.is(await ask(port, "e"), ".");
    const long = "0123456789".repeat(200_000);
    assert.is(await ask(port, `e${long}`), `${long}.`);
  });
  assert.is(code, 7);
});

test("a listener that blocks makes accept wait", async () => {
  const code = await serving(
    async (port, { host }) => {
      await until(() => host.stats().pollables === 1, "it waits");
      assert.is(await ask(port, "efirst"), "first.");
      assert.is(await ask(port, "esecond"), "second.");
    },
    { nonBlocking: false },
  );
  assert.is(code, 7);
});

/** Has bytes looked at, and more of them waited for: each part is sent when the program says that it waits. */
async function peekAndWait(port: number): Promise<void> {
  const socket = net.connect({ port, host: "127.0.0.1" });
  socket.write("pab");
  let text = "";
  for await (const part of socket.setEncoding("utf8")) {
    text += part;
    if (part === "1") socket.write("cd");
    else if (part === "2") socket.write("ef");
  }
  assert.is(text, "12cdefab");
}

test("it looks at bytes without taking them, and waits for all that it asked for", async () => {
  await serving(peekAndWait);
});

test("what came before the end, or a reset, is what a wait for all of it gets, and then what happened", async () => {
  await serving(async (port) => {
    for (const end of ["end", "resetAndDestroy"] as const) {
      const socket = net.connect({ port, host: "127.0.0.1" });
      socket.write("w");
      assert.is(String(((await once(socket, "data")) as [Buffer])[0]), "1");
      await new Promise((resolve) => socket.write(end === "end" ? "ends" : "rest", resolve));
      socket[end]();
      await once(socket, "close");
    }
    assert.is(await ask(port, "eserves on"), "serves on.");
  });
});

test("without blocking it is told to try again, and polls clocks, descriptors and what is none", async () => {
  await serving(async (port) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    socket.write("n");
    const [first] = (await once(socket, "data")) as [Buffer];
    assert.is(first[0], 6);
    const rest = first.length > 1 ? first.subarray(1) : ((await once(socket, "data")) as [Buffer])[0];
    assert.is(String(rest), "g");
    socket.write("ok");
    assert.is(String(((await once(socket, "data")) as [Buffer])[0]), "ok");
    socket.destroy();
  });
});

test("a peer that does not read holds it back, and gets everything when it does", async () => {
  await serving(async (port) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    socket.write("b");
    if (tellsHeldBack) await heldBack(port);
    let length = 0;
    for await (const part of socket) length += (part as Buffer).length;
    assert.is(length, 8 << 20);
  });
});

test("it reads its standard input without standing still", async () => {
  const stdin = new PassThrough();
  await serving(
    async (port) => {
      assert.is(stdin.listenerCount("data"), 0);
      const asking = ask(port, "i");
      await until(() => stdin.listenerCount("data") > 0, "it waits for its input");
      stdin.end("typed late");
      assert.is(await asking, "typed late");
    },
    { stdin },
  );
});

test("what it holds is gone when it has ended, and other work goes on while it waits", async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  let world: Preview1 | undefined;
  await serving(
    async (port, given) => {
      world = given;
      await until(() => ticks > 5, "other work goes on");
      for (let i = 0; i < 20; i++) assert.is(await ask(port, "ex"), "x.");
      assert.ok(given.host.stats().pollables <= 2);
      if (existsSync("/proc/self/fd")) assert.is(openFolders(), 1);
    },
    { preopens: { "/": folder } },
    4,
  );
  clearInterval(timer);
  assert.is(world?.host.stats().pollables, 0);
  await until(() => world?.host.stats().sockets === 0, "its sockets are closed");
  assert.is(openFolders(), 0);
});

/** A program under `wasock run` that listens. */
interface Served {
  readonly port: number;
  /** Its exit code. */
  readonly exited: Promise<number | null>;
  end(): void;
}

async function serve(options: readonly string[]): Promise<Served> {
  const args = ["run", "--trace", ...options, "--listen", "tcp://127.0.0.1:0", join(folder, "program.wasm")];
  const child = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  let told = "";
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      told += `${line}\n`;
      const [, listening] = / tcp listen +127\.0\.0\.1:(\d+) /.exec(line) ?? [];
      if (listening !== undefined) resolve(Number(listening));
    });
    void exited.then((code) => reject(new Error(`it ended with ${code}: ${told}`)));
  });
  return { port, exited, end: () => child.kill("SIGKILL") };
}

all("wasock run --listen gives it a listener, and has its exit code", async () => {
  for (const mode of modes) {
    const { port, exited } = await serve(mode);
    assert.is(await ask(port, "ehello"), "hello.");
    await peekAndWait(port);
    assert.is(await ask(port, "c"), "t");
    const long = "0123456789".repeat(200_000);
    assert.is(await ask(port, `e${long}`), `${long}.`);
    await ask(port, "q").catch(() => {});
    assert.is(await exited, 7, mode.join());
  }
});

all("who is denied, or is none of those allowed, never reaches it", async () => {
  for (const mode of modes) {
    const log = join(folder, `audit${mode.join()}`);
    for (const [options, isServed] of [
      [["--allow-net=10.0.0.0/8"], false],
      [["--allow-net=127.0.0.1"], true],
      [["--deny-net=10.0.0.0/8", "--allow-listen=127.0.0.1"], true],
    ] as const) {
      const { port, exited, end } = await serve([...mode, ...options, "--audit", log]);
      const answer = await ask(port, "ehello").catch((error: NodeJS.ErrnoException) => error.code);
      assert.is(answer, isServed ? "hello." : "ECONNRESET", options.join());
      end();
      await exited;
    }
    const decisions = readFileSync(log, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    const accepts = decisions.filter((one) => JSON.stringify(one).includes("tcp-accept"));
    assert.is(accepts.length, 3, JSON.stringify(decisions));
  }
});

all("an option that has no effect is an error, and what is denied is not listened on", () => {
  const component = join(root, "build/wasock.component.wasm");
  const listen = ["--listen", "tcp://127.0.0.1:0"];
  for (const [options, message] of [
    [["--listen", "8080"], /^wasock: listen: 8080 is not understood/],
    [[...listen, "--deny-net=127.0.0.1"], /listen on 127\.0\.0\.1:0: access-denied/],
    [[...listen, "--deny-net=127.0.0.1", "--sync"], /listen on 127\.0\.0\.1:0: access-denied/],
    [[...listen, "--allow-dns"], /^wasock: --allow-dns has no effect on .*program.wasm, a preview 1 program/],
    [["--allow-net"], /^wasock: --allow-net has no effect on .*: it is on the network only by the listeners/],
    [["--allow-listen"], /^wasock: --allow-listen has no effect on /],
    [["--deny-net=private"], /^wasock: --deny-net has no effect on /],
  ] as const) {
    const { status, stderr } = spawnSync(
      process.execPath,
      [cli, "run", ...options, join(folder, "program.wasm")],
      { encoding: "utf8" },
    );
    assert.is(status, 2, `${options}: ${stderr}`);
    assert.match(stderr, message);
  }
  const { status, stderr } = spawnSync(process.execPath, [cli, "run", ...listen, component], {
    encoding: "utf8",
  });
  assert.is(status, 2);
  assert.match(
    stderr,
    /^wasock: --listen has no effect on .*wasock.component.wasm, which is not a preview 1 program/,
  );
});

/** `(func (export "_start") (try (do (call $proc_exit (i32.const 3))) (catch_all)))` */
function catching(): Uint8Array<ArrayBuffer> {
  const text = (word: string): number[] => [word.length, ...Buffer.from(word)];
  const section = (id: number, ...contents: number[]): number[] => [id, contents.length, ...contents];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 2, 0x60, 1, 0x7f, 0, 0x60, 0, 0),
    ...section(2, 1, ...text("wasi_snapshot_preview1"), ...text("proc_exit"), 0, 0),
    ...section(3, 1, 1),
    ...section(5, 1, 0, 1),
    ...section(7, 2, ...text("memory"), 2, 0, ...text("_start"), 0, 1),
    ...section(10, 1, 10, 0, 0x06, 0x40, 0x41, 3, 0x10, 0, 0x19, 0x0b, 0x0b),
  ]);
}

all("its exit can't be caught", async () => {
  const file = join(folder, "catching.wasm");
  writeFileSync(file, catching());
  for (const mode of modes) {
    assert.is(spawnSync(process.execPath, [cli, "run", ...mode, file]).status, 3, mode.join());
  }
  if (!hasJspi) return;
  const world = await preview1();
  assert.is(await world.run(catching()), 3);
  world.close();
});

test("it takes the seat of wasi-js, of whose functions none is left", async () => {
  const { default: wasiJs } = (await import("wasi-js")) as unknown as {
    default: { default: new (config: object) => WasiJs };
  };
  const wasi = new wasiJs.default({ bindings: { fs: { constants: {} }, hrtime: () => 0n } });
  const world = await preview1();
  world.seat(wasi);
  assert.equal(Object.keys(wasi.wasiImport).sort(), Object.keys(world.imports[MODULE] as object).sort());
  const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: Engine };
  const { exports } = new engine.Instance(new engine.Module(catching()), { [MODULE]: wasi.wasiImport });
  assert.is(await world.start(exports), 3);
  world.close();
});

test("peers that are not accepted never reach it", async () => {
  const asked: string[] = [];
  const world = await preview1({
    listen: ["tcp://127.0.0.1:0"],
    accept: (peer) => {
      asked.push(peer.tag);
      return false;
    },
  });
  const running = world.run(program);
  const socket = net.connect(world.listeners[0]?.address.val.port as number, "127.0.0.1");
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  assert.is(error.code, "ECONNRESET");
  assert.equal(asked, ["ipv4"]);
  const ended = running.catch((thrown: Error) => thrown.message);
  world.close();
  assert.match(String(await ended), /^the host was closed while the guest was /);
});

test("what can't be listened on is said", async () => {
  for (const wrong of [
    "127.0.0.1:80",
    "udp://127.0.0.1:80",
    "tcp://example.com:80",
    "tcp://127.0.0.1:70000",
  ]) {
    const failed = await preview1({ listen: [wrong] }).catch((error: unknown) => error);
    assert.instance(failed, TypeError);
    assert.match((failed as Error).message, wrong);
  }
  const taken = net.createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as net.AddressInfo;
  const failed = await preview1({ listen: [`tcp://127.0.0.1:${port}`] }).catch((error: unknown) => error);
  assert.is((failed as Error).message, `listen on 127.0.0.1:${port}: address-in-use`);
  taken.close();
});

all("a runtime that can't suspend a program says so", async () => {
  const failed = await preview1().then(
    (world) => {
      world.close();
      return "made";
    },
    (error: Error) => error.message,
  );
  if (hasJspi) assert.is(failed, "made");
  else assert.match(failed, /suspended while it waits \(JSPI\), which takes Node 24/);
});

all.run();
