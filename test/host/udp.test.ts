import * as dgram from "node:dgram";
import * as diagnostics from "node:diagnostics_channel";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { DropEvent } from "../../host/events/channels.ts";
import type { Host } from "../../host/host.ts";
import type { IpSocketAddress } from "../../host/network/address.ts";
import type { IncomingDatagramStream, OutgoingDatagramStream, UdpSocket } from "../../host/wasi02/udp.ts";
import { freePort } from "../peers/ports.ts";
import {
  at,
  boundUdp,
  loopback,
  network,
  openHost,
  openSockets,
  ready,
  thrown,
  trap,
  udp,
  until,
} from "./support.ts";

const host = openHost();

interface Streams {
  socket: UdpSocket;
  incoming: IncomingDatagramStream;
  outgoing: OutgoingDatagramStream;
}

function stream(socket: UdpSocket, remote?: IpSocketAddress): Streams {
  const [incoming, outgoing] = socket.stream(remote);
  return { socket, incoming, outgoing };
}

function endStreams({ incoming, outgoing }: Streams): void {
  incoming[Symbol.dispose]();
  outgoing[Symbol.dispose]();
}

function end(streams: Streams): void {
  endStreams(streams);
  streams.socket[Symbol.dispose]();
}

function open(own: Host = host, family: "ipv4" | "ipv6" = "ipv4"): Streams {
  return stream(boundUdp(own, loopback(0, family)));
}

function send({ outgoing }: Streams, text: string | Uint8Array, remoteAddress?: IpSocketAddress): void {
  assert.ok(outgoing.checkSend() > 0n);
  assert.is(
    outgoing.send([{ data: typeof text === "string" ? Buffer.from(text) : text, remoteAddress }]),
    1n,
  );
}

/** Receives until there are so many. */
async function receive(
  { incoming }: Streams,
  count: number,
): Promise<{ text: string; from: IpSocketAddress }[]> {
  const all: { text: string; from: IpSocketAddress }[] = [];
  while (all.length < count) {
    await ready(incoming);
    for (const { data, remoteAddress } of incoming.receive(BigInt(count - all.length))) {
      all.push({ text: Buffer.from(data).toString(), from: remoteAddress });
    }
  }
  return all;
}

