/** Sockets as a class: what goes wrong is thrown, and all that waits can be called off. */
import type { AddressInfo } from "./address-info.ts";
import { openConnection, openListener, openPair } from "./calls/open.ts";
import { receiveIntoWithin, receiveWithin } from "./calls/receive.ts";
import { type Message, receiveManyWithin } from "./calls/receive-many.ts";
import { sendWithin } from "./calls/send.ts";
import {
  acceptOne,
  bindTo,
  connectTo,
  DEFAULT_BACKLOG,
  type Directions,
  listenWith,
  makeSocket,
  optionOf,
  ownNameOf,
  peerNameOf,
  setOptionOf,
  shutDown,
} from "./calls/sockets.ts";
import {
  type Abortable,
  asIs,
  CONNECTING,
  type Connecting,
  failure,
  orThrow,
  signalOf,
  unlessAborted,
  WAITING,
  type Waiting,
  waitOf,
} from "./calls/wait.ts";
import {
  AddressFamily,
  type IpProto,
  type Level,
  type OptionName,
  type OtherNumber,
  SocketType,
} from "./constants.ts";
import { type CoreObject, core, ECONNABORTED, EINVAL, ENOTCONN, WINDOW_SIZE } from "./core.ts";
import { abandon, Endpoint, type SocketState, stateOf } from "./endpoint.ts";
import { NetError, show } from "./errors.ts";
import { attempt, type Inspect, inspectCustom, nameOf, printed } from "./inspect.ts";
import { InputPort, OutputPort } from "./ports.ts";
import { requireSockaddr, type Sockaddr } from "./sockaddr.ts";
import { readableOf, writableOf } from "./web-streams.ts";

/** How to send. */
export interface Sending extends Waiting {
  /** Of `Msg`; default 0. */
  readonly flags?: number | undefined;
  /** Where a datagram goes; without it the socket must be connected. */
  readonly to?: Sockaddr | undefined;
}

/** How to receive. */
export interface Receiving extends Waiting {
  /** Of `Msg`; default 0. */
  readonly flags?: number | undefined;
  /** Takes the address of a datagram's sender. */
  readonly from?: Sockaddr | undefined;
}

const SENDING: readonly (keyof Sending)[] = [...WAITING, "flags", "to"];
const RECEIVING: readonly (keyof Receiving)[] = [...WAITING, "flags", "from"];

const none: Sending & Receiving = {};

/** What is told of a socket. */
export interface SocketDescription {
  /** One of `AddressFamily`. */
  readonly family: AddressFamily;
  /** One of `SocketType`. */
  readonly type: SocketType;
  /** `"open"` is one that neither listens nor has a peer. */
  readonly state: SocketState;
  /** Its own address, where it has one. */
  readonly address?: Sockaddr;
  /** The peer's address, where it has one. */
  readonly peer?: Sockaddr;
}

/** A socket of the core that has no object yet. */
class Adopted {
  readonly object: CoreObject;

  constructor(object: CoreObject) {
    this.object = object;
  }
}

/** Wraps a socket of the core. */
export let socketOf: (object: CoreObject, family: AddressFamily, type: SocketType) => Socket;

/**
 * A socket. Its methods have the names of the functions, and do the same; but
 *
 * - what goes wrong is thrown as a {@link NetError}, with `code`, `errno`, `syscall`, `address` and `port`;
 * - time limits are in the options, and running out of time is a NetError ETIMEDOUT;
 * - everything that waits takes a `signal`, and rejects with its reason when that is aborted. Nothing is lost
 *   then: bytes that come later are there for the next call, and where some were moved already, the call ends
 *   with these instead.
 *
 * Wrong arguments, and options that a call does not know, are a TypeError or a RangeError, and a closed socket is a NetError EBADF.
 */
export class Socket extends Endpoint implements AsyncDisposable, AsyncIterable<Socket> {
  #input: InputPort | undefined = undefined;
  #output: OutputPort | undefined = undefined;
  #readable: ReadableStream<Uint8Array> | undefined = undefined;
  #writable: WritableStream<Uint8Array> | undefined = undefined;

  static {
    socketOf = (object, family, type) => new Socket(family, type, new Adopted(object));
  }

