/** How much memory there is in use. */
import { setImmediate as turn } from "node:timers/promises";

/** The resident memory of this process when garbage is gone, in bytes. */
export async function memory(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    await turn();
    globalThis.gc?.();
  }
  return process.memoryUsage.rss();
}
