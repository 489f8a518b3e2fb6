/** Networks on which things go wrong, the system's too: what rules say, and only with whom they are about. */
import * as dgram from "node:dgram";
import { once } from "node:events";
import * as net from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { nodeNetwork } from "../../host/network/node/index.ts";
import { type Library, onNetwork, type Sockaddr, type Socket } from "../../src/index.ts";
import { createNetwork, type FaultRule, type TestNetwork, withFaults } from "../../src/testing/index.ts";
import { codeOf } from "./support.ts";

function faulty(rules: readonly FaultRule[], seed = 1): Library {
  return onNetwork(withFaults(nodeNetwork, rules, seed));
}

/** A server that sends back what comes, in this process. */
async function echo(): Promise<{ port: number; server: net.Server }> {
  const server = net.createServer((socket) => socket.on("error", () => {}).pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as net.AddressInfo).port, server };
}

test("what comes is late, in its order and to its end, and only from whom the rule is about", async () => {
  const { port, server } = await echo();
  const other = await echo();
  const own = faulty([{ to: `127.0.0.1:${port}`, latency: 50, jitter: 5 }]);
  const asked = async (at: number): Promise<[text: string, took: number]> => {
    const [socket] = await own.Socket.openNetIo("127.0.0.1", at);
    const start = performance.now();
    const parts: string[] = [];
    await socket.send(Buffer.from("one"));
    parts.push((await socket.receive()).toString());
    const took = performance.now() - start;
    await socket.send(Buffer.alloc(300_000, "x"));
    socket.shutdown("write");
    let size = 0;
    for (let bytes = await socket.receive(); bytes.length > 0; bytes = await socket.receive())
      size += bytes.length;
    await socket.close();
    return [`${parts.join()} ${size}`, took];
  };
  const [text, took] = await asked(port);
  assert.is(text, "one 300000");
  assert.is(took >= 49, true, `${took} ms`);
  assert.is((await asked(other.port))[0], "one 300000");
  server.close();
  other.server.close();
});

test("a connection breaks after so many bytes, for who reads and who writes", async () => {
  const { port, server } = await echo();
  const own = faulty([{ resetAfter: 10 }]);
  const [reader] = await own.Socket.openNetIo("127.0.0.1", port);
  await reader.send(Buffer.from("12345"));
  assert.is((await reader.receive()).toString(), "12345");
  await reader.send(new Uint8Array(0));
  assert.is(await codeOf(reader.send(Buffer.from("6"))), "ECONNRESET");
  const [writer] = await own.Socket.openNetIo("127.0.0.1", port);
  await writer.send(Buffer.from("1234567"));
  assert.is(await codeOf(writer.receive()), "ECONNRESET");
  for (const socket of [reader, writer]) await socket.close();
  server.close();
});

test("connections are refused as often as a rule says, the same with the same seed", async () => {
  const { port, server } = await echo();
  const outcomes = async (seed: number): Promise<string> => {
    const own = faulty([{ protocol: "tcp", refuse: 0.5 }], seed);
    const all: string[] = [];
    for (let i = 0; i < 20; i++) {
      const opened = own.Socket.openNetIo("127.0.0.1", port);
      const code = await codeOf(opened);
      all.push(code === undefined ? "." : code === "ECONNREFUSED" ? "R" : code);
      if (code === undefined) await (await opened)[0].close();
    }
    return all.join("");
  };
  const first = await outcomes(1);
  assert.match(first, /^[.R]{20}$/);
  assert.is(first.includes("R") && first.includes("."), true);
  assert.is(await outcomes(1), first);
  assert.is.not(await outcomes(2), first);
  server.close();
});

test("datagrams are lost and come twice", async () => {
  const peer = dgram.createSocket("udp4");
  peer.bind(0, "127.0.0.1");
  await once(peer, "listening");
  const own = faulty([{ protocol: "udp", loss: 0.3, duplicate: 0.3 }]);
  const address = async (port: number): Promise<Sockaddr> => {
    const found = (await own.getAddressInfo("127.0.0.1", port))?.address;
    if (found == null) throw new Error("a literal has an address");
    return found;
  };
  const socket: Socket = new own.Socket(2, 2);
  await socket.bind(await address(0));
  await socket.connect(await address(peer.address().port));
  const count = 100;
  let out = 0;
  peer.on("message", () => out++);
  for (let i = 0; i < count; i++) {
    await socket.send(Buffer.from("out"));
    peer.send("in", socket.getSocketName().port, "127.0.0.1");
  }
  let received = 0;
  while ((await codeOf(socket.receive(10, { timeoutMs: 200 }))) === undefined) received++;
  // about 70 each, and of those that come in 21 more; how many the seed says, and the kernel may lose none
  assert.is(out > 50 && out < 90, true, `${out} went out`);
  assert.is(received > 70 && received < 120, true, `${received} came in`);
  await socket.close();
  peer.close();
});