  /**
   * @param family `AddressFamily.inet` or `inet6`
   * @param type `SocketType.stream` or `datagram`
   * @param protocol `IpProto.ip` (any), or the one that fits the type; default any
   * @throws NetError EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT, EMFILE; TypeError or RangeError
   * @see socket(2)
   */
  constructor(
    family: AddressFamily | OtherNumber,
    type: SocketType | OtherNumber,
    protocol?: IpProto | OtherNumber,
  );
  /** @internal */
  constructor(family: AddressFamily, type: SocketType, protocol: Adopted);
  constructor(
    family: AddressFamily | OtherNumber,
    type: SocketType | OtherNumber,
    protocol: IpProto | OtherNumber | Adopted = 0,
  ) {
    const object = protocol instanceof Adopted ? protocol.object : create(family, type, protocol);
    // what the core does not know it has refused
    super(object, family as AddressFamily, type as SocketType);
  }

  /**
   * Opens a connection: looks `host` up and tries each candidate in turn.
   *
   * @param host a name or an address literal; null for the loopback
   * @param service a name such as `"http"`, or a port
   * @param options how long the look-up and all tries together may take, `timeoutMs`, and a signal
   * @returns the socket and its two ports, which close it when both have ended
   * @throws NetError whose `syscall` is the step that failed, `getaddrinfo` or `connect`; ETIMEDOUT
   */
  static async openNetIo(
    host: string | null,
    service: string | number,
    options?: Connecting,
  ): Promise<[Socket, InputPort, OutputPort]> {
    return connectionOf(await openConnection(host, service, waitOf(options, CONNECTING)));
  }

  /**
   * Opens a connection, calls `proc` with its ports, and closes it whatever happens, as the function
   * `withNetIo` does.
   *
   * @param proc gets the input and the output port
   * @param options `timeoutMs` is for connecting alone; the signal closes the connection at once, also while `proc` runs
   */
  static withNetIo<T>(
    host: string | null,
    service: string | number,
    proc: (input: InputPort, output: OutputPort) => T | Promise<T>,
    options?: Connecting,
  ): Promise<T> {
    if (typeof proc !== "function") throw new TypeError(`proc must be a function, got ${show(proc)}`);
    const wait = waitOf(options, CONNECTING);
    const { signal } = wait;
    return openConnection(host, service, wait).then(async (object) => {
      const [socket, input, output] = connectionOf(object);
      input.on("error", ignore);
      output.on("error", ignore);
      try {
        const result = await unlessAborted(signal, async () => {
          const value = await proc(input, output);
          await finish(output);
          return value;
        });
        await socket.close();
        return result;
      } catch (error) {
        await abandon(socket);
        throw error;
      }
    });
  }

  /**
   * Makes a socket that listens: socket, address reuse, bind and listen.
   *
   * @param ai where to: the first candidate counts
   * @param maxConn the backlog; default 128
   * @throws NetError whose `syscall` is the step that failed; nothing is left open then
   */
  static async makeListenerSocket(
    ai: AddressInfo,
    maxConn: number = DEFAULT_BACKLOG,
    options?: Abortable,
  ): Promise<Socket> {
    const object = await openListener(ai, maxConn, signalOf(options));
    return socketOf(object, ai.family as AddressFamily, ai.socketType as SocketType);
  }

  /**
   * Makes two connected sockets in the core's memory: no port is opened and no permission needed.
   *
   * @param family `AddressFamily.unix`, the default
   * @param type `SocketType.stream`, the default, or `datagram`
   * @param protocol 0, the default
   * @throws NetError as `socketpair(2)`
   */
  static openSocketPair(
    family: AddressFamily | OtherNumber = AddressFamily.unix,
    type: SocketType | OtherNumber = SocketType.stream,
    protocol: IpProto | OtherNumber = 0,
  ): [Socket, Socket] {
    const pair = openPair(family, type, protocol);
    if (typeof pair === "number") throw new NetError(pair, { syscall: "socketpair" });
    const kind = type as SocketType;
    return [socketOf(pair[0], AddressFamily.unix, kind), socketOf(pair[1], AddressFamily.unix, kind)];
  }

  /**
   * Binds it. It does not listen yet; port 0 gives a real port, which `getSocketName` shows at once.
   *
   * @throws NetError EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL (bound already, or another family)
   */
  async bind(address: Sockaddr, options?: Abortable): Promise<void> {
    const result = await bindTo(this, address, signalOf(options));
    orThrow(result, { syscall: "bind", address: address.name, port: address.port });
  }

  /**
   * Starts to listen.
   *
   * @param backlog how many connections may wait in the kernel, 0 to 2^31-1; default 128
   * @throws NetError EINVAL, EOPNOTSUPP
   */
  async listen(backlog: number = DEFAULT_BACKLOG, options?: Abortable): Promise<void> {
    orThrow(await listenWith(this, backlog, signalOf(options)), { syscall: "listen" });
  }

