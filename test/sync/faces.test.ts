/** The faces of a guest that blocks: what it holds of its host, beside bytes that came before it asked. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AHEAD, makeChannelBuffer } from "../../host/sync/channel.ts";
import { serveChannel } from "../../host/sync/host-end.ts";
import { openHost } from "../host/support.ts";
import type { FacesOrder, What } from "./faces-guest.ts";

/** The bytes of the connection of a number. */
function bytesOf(number: number): Buffer {
  return Buffer.from(
    Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 10) + number * 31) & 0xff),
  );
}

/** Has a guest do something; what it tells, and what its host holds then. */
async function doing(what: What): Promise<{ told: readonly string[]; sockets: number }> {
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    const bytes = bytesOf(connections.push(socket));
    if (what === "reads in turn") socket.end(bytes);
    else socket.write(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = openHost({ caps: { readBuffer: AHEAD }, maySuspend: true });
  const buffer = makeChannelBuffer();
  const channel = serveChannel(buffer, host.imports, () => host.stats().sockets === 0);
  const { port } = server.address() as { port: number };
  const workerData: FacesOrder = { buffer, port, what };
  const worker = new Worker(new URL("./faces-guest.js", import.meta.url), { workerData });
  try {
    const [told] = (await once(worker, "message")) as [readonly string[]];
    return { told, sockets: host.stats().sockets };
  } finally {
    channel.close();
    host.close();
    for (const socket of connections) socket.destroy();
    server.close();
    await worker.terminate();
  }
}

test("bytes of several connections come in order, whichever is read", async () => {
  const { told } = await doing("reads in turn");
  const sent = [1, 2, 3].map((number) => bytesOf(number).toString("base64"));
  assert.ok(told.length === 3 && told.every((bytes, i) => bytes === sent[i]));
});

test("what came before is read after sending was shut, and not after receiving was", async () => {
  const {
    told: [bytes, ...others],
  } = await doing("shuts down");
  assert.ok(bytes === bytesOf(1).subarray(0, 200_002).toString("base64"));
  assert.equal(others, ["2", "2", '{"tag":"closed"}'], "a call gives back what came");
});

test("a permit is asked for once, until the host is asked for what may take it away", async () => {
  const { told } = await doing("writes");
  assert.equal(told, [
    "nothing: 0, and 1 for the permit",
    "nothing more: 0, and 0 for the permit",
    "0",
    "100 bytes: 1, and 0 for the permit",
    "-100",
    "poll: 1, and 1 for the permit",
    "ready: 1, and 1 for the permit",
    "65536",
    "poll of an input: 1, and 0 for the permit",
  ]);
});

test("a stream with pollables can't be dropped; one that was dropped is none", async () => {
  const { told } = await doing("drops");
  const [early, late, again, used, given] = told;
  assert.match(early as string, /^wasi:io\/streams#\[resource-drop\]input-stream: /);
  assert.equal([late, again], ["nothing", "nothing"]);
  assert.is(used, "this is not a resource input-stream, or it was dropped");
  assert.is(given, "this is not a resource input-stream, or it was dropped");
});

test("a guest that finishes leaves nothing, children before their parents", async () => {
  const { sockets } = await doing("finishes");
  assert.is(sockets, 0);
});

test.run();
