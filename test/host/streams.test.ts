/** `wasi:io/streams` over a source and a sink that do as a test says. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Ledger, Owner } from "../../host/io/owner.ts";
import { Pollable, poll } from "../../host/io/poll.ts";
import {
  ByteSink,
  ByteSource,
  failed,
  InputStream,
  IoError,
  noBytes,
  OutputStream,
  type StreamError,
} from "../../host/io/streams.ts";
import { setClock } from "./set-clock.ts";
import { openHost, put, thrown, trap, until, withPeer } from "./support.ts";

const broken: StreamError = failed(new IoError("it broke", "connection-reset"));

class Source extends ByteSource {
  bytes: Uint8Array = noBytes;
  most: number[] = [];
  override isReady(): boolean {
    return this.bytes.length > 0;
  }
  override read(max: number): Uint8Array {
    this.most.push(max);
    const taken = this.bytes.subarray(0, max);
    this.bytes = this.bytes.subarray(taken.length);
    return taken;
  }
  override close(): void {}
  comes(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.notify();
  }
}

class Sink extends ByteSink {
  room = 100;
  /** Whether what is written stays until it is drained. */
  isSlow = true;
  queued = 0;
  isFlushing = false;
  failure: StreamError | undefined = undefined;
  readonly pieces: Buffer[] = [];
  override isReady(): boolean {
    return this.failure !== undefined || (this.room > 0 && !this.isFlushing);
  }
  override permit(): number {
    if (this.failure !== undefined) throw this.failure;
    return this.isFlushing ? 0 : this.room;
  }
  override write(bytes: Uint8Array): void {
    if (this.failure !== undefined) throw this.failure;
    assert.ok(bytes.length <= this.room, "more than is permitted");
    this.pieces.push(Buffer.from(bytes));
    if (!this.isSlow) return;
    this.room -= bytes.length;
    this.queued += bytes.length;
  }
  override pending(): number {
    return this.queued;
  }
  override flush(): void {
    this.isFlushing = this.queued > 0;
  }
  /** All has left. */
  drained(room = 100): void {
    this.queued = 0;
    this.isFlushing = false;
    this.room = room;
    this.notify();
  }
  /** It fails, with what is queued. */
  fails(): void {
    this.failure = broken;
    this.queued = 0;
    this.notify();
  }
  get text(): string {
    return String(Buffer.concat(this.pieces));
  }
}

function world(maySuspend = false): {
  ledger: Ledger;
  source: Source;
  sink: Sink;
  input: InputStream;
  output: OutputStream;
} {
  const ledger = new Ledger(maySuspend);
  const parent = new Owner(ledger, "test");
  const source = new Source();
  const sink = new Sink();
  return {
    ledger,
    source,
    sink,
    input: new InputStream(source, parent),
    output: new OutputStream(sink, parent),
  };
}

/** What a promise came to by now. */
async function outcome(promise: unknown): Promise<unknown> {
  assert.instance(promise, Promise);
  const pending = {};
  const settled = (promise as Promise<unknown>).catch((error: unknown) => error);
  await new Promise((resolve) => setImmediate(resolve));
  const first = await Promise.race([settled, pending]);
  return first === pending ? "pending" : first;
}

test("a blocking flush whose stream breaks while it waits throws, and so does a blocking write", async () => {
  for (const call of [
    (output: OutputStream) => output.blockingFlush(),
    (output: OutputStream) => output.blockingWriteAndFlush(Buffer.from("more")),
    (output: OutputStream) => output.blockingWriteZeroesAndFlush(4n),
    (output: OutputStream) => output.blockingWriteZeroesAndFlush(1000n),
  ]) {
    const { sink, output } = world();
    put(output, Buffer.from("queued"));
    const waiting = call(output);
    assert.is(await outcome(waiting), "pending");
    sink.fails();
    assert.is(await outcome(waiting), broken);
  }
});

test("a blocking flush whose peer resets while it waits throws", async () => {
  const host = openHost();
  for (const call of [
    (output: OutputStream) => output.blockingFlush(),
    (output: OutputStream) => output.blockingWriteAndFlush(Buffer.from("more")),
  ]) {
    const { peer, output, ...own } = await withPeer(host);
    peer.pause();
    // until the kernel takes no more
    for (let permit = output.checkWrite(); permit > 0n; permit = output.checkWrite()) {
      output.write(new Uint8Array(Number(permit)));
    }
    const waiting = call(output);
    assert.is(await outcome(waiting), "pending");
    peer.resetAndDestroy();
    const error = await Promise.resolve(waiting).catch((reason: unknown) => reason);
    const { tag, val } = error as { tag: string; val: IoError };
    assert.is(tag, "last-operation-failed");
    assert.is(host.imports["wasi:sockets/network"].networkErrorCode(val), "connection-reset");
    for (const each of [own.input, output, own.socket]) each[Symbol.dispose]();
  }
  await until(() => host.stats().sockets === 0, "all are closed");
  host.close();
});

test("a blocking write that fits needs no promise where nothing is queued, to the last byte that is permitted", () => {
  for (const length of [99, 100]) {
    const { sink, output } = world();
    sink.isSlow = false;
    assert.is(output.blockingWriteAndFlush(new Uint8Array(length)), undefined);
    assert.is(output.blockingWriteZeroesAndFlush(BigInt(length)), undefined);
    assert.equal(
      sink.pieces.map((piece) => piece.length),
      [length, length],
    );
  }
});

