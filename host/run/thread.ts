/** What the threads of programs have in common. */
import type { ResourceLimits, Worker } from "node:worker_threads";
import type { Outcome } from "./outcome.ts";

const MEBIBYTE = 2 ** 20;
/** What the code of the host and its objects take of a thread's own heap, in MiB. */
const HOST_HEAP = 64;
/** The largest heap of a thread, in MiB: what a program can put there are objects of WebAssembly's garbage collection. */
const MOST_HEAP = 4096;

/** The limits of a thread whose program may have so many bytes. */
export function limitsOf(maxMemory: number): { resourceLimits: ResourceLimits } {
  const heap = Math.min(MOST_HEAP, HOST_HEAP + Math.ceil(maxMemory / MEBIBYTE));
  return { resourceLimits: { maxOldGenerationSizeMb: heap } };
}

/** When a thread ends that has told nothing: how the program ended. */
export function endOf(worker: Worker): Promise<Outcome> {
  return new Promise((resolve) => {
    const trap = (message: string): void =>
      resolve({ kind: "trap", trapped: { reason: "trap", message, functions: [] } });
    worker.once("error", (error: NodeJS.ErrnoException) => {
      if (error?.code === "ERR_WORKER_OUT_OF_MEMORY") trap("it used up the memory of its thread");
      else trap(`its thread ended: ${error?.message ?? String(error)}`);
    });
    worker.once("exit", (code) => trap(`its thread ended with code ${code}`));
  });
}
