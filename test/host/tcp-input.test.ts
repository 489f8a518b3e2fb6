/** What comes in on a connection: when it is read, what becomes of what nobody wants, and whose the bytes are. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CloseEvent } from "../../host/events/channels.ts";
import { watchEvents } from "../../host/events/trace.ts";
import type { Host } from "../../host/host.ts";
import type { IoError } from "../../host/io/streams.ts";
import { handleParts } from "../../host/runtime/features.ts";
import { type Connected, drop, openHost, put, ready, thrown, turns, until, withPeer } from "./support.ts";

type WithPeer = Connected & { peer: import("node:net").Socket };

const closed = { tag: "closed" };

function codeOf(host: Host, error: unknown): string | undefined {
  const { val } = error as { val?: IoError };
  return val && host.imports["wasi:sockets/network"].networkErrorCode(val);
}

/** Whether the connection is known to be broken. */
function isBroken({ output }: Connected): boolean {
  try {
    output.checkWrite();
    return false;
  } catch {
    return true;
  }
}

/** A host that reads nothing more of which nobody waits, and the connection that holds as much as all may. */
async function fullHost(): Promise<[host: Host, full: WithPeer]> {
  const host = openHost({ caps: { queuedBytes: 1000 } });
  const full = await withPeer(host);
  full.peer.write(new Uint8Array(2000));
  await until(() => host.stats().queuedBytes === 2000, "it is full");
  return [host, full];
}

function end(host: Host, ...connections: WithPeer[]): void {
  for (const { peer } of connections) peer.destroy();
  host.close();
}

test("where all hold too much, nothing is read ahead, and who asks or waits is served", async () => {
  const [host, full] = await fullHost();
  const own = await withPeer(host);
  const serve: Record<string, (length: number) => Promise<unknown>> = {
    "asks again and again": (length) => until(() => own.input.read(10n).length === length, "it is served"),
    "waits in a call": async (length) => assert.is((await own.input.blockingRead(10n)).length, length),
    "waits with a pollable": async (length) => {
      await ready(own.input);
      assert.is(own.input.read(10n).length, length);
    },
  };
  for (const [how, serving] of Object.entries(serve)) {
    for (const text of ["x", "yz"]) {
      own.peer.write(text);
      await turns(20);
      assert.is(own.input.source.available(), 0, how);
      await serving(text.length);
    }
  }
  assert.is(host.stats().queuedBytes, 2000);
  // and ahead again once the others hold less
  assert.is(full.input.read(2000n).length, 2000);
  own.peer.write("ahead");
  await until(() => own.input.source.available() === 5, "it is read ahead");
  end(host, full, own);
});

test("those who wait and then don't read hold as much once more, and no more", async () => {
  const host = openHost({ caps: { queuedBytes: 1 } });
  const most = (4 << 20) + 1;
  const all = await Promise.all(Array.from({ length: 80 }, () => withPeer(host)));
  const pollables = all.map(({ input }) => input.subscribe());
  const waits = pollables.map((pollable) => pollable.block());
  for (const { peer } of all) peer.write(new Uint8Array(65536));
  await until(() => host.stats().queuedBytes >= most, "it is full");
  await turns(50);
  assert.ok(host.stats().queuedBytes < most + 65536, String(host.stats().queuedBytes));
  // who waits still is served when others have been read, though not all of them
  for (const { input } of all.slice(1)) while (input.source.available() > 0) input.read(65536n);
  assert.ok(host.stats().queuedBytes > 1);
  await Promise.all(waits);
  for (const pollable of pollables) pollable[Symbol.dispose]();
  end(host, ...all);
});

test("after the end of receiving a reset is noticed, whatever was unread or held back", async () => {
  const [host, full] = await fullHost();
  const heldBack = await withPeer(host);
  heldBack.peer.write("held back");
  await turns(20);
  for (const one of [heldBack, full]) {
    one.socket.shutdown("receive");
    one.peer.write("unwanted");
    one.peer.resetAndDestroy();
    await until(() => isBroken(one), "the reset is noticed");
  }
  assert.is(host.stats().queuedBytes, 0);
  end(host, full, heldBack);
});

test("after the end of receiving all that comes is thrown away, however much others hold", async () => {
  const [host, full] = await fullHost();
  const own = await withPeer(host);
  own.socket.shutdown("receive");
  let isSent = false;
  own.peer.write(new Uint8Array(16 << 20), () => {
    isSent = true;
  });
  await until(() => isSent, "the peer is rid of all");
  assert.is(host.stats().queuedBytes, 2000);
  end(host, full, own);
});

