/** Every socket event is published, tells which socket it is of, and costs nothing where nobody listens. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ChannelName, events } from "../../host/events/channels.ts";
import { type AnyEvent, channelNames, describeEvent, watchEvents } from "../../host/events/trace.ts";
import { createHost } from "../../host/host.ts";
import { socketAddressText } from "../../host/network/address.ts";
import { allowAll } from "../../host/policy/policy.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import type { UdpSocket } from "../../host/wasi02/udp.ts";
import { freePort } from "../peers/ports.ts";
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
  readAll,
  ready,
  tcp,
  thrown,
  until,
} from "./support.ts";

interface Seen {
  readonly channel: string;
  readonly event: AnyEvent;
}

/** What is published while `work` runs, of one host. */
async function watching(host: number, work: () => Promise<void>): Promise<Seen[]> {
  const seen: Seen[] = [];
  const stop = watchEvents((channel, event) => {
    if (event.host === host) seen.push({ channel: channel.replace("wasock:", ""), event });
  });
  try {
    await work();
  } finally {
    stop();
  }
  return seen;
}

function of(seen: readonly Seen[], socket: number): string[] {
  return seen.filter(({ event }) => event.socket === socket).map(({ channel }) => channel);
}

function only(seen: readonly Seen[], channel: string): AnyEvent[] {
  return seen.filter((one) => one.channel === channel).map(({ event }) => event);
}

test("a host tells its own events to whoever made it", async () => {
  const told: string[] = [];
  const host = createHost({
    policy: allowAll,
    trace: (channel, event) => told.push(`${event.host} ${channel}`),
  });
  const other = createHost({ policy: allowAll });
  for (const one of [host, other]) {
    const socket = one.imports["wasi:sockets/tcp-create-socket"].createTcpSocket("ipv4");
    socket.startBind(network(one), at("127.0.0.1", 0));
    socket.finishBind();
    one.close();
  }
  await until(() => told.at(-1)?.endsWith("close") === true, "the end is told");
  assert.ok(told.includes(`${host.id} wasock:tcp:bind`), String(told));
  assert.ok(
    told.every((line) => line.startsWith(`${host.id} `)),
    String(told),
  );
});

test("a connection's life is published on both ends, with its bytes", async () => {
  const host = openHost();
  const other = openHost();
  let server = 0;
  let client = 0;
  let accepted = 0;
  const seen = await watching(host.id, async () => {
    // the events of another host have its number, and are not counted here
    listener(other)[Symbol.dispose]();
    const listening = boundTcp(host);
    server = listening.endpoint.id;
    listening.setListenBacklogSize(7n);
    listening.startListen();
    listening.finishListen();
    const near = await connect(host, listening.localAddress());
    const far = await accept(listening);
    client = near.socket.endpoint.id;
    accepted = far.socket.endpoint.id;
    near.output.checkWrite();
    near.output.write(Buffer.from("hello"));
    near.socket.shutdown("send");
    assert.is(String(await readAll(far.input)), "hello");
    drop(far);
    drop(near);
    listening[Symbol.dispose]();
    await until(() => host.stats().sockets === 0, "all sockets are closed");
  });
  assert.equal(of(seen, server), ["tcp:bind", "tcp:listen", "tcp:close"]);
  assert.equal(of(seen, client), [
    "tcp:connect:start",
    "tcp:connect",
    "tcp:send",
    "tcp:shutdown",
    "tcp:close",
  ]);
  assert.equal(of(seen, accepted), ["tcp:accept", "tcp:receive", "tcp:close"]);
  const [listened] = only(seen, "tcp:listen");
  const [connected] = only(seen, "tcp:connect");
  const [taken] = only(seen, "tcp:accept");
  assert.is(listened?.backlog, 7);
  assert.equal(connected?.remote, listened?.local);
  assert.equal(taken?.remote, connected?.local);
  assert.is(taken?.listener, server);
  assert.is(only(seen, "tcp:send")[0]?.bytes, 5);
  assert.is(only(seen, "tcp:receive")[0]?.bytes, 5);
  assert.equal(only(seen, "tcp:send")[0]?.remote, listened?.local);
  assert.is(only(seen, "tcp:shutdown")[0]?.how, "send");
  const closed = only(seen, "tcp:close").find(({ socket }) => socket === accepted);
  assert.is(closed?.received, 5);
  assert.is(closed?.sent, 0);
  other.close();
});

