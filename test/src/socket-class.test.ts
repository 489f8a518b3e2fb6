/** The class `Socket`: the functions' names, errors that are thrown, and calls that can be called off. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  AddressFamily,
  AddressInfo,
  getAddressInfo,
  IpProto,
  Level,
  Msg,
  makeSockaddr,
  NetError,
  Sockaddr,
  Socket,
  SocketOpt,
  SocketType,
  TcpOpt,
} from "../../src/index.ts";
import { heldBack, tellsHeldBack } from "../peers/held-back.ts";
import { startPeer } from "../peers/peer.ts";
import { scenario, until, within } from "./support/scenario.ts";
import { closeAll, freeAddress, must, pattern } from "./support/sockets.ts";

const { inet, inet6 } = AddressFamily;
const heldBackScenario = tellsHeldBack ? scenario : test.skip;

/** What a call fails with. */
async function failure(call: Promise<unknown> | (() => unknown)): Promise<Error & { code?: string }> {
  try {
    await (typeof call === "function" ? call() : call);
  } catch (error) {
    return error as Error;
  }
  throw new Error("it should have failed");
}

async function listening(address = "127.0.0.1"): Promise<Socket> {
  const listener = new Socket(address.includes(":") ? inet6 : inet, SocketType.stream);
  await listener.bind(makeSockaddr(address));
  await listener.listen();
  return listener;
}

async function connection(): Promise<[client: Socket, server: Socket]> {
  const listener = await listening();
  const client = new Socket(inet, SocketType.stream);
  await client.connect(listener.getSocketName());
  const server = await listener.accept();
  await listener.close();
  return [client, server];
}

scenario("a session: listen, connect, send, receive, half-close, names", async () => {
  for (const address of ["127.0.0.1", "::1"]) {
    const listener = await listening(address);
    const client = new Socket(listener.family, SocketType.stream, IpProto.tcp);
    await client.connect(listener.getSocketName());
    const server = await listener.accept();
    assert.instance(server, Socket);
    assert.is(String(server.getPeerName()), String(client.getSocketName()));
    assert.is(await client.send(Buffer.from("question")), 8);
    const into = new Uint8Array(4);
    assert.is(await server.receiveInto(into), 4);
    assert.is(Buffer.from(into).toString(), "ques");
    assert.is(String(await server.receive()), "tion");
    client.shutdown("write");
    assert.is((await server.receive()).length, 0);
    await server.send(Buffer.from("answer"));
    assert.is(String(await client.receive(3)), "ans");
    await closeAll(client, server, listener);
  }
});

scenario("datagrams go where they are sent, and say whence they came", async () => {
  const [a, b] = [new Socket(inet, SocketType.datagram), new Socket(inet, SocketType.datagram)];
  await a.bind(makeSockaddr("127.0.0.1"));
  await b.bind(makeSockaddr("127.0.0.1"));
  const from = new Sockaddr();
  assert.is(await a.send(Buffer.from("hello"), { to: b.getSocketName() }), 5);
  assert.is(String(await b.receive(3, { from, flags: Msg.peek })), "hel");
  assert.is(String(await b.receive(100, { from })), "hello");
  assert.is(String(from), String(a.getSocketName()));
  await closeAll(a, b);
});

scenario("a loop over a listener gives its connections, and ends when it is closed", async () => {
  const listener = await listening();
  const clients = Array.from({ length: 5 }, () => new Socket(inet, SocketType.stream));
  const served: Socket[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      served.push(connection);
      await connection.send(Buffer.from(`you are ${served.length}`));
    }
  })();
  await Promise.all(clients.map((client) => client.connect(listener.getSocketName())));
  const greetings = await Promise.all(clients.map((client) => client.receive()));
  assert.equal(
    greetings.map(String).sort(),
    [1, 2, 3, 4, 5].map((n) => `you are ${n}`),
  );
  await listener.close();
  await within(5, serving, "the loop");
  for await (const _ of listener) assert.unreachable("a closed listener has no connections");
  await closeAll(...clients, ...served);
});

