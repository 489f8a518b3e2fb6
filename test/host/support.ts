/**
 * What the host's tests share: a host that allows everything, waiting, and counting descriptors.
 */
import * as fs from "node:fs";
import * as net from "node:net";
import type { Host, HostOptions } from "../../host/host.ts";
import { createHost } from "../../host/host.ts";
import type { Pollable } from "../../host/io/poll.ts";
import type { InputStream, OutputStream } from "../../host/io/streams.ts";
import type { IpAddressFamily, IpSocketAddress } from "../../host/network/address.ts";
import { fromNode } from "../../host/network/address.ts";
import { allowAll } from "../../host/policy/policy.ts";
import type { Network } from "../../host/wasi02/network.ts";
import type { TcpSocket } from "../../host/wasi02/tcp.ts";
import type { UdpSocket } from "../../host/wasi02/udp.ts";

/** Collects what the program is warned of from now on, in Node's place, which would print it. */
export function warnings(): Error[] {
  const given: Error[] = [];
  process.removeAllListeners("warning").on("warning", (warning) => given.push(warning));
  return given;
}

/** A host that allows everything, unless told otherwise. */
export function openHost(options: HostOptions = {}): Host {
  return createHost({ policy: allowAll, ...options });
}

/** A network handle of the host. */
export function network(host: Host): Network {
  return host.imports["wasi:sockets/instance-network"].instanceNetwork();
}

/** Loopback of a family with a port. */
export function loopback(port = 0, family: IpAddressFamily = "ipv4"): IpSocketAddress {
  return at(family === "ipv4" ? "127.0.0.1" : "::1", port);
}

/** A literal with a port. */
export function at(address: string, port: number): IpSocketAddress {
  return fromNode({ address, port });
}

/** A TCP socket. */
export function tcp(host: Host, family: IpAddressFamily = "ipv4"): TcpSocket {
  return host.imports["wasi:sockets/tcp-create-socket"].createTcpSocket(family);
}

/** A UDP socket. */
export function udp(host: Host, family: IpAddressFamily = "ipv4"): UdpSocket {
  return host.imports["wasi:sockets/udp-create-socket"].createUdpSocket(family);
}

/** A bound TCP socket. */
export function boundTcp(host: Host, address: IpSocketAddress = loopback()): TcpSocket {
  const socket = tcp(host, address.tag);
  socket.startBind(network(host), address);
  socket.finishBind();
  return socket;
}

/** A listening TCP socket. */
export function listener(host: Host, address: IpSocketAddress = loopback()): TcpSocket {
  const socket = boundTcp(host, address);
  socket.startListen();
  socket.finishListen();
  return socket;
}

/** A bound UDP socket. */
export function boundUdp(host: Host, address: IpSocketAddress = loopback()): UdpSocket {
  const socket = udp(host, address.tag);
  socket.startBind(network(host), address);
  socket.finishBind();
  return socket;
}

/** Waits for a pollable of its own, and fails after some seconds instead of hanging. */
export async function ready(subject: { subscribe(): Pollable }, seconds = 10): Promise<void> {
  const pollable = subject.subscribe();
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      pollable.block(),
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not ready within ${seconds} s`)), seconds * 1000);
      }),
    ]);
    pollable[Symbol.dispose]();
  } finally {
    clearTimeout(timer);
  }
}

/** A connection of the guest. */
export interface Connected {
  socket: TcpSocket;
  input: InputStream;
  output: OutputStream;
}

/** Connects a new socket, or one that is given. */
export async function connect(
  host: Host,
  remote: IpSocketAddress,
  socket: TcpSocket = tcp(host, remote.tag),
): Promise<Connected> {
  socket.startConnect(network(host), remote);
  await ready(socket);
  const [input, output] = socket.finishConnect();
  return { socket, input, output };
}

/** Waits for a connection and accepts it. */
export async function accept(listening: TcpSocket): Promise<Connected> {
  await ready(listening);
  const [socket, input, output] = listening.accept();
  return { socket, input, output };
}

/** Two ends of one connection. */
export async function pair(
  host: Host,
  address: IpSocketAddress = loopback(),
): Promise<[Connected, Connected]> {
  const server = listener(host, address);
  const client = connect(host, server.localAddress());
  const accepted = await accept(server);
  const connected = await client;
  server[Symbol.dispose]();
  return [connected, accepted];
}

/** A connection of the guest whose other end is a plain socket, which half-closes only when told. */
export async function withPeer(host: Host): Promise<Connected & { peer: net.Socket }> {
  const server = listener(host);
  const peer = net.connect({
    port: server.localAddress().val.port,
    host: "127.0.0.1",
    allowHalfOpen: true,
  });
  peer.on("error", () => {});
  const accepted = await accept(server);
  server[Symbol.dispose]();
  return { ...accepted, peer };
}

/** Drops streams and socket in the order that the component model asks for. */
export function drop({ socket, input, output }: Connected): void {
  input[Symbol.dispose]();
  output[Symbol.dispose]();
  socket[Symbol.dispose]();
}

/** Reads until the end of the stream. */
export async function readAll(input: InputStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (;;) {
    try {
      const bytes = await input.blockingRead(65536n);
      parts.push(Buffer.from(bytes));
    } catch (error) {
      if ((error as { tag?: string }).tag === "closed") return Buffer.concat(parts);
      throw error;
    }
  }
}

/** Writes a piece that the permit covers. */
export function put(output: OutputStream, bytes: Uint8Array): void {
  output.checkWrite();
  output.write(bytes);
}

/** Writes everything, waiting for permits. */
export async function writeAll(output: OutputStream, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const permit = Number(output.checkWrite());
    if (permit === 0) {
      await ready(output, 60);
      continue;
    }
    const end = Math.min(bytes.length, from + permit);
    output.write(bytes.subarray(from, end));
    from = end;
  }
}

/** What a call throws; fails when it throws nothing. */
export function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("the call was expected to throw");
}

/** The message of a trap. */
export function trap(call: () => unknown): string {
  const error = thrown(call);
  if (!(error instanceof Error)) throw new Error(`expected a trap, and it threw ${JSON.stringify(error)}`);
  return error.message;
}

/** Lets the event loop turn until a condition holds; fails after some seconds. */
export async function until(condition: () => boolean, what: string, seconds = 10): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`did not happen within ${seconds} s: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Lets the event loop turn so often: what the kernel has for this process comes meanwhile. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** How many sockets this process has open; `undefined` where the platform does not tell. */
export function openSockets(): number | undefined {
  try {
    let count = 0;
    for (const fd of fs.readdirSync("/proc/self/fd")) {
      try {
        if (fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:")) count++;
      } catch {
        // It was the descriptor of the listing itself.
      }
    }
    return count;
  } catch {
    return undefined;
  }
}
