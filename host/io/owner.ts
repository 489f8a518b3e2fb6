/**
 * Who owns what: the counts of one guest's world, and the rule that children go before their parents.
 */

import type { Caps } from "./caps.ts";
import { systemTime, type Time } from "./time.ts";
import { trapError } from "./trap.ts";

/** Something that ends when the host is closed. */
export interface Abortable {
  /** Lets go of everything at once, whatever is still under way; idempotent. */
  abort(): void;
  /** Told when the sockets hold too many bytes, and when they don't any more. */
  holdBack?(): void;
}

/** Something that waits and can be told that its wait is over for good. */
export interface Wait {
  /** Ends the wait with an error. */
  abort(reason: Error): void;
}

/** How many turns `poll` may answer at once before a guest that can be suspended lets the loop turn. */
const ANSWERS_PER_TURN = 128;
/** How long a guest that can be suspended may keep the event loop standing, in milliseconds. */
const MILLISECONDS_PER_TURN = 5;

/** Waits that keep the process while there are any. */
class HoldingWaits extends Set<Wait> {
  readonly #hold: NodeJS.Timeout = setInterval(() => {}, 0x7fffffff).unref();

  override add(wait: Wait): this {
    if (this.size === 0) this.#hold.ref();
    return super.add(wait);
  }

  override delete(wait: Wait): boolean {
    const isDeleted = super.delete(wait);
    if (this.size === 0) this.#hold.unref();
    return isDeleted;
  }

  override clear(): void {
    super.clear();
    this.#hold.unref();
  }
}

/** What connections that are waited for may take at least beyond the limit, however low it is. */
const LEAST_MORE = 4 * 1024 * 1024;
/** Which part of the bytes that sockets may hold is left when connections read again. */
const RESUME_AT = 0.75;

/** The books of one host: what is alive, and when the event loop last turned. */
export class Ledger {
  /** Open sockets, whether the guest or only a pending close holds them. */
  sockets = 0;
  /** Input and output streams that the guest holds. */
  streams = 0;
  pollables = 0;
  /** Files, folders and listings of folders that the guest has open. */
  files = 0;
  /** Connections that wait to be accepted, with all listeners. */
  acceptQueue = 0;
  /** Requests over HTTP of which the guest holds something. */
  httpRequests = 0;
  /** Senders of datagrams that may be answered, over all sockets. */
  senders = 0;
  timers = 0;
  /** Look-ups that are under way or wait for their turn. */
  lookups = 0;
  /** Addresses that look-ups were answered with, and the guest holds. */
  addresses = 0;
  #queuedBytes = 0;
  #isHoldingBack = false;
  #isFull = false;
  readonly #mostQueued: number;
  readonly #mostStreams: number;
  readonly #mostPollables: number;
  /** Whether the caller of `poll` and `block` can be suspended although something is ready. */
  readonly maySuspend: boolean;
  /** What must be closed when the host is. */
  readonly live: Set<Abortable> = new Set();
  /** The waits that are pending. */
  waits: Set<Wait> = new Set();
  /** Whether what is open keeps the process from its end, though nobody waits for it. */
  holdsProcess = true;
  #closed = false;
  #answers = 0;
  #turnedAt: number;
  /** The host's time and chance. */
  readonly time: Time;

  /**
   * @param maySuspend whether the guest can always be suspended (JSPI); default false
   * @param most how much the guest may hold; default as much as it likes
   * @param time the host's time and chance; default the system's
   */
  constructor(
    maySuspend = false,
    most: Partial<Pick<Caps, "streams" | "pollables" | "queuedBytes">> = {},
    time: Time = systemTime,
  ) {
    this.maySuspend = maySuspend;
    this.time = time;
    this.#turnedAt = time.milliseconds();
    this.#mostQueued = most.queuedBytes ?? Infinity;
    this.#mostStreams = most.streams ?? Infinity;
    this.#mostPollables = most.pollables ?? Infinity;
  }

  /** Bytes that the sockets hold for the guest or the kernel. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** How many more bytes the sockets may hold; below 0 they hold too many. */
  get queueRoom(): number {
    return this.#mostQueued - this.#queuedBytes;
  }

  /** Whether no connection reads that nobody waits for. */
  get isHoldingBack(): boolean {
    return this.#isHoldingBack;
  }

