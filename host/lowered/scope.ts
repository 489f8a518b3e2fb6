import type { GuestMemory } from "./memory.ts";
import type { HandleTable } from "./table.ts";

/** What the closures of one function work on. */
export interface Scope {
  /** The function that the guest calls, for messages: `wasi:io/poll#poll`. */
  readonly where: string;
  readonly memory: GuestMemory;
  readonly table: HandleTable;
  /** Whether the paths written by hand are taken, which is quicker; tests hold them against the others. */
  readonly byHand: boolean;
  /** Told that the guest gets the answer that something isn't there yet. */
  readonly notYet: () => void;
  /** Called before a call ends in a trap. */
  readonly onTrap?: (() => void) | undefined;
}
