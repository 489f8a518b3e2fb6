/** The clock of a virtual network: what was called off is let go of long before its time, and the order stays. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Clock, type Happening } from "../../host/network/virtual/clock.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const FAR = 1e15;

for (const way of ["after", "beside"] as const) {
  test(`what was called off is not kept (${way})`, async () => {
    const clock = new Clock();
    // what is kept would happen at once
    clock.hold();
    const make = (): Happening =>
      way === "after"
        ? clock.after(FAR, () => {})
        : clock.beside(
            FAR,
            () => {},
            () => false,
          );
    const kept = [make(), make()];
    const refs: WeakRef<Happening>[] = [];
    for (let i = 0; i < 10_000; i++) {
      const happening = make();
      happening.run = undefined;
      refs.push(new WeakRef(happening));
    }
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    const left = refs.filter((ref) => ref.deref() !== undefined).length;
    assert.ok(left < 200, `${left} of ${refs.length} are kept`);
    assert.ok(kept.every(({ run }) => run !== undefined));
  });
}

test("what is left happens in its order, whatever was called off before", async () => {
  const clock = new Clock();
  const release = clock.hold();
  const happened: number[] = [];
  const expected: [at: number, i: number][] = [];
  for (let i = 0; i < 3000; i++) {
    const at = (i * 7919) % 500;
    const happening = clock.after(at, () => happened.push(i));
    if (i % 3 === 0) expected.push([at, i]);
    else happening.run = undefined;
  }
  release();
  await clock.whenIdle();
  expected.sort(([one, i], [other, j]) => one - other || i - j);
  assert.equal(
    happened,
    expected.map(([, i]) => i),
  );
});

test.run();
