/** What rules mean: words, names and what they open, addresses within addresses. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type IpAddress,
  type IpSocketAddress,
  type Ipv6Address,
  parseIp,
} from "../../host/network/address.ts";
import { embeddedIpv4 } from "../../host/policy/embedded.ts";
import type { AddressUse, Policy } from "../../host/policy/policy.ts";
import { type PolicyRules, policyByClock, policyFromRules } from "../../host/policy/rules.ts";
import { at, boundUdp, loopback, network, openHost, ready, thrown, udp, until } from "./support.ts";

function ip(text: string): IpAddress {
  return parseIp(text) as IpAddress;
}

function may(policy: Policy, address: string, port = 80, use: AddressUse = "tcp-connect"): boolean {
  return policy.check(use, at(address, port));
}

/** One address of each range that a word stands for, and one just outside. */
const WORDS: Readonly<Record<string, { inside: string[]; outside: string[] }>> = {
  private: {
    inside: [
      "10.0.0.0",
      "10.255.255.255",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "100.64.0.1",
      "100.127.255.255",
      "fc00::1",
      "fdff:ffff::1",
      "fec0::1",
    ],
    outside: ["11.0.0.0", "172.32.0.0", "172.15.255.255", "192.169.0.0", "100.128.0.0", "fbff::1", "fe80::1"],
  },
  loopback: { inside: ["127.0.0.1", "127.255.255.255", "::1"], outside: ["128.0.0.1", "::2"] },
  "link-local": {
    inside: ["169.254.0.1", "169.254.255.255", "fe80::1", "febf::1"],
    outside: ["169.253.255.255", "fec0::1"],
  },
  multicast: { inside: ["224.0.0.1", "239.255.255.255", "ff02::1"], outside: ["223.255.255.255", "fe00::1"] },
  unspecified: { inside: ["0.0.0.0", "0.255.255.255", "::"], outside: ["1.0.0.0", "::1"] },
  broadcast: { inside: ["255.255.255.255"], outside: ["255.255.255.254"] },
  metadata: {
    inside: ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "fd20:ce::254"],
    outside: ["169.254.169.253", "100.100.100.201"],
  },
};

for (const [word, { inside, outside }] of Object.entries(WORDS)) {
  test(`the word ${word} stands for its ranges`, () => {
    const allowed = policyFromRules({ allowNet: [word] });
    const denied = policyFromRules({ allowNet: true, denyNet: [word] });
    for (const address of inside) {
      assert.ok(may(allowed, address), address);
      assert.not(may(denied, address), address);
      if (!address.includes(":")) assert.not(may(denied, `64:ff9b::${address}`), `${address} within IPv6`);
    }
    for (const address of outside) {
      assert.not(may(allowed, address), address);
      assert.ok(may(denied, address), address);
    }
    const narrow = policyFromRules({ allowNet: [`tcp://${word.toUpperCase()}:443`] });
    const first = inside[0] as string;
    assert.ok(may(narrow, first, 443));
    assert.not(may(narrow, first, 444) || may(narrow, first, 443, "udp-send"));
    const below = thrown(() => policyFromRules({ allowNet: [`${word}/8`] }));
    assert.match((below as Error).message, "must be an address");
  });
}

test("what is denied leaves connecting from any port as it was", () => {
  for (const denyNet of [["unspecified"], ["0.0.0.0/0", "[::/0]"]]) {
    const policy = policyFromRules({ allowNet: true, denyNet });
    assert.ok(may(policy, "0.0.0.0", 0, "tcp-bind") && may(policy, "::", 0, "udp-bind"));
    assert.not(may(policy, "0.0.0.0", 80, "tcp-bind"));
  }
  assert.not(may(policyFromRules({ allowNet: true, denyNet: ["*"] }), "0.0.0.0", 0, "tcp-bind"));
});

/** A policy whose names are told what they resolve to, and whose clock stands still until it is moved. */
function clocked(rules: PolicyRules): { policy: Policy; pass(milliseconds: number): void } {
  let time = 1e6;
  const policy = policyByClock(rules, () => time);
  return {
    policy,
    pass(milliseconds) {
      time += milliseconds;
    },
  };
}

const HOUR = 3_600_000;

