/** Streams and futures that a guest passes on from one function of the host's to another. */
import type { Waiter } from "../../io/poll.ts";
import { BLOCKED, Copy } from "./codes.ts";
import type { ByteReader, Incoming, Outgoing, Sink, Source } from "./copies.ts";
import type { Scheduler } from "./scheduler.ts";

/** How many bytes are moved at a time between two ends of the host's. */
const PIECE = 65536;
/** How often it is read or written until the event loop turns: files are always ready. */
const MOVES_PER_TURN = 32;

/** Moves the elements of one: none enters the guest's memory. */
export class Pump implements Waiter, Incoming, Outgoing {
  readonly #source: Source;
  readonly #sink: Sink;
  readonly #scheduler: Scheduler | undefined;
  readonly #isFuture: boolean;
  readonly #held: unknown[] = [];
  #bytes: Uint8Array | undefined = undefined;
  #at = 0;
  #end = 0;
  #isFull = false;
  #isOver = false;
  #isAtWork = false;
  #isLast = false;

  /** @param isFuture whether one value is all that comes */
  constructor(source: Source, sink: Sink, scheduler: Scheduler | undefined, isFuture: boolean) {
    this.#source = source;
    this.#sink = sink;
    this.#scheduler = scheduler;
    this.#isFuture = isFuture;
  }

  /** How much room there is, or, when it is emptied, how much is in it. */
  get left(): number {
    if (this.#isFull) return this.#end - this.#at + this.#held.length;
    return PIECE - this.#end;
  }

  putBytes(bytes: Uint8Array): void {
    this.#bytes ??= new Uint8Array(PIECE);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  putFrom(reader: ByteReader): number {
    this.#bytes ??= new Uint8Array(PIECE);
    const count = reader.readInto(this.#bytes, this.#end, this.left);
    this.#end += count;
    return count;
  }

  putItem(value: unknown): void {
    this.#held.push(value);
  }

  takeBytes(count: number): Uint8Array {
    const at = this.#at;
    this.#at += count;
    return (this.#bytes as Uint8Array).subarray(at, at + count);
  }

  takeItem(): unknown {
    return this.#held.shift();
  }

  /** Moves what can be moved. */
  wake(): void {
    if (this.#isAtWork || this.#isOver) return;
    this.#isAtWork = true;
    const scheduler = this.#scheduler;
    if (scheduler?.isOver) {
      this.#stop();
      return;
    }
    try {
      for (let left = MOVES_PER_TURN; this.#move(); left--) {
        if (left > 0 || scheduler === undefined) continue;
        scheduler.later(() => {
          this.#isAtWork = false;
          this.wake();
        });
        return;
      }
    } catch (error) {
      if (scheduler === undefined) throw error;
      this.#stop();
      scheduler.fail(error);
    }
    this.#isAtWork = false;
  }

  #move(): boolean {
    const source = this.#source;
    const sink = this.#sink;
    if (!this.#isFull) {
      if (this.#isLast) return this.#stop();
      const result = source.read(this);
      if (result === BLOCKED) {
        source.addWaiter(this);
        return false;
      }
      source.removeWaiter(this);
      this.#isLast = result === Copy.dropped;
      this.#isFull = this.#end > 0 || this.#held.length > 0;
      return true;
    }
    const result = sink.write(this);
    if (result === BLOCKED) {
      sink.addWaiter(this);
      return false;
    }
    sink.removeWaiter(this);
    if (result === Copy.dropped) return this.#stop();
    if (this.left === 0) {
      if (this.#isFuture) return this.#stop();
      this.#isFull = false;
      this.#at = this.#end = 0;
    }
    return true;
  }

  /** Neither has anybody else who would let go of it. */
  #stop(): false {
    this.#isOver = true;
    this.#source.removeWaiter(this);
    this.#sink.removeWaiter(this);
    this.#source.close();
    this.#sink.end();
    return false;
  }
}
