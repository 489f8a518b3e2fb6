import type * as net from "node:net";
import * as assert from "uvu/assert";
import { families } from "../conformance.ts";
import { outsideServer, outsideSocket } from "../outside.ts";
import { loopback, until } from "../steps.ts";
import { MOST } from "./guest.ts";
import { conformance, connected, drop, listening, pair, readAll, streams } from "./steps.ts";

const { holds, run } = conformance("tcp-streams");

for (const family of families) {
  holds("X5, X6", `${family}: one write is one read, both ways, and no bytes are none`, async ({ guest }) => {
    const { client, server } = await pair(guest, family);
    for (const [from, to, text] of [
      [client, server, "ping"],
      [server, client, "pong"],
    ] as const) {
      assert.equal(await guest.write(from.output, ""), { how: "completed", count: 0 });
      assert.equal(await guest.write(from.output, text), { how: "completed", count: 4 });
      assert.equal(await guest.read(to.input, 100), { how: "completed", count: 4 });
      assert.is(guest.taken(4).toString(), text);
    }
  });

  holds(
    "X6, X7",
    `${family}: the end of what is sent is an end to who reads, and both futures are ok`,
    async ({ guest }) => {
      const { client, server } = await pair(guest, family);
      await guest.write(client.output, "thirteen chars".slice(0, 13));
      guest.raw("bytes.drop-writable", client.output);
      assert.is((await readAll(guest, server.input)).toString(), "thirteen char");
      assert.is(await guest.outcome(server.received), "ok");
      assert.is(await guest.outcome(client.sent), "ok");
    },
  );

  holds(
    "X3, X4",
    `${family}: a second receive and send end at once, and the first go on`,
    async ({ guest }) => {
      const { client, server } = await pair(guest, family);
      for (let more = 0; more < 3; more++) {
        const again = await streams(guest, client.socket);
        assert.equal(await guest.read(again.input, 10), { how: "dropped", count: 0 });
        assert.is(await guest.outcome(again.received), "invalid-state");
        assert.equal(await guest.write(again.output, "back"), { how: "dropped", count: 0 });
        assert.is(await guest.outcome(again.sent), "invalid-state");
      }
      await guest.write(client.output, "first");
      assert.equal(await guest.read(server.input, 10), { how: "completed", count: 5 });
      await guest.write(server.output, "still");
      assert.equal(await guest.read(client.input, 10), { how: "completed", count: 5 });
    },
  );

  holds("X11", `${family}: streams and futures go on without their socket`, async ({ guest }) => {
    const { client, server } = await pair(guest, family);
    drop(guest, "tcp", client.socket, server.socket);
    await guest.write(client.output, "ping");
    assert.equal(await guest.read(server.input, 10), { how: "completed", count: 4 });
    guest.raw("bytes.drop-writable", client.output);
    assert.is((await readAll(guest, server.input)).length, 0);
    await guest.write(server.output, "pong");
    guest.raw("bytes.drop-writable", server.output);
    assert.is((await readAll(guest, client.input)).toString(), "pong");
    for (const future of [client.sent, client.received, server.sent, server.received]) {
      assert.is(await guest.outcome(future), "ok");
    }
  });

  holds("X14", `${family}: each direction has an end of its own`, async ({ guest }) => {
    const { client, server } = await pair(guest, family);
    await guest.write(server.output, "0123456789");
    guest.raw("bytes.drop-writable", server.output);
    assert.is((await readAll(guest, client.input)).toString(), "0123456789");
    assert.is(await guest.outcome(client.received), "ok");
    await guest.write(client.output, "9876543210");
    guest.raw("bytes.drop-writable", client.output);
    assert.is((await readAll(guest, server.input)).toString(), "9876543210");
    assert.is(await guest.outcome(server.received), "ok");
  });
}

holds("X7", "a stream that is dropped without a byte sends the end", async ({ guest }) => {
  const { client, server } = await pair(guest);
  guest.raw("bytes.drop-writable", client.output);
  assert.is(await guest.outcome(client.sent), "ok");
  assert.equal(await guest.read(server.input, 10), { how: "dropped", count: 0 });
});

holds("X8", "a peer that drops everything is at its end", async ({ guest }) => {
  const { client, server } = await pair(guest);
  guest.raw("bytes.drop-readable", server.input);
  guest.raw("bytes.drop-writable", server.output);
  drop(guest, "tcp", server.socket);
  assert.equal(await guest.read(client.input, 10), { how: "dropped", count: 0 });
  assert.is(await guest.outcome(client.received), "ok");
});

holds("X9, X17", "to drop what comes, with bytes in it, is ok", async ({ guest }) => {
  const { client, server } = await pair(guest);
  await guest.write(server.output, "nobody reads this");
  assert.equal(await guest.read(client.input, 0), { how: "completed", count: 0 });
  guest.raw("bytes.drop-readable", client.input);
  assert.is(await guest.outcome(client.received), "ok");
});

