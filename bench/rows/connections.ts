/** Making, accepting and closing connections. */
import type { Socket as NodeSocket } from "node:net";
import { inLanes, stopwatch } from "../clock.ts";
import { closeSocket, connectTo as connectNode, listenOnAnyPort as listenWithNode } from "../ends/node.ts";
import { acceptFrom, connectTo, listenOnAnyPort, loadWasock } from "../ends/wasock.ts";
import { orderStandingStill } from "../orders.ts";
import type { Bench, Row } from "../row.ts";

/** How many connections are being made or closed at a time. */
const LANES = 8;
/** How many connections wait when accepting begins: as many as the smallest common backlog holds. */
const BATCH = 100;

/** How many connections a figure takes: each leaves a port behind that rests for a minute. */
function count(bench: Bench): number {
  return bench.pick(2000, 200);
}

/** How many batches a figure takes. */
function batches(bench: Bench): number {
  return bench.pick(20, 3);
}

async function oursConnects(bench: Bench): Promise<number> {
  const wasock = await loadWasock();
  const seconds = stopwatch();
  await inLanes(count(bench), LANES, async () => {
    await wasock.close(await connectTo(wasock, bench.ports.discard));
  });
  return count(bench) / seconds();
}

async function nodeConnects(bench: Bench): Promise<number> {
  const seconds = stopwatch();
  await inLanes(count(bench), LANES, async () => {
    await closeSocket(await connectNode(bench.ports.discard));
  });
  return count(bench) / seconds();
}

async function oursAccepts(bench: Bench): Promise<number> {
  const wasock = await loadWasock();
  const { listener, port } = await listenOnAnyPort(wasock);
  let spent = 0;
  for (let batch = 0; batch < batches(bench); batch++) {
    orderStandingStill(bench, { do: "clients", port, count: BATCH });
    const seconds = stopwatch();
    const sockets = [];
    while (sockets.length < BATCH) sockets.push(await acceptFrom(wasock, listener));
    spent += seconds();
    await Promise.all(sockets.map((socket) => wasock.close(socket)));
  }
  await wasock.close(listener);
  return (batches(bench) * BATCH) / spent;
}

async function nodeAccepts(bench: Bench): Promise<number> {
  const { server, port } = await listenWithNode();
  let spent = 0;
  for (let batch = 0; batch < batches(bench); batch++) {
    const sockets: NodeSocket[] = [];
    const all = new Promise<void>((resolve) => {
      server.removeAllListeners("connection").on("connection", (socket) => {
        if (sockets.push(socket) === BATCH) resolve();
      });
    });
    orderStandingStill(bench, { do: "clients", port, count: BATCH });
    const seconds = stopwatch();
    await all;
    spent += seconds();
    await Promise.all(sockets.map(closeSocket));
  }
  server.close();
  return (batches(bench) * BATCH) / spent;
}

const base = {
  group: "connections",
  unit: "connections/s",
  higherIsBetter: true,
  peerName: "node:net",
  target: { of: "ratio", limit: 0.8 },
} as const;

export const rows: readonly Row[] = [
  { ...base, name: "connect and close", ours: oursConnects, peer: nodeConnects },
  { ...base, name: "accept", ours: oursAccepts, peer: nodeAccepts },
];
