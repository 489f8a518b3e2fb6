import { randomBytes } from "node:crypto";
import * as diagnostics from "node:diagnostics_channel";
import * as assert from "uvu/assert";
import { DATAGRAM_COST as COST } from "../../host/sockets/udp-output.ts";
import { freePort } from "../peers/ports.ts";
import { conformance, families } from "./conformance.ts";
import { outsideDatagrams } from "./outside.ts";
import {
  datagrams,
  fails,
  isReady,
  isReadyWithin,
  loopback,
  ready,
  receiveTexts,
  sendOne,
  turns,
  until,
} from "./steps.ts";

const { holds, run } = conformance("udp-receive");

for (const family of families) {
  holds("Y1", `${family}: datagrams come in order, with their sender's address`, async ({ guest }) => {
    const receiver = await datagrams(guest, loopback(family));
    const to = await receiver.socket.localAddress();
    const sender = await datagrams(guest, loopback(family), to);
    for (const text of ["first", "second"]) await sendOne(guest, sender.outgoing, text);
    const seen: string[] = [];
    await ready(guest, receiver.incoming);
    while (seen.length < 2) {
      for (const { data, remoteAddress } of await receiver.incoming.receive(100n)) {
        seen.push(Buffer.from(data).toString());
        assert.equal(remoteAddress, await sender.socket.localAddress());
      }
    }
    assert.equal(seen, ["first", "second"]);
  });

  holds(
    "Y3",
    `${family}: a datagram to a port that was closed is answered as refused, and nothing else`,
    async (given) => {
      const { guest } = given;
      const nobody = loopback(family, await freePort());
      const { incoming, outgoing } = await datagrams(guest, loopback(family), nobody);
      assert.is(await sendOne(guest, outgoing, "anybody?"), 1n);
      await ready(guest, incoming, 5);
      await fails(incoming.receive(10n), "connection-refused");
      assert.equal(await incoming.receive(10n), []);
      assert.is(await isReady(incoming), false);
    },
  );
}

holds(
  "Y1",
  "one receive gives both that are there, and never more than asked for",
  async ({ guest, after }) => {
    const outside = await outsideDatagrams();
    after(() => outside.close());
    const { socket, incoming } = await datagrams(guest);
    const { port } = (await socket.localAddress()).val;
    for (const text of ["1", "2", "3", "4", "5"]) outside.send(text, port, "127.0.0.1");
    await until(async () => (await guest.stats()).queuedBytes === 5 * (1 + COST), "all are there");
    const two = await incoming.receive(2n);
    assert.equal(
      two.map(({ data }) => Buffer.from(data).toString()),
      ["1", "2"],
    );
    assert.is((await incoming.receive(1n)).length, 1);
    assert.is((await incoming.receive(2n ** 64n - 1n)).length, 2);
  },
);

holds("Y2", "nothing there, or nothing asked for, is an empty list", async ({ guest }) => {
  const { socket, incoming, outgoing } = await datagrams(guest);
  assert.equal(await incoming.receive(10n), []);
  assert.equal(await incoming.receive(0n), []);
  await sendOne(guest, outgoing, "here", await socket.localAddress());
  await ready(guest, incoming);
  assert.equal(await incoming.receive(0n), []);
  assert.is(await isReady(incoming), true);
  assert.equal(await receiveTexts(guest, incoming, 1), ["here"]);
});

holds("Y4", "the pollable is ready only while something is there", async ({ guest }) => {
  const { socket, incoming, outgoing } = await datagrams(guest);
  const self = await socket.localAddress();
  assert.is(await isReadyWithin(guest, incoming, 50), false);
  for (let round = 0; round < 3; round++) {
    await sendOne(guest, outgoing, "a", self);
    await sendOne(guest, outgoing, "b", self);
    const pollable = await incoming.subscribe();
    await pollable.block();
    await receiveTexts(guest, incoming, 1);
    await ready(guest, incoming);
    assert.is(await pollable.ready(), true);
    await receiveTexts(guest, incoming, 1);
    assert.is(await pollable.ready(), false);
    await pollable.drop();
    assert.is(await isReadyWithin(guest, incoming, 20), false);
  }
});

holds("Y3", "an error stands in its place among the datagrams", async ({ guest, after }) => {
  const first = await outsideDatagrams();
  const peer = loopback("ipv4", first.address().port);
  const { socket, incoming, outgoing } = await datagrams(guest, loopback(), peer);
  const { port } = (await socket.localAddress()).val;
  first.send("before", port, "127.0.0.1");
  await ready(guest, incoming);
  await new Promise<void>((resolve) => first.close(() => resolve()));
  const told = new Promise<void>((resolve) => {
    const onError = (): void => {
      diagnostics.unsubscribe("wasock:udp:error", onError);
      resolve();
    };
    diagnostics.subscribe("wasock:udp:error", onError);
  });
  await sendOne(guest, outgoing, "nobody hears this");
  await told;
  assert.equal(await receiveTexts(guest, incoming, 1), ["before"]);
  await ready(guest, incoming, 5);
  await fails(incoming.receive(10n), "connection-refused");
  const second = await outsideDatagrams();
  after(() => second.close());
  assert.is(await isReady(incoming), false);
});

holds("Y5", "datagrams keep their bounds and their length", async ({ guest }) => {
  const { socket, incoming, outgoing } = await datagrams(guest);
  const self = await socket.localAddress();
  for (const size of [0, 1, 1500, 9000, 65_507]) {
    const bytes = randomBytes(size);
    await sendOne(guest, outgoing, bytes, self);
    await ready(guest, incoming);
    const [datagram] = await incoming.receive(10n);
    assert.ok(bytes.equals(datagram?.data ?? Buffer.from("none")), `${size} bytes`);
  }
});

holds(
  "Y4",
  "a sender that floods fills a bounded queue, and the guest goes on behind it",
  async ({ guest, after }) => {
    const outside = await outsideDatagrams();
    after(() => outside.close());
    const { socket, incoming } = await datagrams(guest);
    const { port } = (await socket.localAddress()).val;
    for (let i = 0; i < 500; i++) outside.send(`${i}`, port, "127.0.0.1");
    await until(() => outside.getSendQueueCount() === 0, "all are sent");
    await turns(50);
    let count = 0;
    for (let got = await incoming.receive(100n); got.length > 0; got = await incoming.receive(100n)) {
      count += got.length;
    }
    assert.is(count, 10);
    outside.send("after", port, "127.0.0.1");
    assert.equal(await receiveTexts(guest, incoming, 1), ["after"]);
  },
  { caps: { datagrams: 10 } },
);

run();
