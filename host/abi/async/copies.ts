/** Copies of a stream's or a future's elements: the two sides of one, and how it ends. */
import type { Waiter } from "../../io/poll.ts";

/** What came of a copy: `Copy.completed`, `Copy.dropped`, or `BLOCKED` where nothing did yet. */
export type CopyResult = -1 | 0 | 1;

/** What puts bytes into memory, at most `length` from `at` on, and says how many. */
export interface ByteReader {
  readInto(into: Uint8Array, at: number, length: number): number;
}

/** A guest's buffer that is to be filled. */
export interface Incoming {
  /** How many elements still fit. */
  readonly left: number;
  /** Puts bytes, of a stream of them: at most as many as fit. */
  putBytes(bytes: Uint8Array): void;
  /** Has bytes put by whoever reads them, likewise; says how many. */
  putFrom(reader: ByteReader): number;
  putItem(value: unknown): void;
  /** Puts one that says everything, as {@link explicit} has it; not where it only goes on to another function of the host's. */
  putWhole?(value: unknown): void;
}

/** A guest's buffer that is to be emptied. */
export interface Outgoing {
  /** How many elements are left. */
  readonly left: number;
  /** Takes bytes, of a stream of them: a view that is good until the guest runs. */
  takeBytes(count: number): Uint8Array;
  takeItem(): unknown;
  /** Takes one that says everything; likewise. */
  takeWhole?(): unknown;
  /** How many bytes the lists and strings took of what {@link takeWhole} has taken last. */
  readonly weight?: number;
}

/** Where the elements of a stream or a future come from that the host writes. */
export interface Source {
  /**
   * Puts what is there. With no room it only says whether there is anything. It throws nothing but what ends the guest.
   *
   * @returns `Copy.dropped` when no more comes behind what was put, if anything was
   */
  read(into: Incoming): CopyResult;
  addWaiter(waiter: Waiter): void;
  removeWaiter(waiter: Waiter): void;
  /** Whoever reads goes away. */
  close(): void;
}

/** Where those of one go to that the host reads. */
export interface Sink {
  /** Takes what there is room for; likewise. */
  write(from: Outgoing): CopyResult;
  addWaiter(waiter: Waiter): void;
  removeWaiter(waiter: Waiter): void;
  /** Whoever writes goes away. */
  end(): void;
}
