/**
 * Where what is shipped has Node's modules and globals from: Node itself, or in a browser what stands in for them. `tools/steps/bundle.mjs`
 * puts this in the place of imports, so that the same files load in both.
 */
import { PAGE } from "./key.ts";
import type { Page } from "./page.ts";

const page = (globalThis as { [PAGE]?: Page })[PAGE];
const globals = (page ?? globalThis) as unknown as typeof globalThis;

export const Buffer: typeof globalThis.Buffer = globals.Buffer;
export const clearTimeout: typeof globalThis.clearTimeout = globals.clearTimeout;
export const process: typeof globalThis.process = globals.process;
export const setImmediate: typeof globalThis.setImmediate = globals.setImmediate;
export const setTimeout: typeof globalThis.setTimeout = globals.setTimeout;

/**
 * One of Node's modules.
 *
 * @param name as `node:net`
 */
export const builtin: (name: string) => object = page?.builtin ?? process.getBuiltinModule;
