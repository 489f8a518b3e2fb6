/** Node's streams as a guest's standard input and output. */
import { once } from "node:events";
import { PassThrough, Readable, Writable } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Host } from "../../host/host.ts";
import type { InputStream, OutputStream } from "../../host/io/streams.ts";
import { type CommandOptions, commandImports, localImports } from "../../host/wasi02/command.ts";
import { openHost, put, readAll, ready, thrown, until } from "./support.ts";

interface Faces {
  readonly "wasi:cli/stdin": { getStdin(): InputStream };
  readonly "wasi:cli/stdout": { getStdout(): OutputStream };
}

function withStreams(options: CommandOptions): { host: Host; faces: Faces } {
  const host = openHost();
  return { host, faces: commandImports(host.context, options) as Faces };
}

function stdinOf(stdin: Readable): { host: Host; input: InputStream } {
  const { host, faces } = withStreams({ stdin });
  return { host, input: faces["wasi:cli/stdin"].getStdin() };
}

function stdoutOf(stdout: Writable): { host: Host; output: OutputStream } {
  const { host, faces } = withStreams({ stdout });
  return { host, output: faces["wasi:cli/stdout"].getStdout() };
}

const tagOf = (call: () => unknown): string => (thrown(call) as { tag: string }).tag;

test("what was written is let go of also where the guest's memory has grown meanwhile", async () => {
  const memory = new ArrayBuffer(5000);
  const written: (() => void)[] = [];
  const stdout = new Writable({
    write: (_bytes, _encoding, done) => void written.push(done),
  });
  const { host, output } = stdoutOf(stdout);
  const before = output.checkWrite();
  output.write(new Uint8Array(memory));
  assert.is(output.checkWrite(), before - 5000n);
  // as when it grows: nothing of what was lent is there any more
  structuredClone(memory, { transfer: [memory] });
  for (const done of written) done();
  await until(() => output.checkWrite() === before, "all may be written again");
  host.close();
});

test("to ask whether there is input begins to read it", async () => {
  const stdin = new PassThrough();
  const { host, input } = stdinOf(stdin);
  const pollable = input.subscribe();
  assert.is(pollable.ready(), false);
  stdin.write("a key");
  await until(() => pollable.ready(), "it is told of the input");
  assert.is(String(input.read(100n)), "a key");
  assert.is(pollable.ready(), false);
  stdin.end();
  await until(() => pollable.ready(), "it is told of the end");
  assert.is(
    tagOf(() => input.read(1n)),
    "closed",
  );
  host.close();
});

test("input that nobody asks for is not read", async () => {
  const stdin = new PassThrough();
  const { host, input } = stdinOf(stdin);
  stdin.write("x");
  input.subscribe();
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(stdin.readableFlowing, null);
  host.close();
});

test("input that has ended, or was destroyed, before the guest reads is closed", async () => {
  const ended = new PassThrough();
  ended.end();
  ended.resume();
  await once(ended, "end");
  const destroyed = new PassThrough().destroy();
  for (const stdin of [ended, destroyed]) {
    const { host, input } = stdinOf(stdin);
    assert.is(input.subscribe().ready(), true);
    assert.is(
      tagOf(() => input.read(1n)),
      "closed",
    );
    host.close();
  }
});

test("what goes wrong with the input is told once, and then it is closed", async () => {
  const stdin = new PassThrough();
  const { host, input } = stdinOf(stdin);
  input.read(1n);
  stdin.destroy(new Error("no more"));
  await ready(input);
  const error = thrown(() => input.read(1n)) as { tag: string; val: { toDebugString(): string } };
  assert.is(error.tag, "last-operation-failed");
  assert.match(error.val.toDebugString(), /no more/);
  assert.is(
    tagOf(() => input.read(1n)),
    "closed",
  );
  const again = stdinOf(stdin); // another guest, later
  assert.is(
    tagOf(() => again.input.read(1n)),
    "last-operation-failed",
  );
  host.close();
  again.host.close();
});

test("a second handle to the input reads on after the first was dropped", async () => {
  const stdin = new PassThrough();
  const { host, faces } = withStreams({ stdin });
  const first = faces["wasi:cli/stdin"].getStdin();
  first.read(1n);
  first[Symbol.dispose]();
  const second = faces["wasi:cli/stdin"].getStdin();
  stdin.end("text");
  assert.is(String(await readAll(second)), "text");
  host.close();
});

