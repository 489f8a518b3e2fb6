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

/**
 * Where the drop-in modules of a package have their faces from, those that suspend the guest and those that block it,
 * where that is not the host's module: random numbers need no host, and folders are opened when they are asked for.
 *
 * @type {Readonly<Record<string, { suspending?: string, blocking?: string }>>}
 */
export const SOURCES = {
  random: { suspending: "./command.ts", blocking: "../command.ts" },
  filesystem: { suspending: "./folders.ts" },
};

/**
 * What may be told a package's drop-in module before the guest runs, with the names of preview2-shim's functions.
 *
 * @type {Readonly<Record<string, { from: string, names: readonly string[] }>>}
 */
export const SETTINGS = {
  cli: { from: "command.ts", names: ["_appendEnv", "_setArgs", "_setCwd", "_setEnv"] },
  filesystem: { from: "settings.ts", names: ["_addPreopen", "_clearPreopens", "_setPreopens"] },
  sockets: { from: "settings.ts", names: ["_denyDnsLookup", "_denyTcp", "_denyUdp"] },
};

/**
 * Functions that nobody can call for long without another one that lets the event loop turn, so that they need not.
 */
export const ASKED_BEFORE = [
  "wasi:io/streams#[method]output-stream.write",
  "wasi:sockets/udp#[method]outgoing-datagram-stream.send",
];

/**
 * Functions whose answer from another thread may bring bytes of the stream that was read, so that reading them takes no
 * call: each trip to the other thread costs more than most reads.
 */
export const READS_AHEAD = [
  "wasi:io/streams#[method]input-stream.read",
  "wasi:io/streams#[method]input-stream.blocking-read",
];
