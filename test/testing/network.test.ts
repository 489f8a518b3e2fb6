/** Networks in memory: what machines on them see, that a seed is a history, and that nobody else pays for them. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  AddressFamily,
  type AddressInfo,
  getAddressInfo,
  Level,
  type Sockaddr,
  Socket,
  SocketOpt,
  SocketType,
  TcpOpt,
} from "../../src/index.ts";
import {
  createNetwork,
  type HistoryEvent,
  type LinkRules,
  type TestMachine,
  type TestNetwork,
} from "../../src/testing/index.ts";
import { LIBRARY_HISTORY, LIBRARY_LINK, libraryHistory } from "./histories.ts";
import { codeOf } from "./support.ts";

interface Pair {
  network: TestNetwork;
  client: TestMachine;
  server: TestMachine;
  seen: HistoryEvent[];
}

function pair(link: Partial<LinkRules> = {}, seed: number | string = 1): Pair {
  const seen: HistoryEvent[] = [];
  const network = createNetwork({ seed, link, onEvent: (event) => seen.push(event) });
  return { network, client: network.host("client"), server: network.host("server"), seen };
}

async function find({ net }: TestMachine, host: string | null, port: number): Promise<AddressInfo> {
  const info = await net.getAddressInfo(host, port);
  if (info === null) throw new Error(`${host} has no address`);
  return info;
}

async function addressOf(machine: TestMachine, host: string, port: number): Promise<Sockaddr> {
  const { address } = await find(machine, host, port);
  if (address === null) throw new Error("what was found has one");
  return address;
}

async function listener(machine: TestMachine, port: number, backlog?: number): Promise<Socket> {
  return machine.net.Socket.makeListenerSocket(await find(machine, null, port), backlog);
}

/** Two ends of a connection. */
async function connected({ client, server }: Pair, port = 7): Promise<[near: Socket, far: Socket, Socket]> {
  const listening = await listener(server, port);
  const far = listening.accept();
  const [near] = await client.net.Socket.openNetIo("server", port);
  return [near, await far, listening];
}

test("one seed is one history, in one process and on every runtime; another seed is another", async () => {
  const link = LIBRARY_LINK;
  const first = await libraryHistory(1, link);
  assert.equal(await libraryHistory(1, link), first);
  assert.is.not((await libraryHistory(2, link))[0], first[0]);
  assert.equal(first, LIBRARY_HISTORY);
});

test("time is the links': nothing else takes any", async () => {
  const both = pair({ latency: 50 });
  const [near, far] = await connected(both);
  const { network } = both;
  const begun = network.now;
  await near.send(Buffer.from("x"));
  await far.receive();
  assert.is(network.now - begun, 50);
  await network.sleep(3_600_000);
  assert.is(network.now - begun, 3_600_050);
});

test("limits of time are the network's", async () => {
  const both = pair();
  const [near] = await connected(both);
  const begun = both.network.now;
  assert.is(await codeOf(near.receive(1, { timeoutMs: 90_000 })), "ETIMEDOUT");
  assert.is(both.network.now - begun, 90_000);
});

test("what is not read holds the sender back, and all of it comes", async () => {
  const both = pair({ bandwidth: 1_000_000, latency: 10 });
  const [near, far] = await connected(both);
  const size = 1_000_000;
  const bytes = Buffer.alloc(size, "0123456789");
  let isSent = false;
  const sending = near.send(bytes).then(() => {
    isSent = true;
  });
  await both.network.sleep(60_000);
  assert.is(isSent, false);
  const arrived = both.seen
    .filter(({ what }) => what === "tcp arrived")
    .reduce((sum, { bytes }) => sum + bytes, 0);
  assert.is(arrived < 200_000, true, `${arrived} bytes had come that nobody read`);
  const parts: Buffer[] = [];
  const begun = both.network.now;
  for (let got = 0; got < size; ) {
    const part = await far.receive();
    parts.push(part);
    got += part.length;
  }
  await sending;
  assert.is(Buffer.concat(parts).equals(bytes), true);
  assert.is(both.network.now - begun > 800, true, "a megabyte a second");
});

test("half of a connection ends, and the other goes on", async () => {
  const [near, far] = await connected(pair());
  await near.send(Buffer.from("all"));
  near.shutdown("write");
  assert.is((await far.receive()).toString(), "all");
  assert.is((await far.receive()).length, 0);
  await far.send(Buffer.from("still here"));
  assert.is((await near.receive()).toString(), "still here");
});

test("a peer that closes with something unread resets", async () => {
  const both = pair();
  const [near, far] = await connected(both);
  await near.send(Buffer.from("never read"));
  await both.network.sleep(10);
  await near.send(Buffer.alloc(300_000));
  await both.network.sleep(10);
  await far.close();
  assert.is(await codeOf(near.receive()), "ECONNRESET");
});