test("a name stands for what it resolved to for an hour after the last answer", () => {
  const { policy, pass } = clocked({ allowNet: ["name.example"] });
  policy.resolved?.("name.example", [ip("192.0.2.1"), ip("192.0.2.2")]);
  pass(HOUR - 1);
  policy.resolved?.("NAME.example.", [ip("192.0.2.2")]);
  assert.ok(may(policy, "192.0.2.1"));
  pass(1);
  assert.not(may(policy, "192.0.2.1"));
  assert.ok(may(policy, "192.0.2.2"));
  pass(HOUR);
  assert.not(may(policy, "192.0.2.2"));
});

test("a name stands for 4,096 addresses at most, and an answer again counts as new", () => {
  const { policy } = clocked({ allowNet: ["name.example"] });
  const address = (i: number): string => `198.18.${i >> 8}.${i & 255}`;
  for (let i = 0; i < 4096; i++) policy.resolved?.("name.example", [ip(address(i))]);
  for (const i of [0, 1, 4095]) assert.ok(may(policy, address(i)), address(i));
  policy.resolved?.("name.example", [ip(address(0))]);
  policy.resolved?.("name.example", [ip(address(4096))]);
  assert.not(may(policy, address(1)));
  for (const i of [0, 2, 4095, 4096]) assert.ok(may(policy, address(i)), address(i));
});

test("an address in which there is no IPv4 address leads to none", () => {
  for (const text of [
    "2001:db8::1",
    "::1",
    "fe80::7",
    "2001:db8::1234:5efe:7f00:1",
    "64:ff9b:0:1::7f00:1",
    "65:ff9b::7f00:1",
    "::ffff:1:7f00:1",
    "64:ff9c::7f00:1",
  ]) {
    assert.equal(embeddedIpv4(ip(text).val as Ipv6Address), [], text);
  }
  assert.equal(embeddedIpv4(ip("2002:c000:201::1").val as Ipv6Address), [[192, 0, 2, 1]]);
});

test("a name opens neither the machine, nor its links, nor its cloud", () => {
  const addresses = [
    ...["unspecified", "loopback", "link-local", "multicast", "broadcast", "metadata"].flatMap(
      (word) => WORDS[word]?.inside ?? [],
    ),
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::169.254.169.254",
    "2002:7f00:1::1",
    "2001:db8::5efe:127.0.0.1",
    "::ffff:0:127.0.0.1",
  ];
  for (const name of ["name.example", "*.example"]) {
    const policy = policyFromRules({ allowNet: [`${name}:80`] });
    policy.resolved?.("name.example", [...addresses, "192.0.2.1", "10.0.0.1"].map(ip));
    for (const address of addresses) assert.not(may(policy, address), address);
    assert.ok(may(policy, "192.0.2.1") && may(policy, "10.0.0.1"));
    assert.not(may(policy, "127.0.0.1"));
    assert.is(policy.why?.(), "name.example resolved to 127.0.0.1, which a name does not open");
    assert.not(may(policy, "192.0.2.9"));
    assert.is(policy.why?.(), undefined);
  }
});

test("what is granted by its address stays so, whatever name resolved to it", () => {
  const policy = policyFromRules({ allowNet: ["name.example", "127.0.0.1:80", "metadata:80"] });
  policy.resolved?.("name.example", [ip("127.0.0.1"), ip("169.254.169.254")]);
  assert.ok(may(policy, "127.0.0.1") && may(policy, "169.254.169.254"));
  assert.not(may(policy, "127.0.0.1", 81) || may(policy, "169.254.169.254", 81));
});

test("localhost, and what is below it, is the machine itself", () => {
  const policy = policyFromRules({ allowNet: ["localhost:1", "app.localhost:2", "*.localhost:3"] });
  policy.resolved?.("localhost", [ip("192.0.2.1")]);
  policy.resolved?.("app.localhost.", [ip("127.0.0.1"), ip("169.254.169.254")]);
  policy.resolved?.("localhost.example", [ip("127.0.0.2")]);
  assert.ok(may(policy, "127.0.0.1", 1) && may(policy, "::1", 1));
  assert.not(may(policy, "192.0.2.1", 1));
  assert.ok(may(policy, "127.0.0.1", 2) && may(policy, "127.0.0.1", 3));
  assert.not(may(policy, "127.0.0.2", 2) || may(policy, "169.254.169.254", 2));
});

