/**
 * A TCP connection on `node:net`: its two directions and its end.
 */
import * as net from "node:net";
import { events, type TypedChannel } from "../events.ts";
import { ByteSink, ByteSource, closed, failed, IoError, noBytes } from "../io/streams.ts";
import { runsMicrotasksBetweenReads } from "../runtime-features.ts";
import type { IpSocketAddress } from "./address.ts";
import { addressText, fromNode, type NodeAddress } from "./address.ts";
import { descriptorOf, type TcpHandle } from "./bind.ts";
import type { SocketContext } from "./context.ts";
import type { ErrorCode } from "./errors.ts";
import { errnoName, errorCode } from "./errors.ts";

/** How a direction stands. */
type Direction =
  | "open"
  /** The peer ended it, or we did. */
  | "closed"
  /** It broke, and nobody was told yet. */
  | "failed";

/** Writing to a connection that the peer has left is not a failure of the operation but an end. */
const ENDS_OF_WRITING: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET", "ECONNABORTED"]);

const NO_BYTES = Buffer.alloc(0);

/**
 * What comes in.
 *
 * libuv reads into the one buffer of the host and calls back before it reads anything else. During the
 * callback the bytes are *live*: a waiter may take them right there, or, when it is a suspended guest, in the
 * promise reactions that follow. What nobody takes is copied into a *stash* of the right size, and reading
 * stops until that is empty; then the kernel's buffer fills, and TCP's own flow control holds the peer back.
 *
 * A reader that wants memory of its own would copy the live bytes. While such a reader takes full buffers, the
 * connection reads into buffers that nobody else uses, and gives them away.
 */
export class TcpInput extends ByteSource {
  #state: Direction = "open";
  #error: IoError | undefined = undefined;
  #live: Uint8Array | undefined = undefined;
  #stash: Uint8Array | undefined = undefined;
  // Where the next byte is, in the live bytes or in the stash, and where they end.
  #at = 0;
  #end = 0;
  #discards = false;
  /** The buffer that libuv reads into, where it is this connection's alone. */
  #own: Uint8Array | undefined = undefined;
  /** What has become of the live bytes in `receive`: a reader keeps them, or would have. */
  #kept: "given" | "wanted" | undefined = undefined;
  #isReceiving = false;
  readonly #self: ConnectionEvents;
  readonly #resume: () => void;
  readonly #pause: () => void;
  readonly #settle: () => void;
  readonly #settleSoon: () => void;

  /**
   * @param self whose bytes they are
   * @param resume starts reading again
   * @param pause stops reading
   */
  constructor(self: ConnectionEvents, resume: () => void, pause: () => void) {
    super();
    this.#self = self;
    this.#resume = resume;
    this.#pause = pause;
    this.#settle = () => this.#settleLate();
    this.#settleSoon = () => process.nextTick(this.#settle);
  }

  override isReady(): boolean {
    return this.#at < this.#end || this.#state !== "open";
  }

  override available(): number {
    return this.#end - this.#at;
  }

