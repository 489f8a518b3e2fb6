/**
 * The host of the drop-in modules on a thread of its own, for guests that can't be suspended: what waits blocks
 * this thread. It is started by the first call that needs it.
 */
import { Worker } from "node:worker_threads";
import { type ChannelBuffer, makeChannelBuffer } from "../../sync/channel.ts";
import { channelFaces } from "../../sync/guest-end.ts";
import { localFaces } from "../command.ts";
import { hostOptionsOf, type Settings, settings, takeSettings } from "../settings.ts";

/** What the thread is started with. */
export interface HostData {
  readonly buffer: ChannelBuffer;
  readonly settings: Settings;
}

const buffer = makeChannelBuffer();
let finish: (() => void) | undefined;

const channel = channelFaces(buffer, () => {
  hostOptionsOf(process.env, settings); // what is wrong in there is told here, not by another thread
  const workerData: HostData = { buffer, settings: takeSettings() };
  // beside this module in the package, and below it in the sources
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData });
  worker.on("error", (error) => {
    throw error;
  });
  worker.unref();
  finish = () => channel.finish();
});

// what the guest has written and the system hasn't taken yet would end with the process
process.once("exit", () => finish?.());

const faces: object = { ...channel.faces, ...localFaces };

/** A face by its interface name without version. */
export function faceOf(name: string): object {
  return (faces as Readonly<Record<string, object>>)[name] as object;
}
