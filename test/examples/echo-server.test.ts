/** examples/echo-server.ts, with socat as its clients. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { example, hasIpv6, Program, testWith } from "./support.ts";

interface Server {
  readonly program: Program;
  readonly tcp: string;
  readonly udp: string;
}

async function startServer(host: "127.0.0.1" | "::1"): Promise<Server> {
  const program = example("echo-server", 0, host);
  const [, tcp = ""] = await program.says(/^listening on tcp (\S+)$/m);
  const [, udp = ""] = await program.says(/^listening on udp (\S+)$/m);
  return { program, tcp, udp };
}

const withSocat = testWith("socat");

for (const host of ["127.0.0.1", "::1"] as const) {
  const guarded = host === "127.0.0.1" || hasIpv6 ? withSocat : test.skip;

  guarded(`sends back what comes over TCP, ${host}`, async () => {
    const { tcp } = await startServer(host);
    const message = randomBytes(1 << 20);
    const client = new Program("socat", "-t10", "-", `TCP:${tcp}`);
    client.end(message);
    const { code, stdout, stderr } = await client.ended();
    assert.is(code, 0, stderr);
    assert.ok(stdout.equals(message), `${stdout.length} bytes came back`);
  });

  guarded(`sends back each datagram that comes over UDP, ${host}`, async () => {
    const { udp } = await startServer(host);
    const client = new Program("socat", "-", `UDP:${udp}`);
    const messages = ["one\n", "another\n", `${"a long one".repeat(500)}\n`];
    for (const [i, message] of messages.entries()) {
      client.write(message);
      const sofar = messages.slice(0, i + 1).join("");
      await client.says(new RegExp(`^${sofar}$`));
    }
  });
}

withSocat("serves many at a time, and outlives one that breaks off", async () => {
  const { tcp, program } = await startServer("127.0.0.1");
  const clients = Array.from({ length: 5 }, () => new Program("socat", "-", `TCP:${tcp}`));
  for (const [i, client] of clients.entries()) client.write(`I am ${i}\n`);
  await Promise.all(clients.map((client, i) => client.says(new RegExp(`^I am ${i}\n$`))));

  const [host, port] = tcp.split(":");
  const rude = connect(Number(port), host);
  await new Promise((resolve) => rude.once("connect", resolve));
  rude.write(randomBytes(100_000));
  rude.resetAndDestroy();

  for (const client of clients) client.end("and I go\n");
  for (const client of clients) assert.match(String((await client.ended()).stdout), /^I am \d\nand I go\n$/);
  assert.is((await program.stop()).stderr, "");
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  withSocat(`ends with its connections on ${signal}`, async () => {
    const { tcp, program } = await startServer("127.0.0.1");
    const client = new Program("socat", "-", `TCP:${tcp}`);
    client.write("hello\n");
    await client.says(/^hello$/m);
    const { code, stderr } = await program.stop(signal);
    assert.is(code, 0);
    assert.is(stderr, "");
    await client.ended();
  });
}

test("says which address is taken, and ends", async () => {
  const { tcp, udp } = await startServer("127.0.0.1");
  const inUse = (at: string): string => `echo-server: bind ${at}: address in use (EADDRINUSE)\n`;
  for (const [taken, messages] of [
    [tcp, [inUse(tcp)]],
    // somebody may have the TCP port of the same number, which is tried first
    [udp, [`echo-server: cannot bind ${udp} for datagrams\n`, inUse(udp)]],
  ] as const) {
    const { code, stderr } = await example("echo-server", taken.split(":")[1] ?? "", "127.0.0.1").ended();
    assert.is(code, 1);
    assert.ok(messages.includes(stderr), stderr);
  }
});

test("says which address there is none of, and ends", async () => {
  const { code, stderr } = await example("echo-server", 70000).ended();
  assert.is(code, 1);
  assert.is(stderr, "echo-server: localhost port 70000: no such address\n");
});

test.run();
