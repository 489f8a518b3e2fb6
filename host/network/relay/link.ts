/** One WebSocket to a relay, and the streams in it. */
import {
  Extension,
  extensionsOf,
  info,
  Packet,
  packet,
  packetsOf,
  parse,
  Reason,
  SUBPROTOCOL,
} from "./packets.ts";

/** What is used of a WebSocket: the browser's, Node's from 22 on, and that of the package `ws`. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  addEventListener(type: string, listener: (event: never) => void): void;
  send(bytes: Uint8Array): void;
  close(): void;
}

/** The class of such. */
export type WebSocketConstructor = new (url: string, protocols: string) => WebSocketLike;

/** Is told what happens on a stream. */
export interface Stream {
  /** The relay is there: it can be asked for. */
  begin(): void;
  /** So many more packets are taken; the first time it stands, where the relay confirms that. */
  proceed(packets: number): void;
  /** Bytes have come; none is the end of what comes. */
  data(bytes: Uint8Array): void;
  /** It is over. */
  over(reason: number): void;
}

/** For how long a WebSocket without a stream is kept, in milliseconds. */
const IDLE = 250;

/** A connection to a relay, made when the first stream is. */
export class Link {
  readonly #url: string;
  readonly #WebSocket: WebSocketConstructor;
  readonly #streams: Map<number, Stream> = new Map();
  #socket: WebSocketLike | undefined = undefined;
  #lastStream = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  /** What the relay said first; nothing before. */
  #greeting: { readonly window: number; readonly extensions: ReadonlySet<number> } | undefined = undefined;
  #extensions: ReadonlySet<number> = new Set();

  constructor(url: string, WebSocket: WebSocketConstructor) {
    this.#url = url;
    this.#WebSocket = WebSocket;
  }

  /** How many packets of a stream the relay takes at first. */
  get window(): number {
    return this.#greeting?.window ?? 0;
  }

  /** Whether an extension is in use. */
  has(extension: number): boolean {
    return this.#greeting?.extensions.has(extension) ?? false;
  }

  /** How much waits for the network. */
  get behind(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Adds a stream, which is told when it can begin; its number. */
  add(stream: Stream): number {
    clearTimeout(this.#timer);
    do this.#lastStream = this.#lastStream === 0xffff_ffff ? 1 : this.#lastStream + 1;
    while (this.#streams.has(this.#lastStream));
    const id = this.#lastStream;
    this.#streams.set(id, stream);
    if (this.#socket === undefined) this.#open();
    else if (this.#greeting !== undefined) {
      queueMicrotask(() => {
        if (this.#streams.get(id) === stream) stream.begin();
      });
    }
    return id;
  }

  /** A stream is over here; the relay is told, unless it has told us. */
  remove(id: number, reason: number | undefined): void {
    if (!this.#streams.delete(id)) return;
    if (reason !== undefined && this.#greeting !== undefined) this.send(packet(Packet.close, id, [reason]));
    if (this.#streams.size > 0) return;
    this.#timer = setTimeout(() => this.close(), IDLE);
  }

  send(bytes: Uint8Array): void {
    this.#socket?.send(bytes);
  }

  /** Closes it; streams are over. */
  close(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#lost();
    socket?.close();
  }

  #open(): void {
    let socket: WebSocketLike;
    try {
      socket = new this.#WebSocket(this.#url, SUBPROTOCOL);
    } catch {
      // as a page of https: may have none to ws:
      queueMicrotask(() => this.#lost());
      return;
    }
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    const lost = (): void => {
      if (this.#socket === socket) this.#lost();
    };
    socket.addEventListener("message", ({ data }: { data: ArrayBuffer | string }) => {
      if (this.#socket === socket && typeof data !== "string") this.#take(new Uint8Array(data));
    });
    socket.addEventListener("close", lost);
    socket.addEventListener("error", lost);
  }

  #lost(): void {
    this.#socket = undefined;
    const isKnown = this.#greeting !== undefined;
    this.#greeting = undefined;
    this.#extensions = new Set();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    for (const stream of streams) stream.over(isKnown ? Reason.network : Reason.unreachable);
  }

  #take(bytes: Uint8Array): void {
    const { type, stream: id, body } = parse(bytes) ?? { type: 0, stream: 0, body: bytes };
    if (id === 0) {
      this.#greet(type, body);
      return;
    }
    const stream = this.#streams.get(id);
    if (type === Packet.data) stream?.data(body);
    else if (type === Packet.continue) stream?.proceed(packetsOf(body) ?? 0);
    else if (type === Packet.close && stream !== undefined) {
      this.remove(id, undefined);
      stream.over(body[0] ?? Reason.unknown);
    }
  }

  #greet(type: number, body: Uint8Array): void {
    if (this.#greeting !== undefined) return;
    if (type === Packet.info) {
      const ours = Object.values(Extension);
      const theirs = extensionsOf(body) ?? new Set<number>();
      this.#extensions = new Set(ours.filter((id) => theirs.has(id)));
      this.send(info(ours));
    } else if (type === Packet.continue) {
      this.#greeting = { window: packetsOf(body) ?? 0, extensions: this.#extensions };
      for (const stream of [...this.#streams.values()]) stream.begin();
    } else if (type === Packet.close) this.close();
  }
}