  /**
   * Waits for a connection.
   *
   * @throws NetError EINVAL (it does not listen), ECONNABORTED, EMFILE, ETIMEDOUT, EBADF (closed meanwhile)
   */
  async accept(options?: Waiting): Promise<Socket> {
    const object = orThrow(await acceptOne(this, waitOf(options), asIs), { syscall: "accept" });
    return socketOf(object, this.family, this.type);
  }

  /**
   * Connects. On a datagram socket it sets the default address; an unspecified address takes it away. A
   * stream socket whose connecting has failed or was given up can be connected again.
   *
   * @throws NetError ECONNREFUSED, EHOSTUNREACH, ETIMEDOUT, EISCONN, EALREADY, EAFNOSUPPORT, EINVAL, EBADF
   */
  async connect(address: Sockaddr, options?: Waiting): Promise<void> {
    const result = await connectTo(this, address, waitOf(options));
    orThrow(result, { syscall: "connect", address: address.name, port: address.port });
  }

  /**
   * Sends all of `bytes` (a stream), or one datagram.
   *
   * @returns the number of bytes sent; less than all only where time ran out, or the signal came, in between
   * @throws NetError EPIPE, ECONNRESET, ENOTCONN, EDESTADDRREQ, EMSGSIZE, EINVAL (an unknown flag), EAGAIN
   *   (with `Msg.dontwait`), ETIMEDOUT, EBADF (closed meanwhile)
   */
  async send(bytes: Uint8Array, options?: Sending): Promise<number> {
    const { flags = 0, to } = options ?? none;
    const wait = waitOf(options, SENDING);
    const target = to === undefined ? null : requireSockaddr("to", to);
    const result = await sendWithin(this, bytes, wait, flags, target, asIs);
    return orThrow(result, { syscall: "send", address: to?.name, port: to?.port });
  }

  /**
   * Receives at most `n` bytes, or one datagram, which is cut when it is longer.
   *
   * @param n default 65,536, which is enough for any datagram
   * @returns the bytes that came, none at the end of a stream
   * @throws NetError ECONNRESET, ECONNREFUSED (what ICMP said about an earlier datagram), ENOTCONN, EINVAL
   *   (an unknown flag), EAGAIN (with `Msg.dontwait`), ETIMEDOUT, EBADF (closed meanwhile)
   */
  async receive(n: number = WINDOW_SIZE, options?: Receiving): Promise<Buffer> {
    const { flags = 0, from } = options ?? none;
    const result = await receiveWithin(this, n, waitOf(options, RECEIVING), flags, placeFor(from), asIs);
    if (typeof result === "number") throw failure(result, { syscall: "recv" });
    return result;
  }

  /**
   * Receives into `bytes`: what is there, at least one byte (a stream), or one datagram, cut when it is longer.
   *
   * @returns the number of bytes; 0 is the end of a stream
   * @throws as `receive`
   */
  async receiveInto(bytes: Uint8Array, options?: Receiving): Promise<number> {
    const { flags = 0, from } = options ?? none;
    const result = await receiveIntoWithin(
      this,
      bytes,
      waitOf(options, RECEIVING),
      flags,
      placeFor(from),
      asIs,
    );
    return orThrow(result, { syscall: "recv" });
  }

  /**
   * Waits for a datagram, and takes those that are there: one call, and one promise, for all of them.
   *
   * @param n at most so many, and at most 64
   * @returns the datagrams; none where no more can come
   * @throws NetError EOPNOTSUPP (a stream), ECONNREFUSED (what ICMP said about an earlier datagram), ETIMEDOUT, EBADF
   *   (closed meanwhile)
   * @see recvmmsg(2)
   */
  async receiveMany(n: number, options?: Waiting): Promise<Message[]> {
    const result = await receiveManyWithin(this, n, waitOf(options), asIs);
    if (typeof result === "number") throw failure(result, { syscall: "recv" });
    return result;
  }

  /**
   * Ends one direction of a connection, or both: a real half-close.
   *
   * @param how `"read"`, `"write"` (the peer reads end of stream and can still be read from) or `"both"`
   * @throws NetError ENOTCONN
   */
  shutdown(how: Directions): void {
    orThrow(shutDown(this, how), { syscall: "shutdown" });
  }

  /**
   * The peer's address.
   *
   * @throws NetError ENOTCONN
   */
  getPeerName(): Sockaddr {
    const name = peerNameOf(this);
    if (name === null) throw new NetError(-ENOTCONN, { syscall: "getpeername" });
    return name;
  }