test("a blocking write that must wait takes the bytes as they were, and ends when all have left", async () => {
  const { sink, output, ledger } = world();
  sink.room = 3;
  const memory = Buffer.from("0123456789");
  const waiting = output.blockingWriteAndFlush(memory);
  memory.fill("x");
  assert.is(await outcome(waiting), "pending");
  assert.is(ledger.waits.size, 1);
  sink.drained(4);
  sink.drained(100);
  assert.is(await outcome(waiting), "pending");
  assert.is(sink.text, "0123456789");
  sink.drained();
  assert.is(await outcome(waiting), undefined);
  assert.is(ledger.waits.size, 0);
  assert.is(sink.hasWaiters, false);
});

test("what others have taken of a permit is told as an error, and more than was permitted is a trap", () => {
  const { sink, output } = world();
  assert.is(output.checkWrite(), 100n);
  sink.room = 50;
  const refusal = thrown(() => output.write(new Uint8Array(51))) as { tag: string; val: IoError };
  assert.is(refusal.tag, "last-operation-failed");
  assert.is(refusal.val.code, "ENOMEM");
  assert.match(
    trap(() => output.write(new Uint8Array(101))),
    /101 bytes were written where 50 are permitted/,
  );
  output.write(new Uint8Array(50));
  // what is left of the permit is what was left then, whatever room there is by now
  sink.drained();
  assert.match(
    trap(() => output.write(new Uint8Array(1))),
    /1 bytes were written where 0 are permitted/,
  );
});

test("a length of 0 waits for nothing", () => {
  const { source, sink, input, output } = world();
  sink.room = 0;
  assert.is((input.blockingRead(0n) as Uint8Array).length, 0);
  assert.is(input.blockingSkip(0n), 0n);
  assert.is(output.blockingSplice(input, 0n), 0n);
  sink.room = 10;
  assert.is(output.blockingSplice(input, 0n), 0n);
  source.bytes = Buffer.from("kept");
  assert.is((input.blockingRead(0n) as Uint8Array).length, 0);
  assert.is(source.bytes.length, 4);
});

test("a read of more than any call moves is one of 2 GiB", () => {
  const { source, input } = world();
  for (const length of [0x7fff_fffen, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffff_ffff_ffffn]) input.read(length);
  assert.equal(source.most, [0x7fff_fffe, 0x7fff_ffff, 0x7fff_ffff, 0x7fff_ffff]);
});

test("a splice moves what is permitted, what was asked for, and 64 KiB at most", async () => {
  const { source, sink, input, output } = world();
  source.bytes = Buffer.from("0123456789");
  sink.room = 5;
  assert.is(output.splice(input, 100n), 5n);
  assert.is(output.splice(input, 100n), 0n);
  sink.room = 100;
  assert.is(output.splice(input, 2n), 2n);
  assert.is(sink.text, "0123456");
  assert.is(source.bytes.length, 3);
  source.bytes = new Uint8Array(200_000);
  sink.room = 200_000;
  assert.is(output.splice(input, 200_000n), 65536n);
  // a blocking one waits for room, and then for bytes
  source.bytes = noBytes;
  sink.room = 0;
  const waiting = output.blockingSplice(input, 10n);
  source.comes(Buffer.from("ab"));
  assert.is(await outcome(waiting), "pending");
  sink.drained();
  assert.is(await outcome(waiting), 2n);
});

test("a call that waits holds its stream, ends with the host, and leaves nothing behind", async () => {
  for (const name of ["input", "output"] as const) {
    const { ledger, sink, source, input, output } = world();
    sink.room = 0;
    const waiting =
      name === "input" ? input.blockingRead(1n) : output.blockingWriteAndFlush(Buffer.from("x"));
    const stream = name === "input" ? input : output;
    assert.match(
      trap(() => stream[Symbol.dispose]()),
      /resource has children/,
    );
    ledger.close();
    assert.match(String(await outcome(waiting)), /host was closed while the guest was waiting/);
    assert.is(source.hasWaiters || sink.hasWaiters, false);
    const late = name === "input" ? input.blockingRead(1n) : output.blockingWriteAndFlush(Buffer.from("x"));
    assert.match(String(await outcome(late)), /host was closed while the guest was waiting/);
    assert.is(source.hasWaiters || sink.hasWaiters, false);
    assert.is(ledger.waits.size, 0);
    stream[Symbol.dispose]();
    assert.is(ledger.streams, 1);
  }
});

test("a stream can't be dropped before its pollables", () => {
  const { input, output } = world();
  for (const stream of [input, output]) {
    const pollable = stream.subscribe();
    assert.match(
      trap(() => stream[Symbol.dispose]()),
      /resource has children/,
    );
    pollable[Symbol.dispose]();
    stream[Symbol.dispose]();
  }
});

test("a call that has waited is a turn of the event loop", async () => {
  const clock = setClock();
  try {
    const { ledger, source, input } = world(true);
    const pollable = new Pollable(source, new Owner(ledger, "test"));
    for (let round = 0; round < 3; round++) {
      clock.advance(4);
      const reading = input.blockingRead(1n);
      source.comes(Buffer.from("ab"));
      assert.is((await reading).length, 1);
      clock.advance(4);
      assert.instance(poll([pollable]), Uint32Array);
      input.skip(10n);
    }
  } finally {
    clock.restore();
  }
});

test.run();
