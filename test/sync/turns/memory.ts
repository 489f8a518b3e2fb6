/**
 * Memory that two ends share, as the explorer has it: what ECMAScript's memory model says of atomic operations that
 * wait for each other, and a watch over the plain ones.
 *
 * Atomic operations happen in one order. Plain ones may only touch what the other end's are ordered before or after by
 * atomic ones (a vector clock tells); where that holds in every order of the atomic operations, the model promises that
 * no other result is possible on any processor, so that plain operations need no interleaving.
 */

/** The two ends, and places of what each has its own of. */
export const GUEST = 0;
export const HOST = 1;
export type Side = typeof GUEST | typeof HOST;

/** How far each end has come, as one of them knows it. */
type Clock = readonly [number, number];

/** An end that sleeps until a word is notified; on the host's side it goes on meanwhile. */
interface Waiter {
  readonly side: Side;
  /** Which of its waits it is. */
  readonly id: number;
  readonly at: number;
  readonly isNotified: boolean;
}

/** Who has touched an address since both ends knew of what was before, and when. */
interface Touch {
  readonly side: Side;
  readonly at: number;
  readonly isWrite: boolean;
  readonly time: number;
}

/** An operation on memory. */
export type MemoryOperation =
  | { readonly kind: "load"; readonly at: number }
  | { readonly kind: "store"; readonly at: number; readonly value: number }
  | {
      readonly kind: "compareExchange";
      readonly at: number;
      readonly expected: number;
      readonly value: number;
    }
  | { readonly kind: "notify"; readonly at: number; readonly count: number }
  | { readonly kind: "read"; readonly at: number }
  | { readonly kind: "write"; readonly at: number; readonly value: number };

/** What no protocol may do. */
export class Fault extends Error {}

/** One state of the memory; operations give the next. */
export interface Memory {
  readonly words: ReadonlyMap<number, number>;
  readonly waiters: readonly Waiter[];
  readonly clocks: readonly [Clock, Clock];
  /** What whoever reads an atomic word learns of the other end. */
  readonly released: Readonly<Record<number, Clock>>;
  /** What the other end may not know of yet. */
  readonly touches: readonly Touch[];
}

/** Memory that is all zeroes. */
export const zeroes: Memory = {
  words: new Map(),
  waiters: [],
  clocks: [
    [1, 0],
    [0, 1],
  ],
  released: {},
  touches: [],
};

/** What is at an address. */
export function valueAt({ words }: Memory, at: number): number {
  return words.get(at) ?? 0;
}

/** Performs an operation; what it gives, and the memory then. */
export function perform(memory: Memory, side: Side, operation: MemoryOperation): [number, Memory] {
  const { kind, at } = operation;
  const old = valueAt(memory, at);
  switch (kind) {
    case "load":
      return [old, acquire(memory, side, at)];
    case "store":
      return [operation.value, release(memory, side, at, operation.value)];
    case "compareExchange": {
      const seen = acquire(memory, side, at);
      return [old, old === operation.expected ? release(seen, side, at, operation.value) : seen];
    }
    case "notify": {
      let left = operation.count;
      const waiters = memory.waiters.map((waiter) =>
        waiter.at === at && !waiter.isNotified && left-- > 0 ? { ...waiter, isNotified: true } : waiter,
      );
      return [0, { ...memory, waiters }];
    }
    case "read":
      return [old, touch(memory, side, at, false)];
    case "write": {
      const touched = touch(memory, side, at, true);
      return [operation.value, { ...touched, words: new Map(memory.words).set(at, operation.value) }];
    }
  }
}

/** Goes to sleep, if a word is what it is expected to be; `undefined` where it isn't. In one step, as in the real one. */
export function sleep(memory: Memory, side: Side, id: number, at: number, value: number): Memory | undefined {
  if (valueAt(memory, at) !== value) return undefined;
  return { ...memory, waiters: [...memory.waiters, { side, id, at, isNotified: false }] };
}

/** The waiter of an end by its number. */
export function waiterOf({ waiters }: Memory, side: Side, id: number): Waiter | undefined {
  return waiters.find((waiter) => waiter.side === side && waiter.id === id);
}

/** Ends a wait. */
export function awaken(memory: Memory, side: Side, id: number): Memory {
  return {
    ...memory,
    waiters: memory.waiters.filter((waiter) => waiter.side !== side || waiter.id !== id),
  };
}

function acquire(memory: Memory, side: Side, at: number): Memory {
  const released = memory.released[at];
  if (released === undefined) return memory;
  const own = memory.clocks[side];
  const clock: Clock = [Math.max(released[GUEST], own[GUEST]), Math.max(released[HOST], own[HOST])];
  const touches = memory.touches.filter((touch) => touch.side === side || touch.time > clock[touch.side]);
  return { ...withClock(memory, side, clock), touches };
}

function release(memory: Memory, side: Side, at: number, value: number): Memory {
  const clock = memory.clocks[side];
  const next: [number, number] = [...clock];
  next[side]++;
  return {
    ...withClock(memory, side, next),
    words: new Map(memory.words).set(at, value),
    released: { ...memory.released, [at]: clock },
  };
}

function withClock(memory: Memory, side: Side, clock: Clock): Memory {
  return { ...memory, clocks: side === GUEST ? [clock, memory.clocks[HOST]] : [memory.clocks[GUEST], clock] };
}

function touch(memory: Memory, side: Side, at: number, isWrite: boolean): Memory {
  const there = memory.touches.filter((touch) => touch.at === at);
  if (there.some((touch) => touch.side !== side && (isWrite || touch.isWrite)))
    throw new Fault(`address ${at} is ${isWrite ? "written" : "read"} while the other end has it`);
  const time = memory.clocks[side][side];
  if (there.some((touch) => touch.side === side && touch.time === time && (touch.isWrite || !isWrite)))
    return memory;
  return { ...memory, touches: [...memory.touches, { side, at, isWrite, time }] };
}