scenario("leaving the loop leaves the listener open, and a signal ends the wait", async () => {
  const listener = await listening();
  const first = new Socket(inet, SocketType.stream);
  await first.connect(listener.getSocketName());
  for await (const connection of listener) {
    await connection.close();
    break;
  }
  assert.is(listener.closed, false);
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  const error = await failure(async () => {
    for await (const _ of listener.connections({ signal: controller.signal })) assert.unreachable();
  });
  assert.is(error.name, "AbortError");
  // what comes after is not lost
  const second = new Socket(inet, SocketType.stream);
  await second.connect(listener.getSocketName());
  await closeAll(await listener.accept(), first, second, listener);
});

scenario("what goes wrong is a NetError that says what was tried", async () => {
  const at = await freeAddress();
  const socket = new Socket(inet, SocketType.stream);
  const refused = (await failure(socket.connect(at))) as NetError;
  assert.instance(refused, NetError);
  assert.is(refused.message, `connect 127.0.0.1:${at.port}: connection refused (ECONNREFUSED)`);
  assert.equal(
    [refused.code, refused.errno, refused.syscall, refused.address, refused.port],
    ["ECONNREFUSED", -111, "connect", "127.0.0.1", at.port],
  );
  await socket.close();

  const [client, server] = await connection();
  const fresh = new Socket(inet, SocketType.stream);
  const listener = await listening();
  const cases: [string, () => unknown][] = [
    ["getpeername: not connected (ENOTCONN)", () => fresh.getPeerName()],
    ["getsockname: invalid argument (EINVAL)", () => fresh.getSocketName()],
    ["shutdown: not connected (ENOTCONN)", () => fresh.shutdown("both")],
    ["send: not connected (ENOTCONN)", () => fresh.send(Buffer.from("x"))],
    ["recv: not connected (ENOTCONN)", () => fresh.receive()],
    ["accept: invalid argument (EINVAL)", () => fresh.accept()],
    ["recv: would have to wait (EAGAIN)", () => client.receive(1, { flags: Msg.dontwait })],
    ["recv: invalid argument (EINVAL)", () => client.receive(1, { flags: 1 << 20 })],
    ["recv: timed out (ETIMEDOUT)", () => client.receive(1, { timeoutMs: 10 })],
    ["recv: timed out (ETIMEDOUT)", () => client.receive(1, { timeout: 0.01 })],
    ["accept: timed out (ETIMEDOUT)", () => listener.accept({ timeoutMs: 0 })],
    [
      "getsockopt: protocol option not available (ENOPROTOOPT)",
      () => client.getSocketOption(Level.socket, 9999),
    ],
    [
      "setsockopt: protocol option not available (ENOPROTOOPT)",
      () => client.setSocketOption(Level.socket, 9999, 1),
    ],
    ["socket: socket type not supported (ESOCKTNOSUPPORT)", () => new Socket(inet, SocketType.raw)],
    ["socketpair: operation not supported (EOPNOTSUPP)", () => Socket.openSocketPair(inet)],
  ];
  for (const [message, call] of cases) {
    const error = await failure(call);
    assert.instance(error, NetError);
    assert.is(error.message, message);
  }
  await closeAll(client, server, fresh, listener);
  const gone = await failure(client.send(Buffer.from("x")));
  assert.equal([gone.code, gone.message], ["EBADF", "send: socket is closed (EBADF)"]);
});

