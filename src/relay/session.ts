/** One client of a relay, by the protocol Wisp: its streams, each of which is a socket of the library. */
import {
  Extension,
  extensionsOf,
  info,
  Kind,
  Packet,
  PIECE,
  packet,
  packetsOf,
  parse,
  proceed,
  Reason,
  targetOf,
  WINDOW,
} from "../../host/network/relay/packets.ts";
import type { Library, Socket } from "../index.ts";
import { NetError, SocketType } from "../index.ts";

/** The WebSocket of a client, as far as it is used. */
export interface Pipe {
  /** How much waits for the client, in bytes, with what it costs to keep each packet. */
  readonly behind: number;
  /** Sends; `done` is called when it has left, or can't. */
  send(bytes: Uint8Array, done: () => void): void;
  /** Takes no more of the client's packets, or takes them again. */
  pause(): void;
  resume(): void;
  /** Ends it with a code of RFC 6455, 7.4. */
  end(code: number): void;
}

/** How many streams a client has at most, with those that it has closed and of which something still goes out. */
const MOST_STREAMS = 256;
/** How many packets of a stream may wait: who heeds what CONTINUE says never has so many. */
const MOST_PACKETS = 3 * WINDOW;
/** With so many bytes waiting, for sockets or for the client, nothing more is taken from the other side. */
const MOST_BYTES = 4 * 1024 * 1024;
/** As many times that may wait for a client that takes nothing, before nothing more is taken from it: each packet may have an answer. */
const ANSWERS = 4;
/** For how long a connection is tried, in milliseconds. */
const PATIENCE = 30_000;
/** RFC 6455: the client doesn't keep to the protocol. */
const PROTOCOL_ERROR = 1002;

const REASONS: Readonly<Record<string, number>> = {
  EACCES: Reason.blocked,
  EPERM: Reason.blocked,
  ECONNREFUSED: Reason.refused,
  EHOSTUNREACH: Reason.unreachable,
  ENETUNREACH: Reason.unreachable,
  EADDRNOTAVAIL: Reason.unreachable,
  ENOENT: Reason.unreachable,
  EREMOTEIO: Reason.unreachable,
  ETIMEDOUT: Reason.silent,
  EMFILE: Reason.throttled,
  ENFILE: Reason.throttled,
  ENOBUFS: Reason.throttled,
  EINVAL: Reason.invalid,
};

function reasonOf(error: unknown): number {
  if (error instanceof NetError) return REASONS[error.code] ?? Reason.network;
  // a name that is none
  if (error instanceof TypeError || error instanceof RangeError) return Reason.invalid;
  return (error as { name?: unknown } | null)?.name === "TimeoutError" ? Reason.silent : Reason.network;
}

/** One client. */
export class Session {
  readonly net: Library;
  readonly #pipe: Pipe;
  readonly #streams: Map<number, TcpStream | UdpStream> = new Map();
  /** All that are not over. */
  readonly #running: Map<TcpStream | UdpStream, Promise<void>> = new Map();
  #isGreeted: boolean;
  #isOver = false;
  /** Bytes of the client that wait for their sockets. */
  #waiting = 0;
  #isPaused = false;
  #drained: (() => void)[] = [];
  #extensions: ReadonlySet<number> = new Set();

  /**
   * @param net where its sockets are, and what they may
   * @param pipe its WebSocket
   * @param isVersion2 whether it asked for version 2
   */
  constructor(net: Library, pipe: Pipe, isVersion2: boolean) {
    this.net = net;
    this.#pipe = pipe;
    this.#isGreeted = !isVersion2;
    this.#post(isVersion2 ? info(Object.values(Extension)) : proceed(0, WINDOW));
  }

  /** Whether an extension is in use. */
  has(extension: number): boolean {
    return this.#extensions.has(extension);
  }

  /** Whether the client isn't listened to because others don't take what it has sent. */
  get isHeldBack(): boolean {
    return this.#isPaused && this.#waiting > MOST_BYTES / 2;
  }

