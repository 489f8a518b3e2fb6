/** What is received is the caller's own memory: whoever transfers it takes nothing from anybody else. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Msg, openSocketPair, type Socket } from "../../src/index.ts";
import { scenario, turns, until } from "./support/scenario.ts";
import { boundDatagram, closeAll, connection, must, pattern } from "./support/sockets.ts";

/** Takes the memory of bytes away, as `postMessage(bytes, [bytes.buffer])` does. */
function taken(bytes: Uint8Array): Uint8Array {
  const { buffer, length, byteOffset } = bytes;
  assert.is(buffer.byteLength, length, "it shares its memory");
  return new Uint8Array(
    structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }) as ArrayBuffer,
    byteOffset,
    length,
  );
}

/** Takes what comes, in pieces. */
type Read = (socket: Socket) => AsyncIterable<Uint8Array>;

async function* received(
  socket: Socket,
  sizes: readonly number[],
  options: { flags?: number; timeoutMs?: number } = {},
): AsyncGenerator<Uint8Array> {
  for (let i = 0; ; i++) {
    const bytes = await socket.receive(sizes[i % sizes.length], options);
    if (bytes.length === 0) return;
    yield bytes;
  }
}

async function* peeked(socket: Socket): AsyncGenerator<Uint8Array> {
  for (;;) {
    taken(await socket.receive(5000, { flags: Msg.peek }));
    const bytes = await socket.receive(5000);
    if (bytes.length === 0) return;
    yield bytes;
  }
}

/** As a port gives it that has read ahead: cut, and joined. */
async function* readAhead({ input }: Socket): AsyncGenerator<Uint8Array> {
  for (let i = 0; !input.readableEnded; i++) {
    const piece = input.read([10, undefined, 70_000, 3][i % 4]) as Uint8Array | null;
    if (piece === null) await new Promise((resolve) => setImmediate(resolve));
    else yield piece;
  }
}

/** Small pieces that wait together are joined. */
async function* slowly({ input }: Socket): AsyncGenerator<Uint8Array> {
  for await (const piece of input) {
    yield piece as Uint8Array;
    await turns(3);
  }
}

const ways: Record<string, Read> = {
  "receive, full buffers": (socket) => received(socket, [65536]),
  "receive, more than a buffer": (socket) => received(socket, [1 << 20]),
  "receive, of all sizes": (socket) => received(socket, [1, 64, 65, 3000, 65536, 7, 40000]),
  "receive with a time limit": (socket) => received(socket, [65536, 100], { timeoutMs: 10_000 }),
  "receive of all that was asked for": (socket) => received(socket, [3000, 200_000], { flags: Msg.waitall }),
  "receive after a peek": peeked,
  "an input port": (socket) => socket.input,
  "an input port, cut and joined": readAhead,
  "an input port, slowly": slowly,
  "a web stream": (socket) => socket.readable as unknown as AsyncIterable<Uint8Array>,
};

const total = 4 << 20;
const bytes = pattern(total);

for (const [name, read] of Object.entries(ways)) {
  scenario(`${name}: two connections read at a time, and what they gave is taken away`, async () => {
    const ends = await Promise.all([connection(), connection()]);
    await Promise.all(
      ends.map(async ([client, server]) => {
        const sending = server.send(bytes).then(() => server.shutdown("write"));
        const kept: Uint8Array[] = [];
        for await (const piece of read(client)) kept.push(taken(piece));
        await sending;
        assert.ok(Buffer.concat(kept).equals(bytes));
      }),
    );
    await Promise.all(ends.map(([client, server]) => closeAll(client, server)));
  });
}

scenario("small pieces that a port has read ahead are joined into memory of their own", async () => {
  const [client, server] = await connection();
  const [other, far] = await connection();
  for (const [{ input }, end] of [
    [client, server],
    [other, far],
  ] as const) {
    const given: Uint8Array[] = [];
    input.on("data", (piece: Uint8Array) => given.push(taken(piece)));
    input.pause();
    input.read(0);
    for (let i = 1; i <= 20; i++) {
      await end.send(Buffer.from("piece"));
      await until(() => input.readableLength === 5 * i);
    }
    end.shutdown("write");
    assert.is(input.read(7)?.length, 7);
    assert.is(input.read(93)?.length, 93);
    assert.is(Buffer.concat(given).toString(), "piece".repeat(20));
  }
  await closeAll(client, server, other, far);
});

scenario("datagrams and pairs give memory of their own", async () => {
  const [socket, at] = await boundDatagram();
  const sent = ["", "a", "b".repeat(100), "c".repeat(9000)];
  for (const text of sent) await socket.send(Buffer.from(text), { to: at });
  for (const text of sent) assert.is(Buffer.from(taken(await socket.receive())).toString(), text);
  await socket.send(Buffer.from("cut"), { to: at });
  assert.is(Buffer.from(taken(await socket.receive(2))).toString(), "cu");
  const [one, other] = must(openSocketPair());
  await one.send(Buffer.from("abcdef"));
  assert.is(Buffer.from(taken(await other.receive(3))).toString(), "abc");
  assert.is(Buffer.from(taken(await other.receive(3))).toString(), "def");
  await closeAll(socket, one, other);
});

test.run();
