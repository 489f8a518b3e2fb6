/**
 * The measured end with wasock: the package as users get it, bundled, and what several rows do with it.
 *
 * It is loaded when a row asks for it: the process of the other side runs without it.
 */
import type { Socket } from "../../src/index.ts";

/** The library. */
export type Wasock = typeof import("../../src/index.ts");

/** The module that `import "wasock"` gives. */
export const entry: string = new URL("../../dist/index.js", import.meta.url).href;

/** Loads the library. */
export async function loadWasock(): Promise<Wasock> {
  return (await import(entry)) as Wasock;
}

/** Connects to a port on 127.0.0.1; rejects when that fails. */
export async function connectTo(wasock: Wasock, port: number): Promise<Socket> {
  const { AddressFamily, connect, errorName, makeSockaddr, SocketType, socket } = wasock;
  const client = socket(AddressFamily.inet, SocketType.stream);
  if (client === false) throw new Error("socket: refused");
  const result = await connect(client, makeSockaddr("127.0.0.1", port));
  if (result !== 0) throw new Error(`connect to port ${port}: ${errorName(result)}`);
  return client;
}

/** A listener on a free port of 127.0.0.1, and the port. */
export async function listenOnAnyPort(wasock: Wasock): Promise<{ listener: Socket; port: number }> {
  const { getAddressInfo, getSocketName, makeListenerSocket } = wasock;
  const info = await getAddressInfo("127.0.0.1", 0);
  if (info === null) throw new Error("getAddressInfo: no address");
  const listener = await makeListenerSocket(info);
  return { listener, port: getSocketName(listener)?.port ?? 0 };
}

/** Accepts a connection; rejects when that fails. */
export async function acceptFrom(wasock: Wasock, listener: Socket): Promise<Socket> {
  const connection = await wasock.accept(listener);
  if (connection === false) throw new Error("accept: failed");
  return connection;
}

/** A datagram socket on a free port of 127.0.0.1. */
export async function bindDatagrams(wasock: Wasock): Promise<Socket> {
  const { AddressFamily, bind, makeSockaddr, SocketType, socket } = wasock;
  const client = socket(AddressFamily.inet, SocketType.datagram);
  if (client === false) throw new Error("socket: refused");
  if (!(await bind(client, makeSockaddr("127.0.0.1", 0)))) throw new Error("bind: failed");
  return client;
}

/**
 * Sends a message and receives as many bytes; rejects when less comes.
 *
 * @param answer as long as the message
 */
export async function exchange(
  { send, receiveInto }: Wasock,
  socket: Socket,
  message: Uint8Array,
  answer: Uint8Array,
): Promise<void> {
  const sent = await send(socket, message);
  if (sent !== message.length) throw new Error(`send: ${sent} of ${message.length} bytes`);
  for (let got = 0; got < answer.length; ) {
    const count = await receiveInto(socket, got === 0 ? answer : answer.subarray(got));
    if (count <= 0) throw new Error(`receiveInto: ${count} after ${got} of ${answer.length} bytes`);
    got += count;
  }
}