test("who is woken and takes a part finds the rest as it came", async () => {
  const host = openHost();
  const { socket, input, output, peer } = await withPeer(host);
  const text = Array.from({ length: 1000 }, (_, i) => String.fromCharCode(97 + (i % 26))).join("");
  let got = "";
  for (let round = 0; round < 3; round++) {
    const pollable = input.subscribe();
    const woken = Promise.resolve(pollable.block()).then(() => {
      got += Buffer.from(input.read(7n)).toString();
    });
    peer.write(text);
    await woken;
    pollable[Symbol.dispose]();
    while (got.length < (round + 1) * text.length) {
      const more = input.subscribe();
      await more.block();
      more[Symbol.dispose]();
      got += Buffer.from(input.read(100n)).toString();
    }
  }
  assert.is(got, text.repeat(3));
  peer.destroy();
  drop({ socket, input, output });
  host.close();
});

test("the end of receiving wakes who waits", async () => {
  const host = openHost();
  const own = await withPeer(host);
  const pollable = own.input.subscribe();
  const waiting = pollable.block();
  const reading = Promise.resolve(own.input.blockingRead(1n)).catch((error: unknown) => error);
  own.socket.shutdown("receive");
  await waiting;
  assert.equal(await reading, closed);
  pollable[Symbol.dispose]();
  end(host, own);
});

test("what the kernel has when a write finds the reset comes behind what was read, to the last byte", async () => {
  for (const [first, rest] of [
    ["read ahead, ", "and the rest"],
    ["abc", "d"],
    ["abc", ""],
  ] as const) {
    const host = openHost();
    const own = await withPeer(host);
    own.peer.write(first);
    await until(() => own.input.source.available() === first.length, "the first piece is there");
    // with that unread nothing more is read, and the reset is not seen
    if (rest !== "") own.peer.write(rest);
    own.peer.resetAndDestroy();
    await until(() => {
      try {
        put(own.output, Buffer.from("x"));
        return false;
      } catch {
        return true;
      }
    }, "a write fails");
    let text = "";
    let error: unknown;
    while (error === undefined) {
      try {
        text += String(Buffer.from(await own.input.blockingRead(5n)));
      } catch (thrown) {
        error = thrown;
      }
    }
    assert.is(text, first + rest);
    assert.is(codeOf(host, error), "connection-reset");
    assert.equal(
      thrown(() => own.input.read(1n)),
      closed,
    );
    end(host, own);
  }
});

test("bytes may be kept where a whole buffer of the connection's own is taken as it comes", async () => {
  const host = openHost({ caps: { readBuffer: 1000 } });
  const own = await withPeer(host);
  const { source } = own.input;
  const shared = host.context.buffers.read.buffer;
  let seen: [length: number, isShared: boolean, mayKeep: boolean][] = [];
  const read = (max: number): void => {
    const bytes = source.read(max);
    seen.push([bytes.length, bytes.buffer === shared, source.takeOwnership()]);
  };
  let take = (): void => read(1000);
  const waiter = { wake: () => void (source.available() > 0 && take()) };
  source.addWaiter(waiter);
  const comes = async (length: number): Promise<typeof seen> => {
    seen = [];
    own.peer.write(new Uint8Array(length));
    await until(() => seen.reduce((sum, [count]) => sum + count, 0) === length, "it is read");
    return seen;
  };
  // a reader that would keep what it has read is the reason to have one
  assert.equal(await comes(1000), [[1000, true, false]]);
  assert.equal(await comes(1000), [[1000, false, true]]);
  assert.equal(await comes(1000), [[1000, false, true]]);
  // what is no whole buffer is not given away, and the next that is full is
  assert.equal(await comes(999), [[999, false, false]]);
  // then the connection goes back to the buffer of all
  assert.equal(await comes(1000), [[1000, true, false]]);
  take = () => {
    read(400);
    read(600);
  };
  assert.equal(await comes(1000), [
    [400, false, false],
    [600, false, true],
  ]);
  // what is read behind the event
  take = () => queueMicrotask(() => read(1000));
  assert.equal(await comes(1000), [[1000, false, false]]);
  source.removeWaiter(waiter);
  // what was read ahead has memory of its own, which goes with its last byte
  own.peer.write(new Uint8Array(10));
  await until(() => source.available() === 10, "it is read ahead");
  seen = [];
  read(4);
  read(6);
  assert.equal(seen, [
    [4, false, false],
    [6, false, true],
  ]);
  own.peer.destroy();
  drop(own);
  host.close();
});

