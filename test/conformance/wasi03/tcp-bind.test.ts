import * as assert from "uvu/assert";
import type { IpSocketAddress } from "../../../host/network/address.ts";
import { families } from "../conformance.ts";
import { outsideConnect } from "../outside.ts";
import { anywhere, at, loopback, loopbackText } from "../steps.ts";
import type { Guest } from "./guest.ts";
import { bound, conformance, connected, drop, fails, listening, pair, streams } from "./steps.ts";

const { holds, run } = conformance("tcp-bind");

const bindTo = (guest: Guest, socket: number, address: IpSocketAddress): Promise<undefined> =>
  guest.call("tcp-socket.bind", socket, address);

for (const family of families) {
  holds("C1, A1", `${family}: a new socket has its family and no address`, async ({ guest }) => {
    const socket = await guest.createTcp(family);
    assert.is(await guest.call("tcp-socket.get-address-family", socket), family);
    assert.is(await guest.call("tcp-socket.get-is-listening", socket), false);
    await fails(guest.localAddress(socket), "invalid-state");
    await fails(guest.remoteAddress(socket), "invalid-state");
  });

  holds("B1", `${family}: port 0 on loopback and on the wildcard gives a port`, async ({ guest }) => {
    for (const wanted of [loopback(family), anywhere(family)]) {
      const socket = await bound(guest, wanted);
      const { val } = await guest.localAddress(socket);
      assert.ok(val.port > 0);
      assert.equal(val.address, wanted.val.address);
      drop(guest, "tcp", socket);
    }
  });

  holds("B2, B9", `${family}: a port of one's own, on the same socket after a failure`, async ({ guest }) => {
    const { address, socket: taken } = await listening(guest, loopback(family));
    const socket = await guest.createTcp(family);
    await fails(bindTo(guest, socket, address), "address-in-use");
    await fails(guest.localAddress(socket), "invalid-state");
    for (let tries = 10; ; tries--) {
      const wanted = loopback(family, 1024 + Math.floor(Math.random() * 64510));
      try {
        await bindTo(guest, socket, wanted);
        assert.equal(await guest.localAddress(socket), wanted);
        break;
      } catch (error) {
        if (tries === 0 || error instanceof Error) throw error;
      }
    }
    drop(guest, "tcp", socket, taken);
  });

  holds("B3", `${family}: the address of a listener is in use`, async ({ guest }) => {
    for (const wanted of [loopback(family), anywhere(family)]) {
      const { address } = await listening(guest, wanted);
      await fails(bindTo(guest, await guest.createTcp(family), address), "address-in-use");
    }
  });

  holds("B4", `${family}: an address of another machine is not bindable`, async ({ guest }) => {
    const elsewhere =
      family === "ipv4" ? ["192.0.2.0", "198.51.100.1", "203.0.113.1"] : ["2001:db8::", "2001:db8:1::1"];
    for (const address of elsewhere) {
      await fails(bindTo(guest, await guest.createTcp(family), at(address, 0)), "address-not-bindable");
    }
  });

  holds(
    "B5, B6, B11",
    `${family}: another family's, mapped and compatible addresses are no arguments`,
    async ({ guest }) => {
      const wrong =
        family === "ipv4"
          ? ["::1", "::"]
          : ["127.0.0.1", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "::127.0.0.1"];
      for (const address of wrong) {
        await fails(bindTo(guest, await guest.createTcp(family), at(address, 0)), "invalid-argument");
      }
    },
  );

  holds("B7", `${family}: every multicast prefix, and broadcast, is no argument`, async ({ guest }) => {
    const addresses =
      family === "ipv4"
        ? [...Array.from({ length: 16 }, (_, i) => `${224 + i}.254.0.0`), "255.255.255.255"]
        : Array.from({ length: 256 }, (_, i) => `${(0xff00 + i).toString(16)}::`);
    for (const address of addresses) {
      const socket = await guest.createTcp(family);
      await fails(bindTo(guest, socket, at(address, 0)), "invalid-argument");
      drop(guest, "tcp", socket);
    }
  });

  holds("B8", `${family}: what is bound, listens or is connected is not bound again`, async ({ guest }) => {
    const { socket: listener, address } = await listening(guest, loopback(family));
    for (const socket of [await bound(guest, loopback(family)), listener, await connected(guest, address)]) {
      await fails(bindTo(guest, socket, loopback(family)), "invalid-state");
    }
  });

  holds(
    "B10",
    `${family}: a port can be had again at once though a client of it lives`,
    async ({ guest }) => {
      const { client, server, listener } = await pair(guest, family);
      assert.equal(await guest.write(server.output, "0123456789"), { how: "completed", count: 10 });
      guest.raw("bytes.drop-writable", server.output);
      guest.raw("bytes.drop-readable", server.input);
      guest.raw("arrivals.drop-readable", listener.arrivals);
      drop(guest, "tcp", server.socket, listener.socket);
      const again = await listening(guest, listener.address);
      assert.equal(again.address, listener.address);
      assert.is(await guest.call("tcp-socket.get-is-listening", client.socket), false);
    },
  );

  holds(
    "B12, K6",
    `${family}: a bound socket refuses until it listens, and so does nobody`,
    async ({ guest }) => {
      const socket = await bound(guest, loopback(family));
      const { val } = await guest.localAddress(socket);
      assert.is(await outsideConnect(val.port, loopbackText(family)), "ECONNREFUSED");
      drop(guest, "tcp", socket);
      await fails(connected(guest, loopback(family, val.port)), "connection-refused");
    },
  );
}

holds("C2", "an IPv6 socket is one of IPv6 only", async ({ guest }) => {
  const { address } = await listening(guest, anywhere("ipv6"));
  await fails(connected(guest, loopback("ipv4", address.val.port)), "connection-refused");
});

holds("A1", "addresses are told of what has them", async ({ guest }) => {
  const { client, server, listener } = await pair(guest);
  assert.equal(await guest.remoteAddress(client.socket), listener.address);
  assert.equal(await guest.localAddress(server.socket), listener.address);
  assert.equal(await guest.remoteAddress(server.socket), await guest.localAddress(client.socket));
  await fails(guest.remoteAddress(listener.socket), "invalid-state");
  assert.is(await guest.call("tcp-socket.get-is-listening", listener.socket), true);
  assert.is(await guest.call("tcp-socket.get-is-listening", client.socket), false);
});

holds(
  "X1, X2",
  "what isn't connected sends and receives nothing, and the futures tell",
  async ({ guest }) => {
    const { input, received, output, sent } = await streams(guest, await guest.createTcp("ipv4"));
    assert.equal(await guest.read(input, 10), { how: "dropped", count: 0 });
    assert.is(await guest.outcome(received), "invalid-state");
    assert.equal(await guest.write(output, "lost"), { how: "dropped", count: 0 });
    assert.is(await guest.outcome(sent), "invalid-state");
  },
);

run();
