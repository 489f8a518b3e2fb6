/** Programs on a thread of their own, with their host beside them there: whatever they do, the thread can be ended. */
import type { ChannelName } from "../events/channels.ts";
import { type AnyEvent, carefully } from "../events/trace.ts";
import type { EarlyThread } from "./early-thread.ts";
import type { Outcome } from "./outcome.ts";
import { answerOn, type Question } from "./question.ts";
import { dataOf, type RunData, type Settings } from "./run-options.ts";
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

/** How a program is run. */
export interface Running {
  readonly settings: Settings;
  readonly ends: Ends;
  /** Settles when it is to be ended. */
  readonly stopped: Promise<Outcome>;
  /** A thread that it may have. */
  readonly early: EarlyThread | undefined;
}

/**
 * Runs a program there.
 *
 * @param bytes are copied
 */
export async function runIsolated(
  bytes: Uint8Array<ArrayBuffer>,
  { settings, ends, stopped, early }: Running,
): Promise<Ended> {
  const { trace, ask } = settings;
  const data = dataOf(settings);
  const { stdin, stdout, stderr } = ends;
  const terminals = { stdin: stdin.isTTY, stdout: stdout.isTTY, stderr: stderr.isTTY };
  const worker = threadFor("world", data.maxMemory, early);
  worker.postMessage({ data, bytes, blocks: settings.blocks, terminals } satisfies WorldData);
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
