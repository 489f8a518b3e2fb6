/** What goes from one stream of the host's to another past the guest: in turns, and to its end. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BLOCKED, Copy } from "../../host/abi/async/codes.ts";
import type { CopyResult, Incoming, Outgoing } from "../../host/abi/async/copies.ts";
import { End, Shared } from "../../host/abi/async/ends.ts";
import { Scheduler } from "../../host/abi/async/scheduler.ts";
import { future, stream, type TypeOf, u8, u32 } from "../../host/abi/types.ts";

const BYTES = stream(u8) as TypeOf<"stream">;

/** A stream that gives so many bytes at once, as a file does, and one that takes all; what happens to them is told. */
function between(bytes: number, onWrite: () => CopyResult = () => Copy.completed) {
  const turns: (() => void)[] = [];
  const scheduler = new Scheduler(false, (call) => turns.push(call));
  let failure: unknown;
  scheduler.onFailure = (error) => {
    failure = error;
  };
  const told: string[] = [];
  const moved = { read: 0, written: 0 };
  const waiting = { addWaiter() {}, removeWaiter() {} };
  const source = {
    ...waiting,
    read(into: Incoming): CopyResult {
      const count = Math.min(into.left, bytes - moved.read);
      if (count > 0) into.putBytes(new Uint8Array(count));
      moved.read += count;
      return moved.read === bytes ? Copy.dropped : Copy.completed;
    },
    close: () => told.push("closed"),
  };
  const sink = {
    ...waiting,
    write(from: Outgoing): CopyResult {
      const result = onWrite();
      if (result === Copy.completed) moved.written += from.takeBytes(from.left).length;
      return result;
    },
    end: () => told.push("ended"),
  };
  const shared = new Shared(BYTES, source);
  new End(scheduler, shared, true, {});
  return { shared, sink, scheduler, turns, told, moved, failure: () => failure };
}

test("both are let go of at the end", () => {
  const { shared, sink, told, moved } = between(100_000);
  shared.connect(sink);
  assert.equal(moved, { read: 100_000, written: 100_000 });
  assert.equal(told, ["closed", "ended"]);
});

test("both are let go of where nobody takes more", () => {
  const { shared, sink, told } = between(100_000, () => Copy.dropped);
  shared.connect(sink);
  assert.equal(told, ["closed", "ended"]);
});

test("what is always ready lets the event loop turn, and stops with the program", () => {
  const { shared, sink, scheduler, turns, told, moved } = between(Number.POSITIVE_INFINITY);
  shared.connect(sink);
  const first = moved.written;
  assert.ok(first > 0 && first < 4_000_000, String(first));
  turns.shift()?.();
  assert.ok(moved.written > first);
  scheduler.end();
  const last = moved.written;
  while (turns.length > 0) turns.shift()?.();
  assert.is(moved.written, last);
  assert.equal(told, ["closed", "ended"]);
});

test("an error of the host's ends the program, and nothing else", () => {
  const error = new Error("the disk is on fire");
  const { shared, sink, told, failure } = between(100, () => {
    throw error;
  });
  shared.connect(sink);
  assert.is(failure(), error);
  assert.equal(told, ["closed", "ended"]);
});

test("one that takes nothing yet is waited for", () => {
  const { shared, sink, told, moved } = between(100, () => BLOCKED);
  shared.connect(sink);
  assert.equal([moved.written, told], [0, []]);
});

test("of a future one value comes, and both are let go of", () => {
  const turns: (() => void)[] = [];
  const scheduler = new Scheduler(false, (call) => turns.push(call));
  const told: unknown[] = [];
  const waiting = { addWaiter() {}, removeWaiter() {} };
  // as one that has its value says it whenever it is asked
  const source = {
    ...waiting,
    read(into: Incoming): CopyResult {
      into.putItem(7);
      return Copy.completed;
    },
    close: () => told.push("closed"),
  };
  const sink = {
    ...waiting,
    write(from: Outgoing): CopyResult {
      told.push(from.takeItem());
      return Copy.completed;
    },
    end: () => told.push("ended"),
  };
  const shared = new Shared(future(u32) as TypeOf<"future">, source);
  new End(scheduler, shared, true, {});
  shared.connect(sink);
  assert.equal(told, [7, "closed", "ended"]);
  assert.is(turns.length, 0);
});

test.run();
