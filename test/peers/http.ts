/** A web server: `/hello` is a short text, `/bytes/N` is N bytes, all else is 404. */
import { createServer } from "node:http";
import { serve } from "./serve.ts";

await serve(
  createServer((request, response) => {
    const size = /^\/bytes\/(\d+)$/.exec(request.url ?? "")?.[1];
    if (request.url === "/hello") {
      response.setHeader("content-type", "text/plain");
      response.end("Hello over wasock!\n");
    } else if (size !== undefined) {
      response.end(Buffer.alloc(Number(size), "wasock "));
    } else {
      response.statusCode = 404;
      response.end();
    }
  }),
);
