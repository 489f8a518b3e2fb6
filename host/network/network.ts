/**
 * What a host has of the world outside: sockets, names, time and chance. `node/` has the system's; another can be made
 * up, or stand before it. All that guests may do, hold and are told is above it: policy, limits, events, states.
 *
 * What fails throws a {@link SocketErrorCode}. No call waits: what takes time is told to a listener, in an event of its
 * own and never within the call that caused it.
 */
import type { Time } from "../io/time.ts";
import type { HostOption } from "../sockets/option-table.ts";
import type { IpSocketAddress, NodeAddress } from "./address.ts";
import type { SocketErrorCode } from "./errors.ts";

/** The world of a host. */
export interface Network extends Time {
  /**
   * Takes a port for TCP; nothing listens yet. IPv6 is IPv6 only, and connections in TIME_WAIT are no hindrance.
   *
   * @param local where; port 0 takes a free one
   * @throws `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`; `EINVAL` where there is no such family
   */
  bindTcp(local: IpSocketAddress): TcpPort;
  /**
   * Makes one end of a connection, which does nothing until it is told to.
   *
   * @param from the port that it will connect from, or the connection that came in, either of which belongs to it from
   *   now on; `undefined` for a free port, taken when it connects
   * @param listener is told what happens
   * @param queueLimit how many bytes will be queued at most
   */
  openTcp(from: TcpPort | Arrival | undefined, listener: TransportListener, queueLimit: number): Transport;
  /**
   * Takes a port for datagrams, which are received from now on. IPv6 is IPv6 only. A port that was chosen is kept when
   * the peer is taken away.
   *
   * @param local where; port 0 takes a free one
   * @param listener is told what happens
   * @throws `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`; `EINVAL` where there is no such family
   */
  bindUdp(local: IpSocketAddress, listener: DatagramListener): UdpPort;
  /**
   * Looks a name up.
   *
   * @param name in ASCII, and no literal
   * @param guest whose look-up it is, where guests take turns
   */
  lookUp(name: string, guest: object): NameQuery;
  /** Whether there is an interface of that number, as IPv6 zones have it (RFC 4007). */
  hasZone(scopeId: number): boolean;
}

/** A look-up that can be called off. */
export interface NameQuery {
  /**
   * Addresses as text, the preferred one first. What it is rejected with has a `code`, such as `ENOTFOUND`, `EAI_AGAIN`
   * or `EAI_FAIL`.
   */
  readonly addresses: Promise<readonly string[]>;
  /** Calls it off: the promise is rejected soon, where it can be. */
  cancel(): void;
}

/** The values of all options, in the kernel's unit: 1 or 0 of what is on or off, seconds, bytes. */
export type OptionValues = Readonly<Record<HostOption, number>>;

/** What socket options are applied to. */
export interface OptionTarget {
  /**
   * Applies an option, as far as the network has a use for it.
   *
   * @param values has its value, and those of the others, for what is set together
   */
  setOption(option: HostOption, values: OptionValues): void;
}

/** A TCP port that is taken. Of the options, its connections are to inherit TCP_NODELAY. */
export interface TcpPort extends OptionTarget {
  readonly local: IpSocketAddress;
  /** The descriptor, where the network has such, and while it is open. */
  fd(): number | undefined;
  /**
   * Listens, or, on a port that listens, sets another backlog and takes connections again.
   *
   * @param backlog how many connections may wait in the network
   * @param listener is told of each that comes in
   * @throws `EADDRINUSE`, `ENOTSUP`, …
   */
  listen(backlog: number, listener: PortListener): void;
  /** Of a port that listens: whether `pause` has an effect. Where not, connections come as they like. */
  readonly isPausable: boolean;
  /** Leaves connections that come to the network's backlog. */
  pause(): void;
  /** Takes connections again. */
  resume(): void;
  /** Keeps the process no longer. */
  unref(): void;
  /** Gives the port back; `closed` is called when it is. */
  close(closed: () => void): void;
}

/** Is told what comes in at a port. */
export interface PortListener {
  /** A connection came in; one that was on its way may do so after `pause`. */
  arrived(arrival: Arrival): void;
  /** One could not be taken. */
  failed(error: SocketErrorCode): void;
}

/** A connection that came in, of which nothing is read yet: it is handed on to `openTcp`, or reset. */
export interface Arrival {
  readonly remote: IpSocketAddress;
  /** Ends it with a reset. */
  reset(): void;
}

