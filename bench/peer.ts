/**
 * The other end of every connection: plain node:net and node:dgram code in a process of its own, the same for
 * wasock and for what it is measured against. It does as little as it can, so that it is not what is measured.
 */
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Answer, Order, PeerPorts } from "./protocol.ts";

const HOST = "127.0.0.1";
/** How much is handed to the kernel at once: the fewer calls the less of the time is the peer's. */
const BLOCK: Buffer = Buffer.alloc(1024 * 1024, "wasock ");
const BACKLOG = 4096;
/** How many connections are being made at a time. */
const LANES = 64;

async function serve(handle: (socket: Socket) => void, allowHalfOpen = false): Promise<number> {
  const server = createServer({ noDelay: true, allowHalfOpen }, (socket) => {
    // a client that goes away, or is killed, is no reason to end
    socket.on("error", () => {});
    handle(socket);
  });
  server.listen({ port: 0, host: HOST, backlog: BACKLOG });
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function bound(handle: (socket: Datagrams, bytes: Buffer, port: number) => void): Promise<number> {
  const socket = createSocket("udp4");
  socket.on("error", () => {});
  socket.on("message", (bytes, from) => handle(socket, bytes, from.port));
  socket.bind(0, HOST);
  await once(socket, "listening");
  return socket.address().port;
}

function pour(socket: Socket, count: number): void {
  let left = count;
  const more = (): void => {
    while (left > 0 && !socket.destroyed) {
      const size = Math.min(left, BLOCK.length);
      left -= size;
      if (!socket.write(size === BLOCK.length ? BLOCK : BLOCK.subarray(0, size))) return;
    }
    socket.off("drain", more);
    socket.end();
  };
  socket.on("drain", more);
  more();
}

/** Connects so many times, and keeps the connections until the other end closes them. */
async function clients({ port, count }: { port: number; count: number }): Promise<number> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const socket = connect({ port, host: HOST });
      await once(socket, "connect");
      socket.on("error", () => {});
      socket.resume();
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, count) }, lane));
  return count;
}

/** Connects and reads to the end, into one buffer; the number of bytes. */
async function drain({ port }: { port: number }): Promise<number> {
  let total = 0;
  const socket = connect({
    port,
    host: HOST,
    onread: {
      buffer: new Uint8Array(256 * 1024),
      callback: (count) => {
        total += count;
        return true;
      },
    },
  });
  socket.resume();
  await once(socket, "end");
  return total;
}

/** Sends so many datagrams of one size. */
async function flood({ port, size, count }: { port: number; size: number; count: number }): Promise<number> {
  const socket = createSocket("udp4");
  socket.connect(port, HOST);
  await once(socket, "connect");
  const bytes = BLOCK.subarray(0, size);
  for (let i = 0; i < count; i++) await new Promise((resolve) => socket.send(bytes, resolve));
  socket.close();
  return count;
}

async function obey(order: Order): Promise<Answer> {
  try {
    if (order.do === "clients") return { count: await clients(order) };
    if (order.do === "drain") return { count: await drain(order) };
    return { count: await flood(order) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function takeOrders(socket: Socket): void {
  let text = "";
  socket.setEncoding("utf8").on("data", async (chunk: string) => {
    text += chunk;
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) socket.write(`${JSON.stringify(await obey(JSON.parse(line)))}\n`);
  });
}

process.on("disconnect", () => process.exit());
const ports: PeerPorts = {
  echo: await serve((socket) => {
    socket.on("data", (bytes) => socket.write(bytes));
    socket.on("end", () => socket.resetAndDestroy());
  }, true),
  source: await serve((socket) => {
    socket.once("data", (bytes: Buffer) => pour(socket, Number(bytes.readBigUInt64BE())));
  }),
  discard: await serve((socket) => socket.resume()),
  udpEcho: await bound((socket, bytes, port) => socket.send(bytes, port, HOST)),
  udpDiscard: await bound(() => {}),
  orders: await serve(takeOrders),
};
process.send?.(ports);
