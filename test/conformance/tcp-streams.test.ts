import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import * as assert from "uvu/assert";
import type { Peer, PeerName } from "../peers/peer.ts";
import type { Received } from "../peers/sink.ts";
import { conformance, families } from "./conformance.ts";
import { outsideClient, outsidePeer, outsideServer } from "./outside.ts";
import {
  accept,
  breaks,
  connect,
  dropAll,
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
  traps,
  turns,
  until,
  writeAll,
} from "./steps.ts";

const { holds, run } = conformance("tcp-streams");

async function peerOf(after: (cleanup: () => unknown) => void, name: PeerName): Promise<Peer> {
  const peer = await outsidePeer(name);
  after(() => peer.stop());
  return peer;
}

holds("S1", "reading no bytes of an open stream is nothing, also when some are there", async ({ guest }) => {
  const { client, server } = await pair(guest);
  assert.is((await server.input.read(0n)).length, 0);
  await send(client.output, "data");
  await ready(guest, server.input);
  assert.is((await server.input.read(0n)).length, 0);
  assert.is(await server.input.skip(0n), 0n);
  assert.is(String(await readSome(guest, server.input, 4)), "data");
});

for (const family of families) {
  holds(
    "S2",
    `${family}: a blocking read gives what one write sent`,
    async ({ guest, after }) => {
      const server = await listener(guest, loopback(family));
      const { port } = (await server.localAddress()).val;
      const peer = await outsideClient(port, loopbackText(family));
      after(() => peer.destroy());
      const { input } = await accept(guest, server);
      for (const text of ["Hello, world!", "Hello from client!"]) {
        const reading = input.blockingRead(100n);
        await turns(1);
        peer.write(text);
        assert.is(Buffer.from(await reading).toString(), text);
      }
      const skipping = input.blockingSkip(100n);
      await turns(1);
      peer.write("skipped");
      assert.is(await skipping, 7n);
    },
    { needs: ["blocking"] },
  );

  holds(
    "S4",
    `${family}: when the peer has ended, the input is ready, and closed, not empty`,
    async ({ guest }) => {
      const { client, server } = await pair(guest, family);
      const pollable = await client.input.subscribe();
      assert.is(await pollable.ready(), false);
      await server.socket.shutdown("both");
      await dropConnection(server);
      await pollable.block();
      await fails(client.input.read(10n), "closed");
      await fails(client.input.read(0n), "closed");
      await fails(client.input.skip(1n), "closed");
      assert.is(await pollable.ready(), true);
    },
  );
}

holds("S3", "an empty write needs no permit", async ({ guest }) => {
  const { client, server } = await pair(guest);
  await client.output.write(new Uint8Array(0));
  await client.output.writeZeroes(0n);
  await send(client.output, "x");
  assert.is(String(await readSome(guest, server.input, 1)), "x");
});

holds("S6", "a fresh connection permits to write", async ({ guest }) => {
  const { client, server } = await pair(guest);
  for (const output of [client.output, server.output]) {
    assert.is(await isReady(output), true);
    assert.ok((await output.checkWrite()) >= 3n);
  }
});

holds("S8", "what is written right before the end arrives whole", async ({ guest, after }) => {
  const peer = await peerOf(after, "sink");
  const client = await connect(guest, loopback("ipv4", peer.port));
  await client.socket.setSendBufferSize(1024n);
  const small = await client.socket.sendBufferSize();
  const permit = await client.output.checkWrite();
  assert.ok(permit > small, `${permit} is no more than the send buffer of ${small}`);
  const size = Number(permit < small * 100n ? permit : small * 100n);
  const bytes = randomBytes(size);
  await client.output.write(bytes);
  await client.socket.shutdown("send");
  const received = await peer.told<Received>();
  assert.is(received.bytes, size);
  assert.is(received.sha256, createHash("sha256").update(bytes).digest("hex"));
  assert.is((await readSome(guest, client.input)).length, 0);
});

holds(
  "S9",
  "waiting, asking for a permit, writing and flushing deliver everything",
  async ({ guest, after }) => {
    const peer = await peerOf(after, "sink");
    const client = await connect(guest, loopback("ipv4", peer.port));
    const bytes = randomBytes(3_000_000);
    for (let at = 0; at < bytes.length; ) {
      await ready(guest, client.output);
      const permit = Number(await client.output.checkWrite());
      assert.ok(permit > 0, "what is ready permits something");
      await client.output.write(bytes.subarray(at, at + permit));
      at += permit;
      await client.output.flush();
      await ready(guest, client.output);
    }
    await client.output.drop();
    const received = await peer.told<Received>();
    assert.is(received.sha256, createHash("sha256").update(bytes).digest("hex"));
  },
);

holds(
  "S9, S10",
  "the blocking writes deliver, whatever the permit",
  async ({ guest }) => {
    const { client, server } = await pair(guest);
    await server.output.blockingWriteZeroesAndFlush(10n);
    assert.equal([...(await readSome(guest, client.input, 10))], new Array(10).fill(0));
    const large = randomBytes(1_000_000);
    const writing = client.output.blockingWriteAndFlush(large);
    const read = await readSome(guest, server.input, large.length);
    await writing;
    assert.ok(read.equals(large));
    await send(client.output, "and more");
    await client.output.blockingFlush();
    const zeroes = client.output.blockingWriteZeroesAndFlush(600_000n);
    assert.is(String(await readSome(guest, server.input, 8)), "and more");
    assert.ok((await readSome(guest, server.input, 600_000)).every((byte) => byte === 0));
    await zeroes;
  },
  { needs: ["blocking"] },
);