  override keep(): boolean {
    const live = this.#live;
    if (live === undefined) return true; // a stash has memory of its own
    if (!this.#isReceiving) return false;
    // of a large buffer few bytes are better copied
    if (live !== this.#own || this.#end < live.length / 2) {
      this.#kept ??= "wanted";
      return false;
    }
    this.#kept = "given";
    return true;
  }

  override read(max: number): Uint8Array {
    const at = this.#at;
    const left = this.#end - at;
    if (left > 0) {
      const bytes = this.#live ?? (this.#stash as Uint8Array);
      const length = Math.min(left, max);
      if (length === 0) return noBytes;
      this.#at = at + length;
      if (events.tcpReceive.hasSubscribers) tellTransfer(events.tcpReceive, this.#self, length);
      if (length === left && this.#live === undefined) {
        this.#stash = undefined;
        this.#at = this.#end = 0;
        this.#resume();
      }
      return length === bytes.length ? bytes : bytes.subarray(at, at + length);
    }
    if (this.#state === "open") return noBytes;
    throw this.#takeFailure();
  }

  /** What was read is not wanted any more, nor what comes. */
  override close(): void {
    if (this.#discards) return;
    this.#discards = true;
    this.#state = "closed";
    this.#live = undefined;
    this.#at = this.#end = 0;
    if (this.#stash !== undefined) {
      this.#stash = undefined;
      // Reading goes on, or the end of the connection would never be noticed.
      this.#resume();
    }
    this.notify();
  }

  /**
   * Takes what libuv read.
   *
   * @param length how many bytes of the buffer count
   * @param buffer the buffer of the host, ours until we return
   * @returns whether libuv may read more
   */
  receive(length: number, buffer: Uint8Array): boolean {
    if (this.#discards) return true;
    this.#live = buffer;
    this.#at = 0;
    this.#end = length;
    const isAwaited = this.hasWaiters;
    this.#isReceiving = true;
    this.notify();
    this.#isReceiving = false;
    if (this.#at < this.#end && isAwaited && runsMicrotasksBetweenReads) {
      // A guest that was woken reads in a promise reaction. A tick that is asked for in such a reaction
      // comes after all of them, and before libuv reads again.
      queueMicrotask(this.#settleSoon);
      return true;
    }
    return this.#keepRest();
  }

  /** The buffer that libuv reads into next; asked for after each `receive`. */
  nextBuffer(length: number): Uint8Array {
    const { readBuffer } = this.#self.context;
    const kept = this.#kept;
    this.#kept = undefined;
    if (length < readBuffer.length) this.#own = undefined;
    else if (kept === "given" || (kept === "wanted" && this.#own === undefined)) {
      this.#own = this.#self.context.takeReadBuffer();
    }
    return this.#own ?? readBuffer;
  }

  /** Copies what nobody took; says whether there was nothing. */
  #keepRest(): boolean {
    const live = this.#live;
    if (live === undefined) return true;
    this.#live = undefined;
    const at = this.#at;
    const end = this.#end;
    this.#at = 0;
    this.#end = end - at;
    if (at === end) return true;
    const stash = Buffer.allocUnsafeSlow(end - at);
    stash.set(live.subarray(at, end));
    this.#stash = stash;
    return false;
  }

  #settleLate(): void {
    if (!this.#keepRest()) this.#pause();
  }

  /** The peer has ended this direction. */
  finish(): void {
    if (this.#state !== "open") return;
    this.#state = "closed";
    this.notify();
  }

  /** The connection broke. What was read before is still given. */
  fail(error: IoError): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#error = error;
    this.notify();
  }

  #takeFailure(): ReturnType<typeof failed> {
    const error = this.#error;
    if (this.#state !== "failed" || error === undefined) return closed;
    // A failure is told once; after it the stream is closed.
    this.#state = "closed";
    this.#error = undefined;
    return failed(error);
  }
}

/** What goes out. */
export class TcpOutput extends ByteSink {
  #state: Direction = "open";
  #error: IoError | undefined = undefined;
  #isFlushing = false;
  #isDrainAwaited = false;
  readonly #socket: net.Socket;
  readonly #context: SocketContext;
  readonly #self: ConnectionEvents;
  readonly #limit: number;
  readonly #onDrained: () => void;

  /**
   * @param socket the connection
   * @param context what all sockets of the host share
   * @param self whose bytes they are
   */
  constructor(socket: net.Socket, context: SocketContext, self: ConnectionEvents) {
    super();
    this.#self = self;
    this.#socket = socket;
    this.#context = context;
    this.#limit = context.caps.outputBytes;
    this.#onDrained = () => this.#drained();
  }

  override isReady(): boolean {
    if (this.#state !== "open") return true;
    return this.#permit() > 0;
  }

  override permit(): number {
    if (this.#state !== "open") throw this.#takeFailure();
    return this.#permit();
  }

  override write(bytes: Uint8Array): void {
    if (this.#state !== "open") throw this.#takeFailure();
    const socket = this.#socket;
    if (socket.destroyed) throw closed;
    if (events.tcpSend.hasSubscribers) tellTransfer(events.tcpSend, this.#self, bytes.length);
    const copy = this.#context.copy(bytes);
    socket.write(copy);
    // Nothing is queued when the kernel took all of it: then nobody looks at the copy again.
    if (socket.writableLength === 0) this.#context.reuse(copy);
    else this.#awaitDrain();
  }

  override pending(): number {
    return this.#socket.writableLength;
  }

  override flush(): void {
    if (this.#socket.writableLength > 0) this.#isFlushing = true;
  }

  /** Ends this direction after what was written: the peer reads the end of the stream. */
  override close(): void {
    if (this.#state === "open") this.#socket.end();
    this.#state = "closed";
    this.notify();
  }

  /** The connection broke. */
  fail(error: IoError, isEnd: boolean): void {
    if (this.#state !== "open") return;
    this.#state = isEnd ? "closed" : "failed";
    if (!isEnd) this.#error = error;
    this.notify();
  }

  #permit(): number {
    if (this.#isFlushing) return 0;
    return Math.max(0, this.#limit - this.#socket.writableLength);
  }

  // An empty piece behind what is queued tells when all of it has gone. The `drain` event would not: it
  // comes only where the queue was full.
  #awaitDrain(): void {
    if (this.#isDrainAwaited) return;
    this.#isDrainAwaited = true;
    this.#socket.write(NO_BYTES, this.#onDrained);
  }

  #drained(): void {
    this.#isDrainAwaited = false;
    if (this.#state === "open" && this.#socket.writableLength > 0) this.#awaitDrain();
    else this.#isFlushing = false;
    this.notify();
  }

  #takeFailure(): ReturnType<typeof failed> {
    const error = this.#error;
    if (this.#state !== "failed" || error === undefined) return closed;
    this.#state = "closed";
    this.#error = undefined;
    return failed(error);
  }
}

/** What a connection tells its endpoint, and what it has to know of it. */
export interface ConnectionEvents {
  /** Which socket it is, in events. */
  readonly id: number;
  readonly context: SocketContext;
  /** The address of the peer. */
  readonly peer: IpSocketAddress | undefined;
  /** The connection stands, or could not be made. */
  onConnectOutcome(error: ErrorCode | undefined): void;
  /** The descriptor is closed. */
  onClosed(): void;
}

function tellTransfer(
  channel: TypedChannel<"wasock:tcp:send" | "wasock:tcp:receive">,
  { id, context, peer }: ConnectionEvents,
  bytes: number,
): void {
  channel.publish({ host: context.id, socket: id, remote: peer, bytes });
}

/** A connection, standing or being made. */
export class TcpConnection {
  readonly input: TcpInput;
  readonly output: TcpOutput;
  readonly socket: net.Socket & { readonly _handle: TcpHandle | null };
  readonly #context: SocketContext;
  readonly #events: ConnectionEvents;
  #local: IpSocketAddress | undefined = undefined;
  #isConnecting = false;
  #isDropped = false;
  #linger: NodeJS.Timeout | undefined = undefined;

  /**
   * @param context what all sockets of the host share
   * @param handle a bound or connected handle, where there is one
   * @param events what the endpoint wants to know
   */
  constructor(context: SocketContext, handle: TcpHandle | undefined, events: ConnectionEvents) {
    this.#context = context;
    this.#events = events;
    let received = 0;
    const socket = new net.Socket({
      ...(handle === undefined ? {} : { handle }),
      allowHalfOpen: true,
      manualStart: true,
      // The permit is what limits the queue; node:net's own mark is of no use here.
      writableHighWaterMark: context.caps.outputBytes,
      onread: runsMicrotasksBetweenReads
        ? {
            buffer: () => (received === 0 ? context.readBuffer : this.input.nextBuffer(received)),
            callback: (length: number, buffer: Uint8Array) => {
              received = length;
              return this.input.receive(length, buffer);
            },
          }
        : {
            buffer: context.readBuffer,
            callback: (length: number, buffer: Uint8Array) => this.input.receive(length, buffer),
          },
    } as net.SocketConstructorOpts);
    this.socket = socket as net.Socket & { readonly _handle: TcpHandle | null };
    this.input = new TcpInput(
      events,
      () => this.#startReading(),
      () => socket.pause(),
    );
    this.output = new TcpOutput(socket, context, events);
    const { _destroy } = socket;
    socket._destroy = (error, done) => {
      // the guest may still ask when the descriptor is gone
      if (!this.#isDropped) void this.local;
      _destroy.call(socket, error, done);
    };
    socket.on("end", () => this.input.finish());
    socket.on("error", (error) => this.#failed(error));
    socket.on("close", () => this.#closed());
  }

  /** The descriptor, where there is one. */
  fd(): number | undefined {
    return descriptorOf(this.socket._handle);
  }

  /** The address of our end, once the connection stands. */
  get local(): IpSocketAddress | undefined {
    if (this.#local === undefined && !this.#isConnecting) {
      const out: Partial<NodeAddress> = {};
      if (this.socket._handle?.getsockname(out) === 0) this.#local = fromNode(out as NodeAddress);
    }
    return this.#local;
  }

  /** Starts to connect. */
  connect(remote: IpSocketAddress): void {
    this.#isConnecting = true;
    this.socket.once("connect", () => {
      this.#isConnecting = false;
      this.begin();
      this.#events.onConnectOutcome(undefined);
    });
    this.socket.connect({ host: addressText(remote), port: remote.val.port });
  }

  /** The connection stands: reading starts, so that the end and a reset are noticed. */
  begin(): void {
    this.#startReading();
  }

  /** Lets go: what was written is delivered first, within the time that the host allows for it. */
  close(): void {
    this.#isDropped = true;
    this.input.close();
    this.output.close();
    if (this.#isConnecting) {
      this.abort();
      return;
    }
    this.socket.destroySoon();
    if (this.socket.destroyed) return;
    this.#linger = setTimeout(() => this.#cut(), this.#context.caps.lingerMilliseconds);
    this.#linger.unref();
  }

  /** Ends everything now. */
  abort(): void {
    this.socket.destroy();
    this.input.close();
    this.output.fail(new IoError("the host was closed"), true);
  }

  #startReading(): void {
    if (!this.socket.destroyed) this.socket.read(0);
  }

  #cut(): void {
    if (events.tcpLinger.hasSubscribers) {
      const { id, context } = this.#events;
      events.tcpLinger.publish({ host: context.id, socket: id, bytes: this.socket.writableLength });
    }
    this.socket.destroy();
  }

  #failed(error: Error): void {
    const name = errnoName(error) ?? "";
    if (this.#isConnecting) {
      this.#isConnecting = false;
      // On Linux an implicit bind without a free port says EADDRNOTAVAIL.
      const code = name === "EADDRNOTAVAIL" ? "address-in-use" : errorCode(error);
      this.#events.onConnectOutcome(code);
      return;
    }
    // Where a write found out that the peer is gone, a read would have found the reset.
    const code = name === "EPIPE" ? "connection-reset" : errorCode(error);
    const ioError = new IoError(error.message, code);
    if (events.tcpError.hasSubscribers) {
      const { id, context, peer } = this.#events;
      events.tcpError.publish({ host: context.id, socket: id, remote: peer, error: code });
    }
    this.input.fail(ioError);
    this.output.fail(ioError, ENDS_OF_WRITING.has(name));
  }

  #closed(): void {
    if (this.#linger !== undefined) clearTimeout(this.#linger);
    this.input.finish();
    this.output.fail(new IoError("the connection is closed"), true);
    this.#events.onClosed();
  }
}
