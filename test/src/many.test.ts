/** Many: connections at once, operations at once, and both ends in one process. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { core } from "../../src/core.ts";
import {
  AddressInfo,
  accept,
  close,
  getSocketName,
  receive,
  receiveInto,
  receiveNonBlocking,
  type Socket,
  send,
  sendNonBlocking,
  shutdown,
} from "../../src/index.ts";
import { heldBack, tellsHeldBack } from "../peers/held-back.ts";
import { scenario } from "./support/scenario.ts";
import {
  boundDatagram,
  closeAll,
  connected,
  connection,
  listening,
  must,
  pattern,
} from "./support/sockets.ts";

const heldBackScenario = tellsHeldBack ? scenario : test.skip;

scenario(
  "1,000 connections to the library's own listener are open at once, each echoes, and all close",
  async () => {
    const count = 1000;
    const [listener, at] = await listening("127.0.0.1", count);
    const serve = async (socket: Socket): Promise<void> => {
      const bytes = must(await receive(socket, 100));
      assert.is(await send(socket, bytes), bytes.length);
    };
    const accepting = (async () => {
      const servers: Socket[] = [];
      while (servers.length < count) servers.push(must(await accept(listener)));
      return servers;
    })();
    const clients = await Promise.all(Array.from({ length: count }, () => connected(at)));
    const servers = await accepting;
    assert.ok(core.openSockets() > 2 * count, "all of them are open at once");
    const serving = Promise.all(servers.map(serve));
    const echoes = await Promise.all(
      clients.map(async (client, index) => {
        await send(client, Buffer.from(`client ${index}`));
        return String(await receive(client, 100));
      }),
    );
    assert.equal(
      echoes,
      clients.map((_, index) => `client ${index}`),
    );
    await serving;
    await closeAll(...clients, ...servers, listener);
  },
  60,
);

scenario(
  "5,000 operations wait at once on one instance: data, time and closing end each as it should",
  async () => {
    const [socket, at] = await boundDatagram();
    const others = await Promise.all(Array.from({ length: 50 }, () => boundDatagram()));
    const [listener] = await listening();
    const before = core.openOperations();
    const waits: Promise<unknown>[] = [];
    for (let i = 0; i < 1000; i++) waits.push(receive(socket, 10).then(String));
    for (const [other] of others) {
      for (let i = 0; i < 50; i++) waits.push(receiveNonBlocking(other, 10, 0.3 + i / 1000));
      for (let i = 0; i < 20; i++) waits.push(receiveInto(other, Buffer.alloc(1)));
    }
    for (let i = 0; i < 500; i++) waits.push(accept(listener));
    assert.is(core.openOperations() - before, 5000);
    // what comes wakes those that wait for it, in their order
    const [sender] = await boundDatagram();
    const to = new AddressInfo(2, 2, 17, 0, at);
    for (let i = 0; i < 1000; i++) {
      await send(sender, Buffer.from(String(i)), 0, to);
      // one at a time: the kernel drops what its buffer has no room for
      assert.is(await waits[i], String(i));
    }
    const timed = waits.slice(1000, 4500).filter((_, index) => index % 70 < 50);
    assert.ok((await Promise.all(timed)).every((result) => result === false));
    await closeAll(socket, sender, listener, ...others.map(([other]) => other));
    const untimed = waits.slice(1000, 4500).filter((_, index) => index % 70 >= 50);
    assert.ok((await Promise.all(untimed)).every((result) => result === -9));
    assert.ok((await Promise.all(waits.slice(4500))).every((result) => result === false));
  },
  60,
);

heldBackScenario(
  "both ends in one process never deadlock: each sends much before it reads",
  async () => {
    const [client, server] = await connection();
    const bytes = pattern(16 << 20);
    let ended = 0;
    const sends = [client, server].map((socket) => send(socket, bytes).finally(() => ended++));
    await Promise.all([client, server].map((socket) => heldBack(must(getSocketName(socket)).port)));
    assert.is(ended, 0, "nobody reads: both are held up");
    const read = async (socket: Socket): Promise<void> => {
      const into = Buffer.alloc(bytes.length);
      let got = 0;
      while (got < bytes.length) {
        const count = await receiveInto(socket, into.subarray(got));
        assert.ok(count > 0, String(count));
        got += count;
      }
      assert.ok(into.equals(bytes));
    };
    await Promise.all([read(client), read(server)]);
    assert.equal(await Promise.all(sends), [bytes.length, bytes.length]);
    // a limit says how much went out, and what is left can be sent later
    const part = must(await sendNonBlocking(client, bytes, 0.2));
    assert.ok(part > 0 && part < bytes.length, String(part));
    const rest = send(client, bytes.subarray(part)).then(() => shutdown(client, "write"));
    await read(server);
    await rest;
    await closeAll(client, server);
  },
  60,
);

scenario("a listener is closed while connections and accepts wait", async () => {
  const [listener, at] = await listening();
  const clients = await Promise.all(Array.from({ length: 50 }, () => connected(at)));
  const first = must(await accept(listener));
  await close(listener);
  await closeAll(first, ...clients);
});

test.run();
