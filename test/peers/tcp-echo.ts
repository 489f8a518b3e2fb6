/** Sends back what comes, and ends its output when the client has ended its own (RFC 862, with half-close). */
import { createServer } from "node:net";
import { forgive, serve } from "./serve.ts";

await serve(createServer({ allowHalfOpen: true }, (socket) => forgive(socket).pipe(socket)));
