/** Another implementation of Wisp, as a client of our relay, and as a relay of our client. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { createRelayNetwork, type WebSocketConstructor } from "../../host/index.ts";
import { NetError, onNetwork, SocketType } from "../../src/index.ts";
import { type Servers, startRelay, startServers } from "./support.ts";

const test = suite<{ servers: Servers }>("wisp-js");

/** What is used of it; it has no types. */
interface Wisp {
  readonly client: { readonly ClientConnection: new (url: string, options: object) => Connection };
  readonly server: {
    readonly options: Record<string, unknown>;
    routeRequest(request: unknown, socket: unknown, head: unknown, options: object): void;
  };
  readonly logging: { set_level(level: unknown): void; readonly NONE: unknown };
}

interface Connection {
  onopen: () => void;
  create_stream(host: string, port: number, type: "tcp" | "udp"): Stream;
  close(): void;
}

interface Stream {
  onmessage: (bytes: Uint8Array) => void;
  onclose: (reason: number) => void;
  send(bytes: Uint8Array): void;
}

async function load(path: string): Promise<Wisp> {
  return (await import(path)) as Wisp;
}

test.before(async (context) => {
  context.servers = await startServers();
});
test.after(({ servers }) => servers.close());

test("its client talks through our relay, by either version", async ({ servers }) => {
  const { client } = await load("@mercuryworkshop/wisp-js/client");
  const relay = await startRelay(`--allow-net=127.0.0.1:${servers.echo},127.0.0.1:${servers.udp}`);
  for (const version of [1, 2]) {
    const connection = new client.ClientConnection(relay.url, { wisp_version: version });
    await new Promise<void>((resolve) => {
      connection.onopen = resolve;
    });
    const heard = async (
      port: number,
      type: "tcp" | "udp",
      sent: Buffer,
      length: number,
    ): Promise<string> => {
      const stream = connection.create_stream("127.0.0.1", port, type);
      let text = "";
      const all = new Promise<void>((resolve) => {
        stream.onmessage = (bytes) => {
          text += Buffer.from(bytes);
          if (text.length >= length) resolve();
        };
        stream.onclose = (reason) => {
          text += `closed ${reason}`;
          resolve();
        };
      });
      for (let at = 0; at < sent.length; at += 1000) stream.send(sent.subarray(at, at + 1000));
      await all;
      return text;
    };
    const long = Buffer.alloc(500_000, "0123456789");
    assert.ok((await heard(servers.echo, "tcp", long, long.length)) === String(long), "many packets");
    assert.is(await heard(servers.udp, "udp", Buffer.from("hello"), 6), "hello!");
    assert.is(await heard(1, "tcp", Buffer.from("?"), 100), `closed ${0x48}`);
    connection.close();
  }
  await relay.stop();
});

test("our client talks through its relay, by either version", async ({ servers }) => {
  const { server, logging } = await load("@mercuryworkshop/wisp-js/server");
  logging.set_level(logging.NONE);
  Object.assign(server.options, { allow_loopback_ips: true, allow_private_ips: true });
  for (const version of [1, 2]) {
    const http = createServer();
    http.on("upgrade", (request, socket, head) =>
      server.routeRequest(request, socket, head, { wisp_version: version }),
    );
    await once(http.listen(0, "127.0.0.1"), "listening");
    const { port } = http.address() as AddressInfo;
    const network = createRelayNetwork(`ws://127.0.0.1:${port}/`, {
      WebSocket: WebSocket as unknown as WebSocketConstructor,
    });
    const net = onNetwork(network);
    const [socket] = await net.Socket.openNetIo("127.0.0.1", servers.echo);
    const bytes = Buffer.alloc(500_000, "0123456789");
    const sending = socket.send(bytes);
    const pieces: Buffer[] = [];
    for (let length = 0; length < bytes.length; ) {
      const piece = await socket.receive();
      length += piece.length;
      pieces.push(piece);
    }
    await sending;
    assert.ok(Buffer.concat(pieces).equals(bytes));
    await socket.close();

    const info = await net.getAddressInfo("127.0.0.1", servers.udp);
    if (info === null || info.address === null) throw net.lastError();
    const datagrams = new net.Socket(info.family, SocketType.datagram);
    await datagrams.connect(info.address);
    await datagrams.send(Buffer.from("hello"));
    assert.is(String(await datagrams.receive()), "hello!");
    await datagrams.close();

    const [refused] = await net.Socket.openNetIo("127.0.0.1", 1);
    const error = await refused.receive().catch((error: unknown) => error);
    assert.ok(error instanceof NetError, "it says only later that nobody listens");
    await refused.close();
    network.close();
    http.closeAllConnections();
    http.close();
  }
});

test.run();
