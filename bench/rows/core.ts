/** The library's component in a JavaScript program: with our modules in the place of preview2-shim's, and with those. */
import { expectCount, stopwatch } from "../clock.ts";
import { closeSocket, connectTo, loadCore, type On } from "../ends/core.ts";
import type { Bench, Row } from "../row.ts";

const PIECE = 65_536;
const MEBIBYTE = 1_048_576;
const SIZE = 64;

/** Microseconds a connection that is made and closed. */
async function connecting(bench: Bench, on: On): Promise<number> {
  const net = await loadCore(on);
  const count = bench.pick(1000, 100);
  const seconds = stopwatch();
  for (let i = 0; i < count; i++) closeSocket(net, connectTo(net, bench.ports.echo));
  return (seconds() * 1e6) / count;
}

/** Microseconds a round trip. */
async function exchanging(bench: Bench, on: On): Promise<number> {
  const net = await loadCore(on);
  const socket = connectTo(net, bench.ports.echo);
  const message = new Uint8Array(SIZE).fill(0x77);
  const count = bench.pick(5000, 500);
  const seconds = stopwatch();
  for (let i = 0; i < count; i++) {
    expectCount("bytes sent", net.send(socket, message), SIZE);
    for (let got = 0; got < SIZE; ) {
      const bytes = net.receive(socket, SIZE - got);
      if (bytes.length === 0) throw new Error("receive: the other end has closed");
      got += bytes.length;
    }
  }
  const figure = (seconds() * 1e6) / count;
  closeSocket(net, socket);
  return figure;
}

/** How much is moved, in bytes: what takes preview2-shim some seconds in a full run. */
function volume(bench: Bench): number {
  return bench.pick(256, 32) * MEBIBYTE;
}

/** GiB a second that are received. */
async function receiving(bench: Bench, on: On): Promise<number> {
  const net = await loadCore(on);
  const socket = connectTo(net, bench.ports.source);
  const wish = Buffer.alloc(8);
  wish.writeBigUInt64BE(BigInt(volume(bench)));
  const seconds = stopwatch();
  net.send(socket, wish);
  let total = 0;
  for (let got = -1; got !== 0; total += got) got = net.receive(socket, PIECE).length;
  const figure = total / 1024 / MEBIBYTE / seconds();
  expectCount("bytes received", total, volume(bench));
  closeSocket(net, socket);
  return figure;
}

/** GiB a second that are sent, and taken by the other end. */
async function sending(bench: Bench, on: On): Promise<number> {
  const net = await loadCore(on);
  const socket = connectTo(net, bench.ports.discard);
  const bytes = new Uint8Array(PIECE);
  const seconds = stopwatch();
  let total = 0;
  while (total < volume(bench)) total += net.send(socket, bytes);
  net.shutdown(socket, "write");
  expectCount("bytes at the end", net.receive(socket, PIECE).length, 0);
  const figure = total / 1024 / MEBIBYTE / seconds();
  closeSocket(net, socket);
  return figure;
}

function row(name: string, unit: string, measure: (bench: Bench, on: On) => Promise<number>): Row {
  return {
    group: "host, the core's component",
    name: `the core's component: ${name}`,
    unit,
    higherIsBetter: unit === "GiB/s",
    peerName: "preview2-shim",
    rounds: 3,
    ours: (bench) => measure(bench, "drop-in"),
    peer: (bench) => measure(bench, "shim"),
  };
}

export const rows: readonly Row[] = [
  row("connect and close", "µs", connecting),
  row("request/response, 64 B", "µs", exchanging),
  row("bulk receive", "GiB/s", receiving),
  row("bulk send", "GiB/s", sending),
];
