/** `wasock relay` as a process, and `createRelayNetwork` to it: real servers, what the rules refuse, and clients that do what they must not. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { createRelayNetwork, runCommand, type WebSocketConstructor } from "../../host/index.ts";
import {
  connect,
  Extension,
  info,
  Kind,
  Packet,
  packet,
  parse,
  proceed,
  Reason,
} from "../../host/network/relay/packets.ts";
import { AddressFamily, type Library, NetError, onNetwork, SocketType } from "../../src/index.ts";
import { type RelayProcess, type Servers, startRelay, startServers } from "./support.ts";

interface Context {
  servers: Servers;
  relay: RelayProcess;
}

const test = suite<Context>("a relay");

test.before(async (context) => {
  context.servers = await startServers();
  const { echo, web, udp } = context.servers;
  context.relay = await startRelay(`--allow-net=localhost:${web},127.0.0.1:${echo},127.0.0.1:${udp}`);
});
test.after(async ({ servers, relay }) => {
  servers.close();
  assert.is(await relay.stop(), 0);
});

/** The library behind the relay, for the time of `work`. */
async function through(relay: RelayProcess, work: (net: Library) => Promise<void>): Promise<void> {
  const network = createRelayNetwork(relay.url, { WebSocket: WebSocket as unknown as WebSocketConstructor });
  try {
    await work(onNetwork(network));
  } finally {
    network.close();
  }
}

test("connections carry bytes both ways, and each direction has an end of its own", ({ relay, servers }) =>
  through(relay, async (net) => {
    const [socket] = await net.Socket.openNetIo("127.0.0.1", servers.echo);
    const bytes = Buffer.alloc(3_000_000, "0123456789");
    const sending = socket.send(bytes).then(() => socket.shutdown("write"));
    const pieces: Buffer[] = [];
    for (;;) {
      const piece = await socket.receive();
      if (piece.length === 0) break;
      pieces.push(piece);
    }
    await sending;
    await socket.close();
    assert.ok(Buffer.concat(pieces).equals(Buffer.concat([bytes, Buffer.from("bye")])));
  }));

test("names are looked up there, and a server is asked by HTTP", ({ relay, servers }) =>
  through(relay, async (net) => {
    const text = await net.withNetIo("localhost", servers.web, async (input, output) => {
      output.write("GET /here HTTP/1.0\r\n\r\n");
      let all = "";
      for await (const bytes of input) all += bytes;
      return all;
    });
    assert.match(String(text), /^HTTP\/1\.1 200 [\s\S]*the page \/here\n$/);
  }));

test("datagrams go and come, to several peers of one socket", ({ relay, servers }) =>
  through(relay, async (net) => {
    const info = await net.getAddressInfo("127.0.0.1", servers.udp);
    if (info === null || info.address === null) throw net.lastError();
    await using socket = new net.Socket(info.family, SocketType.datagram);
    await socket.send(Buffer.from("one"), { to: info.address });
    assert.is(String(await socket.receive()), "one!");
    await socket.connect(info.address);
    await socket.send(Buffer.from("two"));
    assert.is(String(await socket.receive()), "two!");
  }));

test("a component runs behind it", async ({ relay, servers }) => {
  const network = createRelayNetwork(relay.url, { WebSocket: WebSocket as unknown as WebSocketConstructor });
  const program = fileURLToPath(new URL("../../examples/assembly/http-get.wasi03.wasm", import.meta.url));
  const { exitCode, stdout } = await runCommand(program, {
    ...{ network, policy: { allowNet: true }, stdout: "pipe" },
    args: ["localhost", String(servers.web), "/of-a-component"],
  });
  network.close();
  assert.is(exitCode, 0);
  assert.is(Buffer.from(stdout ?? []).toString(), "the page /of-a-component\n");
});

test("what the rules don't allow, and what there is not, fails with its code", ({ relay, servers }) =>
  through(relay, async (net) => {
    const codes: string[] = [];
    for (const [host, port] of [
      ["127.0.0.1", 1],
      ["192.0.2.1", 80],
      ["nowhere.invalid", servers.web],
    ] as const) {
      const error = await net.Socket.openNetIo(host, port).catch((error: unknown) => error);
      codes.push(error instanceof NetError ? error.code : String(error));
    }
    assert.equal(codes, ["EACCES", "EACCES", "EHOSTUNREACH"]);
    const info = await net.getAddressInfo("127.0.0.1", 0);
    if (info === null) throw net.lastError();
    const refused = await net.Socket.makeListenerSocket(info).catch((error: unknown) => error);
    assert.is((refused as NetError).code, "EOPNOTSUPP");
  }));

