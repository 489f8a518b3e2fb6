/** How cost grows: with connections, with operations that are pending, with the size of messages. */
import { once } from "node:events";
import { expectCount, stopwatch, times } from "../clock.ts";
import { curve } from "../curve.ts";
import { closeSocket, connectTo as connectNode } from "../ends/node.ts";
import { bindDatagrams, connectTo, loadWasock } from "../ends/wasock.ts";
import type { Bench, Row } from "../row.ts";
import { median } from "../statistics.ts";
import { nodeLatencies, nodeRate, oursLatencies, oursRate } from "./request.ts";

const COUNTS: readonly number[] = [1, 10, 100, 1000, 10_000];
const SIZES: readonly number[] = [1, 16, 256, 4096, 65_536, 1_048_576];

/** What is sent by each of many sends: so much that the kernel's buffers hold only some of them. */
const PIECE = 4096;

/** How often something with `count` operations is done, so that a figure is of many operations. */
function repeats(bench: Bench, count: number): number {
  return Math.ceil(bench.pick(20_000, 2000) / count);
}

/** Microseconds an operation. */
async function perOperation(count: number, repeats: number, run: () => Promise<number>): Promise<number> {
  let seconds = 0;
  for (let i = 0; i < repeats; i++) seconds += await run();
  return (seconds * 1e6) / (count * repeats);
}

async function oursPendingSends(bench: Bench, count: number): Promise<number> {
  const wasock = await loadWasock();
  const socket = await connectTo(wasock, bench.ports.discard);
  const bytes = new Uint8Array(PIECE);
  const figure = await perOperation(count, repeats(bench, count), async () => {
    const seconds = stopwatch();
    const sent = await times(count, () => wasock.send(socket, bytes));
    const spent = seconds();
    expectCount(
      "bytes sent",
      sent.reduce((sum, one) => sum + one, 0),
      count * PIECE,
    );
    return spent;
  });
  await wasock.close(socket);
  return figure;
}

async function nodePendingSends(bench: Bench, count: number): Promise<number> {
  const socket = await connectNode(bench.ports.discard);
  const bytes = new Uint8Array(PIECE);
  const figure = await perOperation(count, repeats(bench, count), async () => {
    const seconds = stopwatch();
    await times(count, () => new Promise((resolve) => socket.write(bytes, resolve)));
    return seconds();
  });
  await closeSocket(socket);
  return figure;
}

async function oursPendingReceives(bench: Bench, count: number): Promise<number> {
  const wasock = await loadWasock();
  const socket = await connectTo(wasock, bench.ports.echo);
  const bytes = new Uint8Array(count);
  const room = new Uint8Array(1);
  const figure = await perOperation(count, repeats(bench, count), async () => {
    const seconds = stopwatch();
    const all = times(count, () => wasock.receiveInto(socket, room));
    await wasock.send(socket, bytes);
    const received = await all;
    const spent = seconds();
    expectCount(
      "bytes received",
      received.reduce((sum, one) => sum + one, 0),
      count,
    );
    return spent;
  });
  await wasock.close(socket);
  return figure;
}

async function nodePendingReceives(bench: Bench, count: number): Promise<number> {
  const socket = await connectNode(bench.ports.echo);
  const bytes = new Uint8Array(count);
  const figure = await perOperation(count, repeats(bench, count), async () => {
    const seconds = stopwatch();
    socket.write(bytes);
    for (let got = 0; got < count; ) {
      if (socket.read(1) === null) await once(socket, "readable");
      else got++;
    }
    return seconds();
  });
  await closeSocket(socket);
  return figure;
}

/** Longer than any figure takes. */
const LONG_SECONDS = 600;

async function oursBeside(bench: Bench, count: number): Promise<number> {
  const wasock = await loadWasock();
  const socket = await bindDatagrams(wasock);
  const all = times(count, () => wasock.receiveNonBlocking(socket, 1, LONG_SECONDS));
  const figure = median(await oursLatencies(bench, 64, bench.pick(3000, 300)));
  await wasock.close(socket);
  await all;
  return figure;
}

async function nodeBeside(bench: Bench, count: number): Promise<number> {
  const timers = await times(count, () => setTimeout(() => {}, LONG_SECONDS * 1000));
  const figure = median(await nodeLatencies(bench, 64, bench.pick(3000, 300)));
  for (const timer of timers) clearTimeout(timer);
  return figure;
}

/** As `repeats`, and not too many connections. */
function closings(bench: Bench, count: number): number {
  return Math.min(repeats(bench, count), bench.pick(200, 20));
}

async function oursClose(bench: Bench, count: number): Promise<number> {
  const wasock = await loadWasock();
  const room = new Uint8Array(1);
  return perOperation(count, closings(bench, count), async () => {
    const socket = await connectTo(wasock, bench.ports.echo);
    const all = times(count, () => wasock.receiveInto(socket, room));
    const seconds = stopwatch();
    await wasock.close(socket);
    const ended = await all;
    const spent = seconds();
    expectCount("calls that ended", ended.filter((result) => result < 0).length, count);
    return spent;
  });
}

async function nodeClose(bench: Bench, count: number): Promise<number> {
  const bytes = new Uint8Array(1);
  return perOperation(count, closings(bench, count), async () => {
    const socket = await connectNode(bench.ports.echo);
    socket.cork();
    const all = times(count, () => new Promise((resolve) => socket.write(bytes, resolve)));
    const seconds = stopwatch();
    await closeSocket(socket);
    await all;
    return seconds();
  });
}

/** Requests that each connection makes. */
function each(bench: Bench, connections: number): number {
  return Math.max(2, repeats(bench, connections));
}

export const rows: readonly Row[] = [
  ...curve(
    "requests on n connections",
    "µs a request",
    "node:net",
    COUNTS,
    async (bench, at) => 1e6 / (await oursRate(bench, at, 64, each(bench, at))),
    async (bench, at) => 1e6 / (await nodeRate(bench, at, 64, each(bench, at))),
  ),
  ...curve("n pending sends", "µs a send", "node:net, write", COUNTS, oursPendingSends, nodePendingSends),
  ...curve(
    "n pending receives",
    "µs a receive",
    "node:net, read(1)",
    COUNTS,
    oursPendingReceives,
    nodePendingReceives,
  ),
  ...curve(
    "round trip beside n time limits",
    "µs",
    "node:net and setTimeout",
    COUNTS,
    oursBeside,
    nodeBeside,
  ),
  ...curve(
    "close with n calls pending",
    "µs a call",
    "node:net, destroy with n writes",
    COUNTS,
    oursClose,
    nodeClose,
  ),
  ...curve(
    "round trip of n bytes",
    "µs",
    "node:net",
    SIZES,
    async (bench, at) =>
      median(await oursLatencies(bench, at, at > 10_000 ? bench.pick(500, 50) : bench.pick(5000, 500))),
    async (bench, at) =>
      median(await nodeLatencies(bench, at, at > 10_000 ? bench.pick(500, 50) : bench.pick(5000, 500))),
  ),
];
