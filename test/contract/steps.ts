/** Steps that many tests of the contract suite begin with. */
import { once } from "node:events";
import { connect as connectNode, createServer, type AddressInfo as NodeAddress, type Socket } from "node:net";
import * as assert from "uvu/assert";
import { IpProto, SocketType } from "../../src/constants.ts";
import type { AddressInfoHandle, SideFailure, SockaddrHandle, SocketHandle } from "../sides/side.ts";
import type { Family, Given } from "./contract.ts";

/** The value, which is not one of those that say failure. */
export function must<T>(value: T | null | false, what: string): T {
  if (value === null || value === false) throw new Error(`${what} failed: ${value}`);
  return value;
}

/** Bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of bytes, or the value that says failure. */
export function text(value: Uint8Array | false): string | false {
  return value === false ? false : new TextDecoder().decode(value);
}

/** A new socket, closed after the test. */
export async function newSocket({ side, after }: Given, family: number, type: number): Promise<SocketHandle> {
  const socket = must(await side.socket(family, type), "socket");
  after(() => side.close(socket));
  return socket;
}

/** A TCP socket. */
export function stream(given: Given, { family }: Family): Promise<SocketHandle> {
  return newSocket(given, family, SocketType.stream);
}

/** A socket that is bound to a port of loopback's. */
export async function bound(
  given: Given,
  { family, host }: Family,
  type: number = SocketType.datagram,
): Promise<{ socket: SocketHandle; address: SockaddrHandle; port: number }> {
  const { side } = given;
  const socket = await newSocket(given, family, type);
  assert.is(await side.bind(socket, await side.makeSockaddr(host, 0)), true);
  const address = must(await side.getSocketName(socket), "getSocketName");
  return { socket, address, port: await side.sockaddrPort(address) };
}

/** A listener on loopback. */
export async function listening(
  given: Given,
  { host }: Family,
): Promise<{ socket: SocketHandle; address: SockaddrHandle; port: number }> {
  const { side, after } = given;
  const socket = await side.makeListenerSocket(must(await side.getAddressInfo(host, 0), "getAddressInfo"));
  after(() => side.close(socket));
  const address = must(await side.getSocketName(socket), "getSocketName");
  return { socket, address, port: await side.sockaddrPort(address) };
}

/** A TCP socket that is connected to a port of loopback's. */
export async function connected(given: Given, family: Family, port: number): Promise<SocketHandle> {
  const { side } = given;
  const socket = await stream(given, family);
  assert.is(await side.connect(socket, await side.makeSockaddr(family.host, port)), 0);
  return socket;
}

/** Two TCP sockets of the side, connected to each other. */
export async function pair(given: Given, family: Family): Promise<[SocketHandle, SocketHandle]> {
  const { side, after } = given;
  const { socket, port } = await listening(given, family);
  // the kernel connects: nobody has to accept meanwhile
  const client = await connected(given, family, port);
  const server = must(await side.accept(socket), "accept");
  after(() => side.close(server));
  return [client, server];
}

/** An address info of a datagram's destination. */
export async function datagramTo(
  { side }: Given,
  { family, host }: Family,
  port: number,
): Promise<AddressInfoHandle> {
  const hints = await side.makeAddressInfo(family, SocketType.datagram, IpProto.udp);
  return must(await side.getAddressInfo(host, port, hints), "getAddressInfo");
}

/** An address info for a sender's address to be put into. */
export async function forSender({ side }: Given, { family }: Family): Promise<AddressInfoHandle> {
  return await side.makeAddressInfo(family, SocketType.datagram, IpProto.udp);
}

/** `"127.0.0.1 80"`: an address as the API tells it. */
export async function shown({ side }: Given, address: SockaddrHandle | null): Promise<string | null> {
  return address === null ? null : `${await side.sockaddrName(address)} ${await side.sockaddrPort(address)}`;
}

/**
 * A port of loopback's that nobody listens on, nor will during the test: it is the near end of a connection.
 */
export async function deafPort({ after }: Given, { host }: Family): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const socket = connectNode((server.address() as NodeAddress).port, host);
  const [far] = (await once(server, "connection")) as [Socket];
  after(() => {
    socket.destroy();
    far.destroy();
    server.close();
  });
  return must(socket.localPort ?? null, "localPort");
}

/** A client outside of the side: Node's own networking. */
export async function visitor({ after }: Given, { host }: Family, port: number): Promise<Socket> {
  const socket = connectNode({ port, host, allowHalfOpen: true });
  after(() => socket.destroy());
  await once(socket, "connect");
  // the side may reset it, by closing with bytes unread
  return socket.on("error", () => {});
}

/** How a client outside of the side fares: `"connect"`, or the code of its error. */
export async function visit({ host }: Family, port: number): Promise<string> {
  const socket = connectNode({ port, host });
  try {
    await once(socket, "connect");
    return "connect";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "error";
  } finally {
    socket.destroy();
  }
}

/** The error that a call rejects with. */
export async function rejection(call: Promise<unknown>): Promise<SideFailure> {
  try {
    await call;
  } catch (error) {
    return error as SideFailure;
  }
  throw new Error("the call was expected to reject");
}

/** Receives until `size` bytes are there, or the stream ends. */
export async function receiveAll(
  { side }: Given,
  socket: SocketHandle,
  size: number = Infinity,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let count = 0; count < size; ) {
    const part = must(await side.receive(socket, Math.min(65536, size - count)), "receive");
    if (part.length === 0) break;
    parts.push(part);
    count += part.length;
  }
  return Buffer.concat(parts);
}
