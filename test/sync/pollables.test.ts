/** What a guest's thread can tell of its pollables, and what it asks of its host. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { now } from "../../host/io/clock.ts";
import { NEVER, Pollables, type PollHost, RemotePollable } from "../../host/sync/pollables.ts";
import { Remote } from "../../host/sync/remote.ts";

/** A host that tells what it was asked, and finds ready what it is told to. */
class FakeHost implements PollHost {
  readonly ahead = new Set<number>();
  readonly asked: string[] = [];
  /** The numbers of the pollables that it was last asked about, and until when. */
  last: { numbers: readonly number[]; until: bigint } = { numbers: [], until: 0n };
  found: number[] = [0];
  #number = 100;

  isAhead(stream: number): boolean {
    return this.ahead.has(stream);
  }
  subscribe(): number {
    this.asked.push("subscribe");
    return ++this.#number;
  }
  subscribeInstant(): number {
    this.asked.push("timer");
    return ++this.#number;
  }
  ready({ number }: Remote): boolean {
    this.asked.push(`ready ${number}`);
    return false;
  }
  poll(list: readonly Remote[], waits: boolean, until: bigint): readonly number[] {
    this.last = { numbers: list.map(({ number }) => number), until };
    this.asked.push(`${waits ? "poll" : "look"} ${list.length}`);
    return this.found;
  }
  sleep(until: bigint): void {
    this.asked.push("sleep");
    while (now() < until);
  }
}

function make(): [FakeHost, Pollables] {
  const host = new FakeHost();
  return [host, new Pollables(RemotePollable, host)];
}

const SECOND = 1_000_000_000n;

test("a stream whose bytes are here is ready, and nobody is asked", () => {
  const [host, pollables] = make();
  const stream = new Remote(1);
  host.ahead.add(1);
  const pollable = pollables.subscribe(stream);
  assert.is(pollables.ready(pollable), true);
  assert.equal([...pollables.poll([pollable])], [0]);
  assert.equal([...pollables.poll([pollable, pollable])], [0, 1]);
  pollables.drop(pollable, () => assert.unreachable());
  assert.equal(host.asked, []);
});

test("a stream whose bytes are used up is the host's to tell of, by the pollable that it made before", () => {
  const [host, pollables] = make();
  const stream = new Remote(1);
  const pollable = pollables.subscribe(stream);
  host.ahead.add(1);
  assert.is(pollables.ready(pollable), true);
  host.ahead.delete(1);
  assert.equal([...pollables.poll([pollable])], [0]);
  assert.is(pollables.ready(pollable), false);
  assert.equal(host.asked, ["subscribe", "poll 1", "ready 101"]);
});

test("the host is told of a pollable when it has to tell of it", () => {
  const [host, pollables] = make();
  host.ahead.add(1);
  const pollable = pollables.subscribe(new Remote(1));
  host.ahead.delete(1);
  pollables.poll([pollable]);
  assert.equal(host.asked, ["subscribe", "poll 1"]);
  assert.equal(host.last.numbers, [101]);
  let dropped = 0;
  pollables.drop(pollable, () => dropped++);
  assert.is(dropped, 1);
  assert.is(pollable.number, 0);
});

test("the host is told of the pollables of a stream that is to be dropped", () => {
  const [host, pollables] = make();
  host.ahead.add(1).add(2);
  const stream = new Remote(1);
  pollables.subscribe(stream);
  pollables.subscribe(new Remote(2));
  pollables.tellOf(stream);
  assert.equal(host.asked, ["subscribe"]);
});

test("the host is told of one that it is to say the readiness of", () => {
  const [host, pollables] = make();
  host.ahead.add(1);
  const pollable = pollables.subscribe(new Remote(1));
  host.ahead.delete(1);
  assert.is(pollables.ready(pollable), false);
  assert.equal(host.asked, ["subscribe", "ready 101"]);
});

test("an empty list is the host's to refuse", () => {
  const [host, pollables] = make();
  host.poll = (list, waits, until) => {
    assert.equal([list.length, waits, until], [0, true, NEVER]);
    throw new Error("refused");
  };
  assert.throws(() => pollables.poll([]), /refused/);
});

test("a timer is told of here, and slept for when it is short", () => {
  const [host, pollables] = make();
  const over = pollables.subscribeDuration(0n);
  assert.is(pollables.ready(over), true);
  const soon = pollables.subscribeDuration(9_000_000n);
  assert.is(pollables.ready(soon), false);
  assert.equal([...pollables.poll([soon])], [0]);
  assert.is(pollables.ready(soon), true);
  assert.equal([...pollables.poll([soon, over])], [0, 1]);
  assert.equal(host.asked, ["sleep"]);
});

test("for longer the host waits, which can be closed meanwhile", () => {
  const [host, pollables] = make();
  const later = pollables.subscribeInstant(now() + SECOND / 20n);
  host.found = [];
  assert.equal([...pollables.poll([later])], [0]);
  assert.is(host.asked[0], "poll 0");
});

test("a list that the host doesn't know all of: it is asked about the rest, with the time as limit", () => {
  const [host, pollables] = make();
  const timer = pollables.subscribeDuration(SECOND);
  const pollable = pollables.subscribe(new Remote(1));
  const later = pollables.subscribeDuration(2n * SECOND);
  assert.equal([...pollables.poll([timer, pollable, later])], [1]);
  assert.equal(host.asked, ["subscribe", "poll 1"]);
  assert.is(host.last.until, timer.instant);
  const soon = pollables.subscribeDuration(9_000_000n);
  pollables.poll([soon, pollable]);
  assert.not(host.asked.includes("sleep"), "the stream may be ready before");
});

test("a time that is too far away is the last that there is, and never none", () => {
  for (const subscribe of ["subscribeInstant", "subscribeDuration"] as const) {
    const [host, pollables] = make();
    const pollable = pollables.subscribe(new Remote(1));
    const never = pollables[subscribe](NEVER);
    assert.equal([...pollables.poll([pollable, never])], [0]);
    assert.is(host.last.until, NEVER - 1n);
  }
});

test("when all are known here the host is never asked", () => {
  const [host, pollables] = make();
  host.ahead.add(1);
  const here = pollables.subscribe(new Remote(1));
  for (let i = 0; i < 64; i++) assert.equal([...pollables.poll([here])], [0]);
  assert.equal(host.asked, []);
});

test("what is ready here is told at once, and each so many times the host is asked for the rest", () => {
  const [host, pollables] = make();
  host.ahead.add(1);
  const here = pollables.subscribe(new Remote(1));
  const there = pollables.subscribe(new Remote(2));
  const answers = Array.from({ length: 32 }, () => [...pollables.poll([there, here])].join());
  assert.equal(new Set(answers), new Set(["1", "0,1"]));
  assert.equal(
    host.asked.filter((what) => what === "look 1"),
    ["look 1", "look 1"],
  );
});

test("beyond some pollables the host knows them all, and counts them", () => {
  const [host, pollables] = make();
  for (let i = 0; i < 2000; i++) pollables.subscribeDuration(SECOND);
  assert.is(host.asked.length, 2000 - 1024);
  host.ahead.add(1);
  pollables.subscribe(new Remote(1));
  assert.is(host.asked.length, 2001 - 1024);
});

test("one that is dropped makes place for another", () => {
  const [host, pollables] = make();
  for (let i = 0; i < 2000; i++)
    pollables.drop(pollables.subscribeDuration(SECOND), () => assert.unreachable());
  assert.equal(host.asked, []);
});

test.run();
