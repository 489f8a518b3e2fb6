/** The thread of a guest that reads, and tells how often it had to ask its host. */
import { parentPort, workerData } from "node:worker_threads";
import type { IpSocketAddress } from "../../host/network/address.ts";
import type { ChannelBuffer } from "../../host/sync/channel.ts";
import { channelFaces } from "../../host/sync/guest-end.ts";
import type { Wasi02Imports } from "../../host/wasi02/index.ts";

/** How a guest waits for its next piece. */
export type Waits =
  | "poll"
  | "poll with a time limit"
  | "subscribe"
  | "ready"
  | "block"
  | "blocking-read"
  | "splice";

/** What the thread is started with. */
export interface TripsOrder {
  readonly buffer: ChannelBuffer;
  readonly port: number;
  readonly waits: Waits;
  readonly piece: number;
}

const { buffer, port, waits, piece } = workerData as TripsOrder;
const channel = channelFaces(buffer);
const faces = channel.faces as unknown as Wasi02Imports;
const { poll } = faces["wasi:io/poll"];
const { subscribeDuration } = faces["wasi:clocks/monotonic-clock"];

const network = faces["wasi:sockets/instance-network"].instanceNetwork();
const socket = faces["wasi:sockets/tcp-create-socket"].createTcpSocket("ipv4");
const address: IpSocketAddress = { tag: "ipv4", val: { port, address: [127, 0, 0, 1] } };
socket.startConnect(network, address);
const connecting = socket.subscribe();
void connecting.block();
connecting[Symbol.dispose]();
const [input, output] = socket.finishConnect();
const pollable = input.subscribe();

function wait(): void {
  switch (waits) {
    case "poll":
      void poll([pollable]);
      break;
    case "poll with a time limit": {
      const timer = subscribeDuration(60_000_000_000n);
      void poll([timer, pollable]);
      timer[Symbol.dispose]();
      break;
    }
    case "subscribe": {
      const own = input.subscribe();
      void poll([own]);
      own[Symbol.dispose]();
      break;
    }
    case "ready":
      while (!pollable.ready());
      break;
    case "block":
    case "splice":
      void pollable.block();
      break;
    case "blocking-read":
  }
}

function take(): number {
  if (waits === "splice") return Number(output.splice(input, BigInt(piece)));
  const bytes = waits === "blocking-read" ? input.blockingRead(BigInt(piece)) : input.read(BigInt(piece));
  for (const byte of bytes as Uint8Array) sum = (sum * 31 + byte) >>> 0;
  return (bytes as Uint8Array).length;
}

let sum = 0;
let length = 0;
const before = channel.trips;
try {
  for (;;) {
    wait();
    length += take();
  }
} catch (error) {
  parentPort?.postMessage({
    end: (error as { tag?: string }).tag,
    length,
    sum,
    trips: channel.trips - before,
  });
}
