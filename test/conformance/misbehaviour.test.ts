/**
 * Peers and guests that misbehave: what they do costs bounded memory, and harms no other guest of the process.
 * Each test has a second guest in a host of its own, which must go on being served.
 */
import type * as net from "node:net";
import * as assert from "uvu/assert";
import { setClock } from "../host/set-clock.ts";
import { conformance } from "./conformance.ts";
import type { Guest } from "./guest.ts";
import { usedMemory } from "./memory.ts";
import {
  openSockets,
  outsideClient,
  outsideDatagrams,
  outsidePeer,
  outsideServer,
  outsideSocket,
} from "./outside.ts";
import {
  accept,
  boundUdp,
  connect,
  datagrams,
  dropAll,
  dropConnection,
  fails,
  failure,
  isReady,
  listener,
  loopback,
  pair,
  readSome,
  ready,
  receiveTexts,
  send,
  sendOne,
  still,
  until,
} from "./steps.ts";

const { holds, run } = conformance("misbehaviour");

/** Asserts that a guest is served: a connection, bytes both ways, a datagram, a timer. */
async function isServed(guest: Guest): Promise<void> {
  const { client, server, listening } = await pair(guest);
  await send(client.output, "ping");
  assert.is(String(await readSome(guest, server.input, 4)), "ping");
  await send(server.output, "pong");
  assert.is(String(await readSome(guest, client.input, 4)), "pong");
  const { socket, incoming, outgoing } = await datagrams(guest);
  await sendOne(guest, outgoing, "datagram", await socket.localAddress());
  assert.equal(await receiveTexts(guest, incoming, 1), ["datagram"]);
  await dropConnection(client);
  await dropConnection(server);
  await dropAll(incoming, outgoing, socket, listening);
}

const MIB = 1 << 20;
const LINGER_MILLISECONDS = 12_345;

