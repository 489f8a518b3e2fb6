/** The contract: closing, and what comes after. */
import { once } from "node:events";
import * as assert from "uvu/assert";
import { AddressFamily, SocketType } from "../../src/constants.ts";
import type { SideFailure, SocketHandle } from "../sides/side.ts";
import { contract, type Family, type Given } from "./contract.ts";
import {
  bound,
  bytes,
  connected,
  listening,
  must,
  newSocket,
  pair,
  receiveAll,
  text,
  visit,
  visitor,
} from "./steps.ts";

const { promise, run } = await contract("closing");
const ipv4: Family = { family: 2, host: "127.0.0.1", label: "IPv4" };

promise("close is idempotent", async (given) => {
  const { side } = given;
  for (const type of [SocketType.stream, SocketType.datagram]) {
    const socket = await newSocket(given, AddressFamily.inet, type);
    await side.close(socket);
    await side.close(socket);
  }
});

promise(
  "close ends a connection for the peer",
  async (given) => {
    const { side } = given;
    const { socket, port } = await listening(given, ipv4);
    const client = await visitor(given, ipv4, port);
    const server = must(await side.accept(socket), "accept");
    const ended = once(client.resume(), "end");
    await side.close(server);
    await ended;
  },
  ["system"],
);

promise(
  "what was sent before close arrives",
  async (given) => {
    const { side } = given;
    const [client, server] = await pair(given, ipv4);
    const data = Buffer.alloc(side.can.bulk ? 1_000_000 : 100_000, "wasock");
    // more than the kernel takes at once would wait for the other end, which is this side too
    let sent = 0;
    while (sent < data.length) {
      const count = must(await side.sendNonBlocking(client, data.subarray(sent), 0.05), "sendNonBlocking");
      assert.ok(count > 0);
      sent += count;
    }
    await side.close(client);
    assert.ok((await receiveAll(given, server)).equals(data));
  },
  ["system"],
);

promise("close of a listener frees its port, and refuses who comes", async (given) => {
  const { side } = given;
  const { socket, port, address } = await listening(given, ipv4);
  await side.close(socket);
  assert.is(await visit(ipv4, port), "ECONNREFUSED");
  const next = await newSocket(given, AddressFamily.inet, SocketType.stream);
  assert.is(await side.bind(next, address), true);
});

promise("close of a listener leaves its connections alone", async (given) => {
  const { side, after } = given;
  const { socket, port } = await listening(given, ipv4);
  const client = await connected(given, ipv4, port);
  const server = must(await side.accept(socket), "accept");
  after(() => side.close(server));
  await side.close(socket);
  assert.is(await side.send(client, bytes("still here")), 10);
  assert.is(text(await side.receive(server, 100)), "still here");
});

/** The calls that a closed socket refuses, with what they give where they don't throw. */
const refusals: readonly [string, (given: Given, socket: SocketHandle) => Promise<unknown>, unknown][] = [
  ["bind", async ({ side }, socket) => side.bind(socket, await side.makeSockaddr("127.0.0.1", 0)), false],
  ["listen", ({ side }, socket) => side.listen(socket, 1), false],
  ["accept", ({ side }, socket) => side.accept(socket), false],
  ["connect", async ({ side }, socket) => side.connect(socket, await side.makeSockaddr("127.0.0.1", 9)), -9],
  ["send", ({ side }, socket) => side.send(socket, bytes("x")), -9],
  ["sendNonBlocking", ({ side }, socket) => side.sendNonBlocking(socket, bytes("x"), 0.01), -9],
  ["receive", ({ side }, socket) => side.receive(socket, 1), false],
  ["receiveNonBlocking", ({ side }, socket) => side.receiveNonBlocking(socket, 1, 0.01), false],
  ["receiveInto", ({ side }, socket) => side.receiveInto(socket, new Uint8Array(1)), -9],
  [
    "receiveIntoNonBlocking",
    ({ side }, socket) => side.receiveIntoNonBlocking(socket, new Uint8Array(1), 0.01),
    -9,
  ],
  ["shutdown", ({ side }, socket) => side.shutdown(socket, "both"), false],
  ["getSocketName", ({ side }, socket) => side.getSocketName(socket), null],
  ["getPeerName", ({ side }, socket) => side.getPeerName(socket), null],
];

for (const [name, call, failure] of refusals) {
  promise(
    `${name} refuses a closed socket`,
    async (given) => {
      const { side } = given;
      const peer = await bound(given, ipv4);
      for (const type of [SocketType.stream, SocketType.datagram]) {
        const socket = await newSocket(given, AddressFamily.inet, type);
        if (type === SocketType.datagram) assert.is(await side.connect(socket, peer.address), 0);
        await side.close(socket);
        let outcome: unknown;
        try {
          outcome = await call(given, socket);
        } catch (error) {
          outcome = (error as SideFailure).code;
        }
        assert.is(outcome, side.can.throwing ? "EBADF" : failure, `type ${type}`);
      }
    },
    ["system"],
  );
}

promise(
  "close ends a pending accept",
  async (given) => {
    const { side } = given;
    const { socket } = await listening(given, ipv4);
    const waiting = [side.accept(socket), side.accept(socket)];
    await side.close(socket);
    assert.equal(await Promise.all(waiting), [false, false]);
  },
  ["concurrent"],
);

promise(
  "close ends a pending receive, of a stream and of datagrams",
  async (given) => {
    const { side } = given;
    const [client] = await pair(given, ipv4);
    const { socket } = await bound(given, ipv4);
    for (const pending of [client, socket]) {
      const waiting = [
        side.receiveInto(pending, new Uint8Array(1)),
        side.receiveIntoNonBlocking(pending, new Uint8Array(1), 60),
        side.receive(pending, 1),
      ];
      await side.close(pending);
      assert.equal(await Promise.all(waiting), [-9, -9, false]);
    }
  },
  ["concurrent"],
);

promise(
  "close ends a pending send with what was sent before, or EBADF",
  async (given) => {
    const { side } = given;
    const socket = await connected(given, ipv4, (await given.peer("mute")).port);
    const lot = new Uint8Array(50_000_000);
    assert.ok((await side.sendNonBlocking(socket, lot, 0.5)) !== lot.length);
    const waiting = side.send(socket, lot);
    const next = side.send(socket, bytes("x"));
    await side.close(socket);
    const sent = await waiting;
    assert.ok(sent === -9 || (sent >= 0 && sent < lot.length), `send gave ${sent}`);
    assert.is(await next, -9);
  },
  ["system", "concurrent", "bulk"],
);

promise(
  "a connect to a peer that never answers is pending, and close ends it",
  async (given) => {
    const { side } = given;
    const socket = await newSocket(given, AddressFamily.inet, SocketType.stream);
    const { port } = await given.peer("full");
    const waiting = side.connect(socket, await side.makeSockaddr("127.0.0.1", port));
    // a whole exchange with another peer passes meanwhile
    const other = await connected(given, ipv4, (await given.peer("tcp-echo")).port);
    assert.is(await side.send(other, bytes("meanwhile")), 9);
    assert.is(text(await side.receive(other, 100)), "meanwhile");
    assert.is(await Promise.race([waiting, "pending"]), "pending");
    await side.close(socket);
    assert.is(await waiting, -9);
  },
  ["system", "concurrent"],
);

promise(
  "shutdown read ends a pending receive",
  async (given) => {
    const { side } = given;
    const [client] = await pair(given, ipv4);
    const waiting = side.receiveInto(client, new Uint8Array(1));
    assert.is(await side.shutdown(client, "read"), true);
    assert.is(await waiting, 0);
  },
  ["concurrent"],
);

run();
