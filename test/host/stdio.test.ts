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
