/** The ways to reach the host. The suite runs on each; a new way is one more entry of {@link ways}. */
import { openBlocking } from "./blocking.ts";
import { openDirect, openInMemory } from "./direct.ts";
import { openLowered } from "./lowered.ts";
import type { Way } from "./way.ts";

/** Every way that this runtime has. */
export const ways: readonly Way[] = [openDirect(), openLowered(), openBlocking(), openInMemory()];
