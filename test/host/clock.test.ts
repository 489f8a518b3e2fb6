import { test } from "uvu";
import * as assert from "uvu/assert";
import { poll } from "../../host/io/poll.ts";
import { systemTime } from "../../host/io/time.ts";
import { type SetClock, setClock } from "./set-clock.ts";
import { openHost, trap } from "./support.ts";

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

/** Runs a test with a clock that stands. */
function stopped(name: string, body: (set: SetClock) => Promise<void>): void {
  test(name, async () => {
    const set = setClock();
    try {
      await body(set);
    } finally {
      set.restore();
    }
    assert.is(host.stats().timers, 0);
    assert.is(host.context.ledger.live.size, 0);
  });
}

const MINUTE = 60_000_000_000n;

stopped("a timer is set for whole milliseconds, rounded up, and for no longer than Node can", async (set) => {
  for (const [nanoseconds, delay] of [
    [1n, 1],
    [1_000_000n, 1],
    [1_000_001n, 2],
    [1_500_000n, 2],
    [0x7fffffffn * 1_000_000n, 0x7fffffff],
    [0x7fffffffn * 1_000_000n + 1n, 0x7fffffff],
    [0xffff_ffff_ffff_ffffn, 0x7fffffff],
  ] as const) {
    const timer = clock.subscribeDuration(nanoseconds);
    const now = clock.subscribeDuration(0n);
    assert.is(timer.ready(), false);
    void Promise.resolve(timer.block()).catch(() => {});
    assert.equal(
      set.timers.map((one) => one.delay),
      [delay],
      String(nanoseconds),
    );
    set.advance(Number(nanoseconds / 1_000_000n) + 1);
    set.timers[0]?.fire();
    await timer.block();
    assert.equal(set.timers, []);
    timer[Symbol.dispose]();
    now[Symbol.dispose]();
  }
});

stopped("a timer that fires before its time is set again for what is left", async (set) => {
  const timer = clock.subscribeDuration(MINUTE);
  let isOver = false;
  const waiting = Promise.resolve(timer.block()).then(() => {
    isOver = true;
  });
  set.advance(59_000);
  set.timers[0]?.fire();
  await Promise.resolve();
  assert.is(isOver, false);
  assert.equal(
    set.timers.map(({ delay, isHolding }) => [delay, isHolding]),
    [[1000, true]],
  );
  set.advance(999.999_999);
  assert.is(timer.ready(), false);
  set.advance(0.000_001);
  set.timers[0]?.fire();
  await waiting;
  assert.is(host.stats().timers, 0);
  timer[Symbol.dispose]();
});

stopped("a timer holds the process while somebody waits for it, and only then", async (set) => {
  const timer = clock.subscribeDuration(MINUTE);
  const held = (): boolean[] => set.timers.map(({ isHolding }) => isHolding);
  for (let round = 0; round < 3; round++) {
    const other = clock.subscribeDuration(1_000_000n);
    const waiting = poll([timer, other]);
    assert.equal(held(), [true, true]);
    set.advance(1);
    set.timers.find(({ delay }) => delay === 1)?.fire();
    assert.equal([...(await waiting)], [1]);
    assert.equal(held(), [false]);
    other[Symbol.dispose]();
  }
  // nor when it is set again
  set.timers[0]?.fire();
  assert.equal(held(), [false]);
  timer[Symbol.dispose]();
  assert.equal(set.timers, []);
});

stopped(
  "a timer is ready at its very instant, and has no timer of Node's any more when that was seen",
  async (set) => {
    const timer = clock.subscribeInstant(clock.now() + MINUTE);
    const other = clock.subscribeDuration(1n);
    const waiting = poll([timer, other]);
    set.advance(60_000);
    assert.is(timer.ready(), true);
    assert.is(host.stats().timers, 1);
    set.timers[0]?.fire();
    await waiting;
    timer[Symbol.dispose]();
    other[Symbol.dispose]();
  },
);

stopped("a host that is closed has no timer, and gives none", async (set) => {
  const own = openHost();
  const { subscribeDuration, subscribeInstant } = own.imports["wasi:clocks/monotonic-clock"];
  const waiting = Promise.resolve(subscribeDuration(MINUTE).block()).catch((error: Error) => error.message);
  assert.is(own.stats().timers, 1);
  own.close();
  assert.match(String(await waiting), /host was closed/);
  assert.is(own.stats().timers, 0);
  assert.equal(set.timers, []);
  for (const subscribe of [subscribeDuration, subscribeInstant]) {
    assert.match(
      trap(() => subscribe(1n)),
      /host is closed/,
    );
  }
});

/** Runs a test with a time of day that is told. */
function timeOfDay(name: string, body: (set: SetClock, tell: (milliseconds: number) => void) => void): void {
  stopped(name, async (set) => {
    const { now } = Date;
    try {
      body(set, (milliseconds) => {
        Date.now = () => milliseconds;
      });
    } finally {
      Date.now = now;
    }
  });
}

const MILLISECOND = 1_000_000n;

timeOfDay("the wall clock is the system's, and finer once one of its steps was seen", (set, tell) => {
  let time = Date.now() + 3_600_000;
  tell(time);
  assert.is(systemTime.wall(), BigInt(time) * MILLISECOND);
  // it was as late in its millisecond as can be
  set.advance(0.001);
  tell(++time);
  for (let i = 0n; i < 1000n; i++) {
    assert.is(systemTime.wall(), BigInt(time) * MILLISECOND + i * 1000n);
    set.advance(0.001);
  }
});

timeOfDay(
  "the wall clock follows a system's that goes slower or faster, or is set, and stays fine",
  (set, tell) => {
    let time = 5_000_000;
    for (const pace of [0.9, 1.1, 0.9]) {
      for (let i = 0; i < 20; i++) {
        tell(++time);
        let last = 0n;
        for (let part = 0; part < 4; part++) {
          const wall = systemTime.wall();
          assert.is(wall / MILLISECOND, BigInt(time));
          assert.ok(wall >= last, `${wall} after ${last}`);
          last = wall;
          set.advance(pace / 4);
        }
      }
    }
    for (const hours of [1, -2]) {
      time += hours * 3_600_000;
      tell(time);
      assert.is(systemTime.wall() / MILLISECOND, BigInt(time));
      set.advance(0.5);
      tell(++time);
      const wall = systemTime.wall();
      set.advance(0.25);
      assert.is(systemTime.wall(), wall + 250_000n);
    }
  },
);

test("the wall clock is the system's", () => {
  const end = Date.now() + 5;
  while (Date.now() < end) {
    const before = BigInt(Date.now());
    const wall = systemTime.wall();
    const after = BigInt(Date.now());
    assert.ok(
      wall >= before * MILLISECOND && wall < (after + 1n) * MILLISECOND,
      `${wall} after ${before} ms`,
    );
  }
});

test.run();