holds(
  "S9",
  "a peer that never reads stops the writer at its limit, and costs no more",
  async ({ guest, open, after }) => {
    const other = await open();
    const peer = await outsidePeer("mute");
    after(() => peer.stop());
    const clients = [];
    for (let i = 0; i < 4; i++) clients.push(await connect(guest, loopback("ipv4", peer.port)));
    const before = usedMemory();
    for (const { output } of clients) {
      // What the kernel takes goes through; then the permit is used up and stays so.
      let written = 0;
      for (let quiet = 0; quiet < 20; ) {
        const permit = Number(await output.checkWrite());
        if (permit > 0) await output.write(new Uint8Array(permit));
        written += permit;
        quiet = permit > 0 ? 0 : quiet + 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.is(await isReady(output), false);
      assert.ok(written > 0 && written < 64 * MIB);
    }
    // 256 KiB for each of four; the rest is what the test itself has allocated.
    assert.ok(usedMemory() - before < 8 * MIB, `${usedMemory() - before} bytes`);
    await isServed(other);
  },
);

holds(
  "S10",
  "zeroes without end to a peer that never reads are not made before they can be sent",
  async ({ guest, open, after }) => {
    const other = await open();
    const peer = await outsidePeer("mute");
    after(() => peer.stop());
    const client = await connect(guest, loopback("ipv4", peer.port));
    const before = process.memoryUsage().arrayBuffers;
    const writing = failure(client.output.blockingWriteZeroesAndFlush(2n ** 64n - 1n));
    await until(async () => (await guest.stats()).queuedBytes > 0, "the kernel takes no more");
    await still(async () => (await guest.stats()).queuedBytes);
    assert.ok(process.memoryUsage().arrayBuffers - before < 16 * MIB);
    await isServed(other);
    await guest.close();
    assert.ok(await writing);
  },
  { needs: ["blocking"] },
);

holds(
  "S1, S9",
  "a peer that sends without end is held back while the guest does not read",
  async ({ guest, open, after }) => {
    const other = await open();
    let sent = 0;
    const server = await outsideServer((socket) => {
      const piece = Buffer.alloc(65536);
      const more = (): void => {
        while (sent < 256 * MIB && socket.write(piece)) sent += piece.length;
      };
      socket.on("drain", more);
      more();
    });
    after(server.close);
    const client = await connect(guest, loopback("ipv4", server.port));
    await ready(guest, client.input);
    await still(() => sent);
    assert.ok(sent < 64 * MIB, `${sent} bytes were taken`);
    await isServed(other);
    assert.is((await readSome(guest, client.input, 1_000_000)).length, 1_000_000);
  },
);

holds(
  "L8",
  "clients without end are held by the kernel, and another guest's listener serves",
  async (given) => {
    const { guest, open, after } = given;
    const other = await open();
    const before = openSockets();
    const server = await listener(guest, loopback(), (socket) => socket.setListenBacklogSize(8n));
    const { port } = (await server.localAddress()).val;
    const clients = Array.from({ length: 200 }, () =>
      outsideSocket({ port, host: "127.0.0.1" }).on("error", () => {}),
    );
    after(() => clients.map((client) => client.destroy()));
    assert.ok((await still(() => clients.filter(({ connecting }) => !connecting).length)) > 8);
    // The clients are sockets of this process too; of the host are the listener and 8 taken ahead.
    if (before !== undefined) {
      assert.ok((openSockets() ?? 0) - before - clients.length <= 9, "no more is taken than was asked for");
    }
    await isServed(other);
    await dropConnection(await accept(guest, server));
  },
);

holds(
  "C2, L9",
  "a guest that opens sockets without end stops at its own limit, and another goes on",
  async ({ guest, open }) => {
    const other = await open({ caps: { sockets: 16 } });
    const held = [];
    for (;;) {
      const socket = await guest.createUdpSocket("ipv4").catch((error: unknown) => error);
      if (typeof socket === "string") {
        assert.is(socket, "new-socket-limit");
        break;
      }
      held.push(socket);
    }
    assert.is(held.length, 64);
    await isServed(other);
    await guest.close();
    await isServed(other);
  },
  { caps: { sockets: 64 } },
);

holds(
  "S14, C2",
  "connections that are dropped and can't deliver count until their time is over",
  async ({ guest, open, after }) => {
    const other = await open();
    const peer = await outsidePeer("mute");
    after(() => peer.stop());
    const clients: Awaited<ReturnType<typeof connect>>[] = [];
    for (let i = 0; i < 8; i++) {
      const client = await connect(guest, loopback("ipv4", peer.port));
      clients.push(client);
      for (let quiet = 0; quiet < 10; ) {
        const permit = Number(await client.output.checkWrite());
        if (permit > 0) await client.output.write(new Uint8Array(permit));
        quiet = permit > 0 ? 0 : quiet + 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    // what follows may take as long as it likes
    const clock = setClock();
    after(clock.restore);
    for (const client of clients) await dropConnection(client);
    assert.is((await guest.stats()).sockets, 8);
    await fails(guest.createTcpSocket("ipv4"), "new-socket-limit");
    await isServed(other);
    const lingering = clock.timers.filter(({ delay }) => delay === LINGER_MILLISECONDS);
    assert.is(lingering.length, 8);
    for (const timer of lingering) timer.fire();
    await until(async () => (await guest.stats()).sockets === 0, "they are cut");
    await (await guest.createTcpSocket("ipv4")).drop();
  },
  { caps: { sockets: 8, lingerMilliseconds: LINGER_MILLISECONDS } },
);

holds(
  "S2",
  "a peer that sends a byte at a time keeps nobody from being served",
  async ({ guest, open, after }) => {
    const other = await open();
    const text = "slow but sure";
    const peers: net.Socket[] = [];
    const server = await outsideServer((socket) => peers.push(socket.setNoDelay()));
    after(server.close);
    const slow = await connect(guest, loopback("ipv4", server.port));
    const reading = readSome(guest, slow.input, text.length);
    await until(() => peers.length === 1, "the peer is there");
    for (const byte of text) {
      peers[0]?.write(byte);
      await isServed(other);
    }
    assert.is(String(await reading), text);
  },
);

holds(
  "L9, S13",
  "clients that reset before, while and after they are accepted leave nothing",
  async ({ guest }) => {
    const server = await listener(guest);
    const { port } = (await server.localAddress()).val;
    for (let round = 0; round < 30; round++) {
      const client = await outsideClient(port);
      if (round % 3 === 0) client.resetAndDestroy();
      const accepting = accept(guest, server);
      if (round % 3 === 1) client.resetAndDestroy();
      const accepted = await accepting;
      if (round % 3 === 2) client.resetAndDestroy();
      await ready(guest, accepted.input);
      const error = (await failure(accepted.input.read(1n))) as { tag?: string };
      assert.match(error.tag ?? String(error), /closed|last-operation-failed/);
      await dropConnection(accepted);
    }
    await server.drop();
    await until(async () => (await guest.stats()).sockets === 0, "all close");
    assert.is((await guest.stats()).streams, 0);
  },
);

holds(
  "Y4",
  "a flood of datagrams costs what the queue may hold, and another guest's datagrams arrive",
  async ({ guest, open, after }) => {
    const other = await open();
    const outside = await outsideDatagrams();
    after(() => outside.close());
    const flooded = await boundUdp(guest);
    const { port } = (await flooded.localAddress()).val;
    const before = usedMemory();
    const piece = Buffer.alloc(8000);
    for (let batch = 0; batch < 20; batch++) {
      for (let i = 0; i < 100; i++) outside.send(piece, port, "127.0.0.1");
      await until(() => outside.getSendQueueCount() === 0, "a batch is sent");
    }
    await isServed(other);
    // 16 MB were sent; a queue keeps 1 MiB of them, in buffers that may be somewhat larger.
    assert.ok(usedMemory() - before < 10 * MIB, `${usedMemory() - before} bytes`);
    const [incoming] = await flooded.stream(undefined);
    let bytes = 0;
    for (let got = await incoming.receive(64n); got.length > 0; got = await incoming.receive(64n)) {
      for (const { data } of got) bytes += data.length;
    }
    assert.ok(bytes > 0 && bytes <= MIB, `${bytes} bytes were kept`);
  },
);

holds(
  "D9",
  "look-ups without end wait in a bounded queue of their own",
  async ({ guest, network, open }) => {
    const other = await open({ resolver: async () => ["192.0.2.1"] });
    const outcomes = new Set<unknown>();
    for (let i = 0; i < 100; i++) {
      const stream = await guest.resolveAddresses(network, `name-${i}.example`);
      outcomes.add(await stream.resolveNextAddress().catch((error: unknown) => error));
    }
    assert.equal([...outcomes].sort(), ["temporary-resolver-failure", "would-block"]);
    assert.is((await guest.stats()).lookups, 10);
    const stream = await other.resolveAddresses(await other.instanceNetwork(), "served.example");
    await ready(other, stream);
    assert.ok(await stream.resolveNextAddress());
  },
  { resolver: () => new Promise(() => {}), caps: { lookups: 2, lookupQueue: 8 }, needs: ["functions"] },
);

holds("P5", "closing one guest's host ends its waits and touches no other's", async ({ guest, open }) => {
  const doomed = await Promise.all(Array.from({ length: 5 }, () => open()));
  const { client, server } = await pair(guest);
  const waits: Promise<unknown>[] = [];
  for (const [i, each] of doomed.entries()) {
    const waiting = await pair(each);
    if (i % 2 === 0) {
      // A socket that is closed is ready, and a wait for nothing of the kind fails.
      const pollable = await waiting.client.input.subscribe();
      waits.push(pollable.block());
    } else {
      const timer = await each.subscribeDuration(3_600_000_000_000n);
      waits.push(failure(timer.block()).then((error) => assert.match(String(error), /host was closed/)));
    }
  }
  for (const each of doomed) await each.close();
  for (const wait of waits) await wait;
  for (const each of doomed) {
    await until(async () => (await each.stats()).sockets === 0, "its sockets close");
  }
  await send(client.output, "unmoved");
  assert.is(String(await readSome(guest, server.input, 7)), "unmoved");
  await isServed(guest);
});

run();
