/** How near to what was asked time limits end, with a thousand of them pending. */
import { expectCount, times } from "../clock.ts";
import { bindDatagrams, loadWasock } from "../ends/wasock.ts";
import type { Bench, Row } from "../row.ts";
import { median } from "../statistics.ts";

const COUNT = 1000;
const SHORTEST_MILLISECONDS = 1;

/** The limits, each as much longer than the one before, in milliseconds. */
function limits(bench: Bench): number[] {
  const factor = bench.pick(5000, 500) / SHORTEST_MILLISECONDS;
  return Array.from({ length: COUNT }, (_, i) => SHORTEST_MILLISECONDS * factor ** (i / (COUNT - 1)));
}

/** Starts them all and says how far from its limit the one in the middle ended, in milliseconds. */
async function distance(
  bench: Bench,
  wait: (milliseconds: number, index: number) => Promise<unknown>,
): Promise<number> {
  const distances = await Promise.all(
    limits(bench).map(async (limit, index) => {
      const start = performance.now();
      await wait(limit, index);
      return Math.abs(performance.now() - start - limit);
    }),
  );
  return median(distances);
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
