import { test } from "uvu";
import * as assert from "uvu/assert";
import { Ledger, Owner } from "../../host/io/owner.ts";
import { Pollable, poll, Source, type Waiter } from "../../host/io/poll.ts";
import { listener, network, openHost, ready, tcp, trap } from "./support.ts";

class Switch extends Source {
  on = false;
  looks = 0;
  override isReady(): boolean {
    this.looks++;
    return this.on;
  }
  flip(): void {
    this.on = true;
    this.notify();
  }
}

function owner(maySuspend = false): Owner {
  return new Owner(new Ledger(maySuspend), "test");
}

test("poll of an empty list traps", () => {
  assert.match(
    trap(() => poll([])),
    /empty list/,
  );
});

test("poll answers at once with the indexes of what is ready", () => {
  const sources = [new Switch(), new Switch(), new Switch()];
  for (const source of sources) source.on = true;
  (sources[1] as Switch).on = false;
  const answer = poll(sources.map((source) => new Pollable(source)));
  assert.instance(answer, Uint32Array);
  assert.equal([...(answer as Uint32Array)], [0, 2]);
});

test("a pollable may appear twice", async () => {
  const source = new Switch();
  const pollable = new Pollable(source);
  const answer = poll([pollable, pollable]);
  assert.instance(answer, Promise);
  source.flip();
  assert.equal([...(await answer)], [0, 1]);
});

test("poll waits, and a notification without readiness does not end the wait", async () => {
  const source = new Switch();
  const pollable = new Pollable(source);
  let isOver = false;
  const answer = Promise.resolve(poll([new Pollable(new Switch()), pollable])).then((ready) => {
    isOver = true;
    return ready;
  });
  source.notify();
  await Promise.resolve();
  await Promise.resolve();
  assert.is(isOver, false);
  source.flip();
  assert.equal([...(await answer)], [1]);
  assert.is(source.hasWaiters, false);
});

test("one pollable in two pending polls wakes both", async () => {
  const source = new Switch();
  const pollable = new Pollable(source);
  const first = poll([pollable]);
  const second = pollable.block();
  source.flip();
  assert.equal([...(await first)], [0]);
  await second;
  assert.is(source.hasWaiters, false);
});

test("one pollable in two pending polls is in the second still when the first has ended, and the other way round", async () => {
  for (const ended of [0, 1]) {
    const source = new Switch();
    const pollable = new Pollable(source);
    const others = [new Switch(), new Switch()];
    const answers = others.map((other) => poll([pollable, new Pollable(other)]));
    others[ended]?.flip();
    assert.equal([...((await answers[ended]) ?? [])], [1]);
    assert.is(source.hasWaiters, true);
    assert.match(
      trap(() => pollable[Symbol.dispose]()),
      /waits for it/,
    );
    source.flip();
    assert.equal([...((await answers[1 - ended]) ?? [])], [0]);
    assert.is(source.hasWaiters, false);
  }
});

test("block and ready agree", async () => {
  const source = new Switch();
  const pollable = new Pollable(source);
  assert.is(pollable.ready(), false);
  const wait = pollable.block();
  source.flip();
  await wait;
  assert.is(pollable.ready(), true);
  assert.is(pollable.block(), undefined);
});

test("waiters may come and go while they are woken", () => {
  const source = new Switch();
  const woken: string[] = [];
  const late: Waiter = { wake: () => woken.push("late") };
  const victim: Waiter = { wake: () => woken.push("victim") };
  const first: Waiter = {
    wake() {
      woken.push("first");
      source.removeWaiter(victim);
      source.removeWaiter(first);
      source.addWaiter(late);
    },
  };
  const last: Waiter = { wake: () => woken.push("last") };
  for (const waiter of [first, victim, last]) source.addWaiter(waiter);
  source.notify();
  assert.equal(woken, ["first", "last"]);
  source.notify();
  assert.equal(woken.slice(2).sort(), ["last", "late"]);
});

