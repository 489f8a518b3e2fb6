/** Bulk transfers: one connection, one direction. */
import { once } from "node:events";
import { connect, type Socket as NodeSocket } from "node:net";
import { finished } from "node:stream/promises";
import type { Socket } from "../../src/index.ts";
import { expectCount, stopwatch } from "../clock.ts";
import { closeSocket, listenOnAnyPort as listenWithNode } from "../ends/node.ts";
import { acceptFrom, connectTo, listenOnAnyPort, loadWasock, type Wasock } from "../ends/wasock.ts";
import { order } from "../orders.ts";
import type { Bench, Row, Target } from "../row.ts";

const CHUNK = 64 * 1024;
const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** Takes everything that comes; the number of bytes. */
type Reader = (wasock: Wasock, socket: Socket) => Promise<number>;
/** Sends a chunk so many times. */
type Writer = (wasock: Wasock, socket: Socket, chunk: Uint8Array, count: number) => Promise<void>;

function amount(bench: Bench): number {
  return bench.pick(GIB, 64 * MIB);
}

/** What the source is asked with. */
function wish(count: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(count));
  return bytes;
}

/** GiB a second that are received. */
export async function oursReceives(bench: Bench, read: Reader): Promise<number> {
  const wasock = await loadWasock();
  const total = amount(bench);
  const socket = await connectTo(wasock, bench.ports.source);
  const seconds = stopwatch();
  await wasock.send(socket, wish(total));
  expectCount("bytes received", await read(wasock, socket), total);
  const rate = total / GIB / seconds();
  await wasock.close(socket);
  return rate;
}

/** Reads into one buffer. */
export const readInto: Reader = async ({ receiveInto }, socket) => {
  const buffer = new Uint8Array(CHUNK);
  for (let total = 0; ; ) {
    const count = await receiveInto(socket, buffer);
    if (count <= 0) return total;
    total += count;
  }
};

const readBuffers: Reader = async ({ receive }, socket) => {
  for (let total = 0; ; ) {
    const bytes = await receive(socket, CHUNK);
    if (bytes === false || bytes.length === 0) return total;
    total += bytes.length;
  }
};

const readPort: Reader = async ({ InputPort }, socket) => {
  let total = 0;
  const port = new InputPort(socket).on("data", (bytes: Buffer) => {
    total += bytes.length;
  });
  await once(port, "end");
  return total;
};

async function nodeReceives(bench: Bench, socket: NodeSocket, read: () => number): Promise<number> {
  const total = amount(bench);
  await once(socket, "connect");
  const seconds = stopwatch();
  socket.write(wish(total));
  await once(socket, "end");
  const rate = total / GIB / seconds();
  expectCount("bytes received", read(), total);
  await closeSocket(socket);
  return rate;
}

function nodeData(bench: Bench): Promise<number> {
  let total = 0;
  const socket = connect({ port: bench.ports.source, host: "127.0.0.1" });
  socket.on("data", (bytes: Buffer) => {
    total += bytes.length;
  });
  return nodeReceives(bench, socket, () => total);
}

function nodeOnread(bench: Bench): Promise<number> {
  let total = 0;
  const socket = connect({
    port: bench.ports.source,
    host: "127.0.0.1",
    onread: {
      buffer: new Uint8Array(CHUNK),
      callback: (count) => {
        total += count;
        return true;
      },
    },
  });
  socket.resume();
  return nodeReceives(bench, socket, () => total);
}

async function oursSends(bench: Bench, write: Writer): Promise<number> {
  const wasock = await loadWasock();
  const total = amount(bench);
  const { listener, port } = await listenOnAnyPort(wasock);
  const drained = order(bench, { do: "drain", port });
  const socket = await acceptFrom(wasock, listener);
  const chunk = new Uint8Array(CHUNK).fill(0x77);
  const seconds = stopwatch();
  await write(wasock, socket, chunk, total / CHUNK);
  expectCount("bytes sent", await drained, total);
  const rate = total / GIB / seconds();
  await wasock.close(socket);
  await wasock.close(listener);
  return rate;
}

const sendChunks: Writer = async ({ send, shutdown }, socket, chunk, count) => {
  for (let i = 0; i < count; i++) expectCount("sent", await send(socket, chunk), chunk.length);
  shutdown(socket, "write");
};

/** Writes as a user of Node's streams does: until it is full, then after `drain`. */
async function writeChunks(
  stream: NodeJS.WritableStream & { destroyed: boolean },
  chunk: Uint8Array,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (!stream.write(chunk)) await once(stream, "drain");
  }
  stream.end();
}

const writePort: Writer = async ({ OutputPort }, socket, chunk, count) => {
  const port = new OutputPort(socket);
  await writeChunks(port, chunk, count);
  await finished(port);
};

async function nodeSends(bench: Bench): Promise<number> {
  const total = amount(bench);
  const { server, port } = await listenWithNode();
  const drained = order(bench, { do: "drain", port });
  const [socket] = (await once(server, "connection")) as [NodeSocket];
  const chunk = new Uint8Array(CHUNK).fill(0x77);
  const seconds = stopwatch();
  await writeChunks(socket, chunk, total / CHUNK);
  expectCount("bytes sent", await drained, total);
  const rate = total / GIB / seconds();
  await closeSocket(socket);
  server.close();
  return rate;
}

const base = { unit: "GiB/s", higherIsBetter: true } as const;

function receiving(name: string, read: Reader, target?: Target): Row {
  return {
    ...base,
    group: "bulk receive",
    name: `bulk receive, ${name}`,
    peerName: "node:net, data events",
    ours: (bench) => oursReceives(bench, read),
    peer: nodeData,
    ...(target === undefined ? {} : { target }),
  };
}

function sending(name: string, write: Writer, target: Target): Row {
  return {
    ...base,
    group: "bulk send",
    name: `bulk send, ${name}`,
    peerName: "node:net, write and drain",
    target,
    ours: (bench) => oursSends(bench, write),
    peer: nodeSends,
  };
}

export const rows: readonly Row[] = [
  receiving("receiveInto", readInto, { of: "ratio", limit: 1.2 }),
  {
    ...receiving("receiveInto against onread", readInto),
    peerName: "node:net, onread",
    peer: nodeOnread,
  },
  receiving("receive", readBuffers, { of: "ratio", limit: 1.2 }),
  receiving("InputPort", readPort, { of: "ratio", limit: 1.2 }),
  sending("send", sendChunks, { of: "ratio", limit: 0.9 }),
  sending("OutputPort", writePort, { of: "ratio", limit: 0.9 }),
];
