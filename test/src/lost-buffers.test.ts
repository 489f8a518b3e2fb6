/** The caller's memory is transferred or shrunk while a call is pending: that call fails, and nothing else. */
import { finished } from "node:stream/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Msg, openSocketPair, type Socket } from "../../src/index.ts";
import { scenario, within } from "./support/scenario.ts";
import { boundDatagram, closeAll, connection, must } from "./support/sockets.ts";

/** More than the kernel holds of a connection. */
const LARGE = 20_000_000;

/** Memory that can be taken away, and how. */
interface Loss {
  make(size: number): Uint8Array;
  take(bytes: Uint8Array): void;
}

// TypeScript's library knows it from ES2024 on
type Resizable = ArrayBuffer & { resize(size: number): void };
const ResizableBuffer = ArrayBuffer as unknown as new (
  size: number,
  options: { maxByteLength: number },
) => Resizable;

const resizable = (size: number): Resizable => new ResizableBuffer(size, { maxByteLength: size });
const resize = (size: number) => (bytes: Uint8Array) => (bytes.buffer as Resizable).resize(size);

const losses: Record<string, Loss> = {
  "a transferred buffer": {
    make: (size) => new Uint8Array(size),
    take: (bytes) => void structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] }),
  },
  "a buffer that shrank": {
    make: (size) => new Uint8Array(resizable(size)),
    take: resize(10),
  },
  "a buffer that shrank to nothing": {
    make: (size) => new Uint8Array(resizable(size)),
    take: resize(0),
  },
  "a buffer too short for its view": {
    make: (size) => new Uint8Array(resizable(size), 0, size),
    take: resize(10),
  },
};

/** Everything that comes until the end. */
async function drain(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (;;) {
    const part = await socket.receive(65536);
    if (part.length === 0) return Buffer.concat(parts);
    parts.push(part);
  }
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  const result = await promise.then(
    (value) => new Error(`it gave ${value}`),
    (error: Error) => error,
  );
  return result;
}

async function assertLost(promise: Promise<unknown>): Promise<void> {
  const error = await failure(promise);
  assert.instance(error, TypeError);
  assert.match(error.message, /the memory of bytes was detached or shrunk while the call was pending/);
}

for (const [name, { make, take }] of Object.entries(losses)) {
  for (const kind of ["connection", "pair"] as const) {
    const open = (): Promise<Socket[]> | Socket[] =>
      kind === "connection" ? connection() : (must(openSocketPair()) as Socket[]);
    scenario(`${name}: a send of a ${kind} fails, and those behind it go out`, async () => {
      const [client, server] = (await open()) as [Socket, Socket];
      const bytes = make(LARGE).fill(7);
      const sending = client.send(bytes);
      const limited = client.send(make(5).fill(8), { timeoutMs: 10_000 });
      take(bytes);
      const received = drain(server);
      await assertLost(sending);
      assert.is(await limited, 5);
      assert.is(await client.send(Buffer.from("after")), 5);
      client.shutdown("write");
      const all = await received;
      assert.is(all.subarray(-10).toString("latin1"), "\x08\x08\x08\x08\x08after");
      assert.is(
        all.subarray(0, -10).findIndex((byte) => byte !== 7),
        -1,
      );
      await closeAll(client, server);
    });

    scenario(`${name}: a receive of a ${kind} fails, and the next has the bytes`, async () => {
      const [client, server] = (await open()) as [Socket, Socket];
      for (const options of [
        {},
        { timeoutMs: 30_000 },
        { signal: new AbortController().signal },
        { flags: Msg.waitall },
        { flags: Msg.peek },
      ]) {
        const bytes = make(100);
        const first = client.receiveInto(bytes, options);
        const second = client.receive(100);
        take(bytes);
        await server.send(Buffer.from("hello"));
        await assertLost(first);
        assert.is(String(await second), "hello");
      }
      await closeAll(client, server);
    });
  }

  scenario(`${name}: a datagram stays for the next receive`, async () => {
    const [socket, at] = await boundDatagram();
    const [sender] = await boundDatagram();
    const bytes = make(100);
    const first = socket.receiveInto(bytes);
    take(bytes);
    await sender.send(Buffer.from("hello"), { to: at });
    await assertLost(first);
    assert.is(String(await socket.receive()), "hello");
    await closeAll(socket, sender);
  });

  scenario(`${name}: a time limit ends the call with the error too`, async () => {
    const [client, server] = await connection();
    const bytes = make(100);
    const receiving = client.receiveInto(bytes, { timeoutMs: 50 });
    take(bytes);
    await assertLost(receiving);
    await closeAll(client, server);
  });

  scenario(`${name}: a port's write fails, and the process goes on`, async () => {
    const [client, server] = await connection();
    const { output } = client;
    const first = make(LARGE).fill(7);
    const second = make(1000).fill(7);
    output.write(first);
    output.write(second);
    const end = failure(finished(output));
    take(second);
    const received = drain(server);
    assert.instance(await end, TypeError);
    const all = await received;
    assert.is(all.length, LARGE);
    await closeAll(client, server);
  });

  scenario(`${name}: a web stream's write fails, also where it waited for its turn`, async () => {
    const [client, server] = await connection();
    const writer = client.writable.getWriter();
    const first = make(LARGE).fill(7);
    const second = make(1000).fill(7);
    const writing = writer.write(first);
    const waiting = writer.write(second);
    void writer.closed.catch(() => {});
    take(second);
    const received = within(
      15,
      server.receive(1).then(() => drain(server)),
    );
    await writing;
    assert.instance(await failure(waiting), TypeError);
    client.shutdown("write");
    assert.is((await received).length, LARGE - 1);
    await closeAll(client, server);
  });
}

scenario("a buffer that grows while it is sent is sent as it was", async () => {
  const [client, server] = await connection();
  const buffer = new ResizableBuffer(LARGE, { maxByteLength: 2 * LARGE });
  const bytes = new Uint8Array(buffer).fill(7);
  const sending = client.send(bytes);
  buffer.resize(LARGE + 5000);
  const received = drain(server);
  assert.is(await sending, LARGE);
  client.shutdown("write");
  assert.is((await received).length, LARGE);
  await closeAll(client, server);
});

scenario("a chunk that grows while it waits in a web stream is sent as it was", async () => {
  const [client, server] = await connection();
  const writer = client.writable.getWriter();
  const first = writer.write(new Uint8Array(1 << 20));
  const buffer = new ResizableBuffer(100, { maxByteLength: 200 });
  const second = writer.write(new Uint8Array(buffer));
  buffer.resize(200);
  const closing = writer.close();
  const received = await drain(server);
  await Promise.all([first, second, closing]);
  assert.is(received.length, (1 << 20) + 100);
  await closeAll(client, server);
});

scenario("a writer names what is no bytes", async () => {
  for (const chunk of [null, "text", new DataView(new ArrayBuffer(4)), [1, 2]]) {
    const [client, server] = await connection();
    const writer = client.writable.getWriter();
    const failure = await writer.write(chunk as unknown as Uint8Array).catch((error: unknown) => error);
    assert.match(String(failure), /bytes must be a Uint8Array, got /);
    await writer.closed.catch(() => {});
    await closeAll(client, server);
  }
});

scenario("bytes without memory are refused at once", async () => {
  const [client, server] = await connection();
  const bytes = new Uint8Array(10);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  assert.match((await failure(client.send(bytes))).message, /bytes are detached/);
  assert.match((await failure(client.receiveInto(bytes))).message, /bytes are detached/);
  assert.is(await client.send(new Uint8Array(0)), 0);
  await closeAll(client, server);
});

test.run();
