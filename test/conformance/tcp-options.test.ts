import * as assert from "uvu/assert";
import { createHost } from "../../host/host.ts";
import { conformance } from "./conformance.ts";
import type { Guest, TcpSocket } from "./guest.ts";
import { kernelOptions } from "./outside.ts";
import { accept, boundTcp, connect, dropConnection, fails, listener, loopback, pair } from "./steps.ts";

const { holds, run } = conformance("tcp-options");

const SECOND = 1_000_000_000n;
const LARGEST = 2n ** 64n - 1n;

/** What Node alone can't hand on to the kernel is asked of it only where the host says that it does. */
const reaches = createHost().fidelity();
const hasProbes = reaches["tcp.keep-alive-interval"] === "kernel";
const hasRest = reaches["tcp.hop-limit"] === "kernel" && reaches["tcp.send-buffer-size"] === "kernel";
if (!hasRest)
  console.log("hop limit and buffer sizes of TCP are only remembered here: koffi is not installed");

/** A socket in each state that has options. */
async function everyState(guest: Guest): Promise<TcpSocket[]> {
  const { client, server, listening } = await pair(guest);
  const unbound = await guest.createTcpSocket("ipv4");
  return [unbound, await boundTcp(guest), listening, client.socket, server.socket];
}

/** Sets every option, each to a value of its own. */
async function setAll(socket: TcpSocket, number: number, buffers: bigint, enabled: boolean): Promise<void> {
  await socket.setKeepAliveEnabled(enabled);
  await socket.setKeepAliveIdleTime(BigInt(number) * SECOND);
  await socket.setKeepAliveInterval(BigInt(number + 1) * SECOND);
  await socket.setKeepAliveCount(number + 2);
  await socket.setHopLimit(number + 3);
  await socket.setReceiveBufferSize(buffers);
  await socket.setSendBufferSize(buffers * 2n);
}

async function getAll(socket: TcpSocket): Promise<unknown[]> {
  return [
    await socket.keepAliveEnabled(),
    await socket.keepAliveIdleTime(),
    await socket.keepAliveInterval(),
    await socket.keepAliveCount(),
    await socket.hopLimit(),
    await socket.receiveBufferSize(),
    await socket.sendBufferSize(),
  ];
}

function valuesOf(number: number, buffers: bigint, enabled: boolean): unknown[] {
  const seconds = BigInt(number) * SECOND;
  return [enabled, seconds, seconds + SECOND, number + 2, number + 3, buffers, buffers * 2n];
}

holds("O1, O6", "every option is read back as it was set, in every state", async ({ guest }) => {
  for (const socket of await everyState(guest)) {
    for (const enabled of [true, false]) {
      await setAll(socket, 42, 65536n, enabled);
      assert.equal(await getAll(socket), valuesOf(42, 65536n, enabled));
    }
  }
});

holds("O2", "the defaults are above 0", async ({ guest }) => {
  for (const socket of await everyState(guest)) {
    const [, ...rest] = await getAll(socket);
    for (const value of rest) assert.ok((value as number | bigint) > 0, String(value));
  }
});

holds("O3", "zero is not a value of any option, and changes none", async ({ guest }) => {
  for (const socket of await everyState(guest)) {
    await setAll(socket, 42, 65536n, true);
    for (const call of [
      socket.setKeepAliveIdleTime(0n),
      socket.setKeepAliveInterval(0n),
      socket.setKeepAliveCount(0),
      socket.setHopLimit(0),
      socket.setReceiveBufferSize(0n),
      socket.setSendBufferSize(0n),
    ]) {
      await fails(call, "invalid-argument");
    }
    assert.equal(await getAll(socket), valuesOf(42, 65536n, true));
  }
  await fails((await boundTcp(guest)).setListenBacklogSize(0n), "invalid-argument");
  await fails((await listener(guest)).setListenBacklogSize(0n), "invalid-argument");
});

holds("O4, O5, O7", "the extremes are taken, and cut to what the kernel can do", async ({ guest }) => {
  for (const socket of await everyState(guest)) {
    await socket.setKeepAliveIdleTime(1n);
    await socket.setKeepAliveInterval(1n);
    await socket.setKeepAliveCount(1);
    await socket.setHopLimit(1);
    assert.is(await socket.keepAliveIdleTime(), SECOND);
    assert.is(await socket.keepAliveInterval(), SECOND);
    assert.is(await socket.keepAliveCount(), 1);
    assert.is(await socket.hopLimit(), 1);
    await socket.setKeepAliveIdleTime(LARGEST);
    await socket.setKeepAliveInterval(LARGEST);
    await socket.setKeepAliveCount(0xffff_ffff);
    await socket.setHopLimit(255);
    assert.is(await socket.keepAliveIdleTime(), 32767n * SECOND);
    assert.is(await socket.keepAliveInterval(), 32767n * SECOND);
    assert.is(await socket.keepAliveCount(), 127);
    assert.is(await socket.hopLimit(), 255);
    for (const size of [1n, LARGEST]) {
      await socket.setReceiveBufferSize(size);
      await socket.setSendBufferSize(size);
      assert.ok((await socket.receiveBufferSize()) > 0n && (await socket.sendBufferSize()) > 0n);
    }
  }
});

