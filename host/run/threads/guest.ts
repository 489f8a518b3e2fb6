/** The thread of a program that blocks; `blocking.ts` starts it. */
import { type MessagePort, parentPort } from "node:worker_threads";
import type { ChannelBuffer } from "../../sync/channel.ts";
import { channelFaces } from "../../sync/guest-end.ts";
import { localImports } from "../../wasi02/command.ts";
import type { saveCodeOf } from "../code-cache.ts";
import { remoteHttpGate } from "../http.ts";
import { type Program, runProgram } from "../program.ts";

/** What the thread is told first. */
export interface GuestData {
  readonly program: Program;
  /** The channel to the host. */
  readonly buffer: ChannelBuffer;
  /** To the gate of its requests over HTTP. */
  readonly http: MessagePort;
  /** Whether its thread tells the time and makes chance; else its host does. */
  readonly hasOwnTime: boolean;
}

/** Runs the program that the thread is told of. */
export function serve(save: typeof saveCodeOf): void {
  const port = parentPort as MessagePort;
  port.once("message", async ({ program, buffer, http, hasOwnTime }: GuestData) => {
    const { faces: served } = channelFaces(buffer, undefined, hasOwnTime);
    const faces = { ...localImports(program), ...served };
    const outcome = await runProgram(program, faces, "in faces", remoteHttpGate(http));
    save("thread");
    port.postMessage(outcome);
  });
}
