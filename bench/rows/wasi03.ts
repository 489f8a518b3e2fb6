/** WASI 0.3 apart from the programs of `hosts.ts`: the canonical ABI alone, calls at a time, and what a command takes to begin. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { stopwatch, times } from "../clock.ts";
import { component03 } from "../ends/components03.ts";
import { assemblyscript, ours03, startGuest } from "../ends/guest.ts";
import { closeSocket, connectTo } from "../ends/node.ts";
import type { Bench, Row } from "../row.ts";

const SIZE = 64;
/** Calls at a time. */
const CALLS = 50;

/** Microseconds a round trip of 64 bytes from a guest to itself. */
async function moving(bench: Bench): Promise<number> {
  const instance = await component03("move");
  const count = bench.pick(2_000_000, 200_000);
  instance.exports.move(10_000);
  const seconds = stopwatch();
  instance.exports.move(count);
  const figure = (seconds() * 1e6) / count;
  await instance.close();
  return figure;
}

/** The same by two functions of JavaScript that copy the bytes: what can't be less. */
async function copying(bench: Bench): Promise<number> {
  const count = bench.pick(2_000_000, 200_000);
  const memory = new Uint8Array(SIZE * 4);
  const seconds = stopwatch();
  for (let i = 0; i < count; i++) {
    const from = new Uint8Array(memory.buffer, SIZE, SIZE);
    memory.set(from, 2 * SIZE);
  }
  return (seconds() * 1e6) / count;
}

/** Microseconds a call, of so many at a time. */
async function calling(bench: Bench, call: () => Promise<void>): Promise<number> {
  const rounds = bench.pick(100, 10);
  const seconds = stopwatch();
  for (let left = rounds; left > 0; left--) await times(CALLS, call);
  return (seconds() * 1e6) / (rounds * CALLS);
}

async function asking(bench: Bench): Promise<number> {
  const instance = await component03("ask");
  const { echo } = bench.ports;
  const figure = await calling(bench, () => instance.exports.ask(echo));
  await instance.close();
  return figure;
}

const MESSAGE = Buffer.alloc(SIZE, "w");

async function askingByHand(bench: Bench): Promise<number> {
  return calling(bench, async () => {
    const socket = await connectTo(bench.ports.echo);
    socket.write(MESSAGE);
    for (let got = 0; got < SIZE; ) got += ((await once(socket, "data")) as [Buffer])[0].length;
    await closeSocket(socket);
  });
}

async function startingNode(): Promise<number> {
  const seconds = stopwatch();
  await promisify(execFile)(process.execPath, ["-e", "0"]);
  return seconds() * 1000;
}

const base = { group: "host, WASI 0.3", higherIsBetter: false } as const;

export const rows: readonly Row[] = [
  {
    ...base,
    name: "WASI 0.3: 64 B from a guest to itself",
    unit: "µs",
    peerName: "two copies",
    ours: moving,
    peer: copying,
    target: { of: "ours", limit: 0.5 },
  },
  {
    ...base,
    name: `WASI 0.3: ${CALLS} async calls at a time, each a connection`,
    unit: "µs a call",
    peerName: "node:net",
    ours: asking,
    peer: askingByHand,
    target: { of: "ratio", limit: 1.05 },
  },
  {
    ...base,
    name: "WASI 0.3: start and end of a command",
    unit: "ms",
    peerName: "node -e 0",
    fresh: true,
    ours: () => startGuest(ours03, assemblyscript),
    peer: startingNode,
    target: { of: "difference", limit: 20 },
  },
];
