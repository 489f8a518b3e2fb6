import type { Load } from "./lift.ts";
import type { Store } from "./lower.ts";
import type { GuestMemory } from "./memory.ts";
import type { HandleTable } from "./table.ts";
import type { WitType } from "./types.ts";

/** A hand-written way to carry the values of one type. */
export interface Shortcut {
  readonly load?: (scope: Scope) => Load;
  readonly store?: (scope: Scope) => Store;
}

/** What the closures of one function work on. */
export interface Scope {
  /** The function that the guest calls, for messages: `wasi:io/poll#poll`. */
  readonly where: string;
  readonly memory: GuestMemory;
  readonly table: HandleTable;
  /** The types that are carried by hand. A test leaves it out to compare. */
  readonly shortcuts?: ReadonlyMap<WitType, Shortcut> | undefined;
}
