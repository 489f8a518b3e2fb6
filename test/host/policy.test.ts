import * as diagnostics from "node:diagnostics_channel";
import * as net from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { PolicyEvent } from "../../host/events/channels.ts";
import type { Host } from "../../host/host.ts";
import { createHost } from "../../host/host.ts";
import type { IpAddress, IpSocketAddress } from "../../host/network/address.ts";
import { parseIp, socketAddressText } from "../../host/network/address.ts";
import type { AddressUse, Policy } from "../../host/policy/policy.ts";
import { allowAll, denyAll } from "../../host/policy/policy.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import {
  accept,
  at,
  boundTcp,
  boundUdp,
  connect,
  drop,
  listener,
  loopback,
  network,
  openHost,
  ready,
  tcp,
  thrown,
  udp,
  until,
  warnings,
} from "./support.ts";

function ip(text: string): IpAddress {
  return parseIp(text) as IpAddress;
}

function resolve(host: Host, name: string): unknown {
  return host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(host), name);
}

/** A policy that allows everything except what a function refuses, and writes down what was asked. */
function asking(refuses: (use: AddressUse, address: string) => boolean): Policy & { asked: string[] } {
  const asked: string[] = [];
  return {
    ...allowAll,
    asked,
    check(use, address) {
      const text = socketAddressText(address);
      asked.push(`${use} ${text}`);
      return !refuses(use, text);
    },
  };
}

test("by default a guest may do nothing", () => {
  const host = createHost();
  assert.is(
    thrown(() => tcp(host)),
    "access-denied",
  );
  assert.is(
    thrown(() => udp(host)),
    "access-denied",
  );
  for (const name of ["localhost", "127.0.0.1", "no name at all"]) {
    assert.is(
      thrown(() => resolve(host, name)),
      "permanent-resolver-failure",
    );
  }
  for (const [what, count] of Object.entries(host.stats())) assert.is(count, 0, what);
});

test("a policy that denies all says no, in each of its answers", () => {
  assert.is(denyAll.check("tcp-connect", loopback(1)), false);
  assert.is(denyAll.checkName("localhost"), false);
  for (const kind of ["tcp", "udp", "resolve"] as const) assert.is(denyAll.offers(kind), false);
});

test("each use is asked for with its address, before anything happens", async () => {
  const policy = asking(() => false);
  const host = openHost({ policy });
  const server = listener(host);
  const { port } = server.localAddress().val;
  const client = await connect(host, server.localAddress());
  const accepted = await accept(server);
  const from = client.socket.localAddress().val.port;
  assert.equal(policy.asked, [
    "tcp-bind 127.0.0.1:0",
    `tcp-listen 127.0.0.1:${port}`,
    "tcp-bind 0.0.0.0:0",
    `tcp-connect 127.0.0.1:${port}`,
    `tcp-accept 127.0.0.1:${from}`,
  ]);
  policy.asked.length = 0;
  const [a, b] = [boundUdp(host), boundUdp(host)];
  const [aIn, aOut] = a.stream(undefined);
  const [bIn, bOut] = b.stream(undefined);
  aOut.checkSend();
  aOut.send([{ data: Buffer.from("x"), remoteAddress: b.localAddress() }]);
  await ready(bIn);
  assert.equal(policy.asked, [
    "udp-bind 127.0.0.1:0",
    "udp-bind 127.0.0.1:0",
    `udp-send ${socketAddressText(b.localAddress())}`,
    `udp-receive ${socketAddressText(a.localAddress())}`,
  ]);
  for (const resource of [aIn, aOut, bIn, bOut, a, b]) resource[Symbol.dispose]();
  drop(client);
  drop(accepted);
  server[Symbol.dispose]();
});

