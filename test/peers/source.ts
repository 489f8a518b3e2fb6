/**
 * Sends as many bytes as the client asks for in its first line, then ends; tells their hash. The bytes are
 * random, a block of them again and again from a shifting start, so that a piece out of place is noticed.
 */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { forgive, serve, tell } from "./serve.ts";

/** What was sent over one connection. */
export interface Sent {
  readonly bytes: number;
  readonly sha256: string;
}

const block = randomBytes(1 << 20);

await serve(
  createServer({ allowHalfOpen: true }, async (socket) => {
    forgive(socket);
    const [line] = (await once(socket, "data")) as [Buffer];
    const bytes = Number(line.toString());
    const hash = createHash("sha256");
    for (let sent = 0, start = 0; sent < bytes; start = (start + 7919) % 65536) {
      const part = block.subarray(start, start + Math.min(bytes - sent, block.length - 65536));
      hash.update(part);
      sent += part.length;
      if (!socket.write(part)) await once(socket, "drain");
    }
    socket.end();
    tell({ bytes, sha256: hash.digest("hex") } satisfies Sent);
  }),
);
