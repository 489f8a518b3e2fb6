/** Chance that a seed decides, and a hash of what came of it. */

const { imul } = Math;

/** Numbers that nobody can foretell but who knows the seed: sfc32, by Chris Doty-Humphrey. */
export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed a text, so that each user of chance can have a seed of its own that follows from the network's */
  constructor(seed: string) {
    const hash = new Hash();
    hash.text(seed);
    this.#a = hash.low;
    this.#b = hash.high;
    this.#c = 0x9e3779b9;
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** A whole number of 32 bits. */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** From 0 up to 1, without 1. */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A whole number from 0 up to `limit`, without it. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** Whether something happens that has a probability. Asks only where there is a doubt. */
  happens(probability: number): boolean {
    return probability > 0 && (probability >= 1 || this.fraction() < probability);
  }

  /** So many bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32() >>> 24;
    return bytes;
  }
}

/** A hash of 64 bits of numbers and bytes in their order: two lanes of FNV-1a, mixed. It proves nothing against an enemy. */
export class Hash {
  low: number = 0x811c9dc5 | 0;
  high: number = 0x01000193 | 0;

  /** Takes a number of 32 bits. */
  number(value: number): void {
    this.low = imul(this.low ^ value, 0x01000193);
    this.high = imul(this.high ^ ((value >>> 15) | (this.low << 3)), 0x5bd1e995) ^ (this.low >>> 13);
  }

  /** Takes a time or a length, a whole number of up to 53 bits. */
  long(value: number): void {
    this.number(value | 0);
    this.number(Math.floor(value / 0x1_0000_0000));
  }

  /** Takes bytes, and how many they are. */
  bytes(bytes: Uint8Array): void {
    this.long(bytes.length);
    let lane = 0x811c9dc5;
    for (let i = 0; i < bytes.length; i++) lane = imul(lane ^ (bytes[i] as number), 0x01000193);
    this.number(lane);
  }

  /** Takes a text. */
  text(text: string): void {
    this.long(text.length);
    for (let i = 0; i < text.length; i++) this.number(text.charCodeAt(i));
  }

  /** 16 hexadecimal digits. */
  digest(): string {
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
    return hex(this.high) + hex(this.low);
  }
}