scenario("wrong arguments are rejected with their names", async () => {
  const socket = new Socket(inet, SocketType.stream);
  const wrong = <T>(value: unknown): T => value as T;
  const cases: [RegExp, () => unknown][] = [
    [/^address must be a Sockaddr, got "here"/, () => socket.connect(wrong("here"))],
    [/^bytes must be a Uint8Array, got "text"/, () => socket.send(wrong("text"))],
    [/^options must be an object, got 5/, () => socket.receive(1, wrong(5))],
    [/^options must be an object, got null/, () => socket.accept(wrong(null))],
    [/^signal must be an AbortSignal, got an object/, () => socket.accept({ signal: wrong({}) })],
    [/^timeoutMs must not be negative, got -1/, () => socket.receive(1, { timeoutMs: -1 })],
    [
      /^timeoutMs must be a number of milliseconds or null, got false/,
      () => socket.accept(wrong({ timeoutMs: false })),
    ],
    [
      /^timeoutMs must be a number of milliseconds or null, got "1"/,
      () => socket.accept(wrong({ timeoutMs: "1" })),
    ],
    [
      /^timeoutMs must be a number of milliseconds or null, got NaN/,
      () => socket.accept({ timeoutMs: Number.NaN }),
    ],
    [/^timeout must not be negative, got -1/, () => socket.receive(1, { timeout: -1 })],
    ...[
      (options: object) => socket.accept(options),
      (options: object) => socket.connect(makeSockaddr("127.0.0.1"), options),
      (options: object) => socket.send(Buffer.alloc(1), options),
      (options: object) => socket.receive(1, options),
      (options: object) => socket.receiveInto(Buffer.alloc(1), options),
      (options: object) => socket.receiveMany(1, options),
    ].map((call): [RegExp, () => unknown] => [
      /^options have timeoutMs \(milliseconds\) and timeout \(seconds\): one limit is enough$/,
      () => call({ timeout: 1, timeoutMs: null }),
    ]),
    [/^to must be a Sockaddr, got an object/, () => socket.send(Buffer.alloc(1), { to: wrong({}) })],
    [/^from must be a Sockaddr, got 7/, () => socket.receive(1, { from: wrong(7) })],
    [/^n must be from 0/, () => socket.receive(-1)],
    [/^flags must be an integer/, () => socket.receive(1, { flags: 0.5 })],
    [/^backlog must be/, () => socket.listen(-1)],
    [/^how must be/, () => socket.shutdown(wrong("sideways"))],
    [/^family must be an integer/, () => new Socket(wrong("inet"), SocketType.stream)],
    [/^proc must be a function/, () => Socket.withNetIo(null, 1, wrong(null))],
  ];
  for (const [pattern, call] of cases) assert.match((await failure(call)).message, pattern);
  await socket.close();
});

scenario("an option that a call does not know is refused, with the one that was probably meant", async () => {
  const socket = new Socket(inet, SocketType.stream);
  const address = makeSockaddr("127.0.0.1");
  const ai = new AddressInfo(inet, SocketType.stream, 0);
  const bytes = Buffer.alloc(1);
  const given = (key: string): object => ({ [key]: undefined });
  const near: [string, string, (options: object) => unknown][] = [
    ["timeouMs", "timeoutMs", (options) => socket.receive(1, options)],
    ["fom", "from", (options) => socket.receiveInto(bytes, options)],
    ["Flags", "flags", (options) => socket.send(bytes, options)],
    ["timeoutms", "timeoutMs", (options) => socket.accept(options)],
    ["singal", "signal", (options) => socket.connect(address, options)],
    ["Signal", "signal", (options) => socket.bind(address, options)],
    ["sgnal", "signal", (options) => socket.listen(1, options)],
    ["signals", "signal", (options) => socket.connections(options).next()],
    ["signl", "signal", (options) => AddressInfo.getAddressInfo(null, 80, ai, options)],
    ["sinal", "signal", (options) => Socket.openNetIo(null, 1, options)],
    ["siganl", "signal", (options) => Socket.withNetIo(null, 1, () => {}, options)],
    ["signaal", "signal", (options) => Socket.makeListenerSocket(ai, 1, options)],
  ];
  for (const [key, meant, call] of near) {
    const error: Error = await failure(() => call(given(key)));
    assert.instance(error, TypeError);
    assert.is(error.message, `options.${key} is not an option of this call: did you mean ${meant}?`);
  }
  // what another call knows, and what is inherited
  const cases: [RegExp, () => unknown][] = [
    [
      /^options\.timeout is not an option of this call: known are signal$/,
      () => socket.bind(address, given("timeout")),
    ],
    [
      /^options\.from .* known are signal, timeoutMs, timeout, flags, to$/,
      () => socket.send(bytes, given("from")),
    ],
    [/^options\.wait /, () => socket.receive(1, Object.create(given("wait")))],
    [/^options\.aborted /, () => socket.receive(1, new AbortController().signal as object)],
  ];
  for (const [pattern, call] of cases) assert.match((await failure(call)).message, pattern);
  await socket.close();
});

