/** Web streams: both directions of a connection, with back-pressure, and one end for each. */
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NetError, Socket } from "../../src/index.ts";
import { heldBack, tellsHeldBack } from "../peers/held-back.ts";
import { startPeer } from "../peers/peer.ts";
import { scenario, until, within } from "./support/scenario.ts";
import { closeAll, connected, connection, pattern } from "./support/sockets.ts";

const heldBackScenario = tellsHeldBack ? scenario : test.skip;

async function code(promise: Promise<unknown>): Promise<string | undefined> {
  return await promise.then(
    () => "fine",
    (error: NetError) => error.code,
  );
}

scenario("bytes go out, half-close, and come back, and the socket is closed with both streams", async () => {
  const [client, server] = await connection();
  const echoing = server.readable.pipeTo(server.writable);
  const bytes = pattern(3 << 20);
  const writer = client.writable.getWriter();
  const writing = writer.write(bytes).then(() => writer.close());
  const parts: Uint8Array[] = [];
  for await (const part of client.readable) parts.push(part);
  await Promise.all([echoing, writing]);
  assert.ok(Buffer.concat(parts).equals(bytes));
  await until(() => client.closed && server.closed);
});

scenario("a reader may bring its own buffer", async () => {
  const [client, server] = await connection();
  const reader = client.readable.getReader({ mode: "byob" });
  await server.send(Buffer.from("abcdef"));
  const first = await reader.read(new Uint8Array(4));
  assert.is(Buffer.from(first.value ?? []).toString(), "abcd");
  const second = await reader.read(new Uint8Array(100));
  assert.is(Buffer.from(second.value ?? []).toString(), "ef");
  server.shutdown("write");
  const last = await reader.read(new Uint8Array(10));
  assert.equal([last.done, last.value?.length], [true, 0]);
  await closeAll(client, server);
});

scenario("what is read is the reader's own memory", async () => {
  const [client, server] = await connection();
  const pooled = Buffer.from("the pool that small buffers share");
  const reader = client.readable.getReader();
  await server.send(Buffer.from("small"));
  const { value } = await reader.read();
  assert.ok(value);
  assert.is(value.buffer.byteLength, 5);
  structuredClone(value, { transfer: [value.buffer as ArrayBuffer] });
  assert.is(String(pooled), "the pool that small buffers share");
  await closeAll(client, server);
});

scenario("what nobody has asked the stream for is still the socket's", async () => {
  const [client, server] = await connection();
  const reader = client.readable.getReader();
  await server.send(Buffer.from("first"));
  assert.is(String(await within(5, client.receive())), "first");
  const reading = reader.read();
  await server.send(Buffer.from("second"));
  assert.is(Buffer.from((await reading).value ?? []).toString(), "second");
  await server.send(Buffer.from("third"));
  assert.is(String(await within(5, client.receive())), "third");
  await closeAll(client, server);
});

heldBackScenario("a reader that stops holds the peer back", async () => {
  const [client, server] = await connection();
  const { readable } = client;
  let sent = 0;
  const controller = new AbortController();
  const sending = (async () => {
    const piece = Buffer.alloc(1 << 20);
    while (sent < 64 << 20 && !controller.signal.aborted) {
      sent += await server.send(piece, { signal: controller.signal });
    }
  })();
  await heldBack(server.getSocketName().port, () => sent >= 64 << 20);
  assert.ok(sent < 32 << 20, `${sent} bytes were taken while nobody read`);
  controller.abort();
  await sending.catch(() => {});
  server.shutdown("write");
  assert.ok((await text(readable)).length >= sent);
  await closeAll(client, server);
});

scenario("aborting the writer does not wait for a peer that does not read", async () => {
  const mute = await startPeer("mute");
  const client = await connected(mute.port);
  const writer = client.writable.getWriter();
  const writing = writer.write(Buffer.alloc(64 << 20)).catch(() => "gave up");
  const mine = new Error("enough");
  await within(5, writer.abort(mine));
  assert.is(await writing, "gave up");
  await client.close();
  await mute.stop();
});

scenario("a writer is asked to pause when a window full of bytes waits", async () => {
  const mute = await startPeer("mute");
  const client = await connected(mute.port);
  const writer = client.writable.getWriter();
  assert.is(writer.desiredSize, 65536);
  const whole = writer.write(new Uint8Array(64 << 20)).catch(() => {});
  assert.is(writer.desiredSize, 65536 - (64 << 20));
  await writer.abort();
  await whole;
  await client.close();
  await mute.stop();
});

scenario("aborting the writer ends the output alone, and the socket with the later of the two", async () => {
  const [client, server] = await connection();
  const reader = client.readable.getReader();
  const writer = client.writable.getWriter();
  await writer.write(Buffer.from("all there is"));
  await writer.abort();
  assert.is(String(await server.receive()), "all there is");
  assert.is((await within(5, server.receive())).length, 0);
  await server.send(Buffer.from("answer"));
  assert.is(Buffer.from((await reader.read()).value ?? []).toString(), "answer");
  assert.is(client.closed, false);
  await reader.cancel();
  await until(() => client.closed);
  await server.close();
});

scenario("cancelling the reader discards what comes, and leaves the output", async () => {
  const [client, server] = await connection();
  await client.readable.cancel();
  assert.is(await within(10, server.send(Buffer.alloc(8 << 20))), 8 << 20);
  const writer = client.writable.getWriter();
  await writer.write(Buffer.from("still here"));
  assert.is(String(await server.receive()), "still here");
  await writer.close();
  await until(() => client.closed);
  await server.close();
});

scenario("closing the socket fails both streams with EBADF", async () => {
  const [client, server] = await connection();
  const reading = client.readable.getReader().read();
  const writer = client.writable.getWriter();
  const failures = [reading, writer.closed].map((promise) => promise.catch((error: NetError) => error));
  const [read, written] = (await Promise.all([...failures, client.close()])) as NetError[];
  assert.equal([read?.code, read?.syscall], ["EBADF", "recv"]);
  assert.equal([written?.code, written?.syscall], ["EBADF", "send"]);
  await server.close();
});

scenario("a reset fails the streams that meet it, and the socket is closed with both", async () => {
  const peer = await startPeer("reset");
  const client: Socket = await connected(peer.port);
  const reading = client.readable.getReader().read();
  const writer = client.writable.getWriter();
  await writer.write(Buffer.from("x"));
  assert.is(await code(reading), "ECONNRESET");
  assert.is(client.closed, false);
  assert.is(await code(writer.write(Buffer.from("y"))), "EPIPE");
  await until(() => client.closed);
  await peer.stop();
});

scenario("what is no bytes is refused", async () => {
  const [client, server] = await connection();
  const writer = client.writable.getWriter();
  const error: Error = await writer.write("text" as unknown as Uint8Array).catch((reason) => reason);
  assert.instance(error, Error);
  await closeAll(client, server);
});

test.run();
