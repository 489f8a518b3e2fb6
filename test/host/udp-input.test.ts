/** What a UDP socket keeps: for how long a sender may be answered, whose datagrams count, and errors in their place. */
import * as dgram from "node:dgram";
import { once } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { IpSocketAddress } from "../../host/network/address.ts";
import { allowAll } from "../../host/policy/policy.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import { freePort } from "../peers/ports.ts";
import { open, type Streams, send } from "./datagram-streams.ts";
import { at, boundUdp, openHost, ready, thrown, turns, until } from "./support.ts";

function texts({ incoming }: Streams, most = 100n): string[] {
  return incoming.receive(most).map(({ data }) => String(Buffer.from(data)));
}

/** A socket of Node's own, bound to an address of loopback. */
async function outside(address = "127.0.0.1", port?: number): Promise<dgram.Socket> {
  const socket = dgram.createSocket("udp4");
  socket.bind(port ?? (await freePort()), address);
  await once(socket, "listening");
  return socket;
}

/** Sends to a socket of the guest, and waits until the kernel has it. */
function sends(from: dgram.Socket, text: string | Uint8Array, { socket }: Streams): Promise<void> {
  const { port } = socket.localAddress().val;
  return new Promise((resolve, reject) => {
    from.send(text, port, "127.0.0.1", (error) => (error ? reject(error) : resolve()));
  });
}

function addressOf(socket: dgram.Socket): IpSocketAddress {
  const { address, port } = socket.address();
  return at(address, port);
}

/** The senders of a flood: each has an address of its own. */
const SENDERS = 4096;
const PORT = 4001;
function sender(i: number): string {
  return `127.1.${i >> 8}.${i & 255}`;
}

/** So many senders, from one on, have sent a datagram, in this order. */
async function heard(own: Streams, from: number, count: number): Promise<void> {
  let received = 0;
  for (let i = from; i < from + count; i += 64) {
    const batch = await Promise.all(
      Array.from({ length: Math.min(64, from + count - i) }, (_, j) => outside(sender(i + j), PORT)),
    );
    for (const socket of batch) await sends(socket, "x", own);
    const expected = received + batch.length;
    await until(() => {
      received += texts(own).length;
      return received === expected;
    }, "the batch has come");
    await Promise.all(batch.map((socket) => once(socket.close(), "close")));
  }
}

test("of those who sent something the latest 4,096 may be answered, fewer where all sockets remember many", async () => {
  const host = openHost({ policy: policyFromRules({ allowListen: ["127.0.0.1"] }) });
  const own = open(host);
  const { ledger } = host.context;
  const mayAnswer = (i: number): boolean => {
    own.outgoing.checkSend();
    const datagram = { data: Buffer.from("answer"), remoteAddress: at(sender(i), PORT) };
    try {
      return own.outgoing.send([datagram]) === 1n;
    } catch (error) {
      assert.is(error, "access-denied");
      return false;
    }
  };
  await heard(own, 0, 2);
  await heard(own, 0, 1);
  assert.is(ledger.senders, 2);
  await heard(own, 2, SENDERS - 2);
  assert.is(ledger.senders, SENDERS);
  for (const i of [0, 1, SENDERS - 1]) assert.ok(mayAnswer(i), String(i));
  assert.not(mayAnswer(SENDERS));
  // who sends again is the latest
  await heard(own, 1, 1);
  assert.is(ledger.senders, SENDERS);
  await heard(own, SENDERS, 1);
  assert.is(ledger.senders, SENDERS);
  assert.not(mayAnswer(0));
  for (const i of [1, 2, SENDERS]) assert.ok(mayAnswer(i), String(i));
  // the other sockets of the host remember many
  const others = 65_536;
  ledger.senders += others;
  await heard(own, SENDERS + 1, 1);
  assert.is(ledger.senders, others + 64);
  assert.not(mayAnswer(SENDERS - 62));
  for (const i of [SENDERS - 61, 1, SENDERS, SENDERS + 1]) assert.ok(mayAnswer(i), String(i));
  for (const each of [own.incoming, own.outgoing, own.socket]) each[Symbol.dispose]();
  await until(() => ledger.senders === others, "the socket has forgotten its own");
  host.close();
});

