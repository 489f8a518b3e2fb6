/** Streams and futures that JavaScript gives a guest: `ReadableStream`s, what can be iterated, and promises. */
import { BLOCKED, Copy } from "../abi/async/codes.ts";
import type { CopyResult, Incoming, Source } from "../abi/async/copies.ts";
import { type EndType, Shared } from "../abi/async/ends.ts";
import { describe, trap } from "../abi/webassembly.ts";
import { Source as Readiness } from "../io/poll.ts";
import type { Embedding, Ending } from "./embedding.ts";
import { Mismatch } from "./errors.ts";
import type { Crossing, ToGuest } from "./to-guest.ts";

/** Reads what JavaScript writes. */
interface Reader {
  next():
    | Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>
    | { readonly done?: boolean; readonly value?: unknown };
  /** Says that no more is wanted. */
  stop(): unknown;
}

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
