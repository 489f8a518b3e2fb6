/** Connections with faults. */
import type { IpSocketAddress } from "../address.ts";
import { systemError } from "../errors.ts";
import type { Arrival, Rest, TcpPort, TransportListener } from "../network.ts";
import { StandingTransport } from "../stand-before.ts";
import { type Faults, nanoseconds } from "./faults.ts";
import { Lane, type LaneEnd, MOST_HELD } from "./lane.ts";
import { type Direction, NO_SETTINGS, type Settings } from "./rules.ts";

/** How long a connection is tried through a partition that is never over, in milliseconds: what Linux does of itself. */
const CONNECT_PATIENCE = 127_000;

/** How much a kernel would take from a program before it queues. */
const SEND_BUFFER = 64 * 1024;

/** What comes behind bytes that come: the peer's end, ours of both directions, and that all is over. */
type Coming = "ended" | "cut" | "closed";
/** The same of what goes out. */
type Going = "end" | "cut" | "destroySoon" | "destroy";

/** One end of a connection with faults: the transport of the host, and the listener of the other network. */
export class FaultyTransport extends StandingTransport {
  readonly #faults: Faults;
  #settings: Readonly<Record<Direction, Settings>> | undefined;
  #down: Lane<Coming> | undefined = undefined;
  #up: Lane<Going> | undefined = undefined;
  #moved = 0;
  #error: Error | null = null;
  /** Whether the host has let go of it, and what it had sent is still to go. */
  #isLeft = false;
  /** Whether it was closed by a rule: what comes does so no more. */
  #isCut = false;
  #isOver = false;
  /** Whether `drained` is to be told as soon as little enough is held. */
  #drainsLater = false;

