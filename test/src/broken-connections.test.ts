/** What came before a connection broke is read first; then the error is told once, as the kernel tells it. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Socket as NodeSocket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { coreHost } from "../../src/core.ts";
import {
  AddressFamily,
  accept,
  errorName,
  getSocketOption,
  Level,
  makeSockaddr,
  receive,
  receiveInto,
  Socket,
  SocketOpt,
  SocketType,
  send,
} from "../../src/index.ts";
import { scenario, turns, until } from "./support/scenario.ts";
import { boundDatagram, closeAll, connected, freeAddress } from "./support/sockets.ts";

/** A connection, and its other end. */
async function toNode(): Promise<[Socket, NodeSocket]> {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[NodeSocket]>;
  const socket = await connected((server.address() as { port: number }).port);
  const [peer] = await accepted;
  peer.on("error", () => {});
  server.close();
  return [socket, peer];
}

/** The results of receiving until there is nothing more to come: numbers of bytes, and names of errors. */
async function readOn(socket: Socket, calls: number): Promise<(number | string)[]> {
  const results: (number | string)[] = [];
  for (let i = 0; i < calls; i++) {
    const result = (await receiveInto(socket, new Uint8Array(1000))) as number;
    results.push(result < 0 ? errorName(result) : result);
  }
  return results;
}

/** Sends until that fails; the name of the error. */
async function sendOn(socket: Socket): Promise<string> {
  let result = 0 as number | false;
  await until(() => {
    if (result !== false && result >= 0)
      void send(socket, new Uint8Array(1000)).then((value) => (result = value));
    return result !== false && result < 0;
  });
  return errorName(result as unknown as number);
}

/** What SO_ERROR tells, as soon as it tells something. */
async function socketError(socket: Socket): Promise<number> {
  let error = 0;
  await until(() => {
    error = getSocketOption(socket, Level.socket, SocketOpt.error) ?? 0;
    return error !== 0;
  });
  return error;
}

/** A connection that was reset behind 100 bytes: the kernel does so with a socket that closes and has not read all. */
async function resetWithBytes(): Promise<Socket> {
  const [socket, peer] = await toNode();
  await send(socket, Buffer.from("never read"));
  peer.write("e".repeat(100));
  await until(() => peer.writableLength === 0);
  peer.destroy();
  await once(peer, "close");
  return socket;
}

scenario("a reader gets the bytes, then ECONNRESET once, then the end; a writer EPIPE", async () => {
  const socket = await resetWithBytes();
  assert.equal(await readOn(socket, 4), [100, "ECONNRESET", 0, 0]);
  assert.is(await sendOn(socket), "EPIPE");
  await socket.close();
});

scenario("where a send tells the reset, a reader is told too, behind the bytes", async () => {
  const socket = await resetWithBytes();
  assert.is(await sendOn(socket), "ECONNRESET");
  assert.is(await sendOn(socket), "EPIPE");
  assert.equal(await readOn(socket, 4), [100, "ECONNRESET", 0, 0]);
  await socket.close();
});

scenario("after the peer's end sends fail with EPIPE, and all that came is read, then the end", async () => {
  for (const size of [100, 60_000]) {
    const [socket, peer] = await toNode();
    peer.end(Buffer.alloc(size, "e"));
    await until(() => peer.writableLength === 0);
    peer.destroy();
    await once(peer, "close");
    assert.is(await sendOn(socket), "EPIPE");
    let total = 0;
    for (;;) {
      const count = (await receiveInto(socket, new Uint8Array(65536))) as number;
      assert.ok(count >= 0, `received ${count}`);
      if (count === 0) break;
      total += count;
    }
    assert.is(total, size);
    await socket.close();
  }
});

scenario("a port gives what came before it fails", async () => {
  for (const how of ["data", "iterate", "read"] as const) {
    const socket = await resetWithBytes();
    const { input } = socket;
    let text = "";
    let code = "";
    if (how === "data") {
      const failed = once(input, "close").catch(() => {});
      input.on("error", (error: NodeJS.ErrnoException) => (code = String(error.code)));
      // nobody reads yet, while the port reads ahead
      input.read(0);
      await until(() => input.readableLength === 100);
      await turns(5); // the reset, which the kernel has already
      input.on("data", (bytes: Buffer) => (text += bytes));
      await failed;
    } else if (how === "iterate") {
      try {
        for await (const bytes of input) {
          await turns(5);
          text += bytes;
        }
      } catch (error) {
        code = String((error as NodeJS.ErrnoException).code);
      }
    } else {
      input.on("error", (error: NodeJS.ErrnoException) => (code = String(error.code)));
      input.on("readable", () => {
        for (;;) {
          const bytes = (input.read(10) ?? input.read()) as Buffer | null;
          if (bytes === null) return;
          text += bytes;
        }
      });
      await once(input, "close").catch(() => {});
      await until(() => input.destroyed);
    }
    assert.equal([text.length, code], [100, "ECONNRESET"], how);
    await socket.close();
  }
});

scenario("SO_ERROR tells a reset once, then a writer gets EPIPE", async () => {
  const [socket, peer] = await toNode();
  peer.resetAndDestroy();
  await once(peer, "close");
  assert.is(await socketError(socket), 104);
  assert.is(getSocketOption(socket, Level.socket, SocketOpt.error), 0);
  assert.is(await sendOn(socket), "EPIPE");
  assert.equal(await readOn(socket, 2), ["ECONNRESET", 0]);
  await socket.close();
});

scenario("a refused datagram is told once, by send, receive or SO_ERROR", async () => {
  const at = await freeAddress();
  const [socket] = await boundDatagram();
  const [other] = await boundDatagram();
  assert.is(await socket.connect(at), undefined);
  // the first is sent, and the second is told of it
  assert.is(await send(socket, Buffer.from("1")), 1);
  assert.is(await send(socket, Buffer.from("2")), -111);
  assert.is(await send(socket, Buffer.from("3")), 1);
  assert.is(await receive(socket, 10), false);
  assert.is(getSocketOption(socket, Level.socket, SocketOpt.error), 0);
  assert.is(await send(socket, Buffer.from("4")), 1);
  assert.is(await socketError(socket), 111);
  // it goes on with a peer that is there
  const peer = createSocket("udp4");
  peer.bind(at.port, "127.0.0.1");
  await once(peer, "listening");
  const message = once(peer, "message");
  assert.is(await send(socket, Buffer.from("heard")), 5);
  assert.is(String((await message)[0]), "heard");
  peer.close();
  await closeAll(socket, other);
});

scenario("who has reset the connection before it was accepted is known all the same", async () => {
  const listener = new Socket(AddressFamily.inet, SocketType.stream);
  await listener.bind(makeSockaddr("127.0.0.1", 0));
  await listener.listen();
  const client = connect(listener.getSocketName().port, "127.0.0.1");
  await once(client, "connect");
  const { localPort } = client;
  await until(() => coreHost.stats().acceptQueue === 1);
  client.resetAndDestroy();
  const from = makeSockaddr();
  const connection = (await accept(listener, from)) as Socket;
  assert.is(from.port, localPort);
  assert.equal(await readOn(connection, 2), ["ECONNRESET", 0]);
  assert.is(connection.getPeerName().port, localPort);
  await closeAll(connection, listener);
});

test.run();