holds("X10, X16, X18", "who writes to a peer that is gone is told in the end", async ({ guest }) => {
  const { client, server } = await pair(guest);
  guest.raw("bytes.drop-readable", server.input);
  guest.raw("bytes.drop-writable", server.output);
  drop(guest, "tcp", server.socket);
  const piece = Buffer.alloc(1000);
  let how: string = "completed";
  for (let left = 100_000; left > 0 && how === "completed"; left--)
    ({ how } = await guest.write(client.output, piece));
  assert.is(how, "dropped");
  const outcome = await guest.outcome(client.sent);
  assert.ok(["connection-broken", "connection-reset"].includes(outcome), outcome);
});

holds(
  "X18",
  "a reset is told to who receives, and one that nobody asks about does no harm",
  async ({ guest, after }) => {
    let peer: net.Socket | undefined;
    const { port, close } = await outsideServer((socket) => {
      peer = socket;
    });
    after(close);
    for (const asks of [true, false]) {
      const connection = await streams(guest, await connected(guest, loopback("ipv4", port)));
      await until(() => peer !== undefined, "it is accepted");
      peer?.resetAndDestroy();
      peer = undefined;
      assert.equal(await guest.read(connection.input, 10), { how: "dropped", count: 0 });
      if (asks) assert.is(await guest.outcome(connection.received), "connection-reset");
    }
  },
);

holds(
  "X12",
  "no byte is lost to reads that are called off, and a read of none waits for some",
  async ({ guest }) => {
    const { client, server } = await pair(guest);
    await guest.call("tcp-socket.set-send-buffer-size", client.socket, 1024n);
    const all = Buffer.alloc(1 << 18);
    for (let i = 0; i < all.length; i++) all[i] = (i * 7 + (i >> 8)) & 0xff;
    const sending = (async () => {
      for (let at = 0; at < all.length; at += 256)
        await guest.write(client.output, all.subarray(at, at + 256));
      guest.raw("bytes.drop-writable", client.output);
    })();
    const parts: Buffer[] = [];
    let failures = 0;
    for (;;) {
      let result = guest.readNow(server.input, 1024);
      if (result.how === "blocked") {
        result = guest.cancelRead(server.input);
        if (result.how === "cancelled" && result.count === 0) {
          assert.ok(++failures <= 10, "it found nothing too often");
          const none = await guest.read(server.input, 0);
          assert.is(none.count, 0);
          if (none.how === "dropped") break;
          continue;
        }
      }
      failures = 0;
      parts.push(guest.taken(result.count));
      if (result.how === "dropped") break;
    }
    await sending;
    assert.ok(Buffer.concat(parts).equals(all));
    assert.is(await guest.outcome(server.received), "ok");
  },
);

holds("X13", "many connections are polled without waiting, and all bytes are seen", async ({ guest }) => {
  const { arrivals, address } = await listening(guest);
  const set = guest.raw("set-new");
  const inputs = new Set<number>();
  const outputs: number[] = [];
  for (let i = 0; i < 100; i++) {
    const client = await connected(guest, address);
    outputs.push((await streams(guest, client)).output);
    const { input } = await streams(guest, await guest.arrival(arrivals));
    assert.is(guest.readNow(input, 0).how, "blocked");
    guest.raw("join", input, set);
    inputs.add(input);
  }
  for (const output of outputs) await guest.write(output, "x");
  const at = guest.allocate(8, 4);
  await until(() => {
    while (guest.raw("set-poll", set, at) !== 0) {
      const handle = Buffer.from(guest.peek(at, 4)).readUInt32LE();
      assert.ok(inputs.delete(handle));
      assert.equal(guest.readNow(handle, 10), { how: "completed", count: 1 });
    }
    return inputs.size === 0;
  }, "all bytes are seen");
});

holds("X15", "an outside client has back what it sends", async ({ guest }) => {
  const { arrivals, address } = await listening(guest);
  const client = outsideSocket({ host: "127.0.0.1", port: address.val.port });
  const answer = new Promise<string>((resolve) => {
    let text = "";
    client.on("data", (chunk) => {
      text += chunk;
    });
    client.on("end", () => resolve(text));
  });
  client.write("hello, outside");
  const server = await streams(guest, await guest.arrival(arrivals));
  const { count } = await guest.read(server.input, 100);
  const bytes = guest.taken(count);
  guest.raw("bytes.drop-readable", server.input);
  assert.is(await guest.outcome(server.received), "ok");
  await guest.write(server.output, bytes);
  guest.raw("bytes.drop-writable", server.output);
  assert.is(await answer, "hello, outside");
});

holds("X6, X17", "megabytes come as they were sent", async ({ guest }) => {
  const { client, server } = await pair(guest);
  const piece = Buffer.alloc(MOST, "0123456789abcdef");
  const sending = (async () => {
    for (let left = 4; left > 0; left--) {
      for (let at = 0; at < piece.length; ) {
        const { how, count } = await guest.write(client.output, piece.subarray(at));
        assert.is(how, "completed");
        at += count;
      }
    }
    guest.raw("bytes.drop-writable", client.output);
  })();
  const all = await readAll(guest, server.input);
  await sending;
  assert.ok(all.equals(Buffer.concat([piece, piece, piece, piece])));
});

run();
