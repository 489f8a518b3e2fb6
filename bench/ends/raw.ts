/** The measured end without any runtime: iperf3, and bench/programs/c/raw.c. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { noZig } from "./guest.ts";

// compiled, this file lies in build/bench/ends
const program = fileURLToPath(new URL("../programs/c/raw", import.meta.url));
const exec = promisify(execFile);
const SECONDS = 60;
const GIB = 2 ** 30;

/** Why iperf3 can't be used, where it can't. */
export function missingIperf3(): string | undefined {
  return spawnSync("iperf3", ["--version"]).status === 0 ? undefined : "iperf3 isn't installed";
}

/** Why raw.c can't be run, where it can't. */
export function missingRaw(): string | undefined {
  return existsSync(program) ? undefined : noZig;
}

async function freePort(): Promise<number> {
  const server = createServer().listen({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** GiB a second of one TCP connection. */
export async function iperf3(seconds: number): Promise<number> {
  const port = String(await freePort());
  const server = spawn("iperf3", ["-s", "-1", "-B", "127.0.0.1", "-p", port, "--forceflush"], {
    timeout: SECONDS * 1000,
  });
  try {
    // it says that it listens
    await once(server.stdout, "data");
    const args = ["-c", "127.0.0.1", "-p", port, "-t", String(seconds), "-J"];
    const { stdout } = await exec("iperf3", args, { timeout: SECONDS * 1000 });
    const { end } = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
    return end.sum_received.bits_per_second / 8 / GIB;
  } finally {
    server.kill();
  }
}

/** Runs raw.c; seconds. */
export async function raw(
  what: "tcp" | "udp" | "send",
  port: number,
  count: number,
  size: number,
): Promise<number> {
  const { stdout } = await exec(program, [what, port, count, size].map(String), { timeout: SECONDS * 1000 });
  return Number(stdout) / 1e9;
}
