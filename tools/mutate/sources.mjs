// The sources whose mutants are made.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { list, root } from "../lib/files.mjs";
import { MARK } from "../lib/generated.mjs";

/**
 * @param {string} folder a folder of the repository
 * @returns {string[]} the TypeScript in it that somebody has written, or AssemblyScript; not types alone
 */
export function sourcesIn(folder) {
  return list(folder, (path) => /(?<!\.d|-table)\.ts$/.test(path)).filter(
    (path) => !readFileSync(join(root, path), "utf8").startsWith(MARK),
  );
}
