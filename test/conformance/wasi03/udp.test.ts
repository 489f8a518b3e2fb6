import * as assert from "uvu/assert";
import type { IpSocketAddress } from "../../../host/network/address.ts";
import { freePort } from "../../peers/ports.ts";
import { families } from "../conformance.ts";
import { anywhere, at, loopback } from "../steps.ts";
import type { Guest } from "./guest.ts";
import { bound, conformance, drop, fails } from "./steps.ts";

const { holds, run } = conformance("udp");

const bind = (guest: Guest, socket: number, address: IpSocketAddress): Promise<undefined> =>
  guest.call("udp-socket.bind", socket, address);
const connect = (guest: Guest, socket: number, address: IpSocketAddress): Promise<undefined> =>
  guest.call("udp-socket.connect", socket, address);
const send = (
  guest: Guest,
  socket: number,
  text: string | Uint8Array,
  to?: IpSocketAddress,
): Promise<undefined> =>
  guest.call("udp-socket.send", socket, typeof text === "string" ? Buffer.from(text) : text, to);
const receive = (guest: Guest, socket: number): Promise<[Uint8Array, IpSocketAddress]> =>
  guest.call("udp-socket.receive", socket);
const local = (guest: Guest, socket: number): Promise<IpSocketAddress> => guest.localAddress(socket, "udp");
const remote = (guest: Guest, socket: number): Promise<IpSocketAddress> => guest.remoteAddress(socket, "udp");

