/** Programs that block: on a thread of their own, with the host on this one's event loop. */
import { MessageChannel, Worker } from "node:worker_threads";
import { packageFile } from "../package-files.ts";
import { makeChannelBuffer } from "../sync/channel.ts";
import { serveChannel } from "../sync/host-end.ts";
import { type HttpGate, serveHttpGate } from "./http.ts";
import type { Outcome } from "./outcome.ts";
import type { Program } from "./program.ts";
import { endOf, limitsOf } from "./thread.ts";
import type { GuestData } from "./threads/guest.ts";

/**
 * Runs a program on a thread of its own.
 *
 * @param program what is run
 * @param faces what the host serves, by interface name
 * @param http is asked about its requests
 * @param stopped settles when the thread is to be ended
 */
export async function runBlocking(
  program: Program,
  faces: object,
  http: HttpGate,
  stopped: Promise<Outcome>,
): Promise<Outcome> {
  const buffer = makeChannelBuffer();
  const channel = serveChannel(buffer, faces);
  const { port1, port2 } = new MessageChannel();
  serveHttpGate(port1, http);
  const workerData: GuestData = { program, buffer, http: port2 };
  const worker = new Worker(packageFile("build/dist/guest.js"), {
    workerData,
    transferList: [port2],
    ...limitsOf(program.maxMemory),
  });
  const told = new Promise<Outcome>((resolve) => worker.once("message", resolve));
  try {
    return await Promise.race([told, endOf(worker), stopped]);
  } finally {
    channel.close();
    port1.close();
    await worker.terminate();
  }
}
