/**
 * A connection on `node:net`, where there is no handle to be had.
 */
import * as net from "node:net";
import { throwLater } from "../../io/uncaught.ts";
import {
  handleParts,
  readsIntoMemory,
  runsMicrotasksBetweenReads,
  writesToDescriptors,
} from "../../runtime/features.ts";
import type { HostOption } from "../../sockets/option-table.ts";
import { addressText, fromNode, type IpSocketAddress, isNodeText, splitZone } from "../address.ts";
import type { OptionValues, Rest, Transport, TransportListener } from "../network.ts";
import { afterReactions, readRest, writeNow } from "./descriptor.ts";
import { HandleTransport } from "./handle-transport.ts";
import { descriptorOf, type TcpHandle } from "./tcp-handle.ts";

/** What was read last, and by whom: `net.Socket` asks for the next buffer right after it, and doesn't say who asks. */
let reader: TransportListener | undefined;
let length = 0;
/** Whose socket is being made: it asks for its first buffer then. */
let maker: TransportListener;

// There may be very many connections: what they have in common is made once.
const onread = {
  buffer: () => (reader === undefined ? maker.nextBuffer(0) : reader.nextBuffer(length)),
  callback(this: NodeTransport, received: number, buffer: Uint8Array): boolean {
    const { listener } = this;
    let goesOn = true;
    try {
      goesOn = listener.receive(received, buffer);
    } catch (error) {
      // libuv would go on with a buffer that may be given away by now
      throwLater(error);
    }
    reader = listener;
    length = received;
    return goesOn;
  },
};

const NO_BYTES = Buffer.alloc(0);

/** What a connection can be made from: a port that is taken, or a connection that came in. */
export interface TransportSource {
  /** {@inheritDoc Network.openTcp} */
  open(listener: TransportListener, queueLimit: number): Transport;
}

/** The socket of a connection. */
class NodeTransport extends net.Socket implements Transport {
  declare readonly _handle: TcpHandle | null;
  declare listener: TransportListener;
  declare readonly sendAtOnce?: (bytes: Uint8Array) => number;
  /** Bytes that went past Node, which doesn't count them. */
  sentAtOnce = 0;
  /** Where it connects from, where that was chosen and its handle isn't bound to it. */
  declare from: IpSocketAddress | undefined;

  get queued(): number {
    return this.writableLength;
  }

  local(): IpSocketAddress | undefined {
    const address = this.address();
    return "address" in address && address.address !== undefined ? fromNode(address) : undefined;
  }

  fd(): number | undefined {
    return descriptorOf(this._handle);
  }

  connectTo(remote: IpSocketAddress): void {
    const { port } = remote.val;
    const text = addressText(remote);
    const { from } = this;
    if (from !== undefined) {
      this.connect({ host: text, port, localAddress: addressText(from), localPort: from.val.port });
      return;
    }
    if (isNodeText(text)) {
      this.connect({ host: text, port });
      return;
    }
    // The zone goes past net.Socket, which would look the text up as a name; it hands the address on in a tick to come.
    this.connect({ host: splitZone(text)[0], port });
    const handle = this._handle;
    const connect6 = handle?.connect6;
    if (handle === null || connect6 === undefined) return;
    handle.connect6 = (request, _address, to) => connect6.call(handle, request, text, to);
  }

  startReading(): void {
    if (this.destroyed) return;
    if (readsIntoMemory) this.read(0);
    else this.resume();
  }

  stopReading(): void {
    this.pause();
  }

  afterReactions(callback: (listener: TransportListener) => void): boolean {
    if (!runsMicrotasksBetweenReads) return false;
    afterReactions(callback, this.listener);
    return true;
  }

  readRest(): Rest {
    return readRest(this.fd());
  }

  send(bytes: Buffer): boolean {
    this.write(bytes);
    const { errored } = this;
    if (!errored) return true;
    // Node would tell it later, when we have said that the bytes were taken.
    this.destroy(errored);
    return false;
  }

  reset(): void {
    this.resetAndDestroy();
  }

  // An empty piece behind what is queued tells when all of it has gone. The `drain` event would not: it
  // comes only where the queue was full.
  awaitDrain(): void {
    this.write(NO_BYTES, () => this.listener.drained());
  }

  // Each connection would have a table of the same listeners.
  override emit(name: string | symbol, ...args: unknown[]): boolean {
    const { listener } = this;
    if (name === "connect") listener.connected();
    else if (name === "end") listener.ended();
    else if (name === "error") listener.failed(args[0] as Error);
    else if (name === "close") listener.closed();
    // an error that nobody listens to would be thrown
    return name === "error" || super.emit(name as "close", ...(args as [boolean]));
  }

