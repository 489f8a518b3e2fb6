import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { lower } from "../../host/lowered/index.ts";
import {
  FakeHost,
  give,
  guestModule,
  heapStart,
  type KnownImport,
  knownImports,
  makeGuest,
  makeWorld,
  resourceNamed,
  wasm,
} from "./lowered-support.ts";

const everything = await guestModule(knownImports);
const streams = "wasi:io/streams";
const read = "[method]input-stream.read";
const write = "[method]output-stream.write";

function importOf(interfaceName: string, name: string): KnownImport {
  return {
    interface: interfaceName,
    name,
    signature: { params: ["i32"], results: [] },
    type: undefined,
    resource: undefined,
  };
}

test("imports are given under the versioned names of the module, whichever patch of 0.2 it is", async () => {
  const { host, lowered } = makeWorld();
  const some = knownImports.filter(({ interface: from }) => from === "wasi:io/poll");
  for (const version of ["0.2.0", "0.2.6", "0.2.99", "0.2.0-rc-2024-01-16"]) {
    const imports = lowered.imports(await guestModule(some, version));
    assert.equal(Object.keys(imports), [`wasi:io/poll@${version}`]);
    assert.equal(
      Object.keys(imports[`wasi:io/poll@${version}`] ?? {}),
      some.map(({ name }) => name),
    );
  }
  assert.equal(Object.keys(lower(host.faces).imports(await guestModule(some, "0.3.0"))), []);
});

test("imports of interfaces that the host doesn't serve are left to others", async () => {
  const { host } = makeWorld();
  const module = await guestModule([
    importOf("wasi:cli/exit", "exit"),
    importOf("wasi:io/poll", "[method]pollable.block"),
  ]);
  const { "wasi:cli/exit": _, ...faces } = host.faces;
  assert.equal(Object.keys(lower(faces).imports(module)), ["wasi:io/poll@0.2.12"]);
  const error = { "wasi:io/error": host.faces["wasi:io/error"] };
  assert.equal(Object.keys(lower(error).imports(module)), []);
});

test("a function that a module imports as of other core types than it has traps", async () => {
  const { lowered } = makeWorld();
  const zeroes = "[method]output-stream.write-zeroes";
  const drop = "[resource-drop]output-stream";
  for (const [name, params, args] of [
    [zeroes, ["i32", "f64", "i32"], [1, Number.NaN, 64]],
    [zeroes, ["i32", "i32", "i32"], [1, 1, 64]],
    [zeroes, ["i32", "i64"], [1, 1n]],
    [zeroes, ["i32", "i64", "i32", "i32"], [1, 1n, 64, 0]],
    [zeroes, ["f64", "i64", "i32"], [1.5, 1n, 64]],
    [drop, ["f32"], [0.5]],
    [drop, ["i64"], [1n]],
    [drop, [], []],
  ] as const) {
    const module = await guestModule([{ ...importOf(streams, name), signature: { params, results: [] } }]);
    const guest = makeGuest(module, lowered.imports(module));
    assert.throws(() => guest.call(streams, name, ...args), /imported with other core types than/);
  }
});

test("names of Object.prototype are no imports", async () => {
  const { host } = makeWorld();
  const text = `(module
    (import "constructor" "constructor" (func (param externref) (result externref)))
    (import "__proto__" "toString" (func))
    (import "wasi:io/poll@0.2.0" "[resource-drop]pollable" (func (param i32))))`;
  const imports = lower(host.faces).imports(new wasm.Module(await parse(text)));
  assert.equal(Reflect.ownKeys(imports), ["wasi:io/poll@0.2.0"]);
  assert.is(Object.getPrototypeOf(imports), null);
  assert.is(Object.getPrototypeOf(imports["wasi:io/poll@0.2.0"]), null);
  for (const [from, name] of [
    ["wasi:io/poll", "constructor"],
    ["wasi:io/poll", "__proto__"],
    ["wasi:io/poll", "[resource-drop]constructor"],
    ["wasi:io/poll", "[method]constructor.constructor"],
  ]) {
    const module = new wasm.Module(await parse(`(module (import "${from}@0.2.0" "${name}" (func)))`));
    assert.throws(() => lower(host.faces).imports(module), /which WASI 0\.2 does not have/);
  }
});

test("an import that WASI or the face doesn't have is refused by name", async () => {
  const { lowered, host } = makeWorld();
  const unknown = await guestModule([importOf("wasi:io/poll", "[method]pollable.peek")]);
  assert.throws(
    () => lowered.imports(unknown),
    /wasi:io\/poll#\[method\]pollable\.peek, which WASI 0\.2 does not have/,
  );
  const known = await guestModule([importOf("wasi:io/poll", "[method]pollable.block")]);
  assert.throws(
    () => lower({ ...host.faces, "wasi:io/poll": { poll: () => [] } }).imports(known),
    /\[method\]pollable\.block, which the host's face does not have/,
  );
});

