/** Peers that are no guests: plain sockets of Node's own, and what the kernel says. */
import { execFileSync, spawnSync } from "node:child_process";
import * as dgram from "node:dgram";
import { once } from "node:events";
import * as net from "node:net";
import { fileURLToPath } from "node:url";
import { type Peer, type PeerName, startPeer } from "../peers/peer.ts";
import { freePort } from "../peers/ports.ts";

/** Thrown where a test asks for somebody outside, and the way is on a network where there is nobody else. */
export class NobodyOutside extends Error {}

let isAnybody = true;

/** Says whether there is anybody outside for the test that comes. */
export function setOutside(value: boolean): void {
  isAnybody = value;
}

function requireOutside(): void {
  if (!isAnybody) throw new NobodyOutside("nobody is outside");
}

/** What an outside program sees when it connects: `"connected"` or the errno. */
export function outsideConnect(port: number, address = "127.0.0.1"): Promise<string> {
  return new Promise((resolve) => {
    const socket = outsideSocket({ host: address, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve("connected");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "?"));
  });
}

/** A client that stands; errors are forgiven. */
export async function outsideClient(port: number, address = "127.0.0.1"): Promise<net.Socket> {
  const socket = outsideSocket({ host: address, port, allowHalfOpen: true });
  await once(socket, "connect");
  socket.on("error", () => {});
  return socket;
}

/** A server of Node's own; what it accepts half-closes only when told, and forgives errors. */
export async function outsideServer(
  onConnection: (socket: net.Socket) => void,
  address = "127.0.0.1",
): Promise<{ port: number; close(): void }> {
  requireOutside();
  const sockets: net.Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on("error", () => {}));
    onConnection(socket);
  });
  server.listen(await freePort(), address);
  await once(server, "listening");
  return {
    port: (server.address() as net.AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A bound datagram socket of Node's own. */
export async function outsideDatagrams(address = "127.0.0.1", port?: number): Promise<dgram.Socket> {
  requireOutside();
  const socket = dgram.createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.bind(port ?? (await freePort()), address);
  await once(socket, "listening");
  return socket;
}

/** A socket that connects, of which nothing is awaited. */
export function outsideSocket(options: net.TcpNetConnectOpts): net.Socket {
  requireOutside();
  return net.connect(options);
}

/** A peer in another process. */
export function outsidePeer(name: PeerName): Promise<Peer> {
  requireOutside();
  return startPeer(name);
}

/** What the kernel says of a listener, from `ss`; `undefined` where nobody listens. */
export function kernelListener(port: number): { waiting: number; backlog: number } | undefined {
  requireOutside();
  const line = execFileSync("ss", ["-Hltn", `sport = :${port}`], { encoding: "utf8" });
  const [state, waiting, backlog] = line.trim().split(/\s+/);
  return state === "LISTEN" ? { waiting: Number(waiting), backlog: Number(backlog) } : undefined;
}

/** Whether `ss` and Linux's own tables are there. */
export const hasSs: boolean = spawnSync("ss", ["-V"], { stdio: "ignore" }).status === 0;

/** A socket option, as setsockopt(2) of Linux numbers it. */
const kernelOption = {
  keepAlive: [1, 9],
  keepIdle: [6, 4],
  keepInterval: [6, 5],
  keepCount: [6, 6],
  ttl: [0, 2],
  hops: [41, 16],
  sendBuffer: [1, 7],
  receiveBuffer: [1, 8],
} as const;

const script = fileURLToPath(new URL("../../../test/src/support/getsockopt.py", import.meta.url));

/**
 * Asks the kernel for options of a socket of this process, by its own port.
 *
 * @returns the values; `undefined` where the kernel doesn't let one process ask for another's sockets
 */
export function kernelOptions(
  port: number,
  names: readonly (keyof typeof kernelOption)[],
): (number | null)[] | undefined {
  requireOutside();
  if (process.platform !== "linux") return undefined;
  const questions = names.map((name) => [process.pid, port, ...kernelOption[name]]);
  const { status, stdout } = spawnSync("python3", [script], {
    input: JSON.stringify(questions),
    encoding: "utf8",
  });
  return status === 0 ? (JSON.parse(stdout) as (number | null)[]) : undefined;
}

/** How many sockets this process has open; `undefined` where the platform does not tell. */
export { openSockets } from "../host/support.ts";