test("what a guest has not read is the embedder's again when its host is closed", async () => {
  const stdin = new PassThrough();
  const { host, input } = stdinOf(stdin);
  const pollable = input.subscribe();
  pollable.ready();
  for (const text of ["one ", "two ", "three"]) stdin.write(text);
  await until(() => pollable.ready(), "there is input");
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(String(input.read(2n)), "on");
  host.close();
  assert.is(
    tagOf(() => input.read(1n)),
    "closed",
  );
  assert.is(stdin.isPaused(), true, "a guest that reads on takes nothing any more");
  stdin.end();
  let rest = "";
  for await (const chunk of stdin) rest += String(chunk);
  assert.is(rest, "e two three");
});

test("input is not read further than 64 KiB ahead, and not for a guest that has gone", async () => {
  const most = 65_536;
  const stdin = new PassThrough({ highWaterMark: 4 * most });
  const { host, input } = stdinOf(stdin);
  const pollable = input.subscribe();
  assert.is(input.read(1n).length, 0);
  stdin.write(Buffer.alloc(most - 1));
  await until(() => pollable.ready(), "it has come");
  assert.is(stdin.isPaused(), false);
  stdin.write(Buffer.alloc(1));
  await until(() => stdin.isPaused(), "it is held back");
  assert.is(input.read(0n).length, 0);
  assert.is(stdin.isPaused(), true);
  assert.is(input.read(1n).length, 1);
  assert.is(stdin.isPaused(), false);
  stdin.write(Buffer.alloc(2));
  await until(() => stdin.isPaused(), "it is held back again");
  assert.is(input.read(1n).length, 1);
  assert.is(stdin.isPaused(), true, "there is as much as there may be still");
  assert.is(input.read(1n).length, 1);
  assert.is(stdin.isPaused(), false);
  pollable[Symbol.dispose]();
  input[Symbol.dispose]();
  assert.is(stdin.isPaused(), true);
  host.close();
});

test("the process stays for input while somebody waits for it, and no longer", async () => {
  const stdin = new PassThrough();
  const holds: string[] = [];
  Object.assign(stdin, { ref: () => holds.push("ref"), unref: () => holds.push("unref") });
  const { host, input } = stdinOf(stdin);
  const pollable = input.subscribe();
  assert.is(pollable.ready(), false);
  assert.is(holds.at(-1), "unref");
  const [first, second] = [pollable.block(), pollable.block()];
  assert.is(holds.at(-1), "ref");
  stdin.write("x");
  await first;
  await second;
  assert.is(holds.at(-1), "unref");
  host.close();
  assert.is(holds.at(-1), "ref", "it is the embedder's again");
});

test("an output whose reader has gone is closed, and nothing is thrown from an event", async () => {
  for (const code of ["EPIPE", "ECONNRESET"]) {
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })),
    });
    const { host, output } = stdoutOf(stdout);
    put(output, Buffer.from("x"));
    await until(() => stdout.closed, "the stream is closed");
    assert.is(
      tagOf(() => output.checkWrite()),
      "closed",
    );
    assert.is(
      tagOf(() => output.write(new Uint8Array(0))),
      "closed",
    );
    assert.is(
      tagOf(() => output.flush()),
      "closed",
    );
    assert.is(output.subscribe().ready(), true);
    host.close();
  }
});

test("another failure of an output is told once, and waiting for it ends", async () => {
  const stdout = new Writable({
    write: (_chunk, _encoding, done) =>
      setImmediate(() => done(Object.assign(new Error("ENOSPC: full"), { code: "ENOSPC" }))),
  });
  const { host, output } = stdoutOf(stdout);
  let error: unknown;
  await Promise.resolve(output.blockingWriteAndFlush(Buffer.from("x"))).catch((reason: unknown) => {
    error = reason;
  });
  assert.is((error as { tag: string }).tag, "last-operation-failed");
  assert.match((error as { val: { toDebugString(): string } }).val.toDebugString(), /ENOSPC: full/);
  assert.is(
    tagOf(() => output.checkWrite()),
    "closed",
  );
  host.close();
});

test("what an output failed with before is told once, too", async () => {
  const stdout = new PassThrough();
  stdout.on("error", () => {});
  stdout.destroy(Object.assign(new Error("ENOSPC: full"), { code: "ENOSPC" }));
  await new Promise((resolve) => stdout.once("close", resolve));
  const { host, output } = stdoutOf(stdout);
  const error = thrown(() => output.checkWrite()) as { tag: string; val: { toDebugString(): string } };
  assert.is(error.tag, "last-operation-failed");
  assert.match(error.val.toDebugString(), /ENOSPC: full/);
  assert.is(
    tagOf(() => output.checkWrite()),
    "closed",
  );
  host.close();
});

