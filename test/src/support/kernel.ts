/** Asks the kernel what it has for a socket option, through another process (getsockopt.py). */
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("../../../../test/src/support/getsockopt.py", import.meta.url));

/**
 * The kernel's value of an option of a process's socket.
 *
 * @param pid the process
 * @param port which the socket is bound to; of several with it the oldest is asked
 * @returns null where there is no such socket or option
 * @throws Error where the kernel can't be asked
 */
export function kernelOption(pid: number, port: number, level: number, name: number): number | null {
  return kernelOptions(pid, port, [[level, name]])[0] ?? null;
}

/** As {@link kernelOption}, many options of one socket at a time. */
export function kernelOptions(
  pid: number,
  port: number,
  options: readonly (readonly [level: number, name: number])[],
): (number | null)[] {
  const input = JSON.stringify(options.map(([level, name]) => [pid, port, level, name]));
  const { stdout, status, stderr } = spawnSync("python3", [script], { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`the kernel can't be asked: ${stderr}`);
  return JSON.parse(stdout) as (number | null)[];
}

/** Whether the kernel can be asked here: that takes Linux, Python 3.9 and the right to ptrace. */
export async function canAskKernel(): Promise<boolean> {
  const probe = createSocket("udp4");
  probe.bind(0, "127.0.0.1");
  await once(probe, "listening");
  try {
    // SOL_SOCKET, SO_TYPE: a datagram socket
    return kernelOption(process.pid, probe.address().port, 1, 3) === 2;
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    return false;
  } finally {
    probe.close();
  }
}
