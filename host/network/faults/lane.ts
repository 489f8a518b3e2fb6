/** One direction of a connection with faults: what goes through it comes out later, in pieces, slowly, or not at all. */
import { Queue } from "../../io/queue.ts";
import { type Faults, nanoseconds } from "./faults.ts";
import type { Settings } from "./rules.ts";

/** How many bytes are held before no more are taken. */
export const MOST_HELD: number = 256 * 1024;

/** With a bandwidth a piece is no longer than what goes through in so many seconds, so that bytes come evenly. */
const EVENLY = 0.02;
const LEAST_PIECE = 256;

const SECOND = 1_000_000_000;

/** What comes out of a lane. */
export interface LaneEnd<Mark> {
  /** Takes bytes; whether it takes more, until the lane is woken. */
  take(bytes: Uint8Array): boolean;
  /** Something that was put behind bytes has come. */
  reach(mark: Mark): void;
  moved(): void;
}

interface Held<Mark> {
  readonly at: bigint;
  readonly bytes: Uint8Array | undefined;
  readonly mark: Mark | undefined;
}

/** A direction. */
export class Lane<Mark> {
  readonly settings: Settings;
  readonly #faults: Faults;
  readonly #end: LaneEnd<Mark>;
  /** Marks that need nobody who takes bytes. */
  readonly #urgent: Mark | undefined;
  readonly #held: Queue<Held<Mark>> = new Queue();
  #bytes = 0;
  #left: number;
  #lastAt = 0n;
  #freeAt = 0n;
  #isOpen = false;
  #isArmed = false;
  #isTelling = false;

  /**
   * @param isOpen whether who is behind it takes bytes from the beginning
   * @param urgent a mark that is told although nobody takes bytes
   */
  constructor(
    faults: Faults,
    settings: Settings,
    end: LaneEnd<Mark>,
    isOpen: boolean,
    urgent: Mark | undefined,
  ) {
    this.#faults = faults;
    this.settings = settings;
    this.#end = end;
    this.#left = settings.limitData ?? Number.POSITIVE_INFINITY;
    this.#isOpen = isOpen;
    this.#urgent = urgent;
  }

  /** Bytes that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** Whether bytes would go through as they come. */
  get isClear(): boolean {
    const { latency = 0, jitter = 0, bandwidth, slice, limitData, timeout, partitions } = this.settings;
    const isTimely = latency === 0 && jitter === 0 && bandwidth === undefined && timeout === undefined;
    return (
      isTimely && slice === undefined && limitData === undefined && partitions.length === 0 && this.isEmpty
    );
  }

  /**
   * Sends bytes through.
   *
   * @param bytes are copied; what is beyond a limit is lost
   */
  push(bytes: Uint8Array): void {
    // nobody can tell what never comes from what is lost
    if (this.settings.timeout !== undefined) return;
    const length = Math.min(bytes.length, this.#left);
    this.#left -= length;
    const copy = new Uint8Array(bytes.subarray(0, length));
    for (let at = 0; at < length; ) {
      const size = Math.min(length - at, this.#pieceSize());
      const isMore = at + size < length;
      this.#hold(copy.subarray(at, at + size), undefined, this.#timeOf(size, isMore));
      at += size;
    }
  }

  /** Whether a limit has been reached. */
  get isFull(): boolean {
    return this.#left === 0;
  }

  /** Sends a mark behind the bytes. */
  mark(mark: Mark, extraMilliseconds = 0): void {
    this.#hold(undefined, mark, this.#timeOf(0, false) + nanoseconds(extraMilliseconds));
  }

  /** Who is behind it takes bytes, or not. */
  set isOpen(value: boolean) {
    this.#isOpen = value;
    if (value) this.#arm(this.#held.peek()?.at);
  }

  /** Takes all bytes out. Marks stay. */
  clear(): Uint8Array[] {
    const all = this.#held.drain();
    this.#bytes = 0;
    const bytes: Uint8Array[] = [];
    for (const held of all) {
      if (held.bytes === undefined) this.#held.push(held);
      else bytes.push(held.bytes);
    }
    return bytes;
  }

  #pieceSize(): number {
    const { bandwidth, slice, sliceVariation = 0 } = this.settings;
    let size = Number.POSITIVE_INFINITY;
    if (bandwidth !== undefined) size = Math.max(LEAST_PIECE, Math.ceil(bandwidth * EVENLY));
    if (slice === undefined) return size;
    const { chance } = this.#faults;
    const change = sliceVariation > 0 ? Math.round((chance.fraction() * 2 - 1) * sliceVariation) : 0;
    return Math.max(1, Math.min(size, slice + change));
  }

  /** When something that is sent now comes out. */
  #timeOf(size: number, isMore: boolean): bigint {
    const { bandwidth, sliceDelay = 0, slice } = this.settings;
    let at = this.#faults.network.monotonic();
    if (this.#freeAt > at) at = this.#freeAt;
    if (bandwidth !== undefined) at += BigInt(Math.ceil((size / bandwidth) * SECOND));
    this.#freeAt = at;
    if (slice !== undefined && isMore) this.#freeAt += nanoseconds(sliceDelay);
    return at + this.#faults.delay(this.settings);
  }

  #hold(bytes: Uint8Array | undefined, mark: Mark | undefined, due: bigint): void {
    // what comes later comes out later
    if (due > this.#lastAt) this.#lastAt = due;
    this.#held.push({ at: this.#lastAt, bytes, mark });
    this.#bytes += bytes?.length ?? 0;
    this.#arm(this.#held.peek()?.at);
  }

  #arm(at: bigint | undefined): void {
    if (this.#isArmed || this.#isTelling || at === undefined) return;
    this.#isArmed = true;
    const { network } = this.#faults;
    network.startTimer((lane) => lane.#tell(), at - network.monotonic(), this as Lane<Mark>);
  }

  #tell(): void {
    this.#isArmed = false;
    const { network } = this.#faults;
    let hasMoved = false;
    this.#isTelling = true;
    let again: bigint | undefined;
    for (;;) {
      const next = this.#held.peek();
      if (next === undefined) break;
      const isUrgent = next.mark !== undefined && next.mark === this.#urgent;
      if (!isUrgent && !this.#isOpen) break;
      const cut = isUrgent ? undefined : this.#faults.partitionEnd(this.settings);
      if (cut !== undefined) {
        again = cut.at;
        break;
      }
      if (next.at > network.monotonic()) {
        again = next.at;
        break;
      }
      this.#held.shift();
      if (next.mark !== undefined) this.#end.reach(next.mark);
      else if (next.bytes !== undefined) {
        this.#bytes -= next.bytes.length;
        hasMoved = true;
        if (!this.#end.take(next.bytes)) this.#isOpen = false;
      }
    }
    this.#isTelling = false;
    if (hasMoved) this.#end.moved();
    this.#arm(again);
  }
}
