/** Reading of WebAssembly's binary formats: bytes, LEB128 numbers, names and vectors, each within its bounds. */

/** What is no WebAssembly, or more of it than is read: told in one sentence that says where. */
export class MalformedError extends Error {
  override readonly name = "MalformedError";
}

/** How many items all vectors of a file may have together: what is made of one takes a hundred bytes. */
const MOST_ITEMS = 250_000;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Items that may still be read, counted over all of a file. */
interface Budget {
  items: number;
}

/** A position in some bytes, which only goes on. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #budget: Budget;
  readonly #end: number;
  #at: number;

  /** @param bytes all of a file */
  constructor(
    bytes: Uint8Array,
    start = 0,
    end: number = bytes.length,
    budget: Budget = { items: MOST_ITEMS },
  ) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
    this.#budget = budget;
  }

  /** Where in the file it is. */
  get at(): number {
    return this.#at;
  }

  get isDone(): boolean {
    return this.#at === this.#end;
  }

  /** The error that the file is wrong here. */
  wrong(what: string): Error {
    return new MalformedError(`malformed WebAssembly at byte ${this.#at}: ${what}`);
  }

  /** The next byte. */
  byte(): number {
    if (this.#at >= this.#end) throw this.wrong("it ends too early");
    return this.#bytes[this.#at++] as number;
  }

  /** The next byte, which stays unread; -1 at the end. */
  peek(): number {
    return this.#at < this.#end ? (this.#bytes[this.#at] as number) : -1;
  }

  /** A byte that can only be one of these. */
  expect(wanted: number, what: string): void {
    const byte = this.byte();
    if (byte !== wanted) throw this.wrong(`${hex(byte)} where ${what} (${hex(wanted)}) belongs`);
  }

  /** 0 or 1. */
  flag(what: string): boolean {
    const byte = this.byte();
    if (byte > 1) throw this.wrong(`${hex(byte)} is not an answer to whether there is ${what}`);
    return byte === 1;
  }

  /** An unsigned LEB128 number of 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) throw this.wrong("a number of more than 32 bits");
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** An unsigned LEB128 number of 64 bits. */
  u64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw this.wrong("a number too long");
  }

  /** A signed LEB128 number of 33 bits that isn't negative: an index where a type's code could stand. */
  index33(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) throw this.wrong("an index of more than 32 bits");
      value += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0x80) continue;
      if (shift < 28 && (byte & 0x40) !== 0) throw this.wrong(`${hex(byte)} is not a type`);
      return value;
    }
  }

  /** Bytes, as a view of the file. */
  take(count: number): Uint8Array {
    if (count > this.#end - this.#at) throw this.wrong(`${count} bytes are announced and are not there`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  takeRest(): Uint8Array {
    return this.take(this.#end - this.#at);
  }

  /** A reader of as many bytes, which this one steps over. */
  part(count: number): Reader {
    const start = this.#at;
    this.take(count);
    return new Reader(this.#bytes, start, start + count, this.#budget);
  }

  /** A text with its length before it. */
  name(): string {
    const bytes = this.take(this.u32());
    try {
      return decoder.decode(bytes);
    } catch {
      throw this.wrong("a name is not UTF-8");
    }
  }

  /** As many items as the number before them says. */
  vector<T>(item: () => T): T[] {
    const count = this.u32();
    // each takes a byte at the least
    if (count > this.#end - this.#at) throw this.wrong(`${count} items are announced and are not there`);
    this.#budget.items -= count;
    if (this.#budget.items < 0) throw this.wrong(`it has more than ${MOST_ITEMS} items`);
    const items: T[] = [];
    for (let i = 0; i < count; i++) items.push(item());
    return items;
  }

  /** Something, where the byte before it says that it is there. */
  optional<T>(item: () => T): T | undefined {
    return this.flag("something more") ? item() : undefined;
  }
}

/** A byte as it is written in specifications. */
export function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}
