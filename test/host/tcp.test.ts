import { execFileSync } from "node:child_process";
import { once } from "node:events";
import * as net from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { IpAddressFamily } from "../../host/network/address.ts";
import { socketAddressText } from "../../host/network/address.ts";
import {
  accept,
  at,
  boundTcp,
  connect,
  drop,
  listener,
  loopback,
  network,
  openHost,
  openSockets,
  pair,
  put,
  readAll,
  ready,
  tcp,
  thrown,
  trap,
  until,
} from "./support.ts";

const host = openHost();
const families: IpAddressFamily[] = ["ipv4", "ipv6"];

/** What an outside program sees when it connects: `"connected"` or the errno. */
function outsideConnect(port: number, address = "127.0.0.1"): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port });
    socket.once("connect", () => {
      socket.destroy();
      resolve("connected");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "?"));
  });
}

/** A real server of Node's own. */
function outsideServer(
  onConnection: (socket: net.Socket) => void,
  address = "127.0.0.1",
): Promise<net.Server> {
  return new Promise((resolve) => {
    const server = net.createServer({ allowHalfOpen: true }, onConnection);
    server.listen(0, address, () => resolve(server));
  });
}

test("bind takes port 0, and the port is known at once", () => {
  for (const family of families) {
    for (const address of family === "ipv4" ? ["127.0.0.1", "0.0.0.0"] : ["::1", "::"]) {
      const socket = boundTcp(host, at(address, 0));
      const local = socket.localAddress();
      assert.ok(local.val.port > 0);
      assert.equal(local.val.address, at(address, 0).val.address);
      assert.is(
        thrown(() => socket.remoteAddress()),
        "invalid-state",
      );
      socket[Symbol.dispose]();
    }
  }
});

test("a bound socket does not listen: an outside connect is refused until it does", async () => {
  const socket = boundTcp(host);
  const { port } = socket.localAddress().val;
  assert.is(await outsideConnect(port), "ECONNREFUSED");
  assert.is(socket.isListening(), false);
  socket.startListen();
  socket.finishListen();
  assert.is(socket.isListening(), true);
  assert.is(await outsideConnect(port), "connected");
  socket[Symbol.dispose]();
  await until(() => host.stats().sockets === 0, "the listener closes");
  assert.is(await outsideConnect(port), "ECONNREFUSED");
});

test("a failed bind leaves the socket usable for another", () => {
  for (const family of families) {
    const taken = listener(host, loopback(0, family));
    const socket = tcp(host, family);
    assert.is(
      thrown(() => socket.startBind(network(host), taken.localAddress())),
      "address-in-use",
    );
    assert.is(
      thrown(() => socket.finishBind()),
      "not-in-progress",
    );
    assert.is(
      thrown(() => socket.localAddress()),
      "invalid-state",
    );
    const elsewhere = at(family === "ipv4" ? "192.0.2.0" : "2001:db8::", 0);
    assert.is(
      thrown(() => socket.startBind(network(host), elsewhere)),
      "address-not-bindable",
    );
    socket.startBind(network(host), loopback(0, family));
    socket.finishBind();
    assert.ok(socket.localAddress().val.port > 0);
    socket[Symbol.dispose]();
    taken[Symbol.dispose]();
  }
});

test("the wildcard is in use where another socket listens on it", () => {
  for (const address of ["0.0.0.0", "::"]) {
    const taken = listener(host, at(address, 0));
    const socket = tcp(host, taken.addressFamily());
    assert.is(
      thrown(() => socket.startBind(network(host), taken.localAddress())),
      "address-in-use",
    );
    socket[Symbol.dispose]();
    taken[Symbol.dispose]();
  }
});

test("bind refuses what is no unicast address of the family", () => {
  for (const [family, addresses] of [
    ["ipv4", ["::1", "255.255.255.255", "224.254.0.0"]],
    ["ipv6", ["127.0.0.1", "ff00::", "::ffff:127.0.0.1", "::127.0.0.1"]],
  ] as const) {
    const socket = tcp(host, family);
    for (const address of addresses) {
      assert.is(
        thrown(() => socket.startBind(network(host), at(address, 0))),
        "invalid-argument",
        address,
      );
    }
    socket[Symbol.dispose]();
  }
});