  /** Takes a packet of the client's. */
  take(bytes: Uint8Array): void {
    const parsed = parse(bytes);
    if (this.#isOver) return;
    if (parsed === undefined || !this.#route(parsed.type, parsed.stream, parsed.body)) this.#fail();
  }

  #route(type: number, id: number, body: Uint8Array): boolean {
    if (!this.#isGreeted) return type === Packet.info && id === 0 && this.#greet(body);
    const stream = this.#streams.get(id);
    switch (type) {
      case Packet.connect:
        return id !== 0 && stream === undefined && this.#connect(id, body);
      case Packet.data:
        // one that is closed here may not be so there yet
        return stream === undefined || stream.data(body);
      case Packet.continue:
        stream?.proceed(packetsOf(body) ?? 0);
        return true;
      case Packet.close:
        this.#streams.delete(id);
        if (body[0] === Reason.voluntary) stream?.finish();
        else stream?.stop();
        return true;
      default:
        return false;
    }
  }

  #greet(body: Uint8Array): boolean {
    const theirs = extensionsOf(body);
    if (theirs === undefined) return false;
    this.#extensions = new Set(Object.values(Extension).filter((id) => theirs.has(id)));
    this.#isGreeted = true;
    this.#post(proceed(0, WINDOW));
    return true;
  }

  #connect(id: number, body: Uint8Array): boolean {
    const target = targetOf(body);
    if (target === undefined || this.#running.size >= MOST_STREAMS) {
      const reason = target === undefined ? Reason.invalid : Reason.throttled;
      this.#post(packet(Packet.close, id, [reason]));
      return true;
    }
    const { kind, host, port } = target;
    const stream = new (kind === Kind.tcp ? TcpStream : UdpStream)(this, id);
    this.#streams.set(id, stream);
    const running = stream.run(host, port).then(
      (reason) => this.#over(id, stream, reason),
      (error: unknown) => this.#over(id, stream, reasonOf(error)),
    );
    this.#running.set(stream, running);
    return true;
  }

  #over(id: number, stream: TcpStream | UdpStream, reason: number): void {
    stream.stop();
    this.#running.delete(stream);
    if (this.#streams.get(id) !== stream) return;
    this.#streams.delete(id);
    this.#post(packet(Packet.close, id, [reason]));
  }

  /** Sends a packet; resolves when there is room for another. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.#isOver) return;
    this.#post(bytes);
    if (this.#pipe.behind <= MOST_BYTES) return;
    await new Promise<void>((resolve) => {
      this.#drained.push(resolve);
    });
  }

  /** Bytes of the client wait for a socket, or wait no more. */
  count(bytes: number): void {
    this.#waiting += bytes;
    this.#balance();
  }

