/** Ports: Node streams with back-pressure, half-close and one error at a time. */
import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { finished, pipeline } from "node:stream/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  accept,
  close,
  getSocketName,
  InputPort,
  NetError,
  OutputPort,
  openNetIo,
  receive,
  receiveInto,
  receiveNonBlocking,
  type Socket,
  send,
  shutdown,
} from "../../src/index.ts";
import { heldBack, tellsHeldBack } from "../peers/held-back.ts";
import { startPeer } from "../peers/peer.ts";
import { scenario, until, within } from "./support/scenario.ts";
import { closeAll, connection, listening, must, pattern } from "./support/sockets.ts";

const heldBackScenario = tellsHeldBack ? scenario : test.skip;

/** The ports of a client, and the other end of its connection. */
async function ports(): Promise<{ socket: Socket; input: InputPort; output: OutputPort; peer: Socket }> {
  const [listener, at] = await listening();
  const [socket, input, output] = must(await openNetIo("127.0.0.1", at.port));
  const peer = must(await accept(listener));
  await close(listener);
  return { socket, input, output, peer };
}

/** Writes, and waits until it was taken. */
function write(output: Writable, bytes: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) =>
    output.write(bytes, (error) => (error ? reject(error) : resolve())),
  );
}

scenario("bytes and texts go out in order, and come in as they are", async () => {
  const { socket, input, output, peer } = await ports();
  output.write("one ");
  output.write(Buffer.from("two "));
  output.write(new Uint8Array([51]));
  output.write("c3a9", "hex");
  output.end(" end");
  const parts: Buffer[] = [];
  do parts.push(must(await receive(peer, 10)));
  while (parts.at(-1)?.length !== 0);
  assert.is(String(Buffer.concat(parts)), "one two 3é end");
  await send(peer, Buffer.from("back"));
  shutdown(peer, "write");
  assert.is(await text(input), "back");
  await until(() => socket.closed);
  await close(peer);
});

scenario("ending the output half-closes: the input still gives", async () => {
  const { input, output, peer } = await ports();
  output.end();
  await finished(output);
  assert.equal(await receive(peer, 1), Buffer.alloc(0));
  for (const word of ["still", "open"]) {
    await send(peer, Buffer.from(word));
    const [bytes] = (await once(input, "data")) as [Buffer];
    assert.is(String(bytes), word);
  }
  shutdown(peer, "write");
  await once(input, "end");
  await close(peer);
});

scenario("the end of the input leaves the output open", async () => {
  const { socket, input, output, peer } = await ports();
  shutdown(peer, "write");
  input.resume();
  await finished(input);
  await write(output, "still open");
  assert.is(String(await receive(peer, 100)), "still open");
  assert.is(socket.closed, false);
  output.end();
  await until(() => socket.closed);
  await close(peer);
});

