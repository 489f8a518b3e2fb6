/** A guest that blocks asks its host as seldom as it can: bytes that were brought are told of, and read, here. */
import { once } from "node:events";
import { createServer } from "node:net";
import { Worker } from "node:worker_threads";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AHEAD, makeChannelBuffer } from "../../host/sync/channel.ts";
import { serveChannel } from "../../host/sync/host-end.ts";
import { openHost } from "../host/support.ts";
import type { TripsOrder, Waits } from "./trips-guest.ts";

const LENGTH = 4 * 1024 * 1024;
const PIECE = 1024;

interface Told {
  readonly end: string;
  readonly length: number;
  readonly sum: number;
  readonly trips: number;
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum * 31 + byte) >>> 0;
  return sum;
}

/** Sends bytes to a guest, and has it read them. */
async function reading(bytes: Uint8Array, waits: Waits): Promise<Told & { echoed: number }> {
  let echoed = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (piece) => {
      echoed += piece.length;
      if (echoed === bytes.length) socket.end();
    });
    if (waits === "splice") socket.write(bytes);
    else socket.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = openHost({ caps: { readBuffer: AHEAD }, maySuspend: true });
  const buffer = makeChannelBuffer();
  const channel = serveChannel(buffer, host.imports);
  const { port } = server.address() as { port: number };
  const workerData: TripsOrder = { buffer, port, waits, piece: PIECE };
  const worker = new Worker(new URL("./trips-guest.js", import.meta.url), { workerData });
  try {
    const [told] = (await once(worker, "message")) as [Told];
    return { ...told, echoed };
  } finally {
    channel.close();
    host.close();
    server.close();
    await worker.terminate();
  }
}

const bytes = Uint8Array.from({ length: LENGTH }, (_, i) => (i * 7 + (i >> 10)) & 0xff);

for (const waits of ["poll", "poll with a time limit", "subscribe", "block", "blocking-read"] as const) {
  test(`${waits} before each of 4,096 reads: few of them cross, and all bytes come in order`, async () => {
    const { trips, echoed: _, ...told } = await reading(bytes, waits);
    assert.equal(told, { end: "closed", length: LENGTH, sum: sumOf(bytes) });
    // a piece comes with each trip: of 512 KiB, or of what has arrived
    assert.ok(trips < LENGTH / PIECE / 4, `${trips} trips`);
  });
}

test("ready before each read: what is here is ready", async () => {
  const { trips: _, echoed: __, ...told } = await reading(bytes, "ready");
  assert.equal(told, { end: "closed", length: LENGTH, sum: sumOf(bytes) });
});

test("splice of what was brought moves it, in order, and no more than it was given", async () => {
  const { end, length, echoed } = await reading(bytes.subarray(0, 300_000), "splice");
  assert.equal({ end, length, echoed }, { end: "closed", length: 300_000, echoed: 300_000 });
});

test.run();
