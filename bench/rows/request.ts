/** Request and response: a message, and as many bytes back. */
import { expectCount, stopwatch, times } from "../clock.ts";
import { closeSocket, connectTo as connectNode, exchange as exchangeWithNode } from "../ends/node.ts";
import { connectTo, exchange, loadWasock } from "../ends/wasock.ts";
import type { Bench, Row } from "../row.ts";
import { median, quantile } from "../statistics.ts";

/** The latency of round trips on one connection, in microseconds. */
export async function oursLatencies(bench: Bench, size: number, count: number): Promise<Float64Array> {
  const wasock = await loadWasock();
  const socket = await connectTo(wasock, bench.ports.echo);
  const message = new Uint8Array(size).fill(0x77);
  const answer = new Uint8Array(size);
  const latencies = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await exchange(wasock, socket, message, answer);
    latencies[i] = (performance.now() - start) * 1000;
  }
  expectCount("the last byte", answer.at(-1) ?? 0, 0x77);
  await wasock.close(socket);
  return latencies;
}

/** The same with node:net. */
export async function nodeLatencies(bench: Bench, size: number, count: number): Promise<Float64Array> {
  const socket = await connectNode(bench.ports.echo);
  const latencies = new Float64Array(count);
  let start = performance.now();
  await exchangeWithNode(socket, new Uint8Array(size).fill(0x77), count, (index) => {
    const now = performance.now();
    latencies[index] = (now - start) * 1000;
    start = now;
  });
  await closeSocket(socket);
  return latencies;
}

/** Requests a second of many connections, each of which has one under way at a time. */
export async function oursRate(
  bench: Bench,
  connections: number,
  size: number,
  each: number,
): Promise<number> {
  const wasock = await loadWasock();
  const sockets = await times(connections, () => connectTo(wasock, bench.ports.echo));
  const message = new Uint8Array(size).fill(0x77);
  const seconds = stopwatch();
  await Promise.all(
    sockets.map(async (socket) => {
      const answer = new Uint8Array(size);
      for (let i = 0; i < each; i++) await exchange(wasock, socket, message, answer);
    }),
  );
  const rate = (connections * each) / seconds();
  await Promise.all(sockets.map((socket) => wasock.close(socket)));
  return rate;
}

/** The same with node:net. */
export async function nodeRate(
  bench: Bench,
  connections: number,
  size: number,
  each: number,
): Promise<number> {
  const sockets = await times(connections, () => connectNode(bench.ports.echo));
  const message = new Uint8Array(size).fill(0x77);
  const seconds = stopwatch();
  await Promise.all(sockets.map((socket) => exchangeWithNode(socket, message, each, () => {})));
  const rate = (connections * each) / seconds();
  await Promise.all(sockets.map(closeSocket));
  return rate;
}

const SIZES: readonly (readonly [number, string])[] = [
  [1, "1 B"],
  [64, "64 B"],
  [1024, "1 KiB"],
  [16384, "16 KiB"],
];

const MANY = 64;

/** How many round trips a figure takes. */
function count(bench: Bench): number {
  return bench.pick(10_000, 1000);
}

function onOne(size: number, label: string, part: "median" | "p99"): Row {
  const pick = (all: Float64Array): number => (part === "median" ? median(all) : quantile(all, 0.99));
  return {
    group: "request/response, one connection",
    name: `request/response, ${label}, ${part}`,
    unit: "µs",
    higherIsBetter: false,
    peerName: "node:net",
    ...(size === 64 && part === "median" ? { target: { of: "ratio", limit: 1.2 } } : {}),
    ours: async (bench) => pick(await oursLatencies(bench, size, count(bench))),
    peer: async (bench) => pick(await nodeLatencies(bench, size, count(bench))),
  };
}

function onMany(size: number, label: string): Row {
  return {
    group: `request/response, ${MANY} connections`,
    name: `request/response, ${label}, ${MANY} connections`,
    unit: "requests/s",
    higherIsBetter: true,
    peerName: "node:net",
    ours: (bench) => oursRate(bench, MANY, size, Math.ceil((2 * count(bench)) / MANY)),
    peer: (bench) => nodeRate(bench, MANY, size, Math.ceil((2 * count(bench)) / MANY)),
  };
}

export const rows: readonly Row[] = [
  ...SIZES.flatMap(([size, label]) => [onOne(size, label, "median"), onOne(size, label, "p99")]),
  ...SIZES.map(([size, label]) => onMany(size, label)),
];
