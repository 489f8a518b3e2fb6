import { once } from "node:events";
import * as assert from "uvu/assert";
import { freePort } from "../peers/ports.ts";
import { conformance, families } from "./conformance.ts";
import { outsideDatagrams } from "./outside.ts";
import {
  anywhere,
  at,
  boundUdp,
  datagrams,
  dropAll,
  fails,
  failure,
  isReady,
  loopback,
  loopbackText,
  ready,
  receiveTexts,
  sendOne,
  traps,
  until,
} from "./steps.ts";

const { holds, run } = conformance("udp-send");

for (const family of families) {
  holds("W1", `${family}: refusals by ICMP do not break 256 rounds`, async ({ guest }) => {
    const nobody = loopback(family, await freePort());
    for (let round = 0; round < 256; round++) {
      const { socket, incoming, outgoing } = await datagrams(guest, loopback(family), nobody);
      assert.is(await isReady(outgoing), true);
      assert.ok((await outgoing.checkSend()) > 0n);
      assert.is(await outgoing.send([{ data: Buffer.from("x") }]), 1n);
      await dropAll(incoming, outgoing, socket);
    }
  });

  holds(
    "W4, W5, Y5",
    `${family}: with a peer or to an address, also with no bytes`,
    async ({ guest, after }) => {
      const outside = await outsideDatagrams(loopbackText(family));
      after(() => outside.close());
      const peer = loopback(family, outside.address().port);
      const heard: string[] = [];
      outside.on("message", (bytes) => heard.push(bytes.toString()));
      const connected = await datagrams(guest, loopback(family), peer);
      assert.is(await sendOne(guest, connected.outgoing, "no address"), 1n);
      assert.is(await sendOne(guest, connected.outgoing, "same address", peer), 1n);
      assert.is(await sendOne(guest, connected.outgoing, ""), 1n);
      const free = await datagrams(guest, loopback(family));
      assert.is(await sendOne(guest, free.outgoing, "an address", peer), 1n);
      await until(() => heard.length === 4, "all four arrive");
      assert.equal(heard.sort(), ["", "an address", "no address", "same address"]);
    },
  );

  holds(
    "W6",
    `${family}: addresses that can't be sent to are invalid, and others go on`,
    async ({ guest }) => {
      const receiver = await boundUdp(guest, loopback(family));
      const peer = await receiver.localAddress();
      const other = family === "ipv4" ? loopback("ipv6", 5) : loopback("ipv4", 5);
      const free = await datagrams(guest, loopback(family));
      const wrong = [undefined, other, anywhere(family, 5), loopback(family, 0)];
      if (family === "ipv6") wrong.push(at("::ffff:127.0.0.1", 5), at("::127.0.0.1", 5));
      for (const address of wrong) {
        await fails(sendOne(guest, free.outgoing, "x", address), "invalid-argument");
      }
      const connected = await datagrams(guest, loopback(family), peer);
      for (const address of [loopback(family, 5), other, anywhere(family, 5)]) {
        await fails(sendOne(guest, connected.outgoing, "x", address), "invalid-argument");
      }
      assert.is(await sendOne(guest, free.outgoing, "fine", peer), 1n);
      assert.is(await sendOne(guest, connected.outgoing, "fine too", peer), 1n);
      const [incoming] = await receiver.stream(undefined);
      assert.equal((await receiveTexts(guest, incoming, 2)).sort(), ["fine", "fine too"]);
    },
  );
}

holds("W2", "two are permitted at once, and counted", async ({ guest }) => {
  const { socket, incoming, outgoing } = await datagrams(guest);
  const self = await socket.localAddress();
  assert.ok((await outgoing.checkSend()) >= 2n);
  const two = ["one", "two"].map((text) => ({ data: Buffer.from(text), remoteAddress: self }));
  assert.is(await outgoing.send(two), 2n);
  assert.equal(await receiveTexts(guest, incoming, 2), ["one", "two"]);
});

holds("W3", "sending without a permit traps, and no datagrams need none", async ({ guest }) => {
  const { socket, outgoing } = await datagrams(guest);
  const datagram = { data: Buffer.from("x"), remoteAddress: await socket.localAddress() };
  assert.is(await outgoing.send([]), 0n);
  await traps(outgoing.send([datagram]), /1 datagrams where 0 are permitted/);
});

holds("W3", "a permit is for one call", async ({ guest }) => {
  const { socket, outgoing } = await datagrams(guest);
  const datagram = { data: Buffer.from("x"), remoteAddress: await socket.localAddress() };
  assert.ok((await outgoing.checkSend()) >= 2n);
  assert.is(await outgoing.send([]), 0n);
  assert.is(await outgoing.send([datagram]), 1n);
  assert.is(await outgoing.send([]), 0n);
  await traps(outgoing.send([datagram]), /1 datagrams where 0 are permitted/);
});

holds("W7", "what no datagram can hold is too large, and the largest is sent", async ({ guest }) => {
  for (const [family, largest] of [["ipv4", 65_507] as const, ["ipv6", 65_527] as const]) {
    const { socket, incoming, outgoing } = await datagrams(guest, loopback(family));
    const self = await socket.localAddress();
    for (const size of [largest + 1, 70_000]) {
      assert.is(await failure(sendOne(guest, outgoing, Buffer.alloc(size), self)), "datagram-too-large");
    }
    assert.is(await sendOne(guest, outgoing, Buffer.alloc(largest, "x"), self), 1n);
    const [text = ""] = await receiveTexts(guest, incoming, 1);
    assert.is(text.length, largest);
  }
});

holds("W8", "a failure behind a datagram that went is told by the count", async ({ guest }) => {
  const { socket, incoming, outgoing } = await datagrams(guest);
  const self = await socket.localAddress();
  const good = { data: Buffer.from("good"), remoteAddress: self };
  const bad = { data: Buffer.from("bad"), remoteAddress: loopback("ipv6", 5) };
  await outgoing.checkSend();
  assert.is(await outgoing.send([good, bad, good]), 1n);
  await outgoing.checkSend();
  await fails(outgoing.send([bad, good]), "invalid-argument");
  assert.is(await sendOne(guest, outgoing, "after", self), 1n);
  assert.equal(await receiveTexts(guest, incoming, 2), ["good", "after"]);
});

holds(
  "W2, W8",
  "a guest that sends without end is held back by the permit, and nothing fails",
  async (given) => {
    const { guest, after } = given;
    const outside = await outsideDatagrams();
    outside.setRecvBufferSize(4_000_000);
    after(() => outside.close());
    let heard = 0;
    outside.on("message", () => heard++);
    const { outgoing } = await datagrams(guest, loopback(), loopback("ipv4", outside.address().port));
    let sent = 0;
    while (sent < 3000) {
      const permit = Number(await outgoing.checkSend());
      if (permit === 0) await ready(guest, outgoing);
      else sent += Number(await outgoing.send(new Array(permit).fill({ data: Buffer.alloc(100) })));
    }
    await until(() => heard > 0 && heard >= sent / 2, "most arrive");
  },
);

holds("W9", "what was sent before everything was dropped arrives", async ({ guest, after }) => {
  const outside = await outsideDatagrams();
  after(() => outside.close());
  const message = once(outside, "message");
  const { socket, incoming, outgoing } = await datagrams(guest);
  await sendOne(guest, outgoing, "last words", loopback("ipv4", outside.address().port));
  await dropAll(incoming, outgoing, socket);
  assert.is(String((await message)[0]), "last words");
  await until(async () => (await guest.stats()).sockets === 0, "the socket closes");
});

run();
