/** Does work again whenever a file that it has read changes. */
import { type FSWatcher, watch } from "node:fs";
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
    try {
      files = await work();
    } catch (error) {
      if (!(error instanceof UsageError || error instanceof RunError)) throw error;
      tell("error", error.message, {}, "bad");
    }
    console.log("waiting for changes");
    await change(files);
  }
}

/** Resolves after one of the files has changed: their folders are watched, since editors put new files in their places. */
async function change(files: readonly string[]): Promise<void> {
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
    });
  } finally {
    for (const watcher of watchers) watcher.close();
  }
}
