/**
 * The receiving direction of a TCP connection.
 */
import { events } from "../events/channels.ts";
import type { Waiter } from "../io/poll.ts";
import { ByteSource, closed, failed, noBytes } from "../io/streams.ts";
import type { Rest, Transport, TransportListener } from "../network/network.ts";
import { type ConnectionEvents, type Direction, tellTransfer } from "./tcp-direction.ts";
import type { Failure } from "./tcp-failure.ts";

/** How often what has come is taken without an event: other connections have their turns then. */
const MOST_AT_ONCE = 8;
/** For less than that no call of the kernel is made. */
const LEAST_AT_ONCE = 16 * 1024;

/**
 * The receiving direction.
 *
 * The network reads into the one buffer of the host and calls back before it reads anything else. During the
 * callback the bytes are *live*: a waiter may take them right there, or, when it is a suspended guest, in the
 * promise reactions that follow. What nobody takes is copied into a *stash* of the right size, and reading
 * stops until that is empty; then the kernel's buffer fills, and TCP's own flow control holds the peer back (back-pressure).
 *
 * Where the network's buffer was full, more is likely to have come: a reader that asks for much gets it straight from the
 * kernel, without an event and without a copy where it says into which memory.
 *
 * A reader that wants memory of its own would copy the live bytes. While such a reader takes full buffers, the
 * connection reads into buffers that nobody else uses, and gives them away.
 */
export class TcpInput extends ByteSource {
  #state: Direction = "open";
  #failure: Failure | undefined = undefined;
  #live: Uint8Array | undefined = undefined;
  #stash: Uint8Array | undefined = undefined;
  // Where the next byte is, in the live bytes or in the stash, and where they end.
  #at = 0;
  #end = 0;
  #discards = false;
  /** The buffer that the network reads into, where it is this connection's alone. */
  #own: Uint8Array | undefined = undefined;
  /** Whether a reader was given the live buffer in `receive`, or asked for it in vain. */
  #ownership: "transferred" | "requested" | undefined = undefined;
  #isReceiving = false;
  /** How often more may still be taken without an event; 0 where none is likely to be there. */
  #atOnce = 0;
  /** What was read last, where it was. */
  #ahead: Uint8Array | undefined = undefined;
  /** Whether it would read, if the sockets of the guest did not hold too much. */
  #isHeldBack = false;
  readonly #self: ConnectionEvents;
  readonly #transport: Transport;

  constructor(self: ConnectionEvents, transport: Transport) {
    super();
    this.#self = self;
    this.#transport = transport;
  }

  override isReady(): boolean {
    return this.#at < this.#end || this.#state !== "open";
  }

  override available(): number {
    return this.#end - this.#at;
  }

  override unread(bytes: Uint8Array): void {
    if (this.#discards || bytes.length === 0) return;
    this.#stashAll([bytes, this.#left()], bytes.length + this.available());
    this.#transport.stopReading();
  }

  /** Whether what comes is still wanted, and may come. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Takes what the kernel still had of a connection that broke: it comes behind what is here. */
  append({ pieces, length }: Rest): void {
    if (length > 0) this.#stashAll([this.#left(), ...pieces], this.available() + length);
  }

  #left(): Uint8Array {
    return (this.#live ?? this.#stash ?? noBytes).subarray(this.#at, this.#end);
  }

  #stashAll(pieces: readonly Uint8Array[], length: number): void {
    const stash = Buffer.allocUnsafeSlow(length);
    let at = 0;
    for (const piece of pieces) {
      stash.set(piece, at);
      at += piece.length;
    }
    this.#live = undefined;
    this.#hold(stash);
    this.#at = 0;
    this.#end = length;
  }

