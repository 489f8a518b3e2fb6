/** The contract: datagrams. */
import * as assert from "uvu/assert";
import { AddressFamily, Msg, SocketType } from "../../src/constants.ts";
import { contract, type Family, forEachFamily } from "./contract.ts";
import { bound, bytes, datagramTo, forSender, newSocket, shown, text } from "./steps.ts";

const { promise, run } = await contract("datagram");
const ipv4: Family = { family: 2, host: "127.0.0.1", label: "IPv4" };

forEachFamily((family) => {
  const { host, label } = family;

  promise(
    `a datagram goes to an address and comes with its sender's (${label})`,
    async (given) => {
      const { side } = given;
      const peer = await given.peer("udp-echo", host);
      const { socket } = await bound(given, family);
      const to = await datagramTo(given, family, peer.port);
      assert.is(await side.send(socket, bytes("ping"), 0, to), 4);
      const from = await forSender(given, family);
      assert.is(text(await side.receive(socket, 100, 0, from)), "ping");
      assert.is(await shown(given, await side.addressInfoAddress(from)), `${host} ${peer.port}`);
      assert.is(await side.addressInfoAddressLength(from), family.family === AddressFamily.inet ? 16 : 28);
    },
    ["system"],
  );

  promise(`a sender's address info can be answered to (${label})`, async (given) => {
    const { side } = given;
    const a = await bound(given, family);
    const b = await bound(given, family);
    assert.is(await side.send(a.socket, bytes("question"), 0, await datagramTo(given, family, b.port)), 8);
    const from = await forSender(given, family);
    const buffer = new Uint8Array(20);
    assert.is(await side.receiveInto(b.socket, buffer, 0, from), 8);
    assert.is(await side.send(b.socket, bytes("answer"), 0, from), 6);
    assert.is(text(await side.receive(a.socket, 100)), "answer");
  });

  promise(
    `connect on a datagram socket sets the default address (${label})`,
    async (given) => {
      const { side } = given;
      const peer = await given.peer("udp-echo", host);
      const socket = await newSocket(given, family.family, SocketType.datagram);
      assert.is(await side.connect(socket, await side.makeSockaddr(host, peer.port)), 0);
      assert.is(await shown(given, await side.getPeerName(socket)), `${host} ${peer.port}`);
      assert.is(await side.send(socket, bytes("ping")), 4);
      assert.is(text(await side.receive(socket, 100)), "ping");
    },
    ["system"],
  );

  promise(`a datagram of no bytes arrives as one (${label})`, async (given) => {
    const { side } = given;
    const a = await bound(given, family);
    const b = await bound(given, family);
    const to = await datagramTo(given, family, b.port);
    assert.is(await side.send(a.socket, new Uint8Array(0), 0, to), 0);
    assert.is(await side.send(a.socket, bytes("after"), 0, to), 5);
    const from = await forSender(given, family);
    assert.is(text(await side.receive(b.socket, 100, 0, from)), "");
    assert.is(await shown(given, await side.addressInfoAddress(from)), `${host} ${a.port}`);
    assert.is(text(await side.receive(b.socket, 100)), "after");
  });

  promise(`a datagram longer than n is cut, and the rest is gone (${label})`, async (given) => {
    const { side } = given;
    const a = await bound(given, family);
    const b = await bound(given, family);
    const to = await datagramTo(given, family, b.port);
    for (const content of ["first and long", "second and long", "third"]) {
      assert.is(await side.send(a.socket, bytes(content), 0, to), content.length);
    }
    assert.is(text(await side.receive(b.socket, 5)), "first");
    const buffer = new Uint8Array(6);
    assert.is(await side.receiveInto(b.socket, buffer), 6);
    assert.is(text(buffer), "second");
    assert.is(text(await side.receive(b.socket, 100)), "third");
  });
});

