/** A folder as standard input. */
import { fstatSync } from "node:fs";
import type { Readable } from "node:stream";

/**
 * Why nothing can be read of a stream that is this process' standard input and a folder, of which Node makes an empty
 * stream; `undefined` for any other.
 */
export function folderError(stream: Readable): Error | undefined {
  if (stream !== process.stdin) return undefined;
  try {
    if (!fstatSync(0).isDirectory()) return undefined;
  } catch {
    return undefined;
  }
  return Object.assign(new Error("EISDIR: it is a folder"), { code: "EISDIR" });
}
