// Files of the work tree: where they are, which there are, and what they hold.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Lists the files under a folder.
 *
 * @param {string} path a file or a folder, relative to the repository; one that is not there holds nothing
 * @param {(path: string) => boolean} [wanted] which files count; all when left out
 * @returns {string[]} paths relative to the repository, with `/`, sorted
 */
export function list(path, wanted = () => true) {
  const stat = statSync(join(root, path), { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return wanted(path) ? [path] : [];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, "/"))
    .filter(wanted)
    .sort();
}

/**
 * Hashes names and contents of files, and words that matter besides.
 *
 * @param {string[]} paths files relative to the repository; one that is not there counts as such
 * @param {string[]} words versions, options
 * @returns {string} the hash in hexadecimal
 */
export function fingerprint(paths, words) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    hash.update(`${path}\0${stat === undefined ? "missing" : stat.size}\0`);
    if (stat !== undefined) hash.update(readFileSync(join(root, path)));
  }
  return hash.update(JSON.stringify(words)).digest("hex");
}

/**
 * Tells which version of a package is installed.
 *
 * @param {string} name the package
 * @returns {string} `name@version`, or `name@none`
 */
export function installed(name) {
  try {
    const { version } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"));
    return `${name}@${version}`;
  } catch {
    return `${name}@none`;
  }
}

/**
 * Writes a number of bytes for people.
 *
 * @param {number} bytes how many
 * @returns {string} as in `18.2 KB`
 */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/**
 * Writes a length of time for people.
 *
 * @param {number} milliseconds how long
 * @returns {string} as in `12 ms` or `3.4 s`
 */
export function duration(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
