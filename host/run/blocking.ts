/** Programs that block: on a thread of their own, with the host on this one's event loop. */
import { MessageChannel } from "node:worker_threads";
import { isMadeUp, type Time } from "../io/time.ts";
import { makeChannelBuffer } from "../sync/channel.ts";
import { serveChannel } from "../sync/host-end.ts";
import type { EarlyThread } from "./early-thread.ts";
import { type HttpGate, serveHttpGate } from "./http.ts";
import type { Outcome } from "./outcome.ts";
import type { Program } from "./program.ts";
import { endOf, threadFor } from "./thread.ts";
import type { GuestData } from "./threads/guest.ts";

/**
 * Runs a program on a thread of its own.
 *
 * @param program what is run
 * @param faces what the host serves, by interface name
 * @param http is asked about its requests
 * @param stopped settles when the thread is to be ended
 * @param early a thread that it may have
 * @param time the host's
 */
export async function runBlocking(
  program: Program,
  faces: object,
  http: HttpGate,
  stopped: Promise<Outcome>,
  early: EarlyThread | undefined,
  time: Time,
): Promise<Outcome> {
  const buffer = makeChannelBuffer();
  const channel = serveChannel(buffer, faces, undefined, time.hold?.bind(time));
  const { port1, port2 } = new MessageChannel();
  serveHttpGate(port1, http);
  const worker = threadFor("guest", program.maxMemory, early);
  worker.postMessage({ program, buffer, http: port2, hasOwnTime: !isMadeUp(time) } satisfies GuestData, [
    port2,
  ]);
  const told = new Promise<Outcome>((resolve) => worker.once("message", resolve));
  try {
    return await Promise.race([told, endOf(worker), stopped]);
  } finally {
    // until the caller closes the host: what the program held is closed as soon as it has ended
    const release = time.hold?.();
    channel.close();
    port1.close();
    await worker.terminate();
    release?.();
  }
}
