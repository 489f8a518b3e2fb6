import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type * as net from "node:net";
import * as assert from "uvu/assert";
import { conformance, families } from "./conformance.ts";
import { outsideServer } from "./outside.ts";
import {
  boundTcp,
  connect,
  dropConnection,
  fails,
  isReady,
  listener,
  loopback,
  loopbackText,
  pair,
  readSome,
  ready,
  send,
  until,
  writeAll,
} from "./steps.ts";

const { holds, run } = conformance("tcp-shutdown");

holds("X1", "what is not connected can't be shut down", async ({ guest, network }) => {
  const unbound = await guest.createTcpSocket("ipv4");
  const sockets = [unbound, await boundTcp(guest), await listener(guest)];
  for (const socket of sockets) {
    for (const how of ["receive", "send", "both"] as const)
      await fails(socket.shutdown(how), "invalid-state");
  }
  await unbound.startBind(network, loopback());
  await fails(unbound.shutdown("both"), "invalid-state");
});

for (const family of families) {
  holds(
    "X2, X3, S7",
    `${family}: after the end of sending the peer's data is still read`,
    async ({ guest, after }) => {
      let socket: net.Socket | undefined;
      const server = await outsideServer((accepted) => {
        socket = accepted;
      }, loopbackText(family));
      after(server.close);
      const client = await connect(guest, loopback(family, server.port));
      const permit = await client.output.checkWrite();
      assert.ok(permit > 0n);
      await client.output.write(Buffer.from("request"));
      await client.socket.shutdown("send");
      await fails(client.output.write(Buffer.from("x")), "closed");
      await fails(client.output.checkWrite(), "closed");
      await fails(client.output.flush(), "closed");
      assert.is(await isReady(client.output), true);
      await until(() => socket !== undefined, "the server has its connection");
      const peer = socket as net.Socket;
      const heard: Buffer[] = [];
      peer.on("data", (part: Buffer) => heard.push(part));
      await once(peer, "end");
      assert.is(String(Buffer.concat(heard)), "request");
      // The answer is larger than all buffers between, so that the connection must go on working.
      const answer = randomBytes(4_000_000);
      peer.end(answer);
      assert.ok((await readSome(guest, client.input)).equals(answer));
      await fails(client.input.read(1n), "closed");
    },
  );

  holds(
    "S5, X2, X3",
    `${family}: after the end of receiving, queued data is gone and writing goes on`,
    async (given) => {
      const { guest } = given;
      const { client, server } = await pair(guest, family);
      await send(server.output, "unwanted");
      await ready(guest, client.input);
      await client.socket.shutdown("receive");
      await fails(client.input.read(10n), "closed");
      await fails(client.input.read(0n), "closed");
      assert.is(await isReady(client.input), true);
      await writeAll(guest, client.output, Buffer.from("still spoken"));
      assert.is(String(await readSome(guest, server.input, 12)), "still spoken");
      await send(server.output, "more of it");
      await fails(client.input.read(10n), "closed");
      await client.socket.shutdown("send");
      assert.is((await readSome(guest, server.input)).length, 0);
    },
  );
}

holds("X2", "the end of both closes both, behind what was written", async ({ guest }) => {
  const { client, server } = await pair(guest);
  await send(client.output, "goodbye");
  await client.socket.shutdown("both");
  await fails(client.input.read(1n), "closed");
  await fails(client.output.checkWrite(), "closed");
  assert.is(String(await readSome(guest, server.input)), "goodbye");
});

holds("X4", "ending twice is fine, and the socket stays connected", async ({ guest, network }) => {
  const { client, server, listening } = await pair(guest);
  const local = await client.socket.localAddress();
  for (const how of ["send", "send", "receive", "receive", "both", "both"] as const) {
    await client.socket.shutdown(how);
  }
  await server.socket.shutdown("both");
  await readSome(guest, server.input);
  await dropConnection(server);
  await ready(guest, client.input);
  assert.equal(await client.socket.localAddress(), local);
  assert.equal(await client.socket.remoteAddress(), await listening.localAddress());
  assert.is(await client.socket.keepAliveEnabled(), false);
  await fails(client.socket.startConnect(network, await listening.localAddress()), "invalid-state");
  await client.socket.shutdown("both");
  await dropConnection(client);
  await until(async () => (await guest.stats()).sockets === 1, "only the listener is left");
});

holds(
  "X3",
  "a half-closed connection that is dropped is reset by nobody before its data is there",
  async (given) => {
    const { guest, after } = given;
    let received: Promise<Buffer> | undefined;
    const server = await outsideServer((socket) => {
      const parts: Buffer[] = [];
      socket.on("data", (part: Buffer) => parts.push(part));
      received = once(socket, "end").then(() => Buffer.concat(parts));
    });
    after(server.close);
    const client = await connect(guest, loopback("ipv4", server.port));
    const bytes = randomBytes(200_000);
    await writeAll(guest, client.output, bytes);
    await client.socket.shutdown("both");
    await dropConnection(client);
    await until(() => received !== undefined, "the server has its connection");
    assert.ok((await received)?.equals(bytes));
  },
);

run();