test("a handle that is not in use, or stands for something else, is a trap that says so", () => {
  const world = makeWorld();
  const { guest, lowered } = world;
  const { handle: pollable } = give(world, "pollable");
  const ready = (handle: number): unknown => guest.call("wasi:io/poll", "[method]pollable.ready", handle);
  for (const bad of [0, -1, 99, 2 ** 31]) {
    assert.throws(
      () => ready(bad),
      (error: Error) =>
        error instanceof Error &&
        error.message ===
          `wasi:io/poll#[method]pollable.ready: ${bad >>> 0} is not a handle in use; expected a handle to wasi:io/poll pollable`,
    );
  }
  const { handle: input } = give(world, "input-stream");
  assert.throws(
    () => ready(input),
    /2 is a handle to input-stream; expected a handle to wasi:io\/poll pollable/,
  );
  assert.throws(
    () => guest.call(streams, "[method]input-stream.subscribe", pollable),
    /1 is a handle to pollable; expected a handle to wasi:io\/streams input-stream/,
  );
  lowered.table.drop(pollable);
  assert.throws(() => ready(pollable), /1 is not a handle in use/);
});

test("dropping a handle disposes of its object once, and frees the handle for the next", () => {
  const world = makeWorld();
  const { guest, host, lowered } = world;
  const { handle, object } = give(world, "tcp-socket");
  const drop = "[resource-drop]tcp-socket";
  assert.throws(
    () => guest.call("wasi:sockets/udp", "[resource-drop]udp-socket", handle),
    /is a handle to tcp-socket/,
  );
  assert.equal(host.disposed, []);
  guest.call("wasi:sockets/tcp", drop, handle);
  assert.is(host.disposed.length, 1);
  assert.is(host.disposed[0], object);
  assert.is(lowered.table.size, 0);
  assert.throws(() => guest.call("wasi:sockets/tcp", drop, handle), /not a handle in use/);
  assert.is(give(world, "pollable").handle, handle);
  assert.is(lowered.table.size, 1);
});

test("a result that is a handle is the face's object in the table", () => {
  const world = makeWorld();
  const { guest, host, lowered } = world;
  const { handle } = give(world, "input-stream");
  const pollable = host.make(resourceNamed("pollable"));
  host.answer = () => pollable;
  const given = guest.call(streams, "[method]input-stream.subscribe", handle) as number;
  assert.is(lowered.table.get(given), pollable);
  host.answer = () => ({});
  assert.throws(
    () => guest.call(streams, "[method]input-stream.subscribe", handle),
    /the host answered an object of class Object where a pollable belongs/,
  );
});

test("an Error that a face throws is a trap, anything else the error of the result", () => {
  const world = makeWorld();
  const { guest, host } = world;
  const { handle } = give(world, "tcp-socket");
  const call = (): unknown => guest.call("wasi:sockets/tcp", "[method]tcp-socket.finish-bind", handle, 64);
  host.answer = () => {
    throw "would-block";
  };
  call();
  assert.equal([...guest.bytes().slice(64, 66)], [1, 8]);
  const bug = new TypeError("a bug in the host");
  host.answer = () => {
    throw bug;
  };
  assert.throws(call, (error: unknown) => (error as Error).cause === bug);
  host.answer = () => {
    throw "no-such-code";
  };
  assert.throws(call, /finish-bind: the host answered "no-such-code", which is none of its cases/);
  assert.throws(
    () => guest.call("wasi:sockets/tcp", "[method]tcp-socket.is-listening", handle),
    /is-listening: the host threw "no-such-code", but/,
  );
});

test("bytes are lent as a view of the guest's memory, and given by one allocation", () => {
  const world = makeWorld();
  const { guest, host } = world;
  const { handle: output } = give(world, "output-stream");
  let lent: unknown;
  const face = host.faces[streams]?.OutputStream as { prototype: { write: unknown } };
  Object.defineProperty(face.prototype, "write", {
    value: (bytes: Uint8Array) => {
      lent = bytes;
    },
  });
  guest.call(streams, write, output, 0x2000, 100, 64);
  assert.is((lent as Uint8Array).buffer, guest.bytes().buffer);
  assert.equal([(lent as Uint8Array).byteOffset, (lent as Uint8Array).length], [0x2000, 100]);

  const { handle: input } = give(world, "input-stream");
  host.answer = () => Uint8Array.of(1, 2, 3);
  guest.call(streams, read, input, 3n, 64);
  assert.is(guest.reallocs(), 1);
  assert.equal([guest.view().getUint32(68, true), guest.view().getUint32(72, true)], [heapStart, 3]);
  host.answer = () => new Uint8Array(0);
  guest.call(streams, read, input, 3n, 64);
  assert.is(guest.reallocs(), 2);
});

