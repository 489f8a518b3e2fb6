/** Datagrams. */
import { once } from "node:events";
import type { AddressInfo, Socket } from "../../src/index.ts";
import { expectCount, stopwatch } from "../clock.ts";
import { bindDatagrams as bindWithNode } from "../ends/node.ts";
import { bindDatagrams, loadWasock, type Wasock } from "../ends/wasock.ts";
import { orderStandingStill } from "../orders.ts";
import type { Bench, Row } from "../row.ts";

/** How many datagrams wait when receiving begins: as many as the smallest common buffer holds. */
const BATCH = 64;
/** How many datagrams are under way at a time in the echo. */
const WINDOW = 16;

const HOST = "127.0.0.1";

/** How many datagrams a figure sends. */
export function sent(bench: Bench): number {
  return bench.pick(50_000, 3000);
}

function batches(bench: Bench): number {
  return bench.pick(300, 20);
}

function echoed(bench: Bench): number {
  return bench.pick(20_000, 1000);
}

/** Where to send to; undefined when the socket is to be connected. */
async function target(
  wasock: Wasock,
  socket: Socket,
  port: number,
  isConnected: boolean,
): Promise<AddressInfo | undefined> {
  const { AddressFamily, connect, getAddressInfo, makeAddressInfo, makeSockaddr, SocketType } = wasock;
  if (isConnected) {
    expectCount("connect", await connect(socket, makeSockaddr(HOST, port)), 0);
    return undefined;
  }
  const hints = makeAddressInfo(AddressFamily.inet, SocketType.datagram, 0);
  return (await getAddressInfo(HOST, port, hints)) ?? undefined;
}

/** Datagrams a second that are sent. */
export async function oursSends(bench: Bench, size: number, isConnected: boolean): Promise<number> {
  const wasock = await loadWasock();
  const socket = await bindDatagrams(wasock);
  const to = await target(wasock, socket, bench.ports.udpDiscard, isConnected);
  const bytes = new Uint8Array(size).fill(0x77);
  const count = sent(bench);
  const seconds = stopwatch();
  for (let i = 0; i < count; i++) expectCount("sent", await wasock.send(socket, bytes, 0, to), size);
  const rate = count / seconds();
  await wasock.close(socket);
  return rate;
}

async function nodeSends(bench: Bench, size: number, isConnected: boolean): Promise<number> {
  const socket = await bindWithNode();
  const port = bench.ports.udpDiscard;
  if (isConnected) {
    socket.connect(port, HOST);
    await once(socket, "connect");
  }
  const bytes = new Uint8Array(size).fill(0x77);
  let left = sent(bench);
  const seconds = stopwatch();
  await new Promise<void>((resolve, reject) => {
    const next = (error?: Error | null): void => {
      if (error) reject(error);
      else if (left-- === 0) resolve();
      else if (isConnected) socket.send(bytes, next);
      else socket.send(bytes, port, HOST, next);
    };
    next();
  });
  const rate = sent(bench) / seconds();
  socket.close();
  return rate;
}

async function oursReceives(bench: Bench, size: number): Promise<number> {
  const wasock = await loadWasock();
  const socket = await bindDatagrams(wasock);
  const port = wasock.getSocketName(socket)?.port ?? 0;
  const bytes = new Uint8Array(2048);
  let spent = 0;
  for (let batch = 0; batch < batches(bench); batch++) {
    orderStandingStill(bench, { do: "flood", port, size, count: BATCH });
    const seconds = stopwatch();
    for (let i = 0; i < BATCH; i++) expectCount("received", await wasock.receiveInto(socket, bytes), size);
    spent += seconds();
  }
  await wasock.close(socket);
  return (batches(bench) * BATCH) / spent;
}

