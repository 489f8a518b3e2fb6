/** openNetIo, withNetIo and makeListenerSocket: what they give, and what they leave when they fail. */
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  AddressInfo,
  accept,
  close,
  getAddressInfo,
  getPeerName,
  getSocketName,
  type InputPort,
  makeAddressInfo,
  makeListenerSocket,
  makeSockaddr,
  NetError,
  type OutputPort,
  openNetIo,
  receive,
  type Sockaddr,
  Socket,
  send,
  shutdown,
  withNetIo,
} from "../../src/index.ts";
import { startPeer } from "../peers/peer.ts";
import { inUse, scenario, until } from "./support/scenario.ts";
import { closeAll, freeAddress, listening, must } from "./support/sockets.ts";

/** What a promise is rejected with. */
async function rejection(promise: Promise<unknown>): Promise<NetError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, NetError);
  return error as NetError;
}

function infoOf(address: Sockaddr): AddressInfo {
  return new AddressInfo(address.family, 1, 6, 0, address);
}

scenario("openNetIo gives the socket and its ports, which close it when both have ended", async () => {
  for (const address of ["127.0.0.1", "::1"]) {
    const [listener, at] = await listening(address);
    const [socket, input, output] = must(await openNetIo(address, at.port));
    const server = must(await accept(listener));
    assert.is(socket.family, at.family);
    assert.is(String(getPeerName(socket)), String(at));
    output.end("question");
    assert.is(String(await receive(server, 100)), "question");
    assert.equal(await receive(server, 100), Buffer.alloc(0));
    await send(server, Buffer.from("answer"));
    shutdown(server, "write");
    assert.is(await text(input), "answer");
    await until(() => socket.closed);
    await closeAll(server, listener);
  }
});

scenario("openNetIo tries each candidate in turn", async () => {
  // localhost may be ::1 first; who listens on 127.0.0.1 alone is reached all the same
  const [listener, at] = await listening();
  const [socket] = must(await openNetIo("localhost", at.port));
  assert.is(getPeerName(socket)?.name, "127.0.0.1");
  const [local] = must(await openNetIo(null, String(at.port)));
  assert.is(getPeerName(local)?.name, "127.0.0.1");
  await closeAll(socket, local, must(await accept(listener)), must(await accept(listener)), listener);
});

scenario("openNetIo gives null where nobody can be reached, and leaves nothing open", async () => {
  const { port } = await freeAddress();
  const hosts = ["127.0.0.1", "::1", "localhost", "no-such-name.invalid", "", "not a name", null];
  assert.equal(
    await Promise.all(hosts.map((host) => openNetIo(host, port))),
    hosts.map(() => null),
  );
  assert.is(await openNetIo("127.0.0.1", "no-such-service"), null);
  assert.is(await openNetIo("127.0.0.1", "99999"), null);
  assert.is(await openNetIo("127.0.0.1", 0), null);
});

scenario("closing the socket of openNetIo ends its ports", async () => {
  const [listener, at] = await listening();
  const [socket, input, output] = must(await openNetIo("127.0.0.1", at.port));
  const ends = [once(input, "close"), once(output, "close")];
  await close(socket);
  await Promise.all(ends);
  assert.ok(input.destroyed && output.destroyed);
  await closeAll(must(await accept(listener)), listener);
});

scenario("withNetIo gives what proc gives, and closes", async () => {
  const echo = await startPeer("tcp-echo");
  const before = inUse();
  const sync = await withNetIo("127.0.0.1", echo.port, () => 42);
  const later = await withNetIo("127.0.0.1", echo.port, async (input, output) => {
    output.end("hello");
    return await text(input);
  });
  assert.equal([sync, later], [42, "hello"]);
  assert.equal(inUse(), before, "the connections are closed when the promise is fulfilled");
  await echo.stop();
});

scenario("withNetIo delivers what proc wrote without waiting for it", async () => {
  const sink = await startPeer("sink");
  const size = 8 << 20;
  await withNetIo("127.0.0.1", sink.port, (_input, output) => void output.write(Buffer.alloc(size)));
  assert.is((await sink.told<{ bytes: number }>()).bytes, size);
  await sink.stop();
});

scenario("withNetIo rejects with what proc throws, and closes at once", async () => {
  const mute = await startPeer("mute");
  const before = inUse();
  const mine = new Error("mine");
  for (const proc of [
    () => {
      throw mine;
    },
    async () => {
      throw mine;
    },
    async (_input: InputPort, output: OutputPort) => {
      // more than a peer that does not read ever takes
      output.write(Buffer.alloc(64 << 20));
      throw mine;
    },
  ]) {
    const error = await withNetIo("127.0.0.1", mute.port, proc).catch((reason: unknown) => reason);
    assert.is(error, mine);
  }
  await until(() => inUse()["sockets"] === before["sockets"]);
  await mute.stop();
});

