/** Takes all that a client sends; tells how many bytes came and their hash when the client has ended. */
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { forgive, serve, tell } from "./serve.ts";

/** What came over one connection. */
export interface Received {
  readonly bytes: number;
  readonly sha256: string;
}

await serve(
  createServer({ allowHalfOpen: true }, (socket) => {
    const hash = createHash("sha256");
    let bytes = 0;
    forgive(socket)
      .on("data", (part) => {
        bytes += part.length;
        hash.update(part);
      })
      .on("end", () => {
        socket.end();
        tell({ bytes, sha256: hash.digest("hex") } satisfies Received);
      });
  }),
);
