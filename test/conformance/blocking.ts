/** The way of a guest that blocks: it is on a thread of its own, and the host on this one's event loop. */
import { Worker } from "node:worker_threads";
import { createHost } from "../../host/host.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import { calls } from "../../host/sync/calls.ts";
import { makeChannelBuffer } from "../../host/sync/channel.ts";
import { serveChannel } from "../../host/sync/host-end.ts";
import type { Order, Outcome } from "./blocking-guest.ts";
import type { Import } from "./guest.ts";
import { makeGuest } from "./guest.ts";
import type { Way } from "./way.ts";

/** Threads that have no guest at the moment: to start one takes longer than most tests. */
const idle: Worker[] = [];

/** Each import's number on the channel. */
const numbers = new Map(calls.map(({ where }, index) => [where, index]));

function numberOf({ interface: interfaceName, name }: Import): number {
  const number = numbers.get(`${interfaceName}#${name}`);
  if (number === undefined) throw new Error(`${interfaceName}#${name} has no number`);
  return number;
}

/** The calls of a guest on another thread. */
export function openBlocking(): Way {
  return {
    name: "blocking",
    can: { blocking: true, functions: true, system: true },
    open: async ({ rules, ...options }) => {
      const host = createHost({ ...options, policy: policyFromRules(rules), maySuspend: true });
      const buffer = makeChannelBuffer();
      serveChannel(buffer, host.imports);
      const worker = idle.pop() ?? new Worker(new URL("./blocking-guest.js", import.meta.url));
      const tell = (order: Order): void => worker.postMessage(order);
      const waiting = new Map<number, (outcome: Outcome) => void>();
      let last = 0;
      let closed = false;
      const rest = (): void => {
        worker.unref();
        if (closed && !idle.includes(worker)) idle.push(worker);
      };
      const listen = (outcome: Outcome): void => {
        waiting.get(outcome.id)?.(outcome);
        waiting.delete(outcome.id);
        if (waiting.size === 0) rest();
      };
      worker.removeAllListeners("message").on("message", listen);
      worker.unref();
      tell({ buffer });
      return makeGuest({
        call: (imported, args) =>
          new Promise((resolve, reject) => {
            const id = ++last;
            waiting.set(id, (outcome) => {
              if ("value" in outcome) resolve(outcome.value);
              else reject("error" in outcome ? outcome.error : new Error(outcome.trap));
            });
            worker.ref();
            tell({ id, call: numberOf(imported), args });
          }),
        stats: async () => host.stats(),
        handles: async () => undefined,
        close: async () => {
          host.close();
          closed = true;
          if (waiting.size === 0) rest();
        },
      });
    },
  };
}
