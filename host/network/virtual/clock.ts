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

/** The clock of a virtual network, and what will happen on it. */
export class Clock {
  #now = 0;
  #order = 0;
  #looks = 0;
  /** A binary heap, the next one first. */
  readonly #heap: Happening[] = [];
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
      const next = this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
      this.#now = Math.min(this.#now + LOOK, Math.max(next, this.#now));
    }
    return this.#now;
  }

  /** Has something happen in so many nanoseconds. */
  after(nanoseconds: number, run: () => void): Happening {
    const happening = new Happening(this.#now + Math.max(0, nanoseconds), this.#order++, run);
    this.#push(happening);
    this.#start();
    return happening;
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
    if (this.#heap.length === 0 && this.#idle.length === 0) return;
    this.#isPumping = true;
    setImmediate(this.#pump);
  }

  #turn(): void {
    this.#isPumping = false;
    try {
      while (this.#holds === 0) {
        const next = this.#pop();
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

  #push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.push(happening) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Happening;
      if (!isBefore(happening, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = happening;
  }

  #pop(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Happening, heap[child] as Happening))
        child++;
      if (!isBefore(heap[child] as Happening, last)) break;
      heap[at] = heap[child] as Happening;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
