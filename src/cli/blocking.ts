/** Programs that block: on a thread of their own, with the host on this one's event loop. */
import { Worker } from "node:worker_threads";
import { makeChannelBuffer } from "../../host/sync/channel.ts";
import { serveChannel } from "../../host/sync/host-end.ts";
import type { GuestData } from "./guest.ts";
import { packageFile } from "./package-files.ts";
import type { Outcome, Program } from "./program.ts";

/**
 * Runs a program on a thread of its own.
 *
 * @param program what is run
 * @param faces what the host serves, by interface name
 */
export async function runBlocking(program: Program, faces: object): Promise<Outcome> {
  const buffer = makeChannelBuffer();
  const channel = serveChannel(buffer, faces);
  const workerData: GuestData = { program, buffer };
  const worker = new Worker(packageFile("build/dist/guest.js"), { workerData });
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new Error(`the program's thread ended with code ${code}`)));
    });
  } finally {
    channel.close();
    await worker.terminate();
  }
}