test("a denied name can't be looked up, and denies what it is known to resolve to", () => {
  const { policy, pass } = clocked({
    allowNet: true,
    allowDns: true,
    denyNet: ["bad.example:80", "*.worse.example", "localhost"],
  });
  assert.not(policy.checkName("BAD.example.") || policy.checkName("a.worse.example"));
  assert.is(policy.why?.(), "the rule *.worse.example denies it");
  assert.ok(policy.checkName("worse.example"));
  policy.resolved?.("bad.example", [ip("192.0.2.1")]);
  policy.resolved?.("a.worse.example", [ip("192.0.2.2"), ip("10.0.0.1")]);
  assert.not(may(policy, "192.0.2.1", 80) || may(policy, "192.0.2.2", 5) || may(policy, "127.0.0.1"));
  assert.ok(may(policy, "192.0.2.1", 81));
  assert.not(may(policy, "64:ff9b::192.0.2.2") || may(policy, "192.0.2.2", 53, "udp-send"));
  pass(2 * HOUR);
  assert.not(may(policy, "192.0.2.1", 80));
});

test("the host looks denied names up itself, so that their addresses are not reached as literals", async () => {
  const asked: string[] = [];
  const policy = policyFromRules({
    allowNet: true,
    denyNet: ["bad.example", "*.worse.example", "localhost", "10.0.0.0/8", "gone.example:80"],
  });
  const host = openHost({
    policy,
    resolver: async (name) => {
      asked.push(name);
      if (name === "gone.example") throw Object.assign(new Error("gone"), { code: "ENOTFOUND" });
      return ["192.0.2.1", "2001:db8::1"];
    },
  });
  await until(() => host.stats().lookups === 0, "they are looked up");
  udp(host)[Symbol.dispose]();
  assert.equal(asked, ["bad.example", "gone.example"]);
  assert.not(may(policy, "192.0.2.1") || may(policy, "2001:db8::1"));
  assert.ok(may(policy, "192.0.2.2"));
});

test("look-ups of the guest keep none of a denied name from being made, and one that failed is made again", async () => {
  let asked = 0;
  const host = openHost({
    policy: policyFromRules({ allowNet: true, allowDns: true, denyNet: ["bad.example"] }),
    caps: { lookups: 1, lookupQueue: 1 },
    resolver: (name) => {
      if (name !== "bad.example") return new Promise(() => {});
      asked++;
      return Promise.reject(Object.assign(new Error("later"), { code: "EAI_AGAIN" }));
    },
  });
  const names = host.imports["wasi:sockets/ip-name-lookup"];
  const streams = ["a", "b", "c"].map((name) => names.resolveAddresses(network(host), `${name}.example`));
  await until(() => host.stats().lookups === 2, "that of the denied name is over");
  const { hrtime } = process;
  process.hrtime = Object.assign(() => {
    const [seconds, nanoseconds] = hrtime();
    return [seconds + 60, nanoseconds] as [number, number];
  }, hrtime);
  try {
    udp(host)[Symbol.dispose]();
    await until(() => asked === 2, "it is asked for again");
  } finally {
    process.hrtime = hrtime;
  }
  for (const stream of streams) stream[Symbol.dispose]();
});

test("where everything is denied no name can be looked up, and * among names is all of them", () => {
  assert.not(policyFromRules({ allowDns: true, denyNet: ["*"] }).checkName("name.example"));
  assert.not(policyFromRules({ allowDns: true, denyNet: true }).checkName("name.example"));
  assert.ok(policyFromRules({ allowDns: true, denyNet: ["tcp://*", "*:80"] }).checkName("name.example"));
  assert.ok(policyFromRules({ allowDns: ["a.example", "*"] }).checkName("name.example"));
});

test("names are compared without case, root and script", () => {
  const policy = policyFromRules({
    allowNet: ["Bücher.Example", "*.ÉCOLE.example.", "xn--mnchen-3ya.example", "under_score.example"],
  });
  for (const name of [
    "xn--bcher-kva.example",
    "XN--BCHER-KVA.EXAMPLE.",
    "a.xn--cole-9oa.example",
    "xn--mnchen-3ya.example",
    "under_score.example",
  ]) {
    assert.ok(policy.checkName(name), name);
  }
  for (const name of ["xn--cole-9oa.example", "example", "bxn--bcher-kva.example", "bucher.example"]) {
    assert.not(policy.checkName(name), name);
  }
});

