import * as assert from "uvu/assert";
import { conformance, families, type Given } from "./conformance.ts";
import type { Network, TcpSocket } from "./guest.ts";
import { outsidePeer } from "./outside.ts";
import { boundTcp, fails, failure, isReady, listener, loopback, pair, ready } from "./steps.ts";

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

/** The same while an operation was started and is not finished, whatever has become of it. */
const unfinished: typeof expected = {
  "being bound": [
    ["startBind", "concurrency-conflict"],
    ["startConnect", "concurrency-conflict"],
    ["startListen", "concurrency-conflict"],
    ["finishConnect", "not-in-progress"],
    ["finishListen", "not-in-progress"],
    ["accept", "invalid-state"],
    ["shutdown", "invalid-state"],
    ["remoteAddress", "invalid-state"],
    ["backlog", "ok"],
    ["options", "ok"],
    ["finishBind", "ok"],
  ],
  "going to listen": [
    ["startBind", "concurrency-conflict"],
    ["startConnect", "concurrency-conflict"],
    ["startListen", "concurrency-conflict"],
    ["finishBind", "not-in-progress"],
    ["finishConnect", "not-in-progress"],
    ["accept", "invalid-state"],
    ["shutdown", "invalid-state"],
    ["remoteAddress", "invalid-state"],
    ["localAddress", "ok"],
    ["backlog", "ok"],
    ["options", "ok"],
    ["finishListen", "ok"],
  ],
  connecting: [
    ["startBind", "concurrency-conflict"],
    ["startConnect", "concurrency-conflict"],
    ["startListen", "concurrency-conflict"],
    ["finishBind", "not-in-progress"],
    ["finishListen", "not-in-progress"],
    ["accept", "invalid-state"],
    ["shutdown", "invalid-state"],
    ["remoteAddress", "invalid-state"],
    ["backlog", "invalid-state"],
    ["each option", "invalid-state"],
    ["finishConnect", "would-block"],
  ],
  "connected, and not told so": [
    ["startBind", "concurrency-conflict"],
    ["startConnect", "concurrency-conflict"],
    ["startListen", "concurrency-conflict"],
    ["finishBind", "not-in-progress"],
    ["finishListen", "not-in-progress"],
    ["accept", "invalid-state"],
    ["shutdown", "invalid-state"],
    ["remoteAddress", "invalid-state"],
    ["backlog", "invalid-state"],
    ["each option", "invalid-state"],
    ["finishConnect", "ok"],
  ],
};

/** Brings sockets to where an operation is not finished. */
const begin: Readonly<Record<string, (given: Given) => Promise<TcpSocket>>> = {
  "being bound": async ({ guest, network }) => {
    const socket = await guest.createTcpSocket("ipv4");
    await socket.startBind(network, loopback());
    return socket;
  },
  "going to listen": async ({ guest }) => {
    const socket = await boundTcp(guest);
    await socket.startListen();
    return socket;
  },
  connecting: async ({ guest, network, after }) => {
    const peer = await outsidePeer("full");
    after(() => peer.stop());
    const socket = await guest.createTcpSocket("ipv4");
    await socket.startConnect(network, loopback("ipv4", peer.port));
    return socket;
  },
  "connected, and not told so": async ({ guest, network }) => {
    const server = await listener(guest);
    const socket = await guest.createTcpSocket("ipv4");
    await socket.startConnect(network, await server.localAddress());
    await ready(guest, socket);
    return socket;
  },
};

/** Asserts that no option can be asked for or set. */
async function eachOption(socket: TcpSocket): Promise<never> {
  const calls: (() => Promise<unknown>)[] = [
    () => socket.keepAliveEnabled(),
    () => socket.setKeepAliveEnabled(true),
    () => socket.keepAliveIdleTime(),
    () => socket.setKeepAliveIdleTime(1_000_000_000n),
    () => socket.keepAliveInterval(),
    () => socket.setKeepAliveInterval(1_000_000_000n),
    () => socket.keepAliveCount(),
    () => socket.setKeepAliveCount(1),
    () => socket.hopLimit(),
    () => socket.setHopLimit(1),
    () => socket.receiveBufferSize(),
    () => socket.setReceiveBufferSize(65536n),
    () => socket.sendBufferSize(),
    () => socket.setSendBufferSize(65536n),
  ];
  const outcomes = new Set<unknown>();
  for (const call of calls) outcomes.add(await failure(call()));
  assert.is(outcomes.size, 1, [...outcomes].join());
  throw [...outcomes][0];
}

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
    case "each option":
      return eachOption(socket);
    default:
      return (socket as unknown as Record<string, () => Promise<unknown>>)[call]?.() ?? Promise.resolve();
  }
}

async function performAll(
  state: string,
  outcomes: readonly [call: string, outcome: string][],
  socket: TcpSocket,
  network: Network,
): Promise<void> {
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
      await performAll(state, outcomes, socket, network);
      assert.is(await socket.addressFamily(), "ipv4");
      assert.is(await socket.isListening(), state === "listening");
      assert.is(await isReady(socket), state !== "listening");
    },
  );
}

for (const [state, outcomes] of Object.entries(unfinished)) {
  holds("A1, A2, B11, K7, L2, X1, O1, R1", `each call of a socket that is ${state}`, async (given) => {
    const socket = (await begin[state]?.(given)) as TcpSocket;
    assert.is(await socket.isListening(), false);
    assert.is(await isReady(socket), state !== "connecting");
    await performAll(state, outcomes, socket, given.network);
    assert.is(await isReady(socket), state !== "connecting" && state !== "going to listen");
    assert.is(await socket.isListening(), state === "going to listen");
  });
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
