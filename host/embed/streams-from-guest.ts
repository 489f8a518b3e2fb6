/** Streams and futures that a guest gives JavaScript: `ReadableStream`s and promises. */
import type { ReadableByteStreamController, ReadableStreamDefaultController } from "node:stream/web";
import { BLOCKED, Copy } from "../abi/async/codes.ts";
import type { CopyResult, Outgoing, Sink } from "../abi/async/copies.ts";
import type { EndType, Shared } from "../abi/async/ends.ts";
import { Source as Readiness } from "../io/poll.ts";
import type { Embedding, Ending } from "./embedding.ts";
import type { InstanceError } from "./errors.ts";
import type { FromGuest } from "./from-guest.ts";

/**
 * How many bytes a guest gives at a time at the most, where a reader has brought no buffer of its own; of other values those
 * that begin within as many, which may all be the same ones in its memory.
 */
const PIECE = 65536;

/** How many other values a guest gives at a time. */
const MOST_ITEMS = 1024;

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
