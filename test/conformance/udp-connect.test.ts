import * as assert from "uvu/assert";
import { DATAGRAM_COST as COST } from "../../host/sockets/udp-output.ts";
import { conformance, families } from "./conformance.ts";
import { outsideDatagrams } from "./outside.ts";
import {
  anywhere,
  at,
  boundUdp,
  datagrams,
  dropAll,
  fails,
  isReady,
  loopback,
  loopbackText,
  receiveTexts,
  sendOne,
  traps,
  until,
} from "./steps.ts";

const { holds, run } = conformance("udp-connect");

for (const family of families) {
  holds(
    "V2, V3, V4, V9",
    `${family}: stream sets, changes and takes away the peer, and the port stays`,
    async (given) => {
      const { guest } = given;
      const socket = await boundUdp(guest, loopback(family));
      const local = await socket.localAddress();
      const [a, b] = [loopback(family, 4001), loopback(family, 4002)];
      await fails(socket.remoteAddress(), "invalid-state");
      for (const peer of [undefined, undefined, a, a, b, undefined, a, undefined]) {
        const [incoming, outgoing] = await socket.stream(peer);
        if (peer === undefined) await fails(socket.remoteAddress(), "invalid-state");
        else assert.equal(await socket.remoteAddress(), peer);
        assert.equal(await socket.localAddress(), local);
        await dropAll(incoming, outgoing);
      }
      const unbound = await guest.createUdpSocket(family);
      await fails(unbound.localAddress(), "invalid-state");
      await fails(unbound.remoteAddress(), "invalid-state");
    },
  );

  holds(
    "V5",
    `${family}: impossible peers are invalid, and the socket may be asked again`,
    async ({ guest }) => {
      const socket = await boundUdp(guest, loopback(family));
      const invalid =
        family === "ipv4" ? [loopback("ipv6", 5)] : [loopback("ipv4", 5), at("::ffff:127.0.0.1", 5)];
      for (const peer of [anywhere(family, 5), loopback(family, 0), ...invalid]) {
        await fails(socket.stream(peer), "invalid-argument");
        await fails(socket.remoteAddress(), "invalid-state");
      }
      const [incoming, outgoing] = await socket.stream(loopback(family, 5));
      await dropAll(incoming, outgoing);
    },
  );

  holds(
    "V7, V8",
    `${family}: a peer that is set late is the only one that is heard, from the start`,
    async (given) => {
      const { guest, after } = given;
      const senders = await Promise.all([0, 1, 2].map(() => outsideDatagrams(loopbackText(family))));
      after(() => senders.map((sender) => sender.close()));
      const socket = await boundUdp(guest, loopback(family));
      const { port } = (await socket.localAddress()).val;
      for (const round of [1, 2]) {
        for (const [i, sender] of senders.entries())
          sender.send(`${i}, ${round}`, port, loopbackText(family));
      }
      const [first, firstOut] = await socket.stream(undefined);
      await until(async () => (await guest.stats()).queuedBytes === 6 * (4 + COST), "all are there");
      await dropAll(first, firstOut);
      const [incoming] = await socket.stream(loopback(family, senders[1]?.address().port));
      senders[0]?.send("0, 3", port, loopbackText(family));
      senders[1]?.send("1, 3", port, loopbackText(family));
      assert.equal(await receiveTexts(guest, incoming, 3), ["1, 1", "1, 2", "1, 3"]);
      assert.equal(await incoming.receive(10n), []);
      assert.is(await isReady(incoming), false);
    },
  );
}

holds("V6", "a second pair while the first lives traps", async ({ guest }) => {
  const { socket } = await datagrams(guest);
  await traps(socket.stream(undefined), /drop the earlier streams/);
});

holds("V8", "what came between bind and stream is delivered", async ({ guest, after }) => {
  const sender = await outsideDatagrams();
  after(() => sender.close());
  const socket = await boundUdp(guest);
  const { port } = (await socket.localAddress()).val;
  for (const text of ["one", "two", "three"]) sender.send(text, port, "127.0.0.1");
  await until(async () => (await guest.stats()).queuedBytes === 11 + 3 * COST, "all are there");
  const [incoming] = await socket.stream(undefined);
  assert.equal(await receiveTexts(guest, incoming, 3), ["one", "two", "three"]);
});

holds(
  "V4, W5",
  "a socket that gave its peer up is heard by others on its old port",
  async ({ guest, after }) => {
    const outside = await outsideDatagrams();
    after(() => outside.close());
    const { socket, incoming, outgoing } = await datagrams(guest, loopback(), loopback("ipv4", 4001));
    const local = await socket.localAddress();
    await dropAll(incoming, outgoing);
    const [again, sender] = await socket.stream(undefined);
    outside.send("hello", local.val.port, "127.0.0.1");
    assert.equal(await receiveTexts(guest, again, 1), ["hello"]);
    let from = 0;
    outside.once("message", (_, { port }) => {
      from = port;
    });
    await sendOne(guest, sender, "back", loopback("ipv4", outside.address().port));
    await until(() => from === local.val.port, "the answer comes from the same port");
  },
);

run();
