/**
 * A real bind: the port is taken, and nothing listens.
 */
import * as net from "node:net";
import { getSystemErrorName } from "node:util";
import { BoundSocket, canPauseAccepting, createServerHandle } from "../../runtime/features.ts";
import type { HostOption } from "../../sockets/option-table.ts";
import { addressText, fromNode, type IpSocketAddress, isNodeText, type NodeAddress } from "../address.ts";
import type {
  Arrival,
  OptionValues,
  PortListener,
  TcpPort,
  Transport,
  TransportListener,
} from "../network.ts";
import { bindErrorCode, codeOfStatus, descriptorOf, type TcpHandle } from "./tcp-handle.ts";
import { openTransport, type TransportSource } from "./transport.ts";

/** `UV_TCP_IPV6ONLY` of libuv's `uv_tcp_bind`. */
const IPV6_ONLY = 1;

/**
 * Binds a TCP socket; an IPv6 one is IPv6-only. libuv sets `SO_REUSEADDR`, so that connections in
 * TIME_WAIT are no hindrance.
 *
 * @param address where to; port 0 takes a free one
 * @throws the code: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`, …
 */
export function bindTcp(address: IpSocketAddress): NodeTcpPort {
  try {
    const text = addressText(address);
    // public API refuses some names of interfaces
    const isPublic = BoundSocket !== undefined && (isNodeText(text) || createServerHandle === undefined);
    const handle = isPublic ? bindSocket(address, text) : bindHandle(address, text);
    const out: Partial<NodeAddress> = {};
    // libuv keeps EADDRINUSE of a bind to itself until the handle is used.
    const status = handle.getsockname(out);
    if (status !== 0) {
      handle.close();
      throw { code: getSystemErrorName(status) };
    }
    return new NodeTcpPort(handle, fromNode(out as NodeAddress));
  } catch (error) {
    throw bindErrorCode(error);
  }
}

/** A bound handle. */
class NodeTcpPort implements TcpPort, TransportSource {
  readonly handle: TcpHandle;
  readonly local: IpSocketAddress;
  #isPausable: boolean | undefined = undefined;

  /**
   * @param handle bound
   * @param local where to
   */
  constructor(handle: TcpHandle, local: IpSocketAddress) {
    this.handle = handle;
    this.local = local;
  }

  get isPausable(): boolean {
    return this.#isPausable === true;
  }

  fd(): number | undefined {
    return descriptorOf(this.handle);
  }

  setOption(option: HostOption, values: OptionValues): void {
    if (option === "no-delay") this.handle.setNoDelay?.(values[option] !== 0);
  }

  listen(backlog: number, listener: PortListener): void {
    const { handle } = this;
    onConnection(handle, (status, client) => arrived(listener, status, client));
    // a second try to listen has it already
    this.#isPausable ??= makePausable(handle);
    const status = handle.listen(backlog);
    if (status !== 0) throw codeOfStatus(status);
  }

  pause(): void {
    // What was never started as reading can't be stopped.
    this.handle.readStart?.();
    this.handle.readStop?.();
  }

  resume(): void {
    this.handle.readStart?.();
  }

  unref(): void {
    this.handle.unref?.();
  }

  close(closed: () => void): void {
    this.handle.close(closed);
  }

  open(listener: TransportListener, queueLimit: number): Transport {
    return openTransport(this.handle, listener, queueLimit);
  }
}

/** A connection as a handle, of which nothing is read: what the peer sends stays in the kernel. */
class NodeArrival implements Arrival, TransportSource {
  readonly handle: TcpHandle;
  readonly remote: IpSocketAddress;

  /**
   * @param handle connected
   * @param remote to whom
   */
  constructor(handle: TcpHandle, remote: IpSocketAddress) {
    this.handle = handle;
    this.remote = remote;
  }

  reset(): void {
    if (this.handle.reset(nothing) !== 0) this.handle.close();
  }

  open(listener: TransportListener, queueLimit: number): Transport {
    return openTransport(this.handle, listener, queueLimit);
  }
}

function nothing(): void {}

function arrived(listener: PortListener, status: number, client: TcpHandle | undefined): void {
  if (client === undefined) {
    listener.failed(status === 0 ? "EIO" : codeOfStatus(status));
    return;
  }
  const out: Partial<NodeAddress> = {};
  if (client.getpeername(out) === 0) listener.arrived(new NodeArrival(client, fromNode(out as NodeAddress)));
  else client.close();
}

/**
 * Takes connections from a handle that listens.
 *
 * @param handle the handle
 * @param arrived told of each, or of a negative errno
 */
function onConnection(
  handle: TcpHandle,
  arrived: (status: number, client: TcpHandle | undefined) => void,
): void {
  handle.onconnection = (status, client) => {
    if (status !== 0 || client !== undefined || handle.accept === undefined) {
      arrived(status, client);
      return;
    }
    // Deno's takes the connection into a handle of ours; 0 makes one of a connection.
    const taken = new (handle.constructor as new (type: number) => TcpHandle)(0);
    const outcome = handle.accept(taken);
    arrived(outcome, outcome === 0 ? taken : undefined);
  };
}

/**
 * Makes a bound handle one whose accepting can be stopped, before it listens.
 *
 * libuv accepts whatever comes, and has no call to stop it; but the watcher of a listener is the one that
 * `readStart` and `readStop` switch, for a handle that counts as readable. Adopting its own descriptor makes
 * it count as such: tried with libuv 1.46 to 1.52.
 *
 * @returns whether `pause` works on it; where not, connections are accepted as they come
 */
function makePausable(handle: TcpHandle): boolean {
  if (!canPauseAccepting || handle.fd < 0) return false;
  return handle.open?.(handle.fd) === 0;
}

function bindHandle(address: IpSocketAddress, text: string): TcpHandle {
  if (createServerHandle === undefined) throw { code: "EOPNOTSUPP" };
  const isIpv6 = address.tag === "ipv6";
  const made = createServerHandle(text, address.val.port, isIpv6 ? 6 : 4, -1, isIpv6 ? IPV6_ONLY : 0);
  if (typeof made === "number") throw { code: getSystemErrorName(made) };
  return made as TcpHandle;
}

function bindSocket(address: IpSocketAddress, text: string): TcpHandle {
  if (BoundSocket === undefined) throw { code: "EOPNOTSUPP" };
  const bound = new BoundSocket({
    host: text,
    port: address.val.port,
    ipv6Only: address.tag === "ipv6",
  });
  // A socket adopts the handle; from there it can be had without waiting for a server's events.
  const options = { handle: bound, manualStart: true } as unknown as net.SocketConstructorOpts;
  const holder = new net.Socket(options) as net.Socket & { _handle: TcpHandle | null };
  const handle = holder._handle;
  if (handle === null) throw { code: "EBADF" };
  holder._handle = null;
  return handle;
}
