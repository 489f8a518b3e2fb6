/** The component's blocking interface, `wasock:net/net`, as a side; one call at a time. */
import { ComponentCalls, option, seconds, serviceName } from "./calls.ts";
import type {
  AddressInfoHandle,
  SideInput,
  SideMessage,
  SideOutput,
  SockaddrHandle,
  SocketHandle,
  Timeout,
} from "./side.ts";

/** The ports of a connection whose streams an embedder holds itself; null where it can't. */
export type Ports = [SideInput | null, SideOutput | null];

/** Reads until the end of the stream. */
export async function readAll(read: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const bytes = await read();
    if (bytes.length === 0) return Buffer.concat(parts);
    parts.push(bytes);
  }
}

/** How many bytes a port reads at a time. */
export const PIECE = 65536;

/** The functions of `net` that wait. */
export abstract class BlockingSide extends ComponentCalls {
  /** Makes ports of the streams that `open-net-io` gave. */
  protected abstract ports(socket: SocketHandle, input: unknown, output: unknown): Ports;

  /** Drops a resource of the component. */
  protected abstract drop(resource: unknown): Promise<void>;

  // Streams are children of their socket: they go first.
  readonly #streams = new Map<SocketHandle, unknown[]>();

  async getAddressInfo(
    host: string | null,
    service: string | number | null,
    hints?: AddressInfoHandle,
  ): Promise<AddressInfoHandle | null> {
    const name = serviceName(service);
    return await this.attempt<AddressInfoHandle, null>(
      () => null,
      "get-address-info",
      option(host),
      name,
      hints,
    );
  }

  async bind(socket: SocketHandle, address: SockaddrHandle): Promise<boolean> {
    return (await this.attempt<undefined, false>(() => false, "bind", socket, address)) !== false;
  }
  async listen(socket: SocketHandle, backlog: number): Promise<boolean> {
    return (await this.attempt<undefined, false>(() => false, "listen", socket, backlog)) !== false;
  }
  async accept(socket: SocketHandle, address?: SockaddrHandle): Promise<SocketHandle | false> {
    return await this.attempt<SocketHandle, false>(() => false, "accept", socket, address);
  }
  async connect(socket: SocketHandle, address: SockaddrHandle): Promise<number> {
    return (await this.attempt<undefined, number>((errno) => -errno, "connect", socket, address)) ?? 0;
  }

  async openNetIo(
    host: string | null,
    service: string | number,
  ): Promise<[SocketHandle, SideInput | null, SideOutput | null] | null> {
    const opened = await this.attempt<[SocketHandle, unknown, unknown], null>(
      () => null,
      "open-net-io",
      option(host),
      String(service),
    );
    if (opened === null) return null;
    const [socket, input, output] = opened;
    this.#streams.set(socket, [input, output]);
    return [socket, ...this.ports(socket, input, output)];
  }

  async withNetIo<T>(
    host: string | null,
    service: string | number,
    proc: (input: SideInput, output: SideOutput) => Promise<T>,
  ): Promise<T> {
    const what = `with-net-io ${host ?? "localhost"}:${service}`;
    const io = await this.#orThrow(what, "with-net-io", option(host), String(service));
    const read = (n: number): Promise<Uint8Array> =>
      this.#orThrow("read", "[method]net-io.read", io, n) as Promise<Uint8Array>;
    const input = { read, readAll: () => readAll(() => read(PIECE)) };
    const output = {
      write: async (bytes: Uint8Array) =>
        void (await this.#orThrow("write", "[method]net-io.write", io, bytes)),
      end: async () => void (await this.#orThrow("finish", "[method]net-io.finish", io)),
    };
    try {
      return await proc(input, output);
    } finally {
      await this.drop(io);
    }
  }

  async #orThrow(what: string, name: string, ...args: unknown[]): Promise<unknown> {
    try {
      return await this.call(name, ...args);
    } catch (error) {
      throw typeof error === "number" ? await this.failure(what, error) : error;
    }
  }

  async makeListenerSocket(ai: AddressInfoHandle, maxConn?: number): Promise<SocketHandle> {
    return (await this.#orThrow("make-listener-socket", "make-listener-socket", ai, maxConn)) as SocketHandle;
  }

  async close(socket: SocketHandle): Promise<void> {
    for (const stream of this.#streams.get(socket) ?? []) await this.drop(stream);
    this.#streams.delete(socket);
    await this.call("close", socket);
  }

  async send(
    socket: SocketHandle,
    bytes: Uint8Array,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number> {
    return await this.attempt<number, number>((errno) => -errno, "send", socket, bytes, flags, ai);
  }
  async sendNonBlocking(
    socket: SocketHandle,
    bytes: Uint8Array,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number | false> {
    const failed = (errno: number): number => -errno;
    const args = [socket, bytes, seconds(timeout), flags, ai];
    return (await this.attempt<number | undefined, number>(failed, "send-non-blocking", ...args)) ?? false;
  }

  async receive(
    socket: SocketHandle,
    n: number,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<Uint8Array | false> {
    return await this.attempt<Uint8Array, false>(() => false, "receive", socket, n, flags, ai);
  }
  async receiveNonBlocking(
    socket: SocketHandle,
    n: number,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<Uint8Array | false> {
    const args = [socket, n, seconds(timeout), flags, ai];
    return (
      (await this.attempt<Uint8Array | undefined, false>(() => false, "receive-non-blocking", ...args)) ??
      false
    );
  }
  async receiveInto(
    socket: SocketHandle,
    bytes: Uint8Array,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number> {
    const args = [socket, bytes.length, flags, ai];
    return fill(bytes, await this.attempt<Uint8Array, number>((errno) => -errno, "receive-into", ...args));
  }
  async receiveIntoNonBlocking(
    socket: SocketHandle,
    bytes: Uint8Array,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number | false> {
    const args = [socket, bytes.length, seconds(timeout), flags, ai];
    const result = await this.attempt<Uint8Array | undefined, number>(
      (errno) => -errno,
      "receive-into-non-blocking",
      ...args,
    );
    return result === undefined ? false : fill(bytes, result);
  }

  async receiveMany(socket: SocketHandle, n: number): Promise<SideMessage[] | false> {
    const messages = await this.attempt<SideMessage[], false>(() => false, "receive-many", socket, n);
    if (messages === false) return false;
    return messages.map(({ bytes, sender }) => ({ bytes, sender: sender ?? null }));
  }
}

// WIT can't fill a buffer of the caller's: the bytes come as a list.
function fill(bytes: Uint8Array, result: Uint8Array | number): number {
  if (typeof result === "number") return result;
  bytes.set(result);
  return result.length;
}