test("an IPv6 wildcard leaves the IPv4 port alone", async () => {
  const six = listener(host, at("::", 0));
  const { port } = six.localAddress().val;
  const four = listener(host, at("0.0.0.0", port));
  assert.is(await outsideConnect(port, "::1"), "connected");
  assert.is(await outsideConnect(port, "127.0.0.1"), "connected");
  await ready(six);
  const [socket, input, output] = six.accept();
  assert.is(socket.remoteAddress().tag, "ipv6");
  drop({ socket, input, output });
  six[Symbol.dispose]();
  four[Symbol.dispose]();
});

test("each call in each state gives what the specification says", async () => {
  const remote = listener(host);
  const unbound = tcp(host);
  const bound = boundTcp(host);
  const listening = listener(host);
  const [connected, accepted] = await pair(host);
  const states = { unbound, bound, listening, connected: connected.socket, accepted: accepted.socket };
  for (const [state, socket] of Object.entries(states)) {
    assert.is(
      thrown(() => socket.finishBind()),
      "not-in-progress",
      state,
    );
    assert.is(
      thrown(() => socket.finishConnect()),
      "not-in-progress",
      state,
    );
    assert.is(
      thrown(() => socket.finishListen()),
      "not-in-progress",
      state,
    );
    assert.is(socket.addressFamily(), "ipv4");
    assert.is(socket.isListening(), state === "listening");
    if (state !== "unbound") {
      assert.is(
        thrown(() => socket.startBind(network(host), loopback())),
        "invalid-state",
        state,
      );
      assert.ok(socket.localAddress());
    } else {
      assert.is(
        thrown(() => socket.localAddress()),
        "invalid-state",
      );
    }
    if (state !== "bound")
      assert.is(
        thrown(() => socket.startListen()),
        "invalid-state",
        state,
      );
    if (state !== "listening")
      assert.is(
        thrown(() => socket.accept()),
        "invalid-state",
        state,
      );
    if (state !== "unbound" && state !== "bound") {
      const start = (): void => socket.startConnect(network(host), remote.localAddress());
      assert.is(thrown(start), "invalid-state", state);
    }
    if (state !== "connected" && state !== "accepted") {
      assert.is(
        thrown(() => socket.remoteAddress()),
        "invalid-state",
        state,
      );
      for (const how of ["receive", "send", "both"] as const) {
        assert.is(
          thrown(() => socket.shutdown(how)),
          "invalid-state",
          state,
        );
      }
    } else {
      assert.ok(socket.remoteAddress());
      assert.is(
        thrown(() => socket.setListenBacklogSize(5n)),
        "invalid-state",
      );
    }
  }
  assert.is(
    thrown(() => listening.accept()),
    "would-block",
  );
  drop(connected);
  drop(accepted);
  for (const socket of [remote, unbound, bound, listening]) socket[Symbol.dispose]();
});

test("an operation that is not finished keeps others from starting", () => {
  const socket = tcp(host);
  socket.startBind(network(host), loopback());
  assert.is(
    thrown(() => socket.startListen()),
    "concurrency-conflict",
  );
  assert.is(
    thrown(() => socket.startBind(network(host), loopback())),
    "concurrency-conflict",
  );
  assert.is(
    thrown(() => socket.startConnect(network(host), loopback(1))),
    "concurrency-conflict",
  );
  assert.is(
    thrown(() => socket.finishListen()),
    "not-in-progress",
  );
  socket.finishBind();
  assert.is(
    thrown(() => socket.finishBind()),
    "not-in-progress",
  );
  socket[Symbol.dispose]();
});

test("connect refuses impossible addresses, and the socket may be asked again", async () => {
  for (const [family, addresses] of [
    ["ipv4", ["0.0.0.0:80", "127.0.0.1:0", "255.255.255.255:80", "224.254.0.0:80"]],
    ["ipv6", ["::#80", "::1#0", "ff00::#80", "::ffff:127.0.0.1#80"]],
  ] as const) {
    const socket = tcp(host, family);
    for (const text of addresses) {
      const [address = "", port] = text.split(family === "ipv4" ? ":" : "#");
      const start = (): void => socket.startConnect(network(host), at(address, Number(port)));
      assert.is(thrown(start), "invalid-argument", text);
    }
    const other = loopback(80, family === "ipv4" ? "ipv6" : "ipv4");
    assert.is(
      thrown(() => socket.startConnect(network(host), other)),
      "invalid-argument",
    );
    const server = listener(host, loopback(0, family));
    const client = await connect(host, server.localAddress(), socket);
    drop(client);
    server[Symbol.dispose]();
  }
});

