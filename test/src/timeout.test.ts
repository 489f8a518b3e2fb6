/** Time limits: never early, never a lost byte. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  AddressInfo,
  close,
  receive,
  receiveInto,
  receiveIntoNonBlocking,
  receiveNonBlocking,
  type Socket,
  send,
  sendNonBlocking,
  type Timeout,
} from "../../src/index.ts";
import { startPeer } from "../peers/peer.ts";
import { scenario } from "./support/scenario.ts";
import { boundDatagram, closeAll, connected, connection } from "./support/sockets.ts";

/** How long a call took, in seconds, and what came of it. */
async function timed<T>(call: () => Promise<T>): Promise<[seconds: number, result: T]> {
  const start = performance.now();
  const result = await call();
  return [(performance.now() - start) / 1000, result];
}

const forms: Record<string, (socket: Socket, timeout: Timeout) => Promise<unknown>> = {
  receiveNonBlocking: (socket, timeout) => receiveNonBlocking(socket, 10, timeout),
  receiveIntoNonBlocking: (socket, timeout) => receiveIntoNonBlocking(socket, Buffer.alloc(10), timeout),
};

scenario("nothing in time is false, never earlier than asked", async () => {
  const [client, server] = await connection();
  const [udp] = await boundDatagram();
  for (const [name, form] of Object.entries(forms)) {
    for (const socket of [server, udp]) {
      for (const limit of [0.001, 0.0015, 0.02, 0.1, 0.25]) {
        const [seconds, result] = await timed(() => form(socket, limit));
        assert.is(result, false);
        // performance.now() and the monotonic clock differ by rounding
        assert.ok(seconds >= limit - 1e-5, `${name}: false after ${seconds} s of ${limit} s`);
      }
    }
  }
  await closeAll(client, server, udp);
});

scenario("a limit of 0 tries once, and waits for nothing", async () => {
  const [client, server] = await connection();
  for (const form of Object.values(forms)) {
    let turns = 0;
    const turn = setImmediate(() => turns++);
    assert.is(await form(server, 0), false);
    assert.is(turns, 0);
    clearImmediate(turn);
  }
  const waiting = receive(server, 3);
  assert.is(await receiveNonBlocking(server, 10, 0), false, "its turn is behind the one that waits");
  await send(client, Buffer.from("onetwo"));
  assert.is(String(await waiting), "one");
  assert.is(String(await receiveNonBlocking(server, 10, 0)), "two", "what is there is taken");
  await closeAll(client, server);
});

scenario("tiny and huge limits are limits like any other", async () => {
  const [client, server] = await connection();
  for (const limit of [Number.MIN_VALUE, 1e-9, 1e-6])
    assert.is(await receiveNonBlocking(server, 10, limit), false);
  const huge = [1e5, 3e6, 1e10, Number.MAX_VALUE, Number.POSITIVE_INFINITY].map((limit) => {
    return receiveNonBlocking(server, 1, limit);
  });
  await send(client, Buffer.from("abcde"));
  assert.equal((await Promise.all(huge)).map(String), ["a", "b", "c", "d", "e"]);
  await closeAll(client, server);
});

scenario("null and false wait for ever", async () => {
  const [client, server] = await connection();
  for (const timeout of [null, false] as const) {
    const waiting = [
      receiveNonBlocking(server, 1, timeout),
      receiveIntoNonBlocking(server, Buffer.alloc(1), timeout),
    ];
    assert.is(await receiveNonBlocking(server, 1, 0.05), false, "one behind them has a limit");
    await send(client, Buffer.from("ab"));
    const [first, second] = await Promise.all(waiting);
    assert.equal([String(first), second], ["a", 1]);
  }
  await closeAll(client, server);
});

