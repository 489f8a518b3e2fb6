/**
 * Gets a page over HTTP: the body goes to standard output, the status line to standard error.
 *
 *     node build/examples/http-get.js [URL]
 *
 * URL defaults to http://localhost:8080/, where http-server.ts listens. As with `curl --fail`, a status of
 * 400 and above is a failure.
 */
import { pipeline } from "node:stream/promises";
import { withNetIo } from "wasock";

const LONGEST_HEAD = 65536;
const HEAD_END = "\r\n\r\n";

async function get(address: string): Promise<void> {
  if (!URL.canParse(address)) throw new Error(`this is no URL: ${address}`);
  const url = new URL(address);
  if (url.protocol !== "http:") throw new Error(`only http: is spoken here, not ${url.protocol}`);
  await withNetIo(url.hostname, url.port || "http", async (input, output) => {
    // HTTP/1.0, so that the answer comes in one piece and ends with the connection.
    const head = [`GET ${url.pathname}${url.search} HTTP/1.0`, `Host: ${url.host}`, "Accept: */*"];
    output.write(head.join("\r\n") + HEAD_END);

    const chunks = input[Symbol.asyncIterator]();
    let start = Buffer.alloc(0);
    while (!start.includes(HEAD_END)) {
      const { done, value } = await chunks.next();
      if (done || start.length > LONGEST_HEAD) throw new Error(`${url.host} does not answer in HTTP`);
      start = Buffer.concat([start, value]);
    }
    const bodyAt = start.indexOf(HEAD_END) + HEAD_END.length;
    const answer = start.toString("latin1", 0, bodyAt);
    const [statusLine = "", status] = /^HTTP\/1\.\d (\d{3}).*/.exec(answer) ?? [];
    if (status === undefined) throw new Error(`${url.host} does not answer in HTTP`);
    console.error(statusLine);

    let received = 0;
    async function* body(): AsyncGenerator<Buffer> {
      const first = start.subarray(bodyAt);
      received += first.length;
      yield first;
      for await (const chunk of chunks) {
        received += chunk.length;
        yield chunk;
      }
    }
    await pipeline(body, process.stdout, { end: false });

    const length = /^content-length: *(\d+)/im.exec(answer)?.[1];
    if (length !== undefined && received < Number(length)) {
      throw new Error(`the connection ended after ${received} of ${length} bytes`);
    }
    if (Number(status) >= 400) throw new Error(`the server says ${status} to ${url.pathname}`);
  });
}

try {
  await get(process.argv[2] ?? "http://localhost:8080/");
} catch (error) {
  console.error(`http-get: ${(error as Error).message}`);
  process.exitCode = 1;
}
