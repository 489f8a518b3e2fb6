/** Resets a connection (RST) as soon as its first bytes are there. */
import { createServer } from "node:net";
import { forgive, serve } from "./serve.ts";

await serve(
  createServer({ allowHalfOpen: true }, (socket) => {
    forgive(socket).once("data", () => socket.resetAndDestroy());
  }),
);
