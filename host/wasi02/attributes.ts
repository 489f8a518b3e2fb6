// Made by tools/generate.mjs; do not edit.
/** What is to be known of functions beyond their WIT, from the table of tools/wit/attributes.mjs. */

/** Functions that nobody can call for long without another one that gives turns, so that they need give none. */
export const askedBefore: ReadonlySet<string> = new Set([
  "wasi:io/streams#[method]output-stream.write",
  "wasi:sockets/udp#[method]outgoing-datagram-stream.send",
]);

/** Functions whose answer from another thread may bring bytes of the stream that was read. */
export const readsAhead: ReadonlySet<string> = new Set([
  "wasi:io/streams#[method]input-stream.read",
  "wasi:io/streams#[method]input-stream.blocking-read",
]);