test("a bound socket connects from its port", async () => {
  const server = listener(host);
  const socket = boundTcp(host);
  const { port } = socket.localAddress().val;
  const client = await connect(host, server.localAddress(), socket);
  const accepted = await accept(server);
  assert.is(accepted.socket.remoteAddress().val.port, port);
  assert.is(client.socket.localAddress().val.port, port);
  assert.equal(accepted.socket.remoteAddress(), client.socket.localAddress());
  drop(client);
  drop(accepted);
  server[Symbol.dispose]();
});

test("while connecting, finish-connect would block and options are out of reach", async () => {
  const server = listener(host);
  const socket = tcp(host);
  const pollable = socket.subscribe();
  assert.is(pollable.ready(), true);
  socket.startConnect(network(host), server.localAddress());
  assert.is(pollable.ready(), false);
  assert.is(
    thrown(() => socket.finishConnect()),
    "would-block",
  );
  assert.is(
    thrown(() => socket.hopLimit()),
    "invalid-state",
  );
  assert.is(
    thrown(() => socket.setKeepAliveEnabled(true)),
    "invalid-state",
  );
  assert.is(
    thrown(() => socket.remoteAddress()),
    "invalid-state",
  );
  await pollable.block();
  const [input, output] = socket.finishConnect();
  assert.is(
    thrown(() => socket.finishConnect()),
    "not-in-progress",
  );
  pollable[Symbol.dispose]();
  drop({ socket, input, output });
  server[Symbol.dispose]();
});

test("a refused connection is told by finish-connect, and the socket is closed then", async () => {
  const nobody = boundTcp(host);
  const socket = tcp(host);
  socket.startConnect(network(host), nobody.localAddress());
  await ready(socket);
  assert.is(
    thrown(() => socket.finishConnect()),
    "connection-refused",
  );
  assert.is(
    thrown(() => socket.finishConnect()),
    "not-in-progress",
  );
  assert.is(
    thrown(() => socket.startConnect(network(host), nobody.localAddress())),
    "invalid-state",
  );
  assert.is(
    thrown(() => socket.startBind(network(host), loopback())),
    "invalid-state",
  );
  assert.is(
    thrown(() => socket.localAddress()),
    "invalid-state",
  );
  socket[Symbol.dispose]();
  nobody[Symbol.dispose]();
  await until(() => host.stats().sockets === 0, "both close");
});

test("a socket that is dropped while it connects is gone at once", async () => {
  const before = openSockets();
  const server = listener(host);
  for (let i = 0; i < 20; i++) {
    const socket = tcp(host);
    socket.startConnect(network(host), server.localAddress());
    socket[Symbol.dispose]();
  }
  await until(() => host.stats().sockets === 1, "the connecting sockets close");
  // some of them may stand by now, as far as the kernel is concerned
  server[Symbol.dispose]();
  await until(() => host.stats().sockets === 0, "the server closes");
  assert.is(openSockets(), before);
});

test("the backlog reaches the kernel, before listening and after", async () => {
  const socket = boundTcp(host);
  socket.setListenBacklogSize(37n);
  socket.startListen();
  socket.finishListen();
  assert.is(kernelBacklog(socket.localAddress().val.port), 37);
  socket.setListenBacklogSize(11n);
  assert.is(kernelBacklog(socket.localAddress().val.port), 11);
  socket.setListenBacklogSize(0xffff_ffff_ffff_ffffn);
  const client = await connect(host, socket.localAddress());
  const accepted = await accept(socket);
  drop(client);
  drop(accepted);
  socket[Symbol.dispose]();
});

/** The Send-Q column of `ss`, which for a listening socket is its backlog. */
function kernelBacklog(port: number): number {
  const line = execFileSync("ss", ["-Hltn", `sport = :${port}`], { encoding: "utf8" });
  return Number(line.trim().split(/\s+/)[2]);
}

test("clients that came, wrote and went before accept are still accepted, with their data", async () => {
  const server = listener(host);
  const first = await connect(host, server.localAddress());
  const second = await connect(host, server.localAddress());
  put(first.output, Buffer.from("first"));
  put(second.output, Buffer.from("second"));
  drop(first);
  drop(second);
  await until(() => host.stats().sockets === 1, "the clients are gone");
  for (const expected of ["first", "second"]) {
    const accepted = await accept(server);
    assert.is((await readAll(accepted.input)).toString(), expected);
    drop(accepted);
  }
  server[Symbol.dispose]();
});

