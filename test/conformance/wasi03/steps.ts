/** What the files of this suite share: sockets and connections in one line, and what must fail. */
import * as assert from "uvu/assert";
import type { IpAddressFamily, IpSocketAddress } from "../../../host/network/address.ts";
import { type Conformance, conformanceOn } from "../conformance.ts";
import { failure, loopback } from "../steps.ts";
import type { Guest } from "./guest.ts";
import { ways } from "./ways.ts";

/** Begins a file of the suite. */
export function conformance(topic: string): Conformance<Guest, object> {
  return conformanceOn(`0.3 ${topic}`, ways, async () => ({}));
}

/** Asserts that a call fails with one of these errors. */
export async function fails(call: Promise<unknown>, ...tags: readonly string[]): Promise<void> {
  const error = await failure(call);
  if (error instanceof Error) throw error;
  assert.ok(
    tags.includes((error as { tag: string }).tag),
    `${JSON.stringify(error)}, and not ${tags.join(" or ")}`,
  );
}

/** A bound socket. */
export async function bound(
  guest: Guest,
  address: IpSocketAddress,
  kind: "tcp" | "udp" = "tcp",
): Promise<number> {
  const socket = await guest.call<number>(`${kind}-socket.create`, address.tag);
  await guest.call(`${kind}-socket.bind`, socket, address);
  return socket;
}

/** Drops sockets. */
export function drop(guest: Guest, kind: "tcp" | "udp", ...sockets: readonly number[]): void {
  for (const socket of sockets) guest.raw(`${kind}-socket.drop`, socket);
}

/** A listening socket, and the stream of what comes. */
export interface Listening {
  readonly socket: number;
  readonly arrivals: number;
  readonly address: IpSocketAddress;
}

/** A listener. */
export async function listening(
  guest: Guest,
  address: IpSocketAddress = loopback(),
  prepare: (socket: number) => Promise<void> = async () => {},
): Promise<Listening> {
  const socket = await bound(guest, address);
  await prepare(socket);
  const arrivals = await guest.call<number>("tcp-socket.listen", socket);
  return { socket, arrivals, address: await guest.localAddress(socket) };
}

/** One end of a connection, with its streams and what they come to. */
export interface Connection {
  readonly socket: number;
  readonly input: number;
  readonly received: number;
  readonly output: number;
  readonly sent: number;
}

/** The streams of a connected socket. */
export async function streams(guest: Guest, socket: number): Promise<Connection> {
  const [input, received] = await guest.call<[number, number]>("tcp-socket.receive", socket);
  const { readable, writable } = guest.newStream();
  const sent = await guest.call<number>("tcp-socket.send", socket, readable);
  return { socket, input, received, output: writable, sent };
}

/** A connected socket. */
export async function connected(guest: Guest, address: IpSocketAddress): Promise<number> {
  const socket = await guest.createTcp(address.tag);
  await guest.call("tcp-socket.connect", socket, address);
  return socket;
}

/** Both ends of a connection, and their listener. */
export async function pair(
  guest: Guest,
  family: IpAddressFamily = "ipv4",
): Promise<{ client: Connection; server: Connection; listener: Listening }> {
  const listener = await listening(guest, loopback(family));
  const client = await connected(guest, listener.address);
  const server = await guest.arrival(listener.arrivals);
  return { client: await streams(guest, client), server: await streams(guest, server), listener };
}

/** Reads until the stream has ended. */
export async function readAll(guest: Guest, input: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (;;) {
    const { how, count } = await guest.read(input, 65536);
    parts.push(guest.taken(count));
    if (how !== "completed") return Buffer.concat(parts);
  }
}
