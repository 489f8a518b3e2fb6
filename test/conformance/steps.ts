/** What the files of the suite share: sockets in one line, waiting, and what must fail. */
import * as assert from "uvu/assert";
import type { IpAddressFamily, IpSocketAddress } from "../../host/network/address.ts";
import { fromNode } from "../../host/network/address.ts";
import { turns } from "../host/support.ts";
import type {
  Guest,
  Held,
  IncomingDatagramStream,
  InputStream,
  IoError,
  OutgoingDatagramStream,
  OutputStream,
  Subject,
  TcpSocket,
  UdpSocket,
} from "./guest.ts";

/** A literal with a port. */
export function at(address: string, port: number): IpSocketAddress {
  return fromNode({ address, port });
}

/** Loopback as text. */
export function loopbackText(family: IpAddressFamily = "ipv4"): string {
  return family === "ipv4" ? "127.0.0.1" : "::1";
}

/** Loopback with a port. */
export function loopback(family: IpAddressFamily = "ipv4", port = 0): IpSocketAddress {
  return at(loopbackText(family), port);
}

/** The wildcard address with a port. */
export function anywhere(family: IpAddressFamily, port = 0): IpSocketAddress {
  return at(family === "ipv4" ? "0.0.0.0" : "::", port);
}

/** What a call rejects with; fails when it does not. */
export async function failure(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("the call was expected to fail");
}

/** Asserts that a call fails with an error code, or with a stream error of that tag. */
export async function fails(call: Promise<unknown>, code: string): Promise<void> {
  const error = await failure(call);
  const found = typeof error === "object" && error !== null && "tag" in error ? error.tag : error;
  if (found instanceof Error) throw found;
  assert.is(found, code);
}

/** Asserts that a call traps. */
export async function traps(call: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await failure(call);
  assert.instance(error, Error, `expected a trap, and it failed with ${JSON.stringify(error)}`);
  assert.match((error as Error).message, message);
}

/** Asserts that a stream's operation failed with a code of the network. */
export async function breaks(guest: Guest, call: Promise<unknown>, code: string): Promise<void> {
  const error = (await failure(call)) as { tag?: string; val?: IoError };
  if (error instanceof Error) throw error;
  assert.is(error.tag, "last-operation-failed");
  assert.is(await guest.networkErrorCode(error.val as IoError), code);
  await error.val?.drop();
}

/** Waits for a pollable of its own, and fails after some seconds instead of hanging. */
export async function ready(guest: Guest, subject: Subject, seconds = 10): Promise<void> {
  if (!(await isReadyWithin(guest, subject, seconds * 1000)))
    throw new Error(`not ready within ${seconds} s`);
}

/** Whether a thing becomes ready in time, as the guest's own `poll` with a timer tells. */
export async function isReadyWithin(guest: Guest, subject: Subject, milliseconds: number): Promise<boolean> {
  const pollable = await subject.subscribe();
  const timer = await guest.subscribeDuration(BigInt(milliseconds) * 1_000_000n);
  const found = await guest.poll([pollable, timer]);
  await dropAll(pollable, timer);
  return found[0] === 0;
}

/** Whether a thing is ready now. */
export async function isReady(subject: Subject): Promise<boolean> {
  const pollable = await subject.subscribe();
  const now = await pollable.ready();
  await pollable.drop();
  return now;
}

/** Drops them in this order. */
export async function dropAll(...held: Held[]): Promise<void> {
  for (const each of held) await each.drop();
}

/** A bound TCP socket. */
export async function boundTcp(guest: Guest, address: IpSocketAddress = loopback()): Promise<TcpSocket> {
  const socket = await guest.createTcpSocket(address.tag);
  const network = await guest.instanceNetwork();
  await socket.startBind(network, address);
  await socket.finishBind();
  await network.drop();
  return socket;
}

/** A listening TCP socket. */
export async function listener(
  guest: Guest,
  address: IpSocketAddress = loopback(),
  prepare: (socket: TcpSocket) => Promise<void> = async () => {},
): Promise<TcpSocket> {
  const socket = await boundTcp(guest, address);
  await prepare(socket);
  await socket.startListen();
  await socket.finishListen();
  return socket;
}

/** A connection of the guest. */
export interface Connection {
  readonly socket: TcpSocket;
  readonly input: InputStream;
  readonly output: OutputStream;
}

/** Connects a new socket, or one that is given. */
export async function connect(guest: Guest, remote: IpSocketAddress, given?: TcpSocket): Promise<Connection> {
  const socket = given ?? (await guest.createTcpSocket(remote.tag));
  const network = await guest.instanceNetwork();
  await socket.startConnect(network, remote);
  await network.drop();
  await ready(guest, socket);
  const [input, output] = await socket.finishConnect();
  return { socket, input, output };
}