scenario("an aborted signal calls off whatever waits, and nothing is lost", async () => {
  const [client, server] = await connection();
  const mine = new Error("enough");
  const signalSoon = (): AbortSignal => {
    const controller = new AbortController();
    setImmediate(() => controller.abort(mine));
    return controller.signal;
  };
  assert.is(await failure(client.receive(10, { signal: signalSoon() })), mine);
  assert.is(await failure(client.receiveInto(new Uint8Array(5), { signal: signalSoon() })), mine);
  assert.is(await failure(client.receive(10, { signal: AbortSignal.abort(mine) })), mine, "already aborted");
  await server.send(Buffer.from("later"));
  assert.is(String(await client.receive(10)), "later");

  // bytes that were there already are what the call ends with
  await server.send(Buffer.from("half"));
  assert.is((await client.receive(4, { flags: Msg.peek })).length, 4);
  assert.is(String(await client.receive(10, { flags: Msg.waitall, signal: signalSoon() })), "half");

  const listener = await listening();
  assert.is(await failure(listener.accept({ signal: signalSoon() })), mine);
  await closeAll(client, server, listener);
});

heldBackScenario("a signal ends a send that the peer holds up, with what went out", async () => {
  const [client, server] = await connection();
  const controller = new AbortController();
  const bytes = pattern(64 << 20);
  const sending = client.send(bytes, { signal: controller.signal });
  await heldBack(client.getSocketName().port);
  controller.abort();
  const sent = await within(10, sending);
  assert.ok(sent > 0 && sent < bytes.length, `${sent} bytes`);
  client.shutdown("write");
  let received = 0;
  const into = Buffer.alloc(1 << 20);
  for (let count = 1; count > 0; received += count) {
    count = await server.receiveInto(into);
    assert.ok(into.subarray(0, count).equals(bytes.subarray(received, received + count)));
  }
  assert.is(received, sent);
  await closeAll(client, server);
});

scenario("one signal calls off many, and no listener stays on it", async () => {
  const sockets = Array.from({ length: 100 }, () => new Socket(inet, SocketType.datagram));
  await Promise.all(sockets.map((socket) => socket.bind(makeSockaddr("127.0.0.1"))));
  const controller = new AbortController();
  const { signal } = controller;
  const { getEventListeners } = await import("node:events");
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", onWarning);
  const waits = sockets.map((socket) => socket.receive(1, { signal }));
  await sockets[0]?.send(Buffer.from("x"), { to: must(sockets[1]).getSocketName() });
  assert.is(String(await waits[1]), "x");
  assert.is(getEventListeners(signal, "abort").length, 1);
  controller.abort();
  const results = await Promise.allSettled(waits);
  assert.is(results.filter(({ status }) => status === "rejected").length, 99);
  assert.is(getEventListeners(signal, "abort").length, 0);
  await closeAll(...sockets);
  process.off("warning", onWarning);
  assert.equal(warnings, []);
});

