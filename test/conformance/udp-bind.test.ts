import * as assert from "uvu/assert";
import type { IpSocketAddress } from "../../host/network/address.ts";
import { conformance, families } from "./conformance.ts";
import type { Network, UdpSocket } from "./guest.ts";
import { anywhere, at, boundUdp, dropAll, fails, isReady, loopback } from "./steps.ts";

const { holds, run } = conformance("udp-bind");

for (const family of families) {
  holds("U1 (B1)", `${family}: port 0 on loopback and on the wildcard gives a port`, async ({ guest }) => {
    for (const wanted of [loopback(family), anywhere(family)]) {
      const socket = await boundUdp(guest, wanted);
      const local = await socket.localAddress();
      assert.ok(local.val.port > 0);
      assert.equal(local.val.address, wanted.val.address);
      assert.is(await socket.addressFamily(), family);
      await socket.drop();
    }
  });

  holds(
    "U1 (B2, B3, B4)",
    `${family}: a taken port fails, and the socket may be bound to another`,
    async (given) => {
      const { guest, network } = given;
      for (const wanted of [loopback(family), anywhere(family)]) {
        const first = await boundUdp(guest, wanted);
        const second = await guest.createUdpSocket(family);
        await fails(bindTo(second, network, await first.localAddress()), "address-in-use");
        await fails(second.localAddress(), "invalid-state");
        await fails(second.stream(undefined), "invalid-state");
        const address = await freeAddress(second, network, wanted);
        assert.equal(await second.localAddress(), address);
        await dropAll(first, second);
      }
    },
  );

  holds(
    "U1 (B5, B6, B8)",
    `${family}: addresses of others, of the other family, and mapped ones`,
    async (given) => {
      const { guest, network } = given;
      const socket = await guest.createUdpSocket(family);
      const elsewhere = at(family === "ipv4" ? "192.0.2.0" : "2001:db8::", 0);
      await fails(bindTo(socket, network, elsewhere), "address-not-bindable");
      const invalid =
        family === "ipv4"
          ? [loopback("ipv6")]
          : [loopback("ipv4"), at("::ffff:127.0.0.1", 0), at("::127.0.0.1", 0)];
      for (const address of invalid) {
        await fails(socket.startBind(network, address), "invalid-argument");
        await fails(socket.finishBind(), "not-in-progress");
      }
      await bindTo(socket, network, loopback(family));
      assert.ok((await socket.localAddress()).val.port > 0);
    },
  );
}

holds(
  "U2, V1",
  "binding is for sockets that are not bound, and finishing for what was started",
  async (given) => {
    const { guest, network } = given;
    const unbound = await guest.createUdpSocket("ipv4");
    const bound = await boundUdp(guest);
    const connected = await boundUdp(guest);
    await connected.stream(await bound.localAddress());
    for (const socket of [unbound, bound, connected]) await fails(socket.finishBind(), "not-in-progress");
    for (const socket of [bound, connected]) {
      await fails(socket.startBind(network, loopback()), "invalid-state");
      await fails(socket.startBind(network, anywhere("ipv4")), "invalid-state");
    }
    await fails(unbound.stream(undefined), "invalid-state");
    await fails(unbound.stream(await bound.localAddress()), "invalid-state");
    await unbound.startBind(network, loopback());
    await fails(unbound.startBind(network, loopback()), "concurrency-conflict");
    assert.is(await isReady(unbound), true);
    await unbound.finishBind();
    await fails(unbound.finishBind(), "not-in-progress");
  },
);

holds("U3", "multicast and broadcast addresses are for the system to judge", async ({ guest, network }) => {
  for (const text of ["224.254.0.0", "255.255.255.255", "ff0e::1"]) {
    const address = at(text, 0);
    const socket = await guest.createUdpSocket(address.tag);
    // Linux binds a datagram socket to either; other systems refuse with what they call it.
    try {
      await bindTo(socket, network, address);
      assert.equal((await socket.localAddress()).val.address, address.val.address);
    } catch (error) {
      assert.is(error, "address-not-bindable");
      await bindTo(socket, network, loopback(address.tag));
    }
    await socket.drop();
  }
});

holds("U1 (C3)", "an IPv6 wildcard leaves the port of IPv4 to others", async ({ guest }) => {
  const six = await boundUdp(guest, anywhere("ipv6"));
  const { port } = (await six.localAddress()).val;
  const four = await boundUdp(guest, anywhere("ipv4", port));
  assert.is((await four.localAddress()).val.port, port);
});

async function bindTo(socket: UdpSocket, network: Network, address: IpSocketAddress): Promise<void> {
  await socket.startBind(network, address);
  await socket.finishBind();
}

/** Binds to a port of our own choice, on the same socket again when it is taken. */
async function freeAddress(
  socket: UdpSocket,
  network: Network,
  like: IpSocketAddress,
): Promise<IpSocketAddress> {
  for (let tries = 0; ; tries++) {
    const address = structuredClone(like);
    address.val.port = 1024 + Math.floor(Math.random() * 64510);
    try {
      await bindTo(socket, network, address);
      return address;
    } catch (error) {
      assert.ok(error === "address-in-use" || error === "access-denied", String(error));
      assert.ok(tries < 10);
    }
  }
}

run();
