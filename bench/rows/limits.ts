/**
 * How near the library is to what the kernel gives, for orientation: a program in C with the kernel's own calls is in
 * the library's place, and the other end is the same; iperf3 has both ends.
 */
import { expectCount, stopwatch } from "../clock.ts";
import { iperf3, missingIperf3, missingRaw, raw } from "../ends/raw.ts";
import { bindDatagrams, loadWasock } from "../ends/wasock.ts";
import type { Bench, Row } from "../row.ts";
import { oursReceives, readInto } from "./bulk.ts";
import { oursRate } from "./request.ts";
import { oursSends, sent } from "./udp.ts";

const HOST = "127.0.0.1";
const SIZE = 64;

function exchanges(bench: Bench): number {
  return bench.pick(10_000, 1000);
}

/** Microseconds a datagram and its answer. */
async function oursExchangesDatagrams(bench: Bench): Promise<number> {
  const wasock = await loadWasock();
  const socket = await bindDatagrams(wasock);
  expectCount("connect", await wasock.connect(socket, wasock.makeSockaddr(HOST, bench.ports.udpEcho)), 0);
  const message = new Uint8Array(SIZE).fill(0x77);
  const answer = new Uint8Array(SIZE);
  const seconds = stopwatch();
  for (let i = 0; i < exchanges(bench); i++) {
    await wasock.send(socket, message);
    expectCount("received", await wasock.receiveInto(socket, answer), SIZE);
  }
  const figure = (seconds() * 1e6) / exchanges(bench);
  await wasock.close(socket);
  return figure;
}

const inC = { group: "the kernel's limits", peerName: "C", missing: missingRaw } as const;

export const rows: readonly Row[] = [
  {
    group: "the kernel's limits",
    name: "limit: bulk receive, receiveInto",
    unit: "GiB/s",
    higherIsBetter: true,
    peerName: "iperf3",
    missing: missingIperf3,
    ours: (bench) => oursReceives(bench, readInto),
    peer: (bench) => iperf3(bench.pick(3, 1)),
  },
  {
    ...inC,
    name: "limit: request/response, 64 B",
    unit: "µs",
    higherIsBetter: false,
    ours: async (bench) => 1e6 / (await oursRate(bench, 1, SIZE, exchanges(bench))),
    peer: async (bench) =>
      ((await raw("tcp", bench.ports.echo, exchanges(bench), SIZE)) * 1e6) / exchanges(bench),
  },
  {
    ...inC,
    name: "limit: UDP request/response, 64 B",
    unit: "µs",
    higherIsBetter: false,
    ours: oursExchangesDatagrams,
    peer: async (bench) =>
      ((await raw("udp", bench.ports.udpEcho, exchanges(bench), SIZE)) * 1e6) / exchanges(bench),
  },
  {
    ...inC,
    name: "limit: UDP send, 64 B, connected",
    unit: "datagrams/s",
    higherIsBetter: true,
    ours: (bench) => oursSends(bench, SIZE, true),
    peer: async (bench) => sent(bench) / (await raw("send", bench.ports.udpDiscard, sent(bench), SIZE)),
  },
];