test("addresses in odd notations are no names", () => {
  for (const text of [
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "0177.0.0.1",
    "127.0.0.1.",
    "*.127.0.0.1",
    "１２７.０.０.１",
    "127。0。0。1",
    "%31.example",
    "a%2eexample",
    "256.0.0.1",
    "1.2.3.4.5",
    "[1.2.3.4]",
    "x[1.2.3.4]/8",
    "x[fe80::]/8",
    "[fe80::]/8x",
    "[fe80::/8",
    "fe80::]/8",
    "fe80::/8]",
    "10.0.0.1%eth0",
    "::ffff:10.0.0.0/95",
    "[::ffff:10.0.0.1%eth0]",
    "*.*.example",
    "a.*.example",
    "**",
    "private.",
  ]) {
    const rules = { allowNet: [text] };
    if (text === "private.") {
      // the root's dot makes it the name
      assert.ok(policyFromRules(rules).checkName("private"));
      continue;
    }
    assert.instance(
      thrown(() => policyFromRules(rules)),
      TypeError,
      text,
    );
  }
});

test("a rule that could never mean anything is an error", () => {
  for (const rules of [
    { allowListen: ["name.example:80"] },
    { allowListen: ["*.localhost:80"] },
    { allowNet: ["fe80::1%eth0:80"] },
    { allowNet: ["[fe80::1%]"] },
    { allowNet: ["[fe80::1%a b]"] },
    { denyNet: ["[fe80::1%25eth0]"] },
    { denyNet: ["privat"] },
    { denyNet: ["link_local:80"] },
    { denyNet: ["tcp://LoopBacks"] },
    { denyNet: ["tcp:443"] },
    { denyNet: ["UDP"] },
    { denyNet: ["true"] },
    { allowNet: ["none"] },
  ]) {
    assert.instance(
      thrown(() => policyFromRules(rules)),
      TypeError,
      JSON.stringify(rules),
    );
  }
  policyFromRules({
    denyNet: ["privat.", "tcp.:443", "true.example", "router", "localhost", "[fe80::1%25]"],
  });
  const listening = policyFromRules({ allowListen: ["localhost:80", "private:81"] });
  assert.ok(may(listening, "127.0.0.1", 80, "tcp-listen") && may(listening, "::1", 80, "udp-bind"));
  assert.ok(may(listening, "10.0.0.1", 81, "tcp-bind"));
  assert.not(may(listening, "192.0.2.1", 80, "tcp-listen") || may(listening, "0.0.0.0", 81, "tcp-bind"));
});

test("what says all or nothing, as a switch does, is no host", () => {
  const words = ["true", "false", "yes", "no", "on", "off", "all", "any", "none", "everything", "nothing"];
  for (const text of [...words, "ON"]) {
    const error = thrown(() => policyFromRules({ allowNet: [text] })) as Error;
    assert.match(
      error.message,
      `the rule "${text}" was not understood: * is everything, and no rule is nothing`,
    );
    assert.ok(policyFromRules({ allowNet: [`${text}.`] }).checkName(text));
  }
  const escaped = thrown(() => policyFromRules({ denyNet: ["[fe80::1%25eth0]"] })) as Error;
  assert.match(escaped.message, /a zone is not escaped here: write %eth0$/);
});

test("a denied zone is that of addresses on links, and of no other", () => {
  /** Loopback's, which is an interface, and not 999. */
  const on = (text: string): IpSocketAddress => {
    const address = at(text, 80);
    if (address.tag === "ipv6") address.val.scopeId = 1;
    return address;
  };
  for (const [address, isOnLink] of [
    ["fe80::1", true],
    ["febf::1", true],
    ["ff01::1", true],
    ["ff02::fb", true],
    ["ff12::1", true],
    ["fec0::1", false],
    ["ff03::1", false],
    ["ff05::1", false],
    ["ff0e::1", false],
    ["2001:db8::1", false],
    ["fe02::1", false],
  ] as const) {
    const policy = policyFromRules({ allowNet: true, denyNet: [`[${address}%999]`] });
    assert.is(policy.check("udp-send", on(address)), isOnLink, address);
    // where no zone is named the system may choose that one
    assert.not(policy.check("udp-send", at(address, 80)), address);
  }
});