test("faults stand before a network in memory as well, in its time", async () => {
  const network = createNetwork({ seed: 1 });
  const server = network.host("server");
  const info = await server.net.getAddressInfo(null, 7);
  if (info === null) throw new Error("the wildcard has an address");
  const listener = await server.net.Socket.makeListenerSocket(info);
  const accepting = listener.accept();
  const own = onNetwork(withFaults(network.host("client").network, [{ to: "*:7", latency: 60_000 }]));
  const [near] = await own.Socket.openNetIo("server", 7);
  const far = await accepting;
  assert.is(network.now > 60_000 && network.now < 60_100, true);
  await far.send(Buffer.from("late"));
  assert.is((await near.receive()).toString(), "late");
  assert.is(network.now > 120_000 && network.now < 120_100, true);
});

/** A client with faults and a server, in memory, where time is exact: what the client sees, and when. */
interface Pair {
  readonly network: TestNetwork;
  readonly near: Socket;
  readonly far: Socket;
}

async function pair(...rules: readonly FaultRule[]): Promise<Pair> {
  const network = createNetwork({ seed: 1, link: { latency: 0, mtu: 65_536 } });
  const server = network.host("server");
  const info = await server.net.getAddressInfo(null, 7);
  if (info === null) throw new Error("the wildcard has an address");
  const listener = await server.net.Socket.makeListenerSocket(info);
  const accepting = listener.accept();
  const own = onNetwork(withFaults(network.host("client").network, rules, 1));
  const [near] = await own.Socket.openNetIo("server", 7);
  return { network, near, far: await accepting };
}

/** What comes until the end, and when each piece did. */
async function all(
  socket: Socket,
  network: TestNetwork,
): Promise<{ text: string; sizes: number[]; at: number[] }> {
  const pieces: Buffer[] = [];
  const at: number[] = [];
  for (let piece = await socket.receive(); piece.length > 0; piece = await socket.receive()) {
    pieces.push(piece);
    at.push(network.now);
  }
  return { text: Buffer.concat(pieces).toString(), sizes: pieces.map(({ length }) => length), at };
}

test("a bandwidth is kept in each direction that a rule is about", async () => {
  const bytes = Buffer.alloc(100_000, "x");
  for (const direction of ["up", "down"] as const) {
    const { network, near, far } = await pair({ bandwidth: 50_000, direction });
    const took = async (from: Socket, to: Socket): Promise<number> => {
      const begun = network.now;
      const sending = from.send(bytes).then(() => from.shutdown("write"));
      assert.is((await all(to, network)).text.length, bytes.length);
      await sending;
      return network.now - begun;
    };
    const up = await took(near, far);
    const down = await took(far, near);
    const [slow, fast] = direction === "up" ? [up, down] : [down, up];
    assert.is(slow > 1990 && slow < 2100, true, `${slow} ms for two seconds' bytes, ${direction}`);
    assert.is(fast < 100, true, `${fast} ms where nothing is said, ${direction}`);
  }
});

test("who sends faster than a bandwidth is held back", async () => {
  const { network, near, far } = await pair({ bandwidth: 10_000, direction: "up" });
  let isSent = false;
  const sending = near.send(Buffer.alloc(2_000_000)).then(() => {
    isSent = true;
  });
  await network.sleep(10_000);
  assert.is(isSent, false);
  for (let got = 0; got < 2_000_000; ) got += (await far.receive()).length;
  await sending;
  assert.is(network.now > 190_000, true, `${network.now} ms`);
});

test("what is sent is late where a rule says up, and comes although its socket is closed", async () => {
  const { network, near, far } = await pair({ latency: 500, direction: "up" });
  const begun = network.now;
  await near.send(Buffer.from("goodbye"));
  await near.close();
  assert.is(network.now - begun < 10, true);
  const { text, at } = await all(far, network);
  assert.is(text, "goodbye");
  assert.is(Math.round((at[0] ?? 0) - begun), 500);
});