test("refused bind and listen are access-denied, and published", () => {
  const host = openHost({ policy: asking((use) => use === "tcp-listen" || use === "udp-bind") });
  const seen: PolicyEvent[] = [];
  const onRefuse = (message: unknown): void => void seen.push(message as PolicyEvent);
  diagnostics.subscribe("wasock:policy:refuse", onRefuse);
  const socket = boundTcp(host);
  assert.is(
    thrown(() => socket.startListen()),
    "access-denied",
  );
  assert.is(
    thrown(() => socket.finishListen()),
    "not-in-progress",
  );
  const datagrams = udp(host);
  assert.is(
    thrown(() => datagrams.startBind(network(host), loopback())),
    "access-denied",
  );
  diagnostics.unsubscribe("wasock:policy:refuse", onRefuse);
  assert.equal(
    seen.map(({ use }) => use),
    ["tcp-listen", "udp-bind"],
  );
  socket[Symbol.dispose]();
  datagrams[Symbol.dispose]();
});

test("a refused connect shows in finish-connect", async () => {
  for (const refused of ["tcp-bind", "tcp-connect"]) {
    const policy = asking((use) => use === refused);
    const host = openHost({ policy });
    const socket = tcp(host);
    socket.startConnect(network(host), loopback(80));
    await ready(socket);
    assert.is(
      thrown(() => socket.finishConnect()),
      "access-denied",
    );
    assert.is(policy.asked.length, refused === "tcp-bind" ? 1 : 2);
    socket[Symbol.dispose]();
    assert.is(host.stats().sockets, 0);
  }
});

test("a refused client is reset, and accept goes on waiting", async () => {
  let isRefused = true;
  const host = openHost({ policy: asking((use) => use === "tcp-accept" && isRefused) });
  const server = listener(host);
  const pollable = server.subscribe();
  const client = net.connect(server.localAddress().val.port, "127.0.0.1");
  assert.is(
    await new Promise((done) => client.on("error", (error: NodeJS.ErrnoException) => done(error.code))),
    "ECONNRESET",
  );
  assert.is(pollable.ready(), false);
  assert.is(
    thrown(() => server.accept()),
    "would-block",
  );
  isRefused = false;
  const welcome = net.connect(server.localAddress().val.port, "127.0.0.1");
  await pollable.block();
  pollable[Symbol.dispose]();
  drop(await accept(server));
  welcome.destroy();
  server[Symbol.dispose]();
});

test("datagrams from a refused sender are dropped, and to a refused peer not sent", async () => {
  const open = openHost();
  const [good, bad] = [boundUdp(open), boundUdp(open)];
  const badText = socketAddressText(bad.localAddress());
  const host = openHost({ policy: asking((_, address) => address === badText) });
  const socket = boundUdp(host);
  const [incoming, outgoing] = socket.stream(undefined);
  for (const sender of [bad, good]) {
    const [theirIn, theirOut] = sender.stream(undefined);
    theirOut.checkSend();
    theirOut.send([{ data: Buffer.from("x"), remoteAddress: socket.localAddress() }]);
    theirIn[Symbol.dispose]();
    theirOut[Symbol.dispose]();
  }
  await ready(incoming);
  const got = incoming.receive(10n);
  assert.equal(
    got.map(({ remoteAddress }) => remoteAddress),
    [good.localAddress()],
  );
  outgoing.checkSend();
  const toBad = (): bigint => outgoing.send([{ data: Buffer.from("x"), remoteAddress: bad.localAddress() }]);
  assert.is(thrown(toBad), "access-denied");
  incoming[Symbol.dispose]();
  outgoing[Symbol.dispose]();
  assert.is(
    thrown(() => socket.stream(bad.localAddress())),
    "access-denied",
  );
  for (const resource of [socket, good, bad]) resource[Symbol.dispose]();
  await until(() => open.stats().sockets === 0, "all close");
});