test("a pollable of a listener goes with what waits", async () => {
  const server = listener(host);
  const pollable = server.subscribe();
  for (let i = 0; i < 3; i++) {
    assert.is(pollable.ready(), false);
    const client = await connect(host, server.localAddress());
    await pollable.block();
    const [socket, input, output] = server.accept();
    assert.is(pollable.ready(), false);
    drop(client);
    drop({ socket, input, output });
  }
  pollable[Symbol.dispose]();
  server[Symbol.dispose]();
});

test("an address is bound again at once although a client of its last owner lives on", async () => {
  for (const family of families) {
    const server = listener(host, loopback(0, family));
    const address = server.localAddress();
    const client = await connect(host, address);
    const accepted = await accept(server);
    await accepted.output.blockingWriteZeroesAndFlush(10n);
    drop(accepted);
    server[Symbol.dispose]();
    await until(() => host.stats().sockets === 1, "the server side closes");
    const again = listener(host, address);
    assert.is((await readAll(client.input)).length, 10);
    drop(client);
    again[Symbol.dispose]();
  }
  await until(() => host.stats().sockets === 0, "all close");
});

test("accepted sockets start with the options of the listener, and keep them", async () => {
  const server = boundTcp(host);
  server.setKeepAliveEnabled(true);
  server.setKeepAliveIdleTime(42_000_000_000n);
  server.setKeepAliveInterval(42_000_000_000n);
  server.setKeepAliveCount(42);
  server.setHopLimit(42);
  server.setReceiveBufferSize(65536n);
  server.startListen();
  server.finishListen();
  const client = await connect(host, server.localAddress());
  const { socket, input, output } = await accept(server);
  server.setKeepAliveIdleTime(43_000_000_000n);
  server.setHopLimit(43);
  assert.is(socket.keepAliveEnabled(), true);
  assert.is(socket.keepAliveIdleTime(), 42_000_000_000n);
  assert.is(socket.keepAliveInterval(), 42_000_000_000n);
  assert.is(socket.keepAliveCount(), 42);
  assert.is(socket.hopLimit(), 42);
  assert.is(socket.receiveBufferSize(), 65536n);
  assert.is(server.hopLimit(), 43);
  // The kernel's timer is the proof that it was not only kept.
  const { port } = client.socket.localAddress().val;
  const line = execFileSync("ss", ["-Htno", `dport = :${port}`], { encoding: "utf8" });
  assert.match(line, /timer:\(keepalive,4[012]/);
  drop(client);
  drop({ socket, input, output });
  server[Symbol.dispose]();
});

test("options refuse 0, take the extremes and give back what was set", () => {
  for (const socket of [tcp(host), boundTcp(host), listener(host)]) {
    for (const call of [
      () => socket.setListenBacklogSize(0n),
      () => socket.setKeepAliveIdleTime(0n),
      () => socket.setKeepAliveInterval(0n),
      () => socket.setKeepAliveCount(0),
      () => socket.setHopLimit(0),
      () => socket.setReceiveBufferSize(0n),
      () => socket.setSendBufferSize(0n),
    ]) {
      assert.is(thrown(call), "invalid-argument");
    }
    assert.ok(
      socket.keepAliveIdleTime() > 0n && socket.keepAliveInterval() > 0n && socket.keepAliveCount() > 0,
    );
    assert.ok(socket.hopLimit() > 0 && socket.receiveBufferSize() > 0n && socket.sendBufferSize() > 0n);
    for (const value of [1n, 0xffff_ffff_ffff_ffffn]) {
      socket.setListenBacklogSize(value);
      socket.setKeepAliveIdleTime(value);
      socket.setKeepAliveInterval(value);
      socket.setReceiveBufferSize(value);
      socket.setSendBufferSize(value);
    }
    socket.setKeepAliveIdleTime(1n);
    assert.is(socket.keepAliveIdleTime(), 1_000_000_000n);
    for (const value of [1, 0xffff_ffff]) socket.setKeepAliveCount(value);
    assert.is(socket.keepAliveCount(), 127);
    for (const value of [1, 255]) socket.setHopLimit(value);
    socket.setKeepAliveEnabled(true);
    assert.is(socket.keepAliveEnabled(), true);
    socket.setKeepAliveEnabled(false);
    assert.is(socket.keepAliveEnabled(), false);
    socket[Symbol.dispose]();
  }
});

test("what the accept queue does not take stays in the kernel, and is taken when there is room", async () => {
  const small = openHost({ caps: { acceptQueue: 2 } });
  const server = listener(small);
  const { port } = server.localAddress().val;
  const clients: net.Socket[] = [];
  for (let i = 0; i < 7; i++) {
    const client = net.connect(port, "127.0.0.1");
    client.end(String(i));
    clients.push(client);
    await once(client, "connect");
  }
  await until(() => kernelQueue(port) === 5, "five wait in the kernel");
  for (let i = 0; i < 7; i++) {
    const accepted = await accept(server);
    assert.is(String(await readAll(accepted.input)), String(i));
    drop(accepted);
  }
  assert.is(kernelQueue(port), 0);
  assert.is(server.endpoint.overflows, 0);
  assert.is(
    thrown(() => server.accept()),
    "would-block",
  );
  server[Symbol.dispose]();
  for (const client of clients) client.destroy();
  small.close();
});

/** The Recv-Q column of `ss`, which for a listening socket is how many wait to be accepted. */
function kernelQueue(port: number): number {
  const line = execFileSync("ss", ["-Hltn", `sport = :${port}`], { encoding: "utf8" });
  return Number(line.trim().split(/\s+/)[1]);
}

test("connections that wait at a listener that closes are reset", async () => {
  const server = listener(host);
  const client = net.connect(server.localAddress().val.port, "127.0.0.1");
  const outcome = new Promise((resolve) =>
    client.on("error", (error: NodeJS.ErrnoException) => resolve(error.code)),
  );
  await ready(server);
  server[Symbol.dispose]();
  assert.is(await outcome, "ECONNRESET");
});

test("the number of sockets has a limit, at creation and at accept", async () => {
  const small = openHost({ caps: { sockets: 2 } });
  const server = listener(small);
  const client = await connect(small, server.localAddress());
  assert.is(
    thrown(() => tcp(small)),
    "new-socket-limit",
  );
  await ready(server);
  assert.is(
    thrown(() => server.accept()),
    "new-socket-limit",
  );
  drop(client);
  await until(() => small.stats().sockets === 1, "the client closes");
  const accepted = await accept(server);
  assert.is((await readAll(accepted.input)).length, 0);
  drop(accepted);
  server[Symbol.dispose]();
  small.close();
});

test("an outside server sees an ordinary client", async () => {
  const server = await outsideServer((socket) => {
    socket.on("data", (bytes) => socket.write(bytes));
    socket.on("end", () => socket.end());
  });
  const { port } = server.address() as net.AddressInfo;
  const client = await connect(host, loopback(port));
  put(client.output, Buffer.from("hello"));
  client.socket.shutdown("send");
  assert.is((await readAll(client.input)).toString(), "hello");
  assert.is(socketAddressText(client.socket.remoteAddress()), `127.0.0.1:${port}`);
  drop(client);
  server.close();
});

test("nothing is left when all is dropped", async () => {
  await until(() => host.stats().sockets === 0, "the sockets of earlier tests close");
  const before = openSockets();
  const own = openHost();
  const server = listener(own);
  const connections = [];
  for (let i = 0; i < 100; i++) {
    connections.push(await connect(own, server.localAddress()), await accept(server));
  }
  assert.is(own.stats().sockets, 201);
  assert.is(own.stats().streams, 400);
  for (const connection of connections) drop(connection);
  server[Symbol.dispose]();
  await until(() => own.stats().sockets === 0, "all close");
  for (const [what, count] of Object.entries(own.stats())) assert.is(count, 0, what);
  await until(() => openSockets() === before, "no descriptor is left");
});

test("a stream can't outlive its socket", async () => {
  const [client, server] = await pair(host);
  assert.match(
    trap(() => client.socket[Symbol.dispose]()),
    /resource has children/,
  );
  drop(client);
  drop(server);
});

test("closing the host closes everything that the guest holds", async () => {
  await until(() => host.stats().sockets === 0, "the sockets of earlier tests close");
  const before = openSockets();
  const own = openHost();
  const server = listener(own);
  const client = await connect(own, server.localAddress());
  const accepted = await accept(server);
  const waiting = accepted.input.blockingRead(10n);
  boundTcp(own);
  tcp(own).startConnect(network(own), server.localAddress());
  own.close();
  assert.equal(await Promise.resolve(waiting).catch((error: unknown) => error), { tag: "closed" });
  assert.equal(
    thrown(() => client.output.checkWrite()),
    { tag: "closed" },
  );
  await until(() => own.stats().sockets === 0, "all close");
  await until(() => openSockets() === before, "no descriptor is left");
});

test.run();