promise("receiveMany takes the datagrams that are there, each whole and with its sender", async (given) => {
  const { side } = given;
  const receiver = await bound(given, ipv4);
  const senders = [await bound(given, ipv4), await bound(given, ipv4)];
  const to = await datagramTo(given, ipv4, receiver.port);
  const sizes = [3, 0, 8192, 1];
  for (const { socket } of senders) {
    for (const size of sizes)
      assert.is(await side.send(socket, new Uint8Array(size).fill(size), 0, to), size);
  }
  const seen: string[] = [];
  while (seen.length < 8) {
    const messages = await side.receiveMany(receiver.socket, 3);
    if (messages === false) throw new Error("receiveMany failed");
    // on loopback they are there, but what the host has read of them is the host's affair
    assert.ok(messages.length >= 1 && messages.length <= 3, `${messages.length} datagrams`);
    for (const { bytes: part, sender } of messages) {
      assert.ok(part.every((byte) => byte === (part.length & 0xff)));
      seen.push(`${part.length} ${await shown(given, sender)}`);
    }
  }
  assert.equal(
    seen,
    senders.flatMap(({ port }) => sizes.map((size) => `${size} 127.0.0.1 ${port}`)),
  );
});

promise("receiveMany refuses streams and a number below 1", async (given) => {
  const { side } = given;
  const { socket } = await bound(given, ipv4);
  const stream = await newSocket(given, AddressFamily.inet, SocketType.stream);
  assert.is(await side.receiveMany(stream, 1), false);
  if (!side.can.throwing) assert.is(await side.receiveMany(socket, 0), false);
});

promise("receiveMany takes what is in a pair, and nothing at its end", async (given) => {
  const { side } = given;
  const pair = await side.openSocketPair(AddressFamily.unix, SocketType.datagram);
  if (pair === false) throw new Error("no pair");
  const [one, other] = pair;
  for (const content of ["one", "", "three"]) await side.send(one, bytes(content));
  const messages = await side.receiveMany(other, 64);
  if (messages === false) throw new Error("receiveMany failed");
  assert.equal(
    messages.map(({ bytes: part, sender }) => [text(part), sender]),
    [
      ["one", null],
      ["", null],
      ["three", null],
    ],
  );
  assert.is(await side.shutdown(one, "write"), true);
  assert.equal(await side.receiveMany(other, 64), []);
});

promise("datagrams are neither split nor merged", async (given) => {
  const { side } = given;
  const a = await bound(given, ipv4);
  const b = await bound(given, ipv4);
  const to = await datagramTo(given, ipv4, b.port);
  const sizes = [1, 1000, 0, 8192, 3];
  for (const size of sizes)
    assert.is(await side.send(a.socket, new Uint8Array(size).fill(size), 0, to), size);
  for (const size of sizes) {
    const part = await side.receive(b.socket, 65536);
    assert.is(part === false ? false : part.length, size);
    if (part !== false && size > 0) assert.is(part.at(-1), size & 0xff);
  }
});

promise("the longest datagram goes through, and a longer one is refused with EMSGSIZE", async (given) => {
  const { side } = given;
  const a = await bound(given, ipv4);
  const b = await bound(given, ipv4);
  const to = await datagramTo(given, ipv4, b.port);
  // 65535 less the headers of IPv4 and UDP
  assert.is(await side.send(a.socket, new Uint8Array(65508), 0, to), -90);
  assert.is(await side.send(a.socket, new Uint8Array(65507).fill(7), 0, to), 65507);
  const part = await side.receive(b.socket, 65536);
  assert.is(part === false ? false : part.length, 65507);
});

promise("a datagram waits from the time of bind", async (given) => {
  const { side } = given;
  const a = await bound(given, ipv4);
  const b = await bound(given, ipv4);
  assert.is(await side.send(a.socket, bytes("early"), 0, await datagramTo(given, ipv4, b.port)), 5);
  assert.is(text(await side.receiveNonBlocking(b.socket, 100, 5)), "early");
});