test("who was not heard is not answered", async () => {
  const host = openHost({
    policy: {
      ...allowAll,
      check: (use) => use !== "udp-send" && use !== "udp-receive",
      mayReply: () => true,
    },
  });
  const refused = new Promise<void>((done) => {
    const onRefuse = (message: unknown): void => {
      if ((message as PolicyEvent).use !== "udp-receive") return;
      diagnostics.unsubscribe("wasock:policy:refuse", onRefuse);
      done();
    };
    diagnostics.subscribe("wasock:policy:refuse", onRefuse);
  });
  const outside = openHost();
  const [server, client] = [boundUdp(host), boundUdp(outside)];
  const [incoming, outgoing] = server.stream(undefined);
  const [theirIn, theirOut] = client.stream(server.localAddress());
  theirOut.checkSend();
  theirOut.send([{ data: Buffer.from("?") }]);
  await refused;
  outgoing.checkSend();
  const reply = (): bigint =>
    outgoing.send([{ data: Buffer.from("!"), remoteAddress: client.localAddress() }]);
  assert.is(thrown(reply), "access-denied");
  for (const each of [incoming, outgoing, theirIn, theirOut, server, client]) each[Symbol.dispose]();
});

test("a policy that throws refuses, and the program is warned", async () => {
  const host = openHost({
    policy: {
      ...allowAll,
      check(use) {
        if (use !== "tcp-accept") return true;
        throw new Error("the policy is broken");
      },
    },
  });
  const warned: (Error & { detail?: string })[] = warnings();
  const server = listener(host);
  const client = net.connect(server.localAddress().val.port, "127.0.0.1");
  const error = await new Promise<NodeJS.ErrnoException>((done) => client.on("error", done));
  assert.is(error.code, "ECONNRESET");
  await until(() => warned.length > 0, "the program is warned");
  assert.match(warned[0]?.detail ?? "", /the policy is broken/);
  server[Symbol.dispose]();
});

test("a peer that may only be heard, or only be spoken to, may be the peer", () => {
  for (const allowed of ["udp-send", "udp-receive"]) {
    const host = openHost({ policy: asking((use) => use !== "udp-bind" && use !== allowed) });
    const socket = boundUdp(host);
    const [incoming, outgoing] = socket.stream(loopback(4001));
    outgoing.checkSend();
    const send = (): bigint => outgoing.send([{ data: Buffer.from("x") }]);
    if (allowed === "udp-send") assert.is(send(), 1n);
    else assert.is(thrown(send), "access-denied");
    for (const resource of [incoming, outgoing, socket]) resource[Symbol.dispose]();
  }
});

test("rules: hosts, ranges, ports and protocols", () => {
  const policy = policyFromRules({
    allowNet: [
      "10.0.0.0/8:80",
      "tcp://192.0.2.1:8000-8100",
      "udp://[2001:db8::/33]:53",
      "[::1]",
      "localhost:9",
    ],
    denyNet: ["10.1.0.0/16"],
  });
  const may = (use: AddressUse, address: string, port: number): boolean =>
    policy.check(use, at(address, port));
  assert.ok(may("tcp-connect", "10.2.3.4", 80));
  assert.ok(may("udp-send", "10.2.3.4", 80));
  assert.not(may("tcp-connect", "10.2.3.4", 81));
  assert.not(may("tcp-connect", "11.2.3.4", 80));
  assert.not(may("tcp-connect", "10.1.3.4", 80));
  assert.ok(may("tcp-connect", "192.0.2.1", 8000) && may("tcp-connect", "192.0.2.1", 8100));
  assert.not(may("tcp-connect", "192.0.2.1", 7999) || may("tcp-connect", "192.0.2.1", 8101));
  assert.not(may("udp-send", "192.0.2.1", 8000));
  assert.ok(may("udp-send", "2001:db8:7fff::1", 53));
  assert.not(may("udp-send", "2001:db8:8000::1", 53));
  assert.ok(may("tcp-connect", "::1", 12345));
  assert.ok(may("tcp-connect", "127.0.0.1", 9) && may("tcp-connect", "127.3.2.1", 9));
  assert.not(may("tcp-connect", "127.0.0.1", 10));
  // To connect is to take a free port; to listen is not.
  assert.ok(may("tcp-bind", "0.0.0.0", 0));
  assert.not(may("tcp-bind", "0.0.0.0", 80));
  assert.not(may("tcp-listen", "127.0.0.1", 40000));
  assert.not(may("tcp-accept", "127.0.0.1", 40000));
  assert.ok(policy.offers("tcp") && policy.offers("udp"));
  // for addresses in words; no name may be looked up
  const addresses = policyFromRules({ allowNet: ["10.0.0.0/8:80"] });
  assert.ok(addresses.offers("resolve") && !addresses.checkName("name.example"));
  assert.ok(policyFromRules({ allowNet: ["*:1"] }).checkName("localhost"));
  assert.not(policyFromRules({ allowListen: ["10.0.0.0/8:80"] }).offers("resolve"));
});

