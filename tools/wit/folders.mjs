// WIT as it lies in folders.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Model } from "./model.mjs";

/**
 * Reads WIT from folders: the files of a folder are of one package.
 *
 * @param {readonly string[]} folders each with its `.wit` files; a `deps` folder in it has folders of packages that count
 *   where `folders` has none of their name and version
 * @param {string} [from] what the files in messages are told from; default the current folder
 * @returns {Model}
 * @throws WitError with file and line
 */
export function readFolders(folders, from = process.cwd()) {
  /** @param {string} folder */
  const filesIn = (folder) => {
    const names = readdirSync(folder).filter((name) => name.endsWith(".wit"));
    return names.sort().map((name) => {
      const path = join(folder, name);
      return { file: relative(from, path), text: readFileSync(path, "utf8") };
    });
  };
  const deps = folders.map((folder) => join(folder, "deps")).filter((folder) => existsSync(folder));
  const packages = deps.flatMap((folder) =>
    readdirSync(folder)
      .sort()
      .map((name) => join(folder, name)),
  );
  return new Model(folders.map(filesIn), packages.map(filesIn));
}