  override takeOwnership(): boolean {
    if (this.#ahead !== undefined) return this.#self.context.buffers.giveAhead(this.#ahead);
    const live = this.#live;
    // a stash has memory of its own; where some of it is left, what was read is only a part
    if (live === undefined) return this.#stash === undefined;
    if (!this.#isReceiving) return false;
    // of a buffer that is not full the rest would go with it
    if (live !== this.#own || this.#end < live.length || this.#at < this.#end) {
      this.#ownership ??= "requested";
      return false;
    }
    this.#ownership = "transferred";
    return true;
  }

  override readInto(into: Uint8Array, at: number, length: number): number {
    const taken = this.#takeAtOnce(into, at, length);
    return taken > 0 ? taken : super.readInto(into, at, length);
  }

  /** Takes what has come behind what was told, as `Transport.readAtOnce`. */
  #takeAtOnce(into: Uint8Array, at: number, length: number): number {
    if (this.#atOnce === 0 || length < LEAST_AT_ONCE || this.isReady()) return 0;
    const taken = this.#transport.readAtOnce?.(into, at, length) ?? 0;
    if (taken === length) this.#atOnce--;
    else this.#atOnce = 0;
    if (taken > 0 && events.tcpReceive.hasSubscribers) tellTransfer(events.tcpReceive, this.#self, taken);
    return taken;
  }

  override read(max: number): Uint8Array {
    this.#ahead = undefined;
    const at = this.#at;
    const left = this.#end - at;
    if (left > 0) {
      const bytes = this.#live ?? (this.#stash as Uint8Array);
      const length = Math.min(left, max);
      if (length === 0) return noBytes;
      this.#at = at + length;
      if (events.tcpReceive.hasSubscribers) tellTransfer(events.tcpReceive, this.#self, length);
      if (length === left && this.#live === undefined) {
        this.#hold(undefined);
        this.#at = this.#end = 0;
        this.#resume();
      }
      return length === bytes.length ? bytes : bytes.subarray(at, at + length);
    }
    if (this.#state === "open") {
      if (this.#isHeldBack) this.#resume(true);
      const { buffers, ledger } = this.#self.context;
      // who can't be suspended is told of what comes, event by event, as those are who listen to a stream of Node's
      if (this.#atOnce === 0 || !ledger.maySuspend) return noBytes;
      const { ahead } = buffers;
      const taken = this.#takeAtOnce(ahead, 0, Math.min(max, ahead.length));
      if (taken < 0) return this.read(max);
      if (taken === 0) return noBytes;
      this.#ahead = ahead.subarray(0, taken);
      return this.#ahead;
    }
    throw this.#takeFailure();
  }

  /** What was read is not wanted any more, nor what comes. */
  override close(): void {
    if (this.#discards) return;
    this.#discards = true;
    this.#state = "closed";
    this.#live = undefined;
    this.#at = this.#end = 0;
    this.#hold(undefined);
    // Reading goes on, or the end of the connection would never be noticed.
    this.#resume();
    this.notify();
  }

  /**
   * Takes what the network read.
   *
   * @param length how many bytes of the buffer count
   * @param buffer the buffer of the host, ours until we return
   * @returns whether it may read more
   */
  receive(length: number, buffer: Uint8Array): boolean {
    if (this.#discards) return true;
    this.#live = buffer;
    this.#at = 0;
    this.#end = length;
    const mayTake = length === buffer.length && this.#transport.readAtOnce !== undefined;
    this.#atOnce = mayTake ? MOST_AT_ONCE : 0;
    const isAwaited = this.hasWaiters;
    this.#isReceiving = true;
    this.notify();
    this.#isReceiving = false;
    // a guest that was woken reads in a promise reaction
    if (this.#at < this.#end && isAwaited && this.#transport.afterReactions(settle)) return true;
    return this.#keepRest();
  }

  /** The buffer that the network reads into next; asked for after each `receive`. */
  nextBuffer(length: number): Uint8Array {
    const { buffers } = this.#self.context;
    const ownership = this.#ownership;
    this.#ownership = undefined;
    if (length < buffers.read.length) this.#own = undefined;
    else if (ownership === "transferred" || (ownership === "requested" && this.#own === undefined)) {
      this.#own = buffers.takeRead();
    }
    return this.#own ?? buffers.read;
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
    if (at === end) {
      this.#isHeldBack = !this.#discards && !this.#mayRead(false);
      return !this.#isHeldBack;
    }
    const stash = Buffer.allocUnsafeSlow(end - at);
    stash.set(live.subarray(at, end));
    this.#hold(stash);
    return false;
  }

  /** What nobody has taken in the promise reactions is kept. */
  settle(): void {
    if (!this.#keepRest()) this.#transport.stopReading();
  }

  /** Starts to read. */
  begin(): void {
    this.#resume();
  }

  override addWaiter(waiter: Waiter): void {
    super.addWaiter(waiter);
    if (this.#isHeldBack) this.#resume();
  }

  /** Stops reading where the sockets of the guest hold too much and nobody waits for more, and goes on where not. */
  regulate(): void {
    if (this.#stash !== undefined || this.#live !== undefined || this.#state !== "open") return;
    if (!this.#mayRead(false)) this.#transport.stopReading();
    this.#resume();
  }

  #mayRead(isWanted: boolean): boolean {
    const { ledger } = this.#self.context;
    return !ledger.isHoldingBack || ((isWanted || this.hasWaiters) && !ledger.isFull);
  }

  #resume(isWanted = false): void {
    // what nobody wants is only looked through for its end
    this.#isHeldBack = !this.#discards && !this.#mayRead(isWanted);
    if (!this.#isHeldBack) this.#transport.startReading();
  }

  #hold(stash: Uint8Array | undefined): void {
    const change = (stash?.length ?? 0) - (this.#stash?.length ?? 0);
    this.#stash = stash;
    if (change !== 0) this.#self.context.ledger.queue(change);
  }

  /** The peer has ended this direction. */
  finish(): void {
    if (this.#state !== "open") return;
    this.#state = "closed";
    this.notify();
  }

  /** The connection broke. What was read before is still given. */
  fail(failure: Failure): void {
    if (this.#state !== "open") return;
    this.#state = "failed";
    this.#failure = failure;
    this.notify();
  }

  #takeFailure(): ReturnType<typeof failed> {
    // a failure is told once; after it the stream is closed
    const error = this.#failure?.read();
    this.#state = "closed";
    this.#failure = undefined;
    return error === undefined ? closed : failed(error);
  }
}

function settle(listener: TransportListener): void {
  (listener as TransportListener & { readonly input: TcpInput }).input.settle();
}
