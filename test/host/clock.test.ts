import { test } from "uvu";
import * as assert from "uvu/assert";
import { poll } from "../../host/io/poll.ts";
import { openHost } from "./support.ts";

const host = openHost();
const clock = host.imports["wasi:clocks/monotonic-clock"];

test("the clock does not go back", () => {
  let last = clock.now();
  for (let i = 0; i < 1000; i++) {
    const now = clock.now();
    assert.ok(now >= last);
    last = now;
  }
  assert.ok(clock.resolution() > 0n);
});

test("a timer of 0 ns, and an instant that has passed, are ready at once without a timer", () => {
  const zero = clock.subscribeDuration(0n);
  const past = clock.subscribeInstant(1n);
  assert.is(zero.ready(), true);
  assert.is(past.ready(), true);
  assert.is(host.stats().timers, 0);
  zero[Symbol.dispose]();
  past[Symbol.dispose]();
});

test("a timer is never early, and ready once it has passed", async () => {
  for (const nanoseconds of [1n, 300_000n, 1_000_000n, 1_500_000n, 7_300_000n, 20_000_000n]) {
    const start = clock.now();
    const timer = clock.subscribeDuration(nanoseconds);
    await timer.block();
    const waited = clock.now() - start;
    assert.ok(waited >= nanoseconds, `${waited} ns for ${nanoseconds} ns`);
    assert.is(timer.ready(), true);
    timer[Symbol.dispose]();
  }
  assert.is(host.stats().timers, 0);
});

test("polls in a loop with one timer arm it once; dropping it lets it go", async () => {
  const timer = clock.subscribeDuration(60_000_000_000n);
  for (let i = 0; i < 5; i++) {
    const short = clock.subscribeDuration(1_000_000n);
    assert.equal([...(await poll([timer, short]))], [1]);
    short[Symbol.dispose]();
    assert.is(host.stats().timers, 1);
  }
  timer[Symbol.dispose]();
  assert.is(host.stats().timers, 0);
});

test("the largest times do not overflow the timers of Node", async () => {
  const forever = clock.subscribeDuration(0xffff_ffff_ffff_ffffn);
  const never = clock.subscribeInstant(0xffff_ffff_ffff_ffffn);
  const month = clock.subscribeDuration(40n * 86_400_000_000_000n);
  const short = clock.subscribeDuration(5_000_000n);
  assert.equal([...(await poll([forever, never, month, short]))], [3]);
  for (const timer of [forever, never, month, short]) timer[Symbol.dispose]();
  assert.is(host.stats().timers, 0);
  assert.is(host.stats().pollables, 0);
});

test.run();
