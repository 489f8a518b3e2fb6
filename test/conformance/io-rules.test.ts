import * as assert from "uvu/assert";
import { conformance } from "./conformance.ts";
import type { Pollable } from "./guest.ts";
import { outsideClient, outsideServer } from "./outside.ts";
import { accept, boundUdp, connect, dropAll, listener, loopback, pair, send, traps, turns } from "./steps.ts";

const { holds, run } = conformance("io-rules");

holds("I1", "polling nothing traps", async ({ guest }) => {
  await traps(guest.poll([]), /empty list/);
});

holds("I1", "a pollable may appear twice, and all that are ready are told", async ({ guest }) => {
  const now = await guest.subscribeDuration(0n);
  const never = await guest.subscribeInstant(2n ** 64n - 1n);
  assert.equal(Array.from(await guest.poll([now, never, now])), [0, 2]);
  assert.equal(Array.from(await guest.poll([never, never, now])), [2]);
  await dropAll(now, never);
  assert.is((await guest.stats()).pollables, 0);
});

holds("I1", "block and ready agree, and timers are never early", async ({ guest }) => {
  const late = await guest.subscribeDuration(3_600_000_000_000n);
  assert.is(await late.ready(), false);
  const start = await guest.now();
  const timer = await guest.subscribeDuration(30_000_000n);
  await timer.block();
  assert.ok((await guest.now()) - start >= 30_000_000n);
  assert.is(await timer.ready(), true);
  await timer.block();
});

holds("I1", "a socket can't be dropped while its pollable lives", async ({ guest }) => {
  const socket = await guest.createTcpSocket("ipv4");
  await socket.subscribe();
  await traps(socket.drop(), /has children/);
});

holds("I1", "a datagram socket can't be dropped while its streams live", async ({ guest }) => {
  const socket = await boundUdp(guest);
  await socket.stream(undefined);
  await traps(socket.drop(), /has children/);
});

holds("I1", "one poll waits for sockets, streams and timers together", async ({ guest }) => {
  const listening = await listener(guest, loopback());
  const { port } = (await listening.localAddress()).val;
  const peer = await outsideClient(port);
  const server = await accept(guest, listening);
  const silent = await pair(guest);
  const subjects = [listening, server.input, silent.client.input];
  const pollables: Pollable[] = [];
  for (const subject of subjects) pollables.push(await subject.subscribe());
  pollables.push(await guest.subscribeDuration(10_000_000_000n));
  const first = guest.poll(pollables);
  await turns(1);
  peer.write("x");
  assert.equal(Array.from(await first), [1]);
  const second = guest.poll(pollables.filter((_, i) => i !== 1));
  await turns(1);
  const joined = outsideClient(port);
  assert.equal(Array.from(await second), [0]);
  await dropAll(...pollables);
  for (const socket of [peer, await joined]) socket.destroy();
});

holds("I1, N3", "an error of a stream has words, and the network's code when it is one", async (given) => {
  const { guest, after } = given;
  const server = await outsideServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  after(server.close);
  const client = await connect(guest, loopback("ipv4", server.port));
  await send(client.output, "reset me");
  const pollable = await client.input.subscribe();
  await pollable.block();
  const error = await client.input.read(1n).catch((thrown: unknown) => thrown);
  const { tag, val } = error as { tag: string; val: Parameters<typeof guest.networkErrorCode>[0] };
  assert.is(tag, "last-operation-failed");
  assert.is(await guest.networkErrorCode(val), "connection-reset");
  assert.match(await val.toDebugString(), /ECONNRESET/);
  await val.drop();
});

run();
