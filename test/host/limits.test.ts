/** What one guest can make the host hold. */
import { once } from "node:events";
import * as net from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
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
  const { getStdout } = (commandImports(host.context) as { "wasi:cli/stdout": { getStdout(): Disposable } })[
    "wasi:cli/stdout"
  ];
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

test.run();
