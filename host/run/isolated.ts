/** Programs on a thread of their own, with their host beside them there: whatever they do, the thread can be ended. */
import type { ChannelName } from "../events/channels.ts";
import { type AnyEvent, carefully } from "../events/trace.ts";
import type { EarlyThread } from "./early-thread.ts";
import type { Outcome } from "./outcome.ts";
import { answerOn, type Question } from "./question.ts";
import type { RunData, Settings } from "./run-options.ts";
import type { Ends } from "./stdio.ts";
import { type FromProgram, servePort, type Terminals, type ToProgram } from "./stdio-port.ts";
import { endOf, threadFor } from "./thread.ts";
import type { Ended } from "./world.ts";

/** What the thread is told first. */
export interface WorldData {
  readonly data: RunData;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it isn't suspended where it waits. */
  readonly blocks: boolean;
  readonly terminals: Terminals;
}

/** What the thread tells. */
export type FromWorld =
  | FromProgram
  | Question
  | { readonly kind: "event"; readonly channel: ChannelName; readonly event: AnyEvent }
  | { readonly kind: "ended"; readonly ended: Ended };

/** What the thread is told. */
export type ToWorld =
  | ToProgram
  | { readonly kind: "events"; readonly count: number }
  | { readonly kind: "stop" };

/** How long a program that is ended may take to tell what it held, in milliseconds: one that computes never does. */
const GRACE = 100;

/**
 * Runs a program there.
 *
 * @param bytes are copied
 * @param blocks whether it isn't suspended where it waits
 * @param stopped settles when the thread is to be ended
 * @param told who is told of events, and asked
 * @param early a thread that it may have
 */
export async function runIsolated(
  data: RunData,
  bytes: Uint8Array<ArrayBuffer>,
  blocks: boolean,
  ends: Ends,
  stopped: Promise<Outcome>,
  { trace, ask }: Pick<Settings, "trace" | "ask">,
  early: EarlyThread | undefined,
): Promise<Ended> {
  const { stdin, stdout, stderr } = ends;
  const terminals = { stdin: stdin.isTTY, stdout: stdout.isTTY, stderr: stderr.isTTY };
  const worker = threadFor("world", data.maxMemory, early);
  worker.postMessage({ data, bytes, blocks, terminals } satisfies WorldData);
  const post = (message: ToWorld): void => worker.postMessage(message);
  const serve = servePort(ends, post);
  const tell = trace && carefully(trace);
  const told = new Promise<Ended>((resolve) => {
    worker.on("message", (message: FromWorld) => {
      if (message.kind === "ended") resolve(message.ended);
      else if (message.kind === "ask") void answerOn(message, ask, [stdout, stderr]);
      else if (message.kind !== "event") serve(message);
      else {
        post({ kind: "events", count: 1 });
        tell?.(message.channel, message.event);
      }
    });
  });
  const ended = endOf(worker).then((outcome): Ended => ({ outcome, stats: undefined }));
  let why: Outcome | undefined;
  const silent = stopped.then(async (outcome): Promise<Ended> => {
    why = outcome;
    post({ kind: "stop" });
    await new Promise((resolve) => setTimeout(resolve, GRACE));
    return { outcome, stats: undefined };
  });
  try {
    const { outcome, ...rest } = await Promise.race([told, ended, silent]);
    return { outcome: why ?? outcome, ...rest };
  } finally {
    await worker.terminate();
  }
}