scenario("what comes after the time ran out is there for the next call", async () => {
  const [client, server] = await connection();
  const [one] = await boundDatagram();
  const [two, twoAt] = await boundDatagram();
  const info = new AddressInfo(2, 2, 17, 0, twoAt);
  for (let i = 0; i < 20; i++) {
    assert.is(await receiveNonBlocking(server, 10, 0.002), false);
    assert.is(await receiveIntoNonBlocking(two, Buffer.alloc(10), 0.002), false);
    await send(client, Buffer.from(`s${i}`));
    await send(one, Buffer.from(`d${i}`), 0, info);
    assert.is(String(await receive(server, 10)), `s${i}`);
    assert.is(String(await receive(two, 10)), `d${i}`);
  }
  await closeAll(client, server, one, two);
});

scenario("data and the end of the time together lose nothing", async () => {
  const [client, server] = await connection();
  let sent = 0;
  let received = 0;
  for (let i = 0; i < 200; i++) {
    const waiting = receiveNonBlocking(server, 1, 0.001);
    // about when the time runs out, and then and now a little later
    const end = performance.now() + (i % 10) / 5;
    while (performance.now() < end);
    sent += await send(client, Buffer.from("x"));
    const bytes = await waiting;
    if (bytes !== false) received += bytes.length;
  }
  while (received < sent) received += ((await receive(server, sent)) as Buffer).length;
  assert.is(await receiveNonBlocking(server, 1, 0.01), false);
  await closeAll(client, server);
});

scenario("one that runs out of time in the middle of a queue leaves the others their order", async () => {
  const [client, server] = await connection();
  const first = receive(server, 1);
  const second = receiveNonBlocking(server, 1, 0.02);
  const third = receive(server, 1);
  const fourth = receiveNonBlocking(server, 1, 0.01);
  const fifth = receive(server, 1);
  assert.equal(await Promise.all([second, fourth]), [false, false]);
  await send(client, Buffer.from("abc"));
  assert.equal((await Promise.all([first, third, fifth])).map(String), ["a", "b", "c"]);
  await closeAll(client, server);
});

scenario("the first of a queue may run out of time and the next gets what comes", async () => {
  const [client, server] = await connection();
  const first = receiveNonBlocking(server, 1, 0.01);
  const into = Buffer.alloc(3);
  const second = receiveInto(server, into);
  assert.is(await first, false);
  await send(client, Buffer.from("abc"));
  assert.is(await second, 3);
  assert.is(String(into), "abc");
  await closeAll(client, server);
});

scenario("a send that can't go out in time tells how far it came, or false", async () => {
  const mute = await startPeer("mute");
  const client = await connected(mute.port);
  const plenty = Buffer.alloc(64 << 20);
  const [seconds, sent] = await timed(() => sendNonBlocking(client, plenty, 0.2));
  assert.ok(seconds >= 0.2 - 1e-5);
  assert.ok(sent !== false && sent > 0 && sent < plenty.length, `${sent} bytes were sent`);
  assert.is(await sendNonBlocking(client, plenty, 0.02), false);
  assert.is(await sendNonBlocking(client, Buffer.from("x"), 0), false);
  assert.is(await sendNonBlocking(client, new Uint8Array(0), 0), 0);
  await close(client);
  await mute.stop();
});

scenario("a send that waits goes on when the peer reads again", async () => {
  const [client, server] = await connection();
  const size = 16 << 20;
  const sending = sendNonBlocking(client, Buffer.alloc(size, 3), 60);
  const into = Buffer.alloc(1 << 20);
  let received = 0;
  while (received < size) received += await receiveInto(server, into);
  assert.is(await sending, size);
  await closeAll(client, server);
});

scenario("datagrams are sent at once, whatever the limit", async () => {
  const [one, at] = await boundDatagram();
  const info = new AddressInfo(2, 2, 17, 0, at);
  for (const limit of [0, 0.001, 1, null, false] as const) {
    assert.is(await sendNonBlocking(one, Buffer.from("x"), limit, 0, info), 1);
  }
  await close(one);
});

test.run();
