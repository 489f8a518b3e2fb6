/**
 * TCP sockets as a state machine: binding, connecting, listening, accepting, half-close. No version of WASI is known here.
 */
import { events, nextNumber, type SocketEvent } from "../events/channels.ts";
import type { Abortable } from "../io/owner.ts";
import type { IpAddressFamily, IpSocketAddress } from "../network/address.ts";
import { isUsableForTcp, isWildcard, wildcard } from "../network/address.ts";
import type { SocketErrorCode } from "../network/errors.ts";
import type { Arrival, TcpPort } from "../network/network.ts";
import type { AddressUse } from "../policy/policy.ts";
import { type ConnectionEvents, TcpConnection } from "./connection.ts";
import type { SocketContext } from "./context.ts";
import { TcpOptions, toBacklog } from "./options.ts";
import { type ListenerOwner, TcpListener } from "./tcp-listener.ts";

export type ShutdownHow = "receive" | "send" | "both";

/** The states of the machine, each with those that it may become. */
export type TcpState =
  /** → bound, connecting, closed */
  | "unbound"
  /** → connecting, listening, closed */
  | "bound"
  /** → connected, closed */
  | "connecting"
  /** → closed */
  | "connected"
  /** → closed */
  | "listening"
  | "closed";

/** As much as Linux takes from a program that says nothing (`SOMAXCONN` of old). */
const DEFAULT_BACKLOG = 128;

/** A TCP socket. Every failure is thrown as a {@link SocketErrorCode}. */
export class TcpEndpoint implements Abortable, ConnectionEvents, ListenerOwner {
  /** Which socket this is, in events. */
  readonly id: number = nextNumber();
  readonly context: SocketContext;
  readonly family: IpAddressFamily;
  readonly options: TcpOptions;
  /** Called when `isReady` may have become true. */
  onReadiness: (() => void) | undefined = undefined;
  #state: TcpState = "unbound";
  #bound: TcpPort | undefined = undefined;
  #listener: TcpListener | undefined = undefined;
  #remote: IpSocketAddress | undefined = undefined;
  #connection: TcpConnection | undefined = undefined;
  #connectError: SocketErrorCode | undefined = undefined;
  #backlog = DEFAULT_BACKLOG;
  #isCounted = true;
  #onceClosed: (() => void) | undefined = undefined;

  /**
   * @param context what all sockets of the host share
   * @param family of the addresses it will deal with
   * @param parent the listener that accepted it, where there is one
   * @throws `EACCES`, `EMFILE`
   */
  constructor(context: SocketContext, family: IpAddressFamily, parent?: TcpEndpoint) {
    context.claimSocket("tcp");
    this.context = context;
    this.family = family;
    this.options = new TcpOptions(family, context.findOptionBackend, parent?.options, context.noDelay);
    context.ledger.live.add(this);
  }

  get state(): TcpState {
    return this.#state;
  }

  /** The peer of a connection, standing or being made. */
  get peer(): IpSocketAddress | undefined {
    return this.#remote;
  }

  /** Connections that were reset because too many waited for the guest, where they can't be held back. */
  get overflows(): number {
    return this.#listener?.overflows ?? 0;
  }

