/**
 * Streams and futures: what lies between their two ends, and the ends that guests hold. The other end is a guest's too,
 * of the same program, or the host's.
 *
 * Source: the component model's `CanonicalABI.md`, "Stream State", "Future State".
 */
import type { Waiter } from "../../io/poll.ts";
import { type Resource, resource, sameType, type TypeOf } from "../types.ts";
import { trap } from "../webassembly.ts";
import type { Codec } from "./codec.ts";
import { BLOCKED, Copy, Event, MOST_ELEMENTS } from "./codes.ts";
import type { ByteReader, CopyResult, Incoming, Outgoing, Sink, Source } from "./copies.ts";
import { Pump } from "./pump.ts";
import type { Scheduler } from "./scheduler.ts";
import { Waitable } from "./waitable.ts";

export type EndType = TypeOf<"stream" | "future">;

const ABI = "the canonical ABI's";

/** What handles to ends stand for. */
export const END: Readonly<Record<EndType["kind"], Readonly<Record<"readable" | "writable", Resource>>>> = {
  stream: {
    readable: resource(ABI, "readable end of a stream"),
    writable: resource(ABI, "writable end of a stream"),
  },
  future: {
    readable: resource(ABI, "readable end of a future"),
    writable: resource(ABI, "writable end of a future"),
  },
};

/** What lies between two ends. */
export class Shared {
  type: EndType;
  isDropped = false;
  /** The guest's end that waits for the other one. */
  waiting: End | undefined = undefined;
  source: Source | undefined = undefined;
  sink: Sink | undefined = undefined;
  /** The guest's writable end, where there is one. */
  writer: End | undefined = undefined;
  /** The turns of the program that has had an end of it. */
  scheduler: Scheduler | undefined = undefined;

  /**
   * @param type what it is
   * @param source where the host writes it
   */
  constructor(type: EndType, source?: Source) {
    this.type = type;
    this.source = source;
  }

  /** The host reads what is written from now on. */
  connect(sink: Sink): void {
    const { type, source, writer, scheduler } = this;
    if (source !== undefined) new Pump(source, sink, scheduler, type.kind === "future").wake();
    else if (this.isDropped) sink.end();
    else {
      this.sink = sink;
      this.waiting = undefined;
      writer?.go();
    }
  }

  /** The host reads nothing. */
  refuse(): void {
    this.source?.close();
    this.drop();
  }

  /** One of the ends is gone: the other one is told, where it waits. */
  drop(): void {
    if (this.isDropped) return;
    this.isDropped = true;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.settle(Copy.dropped);
  }
}

/** To which type of a guest's one of the host's was found to be the same: they are compared at each use. */
const knownSame: WeakMap<EndType, EndType> = new WeakMap();

/** An end that a guest holds. */
export class End extends Waitable implements Waiter, Incoming, Outgoing {
  readonly shared: Shared;
  readonly isReader: boolean;
  #state: "idle" | "copying" | "done" = "idle";
  #codec: Codec | undefined = undefined;
  #at = 0;
  #length = 0;
  #progress = 0;
  #result = 0;
  #isAwaiting = false;
  /** Whose table it is in. */
  readonly holder: object;

  /**
   * @param shared what lies between it and the other one
   * @param isReader which end it is
   * @param holder whose table it is in
   */
  constructor(scheduler: Scheduler, shared: Shared, isReader: boolean, holder: object) {
    super(scheduler);
    scheduler.count(1);
    this.shared = shared;
    this.isReader = isReader;
    this.holder = holder;
    shared.scheduler = scheduler;
    if (!isReader) shared.writer = this;
  }

  get left(): number {
    return this.#length - this.#progress;
  }

  /** Whether a copy is under way, or one has come to its end of which nothing was told yet. */
  get isCopying(): boolean {
    return this.#state === "copying";
  }

  /** Whether nothing is under way and something can be. */
  get isIdle(): boolean {
    return this.#state === "idle";
  }

