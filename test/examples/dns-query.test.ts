/** examples/dns-query.ts, with dnsmasq as its server, and a relay in between that loses and spoils messages. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../peers/ports.ts";
import { example, hasIpv6, Program, testWith } from "./support.ts";

/** Starts dnsmasq with a few names of its own and nobody else to ask; returns its port. */
async function startDnsmasq(): Promise<number> {
  const port = await freePort();
  const dnsmasq = new Program(
    "dnsmasq",
    ...["--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--no-resolv", "--no-poll", "--no-hosts"],
    ...[`--port=${port}`, "--bind-interfaces", "--listen-address=127.0.0.1"],
    ...(hasIpv6 ? ["--listen-address=::1"] : []),
    "--local=/test/",
    "--host-record=both.test,192.0.2.7,2001:db8::ff:7",
    "--host-record=four.test,192.0.2.4",
    "--cname=alias.test,both.test",
    "--host-record=two.test,192.0.2.21",
    "--host-record=two.test,192.0.2.22",
    ...Array.from({ length: 60 }, (_, i) => `--host-record=many.test,192.0.2.${i + 100}`),
  );
  await dnsmasq.says(/started, version/);
  return port;
}

type Pass = (message: Buffer) => Buffer[];

/** Starts a relay on a port of its own that can drop and change what passes. */
async function startRelay(to: number, ask: Pass, answer: Pass): Promise<{ port: number; stop(): void }> {
  const [near, far] = [createSocket("udp4"), createSocket("udp4")] as [Socket, Socket];
  near.bind(0, "127.0.0.1");
  far.bind(0, "127.0.0.1");
  await Promise.all([once(near, "listening"), once(far, "listening")]);
  let client = 0;
  near.on("message", (message, from) => {
    client = from.port;
    for (const passed of ask(message)) far.send(passed, to, "127.0.0.1");
  });
  far.on("message", (message) => {
    for (const passed of answer(message)) near.send(passed, client, "127.0.0.1");
  });
  const stop = (): void => {
    near.close();
    far.close();
  };
  return { port: near.address().port, stop };
}

const asItIs: Pass = (message) => [message];
const withDnsmasq = testWith("dnsmasq");

for (const server of ["127.0.0.1", "::1"]) {
  const guarded = server === "::1" && !hasIpv6 ? test.skip : withDnsmasq;
  guarded(`finds IPv4 and IPv6 addresses, through aliases too, of ${server}`, async () => {
    const port = await startDnsmasq();
    for (const [name, type, addresses] of [
      ["both.test", "A", "192.0.2.7\n"],
      ["both.test.", "AAAA", "2001:db8::ff:7\n"],
      ["BOTH.test", "A", "192.0.2.7\n"],
      ["alias.test", "A", "192.0.2.7\n"],
      ["alias.test", "AAAA", "2001:db8::ff:7\n"],
    ] as const) {
      const { code, stdout, stderr } = await example("dns-query", name, type, server, port).ended();
      assert.is(stderr, "");
      assert.is(String(stdout), addresses, `${name} ${type}`);
      assert.is(code, 0);
    }
  });
}

withDnsmasq("finds all addresses of a name, and says when they are not all that there are", async () => {
  const port = await startDnsmasq();
  const two = await example("dns-query", "two.test", "A", "127.0.0.1", port).ended();
  assert.equal(String(two.stdout).split("\n").sort(), ["", "192.0.2.21", "192.0.2.22"]);

  const many = await example("dns-query", "many.test", "A", "127.0.0.1", port).ended();
  assert.is(many.stderr, "dns-query: only a part of the answer fits into a datagram\n");
  assert.match(String(many.stdout), /^(192\.0\.2\.1\d\d\n){10,59}$/);
});

withDnsmasq("says when there is no such name, and when it has no such address", async () => {
  const port = await startDnsmasq();
  for (const [name, message] of [
    ["none.test", "none.test: no such name"],
    ["four.test", "four.test has no AAAA address"],
    ["elsewhere.example", "elsewhere.example: the server says error 5"],
  ] as const) {
    const { code, stdout, stderr } = await example("dns-query", name, "AAAA", "127.0.0.1", port).ended();
    assert.is(stderr, `dns-query: ${message}\n`);
    assert.is(String(stdout), "");
    assert.is(code, 1);
  }
});

