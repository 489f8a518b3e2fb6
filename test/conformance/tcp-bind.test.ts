import * as assert from "uvu/assert";
import type { IpSocketAddress } from "../../host/network/address.ts";
import { conformance, families } from "./conformance.ts";
import { outsideClient, outsideConnect } from "./outside.ts";
import {
  accept,
  anywhere,
  at,
  boundTcp,
  dropAll,
  fails,
  failure,
  listener,
  loopback,
  loopbackText,
  pair,
  readSome,
  ready,
} from "./steps.ts";

const { holds, run } = conformance("tcp-bind");

/** Addresses that no TCP socket of a family can be bound to. */
const impossible: Readonly<Record<"ipv4" | "ipv6", readonly string[]>> = {
  ipv4: ["255.255.255.255", "224.254.0.0", "239.255.255.255"],
  ipv6: ["ff00::", "ffff::1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::127.0.0.1", "::2"],
};

for (const family of families) {
  holds("B1", `${family}: port 0 on loopback and on the wildcard gives a port`, async ({ guest }) => {
    for (const wanted of [loopback(family), anywhere(family)]) {
      const socket = await boundTcp(guest, wanted);
      const local = await socket.localAddress();
      assert.ok(local.val.port > 0);
      assert.equal(local.val.address, wanted.val.address);
      await socket.drop();
    }
  });

  holds(
    "B2, B3",
    `${family}: a port of one's own, tried again on the same socket after a failure`,
    async ({ guest, network }) => {
      const taken = await listener(guest, loopback(family));
      const socket = await guest.createTcpSocket(family);
      await fails(bindTo(socket, network, await taken.localAddress()), "address-in-use");
      await fails(socket.localAddress(), "invalid-state");
      let wanted: IpSocketAddress | undefined;
      for (let tries = 0; wanted === undefined && tries < 10; tries++) {
        const port = 1024 + Math.floor(Math.random() * 64510);
        const address = loopback(family, port);
        try {
          await bindTo(socket, network, address);
          wanted = address;
        } catch (error) {
          assert.ok(error === "address-in-use" || error === "access-denied", String(error));
        }
      }
      assert.equal(await socket.localAddress(), wanted);
      await dropAll(socket, taken);
    },
  );

  holds("B4", `${family}: an address that another listens on is in use`, async ({ guest, network }) => {
    for (const wanted of [loopback(family), anywhere(family)]) {
      const first = await listener(guest, wanted);
      const second = await guest.createTcpSocket(family);
      await fails(bindTo(second, network, await first.localAddress()), "address-in-use");
      await dropAll(first, second);
    }
  });

  holds("B5", `${family}: an address of another machine is not bindable`, async ({ guest, network }) => {
    const socket = await guest.createTcpSocket(family);
    const elsewhere = at(family === "ipv4" ? "192.0.2.0" : "2001:db8::", 0);
    await fails(bindTo(socket, network, elsewhere), "address-not-bindable");
    await socket.drop();
  });

  holds(
    "B6, B7, B8, B9",
    `${family}: the other family, multicast, broadcast, mapped and compatible addresses are invalid`,
    async ({ guest, network }) => {
      const socket = await guest.createTcpSocket(family);
      const other = family === "ipv4" ? "ipv6" : "ipv4";
      for (const address of [loopback(other), ...impossible[family].map((text) => at(text, 0))]) {
        await fails(socket.startBind(network, address), "invalid-argument");
        await fails(socket.finishBind(), "not-in-progress");
      }
      await bindTo(socket, network, loopback(family));
      await socket.drop();
    },
  );

  holds(
    "B13",
    `${family}: a port is bound anew at once while a client of its last owner lives on`,
    async ({ guest }) => {
      const { client, server, listening } = await pair(guest, family);
      const address = await listening.localAddress();
      await server.output.checkWrite();
      await server.output.writeZeroes(10n);
      await dropAll(server.input, server.output, server.socket, listening);
      assert.equal([...(await readSome(guest, client.input, 10))], new Array(10).fill(0));
      const again = await listener(guest, address);
      assert.equal(await again.localAddress(), address);
      const visitor = await outsideClient(address.val.port, loopbackText(family));
      const accepted = await accept(guest, again);
      visitor.destroy();
      await dropAll(accepted.input, accepted.output, accepted.socket, again);
      await dropAll(client.input, client.output, client.socket);
    },
  );

  holds("B14", `${family}: a bound socket refuses who connects until it listens`, async ({ guest }) => {
    const socket = await boundTcp(guest, loopback(family));
    const { port } = (await socket.localAddress()).val;
    assert.is(await outsideConnect(port, loopbackText(family)), "ECONNREFUSED");
    await socket.startListen();
    await socket.finishListen();
    assert.is(await outsideConnect(port, loopbackText(family)), "connected");
    await ready(guest, socket);
    await socket.drop();
  });
}