test("nobody listens, nobody is there, nobody has the name", async () => {
  const both = pair();
  const { client, network } = both;
  assert.is(await codeOf(client.net.Socket.openNetIo("server", 9)), "ECONNREFUSED");
  const begun = network.now;
  assert.is(await codeOf(client.net.Socket.openNetIo("10.9.9.9", 9)), "EHOSTUNREACH");
  assert.is(network.now - begun, 3000);
  assert.is(await codeOf(client.net.Socket.openNetIo("nowhere", 9)), "ENOENT");
  network.name("www.example", client.addresses);
  assert.is(await codeOf(client.net.Socket.openNetIo("www.example", 9)), "ECONNREFUSED");
});

test("a listener whose backlog is full keeps clients waiting", async () => {
  const both = pair();
  const listening = await listener(both.server, 7, 1);
  // the host takes a connection ahead, and the network holds two
  const clients = Array.from({ length: 4 }, () => both.client.net.Socket.openNetIo("server", 7));
  const made: number[] = [];
  for (const [i, client] of clients.entries()) void client.then(() => made.push(i));
  await both.network.sleep(500);
  assert.is(made.length, 3);
  await listening.accept();
  await both.network.sleep(1500);
  assert.is(made.length, 4);
});

test("a port is given once, and again when it is free; who closed first keeps the connection's addresses", async () => {
  const both = pair();
  const [near, far, listening] = await connected(both);
  assert.is(await codeOf(listener(both.server, 7)), "EADDRINUSE");
  const own = near.getSocketName();
  await near.close();
  await far.close();
  const again = new both.client.net.Socket(AddressFamily.inet, SocketType.stream);
  await again.bind(own);
  const to = await addressOf(both.client, "10.0.0.2", 7);
  assert.is(await codeOf(again.connect(to)), "EADDRINUSE");
  await both.network.sleep(61_000);
  const later = new both.client.net.Socket(AddressFamily.inet, SocketType.stream);
  await later.bind(own);
  assert.is(await codeOf(later.connect(to)), undefined);
  await listening.close();
  assert.is(await codeOf(listener(both.server, 7)), undefined);
});

/** Two datagram sockets, of which one has the other for a peer. */
async function datagrams(both: Pair): Promise<[from: Socket, to: Socket]> {
  const make = ({ net }: TestMachine): Socket => new net.Socket(AddressFamily.inet, SocketType.datagram);
  const from = make(both.client);
  const to = make(both.server);
  await to.bind(await addressOf(both.server, "0.0.0.0", 53));
  await from.connect(await addressOf(both.client, "10.0.0.2", 53));
  return [from, to];
}

test("datagrams are lost, come twice and overtake each other, as often as the link says", async () => {
  const both = pair({ loss: 0.2, duplicate: 0.1, reorder: 0.1 });
  const [from, to] = await datagrams(both);
  const count = 1000;
  const got: number[] = [];
  for (let i = 0; i < count; i++) {
    await from.send(Buffer.from(String(i)));
    if (i % 100 === 99) {
      await both.network.sleep(50);
      for (;;) {
        const bytes = await to.receive(100, { timeoutMs: 0 }).catch(() => undefined);
        if (bytes === undefined) break;
        got.push(Number(bytes.toString()));
      }
    }
  }
  const once = new Set(got).size;
  assert.is(once > 750 && once < 850, true, `${once} of ${count} came`);
  assert.is(got.length - once > 40 && got.length - once < 130, true, `${got.length - once} came twice`);
  const late = got.filter((number, i) => number < Math.max(-1, ...got.slice(0, i))).length;
  assert.is(late > 40, true, `${late} came late`);
});

test("a datagram that nobody takes is told by ICMP to who has a peer", async () => {
  const both = pair();
  const [from, to] = await datagrams(both);
  await to.close();
  await from.send(Buffer.from("to nobody"));
  assert.is(await codeOf(from.receive()), "ECONNREFUSED");
});

test("a partition holds what TCP sends until it is over, and loses datagrams", async () => {
  const both = pair();
  const { network } = both;
  const [near, far] = await connected(both);
  const [from, to] = await datagrams(both);
  network.partition("client", "server");
  await near.send(Buffer.from("patience"));
  await from.send(Buffer.from("lost"));
  const receiving = far.receive();
  await network.sleep(10_000);
  network.heal("client", "server");
  assert.is((await receiving).toString(), "patience");
  assert.is(network.now > 10_000 && network.now < 30_000, true, `it came at ${network.now} ms`);
  assert.is(await codeOf(to.receive(100, { timeoutMs: 5000 })), "ETIMEDOUT");
});

test("a connection whose peer can't be reached any more breaks in the end", async () => {
  const both = pair();
  const [near] = await connected(both);
  both.network.partition("server");
  await near.send(Buffer.from("into the dark"));
  assert.is(await codeOf(near.receive()), "ETIMEDOUT");
  assert.is(both.network.now > 900_000, true, "Linux takes some 15 minutes");
});

/** Asks the peer after 30 s of silence, and twice more after 10 s each. */
function keepAlive(socket: Socket): void {
  for (const [name, value] of [
    [TcpOpt.keepidle, 30],
    [TcpOpt.keepintvl, 10],
    [TcpOpt.keepcnt, 3],
  ] as const)
    socket.setSocketOption(Level.tcp, name, value);
  socket.setSocketOption(Level.socket, SocketOpt.keepalive, 1);
}

