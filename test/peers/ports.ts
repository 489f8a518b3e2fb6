/**
 * Ports that a test has to itself. What the system gives out was another test's a moment ago, whose datagrams may still
 * come, and is another's as soon as it is let go of. These it gives to nobody.
 */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** Below what systems give out: Linux from 32768 on, others from 49152. */
const FIRST = 20_000;
const BLOCKS = 120;
const PORTS = 100;

/** The first of this process's ports: no test in another process takes one of them as long as this one lives. */
const base = await claim();
let taken = 0;

/** A port on which nobody listens, on either family of loopback, and that none but who is given it knows. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = base + (taken++ % PORTS);
    if (await isFree(port)) return port;
  }
}

/** Takes a block by a name of the kernel's, which goes with the process; elsewhere than on Linux by luck. */
async function claim(): Promise<number> {
  for (;;) {
    const block = FIRST + PORTS * Math.floor(Math.random() * BLOCKS);
    const server = createServer().unref();
    const isOurs = new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen({ path: `\0wasock-test-ports-${block}` }, () => resolve(true));
    });
    if (process.platform !== "linux" || (await isOurs)) return block;
  }
}

async function isFree(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "::1"]) {
    const server = createServer();
    const socket = createSocket(host === "::1" ? "udp6" : "udp4");
    const tries = [
      [server, () => server.listen({ port, host, exclusive: true })],
      [socket, () => socket.bind({ port, address: host, exclusive: true })],
    ] as const;
    for (const [end, take] of tries) {
      const code = await new Promise<string | undefined>((resolve) => {
        end.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
        end.once("listening", () => resolve(undefined));
        take();
      });
      if (code === undefined || end === socket)
        await new Promise<void>((resolve) => end.close(() => resolve()));
      // without IPv6 nobody has the port there
      if (code !== undefined && !/^(EADDRNOTAVAIL|EAFNOSUPPORT)$/.test(code)) return false;
    }
  }
  return true;
}