test("nor do datagrams go there: who waits for an answer is told, and hears others still", ({
  relay,
  servers,
}) =>
  through(relay, async (net) => {
    const infos = [
      await net.getAddressInfo("127.0.0.1", 1),
      await net.getAddressInfo("127.0.0.1", servers.udp),
    ];
    const [there, here] = infos.map((info) => info?.address);
    if (!there || !here) throw net.lastError();
    for (const isConnected of [false, true]) {
      await using socket = new net.Socket(AddressFamily.inet, SocketType.datagram);
      if (isConnected) await socket.connect(there);
      await socket.send(Buffer.from("x"), isConnected ? {} : { to: there });
      const error = await socket.receive().catch((error: unknown) => error);
      assert.is((error as NetError).code, "EACCES");
      if (isConnected) continue;
      await socket.send(Buffer.from("one"), { to: here });
      assert.is(String(await socket.receive()), "one!");
    }
  }));

test("where the relay has gone, connections break, and new ones can't be made", async ({ servers }) => {
  const relay = await startRelay(`--allow-net=127.0.0.1:${servers.echo}`);
  await through(relay, async (net) => {
    const [socket] = await net.Socket.openNetIo("127.0.0.1", servers.echo);
    const receiving = socket.receive().catch((error: NetError) => error.code);
    relay.child.kill("SIGKILL");
    assert.is(await receiving, "ECONNRESET");
    await socket.close();
    const error = await net.Socket.openNetIo("127.0.0.1", servers.echo).catch(
      (error: NetError) => error.code,
    );
    assert.is(error, "EHOSTUNREACH");
  });
});

/** What a client of its own making is told, up to `count` packets. */
async function told(
  socket: WebSocket,
  count: number,
): Promise<{ type: number; stream: number; body: number[] }[]> {
  const packets: { type: number; stream: number; body: number[] }[] = [];
  for await (const [data] of eventsOf(socket)) {
    const { type, stream, body } = parse(data as Buffer) ?? { type: 0, stream: 0, body: new Uint8Array(0) };
    packets.push({ type, stream, body: [...body] });
    if (packets.length === count) break;
  }
  return packets;
}

async function* eventsOf(socket: WebSocket): AsyncGenerator<unknown[]> {
  const waiting: unknown[][] = [];
  let wake = (): void => {};
  socket.on("message", (...args: unknown[]) => {
    waiting.push(args);
    wake();
  });
  for (;;) {
    const next = waiting.shift();
    if (next !== undefined) yield next;
    else
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  }
}

test("version 1 is spoken with who asks for nothing else", async ({ relay, servers }) => {
  const socket = new WebSocket(relay.url);
  const telling = told(socket, 4);
  await once(socket, "open");
  socket.send(connect(7, Kind.tcp, "127.0.0.1", servers.echo));
  socket.send(packet(Packet.data, 7, Buffer.from("hi")));
  socket.send(connect(8, Kind.tcp, "127.0.0.1", 1));
  const packets = await telling;
  assert.equal(packets.shift(), { type: Packet.continue, stream: 0, body: [32, 0, 0, 0] });
  const of = (stream: number): unknown[] => packets.filter((each) => each.stream === stream);
  assert.equal(of(8), [{ type: Packet.close, stream: 8, body: [Reason.blocked] }]);
  assert.equal(of(7).at(-1), { type: Packet.data, stream: 7, body: [...Buffer.from("hi")] });
  socket.terminate();
});

test("pages of other origins are turned away, those of this machine are not", async ({ relay }) => {
  const statusOf = async (origin: string): Promise<string> => {
    const socket = new WebSocket(relay.url, { origin });
    const [response] = await Promise.race([
      once(socket, "open").then(() => [{ statusCode: 101 }]),
      once(socket, "unexpected-response").then(([, response]) => [response]),
    ]);
    socket.on("error", () => {}).terminate();
    return `${origin} ${response.statusCode}`;
  };
  for (const [origin, status] of [
    ["https://elsewhere.example", 403],
    ["null", 403],
    ["https://localhost.elsewhere.example", 403],
    ["http://localhost:8080", 101],
    ["http://127.0.0.1", 101],
    ["http://[::1]:1", 101],
  ] as const)
    assert.is(await statusOf(origin), `${origin} ${status}`);
});

