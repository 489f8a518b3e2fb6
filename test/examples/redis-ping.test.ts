/** examples/redis-ping.ts, with redis-server, and with socat as servers that are none. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../peers/ports.ts";
import { example, hasIpv6, Program, temporaryFolder, testWith } from "./support.ts";

/** Starts a Redis server that keeps nothing; returns its port. */
async function startRedis(...more: string[]): Promise<number> {
  const port = await freePort();
  const keepNothing = ["--save", "", "--appendonly", "no", "--dir", temporaryFolder()];
  const hosts = hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
  const redis = new Program(
    "redis-server",
    "--port",
    String(port),
    "--bind",
    ...hosts,
    ...keepNothing,
    ...more,
  );
  await redis.says(/Ready to accept connections/);
  return port;
}

/** Starts a server that runs a line of shell for every connection; returns its port. */
async function startSocat(line: string): Promise<{ port: string; socat: Program }> {
  const socat = new Program("socat", "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork", `SYSTEM:"${line}"`);
  const [, port = ""] = await socat.says(/listening on AF=2 127\.0\.0\.1:(\d+)/);
  return { port, socat };
}

const withRedis = testWith("redis-server");
const withSocat = testWith("socat");

for (const host of ["127.0.0.1", "::1", "localhost"]) {
  const guarded = host === "::1" && !hasIpv6 ? test.skip : withRedis;
  guarded(`pings once, ${host}`, async () => {
    const { code, stdout, stderr } = await example("redis-ping", host, await startRedis()).ended();
    assert.is(stderr, "");
    assert.match(String(stdout), /^PONG in \d+\.\d\d ms\n$/);
    assert.is(code, 0);
  });
}

withRedis("pings as often as it is told to, on one connection", async () => {
  const port = await startRedis("--maxclients", "1");
  const { code, stdout, stderr } = await example("redis-ping", "127.0.0.1", port, 100).ended();
  assert.is(stderr, "");
  assert.match(String(stdout), /^(PONG in \d+\.\d\d ms\n){100}$/);
  assert.is(code, 0);
});

withRedis("says what the server has against it", async () => {
  const port = await startRedis("--requirepass", "secret");
  const { code, stdout, stderr } = await example("redis-ping", "127.0.0.1", port).ended();
  assert.is(stderr, `redis-ping: 127.0.0.1 port ${port}: NOAUTH Authentication required.\n`);
  assert.is(String(stdout), "");
  assert.is(code, 1);
});

withSocat("says when the server is none, or silent", async () => {
  for (const [line, message] of [
    ["read command; printf 'HTTP/1.0 400 Bad Request\\r\\n'", "HTTP/1.0 400 Bad Request"],
    ["read command; printf '%02000d' 1", "this is no answer of Redis"],
    ["read command", "this is no answer of Redis"],
    ["while read command; do :; done", "no answer in 2 seconds"],
  ] as const) {
    const { port } = await startSocat(line);
    const { code, stderr } = await example("redis-ping", "127.0.0.1", port).ended();
    assert.is(stderr, `redis-ping: 127.0.0.1 port ${port}: ${message}\n`);
    assert.is(code, 1);
  }
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  withSocat(`ends on ${signal} while it waits`, async () => {
    const { port, socat } = await startSocat("read command; echo heard >&2; read command");
    const client = example("redis-ping", "127.0.0.1", port);
    await socat.says(/heard/);
    const ended = await client.stop(signal);
    assert.is(ended.signal, signal);
    assert.is(ended.stderr, "");
  });
}

test("says when nobody listens, and when it cannot ping", async () => {
  const port = await freePort();
  for (const [args, message] of [
    [["127.0.0.1", port], `127.0.0.1 port ${port}: no connection can be made`],
    [["127.0.0.1", port, "many"], "COUNT must be a positive number, not many"],
    [["127.0.0.1", port, 0], "COUNT must be a positive number, not 0"],
  ] as const) {
    const { code, stderr } = await example("redis-ping", ...args).ended();
    assert.is(stderr, `redis-ping: ${message}\n`);
    assert.is(code, 1);
  }
});

test.run();
