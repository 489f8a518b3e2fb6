/** Whether a peer's full buffers hold a connection back, as Linux tells it in /proc/net/tcp (proc_net_tcp.rst). */
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

/** Whether the kernel tells here. */
export const tellsHeldBack: boolean = existsSync("/proc/net/tcp");

/** The timer of a connection that has bytes to send while its peer's window is closed: zero window probe. */
const PROBE = "04";

/** How long it may take, in seconds. */
const PATIENCE = 15;

/**
 * Waits until the window of a connection's peer is closed: whatever is sent stays here.
 *
 * @param port the connection's own port
 * @param orElse what ends the wait too
 */
export async function heldBack(port: number, orElse: () => boolean = () => false): Promise<void> {
  const deadline = performance.now() + PATIENCE * 1000;
  while (!orElse() && !isHeldBack(port)) {
    if (performance.now() > deadline) throw new Error(`nothing held port ${port} back in ${PATIENCE} s`);
    await sleep(5);
  }
}

function isHeldBack(port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = TABLES.filter((table) => existsSync(table)).flatMap((table) =>
    readFileSync(table, "utf8").trim().split("\n").slice(1),
  );
  return lines
    .map((line) => line.trim().split(/\s+/))
    .some(([, local = "", , , , timer = ""]) => local.endsWith(suffix) && timer.startsWith(`${PROBE}:`));
}
