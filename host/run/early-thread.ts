/** Threads that are started while what is to run on them is still being found out. */
import { type ResourceLimits, Worker } from "node:worker_threads";
import { givesThreads, hasJspi } from "../runtime/kind.ts";
import { codeInUse } from "./code-folder.ts";

/** `world`: of a program and its host. `guest`: of a program that blocks. `core`: of the core modules of one of WASI 0.3 that does. */
export type ThreadKind = "world" | "guest" | "core";

/** What a thread is made with. */
export interface ThreadData {
  readonly kind: ThreadKind;
  /** Where its code is kept, compiled. */
  readonly code: string | undefined;
}

/** A thread that nobody has taken yet; it keeps no process. */
export interface EarlyThread {
  readonly kind: ThreadKind;
  readonly maxMemory: number;
  readonly worker: Worker;
}

/** The memory of a program of which nothing is said: 1 GiB. */
export const DEFAULT_MEMORY: number = 2 ** 30;

const MEBIBYTE = 2 ** 20;
/** What the code of the host and its objects take of a thread's own heap, in MiB. */
const HOST_HEAP = 64;
/** The largest heap of a thread, in MiB: what a program can put there are objects of WebAssembly's garbage collection. */
const MOST_HEAP = 4096;

/**
 * Starts a thread, whose code is kept where this one's is.
 *
 * @param file `thread.cjs`
 * @param maxMemory the bytes that its program may have
 */
export function startThread(kind: ThreadKind, file: string | URL, maxMemory: number): Worker {
  const heap = Math.min(MOST_HEAP, HOST_HEAP + Math.ceil(maxMemory / MEBIBYTE));
  const resourceLimits: ResourceLimits = { maxOldGenerationSizeMb: heap };
  return new Worker(file, { workerData: { kind, code: codeInUse() } satisfies ThreadData, resourceLimits });
}

/**
 * Starts the thread that `wasock run` is likely to need.
 *
 * @param args its arguments
 * @param folder where the files of the threads are
 * @returns `undefined` where something is asked for that makes another necessary, or none
 */
export function earlyThread(args: readonly string[], folder: string): EarlyThread | undefined {
  if (!givesThreads || args.length === 0 || args.some((arg) => /^(?:-h|--help|--max-memory.*)$/.test(arg)))
    return undefined;
  const kind = hasJspi && !args.includes("--sync") ? "world" : "guest";
  // only what is to be ended by its time needs one for certain
  if (kind === "world" && !args.some((arg) => arg.startsWith("--timeout"))) return undefined;
  try {
    process.cwd();
  } catch {
    // no thread starts where the working directory is gone, and nobody would be told
    return undefined;
  }
  const worker = startThread(kind, new URL("thread.cjs", folder), DEFAULT_MEMORY);
  worker.unref();
  return { kind, maxMemory: DEFAULT_MEMORY, worker };
}
