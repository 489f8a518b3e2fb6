/** What one guest can make the host hold. */
import * as dgram from "node:dgram";
import { once } from "node:events";
import * as net from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Host } from "../../host/host.ts";
import type { InputStream, OutputStream } from "../../host/io/streams.ts";
import { commandImports } from "../../host/wasi02/command.ts";
import {
  at,
  boundTcp,
  listener,
  network,
  openHost,
  ready,
  tcp,
  thrown,
  trap,
  turns,
  udp,
  until,
} from "./support.ts";

/** Makes things until it is refused; what was made, and the refusal. */
function many<T extends Disposable>(most: number, make: () => T): { made: T[]; refusal: unknown } {
  const made: T[] = [];
  for (let i = 0; i <= most; i++) {
    try {
      made.push(make());
    } catch (refusal) {
      return { made, refusal };
    }
  }
  return { made, refusal: undefined };
}

test("pollables have a limit, beyond which subscribe traps", () => {
  const host = openHost({ caps: { pollables: 10 } });
  const clock = host.imports["wasi:clocks/monotonic-clock"];
  const { made, refusal } = many(10, () => clock.subscribeDuration(1_000_000_000n));
  assert.is(made.length, 10);
  assert.match((refusal as Error).message, /holds 10 pollables, which are as many as it may/);
  assert.is(host.stats().pollables, 10);
  const socket = tcp(host);
  assert.match(
    trap(() => socket.subscribe()),
    /limit "pollables"/,
  );
  made[0]?.[Symbol.dispose]();
  socket.subscribe()[Symbol.dispose]();
  socket[Symbol.dispose]();
  host.close();
});

test("streams have a limit: a trap, or an error code where there is one", async () => {
  const host = openHost({ caps: { streams: 4 } });
  const { getStdout } = commandImports(host.context)["wasi:cli/stdout"];
  const server = listener(host);
  const client = tcp(host);
  client.startConnect(network(host), server.localAddress());
  await ready(client);
  const stdout = [getStdout(), getStdout(), getStdout()];
  const refused = (call: () => unknown): void => assert.is(thrown(call), "new-socket-limit");
  refused(() => client.finishConnect());
  await ready(server);
  refused(() => server.accept());
  const datagrams = udp(host);
  datagrams.startBind(network(host), at("127.0.0.1", 0));
  datagrams.finishBind();
  refused(() => datagrams.stream(undefined));
  stdout[0]?.[Symbol.dispose]();
  const ends = client.finishConnect();
  assert.match(
    trap(() => getStdout()),
    /holds 4 streams, which are as many as it may/,
  );
  // what was refused is there when there is room
  for (const end of ends) end[Symbol.dispose]();
  const [accepted, ...others] = server.accept();
  for (const end of [...others, accepted]) end[Symbol.dispose]();
  for (const one of [...stdout.slice(1), client, server, datagrams]) one[Symbol.dispose]();
  assert.is(host.stats().streams, 0);
  host.close();
});

test("look-ups of literals are streams too", () => {
  const host = openHost({ caps: { streams: 3 } });
  const { resolveAddresses } = host.imports["wasi:sockets/ip-name-lookup"];
  const { made, refusal } = many(3, () => resolveAddresses(network(host), "127.0.0.1"));
  assert.is(made.length, 3);
  assert.is(refusal, "temporary-resolver-failure");
  for (const stream of made) stream[Symbol.dispose]();
  for (const stream of made) stream[Symbol.dispose](); // once more changes nothing
  assert.is(host.stats().streams, 0);
  const socket = boundTcp(host);
  socket[Symbol.dispose]();
  host.close();
});

test("the accept queues of all listeners have one limit, and each may hold one", async () => {
  const host = openHost({ caps: { acceptQueueTotal: 3 } });
  const servers = [listener(host), listener(host), listener(host)];
  const clients: net.Socket[] = [];
  for (const server of servers) {
    for (let i = 0; i < 4; i++) {
      const client = net.connect(server.localAddress().val.port, "127.0.0.1");
      client.on("error", () => {});
      clients.push(client);
      await once(client, "connect");
    }
  }
  await until(() => servers.every((server) => server.endpoint.isReady()), "each has one");
  assert.ok(host.stats().acceptQueue <= 5, String(host.stats().acceptQueue)); // 3 of the first, 1 of each other
  for (const server of servers.reverse()) {
    for (let i = 0; i < 4; i++) {
      await ready(server);
      const [socket, ...streams] = server.accept();
      for (const one of [...streams, socket]) one[Symbol.dispose]();
    }
    assert.is(server.endpoint.overflows, 0);
  }
  assert.is(host.stats().acceptQueue, 0);
  const waiting = net.connect(servers[0]?.localAddress().val.port as number, "127.0.0.1");
  waiting.on("error", () => {});
  await until(() => host.stats().acceptQueue === 1, "one waits");
  for (const server of servers) server[Symbol.dispose]();
  assert.is(host.stats().acceptQueue, 0);
  for (const client of [...clients, waiting]) client.destroy();
  host.close();
});