test("rules: who listens for datagrams may answer those that came, and nobody else", async () => {
  const host = createHost({ policy: policyFromRules({ allowListen: ["udp://127.0.0.1"] }) });
  const outside = openHost();
  const [server, client, other] = [boundUdp(host), boundUdp(outside), boundUdp(outside)];
  const [serverIn, serverOut] = server.stream(undefined);
  const [clientIn, clientOut] = client.stream(undefined);
  const data = Buffer.from("x");
  const sendTo = (remoteAddress: IpSocketAddress): unknown => {
    serverOut.checkSend();
    return serverOut.send([{ data, remoteAddress }]);
  };
  assert.is(
    thrown(() => sendTo(client.localAddress())),
    "access-denied",
  );
  clientOut.checkSend();
  clientOut.send([{ data, remoteAddress: server.localAddress() }]);
  await ready(serverIn);
  assert.is(serverIn.receive(1n).length, 1);
  assert.is(sendTo(client.localAddress()), 1n);
  await ready(clientIn);
  assert.is(clientIn.receive(1n).length, 1);
  assert.is(
    thrown(() => sendTo(other.localAddress())),
    "access-denied",
  );
  for (const resource of [serverIn, serverOut, clientIn, clientOut, server, client, other]) {
    resource[Symbol.dispose]();
  }
  const denied = policyFromRules({ allowListen: ["udp://127.0.0.1"], denyNet: ["192.0.2.0/24"] });
  const local = at("127.0.0.1", 5000);
  assert.is(denied.mayReply?.(at("192.0.2.1", 53), local), false);
  assert.is(denied.mayReply?.(at("192.0.3.1", 53), local), true);
  assert.is(denied.mayReply?.(at("192.0.3.1", 53), at("127.0.0.2", 5000)), false);
  const deniedUdp = policyFromRules({ allowListen: ["127.0.0.1"], denyNet: ["udp://192.0.2.0/24"] });
  assert.is(deniedUdp.mayReply?.(at("192.0.2.1", 53), local), false);
  const refusing = policyFromRules({
    allowListen: ["udp://127.0.0.1"],
    check: (_, use) => use !== "udp-send",
  });
  assert.is(refusing.mayReply?.(at("192.0.3.1", 53), local), false);
  assert.is(policyFromRules({ allowListen: ["tcp://127.0.0.1"] }).mayReply, undefined);
});

test("rules: listening lets peers in, and does not let the guest out", () => {
  const policy = policyFromRules({ allowListen: ["tcp://127.0.0.1:8080"], denyNet: ["192.0.2.0/24"] });
  assert.ok(policy.check("tcp-bind", at("127.0.0.1", 8080)));
  assert.ok(policy.check("tcp-listen", at("127.0.0.1", 8080)));
  assert.ok(policy.check("tcp-accept", at("198.51.100.1", 50000)));
  assert.not(policy.check("tcp-accept", at("192.0.2.1", 50000)));
  assert.not(policy.check("tcp-bind", at("127.0.0.1", 0)));
  assert.not(policy.check("tcp-listen", at("0.0.0.0", 8080)));
  assert.not(policy.check("tcp-connect", at("127.0.0.1", 8080)));
  assert.ok(policy.offers("tcp"));
  assert.not(policy.offers("udp"));
});

