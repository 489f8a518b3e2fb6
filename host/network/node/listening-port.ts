/**
 * A TCP port in a runtime that can only take one by listening on it, as Bun: it listens from the start, and a connection
 * that comes before the guest listens is reset, where a kernel would refuse it. The backlog is the runtime's own.
 */
import * as net from "node:net";
import type { BunLike } from "../../runtime/features.ts";
import { addressText, fromNode, type IpSocketAddress, type NodeAddress } from "../address.ts";
import type { SocketErrorCode } from "../errors.ts";
import type { Arrival, PortListener, TcpPort, Transport, TransportListener } from "../network.ts";
import { bindErrorCode } from "./tcp-handle.ts";
import { adoptTransport, openTransportFrom, type TransportSource } from "./transport.ts";

/**
 * Takes a port: {@link Network.bindTcp}.
 *
 * @param by tells why it could not be taken, which its `node:net` does only later
 * @param address where; port 0 takes a free one
 */
export function bindByListening(by: BunLike, address: IpSocketAddress): TcpPort {
  const text = addressText(address);
  const { port } = address.val;
  const ipv6Only = address.tag === "ipv6";
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.on("error", nothing);
  server.listen({ host: text, port, ipv6Only, exclusive: true });
  const local = server.address() as NodeAddress | null;
  if (local !== null) return new ListeningPort(server, fromNode(local));
  server.close();
  try {
    by.listen({ hostname: text, port, ipv6Only, socket: { data: nothing } }).stop(true);
  } catch (error) {
    throw bindErrorCode(error);
  }
  // it has become free meanwhile
  throw "EADDRINUSE" satisfies SocketErrorCode;
}

/** A server, whether the guest knows that it listens or not. */
class ListeningPort implements TcpPort, TransportSource {
  readonly local: IpSocketAddress;
  readonly isPausable = false;
  readonly #server: net.Server & { readonly _handle?: { readonly fd?: number } | null };
  #listener: PortListener | undefined = undefined;
  #holdsProcess = true;

  /**
   * @param server that listens
   * @param local where
   */
  constructor(server: net.Server, local: IpSocketAddress) {
    this.#server = server;
    this.local = local;
    server.on("connection", (socket) => {
      const arrival = new SocketArrival(socket);
      if (this.#listener === undefined) arrival.reset();
      else this.#listener.arrived(arrival);
    });
    // a port that is only bound keeps no process
    server.unref();
  }

  fd(): number | undefined {
    return this.#server._handle?.fd;
  }

  // its connections are told one by one
  setOption(): void {}

  listen(_backlog: number, listener: PortListener): void {
    // it can't be changed
    if (this.#listener !== undefined) throw "ENOTSUP" satisfies SocketErrorCode;
    this.#listener = listener;
    if (this.#holdsProcess) this.#server.ref();
  }

  pause(): void {}

  resume(): void {}

  unref(): void {
    this.#holdsProcess = false;
    this.#server.unref();
  }

  close(closed: () => void): void {
    // The port is free at once. What the server would wait for is the end of its connections.
    this.#server.close();
    process.nextTick(closed);
  }

  open(listener: TransportListener, queueLimit: number): Transport {
    this.#server.close();
    return openTransportFrom(this.local, listener, queueLimit);
  }
}

/** A connection that came in, of which nothing is read. */
class SocketArrival implements Arrival, TransportSource {
  readonly remote: IpSocketAddress;
  readonly #socket: net.Socket;
  #failure: Error | undefined = undefined;

  /** @param socket paused */
  constructor(socket: net.Socket) {
    this.#socket = socket;
    this.remote = fromNode({
      address: socket.remoteAddress ?? "",
      family: socket.remoteFamily ?? "",
      port: socket.remotePort ?? 0,
    });
    socket.on("error", (error) => {
      this.#failure = error;
    });
  }

  reset(): void {
    this.#socket.resetAndDestroy();
  }

  open(listener: TransportListener): Transport {
    return adoptTransport(this.#socket, this.#failure, listener);
  }
}

function nothing(): void {}
