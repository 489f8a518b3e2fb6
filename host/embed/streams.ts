/** Streams and futures between a guest and JavaScript: `ReadableStream`s and promises. */
import type { ReadableByteStreamController, ReadableStreamDefaultController } from "node:stream/web";
import { BLOCKED, Copy } from "../abi/async/codes.ts";
import type { CopyResult, Incoming, Outgoing, Sink, Source } from "../abi/async/copies.ts";
import { type EndType, Shared } from "../abi/async/ends.ts";
import { describe, trap } from "../abi/webassembly.ts";
import { Source as Readiness } from "../io/poll.ts";
import type { Embedding, Ending } from "./embedding.ts";
import { type InstanceError, Mismatch } from "./errors.ts";
import type { FromGuest } from "./from-guest.ts";
import type { Crossing, ToGuest } from "./to-guest.ts";

/**
 * How many bytes a guest gives at a time at the most, where a reader has brought no buffer of its own; of other values those
 * that begin within as many, which may all be the same ones in its memory.
 */
const PIECE = 65536;

/** Reads what JavaScript writes. */
interface Reader {
  next():
    | Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>
    | { readonly done?: boolean; readonly value?: unknown };
  /** Says that no more is wanted. */
  stop(): unknown;
}

/** How many other values it gives at a time. */
const MOST_ITEMS = 1024;

/** What becomes of values that come when the call is long over. */
export interface Circumstances {
  readonly embedding: Embedding;
  /** What is called, or calls, for messages. */
  readonly where: string;
}

/**
 * Takes a stream or a promise of JavaScript for a guest.
 *
 * @param convert the way of an element; `undefined` where there are none
 */
export function connected(
  type: EndType,
  convert: ToGuest | undefined,
  circumstances: Circumstances,
): (value: unknown, crossing: Crossing) => Shared {
  const what = type.kind === "future" ? "the value of a promise" : ITEM;
  const whole = (value: unknown): unknown => {
    if (convert === undefined) return undefined;
    const crossing: Crossing = { commits: [], releases: [], copies: true };
    try {
      const made = convert(value, crossing);
      for (const commit of crossing.commits) commit();
      return made;
    } catch (error) {
      throw error instanceof Mismatch ? error.told(circumstances.where, what) : error;
    }
  };
  if (type.kind === "future")
    return (value, crossing) => promised(type, value, crossing, whole, circumstances);
  const isBytes = type.element?.kind === "u8";
  return (value, crossing) => {
    // to iterate it gives numbers
    if (isBytes && value instanceof Uint8Array)
      throw new Mismatch("what gives Uint8Arrays, as [bytes]", value);
    const open = opener(value);
    const shared = new Shared(type);
    crossing.commits.push(() => {
      const reader = open();
      shared.source = isBytes
        ? new Bytes(reader, circumstances)
        : new Items(reader, whole, circumstances.embedding);
    });
    return shared;
  };
}

const ITEM = "an item of a stream";
const STREAM = "a ReadableStream, or something else that can be iterated";

/** Finds out how a stream is read, without beginning to. */
function opener(value: unknown): () => Reader {
  if (value instanceof ReadableStream) {
    if (value.locked) throw new Mismatch("a ReadableStream that nobody reads", value);
    return () => {
      const reader = value.getReader();
      return { next: () => reader.read(), stop: () => reader.cancel() };
    };
  }
  const iterable = value as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  if (typeof iterable !== "object" || iterable === null) throw new Mismatch(STREAM, value);
  const begin = iterable[Symbol.asyncIterator] ?? iterable[Symbol.iterator];
  if (typeof begin !== "function") throw new Mismatch(STREAM, value);
  return () => {
    const iterator = Reflect.apply(begin, iterable, []) as AsyncIterator<unknown>;
    return { next: () => iterator.next(), stop: () => iterator.return?.() };
  };
}

/** What JavaScript writes and a guest reads: what was read last, or is being read. */
abstract class Written<T> extends Readiness implements Source, Ending {
  readonly #reader: Reader;
  readonly #embedding: Embedding;
  protected held: T | undefined = undefined;
  #isReading = false;
  #isOver = false;

  constructor(reader: Reader, embedding: Embedding) {
    super();
    this.#reader = reader;
    this.#embedding = embedding;
    embedding.endings.add(this);
  }

  override isReady(): boolean {
    return this.#isOver || this.held !== undefined;
  }