test("what the system refuses is published with its code", async () => {
  const host = openHost();
  const seen = await watching(host.id, async () => {
    const taken = listener(host, loopback(await freePort()));
    const address = taken.localAddress();
    const second = tcp(host);
    assert.is(
      thrown(() => second.startBind(network(host), address)),
      "address-in-use",
    );
    taken[Symbol.dispose]();
    const third = tcp(host);
    third.startConnect(network(host), address);
    await ready(third);
    assert.is(
      thrown(() => third.finishConnect()),
      "connection-refused",
    );
    for (const socket of [second, third]) socket[Symbol.dispose]();
  });
  const failed = seen.filter(({ event }) => event.error !== undefined);
  assert.equal(
    failed.map(({ channel, event }) => `${channel} ${event.error}`),
    ["tcp:bind EADDRINUSE", "tcp:connect ECONNREFUSED"],
  );
  host.close();
});

test("a connection that breaks is published with its code", async () => {
  const host = openHost();
  const seen = await watching(host.id, async () => {
    const listening = listener(host);
    const near = await connect(host, listening.localAddress());
    const far = await accept(listening);
    // unread bytes make the kernel answer with a reset
    near.output.checkWrite();
    near.output.write(Buffer.from("never read"));
    await ready(far.input);
    far.socket.endpoint.connection().transport.reset();
    await until(() => near.input.subscribe().ready(), "the reset has come");
    host.close();
  });
  assert.is(only(seen, "tcp:error")[0]?.error, "ECONNRESET");
});

test("datagrams are published: bound, sent, taken, dropped and closed", async () => {
  const host = openHost({ caps: { datagrams: 1 } });
  let from: UdpSocket | undefined;
  let to: UdpSocket | undefined;
  const seen = await watching(host.id, async () => {
    from = boundUdp(host);
    to = boundUdp(host);
    const [input, output] = to.stream(undefined);
    const [back, out] = from.stream(to.localAddress());
    out.checkSend();
    out.send([{ data: Buffer.from("one"), remoteAddress: undefined }]);
    out.checkSend();
    out.send([{ data: Buffer.from("second"), remoteAddress: undefined }]);
    await until(() => to?.endpoint.dropped === 1, "the second is dropped");
    assert.is(input.receive(9n).length, 1);
    for (const resource of [input, output, back, out, from, to]) resource[Symbol.dispose]();
    await until(() => host.stats().sockets === 0, "both are closed");
  });
  const sender = from?.endpoint.id as number;
  const receiver = to?.endpoint.id as number;
  assert.equal(of(seen, sender), ["udp:bind", "udp:connect", "udp:send", "udp:send", "udp:close"]);
  assert.equal(of(seen, receiver), ["udp:bind", "udp:drop", "udp:receive", "udp:close"]);
  assert.equal(
    only(seen, "udp:send").map(({ bytes }) => bytes),
    [3, 6],
  );
  assert.equal(only(seen, "udp:receive")[0]?.remote, only(seen, "udp:bind")[0]?.local);
  assert.is(only(seen, "udp:drop")[0]?.bytes, 6);
});

test("a socket of datagrams that can't be bound is published with why", async () => {
  const host = openHost();
  const taken = boundUdp(host);
  const address = taken.localAddress();
  const socket = host.imports["wasi:sockets/udp-create-socket"].createUdpSocket("ipv4");
  const seen = await watching(host.id, async () => {
    assert.is(
      thrown(() => socket.startBind(network(host), address)),
      "address-in-use",
    );
  });
  const [failed] = only(seen, "udp:bind");
  assert.equal(
    [failed?.host, failed?.socket, failed?.local, failed?.error],
    [host.id, socket.endpoint.id, address, "EADDRINUSE"],
  );
  for (const each of [socket, taken]) each[Symbol.dispose]();
});

test("what becomes of a datagram that nobody takes is published where it was sent", async () => {
  const host = openHost();
  const nobody = loopback(await freePort());
  let sender = 0;
  const seen = await watching(host.id, async () => {
    const socket = boundUdp(host);
    sender = socket.endpoint.id;
    const [input, output] = socket.stream(nobody);
    output.checkSend();
    output.send([{ data: Buffer.from("x"), remoteAddress: undefined }]);
    await ready(input);
    assert.is(
      thrown(() => input.receive(1n)),
      "connection-refused",
    );
    for (const resource of [input, output, socket]) resource[Symbol.dispose]();
  });
  const [failed] = only(seen, "udp:error");
  assert.equal(
    [failed?.host, failed?.socket, failed?.direction, failed?.error],
    [host.id, sender, "receive", "ECONNREFUSED"],
  );
  const [connected] = only(seen, "udp:connect");
  assert.equal([connected?.socket, connected?.remote, connected?.error], [sender, nobody, undefined]);
});