holds(
  "B10",
  "bound, listening or connected, a bind is a wrong state, whatever the address",
  async (given) => {
    const { guest, network } = given;
    const bound = await boundTcp(guest);
    const { client, listening } = await pair(guest);
    for (const socket of [bound, listening, client.socket]) {
      for (const address of [loopback(), loopback("ipv6"), at("255.255.255.255", 0), at("192.0.2.0", 0)]) {
        await fails(socket.startBind(network, address), "invalid-state");
      }
    }
  },
);

holds(
  "B11",
  "finishing a bind that was not started is told as such in every state",
  async ({ guest, network }) => {
    const unbound = await guest.createTcpSocket("ipv4");
    const bound = await boundTcp(guest);
    const { client, server, listening } = await pair(guest);
    for (const socket of [unbound, bound, listening, client.socket, server.socket]) {
      await fails(socket.finishBind(), "not-in-progress");
    }
    await unbound.startBind(network, loopback());
    await unbound.finishBind();
    await fails(unbound.finishBind(), "not-in-progress");
  },
);

holds("B12", "while an operation is unfinished no other one starts", async ({ guest, network }) => {
  const nobody = await boundTcp(guest);
  const socket = await guest.createTcpSocket("ipv4");
  const starts = async (): Promise<void> => {
    await fails(socket.startBind(network, loopback()), "concurrency-conflict");
    await fails(socket.startListen(), "concurrency-conflict");
    await fails(socket.startConnect(network, await nobody.localAddress()), "concurrency-conflict");
  };
  await socket.startBind(network, loopback());
  await starts();
  await fails(socket.finishListen(), "not-in-progress");
  await fails(socket.finishConnect(), "not-in-progress");
  await socket.finishBind();
  await socket.startListen();
  await starts();
  await socket.finishListen();
  const client = await guest.createTcpSocket("ipv4");
  await client.startConnect(network, await nobody.localAddress());
  await fails(client.startBind(network, loopback()), "concurrency-conflict");
  await fails(client.startConnect(network, await nobody.localAddress()), "concurrency-conflict");
  await fails(client.startListen(), "concurrency-conflict");
  await ready(guest, client);
  assert.is(await failure(client.finishConnect()), "connection-refused");
});

holds("C3", "an IPv6 wildcard leaves the port of IPv4 to others", async ({ guest }) => {
  // the kernel may choose a port that another program has for IPv4: if ours had it, it would be so each time
  let port = 0;
  let outcome = "";
  for (let tries = 0; tries < 5 && outcome !== "ECONNREFUSED"; tries++) {
    const six = await listener(guest, anywhere("ipv6"));
    port = (await six.localAddress()).val.port;
    outcome = await outsideConnect(port, "127.0.0.1");
  }
  assert.is(outcome, "ECONNREFUSED");
  const four = await boundTcp(guest, at("0.0.0.0", port));
  assert.is((await four.localAddress()).val.port, port);
});

async function bindTo(
  socket: Awaited<ReturnType<typeof boundTcp>>,
  network: Parameters<typeof socket.startBind>[0],
  address: IpSocketAddress,
): Promise<void> {
  await socket.startBind(network, address);
  await socket.finishBind();
}

run();
