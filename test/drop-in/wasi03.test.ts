/**
 * The modules that `jco transpile --map` puts in the place of preview3-shim's: a component of WASI 0.3 under jco's glue, and
 * what the glue is given.
 */
import "../cli/cached-asc.ts";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hasJspi } from "../../host/runtime/features.ts";
import { buildIn } from "../cli/build-in.ts";

const test = suite("drop-in modules for WASI 0.3");
// jco's glue suspends a guest whatever it is
const underJco = hasJspi ? test : test.skip;
const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wasock-drop-in-"));
const PACKAGES = ["sockets", "clocks", "cli", "filesystem", "random"];

writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
mkdirSync(join(folder, "node_modules"));
symlinkSync(root, join(folder, "node_modules/wasock"));
test.after(() => rmSync(folder, { recursive: true }));

/** Runs a script in the project, until it has printed a line: that line. */
async function node(source: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  writeFileSync(join(folder, "main.mjs"), source);
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("WASOCK_"));
  const child = spawn(process.execPath, ["main.mjs"], {
    cwd: folder,
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const end = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    // jco's glue keeps timers behind the end of its program
    child.kill();
    await end;
    return line;
  }
  throw new Error(`it has printed nothing, and has ended: ${await end}`);
}

const ASK = `import { args, close, errorName, lastError, openNetIo, print } from "wasock/assembly";

function ask(port: string): string {
  const io = openNetIo("127.0.0.1", port);
  if (!io) return errorName(lastError());
  io.output.writeString("hello");
  io.output.close();
  const answer = String.UTF8.decode(io.input.readAll().buffer);
  close(io.socket);
  return answer;
}

print(ask(args()[1]));
`;

underJco("a component reaches a server where that is granted", async () => {
  writeFileSync(join(folder, "ask.ts"), ASK);
  const built = await buildIn(folder, "ask.ts", "--wasi", "0.3", "-o", "ask.wasm");
  assert.is(built.status, 0, built.stderr);
  const maps = PACKAGES.flatMap((name) => ["--map", `wasi:${name}/*@0.3.0=wasock/host/wasi03/${name}#*`]);
  const jco = join(root, "node_modules/.bin/jco");
  const args = [jco, "transpile", join(folder, "ask.wasm"), "-o", join(folder, "ask"), "--quiet", ...maps];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.is(status, 0, stderr);
  assert.not.match(readFileSync(join(folder, "ask/ask.js"), "utf8"), /preview\d-shim/);
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as { port: number };
    const source = `
      import { _setArgs } from "wasock/host/wasi03/cli";
      _setArgs(["ask", "${port}"]);
      const { run } = await import("./ask/ask.js");
      await run.run();
    `;
    assert.is(await node(source, { WASOCK_ALLOW_NET: `127.0.0.1:${port}` }), "hello");
    assert.is(await node(source), "EACCES");
  } finally {
    server.close();
  }
});

test("streams are given, and taken as the glue has them, and what fails is thrown", async () => {
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data/a.txt"), "contents");
  const source = `
    import { types as sockets, ipNameLookup } from "wasock/host/wasi03/sockets";
    import { _addPreopen, preopens } from "wasock/host/wasi03/filesystem";
    import { monotonicClock, systemClock } from "wasock/host/wasi03/clocks";
    import { random } from "wasock/host/wasi03/random";
    const told = [];
    const at = (port) => ({ tag: "ipv4", val: { port, address: [127, 0, 0, 1] } });
    const listener = sockets.TcpSocket.create("ipv4");
    listener.bind(at(0));
    const arrivals = listener.listen()[Symbol.asyncIterator]();
    const client = sockets.TcpSocket.create("ipv4");
    await client.connect(listener.getLocalAddress());
    const { value: peer } = await arrivals.next();
    told.push(peer instanceof sockets.TcpSocket, peer.getIsListening());
    // as the glue's: it is read by how much is wanted, or one at a time where it is iterated
    const pieces = [[104, 105], 33, new Uint8Array([10])];
    const given = {
      async read({ count }) {
        const value = count > 1 ? pieces.shift() : undefined;
        return value === undefined ? { done: true } : { done: false, value };
      },
      [Symbol.asyncIterator]: () => { throw new Error("it is read byte by byte"); },
      [Symbol.dispose]() {},
    };
    const sent = client.send(given);
    const [stream, received] = peer.receive();
    let text = "";
    for await (const bytes of stream) text += Buffer.from(bytes);
    told.push(text, await sent, await received);
    await arrivals.return();
    const refused = sockets.TcpSocket.create("ipv4");
    try { await refused.connect(at(9)); } catch (error) { told.push(error.tag); }
    try { listener.bind(at(0)); } catch (error) { told.push(error.tag); }
    const udp = sockets.UdpSocket.create("ipv4");
    udp.bind(at(0));
    await udp.send(new Uint8Array([7]), udp.getLocalAddress());
    const [datagram, from] = await udp.receive();
    told.push([...datagram], from.val.port === udp.getLocalAddress().val.port);
    told.push((await ipNameLookup.resolveAddresses("127.0.0.1"))[0]);
    _addPreopen("/data", ${JSON.stringify(join(folder, "data"))});
    const [[folder, path]] = preopens.getDirectories();
    const [entries, listed] = folder.readDirectory();
    const names = [];
    for await (const { name } of entries) names.push(name);
    told.push(path, names, await listed);
    const file = await folder.openAt({}, "a.txt", {}, { read: true });
    const [contents] = file.readViaStream(0n);
    text = "";
    for await (const bytes of contents) text += Buffer.from(bytes);
    told.push(text);
    for (const each of [listener, client, peer, refused, udp, file]) each[Symbol.dispose]();
    const before = monotonicClock.now();
    await monotonicClock.waitFor(1_000_000n);
    told.push(monotonicClock.now() - before >= 1_000_000n, typeof systemClock.now().seconds);
    told.push(random.getRandomBytes(8n).length);
    console.log(JSON.stringify(told));
  `;
  const env = { WASOCK_ALLOW_NET: "127.0.0.1:1024-65535", WASOCK_ALLOW_LISTEN: "127.0.0.1" };
  const ok = { tag: "ok" };
  assert.equal(JSON.parse(await node(source, env)), [
    ...[true, false, "hi!\n", ok, ok, "access-denied", "invalid-state", [7], true],
    { tag: "ipv4", val: [127, 0, 0, 1] },
    ...["/data", ["a.txt"], ok, "contents", true, "bigint", 8],
  ]);
});

test.run();