holds("S11", "writing beyond the permit traps", async ({ guest }) => {
  const { client } = await pair(guest);
  const permit = Number(await client.output.checkWrite());
  await traps(client.output.write(new Uint8Array(permit + 1)), /are permitted/);
});

holds("S11", "a permit is spent by the writes behind it, and by a flush", async ({ guest }) => {
  const { client, server } = await pair(guest);
  await traps(client.output.write(new Uint8Array(1)), /1 bytes were written where 0 are permitted/);
  const permit = Number(await server.output.checkWrite());
  await server.output.write(new Uint8Array(permit - 5));
  await server.output.write(new Uint8Array(4));
  await traps(server.output.write(new Uint8Array(2)), /2 bytes were written where 1 are permitted/);
});

holds("S11", "zeroes beyond the permit trap as well", async ({ guest }) => {
  const { client } = await pair(guest);
  const permit = await client.output.checkWrite();
  await traps(client.output.writeZeroes(permit + 1n), /are permitted/);
  await traps(client.output.writeZeroes(2n ** 64n - 1n), /are permitted/);
});

for (const family of families) {
  holds(
    "S12",
    `${family}: a guest that spins on a ready timer still gets its input`,
    async ({ guest }) => {
      const spins = async (): Promise<void> => {
        const { client, server } = await pair(guest, family);
        await send(client.output, "hello");
        const input = await server.input.subscribe();
        for (let turns = 0; ; turns++) {
          assert.ok(turns < 1_000_000, "it spun a million times");
          const timer = await guest.subscribeDuration(0n);
          const found = await guest.poll([timer, input]);
          await timer.drop();
          if (found.length === 2) break;
          assert.equal(Array.from(found), [0]);
        }
        await input.drop();
        assert.is(String(await server.input.read(5n).then((bytes) => Buffer.from(bytes))), "hello");
        await dropConnection(client);
        await dropConnection(server);
      };
      for (let i = 0; i < 10; i++) await spins();
    },
    { needs: ["blocking"] },
  );
}

holds(
  "S13",
  "a reset is told to the reader as such, and closes what is written",
  async ({ guest, after }) => {
    const server = await outsideServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
    after(server.close);
    const client = await connect(guest, loopback("ipv4", server.port));
    await send(client.output, "reset me");
    await ready(guest, client.input);
    await breaks(guest, client.input.read(10n), "connection-reset");
    await fails(client.input.read(10n), "closed");
    await fails(client.output.checkWrite(), "closed");
    assert.is(await isReady(client.output), true);
    assert.equal(await client.socket.remoteAddress(), loopback("ipv4", server.port));
  },
);

holds("S13", "what came before a reset is read first", async ({ guest, after }) => {
  const server = await listener(guest);
  const { port } = (await server.localAddress()).val;
  const client = await outsideClient(port);
  after(() => client.destroy());
  const accepted = await accept(guest, server);
  client.write("last words");
  await ready(guest, accepted.input);
  client.resetAndDestroy();
  await once(client, "close");
  assert.is(String(await readSome(guest, accepted.input, 10)), "last words");
  await ready(guest, accepted.input);
  await breaks(guest, accepted.input.read(1n), "connection-reset");
});

holds("S13", "writing to a peer that has gone ends in closed", async ({ guest, after }) => {
  const server = await outsideServer((socket) => socket.destroy());
  after(server.close);
  const client = await connect(guest, loopback("ipv4", server.port));
  await until(async () => {
    try {
      if ((await client.output.checkWrite()) > 0n) await client.output.write(new Uint8Array(1));
      return false;
    } catch (error) {
      assert.is((error as { tag?: string }).tag, "closed");
      return true;
    }
  }, "the peer's leaving is noticed");
});

holds("S14", "what was written before everything was dropped is delivered, then the end", async (given) => {
  const { guest, after } = given;
  const peer = await peerOf(after, "sink");
  const client = await connect(guest, loopback("ipv4", peer.port));
  const bytes = randomBytes(Number(await client.output.checkWrite()));
  await client.output.write(bytes);
  await dropAll(client.output, client.input, client.socket);
  const received = await peer.told<Received>();
  assert.is(received.sha256, createHash("sha256").update(bytes).digest("hex"));
  await until(async () => (await guest.stats()).sockets === 0, "the socket closes");
});

holds("S14", "dropping a stream ends its direction, and that one alone", async ({ guest }) => {
  const { client, server } = await pair(guest);
  await client.output.drop();
  assert.is((await readSome(guest, server.input)).length, 0);
  await writeAll(guest, server.output, Buffer.from("still heard"));
  assert.is(String(await readSome(guest, client.input, 11)), "still heard");
});

holds(
  "S15",
  "a socket can't be dropped before its streams, nor a stream before its pollable",
  async ({ guest }) => {
    const { client } = await pair(guest);
    await client.input.subscribe();
    await traps(client.input.drop(), /has children/);
  },
);

holds(
  "S9",
  "splice moves bytes between connections, as much as is there and permitted",
  async ({ guest }) => {
    const from = await pair(guest);
    const to = await pair(guest);
    await send(from.client.output, "through the middle");
    await ready(guest, from.server.input);
    assert.is(await to.client.output.splice(from.server.input, 7n), 7n);
    assert.is(await to.client.output.splice(from.server.input, 1000n), 11n);
    assert.is(await to.client.output.splice(from.server.input, 1000n), 0n);
    assert.is(String(await readSome(guest, to.server.input, 18)), "through the middle");
  },
);

run();
