/** Sockets of the library, made in one line. */
import * as assert from "uvu/assert";
import {
  AddressFamily,
  accept,
  bind,
  close,
  connect,
  getSocketName,
  listen,
  makeSockaddr,
  type Sockaddr,
  type Socket,
  SocketType,
  socket,
} from "../../../src/index.ts";
import { freePort } from "../../peers/ports.ts";

/** What must be there. */
export function must<T>(value: T | null | false | undefined): T {
  if (value === null || value === false || value === undefined)
    throw new Error(`there should be a value, not ${value}`);
  return value;
}

/** A stream socket for addresses like this one. */
export function stream(address = "127.0.0.1"): Socket {
  return must(socket(familyOf(address), SocketType.stream));
}

/** A datagram socket for addresses like this one. */
export function datagram(address = "127.0.0.1"): Socket {
  return must(socket(familyOf(address), SocketType.datagram));
}

/** A datagram socket that is bound to a free port, and its address. */
export async function boundDatagram(address = "127.0.0.1"): Promise<[Socket, Sockaddr]> {
  const made = datagram(address);
  assert.is(await bind(made, makeSockaddr(address)), true);
  return [made, must(getSocketName(made))];
}

/** A socket that listens on a free port, and its address. */
export async function listening(address = "127.0.0.1", backlog = 128): Promise<[Socket, Sockaddr]> {
  const made = stream(address);
  assert.is(await bind(made, makeSockaddr(address)), true);
  assert.is(await listen(made, backlog), true);
  return [made, must(getSocketName(made))];
}

/** An address of loopback where nobody listens. */
export async function freeAddress(address = "127.0.0.1"): Promise<Sockaddr> {
  return makeSockaddr(address, await freePort());
}

/** Both ends of a connection. */
export async function connection(address = "127.0.0.1"): Promise<[client: Socket, server: Socket]> {
  const [listener, at] = await listening(address);
  const client = await connected(at);
  const server = must(await accept(listener));
  await close(listener);
  return [client, server];
}

/** A client of a listener at that address. */
export async function connected(at: Sockaddr | number): Promise<Socket> {
  const target = typeof at === "number" ? makeSockaddr("127.0.0.1", at) : at;
  const client = must(socket(target.family, SocketType.stream));
  assert.is(await connect(client, target), 0);
  return client;
}

/** Closes them all. */
export async function closeAll(...sockets: Socket[]): Promise<void> {
  await Promise.all(sockets.map(close));
}

function familyOf(address: string): number {
  return address.includes(":") ? AddressFamily.inet6 : AddressFamily.inet;
}

/** Bytes that tell their place: a piece that is lost, doubled or out of order changes them. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}
