/**
 * V8's compiled form of our own code, kept between runs of `wasock run`: a third of a short run would go into making it
 * anew. Nothing of a program is in it.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";
import { threadId } from "node:worker_threads";
import { codeInUse } from "./code-folder.ts";

/** A file that was loaded, and of which kinds of runs what is kept knows the functions. */
interface Loaded {
  readonly script: Script;
  readonly source: Buffer;
  readonly path: string;
  kinds: number;
}

const loaded: Loaded[] = [];

/** Kinds of runs, which call other functions of ours each. */
const CodeKind = { wasi02: 1, wasi03: 2, preview1: 4, thread: 8 } as const;

let kinds = 0;

type CodeKind = keyof typeof CodeKind;

/** Says of which kind this run is. */
export function noteKind(kind: CodeKind): void {
  kinds |= CodeKind[kind];
}

const HEAD = "(function (exports, require, module, __filename, __dirname) {";

/**
 * Loads a CommonJS file of ours so that `require` finds it loaded, and each that it requires when it is run, as an earlier run has
 * compiled them. Node's own cache is made when a file has been loaded: it has none of the functions that are compiled when they
 * are first called, which are nearly all.
 *
 * Where there is no folder, or no such file, nothing happens; nor where a file imports, which what is compiled here can't.
 */
export function loadCode(file: string): void {
  const folder = codeInUse();
  if (folder === undefined || !existsSync(file)) return;
  const source = readFileSync(file);
  if (source.includes("import(")) return;
  // its length, so that other versions of ours have others
  const path = join(folder, `${basename(file)}-${source.length}-${process.version}-${process.arch}`);
  const kept = keptAt(path, source);
  const script = new Script(`${HEAD}${source}\n})`, {
    filename: file,
    columnOffset: -HEAD.length,
    ...(kept !== undefined && { cachedData: kept.data }),
  });
  const isKept = kept !== undefined && script.cachedDataRejected === false;
  loaded.push({ script, source, path, kinds: isKept ? kept.kinds : -1 });
  const require = createRequire(file);
  const module = new Module(file);
  require.cache[file] = Object.assign(module, { filename: file, loaded: true });
  const ours = (name: string): unknown => {
    const path = join(dirname(file), name);
    if (name.startsWith("./") && require.cache[path] === undefined) loadCode(path);
    return require(name);
  };
  script.runInThisContext()(module.exports, ours, module, file, dirname(file));
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

/** How long V8 remembers what is no longer called, in seconds, and a bit less. */
const REMEMBERED = 10;

/** Keeps what isn't there, with the functions that were called. */
export function saveCode(): void {
  // of a longer run it would not be whole, and so is kept only in the place of nothing
  const called = process.uptime() < REMEMBERED ? kinds : 0;
  for (const one of loaded) {
    const { script, source, path } = one;
    if (one.kinds >= 0 && (called & ~one.kinds) === 0) continue;
    one.kinds = Math.max(one.kinds, 0) | called;
    const draft = `${path}-${process.pid}-${threadId}`;
    try {
      // V8 takes it only with the flags that it was made with: those of the start, before `makeInterruptible`
      process.getBuiltinModule("node:v8").setFlagsFromString("--wasm-dynamic-tiering");
      const data = script.createCachedData();
      const all = Buffer.concat([data, data, source, Uint8Array.of(one.kinds)]);
      writeFileSync(draft, all, { mode: 0o600, flag: "wx" });
      renameSync(draft, path);
    } catch {
      // no room, or no longer a folder
    }
  }
}

/** Keeps a thread's code; one that is ended from outside has no end of its own. */
export function saveCodeOf(kind: CodeKind): void {
  noteKind(kind);
  saveCode();
}
