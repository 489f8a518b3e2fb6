/** examples/http-server.ts, with curl and socat as its clients. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { example, hasIpv6, Program, temporaryFolder, testWith } from "./support.ts";

const home = "Hello from a socket that WebAssembly opened.\nThere is more at /about.\n";

async function startServer(host = "127.0.0.1"): Promise<{ program: Program; url: string }> {
  const program = example("http-server", 0, host);
  const [, url = ""] = await program.says(/^listening on (http:\S+)\/$/m);
  return { program, url };
}

/** Runs curl to its end, which must be a good one, and returns what it wrote. */
async function curl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Program("curl", "-sS", "--noproxy", "*", ...args).ended();
  assert.is(code, 0, stderr);
  return String(stdout);
}

/** Starts a client that only connects. */
async function startIdle(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const idle = connect(Number(port), hostname);
  await once(idle, "connect");
  return idle;
}

const withCurl = testWith("curl");
const withSocat = testWith("socat");

for (const host of ["127.0.0.1", "::1"]) {
  const guarded = host === "::1" && !hasIpv6 ? test.skip : withCurl;
  guarded(`serves its pages, ${host}`, async () => {
    const { url, program } = await startServer(host);
    assert.is(await curl(`${url}/`), home);
    assert.is(await curl(`${url}/about?what=ever`), "wasock: BSD sockets for WebAssembly.\n");
    await program.says(/^"GET \/ HTTP\/1\.1" 200$/m);
  });
}

withCurl("says how long a page is and of which type, and leaves it out for HEAD", async () => {
  const { url } = await startServer();
  const head = await curl("--head", `${url}/`);
  assert.is(
    head,
    `HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${home.length}\r\n` +
      "Allow: GET, HEAD\r\nConnection: close\r\n\r\n",
  );
  assert.is(await curl("-i", `${url}/`), head + home);
});

withCurl("says so where there is no page, and where it is to be changed", async () => {
  const { url } = await startServer();
  const withStatus = ["-w", "%{http_code}"];
  assert.is(await curl(...withStatus, `${url}/none`), "404 Not Found\n404");
  assert.is(await curl(...withStatus, "-X", "DELETE", `${url}/`), "405 Method Not Allowed\n405");
});

withCurl("answers a large upload that it does not want", async () => {
  const { url } = await startServer();
  const upload = join(temporaryFolder(), "upload");
  writeFileSync(upload, Buffer.alloc(4 << 20));
  const noExpect = ["-H", "Expect:"];
  const answer = await curl(...noExpect, "-w", "%{http_code}", "--data-binary", `@${upload}`, `${url}/`);
  assert.is(answer, "405 Method Not Allowed\n405");
});

withCurl("serves many at a time, an idle one among them", async () => {
  const { url } = await startServer();
  const idle = await startIdle(url);
  const answers = await curl("--parallel", "--parallel-max", "20", ...Array<string>(50).fill(`${url}/`));
  assert.is(answers, home.repeat(50));
  idle.write("GET / HTTP/1.0\r\n\r\n");
  assert.match(await text(idle), /200 OK/);
});

withSocat("takes a request that comes in pieces, and refuses what is none", async () => {
  const { url } = await startServer();
  const address = `TCP:${url.slice("http://".length)}`;
  const slow = new Program("socat", "-", address);
  slow.write("GET / HT");
  for (const nonsense of [
    "nonsense\r\n\r\n",
    "GET /\r\n\r\n",
    `GET /${"x".repeat(20_000)} HTTP/1.1\r\n\r\n`,
  ]) {
    const client = new Program("socat", "-t5", "-", address);
    client.write(nonsense);
    await client.says(/^HTTP\/1\.1 400 Bad Request\r\n.*\r\n\r\n400 Bad Request\n$/s);
  }
  slow.write("TP/1.1\r\n\r");
  slow.write("\n");
  await slow.says(/^HTTP\/1\.1 200 OK/);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  withCurl(`ends on ${signal} while a client is there`, async () => {
    const { url, program } = await startServer();
    const idle = await startIdle(url);
    assert.is(await curl(`${url}/`), home);
    const { code, stderr } = await program.stop(signal);
    assert.is(code, 0);
    assert.is(stderr, "");
    assert.is(await text(idle), "");
  });
}

test("says that its address is taken, and ends", async () => {
  const { url } = await startServer();
  const { code, stderr } = await example("http-server", new URL(url).port, "127.0.0.1").ended();
  assert.is(code, 1);
  assert.is(stderr, `http-server: bind ${url.slice("http://".length)}: address in use (EADDRINUSE)\n`);
});

test.run();