test("rules: a name stands for the addresses that it resolved to, and for no denied one", () => {
  const policy = policyFromRules({
    allowNet: ["example.com:443", "*.example.org"],
    allowDns: ["other.net"],
    denyNet: ["10.0.0.0/8", "bad.example.org"],
  });
  const may = (address: string, port: number): boolean => policy.check("tcp-connect", at(address, port));
  assert.ok(policy.checkName("Example.COM."));
  assert.ok(policy.checkName("a.b.example.org"));
  assert.ok(policy.checkName("other.net"));
  assert.not(policy.checkName("example.org"));
  assert.not(policy.checkName("bad.example.org"));
  assert.not(policy.checkName("notexample.com"));
  assert.not(may("192.0.2.1", 443));
  policy.resolved?.("example.com", [ip("192.0.2.1"), ip("10.0.0.1")]);
  policy.resolved?.("other.net", [ip("192.0.2.9")]);
  policy.resolved?.("x.example.org", [ip("2001:db8::1")]);
  assert.ok(may("192.0.2.1", 443));
  assert.not(may("192.0.2.1", 80));
  assert.not(may("10.0.0.1", 443));
  assert.not(may("192.0.2.9", 443));
  assert.ok(may("2001:db8::1", 5555));
});

test("rules: localhost may be looked up where it may be reached", () => {
  const policy = policyFromRules({ allowNet: ["localhost:80"] });
  assert.ok(policy.offers("resolve") && policy.checkName("localhost"));
  assert.not(policy.checkName("localhost.example"));
  policy.resolved?.("localhost", [ip("192.0.2.1")]);
  assert.not(policy.check("tcp-connect", at("192.0.2.1", 80)));
});

test("rules: a denied IPv4 address stays denied inside of an IPv6 address", () => {
  const policy = policyFromRules({ allowNet: true, denyNet: ["10.0.0.0/8:80"] });
  const may = (address: string, port = 80): boolean => policy.check("tcp-connect", at(address, port));
  for (const address of [
    "::ffff:10.1.2.3",
    "::10.1.2.3",
    "::ffff:0:10.1.2.3",
    "64:ff9b::10.1.2.3",
    "64:ff9b:1::10.1.2.3",
    "64:ff9b:1:0:a:102:300:0",
    "64:ff9b:1:a:1:203::",
    "64:ff9b:1:a01:2:300::",
    "2002:a01:203::1",
    "2001:db8::5efe:10.1.2.3",
    "fe80::200:5efe:10.1.2.3",
    "2001:0:a01:203::",
    "2001:0:c000:201:0:1234:f5fe:fdfc",
  ]) {
    assert.not(may(address), address);
    assert.ok(may(address, 81), address);
  }
  for (const address of [
    "::ffff:11.1.2.3",
    "64:ff9b:1::11.1.2.3",
    "64:ff9b:2::10.1.2.3",
    "2001:db8::5eff:10.1.2.3",
    "2003:a01:203::1",
    "::1",
    "fe80::a01:203",
  ]) {
    assert.ok(may(address), address);
  }
});

test("rules: a zone counts where it is written, and leaves all links open where not", () => {
  const scoped = (address: string, scopeId: number): IpSocketAddress => {
    const made = at(address, 80);
    if (made.tag === "ipv6") made.val.scopeId = scopeId;
    return made;
  };
  const policy = policyFromRules({ allowNet: ["[fe80::1%7]", "[fe80::2]"] });
  const may = (address: IpSocketAddress): boolean => policy.check("tcp-connect", address);
  assert.ok(may(scoped("fe80::1", 7)));
  assert.not(may(scoped("fe80::1", 8)) || may(scoped("fe80::1", 0)));
  assert.ok(may(scoped("fe80::2", 7)) && may(scoped("fe80::2", 8)));
  const missing = policyFromRules({ allowNet: ["[fe80::1%no-such-link]"] });
  assert.not(missing.check("tcp-connect", scoped("fe80::1", 0)));
});

