/**
 * A guest's core modules on one thread, and all that they import on another: calls cross a shared buffer in both
 * directions, nested as they come, and only one side is at work at a time.
 *
 * Layout: 32-bit words (whose turn it is, what the message is, its number, how many values it has, which of those are
 * 64-bit integers), then the values, of eight bytes each.
 */
import { SPINS } from "./channel.ts";

const TURN = 0;
const KIND = 1;
const ID = 2;
const COUNT = 3;
const WIDE = 4;
const HEADER = 64;
/** More values than any function that is lifted or lowered has. */
const MOST_VALUES = 32;

/** Either side. */
export const Side = { host: 0, guest: 1 } as const;

/** What a message is: a call, what one has returned or thrown, or that a module is to be instantiated or has been. */
export const Kind = { call: 0, returned: 1, threw: 2, instantiate: 3 } as const;

/** A core module's import: something that an instance on the guest's side exports, or a function of the host's. */
export interface CoreImport {
  readonly module: string;
  readonly name: string;
  readonly isHost: boolean;
  readonly id: number;
}

/** What an instance exports: each thing has one number, whatever it is called. */
export interface CoreExport {
  readonly name: string;
  readonly id: number;
  readonly isFunction: boolean;
  /** The memory, where it is one. */
  readonly memory: object | undefined;
}

/** One end. */
export class CoreChannel {
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #wide: BigInt64Array;
  readonly #own: number;

  /** @param own whose end it is; the guest waits first */
  constructor(buffer: SharedArrayBuffer, own: number) {
    this.#words = new Int32Array(buffer, 0, HEADER / 4);
    this.#numbers = new Float64Array(buffer, HEADER);
    this.#wide = new BigInt64Array(buffer, HEADER);
    this.#own = own;
  }

  /** Makes what both ends share. */
  static buffer(): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER + 8 * MOST_VALUES);
  }

  /** What the message is that came. */
  get kind(): number {
    return this.#words[KIND] as number;
  }

  /** Which function is called by it. */
  get id(): number {
    return this.#words[ID] as number;
  }

  get values(): (number | bigint)[] {
    const count = this.#words[COUNT] as number;
    const wide = this.#words[WIDE] as number;
    const values: (number | bigint)[] = [];
    for (let i = 0; i < count; i++) {
      values.push(((wide & (1 << i)) === 0 ? this.#numbers[i] : this.#wide[i]) as number | bigint);
    }
    return values;
  }

  /** Gives the other side its turn, and waits for one's own. */
  exchange(kind: number, id: number, values: readonly unknown[]): void {
    const words = this.#words;
    let wide = 0;
    for (const [i, value] of values.entries()) {
      if (typeof value === "bigint") {
        wide |= 1 << i;
        this.#wide[i] = value;
      } else this.#numbers[i] = value as number;
    }
    words[KIND] = kind;
    words[ID] = id;
    words[COUNT] = values.length;
    words[WIDE] = wide;
    Atomics.store(words, TURN, 1 - this.#own);
    Atomics.notify(words, TURN);
    this.wait();
  }

  wait(): void {
    const words = this.#words;
    const other = 1 - this.#own;
    for (let left = SPINS; left > 0; left--) if (Atomics.load(words, TURN) !== other) return;
    while (Atomics.load(words, TURN) === other) Atomics.wait(words, TURN, other);
  }
}

/** What was returned, as a list of values. */
export function asValues(returned: unknown): readonly unknown[] {
  return returned === undefined ? [] : [returned];
}
