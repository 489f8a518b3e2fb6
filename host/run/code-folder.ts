/** The folder where our own code is kept compiled (`code-cache.ts`), which nobody else may write to. */
import { existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, type Stats } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { isNode, variable } from "../runtime/kind.ts";

/** How many files may be there: a version of Node has a few, and what is more begins anew. */
const MOST_FILES = 40;
/** What others than the owner may do to a file: write, or anything. */
const OTHERS_WRITE = 0o022;
const OTHERS = 0o077;
/** In such a folder nobody removes what is another's. */
const STICKY = 0o1000;

/** Where it is: in `$XDG_CACHE_HOME`, or `~/.cache`. */
export function codeFolder(): string {
  const given = variable("XDG_CACHE_HOME") ?? "";
  // a relative one is to be ignored, says the specification: it would lie wherever the command is run
  return join(isAbsolute(given) ? given : join(homedir(), ".cache"), "wasock", "code");
}

/**
 * Makes the folder, where nobody else can change what is in it.
 *
 * @returns its path; `undefined` where there is no such place, or Node's own variables say what is kept where
 */
export function safeCodeFolder(): string | undefined {
  if (!isNode) return undefined;
  const said = [variable("NODE_COMPILE_CACHE"), variable("NODE_DISABLE_COMPILE_CACHE")];
  if (said.some((text) => text !== undefined)) return undefined;
  try {
    const user = process.getuid?.();
    if (user === undefined) return undefined;
    const folder = codeFolder();
    const ours = dirname(folder);
    if (!existsSync(folder)) for (const path of [dirname(ours), ours, folder]) make(path);
    const { mode, uid } = folderAt(folder);
    if (uid !== user || (mode & OTHERS) !== 0) return undefined;
    let at = realpathSync(folder);
    for (let above = dirname(at); above !== at; above = dirname(at)) {
      at = above;
      const stats = folderAt(at);
      if (stats.uid !== user && stats.uid !== 0) return undefined;
      if ((stats.mode & OTHERS_WRITE) !== 0 && (stats.mode & STICKY) === 0) return undefined;
    }
    empty(folder);
    return folder;
  } catch {
    // neither a home that can't be written nor a user who may not be known (Deno) is a reason not to run
    return undefined;
  }
}

function make(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
}

function folderAt(path: string): Stats {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) throw new Error(`${path} is not a folder`);
  return stats;
}

/** Removes all when it has become too much. */
function empty(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= MOST_FILES) return;
  for (const name of names) rmSync(join(folder, name), { recursive: true });
}

/** Where it is for this thread. */
let folder: string | undefined;

/** Takes the code of this thread from a folder, where there is one. */
export function useCode(from: string | undefined): void {
  folder = from;
}

/** Where this thread's code comes from, for those that it starts: {@link useCode}. */
export function codeInUse(): string | undefined {
  return folder;
}
