/** What becomes of datagrams that the kernel does not take at once, and of what it says about those before. */
import * as os from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Host } from "../../host/host.ts";
import { type DatagramKernel, datagramKernel } from "../peers/handles.ts";
import { open, type Streams, send } from "./datagram-streams.ts";
import { loopback, openHost, ready, thrown, until } from "./support.ts";

const { errno } = os.constants;
/** What a datagram is reckoned to cost beside its bytes. */
const COST = 256;

function drop({ socket, incoming, outgoing }: Streams): void {
  for (const each of [incoming, outgoing, socket]) each[Symbol.dispose]();
}

function texts({ held }: DatagramKernel): string[] {
  return held.map(({ bytes }) => String(Buffer.from(bytes)));
}

/** Runs a test with a kernel that says what the test has it say, and whose buffer is full. */
function full(name: string, body: (kernel: DatagramKernel, host: Host) => Promise<void> | void): void {
  test(name, async () => {
    const host = openHost();
    // what sends a datagram is looked for at the first socket
    drop(open(host));
    await until(() => host.stats().sockets === 0, "it is closed");
    const kernel = datagramKernel();
    kernel.isFull = true;
    try {
      await body(kernel, host);
    } finally {
      kernel.restore();
    }
    assert.is(host.stats().queuedBytes, 0);
    await until(() => host.stats().sockets === 0, "all are closed");
    host.close();
  });
}

const peer = loopback(4001);

full(
  "while the kernel's buffer is full 16 datagrams wait, as they were, and the permit is what is left",
  async (kernel, host) => {
    for (const remote of [undefined, peer]) {
      const own = open(host, remote);
      const memory = Buffer.from("first");
      assert.is(own.outgoing.checkSend(), 16n);
      own.outgoing.send([{ data: memory, ...(remote === undefined && { remoteAddress: peer }) }]);
      memory.fill("x");
      assert.is(own.outgoing.checkSend(), 15n);
      for (let i = 1; i < 16; i++)
        assert.is(send(own, String(i), remote === undefined ? peer : undefined), 1n);
      assert.equal(texts(kernel), ["first", ...Array.from({ length: 15 }, (_, i) => String(i + 1))]);
      assert.is(host.stats().queuedBytes, 16 * COST + texts(kernel).join("").length);
      assert.is(own.outgoing.checkSend(), 0n);
      const pollable = own.outgoing.subscribe();
      assert.is(pollable.ready(), false);
      const waiting = pollable.block();
      kernel.held[0]?.complete(0);
      await waiting;
      assert.is(own.outgoing.checkSend(), 1n);
      pollable[Symbol.dispose]();
      while (kernel.held.length > 0) kernel.held[0]?.complete(0);
      assert.is(own.outgoing.checkSend(), 16n);
      drop(own);
    }
  },
);

full("a socket that is dropped stays until the kernel has all its datagrams", (kernel, host) => {
  const own = open(host);
  for (const text of ["a", "b"]) send(own, text, peer);
  drop(own);
  assert.is(host.stats().sockets, 1);
  kernel.held[0]?.complete(0);
  assert.is(host.stats().sockets, 1);
  kernel.held[0]?.complete(0);
});

full("a datagram that had to wait and was refused is told by the next send, once", (kernel, host) => {
  const own = open(host);
  send(own, "too late", peer);
  kernel.held[0]?.complete(-errno.EPERM);
  kernel.isFull = false;
  assert.is(
    thrown(() => send(own, "x", peer)),
    "access-denied",
  );
  assert.is(send(own, "y", peer), 1n);
  drop(own);
});

full(
  "what ICMP says in place of a datagram's fate is told, and the datagram is sent again, once",
  (kernel, host) => {
    const own = open(host, peer);
    send(own, "again");
    kernel.held[0]?.complete(-errno.ECONNREFUSED);
    assert.equal(texts(kernel), ["again"]);
    assert.is(
      thrown(() => own.incoming.receive(1n)),
      "connection-refused",
    );
    kernel.held[0]?.complete(-errno.ECONNREFUSED);
    assert.equal(texts(kernel), []);
    assert.is(
      thrown(() => own.incoming.receive(1n)),
      "connection-refused",
    );
    drop(own);
  },
);

full("a datagram for the peer before is not sent to the next", (kernel, host) => {
  const own = open(host, peer);
  send(own, "for the first");
  own.incoming[Symbol.dispose]();
  own.outgoing[Symbol.dispose]();
  const next = open(host, loopback(4002), own.socket);
  kernel.held[0]?.complete(-errno.ECONNREFUSED);
  assert.equal(texts(kernel), []);
  drop(next);
});

full("what a new peer's first datagram is refused for twice is told behind it", (kernel, host) => {
  const own = open(host, peer);
  kernel.refusals.push(-errno.ECONNREFUSED, -errno.ECONNREFUSED);
  assert.is(send(own, "first"), 1n);
  assert.equal(kernel.refusals, []);
  assert.is(
    thrown(() => own.incoming.receive(1n)),
    "connection-refused",
  );
  // and later the call itself is told
  kernel.refusals.push(-errno.ECONNREFUSED);
  assert.is(
    thrown(() => send(own, "second")),
    "connection-refused",
  );
  assert.equal(texts(kernel), []);
  drop(own);
});

test("at the limit of all sockets one datagram may wait for each, and a permit that others used is an error", () => {
  const host = openHost({ caps: { queuedBytes: 1000 } });
  drop(open(host));
  const kernel = datagramKernel();
  kernel.isFull = true;
  try {
    const [one, two] = [open(host), open(host)];
    send(one, "x".repeat(100), peer);
    assert.is(one.outgoing.checkSend(), 15n);
    send(two, "x".repeat(1000), peer);
    assert.is(
      thrown(() => one.outgoing.send([{ data: Buffer.from("y"), remoteAddress: peer }])),
      "out-of-memory",
    );
    assert.is(one.outgoing.checkSend(), 0n);
    const third = open(host);
    assert.is(third.outgoing.checkSend(), 16n);
    send(third, "z", peer);
    assert.is(third.outgoing.checkSend(), 0n);
    while (kernel.held.length > 0) kernel.held[0]?.complete(0);
    assert.is(one.outgoing.checkSend(), 16n);
    assert.is(host.stats().queuedBytes, 0);
    for (const each of [one, two, third]) drop(each);
  } finally {
    kernel.restore();
  }
  host.close();
});

test("an address that its owner changes after a call is another for the next", async () => {
  const host = openHost();
  const [one, two, own] = [open(host), open(host), open(host)];
  const address = one.socket.localAddress();
  send(own, "one", address);
  address.val.port = two.socket.localAddress().val.port;
  send(own, "two", address);
  for (const [receiver, text] of [
    [one, "one"],
    [two, "two"],
  ] as const) {
    await ready(receiver.incoming);
    assert.equal(
      receiver.incoming.receive(10n).map(({ data }) => String(Buffer.from(data))),
      [text],
    );
  }
  for (const each of [one, two, own]) drop(each);
  host.close();
});

test("a socket that rests after its turn goes on in the next", async () => {
  const host = openHost();
  const own = open(host);
  while (own.outgoing.checkSend() > 0n) send(own, "x", peer);
  const pollable = own.outgoing.subscribe();
  assert.is(pollable.ready(), false);
  pollable[Symbol.dispose]();
  await ready(own.outgoing);
  assert.is(own.outgoing.checkSend(), 16n);
  drop(own);
  host.close();
});

test.run();
