// What a generator has to know of WASI beyond its WIT.

/** The versions of WASI that there is something for, each by the world that tells its interfaces. */
export const VERSIONS = /** @type {const} */ ({ wasi02: "0.2.12", wasi03: "0.3.0" });

/** The world whose imports are served. */
export const WORLD = "wasi:cli/imports";

/** What is served though its WIT says `@unstable`. */
export const FEATURES = new Set(["network-error-code"]);

/**
 * Whether a call of WASI 0.2 may have to wait: its face may answer with a promise. 0.3 says so in its WIT, by `async`.
 *
 * @param {string} importName such as `[method]pollable.block`
 */
export function mayWait(importName) {
  return /(?:^|\.)(?:poll|block|blocking-.*)$/.test(importName);
}

/** Functions and records whose bytes go past the memory of the core where they can: its window is told, and not filled. */
const GIVEN = new Set([
  "[method]input-stream.read",
  "[method]input-stream.blocking-read",
  "incoming-datagram",
]);

/**
 * Whether the bytes in an answer are given, and not copied.
 *
 * @param {string | undefined} name of the function, or of the record that they are in
 */
export function isGiven(name) {
  return name !== undefined && GIVEN.has(name);
}