scenario("setEncoding keeps characters whole across pieces", async () => {
  const { output, input, peer } = await ports();
  input.setEncoding("utf8");
  const euro = Buffer.from("€€");
  let all = "";
  input.on("data", (part: string) => {
    assert.type(part, "string");
    all += part;
  });
  for (const byte of euro) {
    await send(peer, Uint8Array.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  shutdown(peer, "write");
  await once(input, "end");
  assert.is(all, "€€");
  output.end();
  await close(peer);
});

scenario("for await gives all of it, and leaving it early closes the input", async () => {
  const { socket, input, output, peer } = await ports();
  const bytes = pattern(300_000);
  const sending = send(peer, bytes).then(() => shutdown(peer, "write"));
  const parts: Buffer[] = [];
  for await (const part of input) parts.push(part as Buffer);
  assert.ok(Buffer.concat(parts).equals(bytes));
  await sending;
  output.end();
  await until(() => socket.closed);
  await close(peer);

  const other = await ports();
  await send(other.peer, Buffer.from("first"));
  for await (const part of other.input) {
    assert.is(String(part), "first");
    break;
  }
  assert.is(other.input.destroyed, true);
  await write(other.output, "the output lives on");
  assert.is(String(await receive(other.peer, 100)), "the output lives on");
  other.output.end();
  await until(() => other.socket.closed);
  await close(other.peer);
});

heldBackScenario("a reader that stops holds the peer back", async () => {
  const { socket, input, peer } = await ports();
  let sent = 0;
  const piece = Buffer.alloc(1 << 20);
  const feeding = (async () => {
    for (let count = 1; count > 0 && sent < 64 << 20; sent += Math.max(0, count))
      count = await send(peer, piece);
  })();
  const [first] = (await once(input, "data")) as [Buffer];
  input.pause();
  await heldBack(must(getSocketName(peer)).port, () => sent >= 64 << 20);
  assert.ok(sent < 32 << 20, `${sent} bytes were taken from the peer while nobody read`);
  assert.ok(input.readableLength <= 128 * 1024, `${input.readableLength} bytes were read ahead`);
  let received = first.length;
  input.on("data", (part: Buffer) => {
    received += part.length;
  });
  input.resume();
  await feeding;
  await until(() => received === sent);
  assert.is(sent, 64 << 20);
  await closeAll(socket, peer);
});

heldBackScenario("a peer that does not read holds the writer back", async () => {
  const { socket, output, peer } = await ports();
  const piece = Buffer.alloc(1 << 20, 1);
  const writes = 64;
  let taken = 0;
  for (let i = 0; i < writes; i++) output.write(piece, () => taken++);
  await heldBack(must(getSocketName(socket)).port, () => taken === writes);
  assert.ok(taken < writes / 2, `${taken} MiB were taken although nobody reads`);
  assert.is(output.write("x"), false);
  assert.is(output.writableNeedDrain, true);
  const drained = once(output, "drain");
  const into = Buffer.alloc(1 << 20);
  let received = 0;
  const reading = (async () => {
    for (let count = 1; count > 0; received += count) count = await receiveInto(peer, into);
  })();
  await drained;
  output.end();
  await reading;
  assert.is(received, (writes << 20) + 1);
  await closeAll(socket, peer);
});

scenario(
  "pipeline copies through, an echo server in one line, and the socket is closed with it",
  async () => {
    const [client, server] = await connection();
    const bytes = pattern(5 << 20);
    const echoing = pipeline(new InputPort(server), new OutputPort(server));
    const sending = pipeline(
      Readable.from([bytes.subarray(0, 1 << 20), bytes.subarray(1 << 20)]),
      new OutputPort(client),
    );
    const parts: Buffer[] = [];
    for await (const part of new InputPort(client)) parts.push(part as Buffer);
    await Promise.all([echoing, sending]);
    assert.ok(Buffer.concat(parts).equals(bytes));
    await until(() => client.closed && server.closed);
  },
);

scenario("a port alone leaves the socket to its owner", async () => {
  const [client, server] = await connection();
  await send(client, Buffer.from("request"));
  shutdown(client, "write");
  assert.is(await text(new InputPort(server)), "request");
  assert.is(server.closed, false);
  assert.is(await send(server, Buffer.from("reply")), 5);
  assert.is(String(await receive(client, 100)), "reply");
  await closeAll(client, server);
});

scenario("destroying a port in the middle leaves nothing open", async () => {
  const { socket, input, output, peer } = await ports();
  const sending = send(peer, Buffer.alloc(16 << 20));
  await once(input, "data");
  output.write(Buffer.alloc(16 << 20));
  input.destroy();
  await once(input, "close");
  assert.is(socket.closed, false, "the other port still has it");
  const sent = await within(10, sending, "the peer's send");
  assert.is(sent, 16 << 20, "what still comes is discarded");
  output.destroy();
  await once(output, "close");
  assert.is(socket.closed, true);
  await close(peer);
});

scenario("destroying the output tells the peer that nothing more comes", async () => {
  const { socket, output, peer } = await ports();
  await write(output, "begun");
  output.destroy();
  assert.is(String(await receive(peer, 100)), "begun");
  assert.equal(await receive(peer, 100), Buffer.alloc(0));
  await closeAll(socket, peer);
});

scenario("destroying with an error gives that error, once", async () => {
  const { socket, input, output, peer } = await ports();
  const mine = new Error("mine");
  const errors: unknown[] = [];
  for (const port of [input, output]) {
    port.on("error", (error) => errors.push(error));
    port.destroy(mine);
    port.destroy(new Error("too late"));
  }
  assert.is(socket.closed, true);
  await until(() => errors.length === 2);
  assert.equal(errors, [mine, mine]);
  await close(peer);
});

scenario("a reset surfaces once on each port that meets it", async () => {
  const reset = await startPeer("reset");
  const [socket, input, output] = must(await openNetIo("127.0.0.1", reset.port));
  const errors: string[] = [];
  input.on("error", (error) => errors.push((error as NetError).message));
  output.on("error", (error) => errors.push((error as NetError).message));
  output.write("x");
  input.resume();
  await until(() => input.closed);
  assert.equal(errors, ["recv: connection reset by peer (ECONNRESET)"]);
  const failed = await write(output, "y").catch((error: unknown) => error);
  assert.instance(failed, NetError);
  assert.is((failed as NetError).code, "EPIPE");
  await until(() => socket.closed);
  assert.equal(errors.slice(1), ["send: broken pipe (EPIPE)"]);
  await reset.stop();
});

scenario("pipeline rejects when the connection breaks", async () => {
  const reset = await startPeer("reset");
  const [socket, input, output] = must(await openNetIo("127.0.0.1", reset.port));
  const results = await Promise.allSettled([pipeline(Readable.from(endless()), output), text(input)]);
  const codes = results.map((result) =>
    result.status === "rejected" ? (result.reason as NetError).code : "fine",
  );
  assert.ok(["EPIPE", "ECONNRESET"].includes(codes[0] as string), codes[0]);
  assert.is(codes[1], "ECONNRESET");
  await until(() => socket.closed);
  await reset.stop();
});

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65536);
}

