/** Accepts and then neither reads nor sends: whoever sends to it is held back when its buffers are full. */
import { createServer } from "node:net";
import { forgive, serve } from "./serve.ts";

await serve(createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => void forgive(socket)));