promise(
  "a connected datagram socket receives from its peer only",
  async (given) => {
    const { side } = given;
    const peer = await bound(given, ipv4);
    const stranger = await bound(given, ipv4);
    const { socket, port } = await bound(given, ipv4);
    assert.is(await side.connect(socket, peer.address), 0);
    const to = await datagramTo(given, ipv4, port);
    assert.is(await side.send(stranger.socket, bytes("stranger"), 0, to), 8);
    assert.is(await side.send(peer.socket, bytes("friend"), 0, to), 6);
    assert.is(text(await side.receive(socket, 100)), "friend");
    assert.is(await side.receiveNonBlocking(socket, 100, 0.02), false);
  },
  ["system"],
);

promise(
  "connect to an unspecified address takes the default address away",
  async (given) => {
    const { side } = given;
    const peer = await bound(given, ipv4);
    // Linux takes a port away with the peer that bind to port 0 has given: bound to it by its number it stays
    const { socket: first, address, port } = await bound(given, ipv4);
    await side.close(first);
    const socket = await newSocket(given, AddressFamily.inet, SocketType.datagram);
    assert.is(await side.bind(socket, address), true);
    assert.is(await side.connect(socket, peer.address), 0);
    assert.is(await side.connect(socket, await side.makeSockaddr()), 0);
    assert.is(await side.getPeerName(socket), null);
    assert.is(await side.send(socket, bytes("to nobody")), -89);
    const stranger = await bound(given, ipv4);
    assert.is(await side.send(stranger.socket, bytes("stranger"), 0, await datagramTo(given, ipv4, port)), 8);
    assert.is(text(await side.receive(socket, 100)), "stranger");
  },
  ["system"],
);

promise("send without an address needs a default one", async (given) => {
  const { socket } = await bound(given, ipv4);
  assert.is(await given.side.send(socket, bytes("x")), -89);
});

promise("send to an address of the wrong family fails", async (given) => {
  const { socket } = await bound(given, ipv4);
  const to = await datagramTo(given, { family: 10, host: "::1", label: "IPv6" }, 9);
  assert.is(await given.side.send(socket, bytes("x"), 0, to), -97);
});

promise("the first send binds a datagram socket", async (given) => {
  const { side } = given;
  const { socket, port } = await bound(given, ipv4);
  const unbound = await newSocket(given, AddressFamily.inet, SocketType.datagram);
  assert.is(await side.send(unbound, bytes("x"), 0, await datagramTo(given, ipv4, port)), 1);
  const name = await side.getSocketName(unbound);
  assert.is.not(name, null);
  const from = await forSender(given, ipv4);
  assert.is(text(await side.receive(socket, 10, 0, from)), "x");
  const sender = await side.addressInfoAddress(from);
  assert.is(sender && (await side.sockaddrPort(sender)), name && (await side.sockaddrPort(name)));
});

promise(
  "the trunc flag tells the length of a datagram that was cut",
  async (given) => {
    const { side } = given;
    const a = await bound(given, ipv4);
    const b = await bound(given, ipv4);
    assert.is(await side.send(a.socket, bytes("twelve bytes"), 0, await datagramTo(given, ipv4, b.port)), 12);
    const buffer = new Uint8Array(6);
    assert.is(await side.receiveInto(b.socket, buffer, Msg.trunc), 12);
    assert.is(text(buffer), "twelve");
  },
  ["trunc"],
);

promise("peek leaves a datagram where it is", async (given) => {
  const { side } = given;
  const a = await bound(given, ipv4);
  const b = await bound(given, ipv4);
  const to = await datagramTo(given, ipv4, b.port);
  assert.is(await side.send(a.socket, bytes("one"), 0, to), 3);
  assert.is(await side.send(a.socket, bytes("two"), 0, to), 3);
  const from = await forSender(given, ipv4);
  assert.is(text(await side.receive(b.socket, 2, Msg.peek, from)), "on");
  assert.is(await shown(given, await side.addressInfoAddress(from)), `127.0.0.1 ${a.port}`);
  assert.is(text(await side.receive(b.socket, 100, Msg.peek)), "one");
  assert.is(text(await side.receive(b.socket, 100)), "one");
  assert.is(text(await side.receive(b.socket, 100)), "two");
});

run();
