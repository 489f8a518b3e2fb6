/** Random numbers that can be had again. */

/** A generator of random choices: the same seed makes the same ones. */
export class Random {
  #state: number;

  /** @param seed any integer */
  constructor(seed: number) {
    // splitmix32 spreads seeds that lie close together
    let z = (seed + 0x9e3779b9) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    this.#state = z ^ (z >>> 15) || 1;
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    // xorshift32 (Marsaglia 2003)
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % limit;
  }

  /** One of them. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  /** Mostly small, sometimes at an edge, sometimes any number up to `limit`. */
  size(limit: number): number {
    return this.pick([
      this.below(20),
      this.below(limit + 1),
      Math.min(limit, this.pick([0, 1, 16383, 65535, 65536, 65537])),
    ]);
  }
}
