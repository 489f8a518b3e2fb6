/** The thread of full.ts that listens, says where, and then stands still for ever. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

const server = createServer().listen({ port: 0, ...(workerData as { host: string; backlog: number }) });
await once(server, "listening");
parentPort?.postMessage((server.address() as AddressInfo).port);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
