/** Bytes that are given back to a connection: they come first, and the kernel keeps what follows. */
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { accept, connect, drop, listener, loopback, openHost, ready, until } from "./support.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Lets the event loop look so many times for what the kernel has. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

test("bytes that are given back come before those that follow, which wait in the kernel", async () => {
  const host = openHost();
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const { port } = server.address() as { port: number };
  const client = await connect(host, loopback(port));
  const [peer] = await accepted;
  peer.setNoDelay().write("first ");
  await ready(client.input);
  const first = Buffer.from(client.input.read(100n));
  assert.is(text(first), "first ");
  client.input.source.unread(first.subarray(2));
  assert.is(host.stats().queuedBytes, 4);
  // a pollable is ready for them, though nothing has come
  await ready(client.input);
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => peer.write("more ", resolve));
    await turns(2);
  }
  assert.is(host.stats().queuedBytes, 4, "what follows is not read");
  assert.is(text(client.input.read(2n)), "rs");
  client.input.source.unread(Buffer.from("RS"));
  assert.is(text(client.input.read(100n)), "RSt ");
  assert.is(host.stats().queuedBytes, 0);
  peer.end();
  let rest = "";
  await until(() => {
    try {
      rest += text(client.input.read(100n));
      return false;
    } catch {
      return true;
    }
  }, "the end comes");
  assert.is(rest, "more ".repeat(50));
  drop(client);
  server.close();
  host.close();
});

test("what is given back after the input was given up is gone", async () => {
  const host = openHost();
  const listening = listener(host);
  const client = await connect(host, listening.localAddress());
  const server = await accept(listening);
  server.output.checkWrite();
  server.output.write(Buffer.from("bytes"));
  await ready(client.input);
  const bytes = Buffer.from(client.input.read(100n));
  client.socket.shutdown("receive");
  client.input.source.unread(bytes);
  assert.is(host.stats().queuedBytes, 0);
  assert.throws(
    () => client.input.read(1n),
    (error: { tag: string }) => error.tag === "closed",
  );
  drop(client);
  drop(server);
  host.close();
});

test.run();