test("an output that was ended or destroyed before is closed", () => {
  for (const stdout of [new PassThrough().end(), new PassThrough().destroy()]) {
    const { host, output } = stdoutOf(stdout);
    assert.is(
      tagOf(() => output.checkWrite()),
      "closed",
    );
    host.close();
  }
});

test("an output is closed once it has ended, though the stream is not destroyed", async () => {
  const stdout = new Writable({ autoDestroy: false, write: (_chunk, _encoding, done) => done() });
  const { host, output } = stdoutOf(stdout);
  assert.ok(output.checkWrite() > 0n);
  await new Promise<void>((resolve) => stdout.end(resolve));
  assert.is(
    tagOf(() => output.checkWrite()),
    "closed",
  );
  host.close();
});

test("to flush an output that is destroyed while it writes ends, though the stream never says so", async () => {
  const stdout = new Writable({ write: () => {} });
  const { host, output } = stdoutOf(stdout);
  const flushed = Promise.resolve(output.blockingWriteAndFlush(Buffer.from("never taken")));
  stdout.destroy();
  assert.is(((await flushed.catch((error: unknown) => error)) as { tag: string }).tag, "closed");
  host.close();
});

test("flush takes the permit until all is written; zeroes and spliced bytes are written as others", async () => {
  const gate: (() => void)[] = [];
  let written = 0;
  const stdout = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      written += chunk.length;
      gate.push(done);
    },
  });
  const { host, faces } = withStreams({ stdout, stdin: Readable.from([Buffer.from("spliced")]) });
  const output = faces["wasi:cli/stdout"].getStdout();
  const input = faces["wasi:cli/stdin"].getStdin();
  assert.ok(output.checkWrite() >= 10n);
  output.writeZeroes(10n);
  output.flush();
  assert.is(output.checkWrite(), 0n);
  const pollable = output.subscribe();
  assert.is(pollable.ready(), false);
  gate.shift()?.();
  await pollable.block();
  assert.ok(output.checkWrite() > 0n);
  assert.is(await output.blockingSplice(input, 100n), 7n);
  assert.is(written, 17);
  host.close();
});

test("an output takes 64 KiB, less what nobody has taken yet", async () => {
  const gate: (() => void)[] = [];
  const stdout = new Writable({ write: (_chunk, _encoding, done) => void gate.push(done) });
  const { host, output } = stdoutOf(stdout);
  assert.is(output.checkWrite(), 65_536n);
  output.write(Buffer.alloc(1000));
  assert.is(output.checkWrite(), 64_536n);
  output.write(Buffer.alloc(64_536));
  assert.is(output.checkWrite(), 0n);
  const pollable = output.subscribe();
  assert.is(pollable.ready(), false);
  gate.shift()?.();
  await pollable.block();
  assert.is(output.checkWrite(), 1000n);
  host.close();
});

test("to flush an output to which nothing was written takes nothing", () => {
  const { host, output } = stdoutOf(new PassThrough());
  const permit = output.checkWrite();
  output.flush();
  assert.is(output.checkWrite(), permit);
  host.close();
});

test("many hosts on one stream listen to it once", () => {
  const stdout = new PassThrough();
  for (let i = 0; i < 20; i++) {
    const { host, output } = stdoutOf(stdout);
    put(output, Buffer.from("x"));
    host.close();
  }
  assert.is(stdout.listenerCount("error"), 1);
  assert.ok(stdout.listenerCount("close") < 5);
});

test("many hosts on one input, one after the other, leave nothing behind", () => {
  const stdin = new PassThrough();
  const before = stdin.listenerCount("data");
  for (let i = 0; i < 20; i++) {
    const { host, input } = stdinOf(stdin);
    input.read(1n);
    host.close();
  }
  assert.is(stdin.listenerCount("data"), before);
  assert.ok(stdin.listenerCount("error") <= 1);
});

test("the insecure seed is one instance's, and another's is another", () => {
  const seedOf = (faces: object): bigint[] =>
    (faces as { "wasi:random/insecure-seed": { insecureSeed(): bigint[] } })[
      "wasi:random/insecure-seed"
    ].insecureSeed();
  const one = localImports();
  assert.equal(seedOf(one), seedOf(one));
  assert.not.equal(seedOf(one), seedOf(localImports()));
});

test.run();