scenario(
  "closing the socket ends its ports without an error event, and whoever waits for them is told",
  async () => {
    const { socket, input, output, peer } = await ports();
    const reading = text(input).catch((error: NodeJS.ErrnoException) => error.code);
    const writing = write(output, Buffer.alloc(64 << 20)).catch((error: NodeJS.ErrnoException) => error.code);
    await new Promise((resolve) => setImmediate(resolve));
    await close(socket);
    assert.is(await reading, "ERR_STREAM_PREMATURE_CLOSE");
    assert.ok(["EBADF", "ERR_STREAM_DESTROYED"].includes((await writing) as string), String(await writing));
    assert.ok(input.destroyed && output.destroyed);
    await close(peer);
  },
);

scenario("ports of a closed socket fail with EBADF", async () => {
  const [client, server] = await connection();
  await closeAll(client, server);
  const reading = text(new InputPort(client)).catch((error: NetError) => error.message);
  const output = new OutputPort(client);
  output.on("error", () => {});
  const writing = write(output, "x").catch((error: NetError) => error.message);
  assert.is(await reading, "recv: socket is closed (EBADF)");
  assert.is(await writing, "send: socket is closed (EBADF)");
});

scenario("a port and plain calls on one socket keep one order", async () => {
  const { socket, output, peer } = await ports();
  const writing = write(output, Buffer.alloc(4 << 20, "a"));
  const sending = send(socket, Buffer.alloc(1 << 20, "b"));
  const all: Buffer[] = [];
  for (let size = 0; size < 5 << 20; size += (all.at(-1) as Buffer).length)
    all.push(must(await receive(peer, 65536)));
  await Promise.all([writing, sending]);
  const whole = Buffer.concat(all);
  assert.is(whole.indexOf("b"), 4 << 20);
  assert.is(await receiveNonBlocking(peer, 1, 0), false);
  await closeAll(socket, peer);
});

test.run();
