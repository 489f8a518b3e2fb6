/** Does work again whenever a file that it has read changes. */
import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { RunError } from "../../host/run/run-error.ts";
import { tell } from "./tell.ts";
import { UsageError } from "./usage.ts";

/** An editor writes in several strokes: so many milliseconds after the last it is done. */
const QUIET = 50;

/**
 * Works now and after each change, until the process is ended.
 *
 * @param first what to watch when the first attempt has failed
 * @param work returns the files that it has read; what it throws for its user is told, and it waits for the next change
 * @returns only by what else it throws
 */
export async function watchFiles(
  first: readonly string[],
  work: () => Promise<readonly string[]>,
): Promise<never> {
  let files = first;
  for (;;) {
    const start = Date.now();
    try {
      files = await work();
    } catch (error) {
      if (!(error instanceof UsageError || error instanceof RunError)) throw error;
      tell("error", error.message, {}, "bad");
    }
    await change(files, start, () => console.log("waiting for changes"));
  }
}

/**
 * Resolves after one of the files has changed: their folders are watched, since editors put new files in their places.
 *
 * @param since when they were read, in milliseconds since 1970; what has changed from then on counts
 * @param waiting is called when nothing can be missed any more
 */
async function change(files: readonly string[], since: number, waiting: () => void): Promise<void> {
  const byFolder = new Map<string, Set<string>>();
  for (const file of files.map((each) => resolve(each))) {
    const names = byFolder.get(dirname(file)) ?? new Set();
    byFolder.set(dirname(file), names.add(basename(file)));
  }
  const watchers: FSWatcher[] = [];
  try {
    await new Promise<void>((done, fail) => {
      let timer: NodeJS.Timeout | undefined;
      for (const [folder, names] of byFolder) {
        const watcher = watch(folder, (_, name) => {
          if (name !== null && !names.has(name)) return;
          clearTimeout(timer);
          timer = setTimeout(done, QUIET);
        });
        watcher.on("error", fail);
        watchers.push(watcher);
      }
      if (files.some((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= since)) done();
      else waiting();
    });
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}
