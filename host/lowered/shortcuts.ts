import type { Shortcut } from "./scope.ts";
import type { WitType } from "./types.ts";

/** Types that are carried often enough to be carried by hand. */
export const shortcuts: ReadonlyMap<WitType, Shortcut> = new Map();
