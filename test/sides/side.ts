/**
 * One face for every way to reach the core: the Node library, the component through jco on our host, the
 * component in Wasmtime, an AssemblyScript program. The contract suite and the demo are written once against it.
 *
 * The functions are those of the API, with the names, arguments and results that the Node library's
 * procedural functions have: null, false, and negative numbers for failure. All of them return promises.
 */

declare const kind: unique symbol;

/** A socket of a side; only that side can read it. */
export interface SocketHandle {
  readonly [kind]: "socket";
}
/** A socket address of a side. */
export interface SockaddrHandle {
  readonly [kind]: "sockaddr";
}
/** An address info of a side. */
export interface AddressInfoHandle {
  readonly [kind]: "address-info";
}

/** The input of a connection. */
export interface SideInput {
  /** At most `n` bytes, as soon as some are there; none at the end of the stream. */
  read(n: number): Promise<Uint8Array>;
  /** All bytes up to the end of the stream. */
  readAll(): Promise<Uint8Array>;
}

/** The output of a connection. */
export interface SideOutput {
  /** Writes all of `bytes`. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends the output, which half-closes the connection. */
  end(): Promise<void>;
}

/** A limit in seconds; null or false waits for ever. */
export type Timeout = number | null | false;

/** What a side can do, of that which not every side can. */
export interface Abilities {
  /** Several calls may be pending at a time. Elsewhere a call has to end before the next begins. */
  readonly concurrent: boolean;
  /** Moves megabytes in little time. Elsewhere the embedding lifts a list byte by byte. */
  readonly bulk: boolean;
  /** `openNetIo` gives ports. Elsewhere it gives null for them, and `withNetIo` has them. */
  readonly ports: boolean;
  /** Names are looked up. Elsewhere only address literals and the null host resolve. */
  readonly lookup: boolean;
  /**
   * Wrong arguments and closed sockets throw, as TypeScript promises. Elsewhere the arguments are typed by
   * WIT, and a closed socket is a failure like any other (false, null, -EBADF).
   */
  readonly throwing: boolean;
  /** What a call throws can be caught. Elsewhere it ends the program. */
  readonly catching: boolean;
  /** `Msg.trunc` tells the length of a datagram that was cut. Elsewhere what came is a list of bytes. */
  readonly trunc: boolean;
  /** Its sockets are the system's: peers in other processes reach them, and all of the kernel's options are there. */
  readonly system: boolean;
}

/** A datagram that was received with others. */
export interface SideMessage {
  readonly bytes: Uint8Array;
  readonly sender: SockaddrHandle | null;
}

/** The API, as one side has it. */
export interface Side {
  /** What to call it in titles and tables, e.g. `"Node library"`. */
  readonly name: string;
  /** What it runs on, e.g. `"Node 26.1.0"`. */
  readonly runtime: string;
  readonly can: Abilities;
  /** Milliseconds on its clock, where that is not this process's. */
  readonly now?: () => number;
  /** The process that has the sockets. */
  readonly pid: number;

  getAddressInfo(
    host: string | null,
    service: string | number | null,
    hints?: AddressInfoHandle,
  ): Promise<AddressInfoHandle | null>;
  makeAddressInfo(
    family: number,
    socketType: number,
    protocol: number,
    flags?: number,
  ): Promise<AddressInfoHandle>;
  addressInfoFamily(ai: AddressInfoHandle): Promise<number>;
  addressInfoSocketType(ai: AddressInfoHandle): Promise<number>;
  addressInfoProtocol(ai: AddressInfoHandle): Promise<number>;
  addressInfoFlags(ai: AddressInfoHandle): Promise<number>;
  addressInfoAddress(ai: AddressInfoHandle): Promise<SockaddrHandle | null>;
  addressInfoAddressLength(ai: AddressInfoHandle): Promise<number>;
  addressInfoCanonname(ai: AddressInfoHandle): Promise<string | null>;
  addressInfoNext(ai: AddressInfoHandle): Promise<AddressInfoHandle | null>;

  /** Rejects when `address` is no literal. */
  makeSockaddr(address?: string, port?: number): Promise<SockaddrHandle>;
  sockaddrName(address: SockaddrHandle): Promise<string>;
  sockaddrPort(address: SockaddrHandle): Promise<number>;
  /** The bytes as they lie in the core: 16, 28, or none when unspecified. */
  sockaddrBytes(address: SockaddrHandle): Promise<Uint8Array>;
  getPeerName(socket: SocketHandle): Promise<SockaddrHandle | null>;
  getSocketName(socket: SocketHandle): Promise<SockaddrHandle | null>;

  socket(family: number, type: number, protocol?: number): Promise<SocketHandle | false>;
  bind(socket: SocketHandle, address: SockaddrHandle): Promise<boolean>;
  listen(socket: SocketHandle, backlog: number): Promise<boolean>;
  accept(socket: SocketHandle, address?: SockaddrHandle): Promise<SocketHandle | false>;
  connect(socket: SocketHandle, address: SockaddrHandle): Promise<number>;
  openNetIo(
    host: string | null,
    service: string | number,
  ): Promise<[SocketHandle, SideInput | null, SideOutput | null] | null>;
  /** Rejects with a {@link SideFailure} when no connection can be made. */
  withNetIo<T>(
    host: string | null,
    service: string | number,
    proc: (input: SideInput, output: SideOutput) => Promise<T>,
  ): Promise<T>;
  /** Rejects with a {@link SideFailure} when a step failed. */
  makeListenerSocket(ai: AddressInfoHandle, maxConn?: number): Promise<SocketHandle>;
  /** Arguments that are left out take the function's own defaults. */
  openSocketPair(
    family?: number,
    type?: number,
    protocol?: number,
  ): Promise<[SocketHandle, SocketHandle] | false>;
  getSocketOption(socket: SocketHandle, level: number, name: number): Promise<number | null>;
  setSocketOption(socket: SocketHandle, level: number, name: number, value: number): Promise<boolean>;
  shutdown(socket: SocketHandle, how: "read" | "write" | "both"): Promise<boolean>;
  close(socket: SocketHandle): Promise<void>;

  send(socket: SocketHandle, bytes: Uint8Array, flags?: number, ai?: AddressInfoHandle): Promise<number>;
  sendNonBlocking(
    socket: SocketHandle,
    bytes: Uint8Array,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number | false>;
  receive(
    socket: SocketHandle,
    n: number,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<Uint8Array | false>;
  receiveNonBlocking(
    socket: SocketHandle,
    n: number,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<Uint8Array | false>;
  receiveInto(
    socket: SocketHandle,
    bytes: Uint8Array,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number>;
  receiveIntoNonBlocking(
    socket: SocketHandle,
    bytes: Uint8Array,
    timeout: Timeout,
    flags?: number,
    ai?: AddressInfoHandle,
  ): Promise<number | false>;

  receiveMany(socket: SocketHandle, n: number): Promise<SideMessage[] | false>;

  errorName(errno: number): Promise<string>;
  errorMessage(errno: number): Promise<string>;

  /** Closes everything that was opened through this side, and the side; idempotent. */
  dispose(): Promise<void>;
}

/** What a side rejects with when a call failed that has no value for failure. */
export interface SideFailure extends Error {
  /** The error's name, e.g. `"ECONNREFUSED"`. */
  readonly code: string;
}

/** A side that this machine can't run. */
export interface MissingSide {
  readonly name: string;
  readonly reason: string;
}

/** What opening a side comes to. */
export type OpenedSide = Side | MissingSide;
