/** examples/port-scanner.ts, with socat and redis-server where it is to find something, and a port that is silent. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startPeer } from "../peers/peer.ts";
import { freePort } from "../peers/ports.ts";
import { example, hasIpv6, Program, temporaryFolder, testWith } from "./support.ts";

/** Starts a server that closes every connection at once; returns its port. */
async function startSocat(listen = "TCP4-LISTEN:0,bind=127.0.0.1"): Promise<number> {
  const socat = new Program("socat", "-d", "-d", `${listen},fork`, "OPEN:/dev/null");
  const [, port] = await socat.says(/listening on AF=\d+ \S+:(\d+)$/m);
  return Number(port);
}

/** Starts a Redis server that keeps nothing; returns its port. */
async function startRedis(): Promise<number> {
  const port = await freePort();
  const options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", temporaryFolder()];
  const redis = new Program("redis-server", "--port", String(port), ...options);
  await redis.says(/Ready to accept connections/);
  return port;
}

const withServers = testWith("socat", "redis-server");
const withSocat = testWith("socat");

withServers("tells which ports are open, and how many are not", async () => {
  const open = [await startSocat(), await startRedis(), await startSocat()];
  const closed = await freePort();
  const ports = [...open, closed].join();
  const { code, stdout, stderr } = await example("port-scanner", "127.0.0.1", ports).ended();
  assert.is(stderr, "");
  const lines = String(stdout).trimEnd().split("\n");
  assert.equal(lines.slice(0, -1).sort(), open.map((port) => `${port} open`).sort());
  assert.match(
    lines.at(-1) ?? "",
    /^127\.0\.0\.1: (3 open, 1 closed|1 closed, 3 open|\d open, 1 closed, \d open) in \d+\.\d\d s$/,
  );
  assert.is(code, 0);
});

withSocat("scans ranges, of a host that it looks up", async () => {
  const port = await startSocat();
  // a short one: the neighbours may be listeners of other tests
  const [first, last] = [port - 1, Math.min(65535, port + 1)];
  const { code, stdout } = await example("port-scanner", "localhost", `${first}-${last}`).ended();
  assert.match(String(stdout), new RegExp(`^${port} open$`, "m"));
  const counts = Array.from(String(stdout).matchAll(/ (\d+) (?:open|closed)/g), ([, count]) => Number(count));
  assert.is(
    counts.reduce((sum, count) => sum + count, 0),
    last - first + 1,
  );
  assert.is(code, 0);
});

const withIpv6 = hasIpv6 ? withSocat : test.skip;
withIpv6("scans over IPv6", async () => {
  const port = await startSocat("TCP6-LISTEN:0,bind=[::1]");
  const { stdout } = await example("port-scanner", "::1", port).ended();
  assert.match(String(stdout), new RegExp(`^${port} open\n::1: 1 open in `));
});

test("waits no longer than it is told to for a port that does not answer", async () => {
  const silent = await startPeer("full");
  const { code, stdout } = await example("port-scanner", "127.0.0.1", silent.port, 0.3).ended();
  await silent.stop();
  const [, seconds] = /^127\.0\.0\.1: 1 filtered in (\S+) s\n$/.exec(String(stdout)) ?? [];
  assert.ok(Number(seconds) >= 0.29 && Number(seconds) < 2, String(stdout));
  assert.is(code, 0);
});

test("probes as many at a time as it is told to, and no more", async () => {
  const silent = await startPeer("full");
  const ports = Array(12).fill(silent.port).join();
  const { stdout } = await example("port-scanner", "127.0.0.1", ports, 0.3, 4).ended();
  await silent.stop();
  // three rounds of four: one at a time would take 3.6 s, all at once 0.3 s
  const [, seconds] = /^127\.0\.0\.1: 12 filtered in (\S+) s\n$/.exec(String(stdout)) ?? [];
  assert.ok(Number(seconds) >= 0.89 && Number(seconds) < 3.5, String(stdout));
});

test("says what it cannot scan", async () => {
  const noPort = "is no port from 1 to 65535, and no range of them";
  const notInRange = "SECONDS and AT-A-TIME must be above 0 and at most 9999";
  for (const [args, message] of [
    [["127.0.0.1", "1-70000"], `"1-70000" ${noPort}`],
    [["127.0.0.1", "20,http"], `"http" ${noPort}`],
    [["127.0.0.1", "20-10"], `"20-10" ${noPort}`],
    [["127.0.0.1", "0"], `"0" ${noPort}`],
    [["127.0.0.1", "1", "0"], notInRange],
    [["127.0.0.1", "1", "1", "none"], notInRange],
  ] as const) {
    const { code, stderr } = await example("port-scanner", ...args).ended();
    assert.is(stderr, `port-scanner: ${message}\n`);
    assert.is(code, 1);
  }
});

test.run();