async function oursReceivesMany(bench: Bench, size: number): Promise<number> {
  const wasock = await loadWasock();
  const socket = await bindDatagrams(wasock);
  const port = wasock.getSocketName(socket)?.port ?? 0;
  let spent = 0;
  for (let batch = 0; batch < batches(bench); batch++) {
    orderStandingStill(bench, { do: "flood", port, size, count: BATCH });
    const seconds = stopwatch();
    for (let got = 0; got < BATCH; ) {
      const messages = await wasock.receiveMany(socket, BATCH);
      if (messages === false) throw new Error("receiveMany failed");
      for (const { bytes } of messages) expectCount("received", bytes.length, size);
      got += messages.length;
    }
    spent += seconds();
  }
  await wasock.close(socket);
  return (batches(bench) * BATCH) / spent;
}

async function nodeReceives(bench: Bench, size: number): Promise<number> {
  const socket = await bindWithNode();
  const { port } = socket.address();
  let spent = 0;
  let got = 0;
  let resolve = (): void => {};
  socket.on("message", (bytes) => {
    expectCount("received", bytes.length, size);
    if (++got === BATCH) resolve();
  });
  for (let batch = 0; batch < batches(bench); batch++) {
    got = 0;
    const all = new Promise<void>((done) => {
      resolve = done;
    });
    orderStandingStill(bench, { do: "flood", port, size, count: BATCH });
    const seconds = stopwatch();
    await all;
    spent += seconds();
  }
  socket.close();
  return (batches(bench) * BATCH) / spent;
}

async function oursEchoes(bench: Bench, size: number): Promise<number> {
  const wasock = await loadWasock();
  const socket = await bindDatagrams(wasock);
  const to = await target(wasock, socket, bench.ports.udpEcho, false);
  const bytes = new Uint8Array(size).fill(0x77);
  const answer = new Uint8Array(2048);
  const count = echoed(bench);
  const seconds = stopwatch();
  for (let i = 0; i < WINDOW; i++) await wasock.send(socket, bytes, 0, to);
  for (let i = 0; i < count; i++) {
    expectCount("received", await wasock.receiveInto(socket, answer), size);
    if (i < count - WINDOW) await wasock.send(socket, bytes, 0, to);
  }
  const rate = count / seconds();
  await wasock.close(socket);
  return rate;
}

async function nodeEchoes(bench: Bench, size: number): Promise<number> {
  const socket = await bindWithNode();
  const port = bench.ports.udpEcho;
  const bytes = new Uint8Array(size).fill(0x77);
  const count = echoed(bench);
  const seconds = stopwatch();
  await new Promise<void>((resolve) => {
    let got = 0;
    socket.on("message", (answer) => {
      expectCount("received", answer.length, size);
      if (++got === count) resolve();
      else if (got <= count - WINDOW) socket.send(bytes, port, HOST);
    });
    for (let i = 0; i < WINDOW; i++) socket.send(bytes, port, HOST);
  });
  const rate = count / seconds();
  socket.close();
  return rate;
}

const base = {
  group: "datagrams",
  unit: "datagrams/s",
  higherIsBetter: true,
  peerName: "node:dgram",
  target: { of: "ratio", limit: 0.9 },
} as const;

const SIZES: readonly (readonly [number, string])[] = [
  [64, "64 B"],
  [1400, "1,400 B"],
];

export const rows: readonly Row[] = SIZES.flatMap(([size, label]): Row[] => [
  {
    ...base,
    name: `UDP send, ${label}`,
    ours: (bench) => oursSends(bench, size, false),
    peer: (bench) => nodeSends(bench, size, false),
  },
  {
    ...base,
    name: `UDP send, ${label}, connected`,
    ours: (bench) => oursSends(bench, size, true),
    peer: (bench) => nodeSends(bench, size, true),
  },
  {
    ...base,
    name: `UDP receive, ${label}`,
    ours: (bench) => oursReceives(bench, size),
    peer: (bench) => nodeReceives(bench, size),
  },
  {
    ...base,
    name: `UDP receive of many, ${label}`,
    ours: (bench) => oursReceivesMany(bench, size),
    peer: (bench) => nodeReceives(bench, size),
  },
  {
    ...base,
    name: `UDP echo, ${label}`,
    ours: (bench) => oursEchoes(bench, size),
    peer: (bench) => nodeEchoes(bench, size),
  },
]);