  constructor(
    faults: Faults,
    from: TcpPort | Arrival | undefined,
    listener: TransportListener,
    queueLimit: number,
  ) {
    super(faults.network, from, listener, queueLimit);
    this.#faults = faults;
    const remote = from !== undefined && "remote" in from ? from.remote : undefined;
    this.#settings = remote && faults.find("tcp", remote);
    if (this.#settings !== undefined) this.#stands();
  }

  override get queued(): number {
    return this.inner.queued + Math.max(0, (this.#up?.bytes ?? 0) - SEND_BUFFER);
  }
  override get destroyed(): boolean {
    return this.#isLeft || this.inner.destroyed;
  }

  override connectTo(remote: IpSocketAddress): void {
    const { network, chance } = this.#faults;
    const settings = this.#faults.find("tcp", remote);
    this.#settings = settings;
    if (settings === undefined) {
      this.inner.connectTo(remote);
      return;
    }
    const { up, down } = settings;
    const delay = this.#faults.delay(up) + this.#faults.delay(down);
    const later = (act: () => void, time: bigint): void => {
      if (time <= 0n) act();
      else network.startTimer(act, time, undefined);
    };
    if (chance.happens(up.refuse ?? down.refuse ?? 0)) {
      network.startTimer(() => this.#fail("ECONNREFUSED"), delay, undefined);
      return;
    }
    const connect = (): void => {
      if (this.destroyed) return;
      const cut = this.#faults.partitionEnd(up) ?? this.#faults.partitionEnd(down);
      if (cut === undefined) this.inner.connectTo(remote);
      else if (cut.at === undefined) later(() => this.#fail("ETIMEDOUT"), nanoseconds(CONNECT_PATIENCE));
      else later(connect, cut.at - network.monotonic());
    };
    later(connect, delay);
  }

  #fail(code: string): void {
    if (this.destroyed) return;
    this.listener.failed(systemError("connect", code));
    this.inner.destroy();
  }

  override startReading(): void {
    const lane = this.#down;
    if (lane === undefined) {
      this.inner.startReading();
      return;
    }
    lane.isOpen = true;
    if (lane.bytes < MOST_HELD) this.inner.startReading();
  }
  override stopReading(): void {
    if (this.#down !== undefined) this.#down.isOpen = false;
    this.inner.stopReading();
  }
  override afterReactions(callback: (listener: TransportListener) => void): boolean {
    // what is told late is told in a row
    return this.#down === undefined && this.inner.afterReactions(() => callback(this.listener));
  }
  override readRest(): Rest {
    const held = this.#down?.clear() ?? [];
    const rest = this.#isCut ? { pieces: [], length: 0, end: "end" } : this.inner.readRest();
    const length = held.reduce((sum, { length }) => sum + length, rest.length);
    return { pieces: [...held, ...rest.pieces], length, end: rest.end };
  }
  override send(bytes: Buffer): boolean {
    if (!this.#count(bytes.length)) return false;
    const lane = this.#up;
    if (lane === undefined) return this.inner.send(bytes);
    if (lane.isFull) return true;
    lane.push(bytes);
    if (lane.isFull) lane.mark("cut");
    return true;
  }
  override awaitDrain(): void {
    if (this.queued === this.inner.queued) this.inner.awaitDrain();
    else this.#drainsLater = true;
  }
  override end(): void {
    if (this.#up === undefined) this.inner.end();
    else this.#up.mark("end", this.#up.settings.slowClose);
  }
  override destroySoon(): void {
    if (this.#up === undefined) this.inner.destroySoon();
    else this.#up.mark("destroySoon", this.#up.settings.slowClose);
  }
  override destroy(): void {
    const lane = this.#up;
    if (lane === undefined || this.destroyed) {
      this.inner.destroy();
      return;
    }
    if (lane.isEmpty && (lane.settings.slowClose ?? 0) === 0) {
      this.inner.destroy();
      return;
    }
    // what was taken from the program is still sent, as a kernel does it
    this.inner.stopReading();
    this.#isLeft = true;
    this.#faults.leaving(this);
    lane.mark("destroy", lane.settings.slowClose);
    this.listener.isGoing(null);
    this.#faults.network.defer(() => this.listener.closed());
  }
  override reset(): void {
    this.#up?.clear();
    this.inner.reset();
  }

  override connected(): void {
    this.#stands();
    this.listener.connected();
  }
  override receive(length: number, buffer: Uint8Array): boolean {
    if (this.#isLeft || this.#isCut) return false;
    if (!this.#count(length)) return false;
    const lane = this.#down;
    if (lane === undefined) return this.listener.receive(length, buffer);
    if (lane.isFull) return false;
    lane.push(buffer.subarray(0, length));
    if (lane.isFull) lane.mark("cut");
    return lane.bytes < MOST_HELD && !lane.isFull;
  }
  override ended(): void {
    if (this.#isLeft || this.#isCut) return;
    if (this.#down === undefined) this.listener.ended();
    else this.#down.mark("ended", this.#down.settings.slowClose);
  }
  override failed(error: Error): void {
    if (!this.#isLeft) this.listener.failed(error);
  }
  override isGoing(error: Error | null): void {
    if (!this.#isLeft) this.listener.isGoing(error ?? this.#error);
  }
  override drained(): void {
    if (!this.#isLeft) this.listener.drained();
  }
  override closed(): void {
    this.#isOver = true;
    this.#up?.clear();
    if (this.#isLeft) this.#faults.left(this);
    else if (this.#isCut || this.#down === undefined || this.#down.isEmpty) this.listener.closed();
    else this.#down.mark("closed");
  }

  /** The connection stands: what rules say of it begins. */
  #stands(): void {
    const settings = this.#settings;
    if (settings === undefined) return;
    const { down, up } = settings;
    this.#down = this.#lane<Coming>(down, new DownEnd(this), false, "closed");
    this.#up = this.#lane<Going>(up, new UpEnd(this), true, undefined);
    const { network } = this.#faults;
    const resetIn = up.resetIn ?? down.resetIn;
    if (resetIn !== undefined)
      network.startTimer(() => this.#break(), nanoseconds(resetIn), undefined).unref();
    const timeout = up.timeout ?? down.timeout ?? 0;
    if (timeout > 0) network.startTimer(() => this.cut(), nanoseconds(timeout), undefined).unref();
  }

  #lane<Mark>(
    settings: Settings,
    end: LaneEnd<Mark>,
    isOpen: boolean,
    urgent: Mark | undefined,
  ): Lane<Mark> | undefined {
    const lane = new Lane(this.#faults, settings, end, isOpen, urgent);
    return lane.isClear && (settings.slowClose ?? 0) === 0 ? undefined : lane;
  }

  /** Closes it in order, whatever has come or is to come. */
  cut(): void {
    if (this.#isCut || this.destroyed) return;
    this.#isCut = true;
    // the host asks for the rest when it is told of the end
    this.#down?.clear();
    this.#up?.clear();
    this.listener.ended();
    this.inner.destroySoon();
  }

  /** Counts bytes that go through; false where that were too many, and the connection is broken now. */
  #count(bytes: number): boolean {
    this.#moved += bytes;
    const { up, down } = this.#settings ?? { up: NO_SETTINGS, down: NO_SETTINGS };
    const most = up.resetAfter ?? down.resetAfter;
    if (most === undefined || this.#moved <= most) return true;
    this.#break();
    return false;
  }

  #break(): void {
    if (this.destroyed) return;
    this.#error = systemError("read", "ECONNRESET");
    this.#down?.clear();
    this.#up?.clear();
    this.inner.reset();
  }

  /** Hands bytes on to the host. */
  give(bytes: Uint8Array): boolean {
    return this.#isLeft || this.listener.receive(bytes.length, bytes);
  }
  /** Something behind them has come. */
  comes(mark: Coming): void {
    if (this.#isLeft) return;
    if (mark === "closed") this.listener.closed();
    else if (mark === "cut") this.cut();
    else if (!this.#isCut) this.listener.ended();
  }
  /** There is room for what comes. */
  readOn(): void {
    const lane = this.#down;
    if (!this.#isOver && lane !== undefined && lane.bytes < MOST_HELD && !lane.isFull)
      this.inner.startReading();
  }
  /** Hands bytes on to the network. */
  put(bytes: Uint8Array): void {
    if (!this.inner.destroyed) this.inner.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }
  /** Something behind them is to go. */
  goes(mark: Going): void {
    if (mark === "cut") this.cut();
    else this.inner[mark]();
  }
  /** Some of what was held has gone. */
  drainOn(): void {
    if (!this.#drainsLater || this.queued > this.inner.queued || this.#isOver) return;
    this.#drainsLater = false;
    this.inner.awaitDrain();
  }
}

class DownEnd implements LaneEnd<Coming> {
  readonly #of: FaultyTransport;
  constructor(of: FaultyTransport) {
    this.#of = of;
  }
  take(bytes: Uint8Array): boolean {
    return this.#of.give(bytes);
  }
  reach(mark: Coming): void {
    this.#of.comes(mark);
  }
  moved(): void {
    this.#of.readOn();
  }
}

class UpEnd implements LaneEnd<Going> {
  readonly #of: FaultyTransport;
  constructor(of: FaultyTransport) {
    this.#of = of;
  }
  take(bytes: Uint8Array): boolean {
    this.#of.put(bytes);
    return true;
  }
  reach(mark: Going): void {
    this.#of.goes(mark);
  }
  moved(): void {
    this.#of.drainOn();
  }
}