  /** Whether what is under way has its result; of a listener, whether a connection waits. */
  isReady(): boolean {
    if (this.#state === "connecting") return false;
    return this.#listener?.isReady ?? true;
  }

  /**
   * Binds. After a failure the socket is as it was.
   *
   * @throws `EBADFD`, `EINVAL`, `EACCES`, `EADDRINUSE`, `EADDRNOTAVAIL`
   */
  bind(address: IpSocketAddress): void {
    this.#assertState("unbound");
    if (!isUsableForTcp(address, this.family)) throw "EINVAL" satisfies SocketErrorCode;
    this.#assertAllowed("tcp-bind", address);
    this.#bind(address);
    this.#state = "bound";
  }

  /**
   * Starts to connect; `connectOutcome` says what became of it. Refusals of the policy show there too.
   *
   * @throws `EBADFD`, `EINVAL`
   */
  connect(remote: IpSocketAddress): void {
    if (this.#state !== "unbound" && this.#state !== "bound") throw "EBADFD" satisfies SocketErrorCode;
    if (!isUsableForTcp(remote, this.family) || isWildcard(remote) || remote.val.port === 0) {
      throw "EINVAL" satisfies SocketErrorCode;
    }
    const { context } = this;
    const isAllowed =
      (this.#bound !== undefined || context.permissions.check("tcp-bind", wildcard(this.family))) &&
      context.permissions.check("tcp-connect", remote);
    if (!isAllowed) {
      this.#fail("EACCES", remote);
      return;
    }
    if (!context.isZoneHere(remote)) {
      this.#fail("EHOSTUNREACH", remote);
      return;
    }
    this.#remote = remote;
    if (events.tcpConnectStart.hasSubscribers) events.tcpConnectStart.publish({ ...this.#self(), remote });
    // Else the descriptor is made with the first packet, and that would leave without them.
    if (this.#bound === undefined && this.options.wantsDescriptor) {
      try {
        this.#bind(wildcard(this.family));
      } catch (error) {
        this.#fail(error as SocketErrorCode, remote);
        return;
      }
    }
    const bound = this.#bound;
    this.#bound = undefined;
    const connection = new TcpConnection(context, bound, this);
    this.#connection = connection;
    this.#state = "connecting";
    connection.connect(remote);
  }

  /** What became of `connect`: nothing yet, success, or why it failed. */
  connectOutcome(): "pending" | "connected" | SocketErrorCode {
    if (this.#state === "connecting") return "pending";
    if (this.#state === "connected") return "connected";
    return this.#connectError ?? "ECONNABORTED";
  }

  /** The error of a connection that no call has told yet, which is thereby told; `undefined` for none. */
  takeError(): SocketErrorCode | undefined {
    return this.#connection?.takeError();
  }

  /** The connection of a connected socket. Throws `EBADFD`. */
  connection(): TcpConnection {
    if (this.#state !== "connected" || this.#connection === undefined) {
      throw "EBADFD" satisfies SocketErrorCode;
    }
    return this.#connection;
  }

  /**
   * Listens with the backlog that was set.
   *
   * @throws `EBADFD`, `EACCES`, `EADDRINUSE`
   */
  listen(): void {
    this.#assertState("bound");
    const bound = this.#bound as TcpPort;
    const { local } = bound;
    this.#assertAllowed("tcp-listen", local);
    let error: SocketErrorCode | undefined;
    try {
      this.#listener = new TcpListener(bound, this.#backlog, this);
    } catch (thrown) {
      error = thrown as SocketErrorCode;
    }
    if (events.tcpListen.hasSubscribers) {
      events.tcpListen.publish({ ...this.#self(), local, backlog: this.#backlog, error });
    }
    if (error !== undefined) throw error;
    this.#state = "listening";
  }

  /**
   * Sets how many connections may wait in the kernel, and how many the host takes from there before the guest
   * accepts them; of a listener it does so at once.
   *
   * @throws `EINVAL`, `EBADFD`, `ENOTSUP`
   */
  setBacklog(value: bigint): void {
    const state = this.#state;
    if (state !== "unbound" && state !== "bound" && state !== "listening") {
      throw "EBADFD" satisfies SocketErrorCode;
    }
    const backlog = toBacklog(value);
    this.#listener?.setBacklog(backlog);
    this.#backlog = backlog;
  }

  /**
   * Takes a connection that waits.
   *
   * @returns a connected socket with the options of the listener
   * @throws `EBADFD`, `EAGAIN`, `EMFILE`, `ECONNABORTED`
   */
  accept(): TcpEndpoint {
    const listener = this.#listener;
    if (listener === undefined) throw "EBADFD" satisfies SocketErrorCode;
    const waiting = listener.peek();
    // Throws where there are too many sockets; the connection goes on waiting then.
    const accepted = new TcpEndpoint(this.context, this.family, this);
    listener.take();
    accepted.#adopt(waiting, this.id);
    return accepted;
  }

  /** Where the socket is bound to. Throws `EBADFD`. */
  localAddress(): IpSocketAddress {
    const local = this.#bound?.local ?? this.#connection?.local;
    if (local === undefined || this.#state === "closed") throw "EBADFD" satisfies SocketErrorCode;
    return local;
  }

  /** The address of the peer. Throws `EBADFD`. */
  remoteAddress(): IpSocketAddress {
    if (this.#state !== "connected" || this.#remote === undefined) throw "EBADFD" satisfies SocketErrorCode;
    return this.#remote;
  }

  /** Ends one direction or both; doing it twice is fine. Throws `EBADFD`. */
  shutdown(how: ShutdownHow): void {
    const { input, output } = this.connection();
    if (events.tcpShutdown.hasSubscribers) events.tcpShutdown.publish({ ...this.#self(), how });
    if (how !== "send") input.close();
    if (how !== "receive") output.close();
  }

  /** Lets go of the socket; what was written is still delivered. */
  close(): void {
    if (this.#state === "closed" && this.#connection === undefined) {
      this.onClosed();
      return;
    }
    this.#state = "closed";
    this.onReadiness = undefined;
    if (this.#connection !== undefined) this.#connection.close();
    else this.#closeBound();
  }

  /**
   * Tells, after `close`, when the descriptor is closed; where bytes are still on their way to a peer, who may
   * be slow, at once.
   */
  closed(): Promise<void> {
    const pending = this.#connection?.output.pending() ?? 0;
    if (!this.#isCounted || pending > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onceClosed = resolve;
    });
  }

  /** Ends everything now. */
  abort(): void {
    const connection = this.#connection;
    this.#state = "closed";
    if (connection !== undefined) connection.abort();
    else this.#closeBound();
    this.onReadiness?.();
  }

  /** Has the connection stop reading what nobody waits for, or go on. */
  holdBack(): void {
    if (this.#state === "connected") this.#connection?.input.regulate();
  }

  /** Called by the connection. */
  onConnectOutcome(error: SocketErrorCode | undefined): void {
    const remote = this.#remote as IpSocketAddress;
    if (error !== undefined) {
      this.#fail(error, remote);
      return;
    }
    const connection = this.#connection as TcpConnection;
    this.#state = "connected";
    this.options.attach(connection);
    this.#tellConnect(remote, error);
    this.onReadiness?.();
  }

  /** Called by the listener. */
  onArrival(): void {
    this.onReadiness?.();
  }

  /** Called by the connection, or by us: the descriptor is gone. */
  onClosed(): void {
    this.options.detach();
    if (!this.#isCounted) return;
    this.#isCounted = false;
    this.context.releaseSocket();
    this.context.ledger.live.delete(this);
    if (events.tcpClose.hasSubscribers) {
      const { bytesWritten: sent = 0, bytesRead: received = 0 } = this.#connection?.transport ?? {};
      events.tcpClose.publish({ ...this.#self(), sent, received });
    }
    this.#onceClosed?.();
  }

  #self(): SocketEvent {
    return { host: this.context.id, socket: this.id };
  }

  #tellConnect(remote: IpSocketAddress, error: SocketErrorCode | undefined): void {
    if (!events.tcpConnect.hasSubscribers) return;
    events.tcpConnect.publish({ ...this.#self(), local: this.#connection?.local, remote, error });
  }

  #bind(address: IpSocketAddress): void {
    let bound: TcpPort;
    try {
      bound = this.context.network.bindTcp(address);
    } catch (error) {
      if (events.tcpBind.hasSubscribers) {
        events.tcpBind.publish({ ...this.#self(), local: address, error: error as SocketErrorCode });
      }
      throw error;
    }
    this.#bound = bound;
    if (events.tcpBind.hasSubscribers) {
      events.tcpBind.publish({ ...this.#self(), local: bound.local, error: undefined });
    }
    this.options.attach(bound);
  }

  #adopt(arrival: Arrival, listener: number): void {
    const connection = new TcpConnection(this.context, arrival, this);
    this.#connection = connection;
    this.#remote = arrival.remote;
    this.#state = "connected";
    connection.begin();
    this.options.attach(connection);
    if (events.tcpAccept.hasSubscribers) {
      const { local } = connection;
      if (local !== undefined)
        events.tcpAccept.publish({ ...this.#self(), listener, local, remote: arrival.remote });
    }
  }

  #fail(error: SocketErrorCode, remote: IpSocketAddress): void {
    this.#connectError = error;
    this.#state = "closed";
    this.#tellConnect(remote, error);
    this.#closeBound();
    this.onReadiness?.();
  }

  #closeBound(): void {
    const bound = this.#bound;
    this.#bound = undefined;
    if (bound !== undefined) bound.close(() => this.onClosed());
    else if (this.#connection === undefined) this.onClosed();
    this.#listener?.drop();
    this.#listener = undefined;
  }

  #assertState(state: TcpState): void {
    if (this.#state !== state) throw "EBADFD" satisfies SocketErrorCode;
  }

  #assertAllowed(use: AddressUse, address: IpSocketAddress): void {
    if (!this.context.permissions.check(use, address)) throw "EACCES" satisfies SocketErrorCode;
  }
}
