/** The books of a host: how many bytes its sockets may hold, and when the event loop turns. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Ledger, Owner } from "../../host/io/owner.ts";
import { Pollable, poll, Source } from "../../host/io/poll.ts";
import { setClock } from "./set-clock.ts";

const MIB = 1 << 20;

test("sockets are held back from the limit on, all from twice the limit on, and go on at three quarters", () => {
  for (const [most, full] of [
    [16 * MIB, 32 * MIB],
    [1000, 1000 + 4 * MIB],
  ] as const) {
    const ledger = new Ledger(false, { queuedBytes: most });
    let told = 0;
    ledger.live.add({
      abort: () => {},
      holdBack: () => {
        told++;
      },
    });
    const steps: readonly [bytes: number, isHoldingBack: boolean, isFull: boolean, told: number][] = [
      [most - 1, false, false, 0],
      [most, true, false, 1],
      [most - 1, true, false, 1],
      [full - 1, true, false, 1],
      [full, true, true, 2],
      [full * 0.75 + 1, true, true, 2],
      [full * 0.75, true, false, 3],
      [full, true, true, 4],
      [most * 0.75 + 1, true, false, 5],
      [most * 0.75, false, false, 6],
      [most - 1, false, false, 6],
      [full, true, true, 7],
      [0, false, false, 8],
    ];
    for (const [bytes, ...expected] of steps) {
      ledger.queue(bytes - ledger.queuedBytes);
      assert.equal([ledger.isHoldingBack, ledger.isFull, told], expected, `${bytes} bytes of ${most}`);
      assert.is(ledger.queueRoom, most - bytes);
    }
  }
});

class Ready extends Source {
  override isReady(): boolean {
    return true;
  }
}

function alwaysReady(maySuspend: boolean): Pollable {
  return new Pollable(new Ready(), new Owner(new Ledger(maySuspend), "test"));
}

/** How many polls are answered at once, before the first that lets the loop turn. */
async function answersAtOnce(pollable: Pollable, between: () => void = () => {}): Promise<number> {
  for (let count = 0; count < 10_000; count++) {
    const answer = poll([pollable]);
    if (answer instanceof Promise) {
      assert.equal([...(await answer)], [0]);
      return count;
    }
    between();
  }
  return Number.POSITIVE_INFINITY;
}

test("a guest that polls often lets the loop turn by the number of its polls, however little time passes", async () => {
  const clock = setClock();
  try {
    const pollable = alwaysReady(true);
    assert.is(await answersAtOnce(pollable), 127);
    // the answer of that poll is the first of the next turn
    assert.is(await answersAtOnce(pollable), 126);
    assert.is(await answersAtOnce(pollable), 126);
  } finally {
    clock.restore();
  }
});

test("a guest that polls rarely but computes between polls lets the loop turn by the time", async () => {
  const clock = setClock();
  try {
    const pollable = alwaysReady(true);
    const computes = (): void => clock.advance(2);
    assert.is(await answersAtOnce(pollable, computes), 3);
    assert.is(await answersAtOnce(pollable, computes), 3);
  } finally {
    clock.restore();
  }
});

test("a guest that waits has its turn by that", async () => {
  const clock = setClock();
  try {
    let isReady = true;
    const source = new (class extends Source {
      override isReady(): boolean {
        return isReady;
      }
    })();
    const pollable = new Pollable(source, new Owner(new Ledger(true), "test"));
    for (let round = 0; round < 5; round++) {
      clock.advance(4);
      assert.instance(poll([pollable]), Uint32Array);
      isReady = false;
      const waiting = poll([pollable]);
      assert.instance(waiting, Promise);
      isReady = true;
      source.notify();
      await waiting;
    }
  } finally {
    clock.restore();
  }
});

test("a guest that can't be suspended is answered at once, whatever time it takes", async () => {
  const clock = setClock();
  try {
    const pollable = alwaysReady(false);
    assert.is(await answersAtOnce(pollable, () => clock.advance(1)), Number.POSITIVE_INFINITY);
  } finally {
    clock.restore();
  }
});

test("a host that was told to hold the process for waits alone does so while there are any", () => {
  const ledger = new Ledger();
  ledger.releaseProcess();
  const held = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = held();
  const [one, two] = [{ abort: () => {} }, { abort: () => {} }];
  const steps: readonly [does: () => unknown, holds: boolean][] = [
    [() => ledger.waits.add(one), true],
    [() => ledger.waits.add(two), true],
    [() => ledger.waits.delete(one), true],
    [() => ledger.waits.delete(one), true],
    [() => ledger.waits.delete(two), false],
    [() => ledger.waits.add(two), true],
    [() => ledger.close(), false],
  ];
  for (const [i, [does, holds]] of steps.entries()) {
    does();
    assert.is(held() - before, holds ? 1 : 0, `step ${i}`);
  }
});

test.run();