for (const family of families) {
  holds("U1, Z2", `${family}: it is bound once, where nobody else is`, async ({ guest }) => {
    for (const wanted of [loopback(family), anywhere(family)]) {
      const socket = await bound(guest, wanted, "udp");
      const address = await local(guest, socket);
      assert.ok(address.val.port > 0);
      assert.equal(address.val.address, wanted.val.address);
      await fails(bind(guest, await guest.createUdp(family), address), "address-in-use");
      await fails(bind(guest, socket, loopback(family)), "invalid-state");
      drop(guest, "udp", socket);
    }
    const elsewhere = family === "ipv4" ? "192.0.2.0" : "2001:db8::";
    await fails(bind(guest, await guest.createUdp(family), at(elsewhere, 0)), "address-not-bindable");
    const wrong = family === "ipv4" ? ["::1"] : ["127.0.0.1", "::ffff:127.0.0.1"];
    for (const address of wrong)
      await fails(bind(guest, await guest.createUdp(family), at(address, 0)), "invalid-argument");
  });

  holds("V1, V2, V3", `${family}: a peer is set, changed and taken away`, async ({ guest }) => {
    const socket = await bound(guest, loopback(family), "udp");
    await fails(guest.call("udp-socket.disconnect", socket), "invalid-state");
    const [a, b] = [loopback(family, 4321), loopback(family, 4322)];
    for (const peer of [a, a, b]) {
      await connect(guest, socket, peer);
      assert.equal(await remote(guest, socket), peer);
    }
    await guest.call("udp-socket.disconnect", socket);
    await fails(remote(guest, socket), "invalid-state");
    await local(guest, socket);
    await connect(guest, socket, a);
    assert.equal(await remote(guest, socket), a);
  });

  holds("V4", `${family}: what is nobody's address is no peer`, async ({ guest }) => {
    const wrong = [
      anywhere(family, 42),
      loopback(family, 0),
      at(family === "ipv4" ? "::1" : "127.0.0.1", 42),
    ];
    if (family === "ipv6") wrong.push(at("::ffff:127.0.0.1", 42));
    for (const socket of [await guest.createUdp(family), await bound(guest, loopback(family), "udp")]) {
      for (const peer of [...wrong, ...wrong]) await fails(connect(guest, socket, peer), "invalid-argument");
    }
  });

  holds("V5, V6", `${family}: a peer binds what isn't bound`, async ({ guest }) => {
    const peer = await local(guest, await bound(guest, loopback(family), "udp"));
    const socket = await guest.createUdp(family);
    await fails(local(guest, socket), "invalid-state");
    await connect(guest, socket, peer);
    const address = await local(guest, socket);
    assert.equal(address.val.address, peer.val.address);
    assert.is.not(address.val.port, peer.val.port);
    const other = await bound(guest, loopback(family), "udp");
    const before = await local(guest, other);
    await connect(guest, other, peer);
    assert.equal(await local(guest, other), before);
  });

  holds("V8", `${family}: only the peer is heard, and the port stays`, async ({ guest }) => {
    const [one, two, socket] = [
      await bound(guest, loopback(family), "udp"),
      await bound(guest, loopback(family), "udp"),
      await bound(guest, loopback(family), "udp"),
    ];
    const address = await local(guest, socket);
    await connect(guest, socket, await local(guest, one));
    await send(guest, two, "not heard", address);
    await send(guest, one, "heard", address);
    const [data, from] = await receive(guest, socket);
    assert.is(Buffer.from(data).toString(), "heard");
    assert.equal(from, await local(guest, one));
    assert.equal(await local(guest, socket), address);
    await guest.call("udp-socket.disconnect", socket);
    assert.equal(await local(guest, socket), address);
  });

  holds(
    "W1, Y2",
    `${family}: to send binds what isn't bound, and the receiver is told the sender`,
    async ({ guest }) => {
      const there = await bound(guest, loopback(family), "udp");
      const here = await guest.createUdp(family);
      await send(guest, here, "hello", await local(guest, there));
      const { val } = await local(guest, here);
      await fails(remote(guest, here), "invalid-state");
      const [data, from] = await receive(guest, there);
      assert.is(Buffer.from(data).toString(), "hello");
      assert.equal(from, loopback(family, val.port));
    },
  );

  holds("W2, W3, W4, W5, W6, W7", `${family}: to whom can be sent`, async ({ guest }) => {
    const socket = await guest.createUdp(family);
    const peer = await local(guest, await bound(guest, loopback(family), "udp"));
    const other = await local(guest, await bound(guest, loopback(family), "udp"));
    await fails(send(guest, socket, "x"), "invalid-argument");
    const wrong = [
      anywhere(family, 42),
      loopback(family, 0),
      at(family === "ipv4" ? "::1" : "127.0.0.1", 42),
    ];
    for (const to of wrong) await fails(send(guest, socket, "x", to), "invalid-argument");
    await connect(guest, socket, peer);
    await send(guest, socket, "x");
    await send(guest, socket, "x", peer);
    await fails(send(guest, socket, "x", other), "invalid-argument");
  });

  holds(
    "W8, W11, Y4",
    `${family}: datagrams of no bytes and of many keep their bounds`,
    async ({ guest }) => {
      const there = await bound(guest, loopback(family), "udp");
      const here = await guest.createUdp(family);
      await fails(send(guest, here, Buffer.alloc(65536), await local(guest, there)), "datagram-too-large");
      for (const size of [0, 1, 60_000]) {
        await send(guest, here, Buffer.alloc(size, "a"), await local(guest, there));
        const [data] = await receive(guest, there);
        assert.is(data.length, size);
      }
    },
  );

  holds("W9", `${family}: who is bound and has a peer sends at once`, async ({ guest }) => {
    const peer = await local(guest, await bound(guest, loopback(family), "udp"));
    const socket = await bound(guest, loopback(family), "udp");
    await connect(guest, socket, peer);
    assert.is(guest.begin("udp-socket.send", socket, Buffer.from("now"), undefined).call, 0);
  });

  holds("W10", `${family}: a port where nobody is refuses who receives`, async ({ guest }) => {
    const port = await freePort();
    const socket = await guest.createUdp(family);
    await connect(guest, socket, loopback(family, port));
    await send(guest, socket, "anybody?");
    await fails(receive(guest, socket), "connection-refused", "connection-reset");
  });

  holds("Y1", `${family}: what isn't bound receives nothing, and stays so`, async ({ guest }) => {
    const socket = await guest.createUdp(family);
    await fails(receive(guest, socket), "invalid-state");
    await fails(local(guest, socket), "invalid-state");
  });

  holds("Y3", `${family}: each of several receives gets one`, async ({ guest }) => {
    const there = await bound(guest, loopback(family), "udp");
    const here = await guest.createUdp(family);
    const all = Promise.all([receive(guest, there), receive(guest, there), receive(guest, there)]);
    for (const text of ["a", "b", "c"]) await send(guest, here, text, await local(guest, there));
    assert.equal((await all).map(([data]) => Buffer.from(data).toString()).sort(), ["a", "b", "c"]);
  });
}

holds("U2", "broadcast and multicast binds are the system's to judge", async ({ guest }) => {
  for (const address of ["255.255.255.255", "224.0.0.1"]) {
    const socket = await guest.createUdp("ipv4");
    const error = await bind(guest, socket, at(address, 0)).catch((thrown: unknown) => thrown);
    assert.is.not((error as { tag?: string } | undefined)?.tag, "invalid-argument");
  }
});

run();
