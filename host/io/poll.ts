/**
 * `wasi:io/poll`: sources of readiness, pollables, and waiting for many of them.
 *
 * Readiness is level-triggered. `Source.isReady` is the truth; `notify` only says "look again".
 */
import type * as wit from "../wit/wasi02.ts";
import type { Ledger, Owner, Wait } from "./owner.ts";
import { trapError } from "./trap.ts";

/** Who wants to know that a source may have become ready. */
export interface Waiter {
  /** Called synchronously from the event that may have made the source ready. */
  wake(): void;
}

/** Something that can be waited for. */
export abstract class Source {
  // Nearly every source has no waiter or one, so that a set is made only for the second.
  #waiter: Waiter | undefined = undefined;
  #others: Set<Waiter> | undefined = undefined;

  /** Whether an operation on the source would get further now. */
  abstract isReady(): boolean;

  get hasWaiters(): boolean {
    return this.#waiter !== undefined || (this.#others !== undefined && this.#others.size > 0);
  }

  /** Adds a waiter; adding one twice is the same as once. */
  addWaiter(waiter: Waiter): void {
    if (this.#waiter === waiter) return;
    if (this.#waiter === undefined && !this.#others?.has(waiter)) {
      this.#waiter = waiter;
    } else {
      this.#others ??= new Set();
      this.#others.add(waiter);
    }
  }

  /** Removes a waiter, which may happen while it is being woken. */
  removeWaiter(waiter: Waiter): void {
    if (this.#waiter === waiter) this.#waiter = undefined;
    else this.#others?.delete(waiter);
  }

  /**
   * Wakes every waiter that was there when the call began and is still there at its turn. A waiter
   * added meanwhile is not woken: it looked at `isReady` itself.
   */
  notify(): void {
    const others = this.#others;
    if (others === undefined) {
      this.#waiter?.wake();
      return;
    }
    const now = [...others];
    this.#waiter?.wake();
    for (const waiter of now) if (others.has(waiter) || this.#waiter === waiter) waiter.wake();
  }
}

/** A source that is always ready. */
class AlwaysReady extends Source {
  override isReady(): boolean {
    return true;
  }
  override addWaiter(): void {}
}

/** The source of everything that never has to be waited for. */
export const alwaysReady: Source = new AlwaysReady();

/** One call of `poll` or `block` that is pending. */
class PendingPoll implements Wait {
  readonly promise: Promise<Uint32Array>;
  readonly #list: readonly Pollable[];
  readonly #ledger: Ledger | undefined;
  #resolve!: (ready: Uint32Array) => void;
  #reject!: (reason: Error) => void;

  constructor(list: readonly Pollable[], ledger: Ledger | undefined) {
    this.#list = list;
    this.#ledger = ledger;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    ledger?.begin(this);
    for (let i = 0; i < list.length; i++) list[i]?.join(this);
  }

  /** Looks at the whole list once; called when one of it is ready. */
  finish(): void {
    const ready = collectReady(this.#list);
    if (ready === undefined) return;
    this.#leave();
    this.#ledger?.turned();
    this.#resolve(ready);
  }

  abort(reason: Error): void {
    this.#leave();
    this.#reject(reason);
  }

  #leave(): void {
    this.#ledger?.waits.delete(this);
    const list = this.#list;
    for (let i = 0; i < list.length; i++) list[i]?.leave(this);
  }
}

/** `wasi:io/poll.pollable`: one thing that a guest waits for. */
export class Pollable implements Waiter, wit.Pollable {
  /** What decides whether this is ready. */
  readonly source: Source;
  readonly #owner: Owner | undefined;
  #disposed = false;
  // A pollable is nearly always in one pending call at most.
  #call: PendingPoll | undefined = undefined;
  #moreCalls: Set<PendingPoll> | undefined = undefined;

  /**
   * @param source what decides readiness
   * @param owner the resource that must outlive this pollable, where there is one
   */
  constructor(source: Source, owner?: Owner) {
    this.source = source;
    this.#owner = owner;
    if (owner !== undefined) {
      owner.ledger.claimPollable();
      owner.adopt();
    }
  }

  /** The books of the host that this belongs to. */
  get ledger(): Ledger | undefined {
    return this.#owner?.ledger;
  }

  ready(): boolean {
    return this.source.isReady();
  }

  /** Returns when it is ready: at once, or as a promise. */
  block(): void | Promise<void> {
    const ready = poll([this]);
    if (ready instanceof Promise) return ready.then(ignore);
  }

  /** Drops the pollable. Traps while a pending call waits for it. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    if (this.#call !== undefined || this.#moreCalls?.size) {
      throw trapError("a pollable can't be dropped while a call waits for it");
    }
    this.#disposed = true;
    disposeSource(this.source);
    if (this.#owner !== undefined) {
      this.#owner.release();
      this.#owner.ledger.pollables--;
    }
  }

  /** Called by the source: passes on that this pollable is ready. */
  wake(): void {
    if (!this.source.isReady()) return;
    const more = this.#moreCalls;
    this.#call?.finish();
    if (more !== undefined) for (const call of [...more]) call.finish();
  }

  /** Makes a pending call wait for this pollable too. */
  join(call: PendingPoll): void {
    if (this.#call === call) return;
    if (this.#call === undefined) {
      this.#call = call;
    } else {
      this.#moreCalls ??= new Set();
      this.#moreCalls.add(call);
    }
    this.source.addWaiter(this);
  }

  /** Ends what `join` began. */
  leave(call: PendingPoll): void {
    if (this.#call === call) this.#call = undefined;
    else this.#moreCalls?.delete(call);
    if (this.#call === undefined && !this.#moreCalls?.size) this.source.removeWaiter(this);
  }
}

/** A source that belongs to one pollable alone and goes with it. */
export abstract class OwnSource extends Source {
  /** Called once, when the pollable is dropped. */
  abstract end(): void;
}

function disposeSource(source: Source): void {
  if (source instanceof OwnSource) source.end();
}

function ignore(): void {}

/**
 * `wasi:io/poll.poll`: waits until at least one of many pollables is ready.
 *
 * Where the host may suspend its caller at any time, an answer that is known at once is now and then
 * given as a promise, so that a guest that spins on ready pollables still lets I/O happen.
 *
 * @param list 1 or more pollables; one may appear more than once
 * @returns the indexes of those that are ready, at once when there are any, else as a promise
 * @throws a trap when the list is empty
 */
export function poll(list: Pollable[]): Uint32Array | Promise<Uint32Array> {
  const first = list[0];
  if (first === undefined) throw trapError("poll was called with an empty list, which could never return");
  const ledger = first.ledger;
  const ready = collectReady(list);
  if (ready === undefined) return new PendingPoll(list, ledger).promise;
  if (ledger === undefined || !ledger.shouldYield()) return ready;
  return nextTurn(ledger).then(() => poll(list));
}

function nextTurn(ledger: Ledger): Promise<void> {
  return new Promise((resolve) => {
    ledger.time.defer(() => {
      ledger.turned();
      resolve();
    });
  });
}

function collectReady(list: readonly Pollable[]): Uint32Array | undefined {
  const length = list.length;
  let first = 0;
  while (first < length && !list[first]?.source.isReady()) first++;
  if (first === length) return undefined;
  const indexes = [first];
  for (let i = first + 1; i < length; i++) if (list[i]?.source.isReady()) indexes.push(i);
  return Uint32Array.from(indexes);
}
