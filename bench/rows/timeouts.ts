/** How near to what was asked time limits end, with a thousand of them pending. */
import { setImmediate as turn } from "node:timers/promises";
import { expectCount, times } from "../clock.ts";
import { bindDatagrams, loadWasock } from "../ends/wasock.ts";
import type { Bench, Row } from "../row.ts";
import { median } from "../statistics.ts";

const COUNT = 1000;
const SHORTEST_MILLISECONDS = 1;

/** How many are started in one turn of the event loop: what starts them must not be what makes them late. */
const PER_TURN = 10;

/** The limits, each as much shorter than the one before, in milliseconds: with the last, all are pending. */
function limits(bench: Bench): number[] {
  const factor = bench.pick(5000, 500) / SHORTEST_MILLISECONDS;
  return Array.from({ length: COUNT }, (_, i) => SHORTEST_MILLISECONDS * factor ** (1 - i / (COUNT - 1)));
}

/** Starts them all and says how far from its limit the one in the middle ended, in milliseconds. */
async function distance(
  bench: Bench,
  wait: (milliseconds: number, index: number) => Promise<unknown>,
): Promise<number> {
  const distances: Promise<number>[] = [];
  const measure = async (limit: number, index: number): Promise<number> => {
    const start = performance.now();
    await wait(limit, index);
    return Math.abs(performance.now() - start - limit);
  };
  for (const [index, limit] of limits(bench).entries()) {
    distances.push(measure(limit, index));
    if (index % PER_TURN === 0) await turn();
  }
  return median(await Promise.all(distances));
}

async function ours(bench: Bench, socketCount: number): Promise<number> {
  const wasock = await loadWasock();
  const sockets = await times(socketCount, () => bindDatagrams(wasock));
  let late = 0;
  const figure = await distance(bench, async (milliseconds, index) => {
    const socket = sockets[index % socketCount]!;
    if ((await wasock.receiveNonBlocking(socket, 1, milliseconds / 1000)) === false) late++;
  });
  expectCount("limits that ended", late, COUNT);
  await Promise.all(sockets.map((socket) => wasock.close(socket)));
  return figure;
}

function node(bench: Bench): Promise<number> {
  return distance(bench, (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
}

const base = {
  group: "time limits",
  unit: "ms off",
  higherIsBetter: false,
  peerName: "setTimeout",
  rounds: 3,
  target: { of: "ours", limit: 20 },
  peer: node,
} as const;

export const rows: readonly Row[] = [
  { ...base, name: "time limits, 1,000 sockets", ours: (bench) => ours(bench, COUNT) },
  { ...base, name: "time limits, 1,000 on one socket", ours: (bench) => ours(bench, 1) },
];
