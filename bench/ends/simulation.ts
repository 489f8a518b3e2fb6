/**
 * What `wasock simulate` is measured with: a server and a client that are components, and a client's ten requests.
 *
 *     wasock simulate build/bench/ends/simulation.js --seeds 1000
 */
import { fileURLToPath } from "node:url";
import type { Scenario } from "../../src/testing/index.ts";

// compiled, this file lies in build/bench/ends
const built = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const REQUESTS = 10;
const SIZE = 64;
const SERVER = "10.0.0.1";

/** An echo server, and who asks it. */
export const scenario: Scenario = {
  hosts: {
    server: {
      program: built("examples/assembly/echo-server.wasm"),
      args: ["7", "0.0.0.0"],
      addresses: [SERVER],
      serves: true,
    },
    client: {
      program: built("bench/programs/host.wasm"),
      args: ["exchange", REQUESTS, "7", SIZE, SERVER].map(String),
      at: 10,
    },
  },
  limit: 60_000,
};