  /** Whether no connection reads at all: those that were waited for have taken as much once more. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Counts bytes that a socket holds now; less than 0 for those that it has given away. */
  queue(bytes: number): void {
    this.#queuedBytes += bytes;
    const most = this.#mostQueued;
    const isHoldingBack = this.#isAbove(most, this.#isHoldingBack);
    const isFull = this.#isAbove(most + Math.max(most, LEAST_MORE), this.#isFull);
    if (isHoldingBack === this.#isHoldingBack && isFull === this.#isFull) return;
    this.#isHoldingBack = isHoldingBack;
    this.#isFull = isFull;
    for (const one of this.live) one.holdBack?.();
  }

  /** Whether the sockets hold so many bytes; where they did, not with each byte to and fro. */
  #isAbove(most: number, wasAbove: boolean): boolean {
    return wasAbove ? this.#queuedBytes > most * RESUME_AT : this.#queuedBytes >= most;
  }

  /** Whether the guest may hold so many streams more. */
  hasStreams(count: number): boolean {
    return this.streams + count <= this.#mostStreams;
  }

  /** Counts a stream in. Traps when the guest holds too many: it was told so by an error code where WASI has one. */
  claimStream(): void {
    if (this.streams >= this.#mostStreams) throw tooMany(this.streams, "streams");
    this.streams++;
  }

  /** Counts a pollable in. Traps when the guest holds too many: `subscribe` has no other way to fail. */
  claimPollable(): void {
    if (this.pollables >= this.#mostPollables) throw tooMany(this.pollables, "pollables");
    this.pollables++;
  }

  /** From now on the process stays for what is waited for only, as for a guest that is the process' program. */
  releaseProcess(): void {
    this.holdsProcess = false;
    this.waits = new HoldingWaits();
  }

  /** Notes a wait. Traps when the host is closed: nobody would end it. */
  begin(wait: Wait): void {
    if (this.#closed) throw waitIsOver();
    this.waits.add(wait);
  }

  /** Traps when the host is closed. */
  assertOpen(): void {
    if (this.#closed) throw trapError("the host is closed: no new socket, timer or look-up can be made");
  }

  /**
   * Says, after something was found ready, whether the event loop should turn before the guest is told.
   *
   * A guest that spins on `poll` with a timer that is always ready would otherwise never let an I/O
   * event happen.
   */
  shouldYield(): boolean {
    if (!this.maySuspend) return false;
    const now = this.time.milliseconds();
    if (++this.#answers < ANSWERS_PER_TURN && now - this.#turnedAt < MILLISECONDS_PER_TURN) return false;
    return true;
  }

  /** Notes that the event loop has turned. */
  turned(): void {
    if (!this.maySuspend) return;
    this.#answers = 0;
    this.#turnedAt = this.time.milliseconds();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Closes everything that is live and ends every wait. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const open of [...this.live]) open.abort();
    this.live.clear();
    if (this.waits.size > 0) {
      const reason = waitIsOver();
      for (const wait of [...this.waits]) wait.abort(reason);
      this.waits.clear();
    }
  }
}

// an engine never frees a stack that is suspended
function waitIsOver(): Error {
  return trapError("the host was closed while the guest was waiting");
}

function tooMany(count: number, what: "streams" | "pollables"): Error {
  return new Error(`the guest holds ${count} ${what}, which are as many as it may (the limit "${what}")`);
}

/** A resource that may have children: streams of a socket, pollables of a stream. */
export class Owner {
  /** The books of the host that this belongs to. */
  readonly ledger: Ledger;
  readonly #what: string;
  #children = 0;

  /**
   * @param ledger the books of the host
   * @param what the resource's WIT name, for the message of a trap
   */
  constructor(ledger: Ledger, what: string) {
    this.ledger = ledger;
    this.#what = what;
  }

  get children(): number {
    return this.#children;
  }

  adopt(): void {
    this.#children++;
  }

  /** Notes the end of a child. */
  release(): void {
    this.#children--;
  }

  /** Traps when a child is still alive: the component model forbids to drop a parent before its children. */
  assertChildless(): void {
    if (this.#children > 0) {
      throw trapError(
        `resource has children: drop the ${this.#children} streams or pollables of this ${this.#what} first`,
      );
    }
  }
}
