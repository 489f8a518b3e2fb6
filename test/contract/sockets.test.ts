/** The contract: making, binding and naming sockets. */
import * as assert from "uvu/assert";
import { AddressFamily, IpProto, SocketType } from "../../src/constants.ts";
import { contract, forEachFamily } from "./contract.ts";
import { bound, deafPort, newSocket, shown, stream, visit } from "./steps.ts";

const { promise, run } = await contract("sockets");

promise("socket makes stream and datagram sockets of both families", async ({ side, after }) => {
  for (const family of [AddressFamily.inet, AddressFamily.inet6]) {
    for (const [type, protocol] of [
      [SocketType.stream, IpProto.tcp],
      [SocketType.datagram, IpProto.udp],
    ] as const) {
      for (const given of [protocol, IpProto.ip]) {
        const socket = await side.socket(family, type, given);
        assert.is.not(socket, false, `${family} ${type} ${given}`);
        if (socket !== false) after(() => side.close(socket));
      }
    }
  }
});

promise("socket refuses raw, icmp and unix sockets, and what does not fit together", async ({ side }) => {
  const refused = [
    [AddressFamily.inet, SocketType.raw, IpProto.ip],
    [AddressFamily.inet, SocketType.raw, IpProto.icmp],
    [AddressFamily.inet, SocketType.datagram, IpProto.icmp],
    [AddressFamily.unix, SocketType.stream, IpProto.ip],
    [AddressFamily.unspecified, SocketType.stream, IpProto.ip],
    [AddressFamily.inet, SocketType.any, IpProto.ip],
    [AddressFamily.inet, SocketType.stream, IpProto.udp],
    [AddressFamily.inet6, SocketType.datagram, IpProto.tcp],
  ] as const;
  for (const [family, type, protocol] of refused) {
    assert.is(await side.socket(family, type, protocol), false, `${family} ${type} ${protocol}`);
  }
});

promise("getSocketName and getPeerName are null for a socket that has neither", async (given) => {
  for (const type of [SocketType.stream, SocketType.datagram]) {
    const socket = await newSocket(given, AddressFamily.inet, type);
    assert.is(await given.side.getSocketName(socket), null);
    assert.is(await given.side.getPeerName(socket), null);
  }
});

forEachFamily((family) => {
  const { host, label } = family;
  const other = family.family === AddressFamily.inet ? "::1" : "127.0.0.1";

  for (const [type, kind] of [
    [SocketType.stream, "stream"],
    [SocketType.datagram, "datagram"],
  ] as const) {
    promise(`bind to port 0 gives a ${kind} socket a real port at once (${label})`, async (given) => {
      const { socket, port } = await bound(given, family, type);
      assert.ok(port > 0);
      assert.is(await shown(given, await given.side.getSocketName(socket)), `${host} ${port}`);
      assert.is(await given.side.getPeerName(socket), null);
    });

    promise(`bind refuses an address in use (${label}, ${kind})`, async (given) => {
      const { socket: holder, address } = await bound(given, family, type);
      // WASI sets SO_REUSEADDR, with which socket(7) refuses only the address of a socket that listens
      if (type === SocketType.stream) assert.is(await given.side.listen(holder, 1), true);
      const socket = await newSocket(given, family.family, type);
      assert.is(await given.side.bind(socket, address), false);
      assert.is(await given.side.getSocketName(socket), null);
      assert.is(
        await given.side.bind(socket, await given.side.makeSockaddr(host, 0)),
        true,
        "and can try again",
      );
    });

    promise(`bind refuses an address of the wrong family (${label}, ${kind})`, async (given) => {
      const socket = await newSocket(given, family.family, type);
      assert.is(await given.side.bind(socket, await given.side.makeSockaddr(other, 0)), false);
      assert.is(await given.side.bind(socket, await given.side.makeSockaddr()), false);
    });

    promise(`bind refuses a socket that is bound already (${label}, ${kind})`, async (given) => {
      const { socket, port } = await bound(given, family, type);
      assert.is(await given.side.bind(socket, await given.side.makeSockaddr(host, 0)), false);
      assert.is(await shown(given, await given.side.getSocketName(socket)), `${host} ${port}`);
    });
  }

  promise(`bind refuses an address that is not this machine's (${label})`, async (given) => {
    const socket = await stream(given, family);
    // addresses for documentation: RFC 5737, RFC 3849
    const foreign = await given.side.makeSockaddr(
      family.family === AddressFamily.inet ? "192.0.2.1" : "2001:db8::1",
    );
    assert.is(await given.side.bind(socket, foreign), false);
  });

  promise(
    `a bound socket does not listen yet (${label})`,
    async (given) => {
      const { socket, port } = await bound(given, family, SocketType.stream);
      assert.is(await visit(family, port), "ECONNREFUSED");
      assert.is(await given.side.listen(socket, 1), true);
      assert.is(await visit(family, port), "connect");
    },
    ["system"],
  );

  promise(
    `connect from a bound socket comes from its port (${label})`,
    async (given) => {
      const { side } = given;
      const peer = await given.peer("tcp-echo", host);
      const { socket, port } = await bound(given, family, SocketType.stream);
      assert.is(await side.connect(socket, await side.makeSockaddr(host, peer.port)), 0);
      assert.is(await shown(given, await side.getSocketName(socket)), `${host} ${port}`);
      assert.is(await shown(given, await side.getPeerName(socket)), `${host} ${peer.port}`);
    },
    ["system"],
  );

  promise(
    `connect is refused where nobody listens, and the socket can try again (${label})`,
    async (given) => {
      const { side } = given;
      const socket = await stream(given, family);
      assert.is(
        await side.connect(socket, await side.makeSockaddr(host, await deafPort(given, family))),
        -111,
      );
      assert.is(await side.getPeerName(socket), null);
      const peer = await given.peer("tcp-echo", host);
      assert.is(await side.connect(socket, await side.makeSockaddr(host, peer.port)), 0);
    },
    ["system"],
  );

  promise(`connect refuses an address of the wrong family (${label})`, async (given) => {
    for (const type of [SocketType.stream, SocketType.datagram]) {
      const socket = await newSocket(given, family.family, type);
      assert.is(await given.side.connect(socket, await given.side.makeSockaddr(other, 9)), -97);
    }
  });
});

promise("connect of a stream socket to an unspecified address fails", async (given) => {
  const socket = await newSocket(given, AddressFamily.inet, SocketType.stream);
  assert.ok((await given.side.connect(socket, await given.side.makeSockaddr())) < 0);
});

promise(
  "connect of a socket that is connected fails with EISCONN",
  async (given) => {
    const { side } = given;
    const { port } = await given.peer("tcp-echo");
    const address = await side.makeSockaddr("127.0.0.1", port);
    const socket = await newSocket(given, AddressFamily.inet, SocketType.stream);
    assert.is(await side.connect(socket, address), 0);
    assert.is(await side.connect(socket, address), -106);
  },
  ["system"],
);

promise(
  "connect of a socket that listens fails",
  async (given) => {
    const { side } = given;
    const { socket } = await bound(given, { family: 2, host: "127.0.0.1", label: "IPv4" }, SocketType.stream);
    assert.is(await side.listen(socket, 1), true);
    const { port } = await given.peer("tcp-echo");
    assert.ok((await side.connect(socket, await side.makeSockaddr("127.0.0.1", port))) < 0);
  },
  ["system"],
);

run();
