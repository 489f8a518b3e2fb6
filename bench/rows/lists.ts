/** How the cost of a guest's poll grows with the list: all of it but one are sockets that nobody sends to. */
import { curve } from "../curve.ts";
import {
  assemblyscript,
  blockingAndWasmtime,
  type Pairing,
  type Runner,
  rowBase,
  runGuest,
  suspendingAndJco,
  suspendingAndWasmtime,
} from "../ends/guest.ts";
import type { Bench, Row } from "../row.ts";

const LENGTHS: readonly number[] = [1, 10, 100, 1000];

/** What is polled, and how often in a full run and with `--quick`, on hosts that are quick at it. */
interface Kind {
  readonly name: string;
  readonly what: string;
  readonly full: number;
  readonly quick: number;
}

const kinds: readonly Kind[] = [
  { name: "poll of n, one ready", what: "list-poll", full: 50_000, quick: 2000 },
  { name: "poll of n until one is ready", what: "list-wait", full: 10_000, quick: 1000 },
];

/** How often where it is not quick. */
const SLOW = 500;

/** Microseconds a poll; where one has to become ready, with the round trip of the byte that makes it so. */
async function figure(runner: Runner, { what }: Kind, count: number, bench: Bench, length: number) {
  const nanoseconds = await runGuest(runner, assemblyscript, [what, count, bench.ports.echo, length]);
  return nanoseconds / 1000 / count;
}

function rowsOf(pairing: Pairing): Row[] {
  const { ours, mode, peer, peerName, isSlow } = pairing;
  return kinds.flatMap((kind) => {
    const { name, full, quick } = kind;
    return curve(
      `${name}: ${mode} against ${peerName}`,
      "µs",
      peerName,
      LENGTHS,
      (bench, at) => figure(ours, kind, bench.pick(full, quick), bench, at),
      (bench, at) => figure(peer, kind, isSlow ? SLOW : bench.pick(full, quick), bench, at),
      rowBase(pairing, assemblyscript),
    );
  });
}

export const rows: readonly Row[] = [suspendingAndWasmtime, blockingAndWasmtime, suspendingAndJco].flatMap(
  rowsOf,
);
