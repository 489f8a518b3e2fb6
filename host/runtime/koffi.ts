/** koffi, an optional package that calls C functions and needs no compiler. */
import { createRequire } from "node:module";

/** The little of koffi that is used. */
export interface Koffi {
  load(path: null): { func(prototype: string): (...args: unknown[]) => number };
  /** Where the memory of a view begins. */
  address(view: Uint8Array): bigint;
  /** The error number of the last call. */
  errno(): number;
}

/** Loads it. Throws `MODULE_NOT_FOUND` where it is not installed, and what else stands against it. */
export function loadKoffi(): Koffi {
  return createRequire(import.meta.url)("koffi") as Koffi;
}
