import * as net from "node:net";
import * as assert from "uvu/assert";
import { socketAddressText } from "../../host/network/address.ts";
import type { AddressUse } from "../../host/policy/policy.ts";
import type { PolicyRules } from "../../host/policy/rules.ts";
import { conformance, families } from "./conformance.ts";
import { outsideClient, outsideDatagrams, outsideSocket } from "./outside.ts";
import {
  accept,
  at,
  boundTcp,
  boundUdp,
  connect,
  connectFailure,
  datagrams,
  fails,
  isReady,
  listener,
  loopback,
  receiveTexts,
  sendOne,
  turns,
  until,
} from "./steps.ts";

const { holds, run } = conformance("permissions");

const all = { allowNet: true, allowListen: true, allowDns: true };

/** Rules that allow everything except what a function refuses; every question is written down. */
function asking(refuses: (use: AddressUse, address: string) => boolean, asked: string[] = []): PolicyRules {
  return {
    ...all,
    check(address, use) {
      const text = socketAddressText(address);
      asked.push(`${use} ${text}`);
      return refuses(use, text) ? false : undefined;
    },
  };
}

holds(
  "P1, P2, P3, P4, P11",
  "nothing is allowed unless it is granted: no socket, and no look-up, of whatever text",
  async ({ guest, network }) => {
    for (const family of families) {
      await fails(guest.createTcpSocket(family), "access-denied");
      await fails(guest.createUdpSocket(family), "access-denied");
    }
    for (const name of ["localhost", "127.0.0.1", "::1", "", "no name at all", "example.com"]) {
      await fails(guest.resolveAddresses(network, name), "permanent-resolver-failure");
    }
    assert.is((await guest.stats()).sockets, 0);
  },
  { rules: {} },
);

holds(
  "P1, P2",
  "what is granted for one protocol makes no socket of the other",
  async ({ guest, open }) => {
    await fails(guest.createUdpSocket("ipv4"), "access-denied");
    await (await guest.createTcpSocket("ipv4")).drop();
    const other = await open({ rules: { allowNet: ["udp://127.0.0.1"] } });
    await fails(other.createTcpSocket("ipv4"), "access-denied");
    await (await other.createUdpSocket("ipv4")).drop();
  },
  { rules: { allowListen: ["tcp://127.0.0.1:8080"] } },
);

const asked: string[] = [];
holds(
  "P5, P6, P7",
  "each use is asked for with its address, an implicit bind as the wildcard",
  async ({ guest }) => {
    asked.length = 0;
    const server = await listener(guest);
    const local = await server.localAddress();
    const client = await connect(guest, local);
    await accept(guest, server);
    const from = socketAddressText(await client.socket.localAddress());
    assert.equal(asked, [
      "tcp-bind 127.0.0.1:0",
      `tcp-listen ${socketAddressText(local)}`,
      "tcp-bind 0.0.0.0:0",
      `tcp-connect ${socketAddressText(local)}`,
      `tcp-accept ${from}`,
    ]);
    asked.length = 0;
    const receiver = await datagrams(guest);
    const sender = await datagrams(guest);
    const to = await receiver.socket.localAddress();
    await sendOne(guest, sender.outgoing, "x", to);
    await receiveTexts(guest, receiver.incoming, 1);
    assert.equal(asked, [
      "udp-bind 127.0.0.1:0",
      "udp-bind 127.0.0.1:0",
      `udp-send ${socketAddressText(to)}`,
      `udp-receive ${socketAddressText(await sender.socket.localAddress())}`,
    ]);
  },
  { rules: asking(() => false, asked), needs: ["functions"] },
);

for (const refused of ["tcp-bind", "tcp-connect"] as const) {
  holds(
    "P7",
    `where ${refused} is refused, connecting from an unbound socket tells in finish-connect`,
    async ({ guest }) => {
      assert.is(await connectFailure(guest, loopback("ipv4", 80)), "access-denied");
      await until(async () => (await guest.stats()).sockets === 0, "the socket closes");
    },
    { rules: asking((use) => use === refused), needs: ["functions"] },
  );
}

holds(
  "P5",
  "refused binds and listens are told at once",
  async ({ guest, network }) => {
    const socket = await boundTcp(guest);
    await fails(socket.startListen(), "access-denied");
    await fails(socket.finishListen(), "not-in-progress");
    const datagramSocket = await guest.createUdpSocket("ipv4");
    await fails(datagramSocket.startBind(network, loopback()), "access-denied");
    await fails(datagramSocket.localAddress(), "invalid-state");
  },
  { rules: asking((use) => use === "tcp-listen" || use === "udp-bind"), needs: ["functions"] },
);

let refusedPort = 0;
holds(
  "P8",
  "a refused client is reset and never seen, and accept goes on",
  async ({ guest, after }) => {
    const server = await listener(guest);
    const { port } = (await server.localAddress()).val;
    const holder = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    refusedPort = (holder.address() as net.AddressInfo).port;
    await new Promise((resolve) => holder.close(resolve));
    const refused = outsideSocket({ port, host: "127.0.0.1", localPort: refusedPort });
    const outcome = new Promise((resolve) =>
      refused.on("error", (error: NodeJS.ErrnoException) => resolve(error.code)),
    );
    assert.is(await outcome, "ECONNRESET");
    assert.is(await isReady(server), false);
    await fails(server.accept(), "would-block");
    const welcome = await outsideClient(port);
    after(() => welcome.destroy());
    const accepted = await accept(guest, server);
    assert.is((await accepted.socket.remoteAddress()).val.port, welcome.localPort);
  },
  {
    rules: asking((use, address) => use === "tcp-accept" && address === `127.0.0.1:${refusedPort}`),
    needs: ["functions"],
  },
);

for (const [allowed, refused] of [
  ["udp-send", "udp-receive"],
  ["udp-receive", "udp-send"],
] as const) {
  holds(
    "P9, P10",
    `a peer for which only ${allowed} is allowed may be the peer, and ${refused} stays refused`,
    async ({ guest, after }) => {
      const outside = await outsideDatagrams();
      after(() => outside.close());
      const heard: string[] = [];
      outside.on("message", (bytes) => heard.push(bytes.toString()));
      const peer = loopback("ipv4", outside.address().port);
      const { socket, incoming, outgoing } = await datagrams(guest, loopback(), peer);
      const { port } = (await socket.localAddress()).val;
      outside.send("in", port, "127.0.0.1");
      if (allowed === "udp-send") {
        await sendOne(guest, outgoing, "out");
        await until(() => heard.length === 1, "it is sent");
        await turns(20);
        assert.equal(await incoming.receive(10n), []);
      } else {
        await fails(sendOne(guest, outgoing, "out"), "access-denied");
        assert.equal(await receiveTexts(guest, incoming, 1), ["in"]);
        assert.is(heard.length, 0);
      }
    },
    { rules: asking((use) => use === refused), needs: ["functions"] },
  );
}

holds(
  "P9",
  "a peer that may neither be heard nor spoken to can't be the peer",
  async ({ guest }) => {
    const socket = await boundUdp(guest);
    await fails(socket.stream(at("127.0.0.1", 4001)), "access-denied");
    await fails(socket.remoteAddress(), "invalid-state");
    await socket.stream(undefined);
  },
  {
    rules: asking((use) => use === "udp-send" || use === "udp-receive"),
    needs: ["functions"],
  },
);

run();