  /**
   * The socket's own address.
   *
   * @throws NetError EINVAL when it has none yet
   */
  getSocketName(): Sockaddr {
    const name = ownNameOf(this);
    if (name === null) throw new NetError(-EINVAL, { syscall: "getsockname" });
    return name;
  }

  /**
   * The value of an option.
   *
   * @param level one of `Level`
   * @param name one of `SocketOpt`, `TcpOpt`, `IpOpt` or `Ipv6Opt`
   * @throws NetError ENOPROTOOPT when there is no such option here
   */
  getSocketOption(level: Level | OtherNumber, name: OptionName | OtherNumber): number {
    return orThrow(optionOf(this, level, name), { syscall: "getsockopt" });
  }

  /**
   * Sets an option.
   *
   * @param level one of `Level`
   * @param name one of `SocketOpt`, `TcpOpt`, `IpOpt` or `Ipv6Opt`
   * @param value a number; 0 and 1 for options that are off or on
   * @throws NetError ENOPROTOOPT when there is no such option here, EINVAL when it can't have the value
   */
  setSocketOption(level: Level | OtherNumber, name: OptionName | OtherNumber, value: number): void {
    orThrow(setOptionOf(this, level, name, value), { syscall: "setsockopt" });
  }

  /** The bytes that come in, as a Node stream. */
  get input(): InputPort {
    this.#input ??= new InputPort(this);
    return this.#input;
  }

  /** The bytes that go out, as a Node stream. */
  get output(): OutputPort {
    this.#output ??= new OutputPort(this);
    return this.#output;
  }

  /** The bytes that come in, as a web stream (a byte stream: readers may bring their own buffer). */
  get readable(): ReadableStream<Uint8Array> {
    this.#readable ??= readableOf(this);
    return this.#readable;
  }

  /** The bytes that go out, as a web stream. */
  get writable(): WritableStream<Uint8Array> {
    this.#writable ??= writableOf(this);
    return this.#writable;
  }

  /**
   * The connections that come in, until the socket is closed. A client that has gone before it was accepted
   * is passed over. Leaving the loop leaves the socket open.
   *
   * @throws NetError as `accept`
   */
  async *connections(options?: Abortable): AsyncGenerator<Socket, void, undefined> {
    const wait = { seconds: -1, signal: signalOf(options) };
    while (!this.closed) {
      const object = await acceptOne(this, wait, asIs);
      if (object >= 0) yield socketOf(object, this.family, this.type);
      else if (object !== -ECONNABORTED && !this.closed) orThrow(object, { syscall: "accept" });
    }
  }

  /** The connections that come in, until the socket is closed. */
  [Symbol.asyncIterator](): AsyncGenerator<Socket, void, undefined> {
    return this.connections();
  }

  /** What `JSON.stringify` makes of it: its kind, what it is at, and its addresses as far as it has them. */
  toJSON(): SocketDescription {
    const { family, type } = this;
    const state = stateOf(this);
    if (state === "closed") return { family, type, state };
    const address = attempt(() => ownNameOf(this)) ?? undefined;
    const peer = attempt(() => peerNameOf(this)) ?? undefined;
    return { family, type, state, ...(address && { address }), ...(peer && { peer }) };
  }

  /** @internal */
  [inspectCustom](depth: number | null, options: object, inspect: Inspect): string {
    const fields = (): object => {
      const { family, type, ...rest } = this.toJSON();
      return { family: nameOf(AddressFamily, family), type: nameOf(SocketType, type), ...rest };
    };
    return printed("Socket", fields, depth, options, inspect);
  }
}

function create(family: number, type: number, protocol: number): CoreObject {
  return orThrow(makeSocket(family, type, protocol), { syscall: "socket" });
}

/** A new connection of the core, and its two ports. */
export function connectionOf(object: CoreObject): [Socket, InputPort, OutputPort] {
  const socket = socketOf(object, core.socketFamily(object) as AddressFamily, SocketType.stream);
  return [socket, socket.input, socket.output];
}

function placeFor(from: Sockaddr | undefined): Sockaddr | undefined {
  return from === undefined ? undefined : requireSockaddr("from", from);
}

function ignore(): void {}

/** Lets what was written go out. */
function finish(output: OutputPort): Promise<void> {
  return new Promise((resolve, reject) => {
    if (output.closed) resolve();
    output.once("error", reject);
    output.once("close", resolve);
    output.end();
  });
}
