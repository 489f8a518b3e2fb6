/** The thread that gives orders while the thread of the measurement stands still. */
import { parentPort, workerData } from "node:worker_threads";
import { type Errand, orderAt } from "./orders.ts";

const done = workerData as Int32Array;

parentPort?.on("message", async ({ ordersPort, order }: Errand) => {
  let outcome = 1;
  try {
    await orderAt(ordersPort, order);
  } catch (error) {
    console.error(error);
    outcome = 2;
  }
  Atomics.store(done, 0, outcome);
  Atomics.notify(done, 0);
});
