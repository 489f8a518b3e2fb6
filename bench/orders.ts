/** Orders to the peer process. */
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import type { Answer, Order } from "./protocol.ts";
import type { Bench } from "./row.ts";

/** What the thread gets; see order-thread.ts. */
export interface Errand {
  readonly ordersPort: number;
  readonly order: Order;
}

/** How long an order that is waited for standing still may take. */
const LIMIT_MILLISECONDS = 30_000;

/**
 * Gives the peer process an order.
 *
 * @param ordersPort where it takes orders
 * @returns what came of it, when it is done; rejects when it could not be done
 */
export async function orderAt(ordersPort: number, order: Order): Promise<number> {
  const socket = connect({ port: ordersPort, host: "127.0.0.1" });
  try {
    socket.write(`${JSON.stringify(order)}\n`);
    const [line] = (await once(createInterface({ input: socket }), "line")) as [string];
    const answer = JSON.parse(line) as Answer;
    if ("error" in answer) throw new Error(`the peer could not ${order.do}: ${answer.error}`);
    return answer.count;
  } finally {
    socket.destroy();
  }
}

/** Gives the peer process an order; see {@link orderAt}. */
export function order(bench: Bench, wanted: Order): Promise<number> {
  return orderAt(bench.ports.orders, wanted);
}

let thread: { worker: Worker; done: Int32Array } | undefined;

/**
 * Gives the peer process an order and stands still until it is done: this thread's event loop does not turn,
 * so that connections and datagrams wait in the kernel, and taking them can be measured alone.
 *
 * @throws Error when it could not be done
 */
export function orderStandingStill(bench: Bench, wanted: Order): void {
  if (thread === undefined) {
    const done = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL("./order-thread.js", import.meta.url), { workerData: done });
    worker.unref();
    thread = { worker, done };
  }
  const { worker, done } = thread;
  Atomics.store(done, 0, 0);
  worker.postMessage({ ordersPort: bench.ports.orders, order: wanted } satisfies Errand);
  Atomics.wait(done, 0, 0, LIMIT_MILLISECONDS);
  const outcome = Atomics.load(done, 0);
  if (outcome !== 1) {
    throw new Error(`the peer ${outcome === 0 ? "did not answer" : "failed"}: ${JSON.stringify(wanted)}`);
  }
}