  /** Traps where it isn't one of the type that is said. */
  assertType(type: EndType, where: string): void {
    const { shared } = this;
    if (shared.type === type) return;
    if (knownSame.get(shared.type) !== type) {
      if (!sameType(shared.type, type)) throw trap(where, `${this.handle} is a ${type.kind} of another type`);
      knownSame.set(shared.type, type);
    }
    shared.type = type;
  }

  /**
   * Starts to copy.
   *
   * @param at where in memory
   * @param count how many elements
   * @returns what came of it, as the guest is told, or `BLOCKED`
   */
  copy(codec: Codec, at: number, count: number): number {
    const { where } = codec;
    if (this.#state === "copying") throw trap(where, `${this.handle} copies already`);
    if (this.#state === "done") throw trap(where, `${this.handle} has come to its end`);
    if (count > MOST_ELEMENTS)
      throw trap(where, `${count} elements at a time; at most ${MOST_ELEMENTS} are taken`);
    if (count > 0 && codec.size > 0) codec.memory.claim(at, count * codec.size, codec.align, where);
    this.#codec = codec;
    this.#at = at;
    this.#length = count;
    this.#progress = 0;
    this.#state = "copying";
    const result = this.#attempt();
    if (result === BLOCKED) return BLOCKED;
    this.#result = result;
    return this.told();
  }

  /** Called by the host's end, where it may get further now. */
  wake(): void {
    if (this.#state !== "copying" || this.event !== 0) return;
    this.go();
  }

  go(): void {
    if (this.#state !== "copying" || this.event !== 0) return;
    let result: CopyResult;
    try {
      result = this.#attempt();
    } catch (error) {
      this.scheduler.fail(error);
      return;
    }
    if (result === BLOCKED) return;
    this.#partner()?.removeWaiter(this);
    const isAwaited = this.#isAwaiting;
    this.#isAwaiting = false;
    this.settle(result);
    // only now: whoever goes on with it waits for something else by then, and nobody need look whether all are stuck
    if (isAwaited) this.scheduler.expect(-1);
  }

  /** The copy has come to its end. */
  settle(result: number): void {
    this.#result = result;
    this.post(this.#eventCode());
  }

  /**
   * Calls the copy off.
   *
   * @returns what came of it
   */
  cancel(): number {
    this.#partner()?.removeWaiter(this);
    this.#await(false);
    const isStream = this.shared.type.kind === "stream";
    const isOver = this.event !== 0 && (!isStream || this.#result === Copy.dropped);
    if (!isOver) this.#result = Copy.cancelled;
    return this.take();
  }

  /** Notes whether it is the host that is waited for. */
  #await(isAwaiting: boolean): void {
    if (isAwaiting === this.#isAwaiting) return;
    this.#isAwaiting = isAwaiting;
    this.scheduler.expect(isAwaiting ? 1 : -1);
  }

  drop(where: string): void {
    const { shared } = this;
    if (this.#state === "copying") throw trap(where, `${this.handle} copies`);
    if (shared.type.kind === "future" && !this.isReader && this.#state !== "done") {
      throw trap(where, `the future ${this.handle} has no value yet`);
    }
    this.forget();
    shared.drop();
    if (this.isReader) shared.source?.close();
    else shared.sink?.end();
  }

  protected override told(): number {
    const { shared } = this;
    if (shared.waiting === this) shared.waiting = undefined;
    const isFuture = shared.type.kind === "future";
    const result = this.#result;
    const isDone = result === Copy.dropped || (isFuture && result === Copy.completed);
    this.#state = isDone ? "done" : "idle";
    this.#codec = undefined;
    return isFuture ? result : result | (this.#progress << 4);
  }

  #partner(): { removeWaiter(waiter: Waiter): void } | undefined {
    return this.isReader ? this.shared.source : this.shared.sink;
  }

  #eventCode(): number {
    if (this.shared.type.kind === "future") return this.isReader ? Event.futureRead : Event.futureWrite;
    return this.isReader ? Event.streamRead : Event.streamWrite;
  }

  #attempt(): CopyResult {
    const { shared } = this;
    const host = this.isReader ? shared.source : shared.sink;
    if (host === undefined) return this.#meet();
    if (shared.isDropped) return Copy.dropped;
    const result = this.isReader ? (host as Source).read(this) : (host as Sink).write(this);
    if (result === BLOCKED) {
      this.#await(true);
      host.addWaiter(this);
    } else if (result === Copy.dropped) shared.isDropped = true;
    return result;
  }

  /** Moves elements between two guests, where the other one waits. */
  #meet(): CopyResult {
    const { shared } = this;
    if (shared.isDropped) return Copy.dropped;
    const other = shared.waiting;
    if (other === undefined) {
      shared.waiting = this;
      return BLOCKED;
    }
    const codec = this.#codec as Codec;
    if (other.holder === this.holder && !codec.isPlain) {
      throw trap(codec.where, "both ends of what carries more than numbers are of one instance");
    }
    if (other.left > 0) {
      if (this.left > 0) {
        if (this.isReader) other.#moveTo(this);
        else this.#moveTo(other);
        // a stream's end takes more until it is told, as long as there is room
        if (shared.type.kind === "future") shared.waiting = undefined;
        other.settle(Copy.completed);
      }
      return Copy.completed;
    }
    if (!this.isReader && this.#length === 0 && other.#length === 0) return Copy.completed;
    shared.waiting = this;
    other.settle(Copy.completed);
    return BLOCKED;
  }

  putBytes(bytes: Uint8Array): void {
    const { memory, where } = this.#codec as Codec;
    memory.refresh(where);
    memory.bytes.set(bytes, this.#at + this.#progress);
    this.#progress += bytes.length;
  }

  putFrom(reader: ByteReader): number {
    const { memory, where } = this.#codec as Codec;
    memory.refresh(where);
    const count = reader.readInto(memory.bytes, this.#at + this.#progress, this.left);
    this.#progress += count;
    return count;
  }

  putItem(value: unknown): void {
    (this.#codec as Codec).store(this.#next(), value);
  }

  putWhole(value: unknown): void {
    (this.#codec as Codec).storeWhole(this.#next(), value);
  }

  takeBytes(count: number): Uint8Array {
    const { memory, where } = this.#codec as Codec;
    memory.refresh(where);
    const at = this.#at + this.#progress;
    this.#progress += count;
    return memory.bytes.subarray(at, at + count);
  }

  takeItem(): unknown {
    return (this.#codec as Codec).load(this.#next());
  }

  takeWhole(): unknown {
    return (this.#codec as Codec).loadWhole(this.#next());
  }

  get weight(): number {
    return this.#codec?.weight ?? 0;
  }

  /** Where the next element lies. */
  #next(): number {
    const { memory, where, size } = this.#codec as Codec;
    if (size > 0) memory.refresh(where);
    return this.#at + this.#progress++ * size;
  }

  /** Moves as many elements to another guest as it has room for. */
  #moveTo(to: End): void {
    const from = this.#codec as Codec;
    const into = to.#codec as Codec;
    const count = Math.min(this.left, to.left);
    const { size } = from;
    const at = this.#at + this.#progress * size;
    const target = to.#at + to.#progress * size;
    this.#progress += count;
    to.#progress += count;
    if (size === 0) return;
    from.memory.refresh(from.where);
    into.memory.refresh(into.where);
    if (from.isPlain) {
      into.memory.bytes.set(from.memory.bytes.subarray(at, at + count * size), target);
      return;
    }
    for (let i = 0; i < count * size; i += size) {
      from.memory.refresh(from.where);
      const value = from.loadWhole(at + i);
      into.memory.refresh(into.where);
      into.storeWhole(target + i, value);
    }
  }
}