test("a waiter that is there is added once, whichever place it has", () => {
  const source = new Switch();
  let woken = 0;
  const waiters: Waiter[] = [0, 1].map(() => ({ wake: () => void woken++ }));
  const [first, second] = waiters as [Waiter, Waiter];
  for (const waiter of [first, second]) source.addWaiter(waiter);
  source.removeWaiter(first);
  for (const waiter of [second, second]) source.addWaiter(waiter);
  source.notify();
  assert.is(woken, 1);
  source.removeWaiter(second);
  assert.is(source.hasWaiters, false);
});

test("10,000 pollables wake in linear time", async () => {
  const sources = Array.from({ length: 10_000 }, () => new Switch());
  const list = sources.map((source) => new Pollable(source));
  const answer = poll(list);
  for (const source of sources) source.looks = 0;
  // Nine thousand false alarms must not look at the whole list each.
  for (const source of sources.slice(0, 9000)) source.notify();
  (sources[9999] as Switch).flip();
  assert.equal([...(await answer)], [9999]);
  const looks = sources.reduce((sum, source) => sum + source.looks, 0);
  assert.ok(looks < 40_000, `${looks} looks`);
});

test("a pollable that is waited for can't be dropped, and afterwards it can", async () => {
  const parent = owner();
  const source = new Switch();
  const pollable = new Pollable(source, parent);
  const wait = pollable.block();
  assert.match(
    trap(() => pollable[Symbol.dispose]()),
    /waits for it/,
  );
  source.flip();
  await wait;
  pollable[Symbol.dispose]();
  pollable[Symbol.dispose]();
  assert.is(parent.children, 0);
  assert.is(parent.ledger.pollables, 0);
});

test("a parent can't be dropped before its pollables", async () => {
  const host = openHost();
  const socket = tcp(host);
  const pollable = socket.subscribe();
  assert.match(
    trap(() => socket[Symbol.dispose]()),
    /resource has children.*tcp-socket/,
  );
  pollable[Symbol.dispose]();
  socket[Symbol.dispose]();
  assert.is(host.stats().sockets, 0);
});

test("a guest that spins on a ready timer lets I/O happen when it can be suspended", async () => {
  const host = openHost({ maySuspend: true });
  const server = listener(host);
  const client = tcp(host);
  client.startConnect(network(host), server.localAddress());
  const clock = host.imports["wasi:clocks/monotonic-clock"];
  const connecting = client.subscribe();
  let turns = 0;
  for (;;) {
    const timer = clock.subscribeDuration(0n);
    const answer = poll([timer, connecting]);
    // As JSPI does it: a promise suspends the guest, a value does not.
    const indexes = answer instanceof Promise ? await answer : answer;
    timer[Symbol.dispose]();
    if (indexes.includes(1)) break;
    if (++turns > 100_000) throw new Error("the connection was never seen");
  }
  connecting[Symbol.dispose]();
  const [input, output] = client.finishConnect();
  for (const resource of [input, output, client, server]) resource[Symbol.dispose]();
  host.close();
});

test("a guest that cannot be suspended gets its answers at once", () => {
  const host = openHost();
  const timer = host.imports["wasi:clocks/monotonic-clock"].subscribeDuration(0n);
  for (let i = 0; i < 10_000; i++) assert.instance(poll([timer]), Uint32Array);
  timer[Symbol.dispose]();
});

test("closing the host ends a wait with an error", async () => {
  const host = openHost();
  const server = listener(host);
  const pollable = host.imports["wasi:clocks/monotonic-clock"].subscribeDuration(3_600_000_000_000n);
  const wait = Promise.resolve(pollable.block()).then(
    () => "ended",
    (error: Error) => error.message,
  );
  host.close();
  assert.match(await wait, /host was closed/);
  // What was closed is ready: it has an answer.
  await ready(server);
  assert.match(
    trap(() => tcp(host)),
    /host is closed/,
  );
  assert.is(host.stats().timers, 0);
  host.close();
});

test("nor can one be begun behind that, by a guest that was answered for a socket and goes on", async () => {
  const host = openHost();
  const server = listener(host);
  const pollable = server.subscribe();
  const wait = pollable.block();
  host.close();
  await wait;
  const never = new Pollable(new Switch(), new Owner(host.context.ledger, "test"));
  assert.match(
    trap(() => poll([never])),
    /host was closed while the guest was waiting/,
  );
  assert.is(host.context.ledger.waits.size, 0);
});

test.run();
