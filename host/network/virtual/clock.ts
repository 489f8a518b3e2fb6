/**
 * A clock that jumps: from one event to the next, as soon as nothing is left to be done at the first.
 */
import type { TimerHandle } from "../../io/time.ts";

/** Something that will happen. */
export class Happening implements TimerHandle {
  /** Nanoseconds. */
  readonly at: number;
  /** Of those at one instant, which comes first. */
  readonly order: number;
  /** What happens; nothing, once it was called off. */
  run: (() => void) | undefined;

  /** @param run what happens */
  constructor(at: number, order: number, run: () => void) {
    this.at = at;
    this.order = order;
    this.run = run;
  }

  // a program on a virtual network is over when nothing is left to happen
  ref(): void {}
  unref(): void {}
}

/**
 * How often a guest may look at the clock, and how many events there may be, at one instant; behind that each takes a
 * microsecond, so that who spins comes to what is later.
 */
const FREE_LOOKS = 1024;
const LOOK = 1000;

/** Whether one comes before another. */
function isBefore(a: Happening, b: Happening): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Something that time is not to pass for, unless it is needed: else a network with it would never come to rest. */
class Background extends Happening {
  readonly isNeeded: () => boolean;

  constructor(at: number, order: number, run: () => void, isNeeded: () => boolean) {
    super(at, order, run);
    this.isNeeded = isNeeded;
  }
}

/** The clock of a virtual network, and what will happen on it. */
export class Clock {
  #now = 0;
  #order = 0;
  #looks = 0;
  /** What will happen. */
  readonly #heap: Heap<Happening> = new Heap();
  readonly #background: Heap<Background> = new Heap();
  #isPumping = false;
  #holds = 0;
  #happened = 0;
  readonly #idle: (() => void)[] = [];
  /** Whether the event that goes on may have told a program something; one that has not needs no turn of its own. */
  hasTold = true;
  readonly #pump: () => void;

  constructor() {
    this.#pump = () => this.#turn();
  }

  /** Nanoseconds since it began. */
  get now(): number {
    return this.#now;
  }

  /** How many events there were. */
  get happened(): number {
    return this.#happened;
  }

  /** The time for who asks: who does nothing else would else wait for ever. */
  look(): number {
    if (++this.#looks > FREE_LOOKS) {
      const next = this.#heap.first?.at ?? Number.POSITIVE_INFINITY;
      this.#now = Math.min(this.#now + LOOK, Math.max(next, this.#now));
    }
    return this.#now;
  }

  /** Has something happen in so many nanoseconds. */
  after(nanoseconds: number, run: () => void): Happening {
    const happening = new Happening(this.#now + Math.max(0, nanoseconds), this.#order++, run);
    this.#heap.push(happening);
    this.#start();
    return happening;
  }

  /**
   * The same for what happens beside all else.
   *
   * @param isNeeded whether time is to pass until then though nothing else is left; asked when that is so, and after `wake`
   */
  beside(nanoseconds: number, run: () => void, isNeeded: () => boolean): Happening {
    const happening = new Background(this.#now + Math.max(0, nanoseconds), this.#order++, run, isNeeded);
    this.#background.push(happening);
    this.#start();
    return happening;
  }

  /** Something has changed that what happens beside all else may be needed for. */
  wake(): void {
    this.#start();
  }

  /** Resolves when nothing is left to happen. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#start();
    });
  }

  /** Lets the clock stand until what it returns is called: something goes on that takes real time. */
  hold(): () => void {
    this.#holds++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds--;
      this.#start();
    };
  }

  // Each event has a turn of the event loop of its own: the promise reactions and ticks that follow from it come before
  // the next one, as if no time passed for them.
  #start(): void {
    if (this.#isPumping || this.#holds > 0) return;
    if (this.#heap.first === undefined && this.#idle.length === 0 && !this.#isBackgroundNeeded()) return;
    this.#isPumping = true;
    setImmediate(this.#pump);
  }

  #turn(): void {
    this.#isPumping = false;
    try {
      while (this.#holds === 0) {
        const next = this.#next();
        if (next === undefined) {
          for (const resolve of this.#idle.splice(0)) resolve();
          return;
        }
        const { run } = next;
        // what was called off takes no time
        if (run === undefined) continue;
        next.run = undefined;
        if (next.at > this.#now) {
          this.#now = next.at;
          this.#looks = 0;
        } else if (++this.#looks > FREE_LOOKS) this.#now += LOOK;
        this.#happened++;
        this.hasTold = true;
        run();
        if (this.hasTold) return;
      }
    } finally {
      this.#start();
    }
  }

  #isBackgroundNeeded(): boolean {
    return this.#background.some((each) => each.run !== undefined && each.isNeeded());
  }

  /** Takes what happens next. */
  #next(): Happening | undefined {
    while (this.#heap.first !== undefined && this.#heap.first.run === undefined) this.#heap.pop();
    const { first } = this.#heap;
    const beside = this.#background.first;
    if (beside === undefined) return this.#heap.pop();
    if (first === undefined) return this.#isBackgroundNeeded() ? this.#background.pop() : undefined;
    return isBefore(first, beside) ? this.#heap.pop() : this.#background.pop();
  }
}

/** So few may all have been called off. */
const LEAST_TO_SWEEP = 64;

/** A binary heap, the next one first. */
class Heap<T extends Happening> {
  #items: T[] = [];
  #sweepAt = LEAST_TO_SWEEP;

  get first(): T | undefined {
    return this.#items[0];
  }

  some(predicate: (item: T) => boolean): boolean {
    return this.#items.some(predicate);
  }

  push(item: T): void {
    if (this.#items.length >= this.#sweepAt) this.#sweep();
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] as T;
      if (!isBefore(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  /** Lets go of what was called off, so that it is never much more than the half. What is in order is a heap. */
  #sweep(): void {
    const left = this.#items.filter(({ run }) => run !== undefined);
    this.#items = left.sort((one, other) => (isBefore(one, other) ? -1 : 1));
    this.#sweepAt = Math.max(LEAST_TO_SWEEP, left.length * 2);
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && isBefore(items[child + 1] as T, items[child] as T)) child++;
      if (!isBefore(items[child] as T, last)) break;
      items[at] = items[child] as T;
      at = child;
    }
    items[at] = last;
    return first;
  }
}
