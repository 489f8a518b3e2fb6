/** How often a call goes into the core and out of it: each crossing costs, and most carry nothing. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type AddressInfo as NodeAddress, type Socket as NodeSocket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Network } from "../../host/network/network.ts";
import { nodeNetwork } from "../../host/network/node/index.ts";

type Call = (...args: unknown[]) => unknown;
interface Engine {
  Instance: new (module: object, imports: Record<string, Record<string, Call>>) => { exports: object };
}

/** What was called since the last look: `>name` into the core, `<name` out of it. */
const crossings: string[] = [];

function counted(prefix: string, functions: object): Record<string, Call> {
  return Object.fromEntries(
    Object.entries(functions).map(([name, value]) => {
      if (typeof value !== "function") return [name, value];
      return [
        name,
        (...args: unknown[]) => {
          crossings.push(prefix + name);
          return value(...args);
        },
      ];
    }),
  );
}

// before the library is loaded, which makes its core then
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
const { Instance } = engine;
engine.Instance = class {
  readonly exports: object;
  constructor(module: object, imports: Record<string, Record<string, Call>>) {
    const from = Object.entries(imports).map(([name, functions]) => [name, counted("<", functions)]);
    this.exports = counted(">", new Instance(module, Object.fromEntries(from)).exports);
  }
};
const { AddressFamily, AddressInfo, makeSockaddr, onNetwork, Socket, SocketType } = await import(
  "../../src/index.ts"
);
const { coreHost } = await import("../../src/core.ts");
engine.Instance = Instance;

type Socket = InstanceType<typeof Socket>;

/** Lets the event loop turn until a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a call crosses, from now until it has come to its end. */
async function crossingsOf(call: () => Promise<unknown>): Promise<string[]> {
  crossings.length = 0;
  await call();
  return crossings.splice(0);
}

function atMost(most: number, seen: readonly string[]): void {
  assert.ok(seen.length <= most, `${seen.length} crossings: ${seen.join(" ")}`);
}

const open: Socket[] = [];

/** A connection of ours, and the other end of it. */
async function connection(): Promise<{ socket: Socket; peer: NodeSocket }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const arrived = once(server, "connection");
  const [socket] = await Socket.openNetIo("127.0.0.1", (server.address() as NodeAddress).port);
  const [peer] = (await arrived) as [NodeSocket];
  server.close();
  open.push(socket);
  return { socket, peer };
}

test("a message that the system takes at once", async () => {
  const { socket, peer } = await connection();
  atMost(3, await crossingsOf(() => socket.send(new Uint8Array(5))));
  peer.destroy();
});

test("a receive that waits and is woken, and one that finds bytes", async () => {
  const { socket, peer } = await connection();
  const receive = async (): Promise<string[]> => {
    const seen = crossingsOf(() => socket.receive(100));
    await turn();
    peer.write("bytes");
    return seen;
  };
  // the first also asks whether there is something, and what it is to wait for
  atMost(5, await receive());
  atMost(2, await receive());
  peer.write("bytes");
  await until(() => coreHost.stats().queuedBytes > 0);
  atMost(2, await crossingsOf(() => socket.receive(100)));
  peer.destroy();
});

test("an accept that waits and is woken", async () => {
  const listener = new Socket(AddressFamily.inet, SocketType.stream);
  await listener.bind(makeSockaddr("127.0.0.1", 0));
  await listener.listen();
  open.push(listener);
  const { port } = listener.getSocketName();
  const accept = async (): Promise<string[]> => {
    const seen = crossingsOf(async () => open.push(await listener.accept()));
    await turn();
    connect(port, "127.0.0.1").on("error", () => {});
    return seen;
  };
  atMost(5, await accept());
  atMost(2, await accept());
});

test("a datagram that waits and is woken", async () => {
  const socket = new Socket(AddressFamily.inet, SocketType.datagram);
  await socket.bind(makeSockaddr("127.0.0.1", 0));
  open.push(socket);
  const { port } = socket.getSocketName();
  const sender = createSocket("udp4");
  const receive = async (): Promise<string[]> => {
    const seen = crossingsOf(() => socket.receive(100));
    await turn();
    sender.send("bytes", port, "127.0.0.1");
    return seen;
  };
  // the list of what is there, empty at first, is the core's
  atMost(7, await receive());
  atMost(4, await receive());
  sender.close();
});

test("a look-up of a name, of an address, and of the loopback", async () => {
  atMost(5, await crossingsOf(() => AddressInfo.getAddressInfo("localhost", 80)));
  atMost(3, await crossingsOf(() => AddressInfo.getAddressInfo("127.0.0.1", 80)));
  atMost(3, await crossingsOf(() => AddressInfo.getAddressInfo(null, 80)));
});

test("datagrams that are received together", async () => {
  const socket = new Socket(AddressFamily.inet, SocketType.datagram);
  await socket.bind(makeSockaddr("127.0.0.1", 0));
  open.push(socket);
  const sender = createSocket("udp4");
  for (let i = 0; i < 5; i++) sender.send("bytes", socket.getSocketName().port, "127.0.0.1");
  await until(() => coreHost.stats().queuedBytes >= 5 * (256 + 5));
  // the list of what is there is the core's
  const seen = await crossingsOf(async () => assert.is((await socket.receiveMany(64)).length, 5));
  atMost(3, seen);
  sender.close();
});

test("a connection that has sent all is closed, and not shut down before", async () => {
  let ends = 0;
  const network: Network = {
    ...nodeNetwork,
    openTcp(from, listener, queueLimit) {
      const transport = nodeNetwork.openTcp(from, listener, queueLimit);
      const end = transport.end;
      transport.end = () => {
        ends++;
        end.call(transport);
      };
      return transport;
    },
  };
  const library = onNetwork(network);
  const listener = new library.Socket(AddressFamily.inet, SocketType.stream);
  await listener.bind(makeSockaddr("127.0.0.1", 0));
  await listener.listen();
  for (const isShutDown of [false, true]) {
    const client = new library.Socket(AddressFamily.inet, SocketType.stream);
    await client.connect(listener.getSocketName());
    const server = await listener.accept();
    await client.send(Buffer.from("all"));
    if (isShutDown) client.shutdown("write");
    await client.close();
    assert.is((await server.receive(10)).toString(), "all");
    assert.is((await server.receive(10)).length, 0);
    assert.is(ends, Number(isShutDown));
    await server.close();
  }
  await listener.close();
});

test.after(async () => {
  await Promise.all(open.map((socket) => socket.close()));
});
test.run();