test("rules: a name is pinned through the host's own look-up", async () => {
  const policy = policyFromRules({ allowNet: ["one.localhost"] });
  const host = createHost({ policy, resolver: async () => ["127.0.0.1"] });
  const before = tcp(host);
  before.startConnect(network(host), loopback(1));
  await ready(before);
  assert.is(
    thrown(() => before.finishConnect()),
    "access-denied",
  );
  assert.is(
    thrown(() => resolve(host, "two.example")),
    "permanent-resolver-failure",
  );
  const stream = host.imports["wasi:sockets/ip-name-lookup"].resolveAddresses(network(host), "one.localhost");
  await ready(stream);
  stream[Symbol.dispose]();
  const server = listener(openHost());
  drop(await connect(host, server.localAddress()));
  before[Symbol.dispose]();
  server[Symbol.dispose]();
});

test("rules: a check in code decides before them, and behind what is denied", () => {
  const policy = policyFromRules({
    allowNet: ["192.0.2.1"],
    denyNet: ["192.0.2.66"],
    check: (address) => (address.val.port === 1 ? true : address.val.port === 2 ? false : undefined),
  });
  assert.ok(policy.check("tcp-connect", at("198.51.100.1", 1)));
  assert.not(policy.check("tcp-connect", at("192.0.2.1", 2)));
  assert.is(policy.why?.(), "check said no");
  assert.ok(policy.check("tcp-connect", at("192.0.2.1", 3)));
  assert.not(policy.check("tcp-connect", at("192.0.2.66", 1)));
});

test("rules: true allows all, and nothing allows nothing", () => {
  const all = policyFromRules({ allowNet: true, allowListen: true, allowDns: true });
  assert.ok(
    all.check("tcp-connect", at("192.0.2.1", 1)) && all.check("udp-bind", at("::", 5)) && all.checkName("x"),
  );
  const none = policyFromRules({});
  assert.not(none.offers("tcp") || none.offers("udp") || none.offers("resolve"));
});

test("rules that are not understood are named", () => {
  for (const [text, why] of [
    ["http://example.com", /scheme must be tcp/],
    ["example.com:99999", /ports must be/],
    ["example.com:9-3", /ports must be/],
    ["10.0.0.0/33", /0 to 32/],
    ["[::1", /IPv6 address/],
    ["[name]", /what stands in brackets, or has colons, must be an IPv6 address/],
    ["a:b:c", /what stands in brackets, or has colons, must be an IPv6 address/],
    ["exa mple", /host must be/],
    ["name/8", /must be an address/],
    ["127.1", /host must be/],
    ["0x7f000001:80", /host must be/],
    ["*.0.0.1", /host must be/],
    ["", /host must be/],
  ] as const) {
    const error = thrown(() => policyFromRules({ allowNet: [text] }));
    assert.instance(error, TypeError);
    assert.match((error as Error).message, why);
    assert.match((error as Error).message, `"${text}"`);
  }
});

test("a range may be one address", () => {
  const policy = policyFromRules({ allowNet: ["192.0.2.1/32", "[2001:db8::1]/128"] });
  for (const last of [0, 1, 2]) {
    assert.is(policy.check("tcp-connect", at(`192.0.2.${last}`, 1)), last === 1);
    assert.is(policy.check("tcp-connect", at(`2001:db8::${last}`, 1)), last === 1);
  }
});

test("limits that are none are refused", () => {
  assert.match(
    (thrown(() => openHost({ caps: { sockets: 0 } })) as Error).message,
    /caps.sockets must be a whole number/,
  );
  assert.match(
    (thrown(() => openHost({ caps: { socket: 1 } as object })) as Error).message,
    /not a limit of a host/,
  );
});

test.run();
