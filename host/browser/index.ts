/**
 * What is in the place of platform.ts in a browser: bundlers take it there (`browser` in package.json), and a page without one finds it where
 * platform.ts looks, since the entries of browsers load it first.
 */
import { PAGE } from "./key.ts";
import { type Page, page } from "./page.ts";

export const Buffer: unknown = page.Buffer;
export const builtin: Page["builtin"] = page.builtin;
export const clearTimeout: unknown = page.clearTimeout;
export const process: unknown = page.process;
export const setImmediate: unknown = page.setImmediate;
export const setTimeout: unknown = page.setTimeout;

Object.assign(globalThis, { [PAGE]: page });