/** A guest's connection and the peer's end of it. */
async function connected(
  host: Host,
): Promise<{ peer: net.Socket; ends: Disposable[]; input: InputStream; output: OutputStream }> {
  const server = listener(host);
  const peer = net.connect(server.localAddress().val.port, "127.0.0.1");
  peer.on("error", () => {});
  await ready(server);
  const [socket, input, output] = server.accept();
  return { peer, ends: [input, output, socket, server], input, output };
}

test("what connections have read for the guest has a limit, beyond which only those that are waited for read", async () => {
  const host = openHost({ caps: { queuedBytes: 256 * 1024 } });
  const all = await Promise.all(Array.from({ length: 20 }, () => connected(host)));
  for (const { peer } of all) peer.write(new Uint8Array(60_000));
  await until(() => host.stats().queuedBytes >= 256 * 1024, "the queue is full");
  await turns(50); // what must not come
  assert.ok(host.stats().queuedBytes < 256 * 1024 + 65536, String(host.stats().queuedBytes));
  // whoever waits is served, and all is read in the end
  for (const { input } of [...all].reverse()) {
    let left = 60_000;
    while (left > 0) left -= (await input.blockingRead(65536n)).length;
  }
  assert.is(host.stats().queuedBytes, 0);
  // and later too, without anybody who waits
  for (const { peer } of all.slice(0, 2)) peer.write("more");
  await until(() => host.stats().queuedBytes === 8, "it is read ahead again");
  for (const { peer, ends } of all) {
    for (const end of ends) end[Symbol.dispose]();
    peer.destroy();
  }
  assert.is(host.stats().queuedBytes, 0);
  host.close();
});

test("with the lowest limit whoever waits is served, whatever is left unread elsewhere", async () => {
  const host = openHost({ caps: { queuedBytes: 1, acceptQueueTotal: 1 } });
  const [unread, read] = await Promise.all([connected(host), connected(host)]);
  for (const { peer } of [unread, read]) peer.write(new Uint8Array(200_000));
  await until(() => host.stats().queuedBytes > 0, "something is read ahead");
  for (const { input } of [read, unread]) {
    let left = 200_000;
    while (left > 0) left -= (await input.blockingRead(65536n)).length;
  }
  for (const { peer, ends } of [unread, read]) {
    for (const end of ends) end[Symbol.dispose]();
    peer.destroy();
  }
  host.close();
});

test("with the lowest limit a connection that holds nothing may still send", async () => {
  const host = openHost({ caps: { queuedBytes: 1 } });
  const { peer, output, ends } = await connected(host);
  assert.is(output.checkWrite(), 4096n);
  output.write(new Uint8Array(4096));
  await output.blockingFlush();
  for (const end of ends) end[Symbol.dispose]();
  peer.destroy();
  host.close();
});

test("what connections have not sent yet has a limit, and one that holds nothing gets on", async () => {
  const most = 128 * 1024;
  const host = openHost({ caps: { queuedBytes: most } });
  const all = await Promise.all(Array.from({ length: 3 }, () => connected(host)));
  const [first, second, third] = all as [Connection, Connection, Connection];
  type Connection = (typeof all)[number];
  first.peer.pause();
  const permits = [second, third].map(({ output }) => output.checkWrite());
  // until the kernel takes no more
  for (let permit = first.output.checkWrite(); permit > 0n; permit = first.output.checkWrite()) {
    first.output.write(new Uint8Array(Number(permit)));
  }
  assert.ok(host.stats().queuedBytes > 0 && host.stats().queuedBytes <= most);
  // of what was written last the kernel may have taken a part, so that there is room for more than the least
  assert.is(Number(second.output.checkWrite()), Math.max(4096, most - host.stats().queuedBytes));
  second.output.write(new Uint8Array(4096));
  await second.output.blockingFlush();
  assert.is(permits[1], BigInt(most));
  const refusal = thrown(() => third.output.write(new Uint8Array(most))) as { tag: string };
  assert.is(refusal.tag, "last-operation-failed");
  first.peer.destroy();
  for (const { peer, ends } of all) {
    for (const end of ends) end[Symbol.dispose]();
    peer.destroy();
  }
  await until(() => host.stats().sockets === 0, "all are closed");
  assert.is(host.stats().queuedBytes, 0);
  host.close();
});

test("datagrams of all sockets have a limit, empty ones too", async () => {
  const host = openHost({ caps: { queuedBytes: 10_000 } });
  const bound = Array.from({ length: 4 }, () => {
    const socket = udp(host);
    socket.startBind(network(host), at("127.0.0.1", 0));
    socket.finishBind();
    return { socket, streams: socket.stream(undefined) };
  });
  const peer = dgram.createSocket("udp4");
  for (let i = 0; i < 100; i++) {
    for (const { socket } of bound) peer.send("", socket.localAddress().val.port, "127.0.0.1");
  }
  const dropped = (): number => bound.reduce((sum, { socket }) => sum + socket.endpoint.dropped, 0);
  await until(() => dropped() > 300, "most are dropped");
  assert.ok(host.stats().queuedBytes <= 10_000);
  assert.ok(host.stats().queuedBytes > 9000);
  for (const { socket, streams } of bound) {
    streams[0].receive(64n);
    for (const one of [...streams, socket]) one[Symbol.dispose]();
  }
  peer.close();
  await until(() => host.stats().sockets === 0, "all are closed");
  assert.is(host.stats().queuedBytes, 0);
  host.close();
});

test.run();
