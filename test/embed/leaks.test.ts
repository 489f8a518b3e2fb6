/**
 * Calls and streams by the thousand, a part of them called off or left halfway: nothing is left of them.
 * `WASOCK_CALLS=1000000` makes a million of each.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { InstanceStats } from "../../host/index.ts";
import { ASKS, COUNTERS, copies } from "./guests.ts";
import { type Exports, using } from "./support.ts";

const test = suite("what is left of many calls");
const calls = Number(process.env["WASOCK_CALLS"] ?? 1000);
/** How many bytes of the heap may be left over: what engines keep of code that was run often. */
const SLACK = 8_000_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** The bytes of the heap that are in use, when what is no longer needed is gone. */
async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return process.memoryUsage().heapUsed;
}

/** Does something as often as is asked for, and holds that as much is there as after a few times. */
async function often(stats: () => InstanceStats, once: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 500; i++) await once(i);
  const { handles, waitables } = stats();
  const before = await heap();
  for (let i = 0; i < calls; i++) await once(i);
  const left = (await heap()) - before;
  assert.equal([stats().handles, stats().waitables], [handles, waitables]);
  assert.ok(left < SLACK, `${left} bytes are left of ${calls}`);
}

/** One of the event loop's turns. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("calls of async functions, a part of which fails on the way to it", () => {
  const jobs = {
    work: (name: string) => (name.length % 2 === 0 ? name.length : turn().then(() => name.length)),
  };
  return using(ASKS, { imports: { "acme:demo/jobs": jobs } }, ({ ask }, { stats }) =>
    often(stats, async (i) => {
      const several = [ask("ab"), ask("abc"), ask(i)].map((call: Promise<number>) => call.catch(() => -1));
      assert.equal(await Promise.all(several), [2, 3, -1]);
    }),
  );
});

test("streams that are read to their end, left halfway, or never read", () =>
  using(copies("u8", 1), {}, async ({ copy }: Exports, { stats }) => {
    const bytes = Buffer.alloc(300);
    await often(stats, async (i) => {
      const reader = (await copy([bytes, bytes])).getReader();
      if (i % 3 > 0) await reader.read();
      if (i % 3 === 1) while (!(await reader.read()).done);
      await reader.cancel();
      // the component has only one at a time
      while (stats().waitables > 0) await turn();
    });
    assert.equal([stats().waitables, stats().handles], [0, 0]);
  }));

test("objects that are forgotten", () =>
  using(COUNTERS, {}, async ({ counters }) => {
    // it extends the class, so that another object was made on the way to it
    const Counter = class extends (counters.Counter as new (n: number) => { get(): number }) {};
    const kept = new Counter(1);
    for (let i = 0; i < 10; i++) new Counter(i);
    assert.is(counters.alive(), 11);
    while (counters.alive() > 1) {
      collect();
      await turn();
    }
    assert.is(kept.get(), 1);
  }));

test("objects of a component's", () =>
  using(COUNTERS, {}, async ({ counters }, { stats }) => {
    await often(stats, async () => {
      const counter = new counters.Counter(5);
      assert.is(counter.get(), 5);
      counter[Symbol.dispose]();
    });
    assert.is(counters.alive(), 0);
  }));

test.run();