  setOption(option: HostOption, values: OptionValues): void {
    if (option === "no-delay") this.setNoDelay(values[option] !== 0);
    if (option !== "keep-alive") return;
    const times = [
      values["keep-alive-idle"] * 1000,
      values["keep-alive-interval"] * 1000,
      values["keep-alive-count"],
    ];
    // those behind the first are for who takes them
    this.setKeepAlive(values[option] !== 0, ...(times as [number]));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.listener.isGoing(error);
    super._destroy(error, done);
  }
}

function sendAtOnce(this: NodeTransport, bytes: Uint8Array): number {
  const fd = this.fd();
  const taken = fd === undefined || this.writableLength > 0 ? 0 : writeNow(fd, bytes);
  if (typeof taken === "number") {
    this.sentAtOnce += taken;
    return taken;
  }
  this.destroy(taken);
  return -1;
}

if (writesToDescriptors) {
  // TypeScript takes Node's for a field, which no accessor may override.
  const dispatched = Object.getOwnPropertyDescriptor(net.Socket.prototype, "bytesWritten");
  Object.defineProperties(NodeTransport.prototype, {
    sendAtOnce: { value: sendAtOnce },
    bytesWritten: {
      get(this: NodeTransport): number {
        return this.sentAtOnce + (dispatched?.get?.call(this) ?? 0);
      },
    },
  });
}

/**
 * Makes one end of a connection.
 *
 * @param handle a bound or connected handle, where there is one
 * @param listener is told what happens
 * @param queueLimit bytes that will be queued at most
 */
export function openTransport(
  handle: TcpHandle | undefined,
  listener: TransportListener,
  queueLimit: number,
): Transport {
  if (handleParts !== undefined) return new HandleTransport(handleParts, handle, listener);
  return makeTransport(handle, listener, queueLimit);
}

function makeTransport(
  handle: TcpHandle | undefined,
  listener: TransportListener,
  queueLimit: number,
): NodeTransport {
  reader = undefined;
  maker = listener;
  const socket = new NodeTransport({
    ...(handle === undefined ? {} : { handle }),
    allowHalfOpen: true,
    manualStart: true,
    // who sends keeps to the limit; node:net's own mark is of no use here
    writableHighWaterMark: queueLimit,
    ...readingInto(listener),
  } as net.SocketConstructorOpts);
  socket.listener = listener;
  if (!readsIntoMemory) tellData(socket);
  return socket;
}

/** How bytes are to come into memory of the listener's. */
function readingInto(listener: TransportListener): object {
  if (!readsIntoMemory) return {};
  if (runsMicrotasksBetweenReads) return { onread };
  const callback = (length: number, buffer: Uint8Array) => listener.receive(length, buffer);
  return { onread: { buffer: listener.nextBuffer(0), callback } };
}

/** Has bytes told by events, which wait for `startReading`. */
function tellData(transport: NodeTransport): void {
  transport.pause();
  // Bun makes an end of a reset that nobody listens for
  transport.on("error", nothing);
  transport.on("data", (bytes: Buffer) => {
    if (!transport.listener.receive(bytes.length, bytes)) transport.pause();
  });
}

/**
 * Makes one end of a connection that connects from an address, with a socket that isn't bound to it yet.
 *
 * @param from where from
 * @param listener is told what happens
 * @param queueLimit bytes that will be queued at most
 */
export function openTransportFrom(
  from: IpSocketAddress,
  listener: TransportListener,
  queueLimit: number,
): Transport {
  const transport = makeTransport(undefined, listener, queueLimit);
  transport.from = from;
  return transport;
}

/**
 * Makes one end of a connection of the socket that a `net.Server` gave.
 *
 * @param socket paused, and nothing of it is read
 * @param failure what has become of it since
 * @param listener is told what happens
 */
export function adoptTransport(
  socket: net.Socket,
  failure: Error | undefined,
  listener: TransportListener,
): Transport {
  // The server makes its sockets itself, of a class that can't be told to it.
  const transport: NodeTransport = Object.setPrototypeOf(socket, NodeTransport.prototype);
  transport.listener = listener;
  transport.sentAtOnce = 0;
  tellData(transport);
  if (transport.destroyed) {
    process.nextTick(() => {
      listener.isGoing(failure ?? null);
      listener.closed();
    });
  }
  return transport;
}

function nothing(): void {}
