/**
 * The core's bytes. In what is shipped this module holds them (tools/steps/bundle.mjs), so that whatever bundles a program takes them
 * along; here they are the file that the build has made.
 */
import { readFileSync } from "node:fs";

/** The core's module. */
export function coreFile(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL("../wasock.core.wasm", import.meta.url)));
}