scenario("connecting and look-ups can be called off", async () => {
  const full = await startPeer("full");
  const socket = new Socket(inet, SocketType.stream);
  const at = makeSockaddr("127.0.0.1", full.port);
  const late = await failure(socket.connect(at, { timeoutMs: 50 }));
  assert.equal([late.code, late.message.startsWith("connect 127.0.0.1:")], ["ETIMEDOUT", true]);
  await socket.close();
  const signal = AbortSignal.timeout(50);
  assert.is((await failure(Socket.openNetIo("127.0.0.1", full.port, { signal }))).name, "TimeoutError");
  assert.is((await failure(Socket.openNetIo("localhost", 1, { signal }))).name, "TimeoutError");
  assert.is(
    (await failure(AddressInfo.getAddressInfo("localhost", 1, undefined, { signal }))).name,
    "TimeoutError",
  );
  await full.stop();
});

scenario("openNetIo, makeListenerSocket, openSocketPair and getAddressInfo throw", async () => {
  const { port } = await freeAddress();
  assert.is((await failure(Socket.openNetIo("127.0.0.1", port))).code, "ECONNREFUSED");
  const unknown = await failure(AddressInfo.getAddressInfo("no-such-name.invalid", "http"));
  assert.match(unknown.message, /^getaddrinfo no-such-name.invalid:http: .*\(ENOENT|EAGAIN\)$/);
  const info = await AddressInfo.getAddressInfo("127.0.0.1", 0);
  assert.is(info.address?.name, "127.0.0.1");
  const listener = await Socket.makeListenerSocket(info, 5);
  const taken = must(await getAddressInfo("127.0.0.1", listener.getSocketName().port));
  assert.is((await failure(Socket.makeListenerSocket(taken))).code, "EADDRINUSE");
  const [socket, input, output] = await Socket.openNetIo(null, listener.getSocketName().port);
  assert.ok(socket.input === input && socket.output === output);
  await closeAll(socket, await listener.accept(), listener);
  const [a, b] = Socket.openSocketPair();
  await a.send(Buffer.from("to myself"));
  assert.is(String(await b.receive()), "to myself");
  await closeAll(a, b);
});

scenario("withNetIo closes when its signal is aborted", async () => {
  const mute = await startPeer("mute");
  const controller = new AbortController();
  const mine = new Error("enough");
  const running = Socket.withNetIo(
    "127.0.0.1",
    mute.port,
    async (input, output) => {
      output.write(Buffer.alloc(64 << 20));
      controller.abort(mine);
      for await (const _ of input) assert.unreachable();
    },
    { signal: controller.signal },
  );
  assert.is(await failure(running), mine);
  const answer = await Socket.withNetIo("127.0.0.1", mute.port, () => 42, {
    signal: new AbortController().signal,
  });
  assert.is(answer, 42);
  await mute.stop();
});

scenario("await using closes it", async () => {
  const [client, server] = await connection();
  await server[Symbol.asyncDispose]();
  assert.is(server.closed, true);
  assert.is((await client.receive()).length, 0);
  await client.close();
});

scenario("options can be set and read", async () => {
  const [client, server] = await connection();
  client.setSocketOption(IpProto.tcp, TcpOpt.nodelay, 1);
  assert.is(client.getSocketOption(IpProto.tcp, TcpOpt.nodelay), 1);
  assert.is(client.getSocketOption(Level.socket, SocketOpt.type), SocketType.stream);
  await closeAll(client, server);
});

scenario("pending calls end with EBADF when the socket is closed", async () => {
  const [client, server] = await connection();
  const waits = [
    client.receive(),
    client.receiveInto(Buffer.alloc(1)),
    client.receive(1, { timeoutMs: 60_000 }),
  ];
  const [results] = await Promise.all([Promise.allSettled(waits), client.close()]);
  assert.equal(
    results.map((result) => (result.status === "rejected" ? (result.reason as NetError).code : result.value)),
    ["EBADF", "EBADF", "EBADF"],
  );
  await server.close();
  await until(() => client.closed && server.closed);
});

test.run();