/** One end of a connection. */
export interface Transport extends OptionTarget {
  /** What has been handed over by `send`, and not taken by the network yet, in bytes. */
  readonly queued: number;
  /** Bytes that the network took and gave. */
  readonly bytesWritten: number;
  readonly bytesRead: number;
  /** Whether it is gone, or about to go. */
  readonly destroyed: boolean;
  /** The address of this end, where it has one by now. */
  local(): IpSocketAddress | undefined;
  /** The descriptor, where the network has such, and while it is open. */
  fd(): number | undefined;
  /** Connects; `connected` or `failed` is told. */
  connectTo(remote: IpSocketAddress): void;
  /** Has `receive` told of what has come and will come, until that says that it is enough, or `stopReading`. */
  startReading(): void;
  stopReading(): void;
  /**
   * Asked by who was told of bytes and has not taken all of them, where promise reactions that are under way may do so:
   * calls back after these, and before anything else is told.
   *
   * @returns whether it will; if not, what is not taken at once must be copied
   */
  afterReactions(callback: (listener: TransportListener) => void): boolean;
  /**
   * Puts what has come behind what was told where it belongs, without telling it. A network may have no such.
   *
   * @param into at least `length` bytes from `at` on
   * @returns how many; 0 where there are none, or the end has come, which will be told; -1 where the connection turned out to
   *   be broken, which `isGoing` has told then
   */
  readAtOnce?(into: Uint8Array, at: number, length: number): number;
  /** Takes the bytes that have come and were not told: of a connection that broke. */
  readRest(): Rest;
  /**
   * Sends what is taken at once, where nothing is queued, and keeps none of it. A network may have no such.
   *
   * @param bytes at least one
   * @returns how many were taken, which may be none; -1 where the connection turned out to be broken, which `isGoing`
   *   has told then
   */
  sendAtOnce?(bytes: Uint8Array): number;
  /**
   * Sends bytes behind what is queued.
   *
   * @param bytes must stay as they are until they are no longer queued
   * @returns false where the connection turned out to be broken, which `isGoing` has told then
   */
  send(bytes: Buffer): boolean;
  /** Has `drained` told when all has been taken that is queued now. */
  awaitDrain(): void;
  /** Ends the sending direction behind what is queued (half-close). */
  end(): void;
  /** Closes when all has been taken that is queued. */
  destroySoon(): void;
  /** Closes at once; what is queued is lost. Where bytes have come that nobody has read, the peer is told by a reset. */
  destroy(): void;
  /** Closes at once, and tells the peer by a reset. */
  reset(): void;
  /** Keeps the process no longer. */
  unref(): unknown;
}

/** What had come on a connection that broke. */
export interface Rest {
  readonly pieces: readonly Uint8Array[];
  /** Bytes of all pieces. */
  readonly length: number;
  /** What came behind them: the peer's end, an errno's name, or nothing that is known. */
  readonly end: "end" | string | undefined;
}

/** Is told what happens on a connection. */
export interface TransportListener {
  /** The number of its socket in events, where it has one. */
  readonly socket?: number | undefined;
  /** The connection stands. */
  connected(): void;
  /**
   * Bytes have come.
   *
   * @param length how many of the buffer count
   * @param buffer of the network, or the one that `nextBuffer` gave; not to be kept beyond the call, but see `afterReactions`
   * @returns whether more may be told; if not, not before `startReading`
   */
  receive(length: number, buffer: Uint8Array): boolean;
  /**
   * Where a network reads into memory that it is given: into which next.
   *
   * @param length what the last call of `receive` was told; 0 before the first
   */
  nextBuffer(length: number): Uint8Array;
  /** Reading has come to an end: the peer's. */
  ended(): void;
  /** It could not be connected, or broke; `closed` follows. The error's `code` is the name of errno. */
  failed(error: Error): void;
  /** It is about to go, for that reason where there is one: the last moment to ask for addresses and for the rest. */
  isGoing(error: Error | null): void;
  /** What was queued at the last call of `awaitDrain` has been taken. */
  drained(): void;
  /** It is closed: nothing else will be told. */
  closed(): void;
}

/** Where a datagram goes. */
export interface Destination {
  readonly address: IpSocketAddress;
  /** The same as text without the port, and the port: what a network takes that has no use for groups of numbers. */
  readonly text: string;
  readonly port: number;
}

/** A UDP port that is taken. */
export interface UdpPort extends OptionTarget {
  /** Datagrams that the network has not taken yet; `undefined` where it doesn't say. */
  readonly queued: number | undefined;
  /** Where it is bound to; a peer can make a wildcard an address. */
  local(): IpSocketAddress;
  /**
   * Sets the peer of a port that has none.
   *
   * @returns the peer as `arrived` will write it
   * @throws why it can't be
   */
  connect(remote: IpSocketAddress): NodeAddress;
  /** Takes the peer away. */
  disconnect(): void;
  /**
   * Sends a datagram.
   *
   * @param bytes must stay as they are until the network has taken them
   * @param to `undefined` for the peer
   * @returns true where it was taken; false where `sent` will tell what has become of it, in the order of sending
   * @throws why it was refused, which may be what ICMP said of an earlier one where there is a peer
   */
  send(bytes: Buffer, to: Destination | undefined): boolean;
  /**
   * What the network says of an option: buffer sizes are bytes as a program counts them, without what the system adds for
   * itself. `undefined` where it doesn't say.
   */
  getOption(option: HostOption): number | undefined;
  /** Keeps the process no longer. */
  unref(): unknown;
  /** Closes at once; what the network has taken is still sent. `portClosed` is told. */
  close(): void;
}

/** Is told what happens at a UDP port. */
export interface DatagramListener {
  /** The number of its socket in events, where it has one. */
  readonly socket?: number | undefined;
  /**
   * A datagram came.
   *
   * @param bytes belong to who is told
   * @param from the sender, the address as text
   */
  arrived(bytes: Buffer, from: NodeAddress): void;
  /** Whether native code beside the runtime's may be used to receive quicker; where it does not say, not. */
  allowsNative?(): boolean;
  /** ICMP, or the system, has told of an error. */
  failed(error: SocketErrorCode): void;
  /** What has become of the next of the datagrams for which `send` returned false; `undefined` for taken. */
  sent(error: SocketErrorCode | undefined): void;
  /** It is closed: nothing else will be told. */
  portClosed(): void;
}
