/** What one guest can make the host hold. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { commandImports } from "../../host/wasi02/command.ts";
import { at, boundTcp, listener, network, openHost, ready, tcp, thrown, trap, udp } from "./support.ts";

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

test.run();
