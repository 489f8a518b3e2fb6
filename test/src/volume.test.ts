/** Much: 512 MiB in each direction, byte for byte, in little memory. */
import { createHash, type Hash, randomBytes } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { InputPort, OutputPort, receiveInto, type Socket, send, shutdown } from "../../src/index.ts";
import { startPeer } from "../peers/peer.ts";
import type { Received } from "../peers/sink.ts";
import type { Sent } from "../peers/source.ts";
import { scenario } from "./support/scenario.ts";
import { closeAll, connected } from "./support/sockets.ts";

const MUCH = 2 ** 29;
const MEMORY_LIMIT = 150e6;
const PIECE = 1 << 20;

/** Pieces of one random block, each from another start, so that one out of place is noticed. */
function* pieces(total: number): Generator<Buffer> {
  const block = randomBytes(PIECE + 65536);
  for (let sent = 0, start = 0; sent < total; sent += PIECE, start = (start + 7919) % 65536) {
    yield block.subarray(start, start + Math.min(PIECE, total - sent));
  }
}

/** Runs it and says by how much this process' memory grew at most, in bytes. */
async function growth(run: () => Promise<void>): Promise<number> {
  const idle = process.memoryUsage.rss();
  let highest = idle;
  const sampler = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage.rss());
  }, 10);
  try {
    await run();
  } finally {
    clearInterval(sampler);
  }
  return highest - idle;
}

async function upload(name: string, move: (socket: Socket, hash: Hash) => Promise<void>): Promise<void> {
  const sink = await startPeer("sink");
  const socket = await connected(sink.port);
  const hash = createHash("sha256");
  const grown = await growth(() => move(socket, hash));
  const { bytes, sha256 } = await sink.told<Received>();
  assert.is(bytes, MUCH);
  assert.is(sha256, hash.digest("hex"));
  assert.ok(grown < MEMORY_LIMIT, `${name}: ${grown} bytes above idle`);
  await closeAll(socket);
  await sink.stop();
}

async function download(name: string, move: (socket: Socket, hash: Hash) => Promise<number>): Promise<void> {
  const source = await startPeer("source");
  const socket = await connected(source.port);
  const hash = createHash("sha256");
  await send(socket, Buffer.from(String(MUCH)));
  let received = 0;
  const grown = await growth(async () => {
    received = await move(socket, hash);
  });
  const { bytes, sha256 } = await source.told<Sent>();
  assert.equal([received, bytes], [MUCH, MUCH]);
  assert.is(sha256, hash.digest("hex"));
  assert.ok(grown < MEMORY_LIMIT, `${name}: ${grown} bytes above idle`);
  await closeAll(socket);
  await source.stop();
}

scenario(
  "512 MiB go out with send, byte for byte, in little memory",
  () =>
    upload("send", async (socket, hash) => {
      for (const piece of pieces(MUCH)) {
        hash.update(piece);
        assert.is(await send(socket, piece), piece.length);
      }
      shutdown(socket, "write");
    }),
  120,
);

scenario(
  "512 MiB go out through an output port",
  () =>
    upload("output port", async (socket, hash) => {
      const output = new OutputPort(socket);
      for (const piece of pieces(MUCH)) {
        hash.update(piece);
        if (!output.write(piece)) await new Promise((resolve) => output.once("drain", resolve));
      }
      await new Promise<void>((resolve) => output.end(resolve));
    }),
  120,
);

scenario(
  "512 MiB come in with receiveInto",
  () =>
    download("receiveInto", async (socket, hash) => {
      const into = Buffer.alloc(256 * 1024);
      let received = 0;
      for (let count = 1; count > 0; received += count) {
        count = await receiveInto(socket, into);
        hash.update(into.subarray(0, count));
      }
      return received;
    }),
  120,
);

scenario(
  "512 MiB come in through an input port",
  () =>
    download("input port", async (socket, hash) => {
      let received = 0;
      for await (const piece of new InputPort(socket) as AsyncIterable<Buffer>) {
        hash.update(piece);
        received += piece.length;
      }
      return received;
    }),
  120,
);

test.run();