test("a timeout holds bytes back, and then closes", async () => {
  const { network, near, far } = await pair({ timeout: 3000 });
  await near.send(Buffer.from("never"));
  await far.send(Buffer.from("comes"));
  const [here, there] = await Promise.all([all(near, network), all(far, network)]);
  assert.equal([here.text, there.text], ["", ""]);
  assert.is(network.now > 3000 && network.now < 3100, true, `${network.now} ms`);
  const endless = await pair({ timeout: 0 });
  await endless.far.send(Buffer.from("comes"));
  assert.is(await codeOf(endless.near.receive(9, { timeoutMs: 3600000 })), "ETIMEDOUT");
});

test("an end comes late with a slow close, ours and the peer's", async () => {
  const down = await pair({ slowClose: 2000, direction: "down" });
  await down.far.send(Buffer.from("all"));
  await down.far.close();
  const { text, at } = await all(down.near, down.network);
  assert.is(text, "all");
  assert.is((at[0] ?? 0) < 100, true);
  assert.is(down.network.now > 2000 && down.network.now < 2100, true, `${down.network.now} ms`);
  const up = await pair({ slowClose: 2000, direction: "up" });
  await up.near.close();
  await all(up.far, up.network);
  assert.is(up.network.now > 2000 && up.network.now < 2100, true, `${up.network.now} ms`);
});

test("slices have their size, their variation and their pauses", async () => {
  const { network, near, far } = await pair({ slice: 100, sliceDelay: 10, direction: "down" });
  await far.send(Buffer.alloc(350, "x"));
  await far.close();
  const { sizes, at } = await all(near, network);
  assert.equal(sizes, [100, 100, 100, 50]);
  assert.equal(
    at.slice(1).map((time, i) => Math.round(time - (at[i] ?? 0))),
    [10, 10, 10],
  );
  const varied = await pair({ slice: 100, sliceVariation: 50, sliceDelay: 1, direction: "down" });
  await varied.far.send(Buffer.alloc(5000, "x"));
  await varied.far.close();
  const some = (await all(varied.near, varied.network)).sizes.slice(0, -1);
  assert.is(Math.min(...some) >= 50 && Math.max(...some) <= 150 && new Set(some).size > 10, true, `${some}`);
});

test("a limit of data lets so much through, and closes behind it", async () => {
  const down = await pair({ limitData: 10, direction: "down" });
  await down.far.send(Buffer.from("0123456789abcdef"));
  assert.is((await all(down.near, down.network)).text, "0123456789");
  const up = await pair({ limitData: 4, direction: "up" });
  await up.near.send(Buffer.from("01"));
  await up.near.send(Buffer.from("2345"));
  assert.is((await all(up.far, up.network)).text, "0123");
  assert.is((await all(up.near, up.network)).text, "");
});

test("a connection is reset after a time", async () => {
  const { network, near, far } = await pair({ resetIn: 1500 });
  assert.is(await codeOf(near.receive()), "ECONNRESET");
  // a look-up takes one more
  assert.is(Math.round(network.now), 1501);
  assert.is(await codeOf(far.receive()), "ECONNRESET");
});

test("a partition holds what is sent and who connects until it is over, and one way only where it says so", async () => {
  const { network, near, far } = await pair({ partition: { from: 1000, for: 5000 } });
  await network.sleep(2000);
  await near.send(Buffer.from("patience"));
  await far.receive();
  assert.is(Math.round(network.now), 6000);

  const oneWay = await pair({ partition: { from: 1000 }, direction: "up" });
  await oneWay.network.sleep(2000);
  await oneWay.near.send(Buffer.from("lost"));
  await oneWay.far.send(Buffer.from("comes"));
  assert.is((await oneWay.near.receive()).toString(), "comes");
  assert.is(await codeOf(oneWay.far.receive(9, { timeoutMs: 1000000 })), "ETIMEDOUT");

  const late = createNetwork({ seed: 1 });
  const server = late.host("server");
  const info = await server.net.getAddressInfo(null, 7);
  if (info === null) throw new Error("the wildcard has an address");
  const listener = await server.net.Socket.makeListenerSocket(info);
  const client = late.host("client").network;
  const waits = onNetwork(
    withFaults(client, [{ partition: { for: 4000 } }, { partition: { from: 3000, for: 3000 } }]),
  );
  const [socket] = await waits.Socket.openNetIo("server", 7);
  assert.is(late.now > 6000 && late.now < 6100, true, `${late.now} ms`);
  const never = onNetwork(withFaults(client, [{ partition: {} }]));
  assert.is(await codeOf(never.Socket.openNetIo("server", 7)), "ETIMEDOUT");
  await socket.close();
  await listener.close();
});

