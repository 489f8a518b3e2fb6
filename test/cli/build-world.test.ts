/** `wasock build --wasi 0.3 --wit … --world …`: a component with exports of its own, async ones among them. */
import "./cached-asc.ts";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { allowAll, instantiate } from "../../host/index.ts";
import { until } from "../host/support.ts";
import { findWasmtimeCommand } from "../sides/wasmtime.ts";
import { buildIn, project } from "./build-in.ts";

const WIT = `package test:plugin@0.1.0;
interface api {
  double: func(number: u32) -> u32;
  ask: async func(port: u16, text: string) -> result<string, u32>;
  calls: func() -> u32;
}
world plugin {
  include wasi:cli/imports@0.3.0;
  export api;
}
`;

/** `ask` sends a text to a port of this machine, and gives what is sent back until the end; or an errno. */
const SOURCE = `import { close, lastError, openNetIo } from "wasock/assembly";
import { freeList, liftString, lowerString } from "wasock/assembly/abi";

let calls: u32 = 0;

@witExport("test:plugin/api@0.1.0#double")
export function double(number: u32): u32 {
  return 2 * number;
}

@witExport("test:plugin/api@0.1.0#calls")
export function count(): u32 {
  return calls;
}

@external("[export]test:plugin/api@0.1.0", "[task-return]ask")
declare function returnAsk(failed: i32, value: usize, length: u32): void;

@witExport("[async-lift]test:plugin/api@0.1.0#ask")
export function ask(port: u32, text: usize, length: usize): void {
  calls++;
  const words = liftString(text, length);
  const io = openNetIo("127.0.0.1", port.toString());
  if (!io) return returnAsk(1, -lastError(), 0);
  io.output.writeString(words);
  io.output.close();
  const answer = io.input.readAll();
  close(io.socket);
  const at = heap.alloc(8);
  lowerString(at, String.UTF8.decode(answer.buffer));
  returnAsk(0, load<usize>(at), load<u32>(at, 4));
  freeList(at);
  heap.free(at);
}
`;

interface Api {
  double(number: number): number;
  calls(): number;
  ask(port: number, text: string): Promise<string>;
}

async function echo(): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

test("its async functions wait without their instance being suspended, and others are answered meanwhile", async () => {
  const held: (() => void)[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    held.push(() => socket.pipe(socket));
    server.emit("held");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  try {
    await project({ "main.ts": SOURCE, "a.wit": WIT }, async (folder) => {
      const built = await buildIn(
        folder,
        ...["main.ts", "--wasi", "0.3", "--wit", "a.wit", "--world", "plugin", "-o", "app.wasm"],
      );
      assert.is(built.status, 0, built.stderr);
      assert.not.match(readFileSync(join(folder, "app.wasm"), "latin1"), /@0\.2\./);
      const { exports, close, stats } = await instantiate<{ api: Api }>(join(folder, "app.wasm"), {
        policy: allowAll,
      });
      const { api } = exports;
      const first = api.ask(port, "one");
      const second = api.ask(port, "two");
      await once(server, "held");
      assert.is(api.double(21), 42, "a call while another waits");
      assert.is(api.calls(), 1, "the second has to wait for the first");
      held.shift()?.();
      assert.is(await first, "one");
      await once(server, "held");
      held.shift()?.();
      assert.is(await second, "two");
      assert.is(api.calls(), 2);
      // the last of them is closed when its peer has closed too
      await until(() => stats().sockets === 0, "no socket is left");
      await close();
    });
  } finally {
    server.close();
  }
});

test("what isn't async is refused to wait, and a result that is returned is a mistake", async () => {
  const waits = SOURCE.replace(
    "return 2 * number;",
    'return openNetIo("127.0.0.1", number.toString()) ? 1 : 0;',
  );
  const returns = SOURCE.replace("length: usize): void {", "length: usize): u32 {")
    .replace("return returnAsk(1, -lastError(), 0);", "return 1;")
    .replace(/heap\.free\(at\);\n\}/, "heap.free(at);\n  return 0;\n}");
  const server = await echo();
  const { port } = server.address() as AddressInfo;
  try {
    await project({ "waits.ts": waits, "returns.ts": returns, "a.wit": WIT }, async (folder) => {
      const args = ["--wasi", "0.3", "--wit", "a.wit", "--world", "plugin", "-o", "app.wasm"];
      const wrong = await buildIn(folder, "returns.ts", ...args);
      assert.match(
        wrong.stderr,
        /async-lift\]test:plugin\/api@0\.1\.0#ask.*gives its result by \[task-return\]/,
      );
      assert.is((await buildIn(folder, "waits.ts", ...args)).status, 0);
      const stderr = new PassThrough();
      const said = text(stderr);
      const { exports, close } = await instantiate<{ api: Api }>(join(folder, "app.wasm"), {
        ...{ policy: allowAll, stderr },
      });
      assert.throws(() => exports.api.double(port));
      await close();
      stderr.end();
      assert.match(await said, /a function that is not async would have to wait/);
    });
  } finally {
    server.close();
  }
});

const found = findWasmtimeCommand();
const inWasmtime = "reason" in found ? test.skip : test;

inWasmtime("such a component runs in Wasmtime", async () => {
  const server = await echo();
  const { port } = server.address() as AddressInfo;
  try {
    await project({ "main.ts": SOURCE, "a.wit": WIT }, async (folder) => {
      const args = ["main.ts", "--wasi", "0.3", "--wit", "a.wit", "--world", "plugin", "-o", "app.wasm"];
      assert.is((await buildIn(folder, ...args)).status, 0);
      const { command } = found as { command: string };
      const call = ["--invoke", `ask(${port}, "there")`, join(folder, "app.wasm")];
      const child = spawn(command, ["run", "-S", "inherit-network", ...call]);
      assert.is(await text(child.stdout), 'ok("there")\n');
    });
  } finally {
    server.close();
  }
});

test.run();
