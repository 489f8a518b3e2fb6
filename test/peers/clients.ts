/**
 * Connects to a listener, many times at once; each connection sends its number, half-closes, and reads what
 * comes back until the end. Tells, for each, what came back and from where it was sent.
 */
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { endWithParent, host, tell } from "./serve.ts";

/** What the clients are told: where to connect to, and how many of them. */
export interface Order {
  readonly port: number;
  readonly count: number;
}

/** What one client saw; `localPort` is its own. */
export interface Visit {
  readonly localPort: number;
  readonly sent: string;
  readonly received: string;
}

async function visit(port: number, index: number): Promise<Visit> {
  const socket: Socket = connect({ port, host, allowHalfOpen: true });
  let localPort = 0;
  socket.once("connect", () => {
    localPort = socket.localPort ?? 0;
  });
  const sent = `client ${index}\n`;
  socket.end(sent);
  const received = await text(socket).catch((error: Error) => `failed: ${error.message}`);
  return { localPort, sent, received };
}

endWithParent();
process.on("message", async ({ port, count }: Order) => {
  tell({ visits: await Promise.all(Array.from({ length: count }, (_, index) => visit(port, index))) });
});
tell({ port: 0 });