withDnsmasq("asks again when a question or an answer was lost", async () => {
  const dnsmasq = await startDnsmasq();
  const losing = (): Pass => {
    let count = 0;
    return (message) => (count++ === 0 ? [] : [message]);
  };
  for (const [ask, answer] of [
    [losing(), asItIs],
    [asItIs, losing()],
  ] as const) {
    const { port, stop } = await startRelay(dnsmasq, ask, answer);
    const { code, stdout } = await example("dns-query", "both.test", "A", "127.0.0.1", port).ended();
    stop();
    assert.is(String(stdout), "192.0.2.7\n");
    assert.is(code, 0);
  }
});

withDnsmasq("takes only the answer to its question", async () => {
  const forge: Pass = (message) => {
    const [otherId, otherName, noAnswer] = [0, 1, 2].map(() => Buffer.from(message)) as [
      Buffer,
      Buffer,
      Buffer,
    ];
    otherId.writeUInt16BE(otherId.readUInt16BE(0) ^ 1, 0);
    otherName.write("m", 13);
    noAnswer.writeUInt8(0x01, 2);
    const forgeries = [otherId, otherName, noAnswer, message.subarray(0, 11), Buffer.alloc(0)];
    for (const forgery of forgeries.slice(0, 3)) forgery.writeUInt8(66, forgery.length - 1);
    return [...forgeries, message];
  };
  const { port, stop } = await startRelay(await startDnsmasq(), asItIs, forge);
  const { code, stdout, stderr } = await example("dns-query", "both.test", "A", "127.0.0.1", port).ended();
  stop();
  assert.is(stderr, "");
  assert.is(String(stdout), "192.0.2.7\n");
  assert.is(code, 0);
});

withDnsmasq("says when an answer breaks off", async () => {
  const dnsmasq = await startDnsmasq();
  const question = 12 + "both.test".length + 2 + 4;
  for (const length of [question, question + 1, question + 9, question + 12, question + 14]) {
    const cut: Pass = (message) => [message.subarray(0, length)];
    const { port, stop } = await startRelay(dnsmasq, asItIs, cut);
    const { code, stderr } = await example("dns-query", "both.test", "A", "127.0.0.1", port).ended();
    stop();
    assert.is(stderr, "dns-query: the answer breaks off\n", `after ${length} bytes`);
    assert.is(code, 1);
  }
});

test("gives up after three tries, with all the time that they have", async () => {
  let questions = 0;
  const count: Pass = () => {
    questions++;
    return [];
  };
  const { port, stop } = await startRelay(1, count, asItIs);
  const start = performance.now();
  const { code, stderr } = await example("dns-query", "both.test", "A", "127.0.0.1", port).ended();
  stop();
  assert.is(stderr, `dns-query: no answer from 127.0.0.1 port ${port} in 3 tries\n`);
  assert.is(code, 1);
  assert.is(questions, 3);
  assert.ok(performance.now() - start > 3450);
});

test("says when nobody listens, and when it cannot ask", async () => {
  const port = await freePort();
  const usage = "usage: NAME [A|AAAA [SERVER [PORT]]]";
  for (const [args, message] of [
    [["a.test", "A", "127.0.0.1", port], `127.0.0.1 port ${port}: connection refused`],
    [["a.test", "MX"], "the type must be A or AAAA, not MX"],
    [["a.test", "A", "127.0.0.1", 70000], "127.0.0.1 port 70000: no such address"],
    [[], `no domain name: ""; ${usage}`],
    [["a..test"], `no domain name: "a..test"; ${usage}`],
    [[`${"a".repeat(64)}.test`], `no domain name: "${"a".repeat(64)}.test"; ${usage}`],
  ] as const) {
    const { code, stderr } = await example("dns-query", ...args).ended();
    assert.is(stderr, `dns-query: ${message}\n`);
    assert.is(code, 1);
  }
});

test.run();