test("of each setting the first rule counts, and a part of connections may be let alone", async () => {
  const { network, near, far } = await pair(
    { to: "10.0.0.0/24:7", latency: 100 },
    { latency: 5000, slice: 2 },
    { to: "10.0.0.9", slice: 1 },
  );
  const begun = network.now;
  await far.send(Buffer.from("four"));
  assert.is((await near.receive()).toString(), "fo");
  assert.is(Math.round(network.now - begun), 100);

  const some = createNetwork({ seed: 1 });
  const server = some.host("server");
  const info = await server.net.getAddressInfo(null, 7);
  if (info === null) throw new Error("the wildcard has an address");
  const listener = await server.net.Socket.makeListenerSocket(info);
  const own = onNetwork(
    withFaults(some.host("client").network, [{ to: "server", toxicity: 0.5, resetIn: 0 }]),
  );
  let broken = 0;
  for (let i = 0; i < 40; i++) {
    const [socket] = await own.Socket.openNetIo("server", 7);
    if ((await codeOf(socket.receive(1, { timeoutMs: 1000 }))) === "ECONNRESET") broken++;
    await socket.close();
  }
  await listener.close();
  assert.is(broken > 10 && broken < 30, true, `${broken} of 40 were reset`);
});

test("datagrams overtake each other, wait for their turn, and are lost in a partition", async () => {
  const network = createNetwork({ seed: 1, link: { latency: 0 } });
  const machine = network.host("server");
  const own = onNetwork(
    withFaults(network.host("client").network, [
      { to: "udp://*:1", reorder: 0.3, direction: "up" },
      { to: "udp://*:2", bandwidth: 1000, direction: "up" },
      { to: "udp://*:3", partition: {}, direction: "up" },
      { to: "udp://*:4", latency: 1000, direction: "up" },
    ]),
  );
  const address = async (port: number, host = "10.0.0.1"): Promise<Sockaddr> => {
    const found = (await machine.net.getAddressInfo(host, port))?.address;
    if (found == null) throw new Error("a literal has an address");
    return found;
  };
  /** Sends so many datagrams of 100 bytes, and gives what came, and when the last did. */
  const send = async (port: number, count: number): Promise<{ got: number[]; last: number }> => {
    const to = new machine.net.Socket(2, 2);
    await to.bind(await address(port, "0.0.0.0"));
    const from = new own.Socket(2, 2);
    await from.connect(await address(port));
    for (let i = 0; i < count; i++) await from.send(Buffer.from(String(i).padEnd(100)));
    // what was taken is still sent
    await from.close();
    const got: number[] = [];
    let last = 0;
    for (;;) {
      const bytes = await to.receive(100, { timeoutMs: 2000 }).catch(() => undefined);
      if (bytes === undefined) break;
      got.push(Number(bytes.toString()));
      last = network.now;
    }
    await to.close();
    return { got, last };
  };
  const { got } = await send(1, 50);
  assert.is(got.length, 50);
  const late = got.filter((number, i) => number < Math.max(-1, ...got.slice(0, i))).length;
  assert.is(late > 5 && late < 25, true, `${late} of 50 came late`);
  const begun = network.now;
  const { last } = await send(2, 10);
  assert.is(Math.round(last - begun), 1000);
  assert.equal((await send(3, 3)).got, []);
  const slow = network.now;
  assert.is(Math.round((await send(4, 2)).last - slow), 1000);
});

test("wrong rules are told", () => {
  const made = (rule: object) => () => withFaults(nodeNetwork, [rule]);
  assert.throws(made({ latancy: 1 }), /latancy/);
  assert.throws(made({ loss: 2 }), /loss must be a number from 0 to 1/);
  assert.throws(made({ to: "127.0.0.1:x" }), /to: the rule "127.0.0.1:x" was not understood: ports must/);
  assert.throws(made({ protocol: "icmp" }), /protocol must be "tcp" or "udp", and is 'icmp'/);
  assert.throws(made({ direction: "left" }), /direction must be "up" or "down"/);
  assert.throws(made({ slice: 0 }), /slice must be a number from 1 on/);
  assert.throws(
    made({ partition: { form: 1 } }),
    /partition.form is not a rule of a partition: did you mean from/,
  );
  assert.throws(made({ partition: { from: -1 } }), /partition.from must be a number from 0/);
});

test.run();