  read(into: Incoming): CopyResult {
    if (this.held !== undefined) {
      if (into.left > 0) this.put(into, this.held);
      return Copy.completed;
    }
    if (this.#isOver) return Copy.dropped;
    if (!this.#isReading) {
      this.#isReading = true;
      void this.#next();
    }
    // an iterator may throw at once, before anybody waits
    return this.isReady() ? Copy.dropped : BLOCKED;
  }

  /** Puts what there is room for of what is held. */
  protected abstract put(into: Incoming, held: T): void;

  /** Makes what is held of what was read; `undefined` where that is nothing. */
  protected abstract accept(value: unknown): T | undefined;

  async #next(): Promise<void> {
    do {
      let done: boolean | undefined;
      let value: unknown;
      try {
        ({ done, value } = await this.#reader.next());
      } catch {
        // streams of guests have no errors: it is the end
        done = true;
      }
      if (this.#isOver) return;
      if (done) {
        this.#end();
        break;
      }
      try {
        this.held = this.accept(value);
      } catch (error) {
        this.close();
        this.#embedding.fail(error);
        return;
      }
    } while (this.held === undefined);
    this.#isReading = false;
    this.notify();
  }

  #end(): void {
    this.#isOver = true;
    this.#embedding.endings.delete(this);
  }

  close(): void {
    if (this.#isOver) return;
    this.#end();
    this.held = undefined;
    const stop = async (): Promise<void> => {
      await this.#reader.stop();
    };
    // whatever comes of it, nobody waits for it
    stop().catch(() => {});
  }

  fail(): void {
    this.close();
  }
}

class Bytes extends Written<Uint8Array> {
  readonly #where: string;

  constructor(reader: Reader, { embedding, where }: Circumstances) {
    super(reader, embedding);
    this.#where = where;
  }

  protected override accept(value: unknown): Uint8Array | undefined {
    if (!(value instanceof Uint8Array)) throw new Mismatch("a Uint8Array", value).told(this.#where, ITEM);
    return value.length === 0 ? undefined : value;
  }

  protected override put(into: Incoming, bytes: Uint8Array): void {
    // to the guest nothing would be the end
    if (bytes.length === 0) throw trap(this.#where, `${ITEM} lost its memory before all of it was read`);
    const { left } = into;
    into.putBytes(left < bytes.length ? bytes.subarray(0, left) : bytes);
    this.held = left < bytes.length ? bytes.subarray(left) : undefined;
  }
}

/** A value, as it is and as it says everything. */
interface Item {
  readonly item: unknown;
  readonly whole: unknown;
}

class Items extends Written<Item> {
  readonly #whole: (value: unknown) => unknown;

  constructor(reader: Reader, whole: (value: unknown) => unknown, embedding: Embedding) {
    super(reader, embedding);
    this.#whole = whole;
  }

  protected override accept(item: unknown): Item {
    return { item, whole: this.#whole(item) };
  }

  protected override put(into: Incoming, held: Item): void {
    putItem(into, held);
    this.held = undefined;
  }
}

function putItem(into: Incoming, { item, whole }: Item): void {
  if (into.putWhole === undefined) into.putItem(item);
  else into.putWhole(whole);
}

/** Takes a promise of JavaScript. */
function promised(
  type: EndType,
  value: unknown,
  { commits }: Crossing,
  whole: (value: unknown) => unknown,
  { embedding, where }: Circumstances,
): Shared {
  const { then } = (value ?? {}) as Partial<PromiseLike<unknown>>;
  if (typeof then !== "function") throw new Mismatch("a promise", value);
  const source = new Promised();
  commits.push(() => {
    Promise.resolve(value).then(
      (item) => {
        try {
          source.set({ item, whole: whole(item) });
        } catch (error) {
          embedding.fail(error);
        }
      },
      (error: unknown) => {
        // who has dropped the future doesn't mind
        if (source.isClosed) return;
        const message = error instanceof Error ? error.message : describe(error);
        embedding.fail(trap(where, `a promise that it was given is rejected: ${message}`, { cause: error }));
      },
    );
  });
  return new Shared(type, source);
}

/** The value of a promise. */
class Promised extends Readiness implements Source {
  isClosed = false;
  #item: Item | undefined = undefined;

  set(item: Item): void {
    this.#item = item;
    this.notify();
  }

  override isReady(): boolean {
    return this.#item !== undefined;
  }

  read(into: Incoming): CopyResult {
    if (this.#item === undefined) return BLOCKED;
    putItem(into, this.#item);
    return Copy.completed;
  }

  close(): void {
    this.isClosed = true;
  }
}

/**
 * Gives JavaScript a stream or a future of a guest.
 *
 * @param convert the way of an element; `undefined` where there are none
 */
export function received(
  type: EndType,
  convert: FromGuest | undefined,
  embedding: Embedding,
): (value: unknown) => ReadableStream | Promise<unknown> {
  const isBytes = type.element?.kind === "u8";
  return (value) => {
    const shared = value as Shared;
    if (type.kind === "future") return new Awaited(shared, convert, embedding).promise;
    return isBytes
      ? new ReadBytes(shared, embedding).stream
      : new ReadItems(shared, convert, embedding).stream;
  };
}

function takeItem(from: Outgoing, convert: FromGuest | undefined): unknown {
  if (from.takeWhole === undefined) return from.takeItem();
  const whole = from.takeWhole();
  return convert?.(whole);
}

/** What a guest writes and JavaScript reads: each time as much as it asks for. */
abstract class Read<C extends ReadableByteStreamController | ReadableStreamDefaultController>
  extends Readiness
  implements Sink, Ending
{
  protected controller: C | undefined;
  readonly #shared: Shared;
  readonly #embedding: Embedding;
  /** Settles what was asked for. */
  #settle: (() => void) | undefined = undefined;
  #isOver = false;
  #isConnected = false;

  constructor(shared: Shared, embedding: Embedding) {
    super();
    this.#shared = shared;
    this.#embedding = embedding;
    embedding.endings.add(this);
  }

  /** Gives what is there, at least one. */
  protected abstract take(from: Outgoing, controller: C): void;

  override isReady(): boolean {
    return this.#isOver || this.#settle !== undefined;
  }

  write(from: Outgoing): CopyResult {
    if (this.#isOver) return Copy.dropped;
    const settle = this.#settle;
    if (settle === undefined) return BLOCKED;
    if (from.left === 0) return Copy.completed;
    this.#settle = undefined;
    this.take(from, this.controller as C);
    settle();
    return Copy.completed;
  }

  /** The guest is asked for more. */
  protected pull(): Promise<void> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      if (this.#isConnected) this.notify();
      else {
        this.#isConnected = true;
        this.#shared.connect(this);
      }
    });
  }

  /** JavaScript wants no more. */
  protected cancel(): void {
    this.#over();
    if (this.#isConnected) this.notify();
    else this.#shared.refuse();
  }

  end(): void {
    if (this.#isOver) return;
    this.#over();
    const { controller } = this;
    controller?.close();
    // a reader that brought a buffer gets it back
    if (controller !== undefined && "byobRequest" in controller) controller.byobRequest?.respond(0);
  }

  fail(reason: InstanceError): void {
    if (this.#isOver) return;
    this.#over();
    this.controller?.error(reason);
  }

  #over(): void {
    this.#isOver = true;
    this.#embedding.endings.delete(this);
    this.#settle?.();
    this.#settle = undefined;
  }
}

/** Bytes: a reader that brings its own buffer gets them there. */
class ReadBytes extends Read<ReadableByteStreamController> {
  readonly stream: ReadableStream = new ReadableStream(
    {
      type: "bytes",
      start: (controller) => {
        this.controller = controller as ReadableByteStreamController;
      },
      pull: () => this.pull(),
      cancel: () => this.cancel(),
    },
    { highWaterMark: 0 },
  );

  protected override take(from: Outgoing, controller: ReadableByteStreamController): void {
    const request = controller.byobRequest;
    const view = request?.view;
    if (request && view) {
      const into = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const bytes = from.takeBytes(Math.min(from.left, into.length));
      into.set(bytes);
      request.respond(bytes.length);
    } else controller.enqueue(from.takeBytes(Math.min(from.left, PIECE)).slice());
  }
}

class ReadItems extends Read<ReadableStreamDefaultController> {
  readonly #convert: FromGuest | undefined;

  constructor(shared: Shared, convert: FromGuest | undefined, embedding: Embedding) {
    super(shared, embedding);
    this.#convert = convert;
  }

  readonly stream: ReadableStream = new ReadableStream(
    {
      start: (controller) => {
        this.controller = controller;
      },
      pull: () => this.pull(),
      cancel: () => this.cancel(),
    },
    { highWaterMark: 0 },
  );

  protected override take(from: Outgoing, controller: ReadableStreamDefaultController): void {
    let room = PIECE;
    for (let count = Math.min(from.left, MOST_ITEMS); count > 0 && room > 0; count--) {
      controller.enqueue(takeItem(from, this.#convert));
      room -= from.weight ?? 0;
    }
  }
}

/** The value of a guest's future. */
class Awaited extends Readiness implements Sink, Ending {
  readonly promise: Promise<unknown>;
  readonly #convert: FromGuest | undefined;
  readonly #embedding: Embedding;
  #isOver = false;
  #resolve!: (value: unknown) => void;
  #reject!: (reason: Error) => void;

  constructor(shared: Shared, convert: FromGuest | undefined, embedding: Embedding) {
    super();
    this.#convert = convert;
    this.#embedding = embedding;
    embedding.endings.add(this);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // who never looks at it need not be told that the instance has ended
    this.promise.catch(() => {});
    shared.connect(this);
  }

  override isReady(): boolean {
    return true;
  }

  write(from: Outgoing): CopyResult {
    this.#over();
    this.#resolve(takeItem(from, this.#convert));
    return Copy.completed;
  }

  end(): void {
    if (this.#isOver) return;
    this.#over();
    this.#reject(new Error("the future was dropped without a value"));
  }

  fail(reason: InstanceError): void {
    this.#over();
    this.#reject(reason);
  }

  #over(): void {
    this.#isOver = true;
    this.#embedding.endings.delete(this);
  }
}