/** Bytes of which each place can be told from others. */
function pattern(length: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: length / 4 }, (_, i) => i).buffer);
}

const FULL = 65536;
const PIECE = 16384;

/** A connection of which the network has filled its buffer, and behind which more has come that nobody was told of. */
async function filled(
  bytes: Buffer,
  readBuffer = FULL,
  maySuspend = true,
): Promise<[host: Host, own: WithPeer]> {
  const host = openHost({ caps: { readBuffer }, maySuspend });
  const own = await withPeer(host);
  own.peer.write(bytes);
  await until(() => own.input.source.available() === readBuffer, "the buffer was full");
  return [host, own];
}

test("behind a full buffer is taken what has come, in order, so often that others have their turns", async () => {
  const bytes = pattern(8 << 20);
  const [host, own] = await filled(bytes);
  const closes: CloseEvent[] = [];
  const stop = watchEvents((_, event) => closes.push(event as CloseEvent), ["wasock:tcp:close"]);
  const { source } = own.input;
  const got = Buffer.alloc(bytes.length);
  let length = source.readInto(got, 0, FULL);
  assert.is(length, FULL);
  // what is asked for in little is not worth a call of the kernel
  assert.is(source.read(PIECE - 1).length, 0);
  let most = 0;
  while (length < got.length) {
    let pieces = 0;
    for (;;) {
      // both ways of reading, by turns
      const wish = Math.min(PIECE, got.length - length);
      const isLent = pieces % 2 === 0;
      const bytes = isLent ? source.read(wish) : undefined;
      if (bytes !== undefined) got.set(bytes, length);
      const count = bytes?.length ?? source.readInto(got, length, wish);
      if (count === 0) break;
      length += count;
      pieces++;
    }
    most = Math.max(most, pieces);
    if (length < got.length) await ready(own.input);
  }
  assert.ok(got.equals(bytes));
  const atOnce = handleParts === undefined ? 0 : 8;
  assert.ok(most > atOnce / 4 && most <= FULL / PIECE + atOnce, `${most} pieces without an event`);
  own.peer.end();
  await ready(own.input);
  assert.equal(
    thrown(() => source.readInto(got, 0, FULL)),
    closed,
  );
  drop(own);
  own.peer.destroy();
  await until(() => closes.length > 0, "it is closed");
  assert.is(closes[0]?.received, bytes.length);
  stop();
  host.close();
});

test("who can't be suspended is told of what comes, event by event", async () => {
  const [host, own] = await filled(pattern(8 * FULL), FULL, false);
  assert.is(own.input.source.read(FULL).length, FULL);
  assert.is(own.input.source.read(FULL).length, 0);
  end(host, own);
});

test("a reset behind a full buffer is told behind what had come", async () => {
  const bytes = pattern(FULL + PIECE);
  const [host, own] = await filled(bytes);
  own.peer.resetAndDestroy();
  const { source } = own.input;
  const got = Buffer.alloc(bytes.length + PIECE);
  assert.is(source.readInto(got, 0, FULL), FULL);
  let length = FULL;
  let error: unknown;
  while (error === undefined) {
    try {
      const count = source.readInto(got, length, PIECE);
      length += count;
      if (count === 0) await ready(own.input);
    } catch (thrown) {
      error = thrown;
    }
  }
  assert.ok(got.subarray(0, length).equals(bytes));
  assert.is(codeOf(host, error), "connection-reset");
  assert.equal(
    thrown(() => source.readInto(got, 0, PIECE)),
    closed,
  );
  end(host, own);
});

test("what is taken at once is the reader's where it is a whole buffer", async () => {
  // so small that the kernel holds some of them
  const whole = 20_000;
  const [host, own] = await filled(pattern(6 * whole), whole);
  const { source } = own.input;
  source.read(whole);
  const seen = [PIECE, whole, whole].map((max) => {
    const bytes = source.read(max);
    return { length: bytes.length, buffer: bytes.buffer, mayKeep: source.takeOwnership() };
  });
  if (handleParts !== undefined) {
    assert.equal(
      seen.map(({ length, mayKeep }) => [length, mayKeep]),
      [
        [PIECE, false],
        [whole, true],
        [whole, true],
      ],
    );
    assert.is.not(seen[1]?.buffer, seen[2]?.buffer);
  }
  end(host, own);
});

test.run();
