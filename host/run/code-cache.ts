/**
 * V8's compiled form of the command's own code, kept between its runs: a third of a short run would go into making
 * it anew. Nothing of a program is in it.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import * as nodeModule from "node:module";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { constants, Script } from "node:vm";
import { threadId } from "node:worker_threads";
import { isNode, variable } from "../runtime/kind.ts";

/** How many files may be there: a version of Node has up to four, and what is more begins anew. */
const MOST_FILES = 20;
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
    for (const path of [dirname(ours), ours, folder]) make(path);
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

/** A file that was loaded, and of which kinds of runs what is kept knows the functions. */
interface Loaded {
  readonly script: Script;
  readonly source: Buffer;
  readonly path: string;
  kinds: number;
}

const loaded: Loaded[] = [];
let kinds = 0;

/** Kinds of runs, which call other functions each. */
export const CodeKind = { wasi02: 1, wasi03: 2, blocking: 4 } as const;

/** Says of which kind this run is. */
export function noteKind(kind: number): void {
  kinds |= kind;
}

const HEAD = "(function (exports, require, module, __filename, __dirname) {";

/**
 * Loads a CommonJS file so that `require` finds it loaded, as an earlier run has compiled it: Node's own cache has no function of it
 * that was compiled when it was called, which are nearly all. Where there is no folder, or no such file, nothing happens.
 */
export function loadCode(file: string): void {
  if (folder === undefined || !existsSync(file)) return;
  const source = readFileSync(file);
  const path = join(folder, `${basename(file)}-${process.version}-${process.arch}`);
  const kept = keptAt(path, source);
  const script = new Script(`${HEAD}${source}\n})`, {
    filename: file,
    columnOffset: -HEAD.length,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(kept !== undefined && { cachedData: kept.data }),
  });
  const isKept = kept !== undefined && script.cachedDataRejected === false;
  loaded.push({ script, source, path, kinds: isKept ? kept.kinds : -1 });
  process.once("exit", saveCode);
  const require = nodeModule.createRequire(file);
  const module = new nodeModule.Module(file);
  require.cache[file] = Object.assign(module, { filename: file, loaded: true });
  script.runInThisContext()(module.exports, require, module, file, dirname(file));
}

/**
 * What is kept of just this source: V8's form, the source, and the kinds of runs in a byte. V8 would come to grief with a form
 * that is spoiled, and a sum in JavaScript, or zlib for one, takes longer than to look at another copy of it.
 */
function keptAt(path: string, source: Buffer): { readonly data: Buffer; readonly kinds: number } | undefined {
  try {
    const all = readFileSync(path);
    const end = all.length - 1 - source.length;
    if (end <= 0 || !all.subarray(end, all.length - 1).equals(source)) return undefined;
    const data = all.subarray(0, end / 2);
    return data.equals(all.subarray(end / 2, end))
      ? { data, kinds: all[all.length - 1] as number }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what isn't there; a thread that is ended does not do it by itself. */
export function saveCode(): void {
  for (const one of loaded) {
    const { script, source, path } = one;
    if (one.kinds >= 0 && (kinds & ~one.kinds) === 0) continue;
    one.kinds = Math.max(one.kinds, 0) | kinds;
    const draft = `${path}-${process.pid}-${threadId}`;
    try {
      const data = script.createCachedData();
      const all = Buffer.concat([data, data, source, Uint8Array.of(one.kinds)]);
      writeFileSync(draft, all, { mode: 0o600, flag: "wx" });
      renameSync(draft, path);
    } catch {
      // no room, or no longer a folder
    }
  }
}