test("a list that makes the guest's memory grow arrives in the memory that has grown", () => {
  const world = makeWorld();
  const { guest, host } = world;
  const { handle } = give(world, "input-stream");
  host.answer = () => new Uint8Array(200_000).fill(7);
  guest.call(streams, read, handle, 200_000n, 64);
  assert.ok(guest.bytes().length > 200_000);
  const start = guest.view().getUint32(68, true);
  assert.equal([guest.bytes()[64], guest.view().getUint32(72, true)], [0, 200_000]);
  assert.ok(
    guest
      .bytes()
      .subarray(start, start + 200_000)
      .every((byte) => byte === 7),
  );
});

test("memory that grows while a face runs is still written to", () => {
  const world = makeWorld();
  const { guest, host } = world;
  const { handle } = give(world, "output-stream");
  host.answer = () => {
    (guest.exports.memory as unknown as { grow(pages: number): void }).grow(1);
    return 77n;
  };
  guest.call(streams, "[method]output-stream.check-write", handle, 64);
  assert.is(guest.view().getBigUint64(72, true), 77n);
});

test("pointers out of bounds or misaligned are traps before the face is called", () => {
  const world = makeWorld();
  const { guest, host } = world;
  const { handle } = give(world, "output-stream");
  const size = guest.bytes().length;
  let calls = 0;
  host.answer = () => {
    calls++;
  };
  const bad: [name: string, args: unknown[]][] = [
    [write, [handle, size - 4, 5, 64]],
    [write, [handle, -1, 1, 64]],
    [write, [handle, 1, -1, 64]],
    [write, [handle, 0, 1, size - 8]],
    [write, [handle, 0, 1, 66]],
    ["[method]output-stream.check-write", [handle, 68]],
  ];
  for (const [name, args] of bad) {
    assert.throws(
      () => guest.call(streams, name, ...args),
      /not within the memory of 65536 bytes/,
      `${name} ${args}`,
    );
  }
  assert.throws(() => guest.call("wasi:io/poll", "poll", 0x1002, 1, 64), /4 bytes, aligned to 4, at 0x1002/);
  assert.throws(() => guest.call("wasi:io/poll", "poll", 0, 2 ** 30, 64), /not within the memory/);
  assert.is(calls, 0);
});

test("a list of more items than a guest can have use for is a trap, and none of them is looked at", () => {
  const world = makeWorld();
  const { guest, host } = world;
  (guest.exports.memory as unknown as { grow(pages: number): void }).grow(1024);
  let calls = 0;
  host.answer = () => calls++;
  assert.throws(
    () => guest.call("wasi:io/poll", "poll", 0x1000, 2 ** 20, 64),
    /1048576 items; at most 262144/,
  );
  const { handle } = give(world, "outgoing-datagram-stream");
  const send = "[method]outgoing-datagram-stream.send";
  const before = process.memoryUsage().heapUsed;
  assert.throws(() => guest.call("wasi:sockets/udp", send, handle, 0x1000, 2 ** 20, 64), /at most 262144/);
  assert.ok(process.memoryUsage().heapUsed - before < 1e6);
  assert.is(calls, 0);
});

test("memory that cabi_realloc gives is checked too", async () => {
  const host = new FakeHost();
  const lowered = lower(host.faces);
  const call = lowered.imports(everything)[`${streams}@0.2.12`]?.[read] as unknown as (
    ...args: unknown[]
  ) => void;
  const memory = new wasm.Memory({ initial: 1 });
  lowered.attach({ memory, cabi_realloc: () => 65_530 });
  const handle = lowered.table.add(host.make(resourceNamed("input-stream")));
  host.answer = () => new Uint8Array(16);
  assert.throws(() => call(handle, 16n, 64), /16 bytes, aligned to 1, at 0xfffa/);
});

test("what the guest passes is read as its type says", () => {
  const world = makeWorld();
  const { guest, host } = world;
  const { handle } = give(world, "tcp-socket");
  const last = (name: string, value: unknown): unknown => {
    guest.call("wasi:sockets/tcp", `[method]tcp-socket.${name}`, handle, value, 64);
    return host.received[1];
  };
  assert.is(last("set-keep-alive-count", -1), 0xffff_ffff);
  assert.is(last("set-hop-limit", 0x1ff), 0xff);
  assert.is(last("set-keep-alive-enabled", 2), true);
  assert.is(last("set-receive-buffer-size", -1n), 2n ** 64n - 1n);
  assert.throws(() => last("shutdown", 3), /shutdown: 3 names none of 3 cases/);
  assert.throws(() => last("shutdown", -1), /shutdown: 4294967295 names none of 3 cases/);
});

