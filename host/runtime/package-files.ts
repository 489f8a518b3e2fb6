/** Where this package's own files are: compiled, this module lies two or three folders below its root. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const above = dirname(folder);
    if (above === folder) throw new Error("wasock is not whole: its package.json is missing");
    folder = above;
  }
  return folder;
}

let root: string | undefined;

/**
 * The path of a file of this package.
 *
 * @param path relative to the package, e.g. `"build/wit"`
 */
export function packageFile(path: string): string {
  root ??= findRoot();
  return join(root, path);
}
