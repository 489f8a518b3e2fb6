import * as assert from "uvu/assert";
import { conformance, families } from "./conformance.ts";
import type { Network, TcpSocket } from "./guest.ts";
import { boundTcp, fails, failure, isReady, listener, loopback, pair } from "./steps.ts";

const { holds, run } = conformance("tcp-states");

/** What each call gives in each state; `ok` for success. */
const expected: Readonly<Record<string, readonly [call: string, outcome: string][]>> = {
  unbound: [
    ["finishBind", "not-in-progress"],
    ["finishConnect", "not-in-progress"],
    ["startListen", "invalid-state"],
    ["finishListen", "not-in-progress"],
    ["accept", "invalid-state"],
    ["shutdown", "invalid-state"],
    ["localAddress", "invalid-state"],
    ["remoteAddress", "invalid-state"],
    ["backlog", "ok"],
    ["options", "ok"],
  ],
  bound: [
    ["startBind", "invalid-state"],
    ["finishBind", "not-in-progress"],
    ["finishConnect", "not-in-progress"],
    ["finishListen", "not-in-progress"],
    ["accept", "invalid-state"],
    ["shutdown", "invalid-state"],
    ["localAddress", "ok"],
    ["remoteAddress", "invalid-state"],
    ["backlog", "ok"],
    ["options", "ok"],
  ],
  listening: [
    ["startBind", "invalid-state"],
    ["finishBind", "not-in-progress"],
    ["startConnect", "invalid-state"],
    ["finishConnect", "not-in-progress"],
    ["startListen", "invalid-state"],
    ["finishListen", "not-in-progress"],
    ["accept", "would-block"],
    ["shutdown", "invalid-state"],
    ["localAddress", "ok"],
    ["remoteAddress", "invalid-state"],
    ["backlog", "ok"],
    ["options", "ok"],
  ],
  connected: [
    ["startBind", "invalid-state"],
    ["finishBind", "not-in-progress"],
    ["startConnect", "invalid-state"],
    ["finishConnect", "not-in-progress"],
    ["startListen", "invalid-state"],
    ["finishListen", "not-in-progress"],
    ["accept", "invalid-state"],
    ["backlog", "invalid-state"],
    ["localAddress", "ok"],
    ["remoteAddress", "ok"],
    ["options", "ok"],
    ["shutdown", "ok"],
  ],
};

async function options(socket: TcpSocket): Promise<void> {
  await socket.setKeepAliveEnabled(await socket.keepAliveEnabled());
  await socket.setKeepAliveIdleTime(await socket.keepAliveIdleTime());
  await socket.setKeepAliveInterval(await socket.keepAliveInterval());
  await socket.setKeepAliveCount(await socket.keepAliveCount());
  await socket.setHopLimit(await socket.hopLimit());
  await socket.setReceiveBufferSize(await socket.receiveBufferSize());
  await socket.setSendBufferSize(await socket.sendBufferSize());
}

function perform(call: string, socket: TcpSocket, network: Network): Promise<unknown> {
  switch (call) {
    case "startBind":
      return socket.startBind(network, loopback());
    case "startConnect":
      return socket.startConnect(network, loopback("ipv4", 80));
    case "shutdown":
      return socket.shutdown("both");
    case "backlog":
      return socket.setListenBacklogSize(32n);
    case "options":
      return options(socket);
    default:
      return (socket as unknown as Record<string, () => Promise<unknown>>)[call]?.() ?? Promise.resolve();
  }
}

for (const [state, outcomes] of Object.entries(expected)) {
  holds(
    "A1, A2, B10, B11, K7, L1, L2, L3, L5, X1, O1, O8, C1, R1",
    `each call of a socket that is ${state}`,
    async ({ guest, network }) => {
      const { client, listening } = await pair(guest);
      const sockets: Record<string, TcpSocket> = {
        unbound: await guest.createTcpSocket("ipv4"),
        bound: await boundTcp(guest),
        listening,
        connected: client.socket,
      };
      const socket = sockets[state] as TcpSocket;
      for (const [call, outcome] of outcomes) {
        let found: unknown = "ok";
        try {
          await perform(call, socket, network);
        } catch (error) {
          found = error;
        }
        if (found instanceof Error) throw found;
        assert.is(found, outcome, `${call} of a socket that is ${state} gave ${String(found)}`);
      }
      assert.is(await socket.addressFamily(), "ipv4");
      assert.is(await socket.isListening(), state === "listening");
      assert.is(await isReady(socket), state !== "listening");
    },
  );
}

holds("C1, C3, C4", "a socket has its family from the beginning, and needs no network", async ({ guest }) => {
  for (const family of families) {
    const socket = await guest.createTcpSocket(family);
    assert.is(await socket.addressFamily(), family);
    await socket.drop();
  }
});

holds("N1", "network handles are many, each is good, and may go at any time", async ({ guest }) => {
  const networks = await Promise.all(Array.from({ length: 10 }, () => guest.instanceNetwork()));
  const socket = await guest.createTcpSocket("ipv4");
  await networks[3]?.drop();
  await socket.startBind(networks[7] as Network, loopback());
  await networks[7]?.drop();
  await socket.finishBind();
  assert.ok((await socket.localAddress()).val.port > 0);
  const server = await listener(guest);
  const client = await guest.createTcpSocket("ipv4");
  await client.startConnect(networks[0] as Network, await server.localAddress());
});

holds(
  "C2, P5",
  "more sockets than the host allows are refused, and room that is made is used",
  async ({ guest }) => {
    const sockets = await Promise.all(Array.from({ length: 4 }, () => guest.createTcpSocket("ipv4")));
    await fails(guest.createTcpSocket("ipv6"), "new-socket-limit");
    await fails(guest.createUdpSocket("ipv4"), "new-socket-limit");
    await sockets[0]?.drop();
    await (await guest.createUdpSocket("ipv4")).drop();
    await (await guest.createTcpSocket("ipv4")).drop();
  },
  { caps: { sockets: 4 } },
);

holds(
  "L9",
  "at the limit a connection can't be accepted, and is not lost",
  async ({ guest }) => {
    const server = await listener(guest);
    const client = await guest.createTcpSocket("ipv4");
    const network = await guest.instanceNetwork();
    await client.startConnect(network, await server.localAddress());
    const pollable = await server.subscribe();
    await pollable.block();
    assert.is(await failure(server.accept()), "new-socket-limit");
    const waiting = await client.subscribe();
    await waiting.block();
    await waiting.drop();
    const [input, output] = await client.finishConnect();
    await input.drop();
    await output.drop();
    await client.drop();
    for (let tries = 0; ; tries++) {
      const outcome = await server.accept().catch((error: unknown) => error);
      if (outcome !== "new-socket-limit") break;
      assert.ok(tries < 1000, "the room of the dropped socket is never free");
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.is((await guest.stats()).sockets, 2);
  },
  { caps: { sockets: 2 } },
);

run();
