/** examples/time-client.ts, with a time server in Python, and socat as servers of odd times. */
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../peers/ports.ts";
import { example, hasIpv6, Program, testWith } from "./support.ts";

const script = fileURLToPath(new URL("../../../test/examples/time-server.py", import.meta.url));

async function startServer(host: string): Promise<{ tcp: string; udp: string }> {
  const server = new Program("python3", script, host);
  const [, tcp = "", udp = ""] = await server.says(/^tcp (\d+) udp (\d+)$/m);
  return { tcp, udp };
}

/** Starts a server that runs a line of shell for every connection; returns its port. socat takes a backslash away. */
async function startSocat(line: string): Promise<string> {
  const socat = new Program("socat", "-d", "-d", "TCP-LISTEN:0,bind=127.0.0.1,fork", `SYSTEM:"${line}"`);
  const [, port = ""] = await socat.says(/listening on AF=2 127\.0\.0\.1:(\d+)/);
  return port;
}

const withPython = testWith("python3");
const withSocat = testWith("socat");

for (const host of ["127.0.0.1", "::1"]) {
  for (const protocol of ["tcp", "udp"] as const) {
    const guarded = host === "::1" && !hasIpv6 ? test.skip : withPython;
    guarded(`tells the time, ${protocol}, ${host}`, async () => {
      const ports = await startServer(host);
      const before = Date.now() - 1000;
      const { code, stdout, stderr } = await example("time-client", host, ports[protocol], protocol).ended();
      assert.is(stderr, "");
      assert.match(String(stdout), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z\n$/);
      const time = Date.parse(String(stdout).trim());
      assert.ok(before <= time && time <= Date.now(), String(stdout));
      assert.is(code, 0);
    });
  }
}

withSocat("tells times before and after the counter begins anew", async () => {
  for (const [bytes, time] of [
    ["\\\\377\\\\377\\\\377\\\\377", "2036-02-07T06:28:15.000Z"],
    ["\\\\000\\\\000\\\\000\\\\000", "2036-02-07T06:28:16.000Z"],
    ["\\\\203\\\\252\\\\176\\\\200", "1970-01-01T00:00:00.000Z"],
  ] as const) {
    const port = await startSocat(`printf '${bytes}'`);
    const { stdout, stderr } = await example("time-client", "127.0.0.1", port).ended();
    assert.is(stderr, "");
    assert.is(String(stdout), `${time}\n`);
  }
});

withSocat("waits for all four bytes, and says when they do not come", async () => {
  const pieces = await startSocat("printf '\\\\203\\\\252'; sleep 0.2; printf '\\\\176\\\\200'");
  const { stdout } = await example("time-client", "127.0.0.1", pieces).ended();
  assert.is(String(stdout), "1970-01-01T00:00:00.000Z\n");

  // the shell reads a line that never comes: the connection stays open and silent
  const [few, silent] = await Promise.all([startSocat("printf abc"), startSocat("read line")]);
  for (const [port, message] of [
    [few, "an answer of 3 bytes instead of 4"],
    [silent, "no answer in 5 seconds"],
  ]) {
    const { code, stderr } = await example("time-client", "127.0.0.1", port ?? "").ended();
    assert.is(stderr, `time-client: 127.0.0.1:${port}: ${message}\n`);
    assert.is(code, 1);
  }
});

test("says when nobody listens, and when it cannot ask", async () => {
  const port = await freePort();
  for (const [args, message] of [
    [["127.0.0.1", port, "tcp"], `127.0.0.1:${port}: connection refused`],
    [["127.0.0.1", port, "udp"], `127.0.0.1:${port}: connection refused`],
    [["127.0.0.1", 70000], "127.0.0.1 port 70000: no such address"],
    [["127.0.0.1", port, "sctp"], "the protocol must be tcp or udp, not sctp"],
  ] as const) {
    const { code, stderr } = await example("time-client", ...args).ended();
    assert.is(stderr, `time-client: ${message}\n`);
    assert.is(code, 1);
  }
});

test.run();
