import * as assert from "uvu/assert";
import { freePort } from "../peers/ports.ts";
import { conformance, families } from "./conformance.ts";
import { outsidePeer, outsideServer } from "./outside.ts";
import {
  accept,
  anywhere,
  at,
  boundTcp,
  connect,
  dropAll,
  dropConnection,
  fails,
  failure,
  isReady,
  listener,
  loopback,
  loopbackText,
  pair,
  readSome,
  ready,
  send,
  until,
} from "./steps.ts";

const { holds, run } = conformance("tcp-connect");

for (const family of families) {
  holds(
    "K1, K2, K3, K4, K5",
    `${family}: wildcard, port 0, the other family, multicast and mapped peers are invalid, again and again`,
    async ({ guest, network }) => {
      const server = await listener(guest, loopback(family));
      const socket = await guest.createTcpSocket(family);
      const impossible =
        family === "ipv4"
          ? [at("255.255.255.255", 80), at("224.254.0.0", 80), loopback("ipv6", 80)]
          : [at("ff00::", 80), loopback("ipv4", 80), at("::ffff:127.0.0.1", 80), at("::127.0.0.1", 80)];
      for (const address of [anywhere(family, 80), loopback(family, 0), ...impossible, ...impossible]) {
        await fails(socket.startConnect(network, address), "invalid-argument");
        await fails(socket.finishConnect(), "not-in-progress");
      }
      await dropConnection(await connect(guest, await server.localAddress(), socket));
    },
  );

  holds("K6", `${family}: a socket that is bound connects from its port`, async ({ guest }) => {
    const server = await listener(guest, loopback(family));
    const socket = await boundTcp(guest, loopback(family));
    const local = await socket.localAddress();
    const client = await connect(guest, await server.localAddress(), socket);
    const accepted = await accept(guest, server);
    assert.equal(await accepted.socket.remoteAddress(), local);
    assert.equal(await client.socket.localAddress(), local);
    assert.equal(await client.socket.remoteAddress(), await server.localAddress());
  });

  holds(
    "K11",
    `${family}: an unbound socket gets a port, which its peer sees too`,
    async ({ guest, after }) => {
      let seen = 0;
      const server = await outsideServer((socket) => {
        seen = socket.remotePort ?? 0;
        socket.end("x");
      }, loopbackText(family));
      after(server.close);
      const client = await connect(guest, loopback(family, server.port));
      await readSome(guest, client.input);
      assert.equal(await client.socket.localAddress(), loopback(family, seen));
    },
  );

  holds("K8, K9", `${family}: nobody listens: refused, and the socket is closed for good`, async (given) => {
    const { guest, network } = given;
    const nobody = loopback(family, await freePort());
    const socket = await guest.createTcpSocket(family);
    await socket.startConnect(network, nobody);
    await ready(guest, socket);
    await fails(socket.finishConnect(), "connection-refused");
    for (const call of [
      () => socket.startConnect(network, nobody),
      () => socket.startBind(network, loopback(family)),
      () => socket.startListen(),
      () => socket.accept(),
      () => socket.localAddress(),
      () => socket.remoteAddress(),
      () => socket.shutdown("both"),
      () => socket.setListenBacklogSize(1n),
      () => socket.keepAliveEnabled(),
      () => socket.setKeepAliveEnabled(true),
      () => socket.keepAliveIdleTime(),
      () => socket.hopLimit(),
      () => socket.setHopLimit(5),
      () => socket.receiveBufferSize(),
      () => socket.setSendBufferSize(65536n),
    ]) {
      await fails(call(), "invalid-state");
    }
    await fails(socket.finishConnect(), "not-in-progress");
    assert.is(await socket.addressFamily(), family);
    assert.is(await socket.isListening(), false);
    assert.is(await isReady(socket), true);
    await socket.drop();
    await until(async () => (await guest.stats()).sockets === 0, "the socket closes");
  });
}

holds(
  "K7",
  "listening or connected, a connect is a wrong state; none to finish is told as such",
  async (given) => {
    const { guest, network } = given;
    const { client, server, listening } = await pair(guest);
    for (const socket of [listening, client.socket, server.socket]) {
      await fails(socket.startConnect(network, await listening.localAddress()), "invalid-state");
      await fails(socket.startConnect(network, anywhere("ipv4", 0)), "invalid-state");
    }
    const unbound = await guest.createTcpSocket("ipv4");
    for (const socket of [unbound, await boundTcp(guest), listening, client.socket, server.socket]) {
      await fails(socket.finishConnect(), "not-in-progress");
    }
  },
);

holds("K8", "a port that is taken for the same peer shows when connecting", async ({ guest, network }) => {
  const { client, listening } = await pair(guest);
  const socket = await guest.createTcpSocket("ipv4");
  // The port is a connection's and nobody listens on it, so that binding succeeds (SO_REUSEADDR).
  const taken = await client.socket.localAddress();
  const error = await failure(
    (async () => {
      await socket.startBind(network, taken);
      await socket.finishBind();
      await socket.startConnect(network, await listening.localAddress());
      await ready(guest, socket);
      await socket.finishConnect();
    })(),
  );
  assert.ok(error === "address-in-use" || error === "address-not-bindable", String(error));
});

holds(
  "K10, O13, R1",
  "who does not answer keeps the connect pending: it would block, and options are out of reach",
  async ({ guest, network, after }) => {
    const peer = await outsidePeer("full");
    after(() => peer.stop());
    const socket = await guest.createTcpSocket("ipv4");
    const pollable = await socket.subscribe();
    assert.is(await pollable.ready(), true);
    await socket.startConnect(network, loopback("ipv4", peer.port));
    assert.is(await pollable.ready(), false);
    const timer = await guest.subscribeDuration(100_000_000n);
    assert.equal(Array.from(await guest.poll([pollable, timer])), [1]);
    await fails(socket.finishConnect(), "would-block");
    for (const call of [
      () => socket.keepAliveEnabled(),
      () => socket.setKeepAliveEnabled(true),
      () => socket.setKeepAliveIdleTime(1n),
      () => socket.setKeepAliveInterval(1n),
      () => socket.setKeepAliveCount(1),
      () => socket.hopLimit(),
      () => socket.setReceiveBufferSize(65536n),
      () => socket.sendBufferSize(),
      () => socket.setListenBacklogSize(5n),
      () => socket.remoteAddress(),
      () => socket.shutdown("both"),
      () => socket.accept(),
    ]) {
      await fails(call(), "invalid-state");
    }
    await fails(socket.startConnect(network, loopback("ipv4", 1)), "concurrency-conflict");
    await dropAll(timer, pollable, socket);
    assert.is((await guest.stats()).pollables, 0);
  },
);

holds("K10", "the streams of a connection are its children", async ({ guest }) => {
  const { client } = await pair(guest);
  const error = await failure(client.socket.drop());
  assert.instance(error, Error);
  assert.match((error as Error).message, /has children/);
});

holds(
  "K12, S12",
  "a hundred connections in a row, each with bytes before it is accepted",
  async ({ guest }) => {
    for (const family of families) {
      const server = await listener(guest, loopback(family));
      for (let i = 0; i < 100; i++) {
        const client = await connect(guest, await server.localAddress());
        await send(client.output, "Hello, world!");
        const accepted = await accept(guest, server);
        assert.is(String(await readSome(guest, accepted.input, 13)), "Hello, world!");
        await dropConnection(client);
        await dropConnection(accepted);
      }
      await server.drop();
    }
  },
);

run();