test("an address of an unknown family is a trap", () => {
  const world = makeWorld();
  const { guest } = world;
  const { handle } = give(world, "tcp-socket");
  const { handle: network } = give(world, "network");
  const rest = new Array<number>(11).fill(0);
  const connect = "[method]tcp-socket.start-connect";
  assert.throws(
    () => guest.call("wasi:sockets/tcp", connect, handle, network, 2, ...rest, 64),
    /2 names none of 2/,
  );
  const { handle: sender } = give(world, "outgoing-datagram-stream");
  const send = "[method]outgoing-datagram-stream.send";
  guest.view().setUint8(0x1008, 1);
  guest.view().setUint8(0x100c, 9);
  assert.throws(() => guest.call("wasi:sockets/udp", send, sender, 0x1000, 1, 64), /9 names none of 2/);
  guest.view().setUint8(0x1008, 7);
  assert.throws(() => guest.call("wasi:sockets/udp", send, sender, 0x1000, 1, 64), /7 names none of 2/);
});

test("a name that is not UTF-8 is a trap", () => {
  const world = makeWorld();
  const { guest } = world;
  const { handle } = give(world, "network");
  guest.bytes().set([0x61, 0xff], 0x1000);
  assert.throws(
    () => guest.call("wasi:sockets/ip-name-lookup", "resolve-addresses", handle, 0x1000, 2, 64),
    /resolve-addresses: the 2 bytes of a string at 0x1000 are not UTF-8/,
  );
});

test("a name that is too long for one is not decoded: the host refuses it by its length", () => {
  const world = makeWorld();
  const { guest, host } = world;
  const { handle } = give(world, "network");
  const given = (): unknown => host.received.at(-1);
  host.answer = () => {
    throw "invalid-argument";
  };
  const call = (length: number): void =>
    void guest.call("wasi:sockets/ip-name-lookup", "resolve-addresses", handle, 0x1000, length, 64);
  const most = 16 * 1024;
  guest.bytes().fill(0x61, 0x1000, 0x1000 + most);
  call(most);
  assert.is(given(), "a".repeat(most));
  // what is no UTF-8 would be a trap, if it were looked at
  guest.bytes()[0x1000] = 0xff;
  call(most + 1);
  assert.is((given() as string).length, most);
  assert.throws(() => call(guest.bytes().length), /are not within the memory/);
});

test("calls before attach, and lists without cabi_realloc, are traps", () => {
  const host = new FakeHost();
  const lowered = lower(host.faces);
  const guest = makeGuest(everything, lowered.imports(everything));
  const handle = lowered.table.add(host.make(resourceNamed("input-stream")));
  host.answer = () => new Uint8Array(0);
  assert.throws(() => guest.call(streams, read, handle, 1n, 64), /called before attach\(\)/);
  lowered.attach({ memory: guest.exports.memory });
  assert.throws(() => guest.call(streams, read, handle, 1n, 64), /exports no "cabi_realloc"/);
});

test("attach refuses what it can't serve", () => {
  const { lowered, guest, host } = makeWorld();
  assert.throws(() => lowered.attach(guest.exports), /already serve an instance/);
  const memory = new wasm.Memory({ initial: 1 });
  assert.throws(() => lower(host.faces).attach({}), /no memory named "memory"/);
  assert.throws(
    () => lower(host.faces).attach({ memory, cabi_realloc: 7 }),
    /"cabi_realloc" is not a function/,
  );
  const shared = new wasm.Memory({ initial: 1, maximum: 1, shared: true });
  assert.throws(() => lower(host.faces).attach({ memory: shared }), /shared memory/);
});

test("without suspending, a call that would have to wait is a trap; one that need not is served", async () => {
  const world = makeWorld();
  const { guest, host } = world;
  const { handle } = give(world, "pollable");
  const block = (): unknown => guest.call("wasi:io/poll", "[method]pollable.block", handle);
  block();
  host.answer = () => Promise.resolve();
  assert.throws(block, /pollable\.block: this would have to wait, and the guest can't be suspended here/);
  // A rejection that nobody waits for any more must not end the process.
  host.answer = () => Promise.reject(new Error("too late"));
  assert.throws(block, /would have to wait/);
  await new Promise(setImmediate);
});

test.run();
