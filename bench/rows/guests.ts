/** Many guests in one process, each with a host and a connection of its own. */
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expectCount, stopwatch, times } from "../clock.ts";
import { curve } from "../curve.ts";
import { linkGuests } from "../ends/guests.ts";
import { closeSocket, connectTo, exchange } from "../ends/node.ts";
import { memory } from "../memory.ts";
import type { Bench, Row } from "../row.ts";

const COUNTS: readonly number[] = [1, 10, 100];
const SIZE = 64;

/** Requests that each guest makes. */
function each(bench: Bench, count: number): number {
  return Math.ceil(bench.pick(50_000, 5000) / count);
}

/** Microseconds a request, of all that the guests make at once; each connects first. */
async function oursExchanging(bench: Bench, count: number): Promise<number> {
  const requests = each(bench, count);
  const guests = await linkGuests(count, ["exchange", requests, bench.ports.echo, SIZE]);
  const seconds = stopwatch();
  await Promise.all(guests.map((guest) => guest.run()));
  const spent = seconds();
  for (const guest of guests) guest.close();
  return (spent * 1e6) / (count * requests);
}

async function nodeExchanging(bench: Bench, count: number): Promise<number> {
  const requests = each(bench, count);
  const message = new Uint8Array(SIZE).fill(0x77);
  const seconds = stopwatch();
  const sockets = await times(count, async () => {
    const socket = await connectTo(bench.ports.echo);
    await exchange(socket, message, requests, () => {});
    return socket;
  });
  const spent = seconds();
  await Promise.all(sockets.map(closeSocket));
  return (spent * 1e6) / (count * requests);
}

/** Guests that run before the memory is looked at, so that all code is loaded and compiled. */
const BEFORE = 5;

/** How long guests that wait for an answer are given to get there. */
const SETTLE_MILLISECONDS = 500;

function idle(bench: Bench): number {
  return bench.pick(100, 20);
}

/** KiB a guest that waits for an answer which doesn't come. */
async function oursIdle(bench: Bench): Promise<number> {
  const start = async (count: number): Promise<void> => {
    const guests = await linkGuests(count, ["exchange", 1, bench.ports.discard, SIZE]);
    for (const guest of guests) guest.run().catch(() => {});
    await wait(SETTLE_MILLISECONDS);
    const sockets = guests.reduce((sum, guest) => sum + guest.sockets(), 0);
    expectCount("sockets of guests that wait", sockets, count);
  };
  await start(BEFORE);
  const before = await memory();
  await start(idle(bench));
  return ((await memory()) - before) / 1024 / idle(bench);
}

/** KiB a thread that does so. */
async function threadsIdle(bench: Bench): Promise<number> {
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    require("node:net").connect(workerData.port, "127.0.0.1", () => parentPort.postMessage("connected")).resume();`;
  const workers: Worker[] = [];
  const start = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const worker = new Worker(code, { eval: true, workerData: { port: bench.ports.discard } });
      workers.push(worker);
      await once(worker, "message");
    }
    await wait(SETTLE_MILLISECONDS);
  };
  await start(BEFORE);
  const before = await memory();
  await start(idle(bench));
  const figure = ((await memory()) - before) / 1024 / idle(bench);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return figure;
}

export const rows: readonly Row[] = [
  ...curve("n guests in one process", "µs a request", "node:net", COUNTS, oursExchanging, nodeExchanging, {
    needs: "suspending",
  }),
  {
    group: "host, memory of guests",
    name: "idle guest with a connection",
    unit: "KiB each",
    higherIsBetter: false,
    peerName: "node:worker_threads",
    fresh: true,
    rounds: 3,
    needs: "suspending",
    ours: oursIdle,
    peer: threadsIdle,
  },
];
