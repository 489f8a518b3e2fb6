/** Threads of programs: their limits, and how they are ended. */
import type { Worker } from "node:worker_threads";
import { isNode } from "../runtime/features.ts";
import { packageFile } from "../runtime/package-files.ts";
import { type EarlyThread, startThread, type ThreadKind } from "./early-thread.ts";
import { endedBy, type Outcome } from "./outcome.ts";

/**
 * The thread of a program.
 *
 * @param early is taken where it is such a one, and ended otherwise
 */
export function threadFor(kind: ThreadKind, maxMemory: number, early: EarlyThread | undefined): Worker {
  if (early?.kind === kind && early.maxMemory === maxMemory) {
    early.worker.ref();
    return early.worker;
  }
  void early?.worker.terminate();
  return startThread(kind, packageFile("build/dist/thread.cjs"), maxMemory);
}

/** The threads of programs that run. */
const running = new Set<Worker>();

/**
 * Ends all programs' threads.
 *
 * @param done is called when they have ended, before anybody else is told of it
 */
export function endThreads(done: () => void): void {
  let left = running.size;
  if (left === 0) done();
  for (const worker of running) {
    worker.prependOnceListener("exit", () => {
      left--;
      if (left === 0) done();
    });
    void worker.terminate();
  }
}

let isInterruptible = false;

/**
 * Lets what is compiled from now on be ended in the midst of any loop. V8's first code for a function looks only
 * after some hundred thousand turns of a loop whether it is to end, if it is to be replaced by better code when
 * it turns out to be worth it; where all is replaced that runs, it looks at each turn. A loop around `memory.fill`
 * goes on for minutes otherwise, and one that makes objects goes on beyond the limit of its thread's heap. It makes
 * the start of any program slower, so it is done where an end was asked for, or where a program can make objects.
 */
export function makeInterruptible(): void {
  if (isInterruptible || !isNode) return;
  isInterruptible = true;
  process.getBuiltinModule("node:v8").setFlagsFromString("--no-wasm-dynamic-tiering");
}

/** When a thread ends that has told nothing: how the program ended. */
export function endOf(worker: Worker): Promise<Outcome> {
  running.add(worker);
  worker.once("exit", () => running.delete(worker));
  return new Promise((resolve) => {
    const trap = (message: string): void => resolve(endedBy("trap", message));
    worker.once("error", (error: NodeJS.ErrnoException) => {
      if (error?.code === "ERR_WORKER_OUT_OF_MEMORY") trap("it used up the memory of its thread");
      else trap(`its thread ended: ${error?.message ?? String(error)}`);
    });
    worker.once("exit", (code) => trap(`its thread ended with code ${code}`));
  });
}
