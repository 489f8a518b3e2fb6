/**
 * A TCP connection on `node:net`: its two directions and its end.
 */
import * as net from "node:net";
import { events } from "../events.ts";
import { IoError } from "../io/streams.ts";
import { throwLater } from "../io/uncaught.ts";
import { keepsAddresses, runsMicrotasksBetweenReads } from "../runtime-features.ts";
import { addressText, fromNode, type IpSocketAddress, isNodeText, splitZone } from "./address.ts";
import { descriptorOf, type TcpHandle } from "./bind.ts";
import type { SocketContext } from "./context.ts";
import { errnoName, errorCode, type SocketErrorCode } from "./errors.ts";
import type { ConnectionEvents } from "./tcp-direction.ts";
import { Failure, readRest } from "./tcp-failure.ts";
import { TcpInput } from "./tcp-input.ts";
import { TcpOutput } from "./tcp-output.ts";

export type { ConnectionEvents } from "./tcp-direction.ts";

/** What was read last, and by whom: `net.Socket` asks for the next buffer right after it, and doesn't say who asks. */
let reader: TcpInput | undefined;
let length = 0;
/** The host whose socket is being made: it asks for its first buffer then. */
let maker: SocketContext;

// There may be very many connections: what they have in common is made once.
const onread = {
  buffer: () => reader?.nextBuffer(length) ?? maker.readBuffer,
  callback(this: HostSocket, received: number, buffer: Uint8Array): boolean {
    const { input } = this.connection;
    let goesOn = true;
    try {
      goesOn = input.receive(received, buffer);
    } catch (error) {
      // libuv would go on with a buffer that may be given away by now
      throwLater(error);
    }
    reader = input;
    length = received;
    return goesOn;
  },
};

/** The socket of a connection. */
class HostSocket extends net.Socket {
  declare readonly _handle: TcpHandle | null;
  declare connection: TcpConnection;

  // Each connection would have a table of the same listeners.
  override emit(name: string | symbol, ...args: unknown[]): boolean {
    const { connection } = this;
    if (name === "connect") connection.connected();
    else if (name === "end") connection.ended();
    else if (name === "error") connection.failed(args[0] as Error);
    else if (name === "close") connection.closed();
    // an error that nobody listens to would be thrown
    return name === "error" || super.emit(name as "close", ...(args as [boolean]));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.connection.isGoing(error);
    super._destroy(error, done);
  }
}

function makeSocket(context: SocketContext, handle: TcpHandle | undefined): HostSocket {
  reader = undefined;
  maker = context;
  const socket: HostSocket = new HostSocket({
    ...(handle === undefined ? {} : { handle }),
    allowHalfOpen: true,
    manualStart: true,
    // The permit is what limits the queue; node:net's own mark is of no use here.
    writableHighWaterMark: context.caps.outputBytes,
    onread: runsMicrotasksBetweenReads
      ? onread
      : {
          buffer: context.readBuffer,
          callback: (length: number, buffer: Uint8Array) => socket.connection.input.receive(length, buffer),
        },
  } as net.SocketConstructorOpts);
  return socket;
}

/** A connection, standing or being made. */
export class TcpConnection {
  readonly input: TcpInput;
  readonly output: TcpOutput;
  readonly socket: HostSocket;
  readonly #context: SocketContext;
  readonly #events: ConnectionEvents;
  #local: IpSocketAddress | undefined = undefined;
  #isConnecting = false;
  #isDropped = false;
  #failure: Failure | undefined = undefined;
  #linger: NodeJS.Timeout | undefined = undefined;

  /**
   * @param context what all sockets of the host share
   * @param handle a bound or connected handle, where there is one
   * @param events what the endpoint wants to know
   */
  constructor(context: SocketContext, handle: TcpHandle | undefined, events: ConnectionEvents) {
    this.#context = context;
    this.#events = events;
    const socket = makeSocket(context, handle);
    socket.connection = this;
    if (!context.ledger.holdsProcess) socket.unref();
    this.socket = socket;
    this.input = new TcpInput(events, socket);
    this.output = new TcpOutput(socket, context, events);
  }

  /** The descriptor, where there is one. */
  fd(): number | undefined {
    return descriptorOf(this.socket._handle);
  }

  /** The address of our end, once the connection stands. */
  get local(): IpSocketAddress | undefined {
    if (this.#local === undefined && !this.#isConnecting) {
      const address = this.socket.address();
      if ("address" in address && address.address !== undefined) this.#local = fromNode(address);
    }
    return this.#local;
  }

