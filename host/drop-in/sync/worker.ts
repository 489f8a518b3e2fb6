/** The thread of the host that `blocking.ts` starts. */
import { parentPort, workerData } from "node:worker_threads";
import { createHost } from "../../host.ts";
import { AHEAD } from "../../sync/channel.ts";
import { refuseChannel, serveChannel } from "../../sync/host-end.ts";
import { commandImports } from "../../wasi02/command.ts";
import { filesystemImports } from "../../wasi02/filesystem.ts";
import { hostOptionsOf } from "../settings.ts";
import type { HostData } from "./blocking.ts";
import { standardStreams } from "./standard-streams.ts";

const { buffer, settings } = workerData as HostData;

async function serve(): Promise<void> {
  const { caps, ...options } = hostOptionsOf(process.env, settings);
  const host = createHost({ ...options, caps: { readBuffer: AHEAD, ...caps } });
  const streams = commandImports(host.context, standardStreams());
  const faces = { ...host.imports, ...streams, ...filesystemImports(host.context, () => settings.preopens) };
  // sockets that were let go of and still deliver are counted
  const channel = serveChannel(buffer, faces, () => host.stats().sockets === 0);
  // the guest's thread is blocked, and would be for ever
  process.once("uncaughtException", (error) => {
    channel.close();
    throw error;
  });
}

// a thread that only waits for calls would end: they are no events of its loop
parentPort?.ref();
await serve().catch((error: unknown) => refuseChannel(buffer, error));
