/** The Node library as a side. */
import { once } from "node:events";
import * as wasock from "../../src/index.ts";
import { createNetwork } from "../../src/testing/index.ts";
import type {
  AddressInfoHandle,
  Side,
  SideInput,
  SideMessage,
  SideOutput,
  SockaddrHandle,
  SocketHandle,
} from "./side.ts";

// A handle of this side is the library's own object.
function info(handle: AddressInfoHandle): wasock.AddressInfo {
  return handle as unknown as wasock.AddressInfo;
}
function address(handle: SockaddrHandle): wasock.Sockaddr {
  return handle as unknown as wasock.Sockaddr;
}
function socketOf(handle: SocketHandle): wasock.Socket {
  return handle as unknown as wasock.Socket;
}
function infoHandle(value: wasock.AddressInfo | null): AddressInfoHandle | null {
  return value as unknown as AddressInfoHandle | null;
}
function addressHandle(value: wasock.Sockaddr | null): SockaddrHandle | null {
  return value as unknown as SockaddrHandle | null;
}

/** An input port through `read`, waiting for events as any reader of a paused stream does. */
class Input implements SideInput {
  readonly #port: wasock.InputPort;

  constructor(port: wasock.InputPort) {
    this.#port = port;
  }

  async read(n: number): Promise<Uint8Array> {
    const port = this.#port;
    for (;;) {
      if (port.errored !== null) throw port.errored;
      const size = Math.min(n, port.readableLength);
      const bytes = port.read(size > 0 ? size : undefined) as Buffer | null;
      if (bytes !== null) {
        if (bytes.length <= n) return bytes;
        port.unshift(bytes.subarray(n));
        return bytes.subarray(0, n);
      }
      if (port.readableEnded || port.destroyed) return new Uint8Array(0);
      const done = new AbortController();
      const { signal } = done;
      // `once` rejects by itself when the port fails
      await Promise.race([once(port, "readable", { signal }), once(port, "end", { signal })]).finally(() =>
        done.abort(),
      );
    }
  }

  async readAll(): Promise<Uint8Array> {
    const parts: Buffer[] = [];
    for await (const part of this.#port) parts.push(part as Buffer);
    return Buffer.concat(parts);
  }
}

/** An output port, whose writes are awaited one by one. */
class Output implements SideOutput {
  readonly #port: wasock.OutputPort;

  constructor(port: wasock.OutputPort) {
    this.#port = port;
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#port.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  end(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#port.once("error", reject);
      this.#port.end(() => resolve());
    });
  }
}

class NodeSide implements Side {
  readonly name: string;
  readonly runtime: string = `Node ${process.versions.node}`;
  readonly pid: number = process.pid;
  readonly can = {
    concurrent: true,
    bulk: true,
    ports: true,
    lookup: true,
    throwing: true,
    catching: true,
    trunc: true,
    system: true,
  };
  readonly #net: wasock.Library | typeof wasock;
  readonly #sockets = new Set<wasock.Socket>();

  readonly now?: () => number;

  /** @param now the clock of a network in memory, where it is on one */
  constructor(name: string, net: wasock.Library | typeof wasock, now?: () => number) {
    this.name = name;
    this.#net = net;
    this.can = { ...this.can, system: now === undefined };
    if (now !== undefined) this.now = now;
  }