/** Why a new socket can't connect. */
export async function connectFailure(guest: Guest, remote: IpSocketAddress, seconds = 10): Promise<unknown> {
  const socket = await guest.createTcpSocket(remote.tag);
  const network = await guest.instanceNetwork();
  try {
    await socket.startConnect(network, remote);
    await ready(guest, socket, seconds);
    await socket.finishConnect();
  } catch (error) {
    return error;
  } finally {
    await socket.drop().catch(() => {});
  }
  throw new Error("the connect was expected to fail");
}

/** Waits for a connection and accepts it. */
export async function accept(guest: Guest, listening: TcpSocket): Promise<Connection> {
  await ready(guest, listening);
  const [socket, input, output] = await listening.accept();
  return { socket, input, output };
}

/** Both ends of one connection, and its listener. */
export async function pair(
  guest: Guest,
  family: IpAddressFamily = "ipv4",
): Promise<{ client: Connection; server: Connection; listening: TcpSocket }> {
  const listening = await listener(guest, loopback(family));
  const client = connect(guest, await listening.localAddress());
  const server = await accept(guest, listening);
  return { client: await client, server, listening };
}

/** Drops streams and socket in the order that the component model asks for. */
export async function dropConnection({ socket, input, output }: Connection): Promise<void> {
  await dropAll(input, output, socket);
}

/** Writes a piece that the permit covers. */
export async function send(output: OutputStream, bytes: Uint8Array | string): Promise<void> {
  await output.checkWrite();
  await output.write(typeof bytes === "string" ? Buffer.from(bytes) : bytes);
}

/** Writes everything, waiting for permits. */
export async function writeAll(guest: Guest, output: OutputStream, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const permit = Number(await output.checkWrite());
    if (permit === 0) {
      await ready(guest, output);
      continue;
    }
    const end = Math.min(bytes.length, from + permit);
    await output.write(bytes.subarray(from, end));
    from = end;
  }
}

/** Reads until so many bytes are there, or until the stream ends. */
export async function readSome(
  guest: Guest,
  input: InputStream,
  length: number = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let got = 0; got < length; ) {
    try {
      const bytes = await input.read(BigInt(Math.min(65536, length - got)));
      if (bytes.length === 0) await ready(guest, input);
      else parts.push(bytes);
      got += bytes.length;
    } catch (error) {
      if ((error as { tag?: string }).tag === "closed") break;
      throw error;
    }
  }
  return Buffer.concat(parts);
}

/** A bound UDP socket. */
export async function boundUdp(guest: Guest, address: IpSocketAddress = loopback()): Promise<UdpSocket> {
  const socket = await guest.createUdpSocket(address.tag);
  const network = await guest.instanceNetwork();
  await socket.startBind(network, address);
  await socket.finishBind();
  await network.drop();
  return socket;
}

/** A UDP socket with its streams. */
export interface Datagrams {
  readonly socket: UdpSocket;
  readonly incoming: IncomingDatagramStream;
  readonly outgoing: OutgoingDatagramStream;
}

/** A bound UDP socket with its streams, with a peer or without. */
export async function datagrams(
  guest: Guest,
  address: IpSocketAddress = loopback(),
  remote?: IpSocketAddress,
): Promise<Datagrams> {
  const socket = await boundUdp(guest, address);
  const [incoming, outgoing] = await socket.stream(remote);
  return { socket, incoming, outgoing };
}

/** Sends one datagram once it is permitted; gives what `send` gave. */
export async function sendOne(
  guest: Guest,
  outgoing: OutgoingDatagramStream,
  data: Uint8Array | string,
  remoteAddress?: IpSocketAddress,
): Promise<bigint> {
  while ((await outgoing.checkSend()) === 0n) await ready(guest, outgoing);
  return outgoing.send([{ data: typeof data === "string" ? Buffer.from(data) : data, remoteAddress }]);
}

/** Receives until so many datagrams are there; gives their data as text. */
export async function receiveTexts(
  guest: Guest,
  incoming: IncomingDatagramStream,
  count: number,
): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    const got = await incoming.receive(BigInt(count - texts.length));
    if (got.length === 0) await ready(guest, incoming);
    for (const { data } of got) texts.push(Buffer.from(data).toString());
  }
  return texts;
}

export { turns } from "../host/support.ts";

/** Waits until a number stays the same, as far as the event loop of this process goes: nothing is under way any more. */
export async function still(count: () => number | Promise<number>): Promise<number> {
  let last = await count();
  for (let quiet = 0; quiet < 20; quiet++) {
    await turns(1);
    const now = await count();
    if (now !== last) quiet = -1;
    last = now;
  }
  return last;
}

/** Lets the event loop turn until a condition holds; fails after some seconds. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  seconds = 10,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`did not happen within ${seconds} s: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
