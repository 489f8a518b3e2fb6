/** What a connection costs in memory on which nothing happens. */

import type { Socket as NodeSocket } from "node:net";
import type { Socket } from "../../src/index.ts";
import { expectCount, inLanes } from "../clock.ts";
import { connectTo as connectNode, listenOnAnyPort as listenWithNode } from "../ends/node.ts";
import { acceptFrom, connectTo, listenOnAnyPort, loadWasock } from "../ends/wasock.ts";
import { memory } from "../memory.ts";
import { order } from "../orders.ts";
import type { Bench, Row } from "../row.ts";

const LANES = 64;
/** Connections that are made before the memory is looked at, so that all code is loaded and compiled. */
const BEFORE = 200;

function count(bench: Bench): number {
  return bench.pick(10_000, 1000);
}

/**
 * Bytes a connection.
 *
 * @param open opens so many more, and gives how many there are
 */
async function each(bench: Bench, open: (more: number) => Promise<number>): Promise<number> {
  await open(BEFORE);
  const before = await memory();
  expectCount("connections", await open(count(bench)), BEFORE + count(bench));
  return ((await memory()) - before) / count(bench);
}

async function oursConnected(bench: Bench): Promise<number> {
  const wasock = await loadWasock();
  const sockets: Socket[] = [];
  return each(bench, async (more) => {
    await inLanes(more, LANES, async () => sockets.push(await connectTo(wasock, bench.ports.discard)));
    return sockets.length;
  });
}

async function nodeConnected(bench: Bench): Promise<number> {
  const sockets: NodeSocket[] = [];
  return each(bench, async (more) => {
    await inLanes(more, LANES, async () => sockets.push(await connectNode(bench.ports.discard)));
    return sockets.length;
  });
}

async function oursAccepted(bench: Bench, isReceiving: boolean): Promise<number> {
  const wasock = await loadWasock();
  const { listener, port } = await listenOnAnyPort(wasock);
  const sockets: Socket[] = [];
  const room = new Uint8Array(1);
  return each(bench, async (more) => {
    const done = order(bench, { do: "clients", port, count: more });
    for (let i = 0; i < more; i++) {
      const socket = await acceptFrom(wasock, listener);
      if (isReceiving) void wasock.receiveInto(socket, room);
      sockets.push(socket);
    }
    await done;
    return sockets.length;
  });
}

async function nodeAccepted(bench: Bench): Promise<number> {
  const { server, port } = await listenWithNode();
  const sockets: NodeSocket[] = [];
  let onSocket = (): void => {};
  server.on("connection", (socket) => {
    sockets.push(socket.on("data", () => {}));
    onSocket();
  });
  return each(bench, async (more) => {
    const wanted = sockets.length + more;
    const all = new Promise<void>((resolve) => {
      onSocket = () => {
        if (sockets.length === wanted) resolve();
      };
    });
    await Promise.all([all, order(bench, { do: "clients", port, count: more })]);
    return sockets.length;
  });
}

const base = {
  group: "idle connections",
  unit: "bytes each",
  higherIsBetter: false,
  peerName: "node:net",
  fresh: true,
  rounds: 3,
  target: { of: "difference", limit: 6 * 1024 },
} as const;

export const rows: readonly Row[] = [
  { ...base, name: "idle, connected", ours: oursConnected, peer: nodeConnected },
  { ...base, name: "idle, accepted", ours: (bench) => oursAccepted(bench, false), peer: nodeAccepted },
  {
    ...base,
    name: "idle, accepted, receive pending",
    ours: (bench) => oursAccepted(bench, true),
    peer: nodeAccepted,
  },
];
