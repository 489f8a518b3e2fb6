// Where the test run leaves word of how the contract fared, for tools/tables.mjs.

import { join } from "node:path";
import { root } from "./files.mjs";

/**
 * @param {string} version a Node's version, e.g. `26.1.0`
 * @returns {string} the file
 */
export function contractFile(version) {
  return join(root, `build/contract-node-${version.split(".")[0]}.jsonl`);
}