  /** Starts to connect. */
  connect(remote: IpSocketAddress): void {
    this.#isConnecting = true;
    const { socket } = this;
    const { port } = remote.val;
    const text = addressText(remote);
    if (isNodeText(text)) {
      socket.connect({ host: text, port });
      return;
    }
    // The zone goes past net.Socket, which would look the text up as a name; it hands the address on in a tick to come.
    socket.connect({ host: splitZone(text)[0], port });
    const handle = socket._handle;
    const connect6 = handle?.connect6;
    if (handle === null || connect6 === undefined) return;
    handle.connect6 = (request, _address, to) => connect6.call(handle, request, text, to);
  }

  /** The socket is connected. */
  connected(): void {
    this.#isConnecting = false;
    this.begin();
    this.#events.onConnectOutcome(undefined);
  }

  /** The connection stands: reading starts, so that the end and a reset are noticed. */
  begin(): void {
    // Bun has forgotten it when the connection ends
    if (!keepsAddresses) void this.local;
    this.input.begin();
  }

  /** Lets go: what was written is delivered first, within the time that the host allows for it. */
  close(): void {
    this.#isDropped = true;
    // What the kernel has is delivered by it, behind a closed descriptor too.
    if (this.#isConnecting || this.socket.writableLength === 0) {
      this.abort();
      return;
    }
    this.input.close();
    this.output.close();
    this.socket.destroySoon();
    if (this.socket.destroyed) return;
    this.#linger = setTimeout(() => this.#cut(), this.#context.caps.lingerMilliseconds);
    this.#linger.unref();
  }

  /** Ends everything now. */
  abort(): void {
    this.socket.destroy();
    this.input.close();
    this.output.fail(undefined);
  }

  /** The descriptor is about to go; the guest may still ask for its address, and for what has come in. */
  isGoing(error: Error | null): void {
    if (!this.#isDropped) void this.local;
    if (error !== null && !this.#isConnecting) this.#broke(error);
  }

  /** The error that no call has told yet, which is thereby told (`SO_ERROR`). */
  takeError(): SocketErrorCode | undefined {
    return this.#failure?.take()?.code as SocketErrorCode | undefined;
  }

  #cut(): void {
    if (events.tcpLinger.hasSubscribers) {
      const { id, context } = this.#events;
      events.tcpLinger.publish({ host: context.id, socket: id, bytes: this.socket.writableLength });
    }
    this.socket.destroy();
  }

  /** The socket broke, or could not connect. */
  failed(error: Error): void {
    const name = errnoName(error) ?? "";
    if (this.#isConnecting) {
      this.#isConnecting = false;
      // On Linux an implicit bind without a free port says EADDRNOTAVAIL.
      const code = name === "EADDRNOTAVAIL" ? "EADDRINUSE" : errorCode(error);
      this.#events.onConnectOutcome(code);
      return;
    }
    this.#broke(error);
  }

  /** Reading has come to an end. */
  ended(): void {
    // Where bytes and a reset come together, libuv tells only an end of some (1.46, of Node 20).
    const rest = readRest(this.fd());
    if (this.input.isOpen) this.input.append(rest);
    if (rest.end !== undefined && rest.end !== "end") {
      this.#broke(Object.assign(new Error(`read ${rest.end}`), { code: rest.end }));
    }
    this.input.finish();
  }

  // Reading or writing has failed; the descriptor is still open, as far as it can be.
  #broke(error: Error): void {
    if (this.#failure !== undefined) return;
    const isWanted = this.input.isOpen;
    const rest = isWanted ? readRest(this.fd()) : undefined;
    if (rest !== undefined) this.input.append(rest);
    const end = rest?.end;
    const isPipe = errnoName(error) === "EPIPE";
    // EPIPE is what a write says after the peer's end, or where the reset was told before; a read says which it is
    const isEnd = isPipe && end === "end";
    const cause = end !== undefined && end !== "end" ? end : isPipe ? "ECONNRESET" : undefined;
    const code = cause === undefined ? errorCode(error) : errorCode({ code: cause });
    const message = cause === undefined ? error.message : `read ${cause}`;
    this.#failure = new Failure(isEnd ? undefined : new IoError(message, code));
    if (events.tcpError.hasSubscribers) {
      const { id, context, peer } = this.#events;
      events.tcpError.publish({ host: context.id, socket: id, remote: peer, error: code });
    }
    if (isEnd) this.input.finish();
    else this.input.fail(this.#failure);
    this.output.fail(isPipe ? undefined : this.#failure);
  }

  /** The socket is closed. */
  closed(): void {
    if (this.#linger !== undefined) clearTimeout(this.#linger);
    this.input.finish();
    this.output.gone();
    this.output.fail(undefined);
    this.#events.onClosed();
  }
}