holds("O4", "the extremes of the backlog are taken, and the listener works", async ({ guest }) => {
  for (const backlog of [1n, LARGEST]) {
    const server = await listener(guest, loopback(), (socket) => socket.setListenBacklogSize(backlog));
    await server.setListenBacklogSize(backlog);
    const client = await connect(guest, await server.localAddress());
    await dropConnection(await accept(guest, server));
    await dropConnection(client);
    await server.drop();
  }
});

holds("O9, O10, O11", "an accepted socket has the listener's options, and keeps them", async ({ guest }) => {
  const unbound = await guest.createTcpSocket("ipv4");
  const network = await guest.instanceNetwork();
  const enabled = !(await unbound.keepAliveEnabled());
  await setAll(unbound, 42, 65536n, enabled);
  await unbound.startBind(network, loopback());
  await unbound.finishBind();
  await unbound.startListen();
  await unbound.finishListen();
  const first = await connect(guest, await unbound.localAddress());
  const accepted = await accept(guest, unbound);
  assert.equal(await getAll(accepted.socket), valuesOf(42, 65536n, enabled));
  await setAll(unbound, 43, 131072n, !enabled);
  assert.equal(await getAll(accepted.socket), valuesOf(42, 65536n, enabled));
  const second = await connect(guest, await unbound.localAddress());
  const later = await accept(guest, unbound);
  assert.equal(await getAll(later.socket), valuesOf(43, 131072n, !enabled));
  assert.equal(await getAll(accepted.socket), valuesOf(42, 65536n, enabled));
  for (const each of [first, second, accepted, later]) await dropConnection(each);
});

if (kernelOptions(0, []) === undefined) {
  console.log("the kernel is not asked about options: that takes Linux, Python 3.9 and the right to ptrace");
} else {
  holds(
    "O12",
    "keep-alive counts in the kernel when it is on, with what was set before",
    async ({ guest }) => {
      const { client } = await pair(guest);
      const { port } = (await client.socket.localAddress()).val;
      await client.socket.setKeepAliveIdleTime(33n * SECOND);
      await client.socket.setKeepAliveInterval(7n * SECOND);
      await client.socket.setKeepAliveCount(3);
      assert.equal(kernelOptions(port, ["keepAlive"]), [0]);
      await client.socket.setKeepAliveEnabled(true);
      assert.equal(kernelOptions(port, ["keepAlive", "keepIdle"]), [1, 33]);
      if (hasProbes) assert.equal(kernelOptions(port, ["keepInterval", "keepCount"]), [7, 3]);
      await client.socket.setKeepAliveIdleTime(44n * SECOND);
      assert.equal(kernelOptions(port, ["keepIdle"]), [44]);
      await client.socket.setKeepAliveEnabled(false);
      assert.equal(kernelOptions(port, ["keepAlive"]), [0]);
    },
  );

  holds("O9, O12", "what a listener was told is the kernel's on the accepted socket too", async (given) => {
    const { guest } = given;
    const server = await listener(guest, loopback(), async (socket) => {
      await socket.setKeepAliveEnabled(true);
      await socket.setKeepAliveIdleTime(42n * SECOND);
      await socket.setKeepAliveInterval(11n * SECOND);
      await socket.setKeepAliveCount(5);
      await socket.setHopLimit(33);
      await socket.setReceiveBufferSize(50_000n);
      await socket.setSendBufferSize(60_000n);
    });
    const client = await connect(guest, await server.localAddress());
    const accepted = await accept(guest, server);
    const { port } = (await server.localAddress()).val;
    // The listener has the same port; it goes, so that the kernel is asked about the accepted socket.
    await server.drop();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(kernelOptions(port, ["keepAlive", "keepIdle"]), [1, 42]);
    if (hasProbes) assert.equal(kernelOptions(port, ["keepInterval", "keepCount"]), [11, 5]);
    // socket(7): the kernel reports twice what was asked for.
    if (hasRest) {
      assert.equal(kernelOptions(port, ["ttl", "receiveBuffer", "sendBuffer"]), [33, 100_000, 120_000]);
    }
    await dropConnection(client);
    await dropConnection(accepted);
  });

  holds("O12", "an unbound socket's options reach the kernel when it has connected", async ({ guest }) => {
    const server = await listener(guest);
    const socket = await guest.createTcpSocket("ipv4");
    await socket.setKeepAliveEnabled(true);
    await socket.setKeepAliveIdleTime(55n * SECOND);
    await socket.setHopLimit(44);
    const client = await connect(guest, await server.localAddress(), socket);
    const { port } = (await client.socket.localAddress()).val;
    assert.equal(kernelOptions(port, ["keepAlive", "keepIdle"]), [1, 55]);
    if (hasRest) assert.equal(kernelOptions(port, ["ttl"]), [44]);
  });
}

run();