/** Lets the loop turn often enough that what was sent over loopback is there. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("bind: port 0, both families, failures, and another try on the same socket", () => {
  for (const address of ["127.0.0.1", "0.0.0.0", "::1", "::"]) {
    const socket = boundUdp(host, at(address, 0));
    const local = socket.localAddress();
    assert.ok(local.val.port > 0);
    assert.equal(local.val.address, at(address, 0).val.address);
    assert.is(
      thrown(() => socket.startBind(network(host), at(address, 0))),
      "invalid-state",
    );
    const second = udp(host, local.tag);
    assert.is(
      thrown(() => second.localAddress()),
      "invalid-state",
    );
    assert.is(
      thrown(() => second.finishBind()),
      "not-in-progress",
    );
    assert.is(
      thrown(() => second.startBind(network(host), local)),
      "address-in-use",
    );
    const other = local.tag === "ipv4" ? at("::1", 0) : at("127.0.0.1", 0);
    assert.is(
      thrown(() => second.startBind(network(host), other)),
      "invalid-argument",
    );
    const elsewhere = at(local.tag === "ipv4" ? "192.0.2.0" : "2001:db8::", 0);
    assert.is(
      thrown(() => second.startBind(network(host), elsewhere)),
      "address-not-bindable",
    );
    if (local.tag === "ipv6") {
      assert.is(
        thrown(() => second.startBind(network(host), at("::ffff:127.0.0.1", 0))),
        "invalid-argument",
      );
    }
    second.startBind(network(host), at(address, 0));
    assert.is(
      thrown(() => second.startBind(network(host), at(address, 0))),
      "concurrency-conflict",
    );
    second.finishBind();
    assert.is(
      thrown(() => second.finishBind()),
      "not-in-progress",
    );
    assert.not.equal(second.localAddress(), local);
    socket[Symbol.dispose]();
    second[Symbol.dispose]();
  }
});

test("an IPv6 wildcard leaves the IPv4 port alone", () => {
  const six = boundUdp(host, at("::", 0));
  const four = boundUdp(host, at("0.0.0.0", six.localAddress().val.port));
  six[Symbol.dispose]();
  four[Symbol.dispose]();
});

test("datagrams keep their order, boundaries, senders and length, down to none and up to the largest", async () => {
  for (const family of ["ipv4", "ipv6"] as const) {
    const sender = open(host, family);
    const receiver = open(host, family);
    const to = receiver.socket.localAddress();
    send(sender, "first", to);
    send(sender, "", to);
    send(sender, "third", to);
    const got = await receive(receiver, 3);
    assert.equal(
      got.map(({ text }) => text),
      ["first", "", "third"],
    );
    for (const { from } of got) assert.equal(from, sender.socket.localAddress());
    const largest = new Uint8Array(family === "ipv4" ? 65507 : 65527).fill(7);
    // The kernel's default limit for IPv6 over loopback is the same 64 KiB.
    send(sender, largest.subarray(0, 65507), to);
    assert.is((await receive(receiver, 1))[0]?.text.length, 65507);
    sender.outgoing.checkSend();
    const tooLarge = new Uint8Array(largest.length + 1);
    assert.is(
      thrown(() => sender.outgoing.send([{ data: tooLarge, remoteAddress: to }])),
      "datagram-too-large",
    );
    end(sender);
    end(receiver);
  }
});

test("one receive gives all that is there, and no more than asked for", async () => {
  const sender = open();
  const receiver = open();
  const to = receiver.socket.localAddress();
  sender.outgoing.checkSend();
  const two = ["a", "b"].map((text) => ({ data: Buffer.from(text), remoteAddress: to }));
  assert.is(sender.outgoing.send(two), 2n);
  await ready(receiver.incoming);
  assert.equal(receiver.incoming.receive(0n), []);
  const got = receiver.incoming.receive(100n);
  assert.equal(
    got.map(({ data }) => Buffer.from(data).toString()),
    ["a", "b"],
  );
  assert.equal(receiver.incoming.receive(100n), []);
  for (const text of ["c", "d", "e"]) send(sender, text, to);
  await settle();
  assert.is(receiver.incoming.receive(2n).length, 2);
  assert.is(receiver.incoming.receive(2n).length, 1);
  end(sender);
  end(receiver);
});

test("the incoming pollable is not ready once all is taken", async () => {
  const sender = open();
  const receiver = open();
  const pollable = receiver.incoming.subscribe();
  assert.is(pollable.ready(), false);
  for (let round = 0; round < 3; round++) {
    send(sender, "x", receiver.socket.localAddress());
    await pollable.block();
    assert.is(pollable.ready(), true);
    receiver.incoming.receive(10n);
    assert.is(pollable.ready(), false);
  }
  pollable[Symbol.dispose]();
  end(sender);
  end(receiver);
});

test("what came between bind and stream is delivered", async () => {
  const sender = open();
  const socket = boundUdp(host);
  send(sender, "early", socket.localAddress());
  await settle();
  const receiver = stream(socket);
  assert.equal((await receive(receiver, 1))[0]?.text, "early");
  end(sender);
  end(receiver);
});

test("stream with a peer delivers that peer's datagrams alone, also of those that came before", async () => {
  const [one, two] = [open(), open()];
  const socket = boundUdp(host);
  const to = socket.localAddress();
  send(one, "one, early", to);
  send(two, "two, early", to);
  await settle();
  const receiver = stream(socket, two.socket.localAddress());
  send(one, "one, late", to);
  send(two, "two, late", to);
  assert.equal(
    (await receive(receiver, 2)).map(({ text }) => text),
    ["two, early", "two, late"],
  );
  await settle();
  assert.equal(receiver.incoming.receive(10n), []);
  for (const streams of [one, two, receiver]) end(streams);
});

test("stream sets, changes and takes away the peer; the port stays", () => {
  const socket = udp(host);
  assert.is(
    thrown(() => socket.stream(undefined)),
    "invalid-state",
  );
  assert.is(
    thrown(() => socket.remoteAddress()),
    "invalid-state",
  );
  socket.startBind(network(host), at("127.0.0.1", 0));
  assert.is(
    thrown(() => socket.stream(undefined)),
    "concurrency-conflict",
  );
  socket.finishBind();
  const { port } = socket.localAddress().val;
  const [a, b] = [loopback(4001), loopback(4002)];
  for (const remote of [undefined, undefined, a, a, b, undefined, a]) {
    const streams = stream(socket, remote);
    if (remote === undefined)
      assert.is(
        thrown(() => socket.remoteAddress()),
        "invalid-state",
      );
    else assert.equal(socket.remoteAddress(), remote);
    assert.is(socket.localAddress().val.port, port);
    endStreams(streams);
  }
  for (const bad of [at("0.0.0.0", 5), loopback(0), at("::1", 5)]) {
    assert.is(
      thrown(() => socket.stream(bad)),
      "invalid-argument",
    );
  }
  socket[Symbol.dispose]();
  const six = boundUdp(host, loopback(0, "ipv6"));
  assert.is(
    thrown(() => six.stream(at("::ffff:127.0.0.1", 5))),
    "invalid-argument",
  );
  six[Symbol.dispose]();
});

test("an address in a zone that is no interface here is nowhere", () => {
  const there = at("fe80::1", 5000);
  if (there.tag === "ipv6") there.val.scopeId = 999_999;
  const socket = boundUdp(host, loopback(0, "ipv6"));
  assert.is(
    thrown(() => socket.stream(there)),
    "remote-unreachable",
  );
  const streams = stream(socket);
  streams.outgoing.checkSend();
  assert.is(
    thrown(() => streams.outgoing.send([{ data: Buffer.from("x"), remoteAddress: there }])),
    "remote-unreachable",
  );
  endStreams(streams);
  socket[Symbol.dispose]();
});

test("a socket tells when it is closed, and is then; closing is over at once where it was before", async () => {
  const own = openHost();
  const socket = boundUdp(own);
  const address = socket.localAddress();
  const { endpoint } = socket;
  socket[Symbol.dispose]();
  await endpoint.closed();
  assert.is(own.stats().sockets, 0);
  // its port is free
  boundUdp(own, address)[Symbol.dispose]();
  await endpoint.closed();
  own.close();
});

test("stream while an earlier pair lives traps", () => {
  const streams = open();
  assert.match(
    trap(() => streams.socket.stream(undefined)),
    /drop the earlier streams/,
  );
  streams.incoming[Symbol.dispose]();
  assert.match(
    trap(() => streams.socket.stream(undefined)),
    /drop the earlier streams/,
  );
  assert.match(
    trap(() => streams.socket[Symbol.dispose]()),
    /resource has children/,
  );
  streams.outgoing[Symbol.dispose]();
  end(stream(streams.socket));
});

test("sending needs a permit, and more than that traps", () => {
  const sender = open();
  const datagram = { data: Buffer.from("x"), remoteAddress: loopback(4001) };
  assert.is(sender.outgoing.send([]), 0n);
  assert.match(
    trap(() => sender.outgoing.send([datagram])),
    /1 datagrams where 0 are permitted/,
  );
  assert.is(sender.outgoing.checkSend(), 16n);
  assert.match(
    trap(() => sender.outgoing.send(new Array(17).fill(datagram))),
    /17 datagrams where 16 are permitted/,
  );
  assert.is(sender.outgoing.send(new Array(10).fill(datagram)), 10n);
  // each call needs a permit of its own, whatever the one before has left
  assert.match(
    trap(() => sender.outgoing.send([datagram])),
    /1 datagrams where 0 are permitted/,
  );
  end(sender);
});

test("addresses of what is sent: given when there is no peer, and the peer's when there is one", async () => {
  const receiver = open();
  const to = receiver.socket.localAddress();
  const sender = open();
  const data = Buffer.from("x");
  const refused = (streams: Streams, remoteAddress: IpSocketAddress | undefined): unknown => {
    streams.outgoing.checkSend();
    return thrown(() => streams.outgoing.send([{ data, remoteAddress }]));
  };
  for (const bad of [undefined, loopback(0), at("0.0.0.0", 5), at("::1", 5)]) {
    assert.is(refused(sender, bad), "invalid-argument");
  }
  endStreams(sender);
  const connected = stream(sender.socket, to);
  send(connected, "none");
  send(connected, "same", to);
  assert.is(refused(connected, loopback(to.val.port === 4001 ? 4002 : 4001)), "invalid-argument");
  assert.equal(
    (await receive(receiver, 2)).map(({ text }) => text),
    ["none", "same"],
  );
  // One that fails behind others that went: the count is told, and the error at the next call.
  connected.outgoing.checkSend();
  assert.is(connected.outgoing.send([{ data }, { data, remoteAddress: at("::1", 5) }]), 1n);
  end(connected);
  end(receiver);
});

test("refusals by ICMP do not break later rounds", async () => {
  for (const family of ["ipv4", "ipv6"] as const) {
    const address = loopback(await freePort(), family);
    const socket = boundUdp(host, loopback(0, family));
    for (let round = 0; round < 256; round++) {
      const streams = stream(socket, address);
      const pollable = streams.outgoing.subscribe();
      assert.is(pollable.ready(), true);
      pollable[Symbol.dispose]();
      send(streams, "x");
      if (round % 16 === 0) await settle();
      endStreams(streams);
    }
    socket[Symbol.dispose]();
  }
});

test("a refused datagram is told by receive, once, and the pollable is ready for it", async () => {
  const address = loopback(await freePort());
  const client = stream(boundUdp(host), address);
  send(client, "is anybody there?");
  await ready(client.incoming, 5);
  assert.is(
    thrown(() => client.incoming.receive(10n)),
    "connection-refused",
  );
  assert.equal(client.incoming.receive(10n), []);
  end(client);
});

test("a refused datagram is told by the next send instead, once, and nothing is sent then", async () => {
  for (const isKnown of [true, false]) {
    const address = loopback(await freePort());
    const client = stream(boundUdp(host), address);
    send(client, "lost");
    // The kernel has the refusal now; after a turn of the event loop we have it.
    if (isKnown) await ready(client.incoming, 5);
    const receiver = stream(boundUdp(host, address));
    client.outgoing.checkSend();
    const [one, two] = [{ data: Buffer.from("1") }, { data: Buffer.from("2") }];
    assert.is(
      thrown(() => client.outgoing.send([one, two])),
      "connection-refused",
    );
    assert.equal(client.incoming.receive(10n), []);
    assert.is(client.outgoing.checkSend() > 1n, true);
    assert.is(client.outgoing.send([one, two]), 2n);
    assert.equal(
      (await receive(receiver, 2)).map(({ text }) => text),
      ["1", "2"],
    );
    end(client);
    end(receiver);
  }
});

test("a refusal that shows behind the first of several datagrams is told by the next call", async () => {
  const address = loopback(await freePort());
  for (const call of ["send", "receive", "takeError"] as const) {
    const client = stream(boundUdp(host), address);
    client.outgoing.checkSend();
    const list = [{ data: Buffer.from("1") }, { data: Buffer.from("2") }];
    assert.is(client.outgoing.send(list), 1n);
    const tell = {
      send: () => thrown(() => client.outgoing.send(list)),
      receive: () => thrown(() => client.incoming.receive(10n)),
      takeError: () => client.socket.endpoint.takeError(),
    };
    client.outgoing.checkSend();
    assert.is(tell[call](), call === "takeError" ? "ECONNREFUSED" : "connection-refused");
    assert.is(client.socket.endpoint.takeError(), undefined);
    end(client);
  }
});

test("the queue has limits in datagrams and in bytes: the newest are dropped, counted and published", async () => {
  const published: DropEvent[] = [];
  const onDrop = (message: unknown): void => void published.push(message as DropEvent);
  diagnostics.subscribe("wasock:udp:drop", onDrop);
  const few = openHost({ caps: { datagrams: 3 } });
  const short = openHost({ caps: { datagramBytes: 10 } });
  const sender = open();
  for (const [own, kept] of [
    [few, ["aaaa", "bbbb", "cccc"]],
    [short, ["aaaa", "bbbb"]],
  ] as const) {
    const receiver = open(own);
    for (const text of ["aaaa", "bbbb", "cccc", "dddd", "eeee"])
      send(sender, text, receiver.socket.localAddress());
    await until(() => receiver.socket.endpoint.dropped === 5 - kept.length, "the rest is dropped");
    assert.equal(
      (await receive(receiver, kept.length)).map(({ text }) => text),
      kept,
    );
    send(sender, "room again", receiver.socket.localAddress());
    assert.is((await receive(receiver, 1))[0]?.text, "room again");
    end(receiver);
    own.close();
  }
  diagnostics.unsubscribe("wasock:udp:drop", onDrop);
  assert.equal(
    published.map(({ count }) => count),
    [1, 2, 1, 2, 3],
  );
  end(sender);
});

test("an outside program's datagrams are answered", async () => {
  const server = open();
  const outside = dgram.createSocket("udp4");
  const answer = new Promise<string>((resolve) =>
    outside.once("message", (bytes) => resolve(bytes.toString())),
  );
  outside.send("ping", server.socket.localAddress().val.port, "127.0.0.1");
  const [question] = await receive(server, 1);
  assert.is(question?.text, "ping");
  send(server, "pong", question?.from);
  assert.is(await answer, "pong");
  outside.close();
  end(server);
});

test("bytes that the guest changes after send arrive as they were", async () => {
  const receiver = open();
  const to = receiver.socket.localAddress();
  for (const connected of [false, true]) {
    const socket = boundUdp(host);
    const sender = connected ? stream(socket, to) : stream(socket);
    const memory = Buffer.from("before");
    send(sender, memory, connected ? undefined : to);
    memory.write("after!");
    send(sender, memory, connected ? undefined : to);
    assert.equal(
      (await receive(receiver, 2)).map(({ text }) => text),
      ["before", "after!"],
    );
    end(sender);
  }
  end(receiver);
});

test("1,024 datagrams are permitted in each turn of the event loop, and what the kernel keeps arrives in order", async () => {
  const receiver = open();
  const sender = stream(boundUdp(host), receiver.socket.localAddress());
  let sent = 0;
  for (let turn = 1; turn <= 3; turn++) {
    while (sender.outgoing.checkSend() > 0n) {
      const list = Array.from({ length: 16 }, () => ({ data: Buffer.from(String(sent++)) }));
      assert.is(sender.outgoing.send(list), 16n);
      assert.ok(sent <= turn * 1024, "the permit is never used up");
    }
    assert.is(sent, turn * 1024);
    await ready(sender.outgoing);
  }
  const first = await receive(receiver, 200);
  assert.equal(
    first.map(({ text }) => text),
    Array.from({ length: 200 }, (_, i) => String(i)),
  );
  end(sender);
  end(receiver);
});

test("options: defaults, zero, extremes, and what was set before bind and after", () => {
  for (const make of [() => udp(host), () => boundUdp(host), () => boundUdp(host, loopback(0, "ipv6"))]) {
    const socket = make();
    assert.ok(socket.unicastHopLimit() > 0);
    assert.ok(socket.receiveBufferSize() > 0n && socket.sendBufferSize() > 0n);
    assert.is(
      thrown(() => socket.setUnicastHopLimit(0)),
      "invalid-argument",
    );
    assert.is(
      thrown(() => socket.setReceiveBufferSize(0n)),
      "invalid-argument",
    );
    assert.is(
      thrown(() => socket.setSendBufferSize(0n)),
      "invalid-argument",
    );
    for (const value of [1n, 0xffff_ffff_ffff_ffffn]) {
      socket.setReceiveBufferSize(value);
      socket.setSendBufferSize(value);
    }
    for (const value of [1, 255, 42]) socket.setUnicastHopLimit(value);
    assert.is(socket.unicastHopLimit(), 42);
    socket.setReceiveBufferSize(65536n);
    socket.setSendBufferSize(65536n);
    assert.is(socket.receiveBufferSize(), 65536n);
    assert.is(socket.sendBufferSize(), 65536n);
    if (socket.endpoint.family === "ipv4") {
      try {
        socket.startBind(network(host), loopback());
        socket.finishBind();
      } catch (error) {
        assert.is(error, "invalid-state");
      }
      // Read from the kernel now.
      assert.is(socket.receiveBufferSize(), 65536n);
      assert.is(socket.sendBufferSize(), 65536n);
    }
    socket[Symbol.dispose]();
  }
});

test("nothing is left when all is dropped, nor when the host is closed", async () => {
  await until(() => host.stats().sockets === 0, "the sockets of earlier tests close");
  for (const [what, count] of Object.entries(host.stats())) assert.is(count, 0, what);
  const before = openSockets();
  const own = openHost();
  for (let i = 0; i < 20; i++) end(open(own));
  await until(() => own.stats().sockets === 0, "all close");
  for (let i = 0; i < 20; i++) open(own);
  udp(own);
  assert.is(own.stats().sockets, 21);
  own.close();
  await until(() => own.stats().sockets === 0, "all close");
  await until(() => openSockets() === before, "no descriptor is left");
});

test.run();
