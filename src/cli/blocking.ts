/** Programs that block: on a thread of their own, with the host on this one's event loop. */
import { MessageChannel, Worker } from "node:worker_threads";
import { type HttpGate, serveHttpGate } from "../../host/run/http.ts";
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
 * @param http is asked about its requests
 */
export async function runBlocking(program: Program, faces: object, http: HttpGate): Promise<Outcome> {
  const buffer = makeChannelBuffer();
  const channel = serveChannel(buffer, faces);
  const { port1, port2 } = new MessageChannel();
  serveHttpGate(port1, http);
  const workerData: GuestData = { program, buffer, http: port2 };
  const worker = new Worker(packageFile("build/dist/guest.js"), { workerData, transferList: [port2] });
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (code) => reject(new Error(`the program's thread ended with code ${code}`)));
    });
  } finally {
    channel.close();
    port1.close();
    await worker.terminate();
  }
}