/** A client that sends packets and is closed; the code. */
async function closedAfter(
  url: string,
  version: "wisp-v2" | undefined,
  packets: readonly Uint8Array[],
): Promise<number> {
  const socket = new WebSocket(url, version === undefined ? [] : [version]);
  socket.on("error", () => {});
  await once(socket, "open");
  for (const bytes of packets) socket.send(bytes);
  const [code] = (await once(socket, "close")) as [number];
  return code;
}

test("who doesn't keep to the protocol is cut off, and nobody else notices", async ({ relay, servers }) => {
  const open = connect(1, Kind.tcp, "127.0.0.1", servers.echo);
  const bad: readonly [string, "wisp-v2" | undefined, readonly Uint8Array[], number][] = [
    ["too short", undefined, [Buffer.from([1, 2])], 1002],
    ["no such type", undefined, [packet(99, 1, [])], 1002],
    ["the number 0", undefined, [connect(0, Kind.tcp, "127.0.0.1", 1)], 1002],
    ["a number twice", undefined, [open, open], 1002],
    ["no INFO", "wisp-v2", [open], 1002],
    ["an INFO that is cut off", "wisp-v2", [packet(Packet.info, 0, [2, 0, 1, 255, 255, 255, 255])], 1002],
    ["two INFOs", "wisp-v2", [info([]), info([])], 1002],
    ["too large a packet", undefined, [packet(Packet.data, 1, new Uint8Array(2 ** 20 + 1))], 1009],
    [
      "more than it may",
      undefined,
      [open, ...Array.from({ length: 3000 }, () => packet(Packet.data, 1, new Uint8Array(1000)))],
      1002,
    ],
  ];
  for (const [name, version, packets, code] of bad)
    assert.is(await closedAfter(relay.url, version, packets), code, name);
  const text = new WebSocket(relay.url);
  await once(text, "open");
  text.send("text");
  assert.is(((await once(text, "close")) as [number])[0], 1003);
  await through(relay, async (net) => {
    const [socket] = await net.Socket.openNetIo("127.0.0.1", servers.echo);
    await socket.send(Buffer.from("still there"));
    assert.is(String(await socket.receive()), "still there");
    await socket.close();
  });
});

test("a client that opens more than it may, and goes, leaves nothing open", async ({ relay, servers }) => {
  if (!existsSync("/proc/self/fd")) return;
  // until what the tests before have left is closed
  const before = await settled(() => relay.descriptors());
  const socket = new WebSocket(relay.url, "wisp-v2");
  const throttled = new Promise<void>((resolve) => {
    socket.on("message", (data: Buffer) => {
      const { type, body } = parse(data) ?? {};
      if (type === Packet.close && body?.[0] === Reason.throttled) resolve();
    });
  });
  await once(socket, "open");
  socket.send(info([Extension.openConfirmation, Extension.halfClose]));
  for (let id = 1; id <= 400; id++) socket.send(connect(id, Kind.tcp, "127.0.0.1", servers.echo));
  // one that is never read from, and never reads
  socket.send(proceed(1, 0));
  await throttled;
  assert.ok(relay.descriptors() - before <= 300, "no more than it may");
  socket.terminate();
  await settled(() => relay.descriptors(), before);
});

/** What a number comes to when it doesn't change any more, or is as it should be; it is looked at in turns of a busy machine. */
async function settled(look: () => number, wanted?: number): Promise<number> {
  let last = look();
  for (let same = 0; same < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = look();
    if (wanted !== undefined) {
      if (now <= wanted) return now;
    } else {
      same = now === last ? same + 1 : 0;
    }
    last = now;
  }
  return last;
}

test("what is no WebSocket is told what this is", async ({ relay }) => {
  const response = await fetch(relay.url.replace("ws:", "http:"));
  assert.is(response.status, 426);
  assert.match(await response.text(), /^This is a relay/);
  const raw = connectTcp(relay.port, "127.0.0.1");
  raw.end("nonsense\r\n\r\n");
  raw.resume();
  await once(raw, "close");
});

test.run();