test("a peer makes others' datagrams go, and gives back what they took", async () => {
  const host = openHost({ caps: { datagramBytes: 10 } });
  const [peer, other] = [await outside(), await outside()];
  const socket = boundUdp(host);
  const before = open(host, undefined, socket);
  await sends(other, "1234567", before);
  await sends(peer, "abc", before);
  await until(() => host.stats().queuedBytes === 10 + 2 * 256, "both are there");
  before.incoming[Symbol.dispose]();
  before.outgoing[Symbol.dispose]();
  const own = open(host, addressOf(peer), socket);
  assert.is(host.stats().queuedBytes, 3 + 256);
  await sends(other, "no", own);
  await sends(peer, "defghij", own);
  await until(() => host.stats().queuedBytes === 10 + 2 * 256, "there is room for it");
  assert.is(own.socket.endpoint.dropped, 0);
  await sends(peer, "", own);
  await sends(peer, "!", own);
  await until(() => own.socket.endpoint.dropped === 1, "one byte more is too much, and none is not");
  assert.equal(texts(own), ["abc", "defghij", ""]);
  assert.is(host.stats().queuedBytes, 0);
  for (const each of [peer, other]) each.close();
  host.close();
});

test("what the kernel has of others when the peer is set is not delivered", async () => {
  const host = openHost();
  const [peer, other] = [await outside(), await outside()];
  const socket = boundUdp(host);
  for (const each of [peer, other]) {
    each.connect(socket.localAddress().val.port, "127.0.0.1");
    await once(each, "connect");
  }
  // both are in the kernel before the event loop turns
  other.send("of another");
  peer.send("of the peer");
  const own = open(host, addressOf(peer), socket);
  await until(() => host.stats().queuedBytes > 0, "one is there");
  await turns(20);
  assert.equal(texts(own), ["of the peer"]);
  for (const each of [peer, other]) each.close();
  host.close();
});

test("an error of the peer before is not told when that was given up", async () => {
  const host = openHost();
  for (const next of [undefined, at("127.0.0.1", PORT)]) {
    const peer = await outside();
    const own = open(host, addressOf(peer));
    await once(peer.close(), "close");
    send(own, "to nobody");
    await ready(own.incoming);
    for (const each of [own.incoming, own.outgoing]) each[Symbol.dispose]();
    const again = open(host, next, own.socket);
    assert.equal(texts(again), []);
  }
  host.close();
});

test("a peer that may not be heard is not, neither what came before nor what comes", async () => {
  const peer = await outside();
  let isHeard = true;
  const host = openHost({
    policy: { ...allowAll, check: (use) => use !== "udp-receive" || isHeard },
  });
  const socket = boundUdp(host);
  const before = open(host, undefined, socket);
  await sends(peer, "before", before);
  await until(() => host.stats().queuedBytes > 0, "it is there");
  before.incoming[Symbol.dispose]();
  before.outgoing[Symbol.dispose]();
  isHeard = false;
  const own = open(host, addressOf(peer), socket);
  assert.is(host.stats().queuedBytes, 0);
  await sends(peer, "behind", own);
  await turns(20);
  assert.equal(texts(own), []);
  peer.close();
  host.close();
});

test("one receive gives 256 KiB at most, whatever is there", async () => {
  const host = openHost();
  const own = open(host);
  const peer = await outside();
  for (let i = 1; i <= 9; i++) {
    await sends(peer, new Uint8Array(60_000), own);
    await until(() => host.stats().queuedBytes === i * (60_000 + 256), "it is there");
  }
  const received = [];
  for (let count = 1; count > 0; received.push(count)) count = own.incoming.receive(100n).length;
  assert.equal(received, [4, 4, 1, 0]);
  peer.close();
  host.close();
});

test("an error is told in its place among the datagrams, and to a receive of none not at all", async () => {
  const host = openHost();
  const peer = await outside();
  const remote = addressOf(peer);
  const own = open(host, remote);
  for (const text of ["1", "2"]) await sends(peer, text, own);
  await until(() => host.stats().queuedBytes === 2 * 257, "both are there");
  await once(peer.close(), "close");
  send(own, "to nobody");
  // the kernel has the refusal by now, and the event loop tells it
  await turns(20);
  const again = await outside("127.0.0.1", remote.val.port);
  await sends(again, "3", own);
  await until(() => host.stats().queuedBytes === 3 * 257, "the third is there");
  assert.equal(texts(own, 1n), ["1"]);
  assert.equal(texts(own), ["2"]);
  assert.equal(texts(own, 0n), []);
  assert.is(
    thrown(() => texts(own)),
    "connection-refused",
  );
  assert.equal(texts(own), ["3"]);
  again.close();
  host.close();
});

test.run();
