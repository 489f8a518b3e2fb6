/** The standard streams of the drop-in modules, and that a guest's leavings don't keep the process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";

const test = suite("standard streams of the drop-in modules");
const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wasock-standard-"));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
mkdirSync(join(folder, "node_modules"));
symlinkSync(root, join(folder, "node_modules/wasock"));
const flavours = hasJspi ? ["sync/", ""] : ["sync/"];

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a script.
 *
 * @param input what its standard input is: a descriptor, text, or a pipe that nothing comes through and stays open
 * @param reads how many bytes of its output are read until the pipe is closed
 */
async function node(
  source: string,
  input: number | string | "silent",
  reads = Number.POSITIVE_INFINITY,
): Promise<Ended> {
  const script = join(mkdtempSync(join(folder, "script-")), "main.mjs");
  writeFileSync(script, source);
  const child = spawn(process.execPath, [script], {
    cwd: folder,
    env: { ...process.env, WASOCK_ALLOW_NET: "*", WASOCK_ALLOW_LISTEN: "*" },
    stdio: [typeof input === "number" ? input : "pipe", "pipe", "pipe"],
  });
  const ended = once(child, "close") as Promise<[number | null]>;
  const texts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (bytes: Buffer) => {
    texts.stdout += bytes;
    if (texts.stdout.length >= reads) child.stdout?.destroy();
  });
  child.stderr?.on("data", (bytes: Buffer) => {
    texts.stderr += bytes;
  });
  child.stdin?.on("error", () => {});
  if (input !== "silent") child.stdin?.end(input);
  const [code] = await ended;
  return { code, ...texts };
}

const readAll = (flavour: string): string => `
  import { stdin } from "wasock/host/${flavour}cli";
  const input = stdin.getStdin();
  let length = 0;
  try {
    for (;;) length += (await input.blockingRead(65536n)).length;
  } catch (error) {
    console.log(length, error.tag, error.val?.toDebugString() ?? "");
  }
`;

for (const flavour of flavours) {
  const name = `wasock/host/${flavour}cli`;

  test(`${name}: an input that is empty, a file, a folder, or text in a pipe comes to its end`, async () => {
    const inputs: [number | string, RegExp][] = [
      ["", /^0 closed \n$/],
      ["text", /^4 closed \n$/],
      ["x".repeat(300_000), /^300000 closed \n$/],
      [openSync("/dev/null", "r"), /^0 closed \n$/],
      [openSync(join(folder, "package.json"), "r"), /^20 closed \n$/],
      [openSync("/", "r"), /^0 last-operation-failed read: EISDIR.*\n$/],
    ];
    for (const [input, expected] of inputs) {
      const { code, stdout, stderr } = await node(readAll(flavour), input);
      if (typeof input === "number") closeSync(input);
      assert.match(stdout, expected);
      assert.is(stderr, "");
      assert.is(code, 0);
    }
  });

  test(`${name}: an output whose reader goes away is closed, and the process ends well`, async () => {
    const source = `
      import { stderr, stdout } from "wasock/host/${flavour}cli";
      const output = stdout.getStdout();
      try {
        for (;;) await output.blockingWriteAndFlush(Buffer.alloc(4096, "y"));
      } catch (error) {
        await stderr.getStderr().blockingWriteAndFlush(Buffer.from(error.tag));
      }
    `;
    const { code, stderr } = await node(source, "", 10_000);
    assert.is(stderr, "closed");
    assert.is(code, 0);
  });

  test(`wasock/host/${flavour}sockets: sockets and an input that are left open don't keep the process`, async () => {
    const source = `
      import * as sockets from "wasock/host/${flavour}sockets";
      import { stdin } from "wasock/host/${flavour}cli";
      const network = sockets.instanceNetwork.instanceNetwork();
      const any = { tag: "ipv4", val: { port: 0, address: [127, 0, 0, 1] } };
      const listener = sockets.tcpCreateSocket.createTcpSocket("ipv4");
      listener.startBind(network, any);
      listener.finishBind();
      listener.startListen();
      listener.finishListen();
      const client = sockets.tcpCreateSocket.createTcpSocket("ipv4");
      client.startConnect(network, listener.localAddress());
      const pollable = client.subscribe();
      await pollable.block();
      pollable[Symbol.dispose]();
      const [input, output] = client.finishConnect();
      const arrives = listener.subscribe();
      await arrives.block();
      arrives[Symbol.dispose]();
      const [accepted, reading] = listener.accept();
      output.checkWrite();
      output.write(Buffer.from("hello"));
      console.log(String(Buffer.from(await reading.blockingRead(100n))));
      const datagrams = sockets.udpCreateSocket.createUdpSocket("ipv4");
      datagrams.startBind(network, any);
      datagrams.finishBind();
      datagrams.stream(undefined);
      stdin.getStdin().read(1n);
      console.log("end");
    `;
    assert.equal(await node(source, "silent"), { code: 0, stdout: "hello\nend\n", stderr: "" });
  });
}

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
