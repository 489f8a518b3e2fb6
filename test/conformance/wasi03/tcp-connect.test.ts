import * as assert from "uvu/assert";
import type { IpSocketAddress } from "../../../host/network/address.ts";
import { families } from "../conformance.ts";
import { anywhere, at, loopback, turns } from "../steps.ts";
import type { Guest } from "./guest.ts";
import { bound, conformance, connected, drop, fails, listening, pair, streams } from "./steps.ts";

const { holds, run } = conformance("tcp-connect, tcp-listen");

const connectTo = (guest: Guest, socket: number, address: IpSocketAddress): Promise<undefined> =>
  guest.call("tcp-socket.connect", socket, address);

for (const family of families) {
  holds(
    "K1, K2",
    `${family}: what is nobody's address is no argument, and a good one is tried after`,
    async ({ guest }) => {
      const wrong =
        family === "ipv4"
          ? ["0.0.0.0", "255.255.255.255", "224.254.0.0", "239.0.0.1", "::1"]
          : ["::", "ff00::", "ffff::1", "::ffff:127.0.0.1", "127.0.0.1"];
      const socket = await guest.createTcp(family);
      for (const address of wrong) await fails(connectTo(guest, socket, at(address, 42)), "invalid-argument");
      await fails(connectTo(guest, socket, loopback(family, 0)), "invalid-argument");
      const { address } = await listening(guest, loopback(family));
      await connectTo(guest, socket, address);
    },
  );

  holds(
    "K3, K4",
    `${family}: a bound client connects, and a wildcard becomes its address`,
    async ({ guest }) => {
      const { address } = await listening(guest, loopback(family));
      for (const from of [loopback(family), anywhere(family)]) {
        const socket = await bound(guest, from);
        const { val } = await guest.localAddress(socket);
        await connectTo(guest, socket, address);
        assert.equal(await guest.localAddress(socket), loopback(family, val.port));
      }
    },
  );

  holds("K5", `${family}: what listens or is connected doesn't connect`, async ({ guest }) => {
    const { socket, address } = await listening(guest, loopback(family));
    for (const each of [socket, await connected(guest, address)]) {
      await fails(connectTo(guest, each, loopback(family, 1)), "invalid-state");
    }
  });

  holds("K7", `${family}: a client can't have its listener's address`, async ({ guest }) => {
    const { address } = await listening(guest, loopback(family));
    const socket = await guest.createTcp(family);
    await fails(guest.call("tcp-socket.bind", socket, address), "address-in-use");
    await connectTo(guest, socket, address);
  });

  holds("K9", `${family}: a port that is taken for the same peer is in use`, async ({ guest }) => {
    const { client, listener } = await pair(guest, family);
    const socket = await guest.createTcp(family);
    // nobody listens on the port, so that binding may succeed
    const again = async (): Promise<unknown> => {
      await guest.call("tcp-socket.bind", socket, await guest.localAddress(client.socket));
      return connectTo(guest, socket, listener.address);
    };
    await fails(again(), "address-in-use", "address-not-bindable");
  });

  holds(
    "K8, B8",
    `${family}: a second connect fails, and behind a failed one everything`,
    async ({ guest }) => {
      const { address, socket: listener, arrivals } = await listening(guest, loopback(family));
      guest.raw("arrivals.drop-readable", arrivals);
      drop(guest, "tcp", listener);
      const socket = await guest.createTcp(family);
      const { call, result } = guest.begin("tcp-socket.connect", socket, address);
      if (call !== 0) {
        await fails(connectTo(guest, socket, address), "invalid-state");
        await guest.wait(call);
        guest.raw("call-drop", call);
      }
      assert.is((result() as { val: { tag: string } }).val.tag, "connection-refused");
      const after = ["invalid-state", "connection-refused"];
      await fails(connectTo(guest, socket, address), ...after);
      await fails(guest.call("tcp-socket.bind", socket, loopback(family)), ...after);
      await fails(guest.call("tcp-socket.listen", socket), ...after);
    },
  );

  holds("K10, L7", `${family}: who listens without a stream still takes connections`, async ({ guest }) => {
    const { socket, arrivals, address } = await listening(guest, loopback(family));
    guest.raw("arrivals.drop-readable", arrivals);
    assert.is(await guest.call("tcp-socket.get-is-listening", socket), true);
    await connected(guest, address);
  });

  holds("L1", `${family}: what isn't bound listens on a port of the kernel's`, async ({ guest }) => {
    const socket = await guest.createTcp(family);
    await fails(guest.localAddress(socket), "invalid-state");
    await guest.call("tcp-socket.listen", socket);
    const local = await guest.localAddress(socket);
    assert.equal(local, anywhere(family, local.val.port));
    const other = await listening(guest, anywhere(family));
    assert.equal(await guest.localAddress(other.socket), other.address);
  });

  holds("L2, L3", `${family}: what listens or is connected doesn't listen`, async ({ guest }) => {
    const { socket, address } = await listening(guest, loopback(family));
    for (const each of [socket, await connected(guest, address)]) {
      await fails(guest.call("tcp-socket.listen", each), "invalid-state");
    }
  });

  holds("L4", `${family}: the stream gives connected sockets, each with streams`, async ({ guest }) => {
    const { client, server, listener } = await pair(guest, family);
    assert.equal(await guest.localAddress(server.socket), listener.address);
    assert.equal(await guest.remoteAddress(server.socket), await guest.localAddress(client.socket));
    assert.equal(await guest.write(client.output, "to"), { how: "completed", count: 2 });
    assert.equal(await guest.read(server.input, 10), { how: "completed", count: 2 });
    assert.is(guest.taken(2).toString(), "to");
  });

  holds(
    "L5",
    `${family}: a connection has its listener's options, as they were when it came`,
    async ({ guest }) => {
      const wanted: readonly (readonly [option: string, value: unknown])[] = [
        ["keep-alive-enabled", true],
        ["keep-alive-idle-time", 42_000_000_000n],
        ["keep-alive-interval", 42_000_000_000n],
        ["keep-alive-count", 42],
        ["hop-limit", 42],
        ["receive-buffer-size", 65536n],
        ["send-buffer-size", 65536n],
      ];
      const { socket, arrivals, address } = await listening(guest, loopback(family), async (made) => {
        for (const [option, value] of wanted) await guest.call(`tcp-socket.set-${option}`, made, value);
      });
      await connected(guest, address);
      const accepted = await guest.arrival(arrivals);
      await guest.call("tcp-socket.set-hop-limit", socket, 7);
      assert.is(await guest.call("tcp-socket.get-address-family", accepted), family);
      for (const [option, value] of wanted) {
        assert.equal(await guest.call(`tcp-socket.get-${option}`, accepted), value, option);
      }
    },
  );
}

holds(
  "L6",
  "the stream outlives the listener's handle, and the port is free behind both",
  async ({ guest }) => {
    const { socket, arrivals, address } = await listening(guest);
    drop(guest, "tcp", socket);
    const client = await connected(guest, address);
    const server = await guest.arrival(arrivals);
    guest.raw("arrivals.drop-readable", arrivals);
    await turns(3);
    const again = await bound(guest, address);
    await guest.call("tcp-socket.listen", again);
    const there = await streams(guest, client);
    const here = await streams(guest, server);
    await guest.write(here.output, "still");
    assert.equal(await guest.read(there.input, 10), { how: "completed", count: 5 });
  },
);

holds("L8", "the backlog is set before it listens", async ({ guest }) => {
  const { address } = await listening(guest, loopback(), (socket) =>
    guest.call("tcp-socket.set-listen-backlog-size", socket, 32n),
  );
  await connected(guest, address);
});

run();