scenario("a time limit is for the look-up and all tries together", async () => {
  const peer = await startPeer("tcp-echo");
  const options = { timeoutMs: 0 };
  for (const opening of [
    Socket.openNetIo("127.0.0.1", peer.port, options),
    Socket.withNetIo("127.0.0.1", peer.port, () => assert.unreachable(), options),
  ]) {
    const { code, syscall } = await rejection(opening);
    assert.equal([code, syscall], ["ETIMEDOUT", "connect"]);
  }
  const [socket] = await Socket.openNetIo("127.0.0.1", peer.port, { timeoutMs: 10_000 });
  await socket.close();
  await peer.stop();
});

scenario("withNetIo says which step failed, on what, and why", async () => {
  const { port } = await freeAddress();
  const unused = () => assert.unreachable();
  const refused = await rejection(withNetIo("127.0.0.1", port, unused));
  assert.is(refused.message, `connect 127.0.0.1:${port}: connection refused (ECONNREFUSED)`);
  assert.equal([refused.code, refused.errno, refused.syscall], ["ECONNREFUSED", -111, "connect"]);
  assert.equal([refused.address, refused.port], ["127.0.0.1", port]);
  assert.match(
    (await rejection(withNetIo("::1", port, unused))).message,
    new RegExp(`^connect \\[::1\\]:${port}: `),
  );
  const unknown = await rejection(withNetIo("no-such-name.invalid", "http", unused));
  assert.equal(
    [unknown.syscall, unknown.address, unknown.port],
    ["getaddrinfo", "no-such-name.invalid", "http"],
  );
  assert.match(unknown.message, /^getaddrinfo no-such-name.invalid:http: /);
  const service = await rejection(withNetIo("127.0.0.1", "no-such-service", unused));
  assert.equal([service.code, service.syscall], ["ENOENT", "getaddrinfo"]);
});

scenario("a connection that breaks while proc does not look is no unhandled error", async () => {
  const peer = await startPeer("reset");
  const result = await withNetIo("127.0.0.1", peer.port, async (input, output) => {
    output.write("x");
    input.resume();
    await once(input, "close").catch(() => {});
    return "done";
  });
  assert.is(result, "done");
  const error = await rejection(
    withNetIo("127.0.0.1", peer.port, async (input, output) => {
      output.write("x");
      return await text(input);
    }),
  );
  assert.equal([error.code, error.syscall], ["ECONNRESET", "recv"]);
  await peer.stop();
});

scenario("makeListenerSocket listens on the first candidate", async () => {
  for (const address of ["127.0.0.1", "::1"]) {
    const listener = await makeListenerSocket(must(await getAddressInfo(address, 0)), 5);
    const at = must(getSocketName(listener));
    assert.equal([at.name, listener.family], [address, at.family]);
    assert.ok(at.port > 0);
    const [socket] = must(await openNetIo(address, at.port));
    await closeAll(must(await accept(listener)), socket, listener);
  }
});

scenario("makeListenerSocket says which step failed, and leaves nothing open", async () => {
  const [listener, at] = await listening();
  const inUseAlready = await rejection(makeListenerSocket(infoOf(at)));
  assert.is(inUseAlready.message, `bind 127.0.0.1:${at.port}: address in use (EADDRINUSE)`);
  assert.equal([inUseAlready.syscall, inUseAlready.errno], ["bind", -98]);
  await close(listener);

  const elsewhere = await rejection(makeListenerSocket(infoOf(makeSockaddr("192.0.2.1", 0))));
  assert.equal([elsewhere.syscall, elsewhere.code], ["bind", "EADDRNOTAVAIL"]);

  const datagrams = await rejection(
    makeListenerSocket(new AddressInfo(2, 2, 17, 0, makeSockaddr("127.0.0.1"))),
  );
  assert.equal([datagrams.syscall, datagrams.code], ["listen", "EOPNOTSUPP"]);

  const raw = await rejection(makeListenerSocket(new AddressInfo(2, 3, 1, 0, makeSockaddr("127.0.0.1"))));
  assert.equal([raw.syscall, raw.code], ["socket", "ESOCKTNOSUPPORT"]);

  const family = await rejection(makeListenerSocket(new AddressInfo(10, 1, 6, 0, makeSockaddr("127.0.0.1"))));
  assert.equal([family.syscall, family.code], ["bind", "EAFNOSUPPORT"]);

  const none = await rejection(makeListenerSocket(new AddressInfo(2, 1, 6, 0, makeSockaddr())));
  assert.equal([none.syscall, none.code], ["bind", "EINVAL"]);
  assert.throws(() => makeListenerSocket(makeAddressInfo(2, 1, 6)), /ai must have an address/);
});

test.run();