test("who receives is told apart by the end that receives, where there is one", () => {
  const policy = policyFromRules({ allowListen: ["udp://127.0.0.1:53"] });
  const from = at("192.0.2.1", 5000);
  assert.ok(policy.check("udp-receive", from, at("127.0.0.1", 53)));
  assert.not(policy.check("udp-receive", from, at("127.0.0.1", 54)));
  assert.not(policy.check("udp-receive", from));
  assert.is(policy.mayReply?.(from), false);
  // what is denied to send is denied to the end itself, too
  const denying = policyFromRules({ allowListen: ["udp://127.0.0.1"], denyNet: ["udp://127.0.0.1:53"] });
  assert.not(denying.check("udp-receive", from, at("127.0.0.1", 53)));
  assert.ok(denying.check("udp-receive", from, at("127.0.0.1", 54)));
});

test("a mapped address in a rule is the IPv4 address", () => {
  for (const [rule, inside, outside] of [
    ["[::ffff:169.254.169.254]", "169.254.169.254", "169.254.169.253"],
    ["[::ffff:10.0.0.0]/104", "10.255.0.1", "11.0.0.1"],
    ["[::ffff:10.0.0.0/104]", "10.255.0.1", "11.0.0.1"],
    ["::ffff:10.0.0.0/104", "10.255.0.1", "11.0.0.1"],
    ["[::ffff:a00:1]:80", "10.0.0.1", "10.0.0.2"],
    ["tcp://[0:0:0:0:0:FFFF:10.0.0.1]", "10.0.0.1", "10.0.0.2"],
    ["[::ffff:0.0.0.0]/96", "203.0.113.9", "2001:db8::1"],
  ] as const) {
    const denied = policyFromRules({ allowNet: true, denyNet: [rule] });
    const allowed = policyFromRules({ allowNet: [rule] });
    assert.not(may(denied, inside), rule);
    assert.ok(may(denied, outside), rule);
    assert.ok(may(allowed, inside), rule);
    assert.not(may(allowed, outside), rule);
  }
});

test("an allowed IPv4 address opens no IPv6 address that leads to it", () => {
  const policy = policyFromRules({ allowNet: ["10.0.0.0/8"] });
  for (const address of ["64:ff9b::10.0.0.1", "2002:a00:1::", "::ffff:0:10.0.0.1", "::10.0.0.1"]) {
    assert.not(may(policy, address), address);
  }
});

test("datagrams come in and are answered at the addresses of listen rules alone", async () => {
  const outside = openHost();
  const client = boundUdp(outside);
  const other = boundUdp(outside);
  const free = boundUdp(outside);
  const port = free.localAddress().val.port;
  free[Symbol.dispose]();
  await new Promise((resolve) => setImmediate(resolve));
  for (const rule of [`udp://127.0.0.1:${port}`, `127.0.0.1:${port}`]) {
    const host = openHost({
      policy: policyFromRules({
        allowNet: ["tcp://127.0.0.1", `udp://127.0.0.1:${other.localAddress().val.port}`],
        allowListen: [rule],
      }),
    });
    for (const address of [loopback(port + 1), at("0.0.0.0", port), at("127.0.0.2", port)]) {
      const socket = udp(host);
      assert.is(
        thrown(() => socket.startBind(network(host), address)),
        "access-denied",
      );
      socket[Symbol.dispose]();
    }
    // At any other port the peers of allowNet are heard, and nobody else.
    for (const address of [loopback(), at("0.0.0.0", 0), loopback(port)]) {
      const socket = boundUdp(host, address);
      const local = loopback(socket.localAddress().val.port);
      const [incoming, outgoing] = socket.stream(undefined);
      for (const sender of [client, other]) {
        const [theirIn, theirOut] = sender.stream(undefined);
        theirOut.checkSend();
        theirOut.send([{ data: Buffer.from("x"), remoteAddress: local }]);
        theirIn[Symbol.dispose]();
        theirOut[Symbol.dispose]();
      }
      const expected = [...(address.val.port === port ? [client] : []), other];
      const senders: number[] = [];
      while (senders.length < expected.length) {
        await ready(incoming);
        senders.push(...incoming.receive(10n).map(({ remoteAddress }) => remoteAddress.val.port));
      }
      assert.equal(
        senders,
        expected.map((socket) => socket.localAddress().val.port),
      );
      outgoing.checkSend();
      const reply = (): bigint =>
        outgoing.send([{ data: Buffer.from("y"), remoteAddress: client.localAddress() }]);
      if (address.val.port === port) assert.is(reply(), 1n);
      else assert.is(thrown(reply), "access-denied");
      for (const each of [incoming, outgoing, socket]) each[Symbol.dispose]();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  client[Symbol.dispose]();
  other[Symbol.dispose]();
});

test.run();