  #hold(socket: wasock.Socket | false): SocketHandle | false {
    if (socket !== false) this.#sockets.add(socket);
    return socket as unknown as SocketHandle | false;
  }

  async getAddressInfo(
    host: string | null,
    service: string | number | null,
    hints?: AddressInfoHandle,
  ): Promise<AddressInfoHandle | null> {
    return infoHandle(await this.#net.getAddressInfo(host, service, hints && info(hints)));
  }
  async makeAddressInfo(
    family: number,
    socketType: number,
    protocol: number,
    flags?: number,
  ): Promise<AddressInfoHandle> {
    const made = this.#net.makeAddressInfo(family, socketType, protocol, flags);
    return made as unknown as AddressInfoHandle;
  }
  async addressInfoFamily(ai: AddressInfoHandle): Promise<number> {
    return this.#net.addressInfoFamily(info(ai));
  }
  async addressInfoSocketType(ai: AddressInfoHandle): Promise<number> {
    return this.#net.addressInfoSocketType(info(ai));
  }
  async addressInfoProtocol(ai: AddressInfoHandle): Promise<number> {
    return this.#net.addressInfoProtocol(info(ai));
  }
  async addressInfoFlags(ai: AddressInfoHandle): Promise<number> {
    return this.#net.addressInfoFlags(info(ai));
  }
  async addressInfoAddress(ai: AddressInfoHandle): Promise<SockaddrHandle | null> {
    return addressHandle(this.#net.addressInfoAddress(info(ai)));
  }
  async addressInfoAddressLength(ai: AddressInfoHandle): Promise<number> {
    return this.#net.addressInfoAddressLength(info(ai));
  }
  async addressInfoCanonname(ai: AddressInfoHandle): Promise<string | null> {
    return this.#net.addressInfoCanonname(info(ai));
  }
  async addressInfoNext(ai: AddressInfoHandle): Promise<AddressInfoHandle | null> {
    return infoHandle(this.#net.addressInfoNext(info(ai)));
  }

  async makeSockaddr(name?: string, port?: number): Promise<SockaddrHandle> {
    return wasock.makeSockaddr(name, port) as unknown as SockaddrHandle;
  }
  async sockaddrName(handle: SockaddrHandle): Promise<string> {
    return wasock.sockaddrName(address(handle));
  }
  async sockaddrPort(handle: SockaddrHandle): Promise<number> {
    return wasock.sockaddrPort(address(handle));
  }
  async sockaddrBytes(handle: SockaddrHandle): Promise<Uint8Array> {
    return address(handle).bytes;
  }
  async getPeerName(socket: SocketHandle): Promise<SockaddrHandle | null> {
    return addressHandle(this.#net.getPeerName(socketOf(socket)));
  }
  async getSocketName(socket: SocketHandle): Promise<SockaddrHandle | null> {
    return addressHandle(this.#net.getSocketName(socketOf(socket)));
  }

  async socket(family: number, type: number, protocol?: number): Promise<SocketHandle | false> {
    return this.#hold(this.#net.socket(family, type, protocol));
  }
  async bind(socket: SocketHandle, to: SockaddrHandle): Promise<boolean> {
    return await this.#net.bind(socketOf(socket), address(to));
  }
  async listen(socket: SocketHandle, backlog: number): Promise<boolean> {
    return await this.#net.listen(socketOf(socket), backlog);
  }
  async accept(socket: SocketHandle, peer?: SockaddrHandle): Promise<SocketHandle | false> {
    return this.#hold(await this.#net.accept(socketOf(socket), peer && address(peer)));
  }
  async connect(socket: SocketHandle, to: SockaddrHandle): Promise<number> {
    return await this.#net.connect(socketOf(socket), address(to));
  }
  async openNetIo(
    host: string | null,
    service: string | number,
  ): Promise<[SocketHandle, SideInput, SideOutput] | null> {
    const opened = await this.#net.openNetIo(host, service);
    if (opened === null) return null;
    const [socket, input, output] = opened;
    return [this.#hold(socket) as SocketHandle, new Input(input), new Output(output)];
  }
  async withNetIo<T>(
    host: string | null,
    service: string | number,
    proc: (input: SideInput, output: SideOutput) => Promise<T>,
  ): Promise<T> {
    return await this.#net.withNetIo(host, service, (input, output) =>
      proc(new Input(input), new Output(output)),
    );
  }
  async makeListenerSocket(ai: AddressInfoHandle, maxConn?: number): Promise<SocketHandle> {
    return this.#hold(await this.#net.makeListenerSocket(info(ai), maxConn)) as SocketHandle;
  }
  async openSocketPair(
    family?: number,
    type?: number,
    protocol?: number,
  ): Promise<[SocketHandle, SocketHandle] | false> {
    const pair = this.#net.openSocketPair(family, type, protocol);
    if (pair === false) return false;
    return [this.#hold(pair[0]) as SocketHandle, this.#hold(pair[1]) as SocketHandle];
  }
  async getSocketOption(socket: SocketHandle, level: number, name: number): Promise<number | null> {
    return this.#net.getSocketOption(socketOf(socket), level, name);
  }
  async setSocketOption(socket: SocketHandle, level: number, name: number, value: number): Promise<boolean> {
    return this.#net.setSocketOption(socketOf(socket), level, name, value);
  }
  async shutdown(socket: SocketHandle, how: "read" | "write" | "both"): Promise<boolean> {
    return this.#net.shutdown(socketOf(socket), how);
  }
  async close(socket: SocketHandle): Promise<void> {
    this.#sockets.delete(socketOf(socket));
    await this.#net.close(socketOf(socket));
  }

  async send(
    socket: SocketHandle,
    bytes: Uint8Array,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number> {
    return await this.#net.send(socketOf(socket), bytes, flags, ai && info(ai));
  }
  async sendNonBlocking(
    socket: SocketHandle,
    bytes: Uint8Array,
    timeout: number | null | false,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number | false> {
    return await this.#net.sendNonBlocking(socketOf(socket), bytes, timeout, flags, ai && info(ai));
  }
  async receive(
    socket: SocketHandle,
    n: number,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<Uint8Array | false> {
    return await this.#net.receive(socketOf(socket), n, flags, ai && info(ai));
  }
  async receiveNonBlocking(
    socket: SocketHandle,
    n: number,
    timeout: number | null | false,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<Uint8Array | false> {
    return await this.#net.receiveNonBlocking(socketOf(socket), n, timeout, flags, ai && info(ai));
  }
  async receiveMany(socket: SocketHandle, n: number): Promise<SideMessage[] | false> {
    const messages = await this.#net.receiveMany(socketOf(socket), n);
    if (messages === false) return false;
    return messages.map(({ bytes, sender }) => ({ bytes, sender: addressHandle(sender) }));
  }
  async receiveInto(
    socket: SocketHandle,
    bytes: Uint8Array,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number> {
    return await this.#net.receiveInto(socketOf(socket), bytes, flags, ai && info(ai));
  }
  async receiveIntoNonBlocking(
    socket: SocketHandle,
    bytes: Uint8Array,
    timeout: number | null | false,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number | false> {
    return await this.#net.receiveIntoNonBlocking(socketOf(socket), bytes, timeout, flags, ai && info(ai));
  }

  async errorName(errno: number): Promise<string> {
    return wasock.errorName(errno);
  }
  async errorMessage(errno: number): Promise<string> {
    return wasock.errorMessage(errno);
  }

  async dispose(): Promise<void> {
    const open = [...this.#sockets];
    this.#sockets.clear();
    await Promise.all(open.map((socket) => socket.close()));
  }
}

/** Opens the Node library as a side. */
export async function openNode(): Promise<Side> {
  return new NodeSide("Node library", wasock);
}

/** Opens the library on a machine of a network in memory. */
export async function openInMemory(): Promise<Side> {
  const network = createNetwork({ seed: 1 });
  return new NodeSide("Node library in memory", network.host("one").net, () => network.now);
}