test("keep-alive finds out that a peer can't be reached, when the options say so, and what comes back in time", async () => {
  const both = pair();
  const { network, seen } = both;
  const [near, far] = await connected(both);
  keepAlive(near);
  const begun = network.now;
  // with nothing wrong it asks as long as time passes, and lets the network come to rest
  const receiving = codeOf(near.receive());
  await network.sleep(100_000);
  assert.is(seen.filter(({ what }) => what === "tcp probe").length, 3);
  await network.idle();
  assert.is(network.now - begun, 100_000);

  network.partition("client", "server");
  await network.sleep(25_000);
  network.heal("client", "server");
  await network.sleep(60_000);
  network.partition("client", "server");
  const cut = network.now;
  assert.is(await receiving, "ETIMEDOUT");
  // the last answer came less than 30 s before; then three questions, 10 s apart
  const silence = network.now - cut;
  assert.is(silence > 30_000 && silence <= 60_000, true, `after ${silence} ms`);
  // who doesn't ask is told nothing
  network.heal("client", "server");
  await far.send(Buffer.from("are you there?"));
  assert.is(await codeOf(far.receive()), "ECONNRESET");
});

test("a machine that has come up again answers keep-alive with a reset", async () => {
  const both = pair();
  const { network, server } = both;
  const [near] = await connected(both);
  keepAlive(near);
  const receiving = codeOf(near.receive());
  server.crash();
  server.start();
  const begun = network.now;
  assert.is(await receiving, "ECONNRESET");
  assert.is(Math.round((network.now - begun) / 1000), 30);
});

test("machines have loopback and several addresses of their own, and nobody else's", async () => {
  const network = createNetwork({ seed: 1 });
  const one = network.host("one", ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
  const other = network.host("other", ["192.0.2.9"]);
  assert.equal(one.addresses, ["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
  const open = (machine: TestMachine, host: string): Promise<unknown> =>
    machine.net.Socket.openNetIo(host, 80);
  const listening = await one.net.Socket.makeListenerSocket(await find(one, "192.0.2.2", 80));
  assert.is(await codeOf(open(other, "192.0.2.2")), undefined);
  assert.is(await codeOf(open(other, "192.0.2.1")), "ECONNREFUSED");
  assert.is(await codeOf(open(other, "2001:db8::1")), "EHOSTUNREACH");
  assert.is(await codeOf(open(one, "127.0.0.1")), "ECONNREFUSED");
  await listening.close();
  const info = await find(one, "192.0.2.9", 80);
  assert.is(await codeOf(one.net.Socket.makeListenerSocket(info)), "EADDRNOTAVAIL");
  assert.throws(() => network.host("third", ["192.0.2.9"]), /another machine's/);
});

test("the addresses of a name come whole, up to 256 of them", async () => {
  const { network, client } = pair();
  const text = "fd01:203:405:607:809:a0b:c0d:e0f";
  network.name("six.example", [text]);
  assert.is((await addressOf(client, "six.example", 7)).name, text);
  assert.is((await client.net.getAddressInfo("six.example", 7))?.family, AddressFamily.inet6);
  const many = Array.from({ length: 300 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
  network.name("many.example", many);
  const found = [];
  for (let info = await client.net.getAddressInfo("many.example", 7); info !== null; info = info.next)
    found.push(info.address?.name);
  assert.equal(found, many.slice(0, 256));
});

test("sockets of the system are the system's, whatever else there is", async () => {
  const network = createNetwork({ seed: 1 });
  const machine = network.host("one");
  const virtual = await machine.net.Socket.makeListenerSocket(await find(machine, "127.0.0.1", 80));
  assert.is(virtual instanceof Socket, true);
  const info = await getAddressInfo("127.0.0.1", 0);
  if (info === null) throw new Error("a literal has an address");
  const real = await Socket.makeListenerSocket(info);
  const accepting = real.accept();
  const [near] = await Socket.openNetIo("127.0.0.1", real.getSocketName().port);
  await near.send(Buffer.from("real"));
  assert.is((await (await accepting).receive()).toString(), "real");
  assert.is(network.now < 1, true);
  for (const socket of [near, await accepting, real, virtual]) await socket.close();
});

test("wrong options and rules are told", () => {
  const made = (options: object): TestNetwork => createNetwork({ seed: 1, ...options });
  assert.throws(() => made({ link: { latancy: 1 } }), /latancy/);
  assert.throws(() => made({ link: { loss: 2 } }), /loss must be a number from 0 to 1/);
  assert.throws(() => made({ seed: {} }), /seed must be a number or a string/);
  assert.throws(() => made({ sead: 1 }), /sead/);
  assert.throws(() => made({}).link("a", "b", {}), /no machine "a"/);
  assert.throws(() => made({}).host("a", ["example.org"]), /not an address/);
});

test.run();
