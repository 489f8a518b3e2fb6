/** The measured end that is the library's component, as a JavaScript program imports it: its functions block. */

/** A resource of the component. */
export interface Resource {
  [Symbol.dispose](): void;
}

/** What the rows use of `wasock:net/net`; each function throws an error number. */
export interface Net {
  socket(family: number, type: number, protocol: number): Resource;
  makeSockaddr(address: string, port: number): Resource;
  connect(socket: Resource, address: Resource): void;
  send(socket: Resource, bytes: Uint8Array): number;
  receive(socket: Resource, most: number): Uint8Array;
  shutdown(socket: Resource, how: "read" | "write" | "both"): void;
  close(socket: Resource): void;
}

/** What the component runs on: our modules in the place of preview2-shim's, or those. */
export type On = "drop-in" | "shim";

const INET = 2;
const STREAM = 1;

/** Loads the component, as jco made it. */
export async function loadCore(on: On): Promise<Net> {
  // read when the host's modules are loaded
  process.env["WASOCK_ALLOW_NET"] = "127.0.0.1";
  const module = new URL(`../../jco/${on}/wasock.js`, import.meta.url).href;
  const { net } = (await import(module)) as { net: Net };
  return net;
}

/** Connects to a port on 127.0.0.1. */
export function connectTo(net: Net, port: number): Resource {
  const socket = net.socket(INET, STREAM, 0);
  const address = net.makeSockaddr("127.0.0.1", port);
  net.connect(socket, address);
  address[Symbol.dispose]();
  return socket;
}

/** Closes a connection, and lets go of it. */
export function closeSocket(net: Net, socket: Resource): void {
  net.close(socket);
  socket[Symbol.dispose]();
}
