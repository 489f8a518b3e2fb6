import type { GuestMemory } from "./memory.ts";
import type { Borrower, HandleTable } from "./table.ts";
import type { TypeOf } from "./types.ts";

/** How streams and futures get into a guest's table and out of it. */
export interface Ends {
  /**
   * Takes the readable end that a guest gives away.
   *
   * @throws a trap when the handle is none of such an end, or it is at work
   */
  take(handle: number, type: TypeOf<"stream" | "future">, where: string): object;
  /** Gives a guest a readable end. */
  give(value: unknown, type: TypeOf<"stream" | "future">, where: string): number;
}

/** A memory as far as values are in it: a guest's, or a message. */
export type ValueMemory = Pick<GuestMemory, "bytes" | "view" | "claim" | "claimList" | "lend" | "allocate">;
/** What stands for objects, as far as values have them. */
export type ValueTable = Pick<HandleTable, "find" | "take" | "lend" | "add" | "addBorrowed" | "classOf">;

/** What the closures of one type's values work on. */
export interface ValueScope {
  /** The function that the guest calls, for messages: `wasi:io/poll#poll`. */
  readonly where: string;
  readonly memory: ValueMemory;
  readonly table: ValueTable;
  /** How the guest has its strings; default UTF-8. */
  readonly encoding?: "utf8" | "utf16" | "latin1+utf16" | undefined;
  /**
   * The slots of handles that the guest lends for a call, where what is called is another guest: it may not give
   * them away meanwhile. Default none, since a host is done with them when it returns.
   */
  readonly lent?: number[] | undefined;
  /** Whether lists of bytes are copied, for whom may keep them; default false, where they are views. */
  readonly copiesBytes?: boolean | undefined;
  /** Whether lists of numbers are typed arrays, of any length; default they are arrays. */
  readonly hasTypedLists?: boolean | undefined;
  /**
   * Told of each list and string that is lifted, where they may lie in one another and so be the same bytes again and
   * again; it traps where they are too many. Default nobody is.
   */
  readonly weigh?: ((bytes: number) => void) | undefined;
  /** Whether strings are for the host's own functions, which refuse what is too long: see `liftText`. Default they are not. */
  readonly hasShortText?: boolean | undefined;
  /** For what call things are lent to the guest; default the table counts for none. */
  readonly borrower?: (() => Borrower | undefined) | undefined;
  /** The streams and futures of the guest; default it can have none. */
  readonly ends?: Ends | undefined;
}

/** What those of one function work on. */
export interface Scope extends ValueScope {
  readonly memory: GuestMemory;
  readonly table: HandleTable;
  /** Told that the guest gets the answer that something isn't there yet. */
  readonly notYet: () => void;
  /** Called before a call ends in a trap. */
  readonly onTrap?: (() => void) | undefined;
  /** Suspends the guest until a promise is settled; default it just waits for it. */
  readonly suspend?: (<T>(promise: PromiseLike<T>) => PromiseLike<T>) | undefined;
}
