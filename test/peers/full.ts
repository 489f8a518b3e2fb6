/**
 * Never answers: a listener that accepts nothing, and whose backlog is full, so that Linux drops the SYN of
 * whoever else wants to connect, and its connect stays pending.
 *
 * Node accepts whatever comes as soon as its event loop turns. So the listener lives in a thread whose loop
 * stands still, while this one fills the backlog and watches for the end of the process that made it.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { endWithParent, host, tell } from "./serve.ts";

const BACKLOG = 1;

endWithParent();
const worker = new Worker(new URL("./full-listener.js", import.meta.url), {
  workerData: { host, backlog: BACKLOG },
});
const [port] = (await once(worker, "message")) as [number];
// listen(2) on Linux: one connection more than the backlog says is taken
for (let i = 0; i <= BACKLOG; i++) await once(connect(port, host), "connect");
tell({ port });