  #post(bytes: Uint8Array): void {
    this.#pipe.send(bytes, () => {
      this.#balance();
      if (this.#pipe.behind > MOST_BYTES / 2) return;
      for (const resolve of this.#drained.splice(0)) resolve();
    });
    this.#balance();
  }

  /** Listens to the client as long as neither side has too much before it. */
  #balance(): void {
    const most = this.#isPaused ? MOST_BYTES / 2 : MOST_BYTES;
    const isFull = this.#waiting > most || this.#pipe.behind > ANSWERS * most;
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.#pipe.pause();
    else this.#pipe.resume();
  }

  #fail(): void {
    this.#pipe.end(PROTOCOL_ERROR);
    void this.close();
  }

  /** The client has gone: all that it has is closed. Resolves when also that is over which it had closed before. */
  async close(): Promise<void> {
    this.#isOver = true;
    for (const stream of this.#streams.values()) stream.stop();
    this.#streams.clear();
    for (const resolve of this.#drained.splice(0)) resolve();
    await Promise.all(this.#running.values());
  }
}

/** What streams have in common. */
abstract class ClientStream {
  protected readonly session: Session;
  protected readonly id: number;
  protected readonly queue: Uint8Array[] = [];
  readonly #stop: AbortController = new AbortController();
  #wake: () => void = () => {};
  #isFinishing = false;
  protected socket: Socket | undefined = undefined;

  constructor(session: Session, id: number) {
    this.session = session;
    this.id = id;
  }

  protected get isOver(): boolean {
    return this.#stop.signal.aborted;
  }

  protected get signal(): AbortSignal {
    return AbortSignal.any([this.#stop.signal, AbortSignal.timeout(PATIENCE)]);
  }

  /** Opens its socket and serves it to its end; gives why it is over, or rejects with that. */
  abstract run(host: string, port: number): Promise<number>;

  /** Bytes of the client's; false where it has sent more than it may. */
  abstract data(bytes: Uint8Array): boolean;

  protected put(bytes: Uint8Array): void {
    this.queue.push(bytes);
    this.session.count(bytes.length);
    this.wake();
  }

  /** The next packet of the client's; `undefined` when there is none any more. */
  protected async next(): Promise<Uint8Array | undefined> {
    while (!this.isOver && !(this.#isFinishing && this.queue.length === 0)) {
      const bytes = this.queue.shift();
      if (bytes !== undefined) {
        this.session.count(-bytes.length);
        return bytes;
      }
      await this.woken();
    }
    return undefined;
  }

  protected woken(): Promise<void> {
    const before = this.#wake;
    return new Promise((resolve) => {
      this.#wake = () => {
        before();
        resolve();
      };
    });
  }

  protected wake(): void {
    const wake = this.#wake;
    this.#wake = () => {};
    wake();
  }

  /** The client takes so many more packets. */
  proceed(_packets: number): void {}

  /** The client has closed it: what it has sent before still goes out, for a time. */
  finish(): void {
    this.#isFinishing = true;
    const timer = setTimeout(() => this.stop(), PATIENCE).unref();
    this.#stop.signal.addEventListener("abort", () => clearTimeout(timer));
    this.wake();
  }

  /** Sends the client bytes, as long as it wants them. */
  protected async give(bytes: Uint8Array): Promise<void> {
    if (!this.#isFinishing) await this.session.send(packet(Packet.data, this.id, bytes));
  }

  /** Closes it; idempotent. */
  stop(): void {
    if (this.isOver) return;
    this.#stop.abort();
    this.session.count(-this.queue.splice(0).reduce((sum, { length }) => sum + length, 0));
    this.wake();
    this.socket?.close().catch(() => {});
  }
}

class TcpStream extends ClientStream {
  /** How many packets the client takes, where it says so. */
  #room = WINDOW;

  async run(host: string, port: number): Promise<number> {
    const [socket] = await this.session.net.Socket.openNetIo(host, port, { signal: this.signal });
    this.socket = socket;
    if (this.isOver) {
      await socket.close();
      return Reason.voluntary;
    }
    await this.session.send(proceed(this.id, WINDOW - this.queue.length));
    const writing = this.#write(socket);
    const reading = this.#read(socket);
    // who knows no half-close is told of the peer's end by that of the stream
    if (this.session.has(Extension.halfClose)) await Promise.all([writing, reading]);
    else await Promise.race([reading, writing.then(() => reading)]);
    return Reason.voluntary;
  }

  async #write(socket: Socket): Promise<void> {
    for (let count = 1; ; count++) {
      const bytes = await this.next();
      if (bytes === undefined) return this.stop();
      if (bytes.length === 0 && this.session.has(Extension.halfClose)) {
        socket.shutdown("write");
        return;
      }
      await socket.send(bytes);
      if (count % (WINDOW / 2) === 0)
        await this.session.send(proceed(this.id, Math.max(1, WINDOW - this.queue.length)));
    }
  }

  async #read(socket: Socket): Promise<void> {
    const isHeldBack = this.session.has(Extension.halfClose);
    while (!this.isOver) {
      if (isHeldBack && this.#room === 0) {
        await this.woken();
        continue;
      }
      const bytes = await socket.receive(PIECE);
      if (bytes.length === 0) {
        if (isHeldBack) await this.give(bytes);
        return;
      }
      this.#room--;
      await this.give(bytes);
    }
  }

  data(bytes: Uint8Array): boolean {
    if (this.queue.length >= MOST_PACKETS) return false;
    this.put(bytes);
    return true;
  }

  override proceed(packets: number): void {
    this.#room = packets;
    this.wake();
  }
}

class UdpStream extends ClientStream {
  async run(host: string, port: number): Promise<number> {
    const { net } = this.session;
    const info = await net.getAddressInfo(host, port, net.makeAddressInfo(0, SocketType.datagram, 0, 0));
    if (info === null || info.address === null) throw net.lastError();
    const socket = new net.Socket(info.family, SocketType.datagram);
    this.socket = socket;
    if (this.isOver) {
      await socket.close();
      return Reason.voluntary;
    }
    await socket.connect(info.address);
    await Promise.all([this.#write(socket), this.#read(socket)]);
    return Reason.voluntary;
  }

  async #write(socket: Socket): Promise<void> {
    for (;;) {
      const bytes = await this.next();
      if (bytes === undefined) return this.stop();
      await socket.send(bytes).catch(unlessOver);
    }
  }

  async #read(socket: Socket): Promise<void> {
    while (!this.isOver) {
      await this.give(await socket.receive(65_535));
    }
  }

  // what comes too fast is lost, as it is on the way
  data(bytes: Uint8Array): boolean {
    if (this.queue.length < MOST_PACKETS) this.put(bytes);
    return true;
  }
}

/** A datagram that is too large is lost. */
function unlessOver(error: unknown): void {
  if (!(error instanceof NetError) || error.code !== "EMSGSIZE") throw error;
}
