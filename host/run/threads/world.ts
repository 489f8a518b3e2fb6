/** The thread of a program and its host; `isolated.ts` starts it. */
import { type MessagePort, parentPort } from "node:worker_threads";
import { policyFromRules } from "../../policy/rules.ts";
import { importsWasi03 } from "../binary.ts";
import type { saveCodeOf } from "../code-cache.ts";
import type { FromWorld, ToWorld, WorldData } from "../isolated.ts";
import { endedBy, type Outcome } from "../outcome.ts";
import { runProgram } from "../program.ts";
import { asker } from "../question.ts";
import { PortStreams } from "../stdio-port.ts";
import { runInWorld } from "../world.ts";

/** How many events may be on their way to the other thread; what comes then is left out. */
const MOST_EVENTS = 1000;

async function run(
  port: MessagePort,
  { data, bytes, blocks, terminals }: WorldData,
  save: typeof saveCodeOf,
): Promise<void> {
  const post = (message: FromWorld): void => port.postMessage(message);
  const streams = new PortStreams(port, terminals);
  let events = 0;
  let stop: (outcome: Outcome) => void = () => {};
  const stopped = new Promise<Outcome>((resolve) => {
    stop = resolve;
  });
  // it keeps the thread until it is ended from outside
  port.on("message", (message: ToWorld) => {
    if (message.kind === "stop") {
      stop(endedBy("abort", "it was ended from outside"));
    } else if (message.kind === "events") {
      events -= message.count;
    } else {
      streams.take(message);
    }
  });
  const ended = await runInWorld(data, {
    bytes,
    policy: policyFromRules(data.rules ?? {}),
    audit: data.auditFile,
    trace: (channel, event) => {
      if (events === MOST_EVENTS) return;
      events++;
      post({ kind: "event", channel, event });
    },
    ask: data.asks ? asker(post) : undefined,
    resolver: undefined,
    network: undefined,
    stdin: streams.stdin,
    stdout: streams.stdout,
    stderr: streams.stderr,
    stopped,
    runHere: runProgram,
    blocks,
    early: undefined,
  });
  streams.finish();
  save(importsWasi03(bytes) ? "wasi03" : "wasi02");
  post({ kind: "ended", ended });
}

/** Runs the program that the thread is told of. */
export function serve(save: typeof saveCodeOf): void {
  const port = parentPort as MessagePort;
  port.once("message", (first: WorldData) => run(port, first, save));
}
