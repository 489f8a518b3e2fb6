/** Streams and futures whose one end is the host's. */

import { BLOCKED, Copy } from "../abi/async/codes.ts";
import type { CopyResult, Incoming, Outgoing, Sink, Source } from "../abi/async/copies.ts";
import { Shared } from "../abi/async/ends.ts";
import { future, result, stream, type TypeOf, u8, type WitType } from "../abi/types.ts";
import type { Ledger } from "../io/owner.ts";
import { Source as Readiness, type Waiter } from "../io/poll.ts";
import type { ByteSink, ByteSource } from "../io/streams.ts";

/** The type of a stream of bytes. */
const BYTES: TypeOf<"stream"> = stream(u8) as TypeOf<"stream">;

/** The type of what a transfer comes to. */
export function outcomeType(errorCode: WitType): TypeOf<"future"> {
  return future(result(undefined, errorCode)) as TypeOf<"future">;
}

/** `result<_, error-code>`. */
type Result =
  | { readonly tag: "ok"; readonly val: undefined }
  | { readonly tag: "err"; readonly val: unknown };

const OK: Result = Object.freeze({ tag: "ok", val: undefined });

/** A future that tells what a transfer has come to. */
export class Outcome extends Readiness implements Source {
  #result: Result | undefined = undefined;

  override isReady(): boolean {
    return this.#result !== undefined;
  }

  /** Tells what it came to: nothing went wrong, or an error. Who tells first is believed. */
  settle(error?: unknown): void {
    if (this.#result !== undefined) return;
    this.#result = error === undefined ? OK : { tag: "err", val: error };
    this.notify();
  }

  read(into: Incoming): CopyResult {
    if (this.#result === undefined) return BLOCKED;
    into.putItem(this.#result);
    return Copy.completed;
  }

  close(): void {}
}

/** A stream of which nothing comes. */
export const nothing: Source = {
  read: () => Copy.dropped,
  addWaiter() {},
  removeWaiter() {},
  close() {},
};

/** Tells what an error of a stream is in the words of an interface; `undefined` where it is the end and none. */
export type NameFailure = (thrown: unknown) => unknown;

/** The surroundings of a transfer: limits, names of failures, and what follows its end. */
export interface TransferOptions {
  readonly ledger: Ledger;
  /** Names what the source or the sink has thrown. */
  readonly nameFailure: NameFailure;
  /** Closes the source or the sink, once. */
  readonly close: () => void;
  /** Called when all is done; default nobody is. */
  readonly onEnd?: () => void;
}

/** Bytes for a guest: straight from where they are, such as the buffer that the kernel has filled, to its memory. */
export class ByteStream implements Source {
  readonly outcome: Outcome = new Outcome();
  readonly #source: ByteSource;
  readonly #options: TransferOptions;
  #isOpen = true;

  /**
   * @param source where they come from
   * @param options see {@link TransferOptions}; a stream is counted until its end
   */
  constructor(source: ByteSource, options: TransferOptions) {
    options.ledger.claimStream();
    this.#source = source;
    this.#options = options;
  }

  read(into: Incoming): CopyResult {
    const source = this.#source;
    try {
      if (into.left === 0) return source.isReady() ? Copy.completed : BLOCKED;
      return into.putFrom(source) === 0 ? BLOCKED : Copy.completed;
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown;
      const failure = this.#options.nameFailure(thrown);
      this.outcome.settle(failure);
      return Copy.dropped;
    }
  }

  addWaiter(waiter: Waiter): void {
    this.#source.addWaiter(waiter);
  }

  removeWaiter(waiter: Waiter): void {
    this.#source.removeWaiter(waiter);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#options.close();
    this.outcome.settle();
    this.#options.ledger.streams--;
    this.#options.onEnd?.();
  }
}

/** Bytes of a guest. */
export class ByteDrain implements Sink {
  readonly outcome: Outcome = new Outcome();
  readonly #sink: ByteSink;
  readonly #options: TransferOptions;
  #isOpen = true;
  #isClosed = false;

  constructor(sink: ByteSink, options: TransferOptions) {
    options.ledger.claimStream();
    this.#sink = sink;
    this.#options = options;
  }

  write(from: Outgoing): CopyResult {
    const sink = this.#sink;
    try {
      const permit = sink.permit();
      if (permit === 0) return BLOCKED;
      const count = Math.min(from.left, permit);
      if (count > 0) sink.write(from.takeBytes(count));
      return Copy.completed;
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown;
      this.#end(thrown);
      return Copy.dropped;
    }
  }

  addWaiter(waiter: Waiter): void {
    this.#sink.addWaiter(waiter);
  }

  removeWaiter(waiter: Waiter): void {
    this.#sink.removeWaiter(waiter);
  }

  /** Nothing more comes: what was taken is delivered, and then told. */
  end(): void {
    if (!this.#isOpen) return;
    const sink = this.#sink;
    this.#close();
    if (sink.pending() === 0) {
      this.#end();
      return;
    }
    const waiter: Waiter = {
      wake: () => {
        if (sink.pending() > 0) return;
        sink.removeWaiter(waiter);
        this.#end();
      },
    };
    sink.addWaiter(waiter);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#options.close();
  }

  #end(thrown?: unknown): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#close();
    const failure = this.#options.nameFailure(thrown);
    this.outcome.settle(failure);
    this.#options.ledger.streams--;
    this.#options.onEnd?.();
  }
}

/** The stream and the future by which bytes are read. */
export function readable(bytes: ByteStream, outcome: TypeOf<"future">): [Shared, Shared] {
  return [new Shared(BYTES, bytes), new Shared(outcome, bytes.outcome)];
}

/** Those of what can't be read. */
export function unreadable(error: unknown, outcome: TypeOf<"future">): [Shared, Shared] {
  return [new Shared(BYTES, nothing), failing(error, outcome)];
}

/** Has bytes read to where they go, and gives the future that tells what became of them. */
export function drained(data: Shared, drain: ByteDrain, outcome: TypeOf<"future">): Shared {
  data.connect(drain);
  return new Shared(outcome, drain.outcome);
}

/** The future of bytes that nobody takes. */
export function undrained(data: Shared, error: unknown, outcome: TypeOf<"future">): Shared {
  data.refuse();
  return failing(error, outcome);
}

function failing(error: unknown, outcome: TypeOf<"future">): Shared {
  const failed = new Outcome();
  failed.settle(error);
  return new Shared(outcome, failed);
}
