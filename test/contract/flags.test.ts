/** The contract: the flags of messages on a stream. Those of datagrams are in datagram.test.ts. */
import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import * as assert from "uvu/assert";
import { Msg } from "../../src/constants.ts";
import type { SocketHandle } from "../sides/side.ts";
import { contract, type Family, type Given } from "./contract.ts";
import { bound, bytes, listening, must, pair, text, visitor } from "./steps.ts";

const { promise, run } = await contract("flags");
const ipv4: Family = { family: 2, host: "127.0.0.1", label: "IPv4" };

/** A connection from outside of the side, with no delay: what is written goes out at once. */
async function visited(given: Given): Promise<[Socket, SocketHandle]> {
  const { socket, port } = await listening(given, ipv4);
  const client = (await visitor(given, ipv4, port)).setNoDelay();
  const server = must(await given.side.accept(socket), "accept");
  given.after(() => given.side.close(server));
  return [client, server];
}

promise("peek leaves what it gives for the next call", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.send(client, bytes("abcdef")), 6);
  assert.is(text(await side.receive(server, 4, Msg.peek)), "abcd");
  const buffer = new Uint8Array(2);
  assert.is(await side.receiveInto(server, buffer, Msg.peek), 2);
  assert.is(text(buffer), "ab");
  assert.is(text(await side.receive(server, 3)), "abc");
  assert.is(text(await side.receive(server, 100)), "def");
});

promise(
  "peek sees what has come since the last peek",
  async (given) => {
    const { side } = given;
    const [client, server] = await visited(given);
    client.write("abc");
    assert.is(text(await side.receive(server, 2, Msg.peek)), "ab");
    assert.is(text(await side.receive(server, 3, Msg.peek)), "abc");
    client.write("def");
    let seen = text(await side.receive(server, 100, Msg.peek));
    while (seen === "abc") {
      await turn(); // the bytes are on their way through the kernel
      seen = text(await side.receive(server, 100, Msg.peek));
    }
    assert.is(seen, "abcdef");
    client.end();
    assert.is(text(await side.receive(server, 100, Msg.waitall)), "abcdef");
    assert.is(text(await side.receive(server, 100, Msg.peek)), "");
  },
  ["system"],
);

promise("peek sees the end of a stream", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.shutdown(client, "write"), true);
  assert.is(text(await side.receive(server, 10, Msg.peek)), "");
});

promise(
  "waitall waits for all of the bytes",
  async (given) => {
    const { side } = given;
    const [client, server] = await visited(given);
    client.write("abc");
    assert.is(text(await side.receive(server, 10, Msg.peek)), "abc");
    const waiting = side.receive(server, 6, Msg.waitall);
    client.write("defghi");
    assert.is(text(await waiting), "abcdef");
    assert.is(text(await side.receive(server, 10)), "ghi");
  },
  ["system"],
);

promise(
  "waitall fills the caller's bytes",
  async (given) => {
    const { side } = given;
    const [client, server] = await visited(given);
    client.write("abc");
    assert.is(text(await side.receive(server, 10, Msg.peek)), "abc");
    const buffer = new Uint8Array(6);
    const waiting = side.receiveInto(server, buffer, Msg.waitall);
    client.write("defghi");
    assert.is(await waiting, 6);
    assert.is(text(buffer), "abcdef");
  },
  ["system"],
);

promise(
  "waitall gives more than one read can bring",
  async (given) => {
    const { side } = given;
    const [client, server] = await visited(given);
    const size = 300_000;
    client.write(Buffer.alloc(size + 5, "wasock"));
    const all = must(await side.receive(server, size, Msg.waitall), "receive");
    assert.ok(Buffer.from(all).equals(Buffer.alloc(size, "wasock")));
    assert.is(must(await side.receive(server, 5, Msg.waitall), "receive").length, 5);
  },
  ["system"],
);

promise(
  "waitall gives what came when the stream ends before",
  async (given) => {
    const { side } = given;
    const [client, server] = await visited(given);
    client.end("short");
    assert.is(text(await side.receive(server, 100, Msg.waitall)), "short");
    assert.is(text(await side.receive(server, 100, Msg.waitall)), "");
  },
  ["system"],
);

promise(
  "waitall gives what came when its time passes, and loses nothing",
  async (given) => {
    const { side } = given;
    const [client, server] = await visited(given);
    client.write("abc");
    assert.is(text(await side.receive(server, 10, Msg.peek)), "abc");
    assert.is(text(await side.receiveNonBlocking(server, 6, 0.05, Msg.waitall)), "abc");
    client.write("def");
    assert.is(text(await side.receiveNonBlocking(server, 3, 15, Msg.waitall)), "def");
  },
  ["system"],
);

promise("dontwait gives -EAGAIN, or false, when nothing is there", async (given) => {
  const { side } = given;
  const [, server] = await pair(given, ipv4);
  assert.is(await side.receiveInto(server, new Uint8Array(10), Msg.dontwait), -11);
  assert.is(await side.receive(server, 10, Msg.dontwait), false);
  const { socket } = await bound(given, ipv4);
  assert.is(await side.receiveInto(socket, new Uint8Array(10), Msg.dontwait), -11);
});

promise("dontwait gives what is there, and sends what can be sent", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.send(client, bytes("abc"), Msg.dontwait), 3);
  assert.is(text(await side.receive(server, 1)), "a");
  assert.is(text(await side.receive(server, 10, Msg.dontwait)), "bc");
});

promise("trunc on a stream discards what it receives", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.send(client, bytes("abcdef")), 6);
  assert.is(await side.receiveInto(server, new Uint8Array(4), Msg.trunc), 4);
  assert.is(text(await side.receive(server, 100)), "ef");
});

promise("an unknown flag is refused", async (given) => {
  const { side } = given;
  const [client, server] = await pair(given, ipv4);
  assert.is(await side.send(client, bytes("x"), 0x4000), -22);
  assert.is(await side.send(client, bytes("x"), Msg.peek), -22);
  assert.is(await side.receiveInto(server, new Uint8Array(1), 0x1), -22);
  assert.is(await side.receive(server, 1, 0x1), false);
  assert.is(await side.receiveNonBlocking(server, 1, 0.01), false, "nothing was sent");
});

run();