test("a look-up is published when it starts and when it ends", async () => {
  const host = openHost({
    resolver: async () => Promise.reject(Object.assign(new Error(), { code: "ENOTFOUND" })),
  });
  const seen = await watching(host.id, async () => {
    const { resolveAddresses } = host.imports["wasi:sockets/ip-name-lookup"];
    const stream = resolveAddresses(network(host), "nowhere.example");
    await ready(stream);
    stream[Symbol.dispose]();
  });
  assert.equal(
    seen.map(({ channel, event }) => `${channel} ${event.name ?? event.target} ${event.error}`),
    [
      "policy:grant nowhere.example undefined",
      "dns:lookup:start nowhere.example undefined",
      "dns:lookup nowhere.example EAI_NONAME",
    ],
  );
  assert.is(seen[1]?.event.lookup, seen[2]?.event.lookup);
});

test("the policy's answers are published, what it grants and what it refuses", async () => {
  const host = openHost({ policy: policyFromRules({ allowListen: ["tcp://127.0.0.1"] }) });
  const seen = await watching(host.id, async () => {
    const socket = boundTcp(host);
    const refused = tcp(host);
    assert.is(
      thrown(() => refused.startBind(network(host), at("127.0.0.2", 0))),
      "access-denied",
    );
    for (const each of [socket, refused]) each[Symbol.dispose]();
  });
  const told = seen
    .filter(({ channel }) => channel.startsWith("policy:"))
    .map(({ channel, event }) => {
      const { use, target } = event;
      return `${channel} ${use} ${typeof target === "object" ? socketAddressText(target) : target}`;
    });
  assert.equal(told, [
    "policy:grant tcp undefined",
    "policy:grant tcp-bind 127.0.0.1:0",
    "policy:grant tcp undefined",
    "policy:refuse tcp-bind 127.0.0.2:0",
  ]);
});

test("no channel has a subscriber when nobody watches", () => {
  for (const channel of Object.values(events)) assert.is(channel.hasSubscribers, false, channel.name);
});

test("an event is one line: socket, call, address, bytes, result", () => {
  const remote = at("192.0.2.1", 443);
  const lines: [ChannelName, Partial<AnyEvent>, RegExp][] = [
    ["wasock:tcp:send", { socket: 4, remote, bytes: 512 }, /^ +#4 tcp send +192\.0\.2\.1:443 +512 B ok$/],
    ["wasock:tcp:connect", { socket: 4, remote, error: "ETIMEDOUT" }, /tcp connect +192.* ETIMEDOUT$/],
    ["wasock:tcp:listen", { socket: 9, local: at("::1", 80), backlog: 5 }, /\[::1\]:80 +ok backlog=5$/],
    ["wasock:tcp:close", { socket: 9, sent: 7, received: 30 }, /7\+30 B ok$/],
    [
      "wasock:dns:lookup:start",
      { lookup: 3, name: "a.example" },
      /^ +\?3 dns lookup start +a\.example +pending$/,
    ],
    ["wasock:policy:refuse", { use: "tcp-connect", target: remote }, / 192\S+ +refused use=tcp-connect$/],
  ];
  for (const [channel, event, line] of lines) {
    assert.match(describeEvent(channel, { host: 1, ...event }), line);
  }
  assert.is(new Set(channelNames).size, Object.keys(events).length);
});

test("NODE_DEBUG=wasock prints the events of every host of a process", () => {
  const library = new URL("../../src/index.js", import.meta.url).href;
  const script = `
    const { makeListenerSocket, getAddressInfo, openNetIo, getSocketName, close } = await import("${library}");
    const listener = await makeListenerSocket(await getAddressInfo("127.0.0.1", 0));
    const [socket] = await openNetIo("127.0.0.1", getSocketName(listener).port);
    await close(socket);
    await close(listener);
  `;
  const run = (env: NodeJS.ProcessEnv): string => {
    const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...process.env, ...env },
    });
    assert.is(status, 0, stderr);
    return stderr;
  };
  const told = run({ NODE_DEBUG: "wasock" });
  for (const call of ["tcp bind", "tcp listen", "tcp connect start", "tcp connect", "tcp close"]) {
    assert.match(told, new RegExp(`^WASOCK \\d+: +\\d+\\.\\d{6} +#\\d+ ${call} `, "m"));
  }
  assert.not.match(run({ NODE_DEBUG: "" }), /WASOCK/);
});

test.run();
