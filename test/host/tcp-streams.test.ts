import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import * as diagnostics from "node:diagnostics_channel";
import * as net from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CloseEvent } from "../../host/events/channels.ts";
import { type AnyEvent, watchEvents } from "../../host/events/trace.ts";
import type { IoError } from "../../host/io/streams.ts";
import {
  accept,
  connect,
  drop,
  listener,
  loopback,
  openHost,
  openSockets,
  pair,
  put,
  readAll,
  ready,
  thrown,
  trap,
  until,
  writeAll,
} from "./support.ts";

const host = openHost();
const closed = { tag: "closed" };
const { networkErrorCode } = host.imports["wasi:sockets/network"];

function failureCode(error: unknown): string | undefined {
  const { tag, val } = error as { tag: string; val: IoError };
  assert.is(tag, "last-operation-failed");
  assert.ok(val.toDebugString().length > 0);
  return networkErrorCode(val);
}

/** A server of Node's own, and its next connection. */
async function outsidePeer(): Promise<{ port: number; connection: Promise<net.Socket>; close(): void }> {
  let take: (socket: net.Socket) => void = () => {};
  const connection = new Promise<net.Socket>((resolve) => {
    take = resolve;
  });
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => take(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  return { port, connection, close: () => void server.close() };
}

test("one write arrives in one read", async () => {
  const [client, server] = await pair(host);
  put(client.output, Buffer.from("hello, world!"));
  assert.is(Buffer.from(await server.input.blockingRead(100n)).toString(), "hello, world!");
  drop(client);
  drop(server);
});

test("what is permitted can be written in pieces, also when the kernel is full in the midst of them", async () => {
  const peer = await outsidePeer();
  const [client, connection] = await Promise.all([connect(host, loopback(peer.port)), peer.connection]);
  let written = 0;
  for (let permit = client.output.checkWrite(); permit > 0n; permit = client.output.checkWrite()) {
    for (let left = Number(permit); left > 0; left -= 1000) {
      const piece = Math.min(left, 1000);
      client.output.write(new Uint8Array(piece));
      written += piece;
    }
  }
  drop(client);
  let got = 0;
  for await (const chunk of connection) got += (chunk as Buffer).length;
  assert.is(got, written);
  peer.close();
});

test("read(0) is empty on an open stream, with and without data", async () => {
  const [client, server] = await pair(host);
  assert.is(server.input.read(0n).length, 0);
  assert.is(server.input.read(10n).length, 0);
  put(client.output, Buffer.from("abc"));
  await ready(server.input);
  assert.is(server.input.read(0n).length, 0);
  assert.is(Buffer.from(server.input.read(2n)).toString(), "ab");
  assert.is(server.input.skip(10n), 1n);
  assert.is(server.input.read(10n).length, 0);
  drop(client);
  drop(server);
});

test("an empty write is fine, and a fresh connection permits a write", async () => {
  const [client, server] = await pair(host);
  put(client.output, new Uint8Array(0));
  assert.ok(client.output.checkWrite() >= 3n);
  drop(client);
  drop(server);
});

test("writing more than what is left of the last permit traps", async () => {
  const [client, server] = await pair(host);
  const permit = client.output.checkWrite();
  assert.match(
    trap(() => client.output.write(new Uint8Array(Number(permit) + 1))),
    /262145 bytes were written where 262144 are permitted/,
  );
  client.output.write(new Uint8Array(Number(permit) - 2));
  client.output.write(new Uint8Array(1));
  assert.match(
    trap(() => client.output.write(new Uint8Array(2))),
    /2 bytes were written where 1 are permitted/,
  );
  client.output.flush();
  assert.match(
    trap(() => client.output.write(new Uint8Array(1))),
    /1 bytes were written where 0 are permitted/,
  );
  assert.match(
    trap(() => server.output.write(new Uint8Array(1))),
    /1 bytes were written where 0 are permitted/,
  );
  drop(client);
  drop(server);
});

test("after shutdown of sending the peer reads the end, and its answer still comes", async () => {
  for (const family of ["ipv4", "ipv6"] as const) {
    const [client, server] = await pair(host, loopback(0, family));
    put(client.output, Buffer.from("request"));
    client.socket.shutdown("send");
    for (const call of [
      () => put(client.output, Buffer.from("x")),
      () => client.output.checkWrite(),
      () => client.output.flush(),
    ]) {
      assert.equal(thrown(call), closed);
    }
    client.socket.shutdown("send");
    assert.is((await readAll(server.input)).toString(), "request");
    await writeAll(server.output, Buffer.from("answer"));
    server.output[Symbol.dispose]();
    assert.is((await readAll(client.input)).toString(), "answer");
    assert.ok(client.socket.remoteAddress());
    assert.ok(client.socket.localAddress());
    drop(client);
    server.input[Symbol.dispose]();
    server.socket[Symbol.dispose]();
  }
});

test("a megabyte that is written right before shutdown all arrives", async () => {
  const own = openHost({ caps: { outputBytes: 1 << 20 } });
  const [client, server] = await pair(own);
  const bytes = randomBytes(1 << 20);
  put(client.output, bytes);
  client.socket.shutdown("send");
  assert.ok((await readAll(server.input)).equals(bytes));
  drop(client);
  drop(server);
  own.close();
});

test("after shutdown of receiving the queued data is gone, and writing goes on", async () => {
  const [client, server] = await pair(host);
  put(server.output, Buffer.from("unwanted"));
  await ready(client.input);
  client.socket.shutdown("receive");
  assert.equal(
    thrown(() => client.input.read(10n)),
    closed,
  );
  assert.equal(
    thrown(() => client.input.read(0n)),
    closed,
  );
  client.socket.shutdown("receive");
  await server.output.blockingWriteAndFlush(Buffer.from("more that nobody wants"));
  put(client.output, Buffer.from("still here"));
  assert.is(Buffer.from(await server.input.blockingRead(100n)).toString(), "still here");
  client.socket.shutdown("both");
  assert.equal(
    await Promise.resolve(server.input.blockingRead(10n)).catch((error: unknown) => error),
    closed,
  );
  drop(client);
  drop(server);
});

test("when the peer has ended and gone, reading is closed, and not empty", async () => {
  const [client, server] = await pair(host);
  server.socket.shutdown("both");
  drop(server);
  await ready(client.input);
  assert.equal(
    thrown(() => client.input.read(10n)),
    closed,
  );
  assert.equal(
    thrown(() => client.input.read(0n)),
    closed,
  );
  drop(client);
});

test("a reset is told to the reader as such, once, and to the writer as closed", async () => {
  const peer = await outsidePeer();
  const client = await connect(host, loopback(peer.port));
  (await peer.connection).resetAndDestroy();
  await ready(client.input);
  assert.is(failureCode(thrown(() => client.input.read(10n))), "connection-reset");
  assert.equal(
    thrown(() => client.input.read(10n)),
    closed,
  );
  assert.equal(
    thrown(() => client.output.checkWrite()),
    closed,
  );
  assert.equal(
    thrown(() => put(client.output, Buffer.from("x"))),
    closed,
  );
  drop(client);
  peer.close();
});

test("bytes that came before a reset are read first", async () => {
  const peer = await outsidePeer();
  const client = await connect(host, loopback(peer.port));
  const socket = await peer.connection;
  socket.write("last words");
  await ready(client.input);
  socket.resetAndDestroy();
  assert.is(Buffer.from(client.input.read(4n)).toString(), "last");
  assert.is(Buffer.from(client.input.read(100n)).toString(), " words");
  await ready(client.input);
  assert.is(failureCode(thrown(() => client.input.read(10n))), "connection-reset");
  drop(client);
  peer.close();
});

test("writing to a peer that has gone ends in closed", async () => {
  const peer = await outsidePeer();
  const client = await connect(host, loopback(peer.port));
  (await peer.connection).destroy();
  let error: unknown;
  for (let i = 0; i < 1000 && error === undefined; i++) {
    try {
      const permit = client.output.checkWrite();
      if (permit === 0n) await ready(client.output);
      else put(client.output, new Uint8Array(1));
    } catch (caught) {
      error = caught;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(error, closed);
  drop(client);
  peer.close();
});

test("a peer that does not read stops the writer, in bounded memory, and nothing is lost", async () => {
  const peer = await outsidePeer();
  const client = await connect(host, loopback(peer.port));
  const socket = await peer.connection;
  // no part of the limit: the last piece before it is cut
  const piece = randomBytes(50_001);
  const sent = createHash("sha256");
  let bytes = 0;
  let stalls = 0;
  // Until the kernel's buffers are full and nothing moves in ten turns of the loop.
  while (stalls < 10) {
    const permit = Math.min(Number(client.output.checkWrite()), piece.length);
    if (permit > 0) {
      put(client.output, piece.subarray(0, permit));
      sent.update(piece.subarray(0, permit));
      bytes += permit;
      stalls = 0;
    } else {
      stalls++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(bytes < 64 << 20, "the writer was never stopped");
  }
  assert.is(client.output.checkWrite(), 0n);
  assert.ok(client.output.sink.pending() <= 256 * 1024);
  const pollable = client.output.subscribe();
  assert.is(pollable.ready(), false);
  const got = createHash("sha256");
  let received = 0;
  socket.on("data", (data) => {
    got.update(data);
    received += data.length;
  });
  socket.resume();
  await pollable.block();
  assert.ok(client.output.checkWrite() > 0n);
  pollable[Symbol.dispose]();
  client.socket.shutdown("send");
  await new Promise((resolve) => socket.once("end", resolve));
  assert.is(received, bytes);
  assert.is(got.digest("hex"), sent.digest("hex"));
  socket.destroy();
  drop(client);
  peer.close();
});

test("a guest that does not read stops the peer, and holds one buffer at most", async () => {
  const peer = await outsidePeer();
  const client = await connect(host, loopback(peer.port));
  const socket = await peer.connection;
  const piece = randomBytes(65536);
  const sent = createHash("sha256");
  let bytes = 0;
  while (socket.writableLength < 4 << 20) {
    socket.write(piece);
    sent.update(piece);
    bytes += piece.length;
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(bytes < 64 << 20, "the peer was never stopped");
  }
  const stuck = socket.bytesWritten - socket.writableLength;
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.is(socket.bytesWritten - socket.writableLength, stuck);
  socket.end();
  const got = createHash("sha256");
  let received = 0;
  for (;;) {
    let part: Uint8Array;
    try {
      part = await client.input.blockingRead(1_000_000n);
    } catch (error) {
      assert.equal(error, closed);
      break;
    }
    assert.ok(part.length <= 65536);
    got.update(part);
    received += part.length;
  }
  assert.is(received, bytes);
  assert.is(got.digest("hex"), sent.digest("hex"));
  drop(client);
  peer.close();
});

test("idle connections share one read buffer", async () => {
  const own = openHost();
  const server = listener(own);
  const connections = [];
  for (let i = 0; i < 50; i++)
    connections.push(await connect(own, server.localAddress()), await accept(server));
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 50; i++)
    connections.push(await connect(own, server.localAddress()), await accept(server));
  const each = (process.memoryUsage().arrayBuffers - before) / 100;
  assert.ok(each < 1024, `${each} bytes of buffer for each connection`);
  for (const connection of connections) drop(connection);
  server[Symbol.dispose]();
  await until(() => own.stats().sockets === 0, "all close");
});

test("a waiter that reads within the event leaves nothing to copy", async () => {
  const [client, server] = await pair(host);
  const { source } = server.input;
  let got = "";
  const waiter = {
    wake(): void {
      got += Buffer.from(server.input.read(1000n)).toString();
    },
  };
  source.addWaiter(waiter);
  put(client.output, Buffer.from("one"));
  await until(() => got === "one", "the first piece");
  put(client.output, Buffer.from("two"));
  await until(() => got === "onetwo", "the second piece");
  source.removeWaiter(waiter);
  drop(client);
  drop(server);
});

test("a suspended guest that is woken reads out of the shared buffer; what it leaves is kept for it", async () => {
  const [client, server] = await pair(host);
  const shared = host.context.buffers.read.buffer;
  const pollable = server.input.subscribe();
  const { poll } = host.imports["wasi:io/poll"];
  put(client.output, Buffer.from("first, second"));
  await poll([pollable]);
  const first = server.input.read(5n);
  assert.is(Buffer.from(first).toString(), "first");
  assert.is(first.buffer, shared);
  // The rest is copied before the next event.
  await new Promise((resolve) => setImmediate(resolve));
  const other = await pair(host);
  put(other[0].output, Buffer.from("XXXXXXXXXXXXXXXXXXXX"));
  assert.is((await other[1].input.blockingRead(100n)).length, 20);
  const second = server.input.read(100n);
  assert.is(Buffer.from(second).toString(), ", second");
  assert.is.not(second.buffer, shared);
  // Reading goes on behind it, up to the end.
  put(client.output, Buffer.from("third"));
  await poll([pollable]);
  assert.is(Buffer.from(server.input.read(100n)).toString(), "third");
  client.socket.shutdown("send");
  await poll([pollable]);
  assert.equal(
    thrown(() => server.input.read(100n)),
    closed,
  );
  pollable[Symbol.dispose]();
  for (const connection of [client, server, ...other]) drop(connection);
});

test("a guest that is woken and does not read holds the peer back", async () => {
  const own = openHost({ caps: { readBuffer: 1000 } });
  const [client, server] = await pair(own);
  const pollable = server.input.subscribe();
  const bytes = randomBytes(5000);
  put(client.output, bytes);
  const got: Buffer[] = [];
  for (let round = 0; round < 5; round++) {
    await pollable.block();
    // What the peer sent behind the first thousand must not get in the way.
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    got.push(Buffer.from(server.input.read(100_000n)));
    assert.is(got[round]?.length, 1000);
  }
  assert.ok(Buffer.concat(got).equals(bytes));
  pollable[Symbol.dispose]();
  drop(client);
  drop(server);
  own.close();
});

test("a small permit and flush: everything is delivered in order", async () => {
  const own = openHost({ caps: { outputBytes: 1000 } });
  const [client, server] = await pair(own);
  const bytes = randomBytes(300_000);
  const received = readAll(server.input);
  for (let from = 0; from < bytes.length; from += 7000) {
    await client.output.blockingWriteAndFlush(bytes.subarray(from, from + 7000));
    assert.is(client.output.sink.pending(), 0);
  }
  client.socket.shutdown("send");
  assert.ok((await received).equals(bytes));
  drop(client);
  drop(server);
  own.close();
});

test("nothing more is permitted until the kernel has all, flushed or not", async () => {
  const peer = await outsidePeer();
  const client = await connect(host, loopback(peer.port));
  const socket = await peer.connection;
  const zeroes = new Uint8Array(65536);
  while (client.output.sink.pending() === 0) put(client.output, zeroes);
  assert.ok(client.output.sink.pending() <= zeroes.length);
  assert.is(client.output.checkWrite(), 0n);
  client.output.flush();
  assert.is(client.output.checkWrite(), 0n);
  const flushed = client.output.blockingFlush();
  socket.resume();
  await flushed;
  assert.is(client.output.checkWrite(), 262144n);
  socket.destroy();
  drop(client);
  peer.close();
});

test("bytes are their writer's again when the write returns, also those that the kernel has not taken", async () => {
  const own = openHost();
  const sent: number[] = [];
  const tell = (message: unknown): void => {
    const event = message as CloseEvent;
    if (event.host === own.context.id) sent.push(event.sent ?? -1);
  };
  diagnostics.subscribe("wasock:tcp:close", tell);
  const peer = await outsidePeer();
  const client = await connect(own, loopback(peer.port));
  const socket = await peer.connection;
  const bytes = Buffer.alloc(65536);
  const expected = createHash("sha256");
  let total = 0;
  for (let piece = 1; client.output.sink.pending() === 0; piece++) {
    bytes.fill(piece);
    expected.update(bytes);
    put(client.output, bytes);
    total += bytes.length;
    bytes.fill(0);
  }
  const received = createHash("sha256");
  socket.on("data", (data) => received.update(data));
  socket.resume();
  await client.output.blockingFlush();
  client.socket.shutdown("send");
  await new Promise((resolve) => socket.once("end", resolve));
  assert.is(received.digest("hex"), expected.digest("hex"));
  drop(client);
  socket.destroy();
  peer.close();
  await until(() => sent.length === 1, "the connection closes");
  assert.equal(sent, [total]);
  diagnostics.unsubscribe("wasock:tcp:close", tell);
  own.close();
});

test("zeroes and splice", async () => {
  const [client, server] = await pair(host);
  const [from, to] = await pair(host);
  await client.output.blockingWriteZeroesAndFlush(100_000n);
  put(client.output, Buffer.from("end"));
  client.socket.shutdown("send");
  let moved = 0n;
  try {
    for (;;) moved += await from.output.blockingSplice(server.input, 5000n);
  } catch (error) {
    assert.equal(error, closed);
  }
  assert.is(moved, 100_003n);
  from.socket.shutdown("send");
  const all = await readAll(to.input);
  assert.is(all.length, 100_003);
  assert.ok(all.subarray(0, 100_000).every((byte) => byte === 0));
  assert.is(all.subarray(100_000).toString(), "end");
  for (const end of [client, server, from, to]) drop(end);
});

test("what was written before everything is dropped is still delivered", async () => {
  const peer = await outsidePeer();
  const client = await connect(host, loopback(peer.port));
  const socket = await peer.connection;
  let bytes = 0;
  for (;;) {
    const permit = Number(client.output.checkWrite());
    if (permit === 0) break;
    put(client.output, new Uint8Array(permit));
    bytes += permit;
  }
  const before = openSockets();
  drop(client);
  let received = 0;
  socket.on("data", (data) => {
    received += data.length;
  });
  socket.resume();
  await new Promise((resolve) => socket.once("end", resolve));
  assert.is(received, bytes);
  socket.destroy();
  peer.close();
  await until(() => host.stats().sockets === 0, "the connection closes");
  if (before !== undefined) await until(() => (openSockets() ?? 0) < before, "the descriptor is closed");
});

test("a dropped connection that can't deliver is cut after the time for it", async () => {
  const own = openHost({ caps: { lingerMilliseconds: 50 } });
  const peer = await outsidePeer();
  const client = await connect(own, loopback(peer.port));
  const socket = await peer.connection;
  for (let permit = 1; permit > 0; ) {
    permit = Number(client.output.checkWrite());
    put(client.output, new Uint8Array(permit));
  }
  const { id } = client.socket.endpoint;
  const cut: AnyEvent[] = [];
  const stop = watchEvents((channel, event) => {
    if (channel === "wasock:tcp:linger" && event.host === own.id) cut.push(event);
  });
  drop(client);
  assert.is(own.stats().sockets, 1);
  await until(() => own.stats().sockets === 0, "the connection is cut");
  stop();
  assert.equal(
    cut.map(({ socket, bytes = 0 }) => [socket, bytes > 0]),
    [[id, true]],
  );
  socket.destroy();
  peer.close();
});

test("a pending close keeps no program alive that has delivered", async () => {
  const script = `
    import { createHost, allowAll } from ${JSON.stringify(new URL("../../host/index.js", import.meta.url).href)};
    const host = createHost({ policy: allowAll });
    const imports = host.imports;
    const network = imports["wasi:sockets/instance-network"].instanceNetwork();
    const make = () => imports["wasi:sockets/tcp-create-socket"].createTcpSocket("ipv4");
    const server = make();
    server.startBind(network, { tag: "ipv4", val: { port: 0, address: [127, 0, 0, 1] } });
    server.finishBind(); server.startListen(); server.finishListen();
    const client = make();
    client.startConnect(network, server.localAddress());
    const pollable = client.subscribe(); await pollable.block(); pollable[Symbol.dispose]();
    const [input, output] = client.finishConnect();
    output.checkWrite();
    output.write(new Uint8Array(5));
    for (const resource of [input, output, client, server]) resource[Symbol.dispose]();
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const start = performance.now();
  const code = await new Promise((resolve) => child.once("exit", resolve));
  assert.is(code, 0);
  assert.ok(performance.now() - start < 10_000, "it went on for the time of lingering");
});

test("256 MiB go through in both directions at once", async () => {
  const [client, server] = await pair(host);
  const total = 128 << 20;
  const piece = randomBytes(100_000);
  const send = async (output: typeof client.output): Promise<string> => {
    const hash = createHash("sha256");
    for (let sent = 0; sent < total; ) {
      const permit = Math.min(Number(output.checkWrite()), piece.length, total - sent);
      if (permit === 0) {
        await ready(output, 60);
        continue;
      }
      put(output, piece.subarray(0, permit));
      hash.update(piece.subarray(0, permit));
      sent += permit;
    }
    return hash.digest("hex");
  };
  const receive = async (input: typeof client.input): Promise<string> => {
    const hash = createHash("sha256");
    for (let received = 0; received < total; ) {
      const bytes = await input.blockingRead(1n << 20n);
      hash.update(bytes);
      received += bytes.length;
    }
    return hash.digest("hex");
  };
  const [up, down, upGot, downGot] = await Promise.all([
    send(client.output),
    send(server.output),
    receive(server.input),
    receive(client.input),
  ]);
  assert.is(upGot, up);
  assert.is(downGot, down);
  drop(client);
  drop(server);
});

test.run();
