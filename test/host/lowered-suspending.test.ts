import { test } from "uvu";
import * as assert from "uvu/assert";
import { lower } from "../../host/lowered/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { give, makeWorld, type World, wasm } from "./lowered-support.ts";

const streams = "wasi:io/streams";

test("suspending is refused by a runtime that can't", () => {
  if (hasJspi) assert.ok(lower({}, { suspending: true }));
  else assert.throws(() => lower({}, { suspending: true }), /can't suspend WebAssembly \(JSPI\)/);
});

const suspended = hasJspi ? test : test.skip;

/** Calls an import so that it may suspend. */
function callSuspending(
  { guest }: World,
  interfaceName: string,
  name: string,
  ...args: unknown[]
): Promise<unknown> {
  if (wasm.promising === undefined) throw new Error("this runtime has no JSPI");
  return wasm.promising(guest.exports[`${interfaceName}#${name}`])(...args);
}

suspended("a call that waits suspends the guest, and its answer is lowered after the wait", async () => {
  const world = makeWorld({ suspending: true });
  const { guest, host } = world;
  const { handle } = give(world, "pollable");
  let settle: (value: unknown) => void = () => {};
  host.answer = () => new Promise((resolve) => (settle = resolve));
  guest.view().setInt32(0x1000, handle, true);
  const polled = callSuspending(world, "wasi:io/poll", "poll", 0x1000, 1, 64);
  assert.is(guest.reallocs(), 0);
  (guest.exports.memory as unknown as { grow(pages: number): void }).grow(1);
  settle(Uint32Array.of(0));
  await polled;
  assert.is(guest.reallocs(), 1);
  const list = guest.view().getUint32(64, true);
  assert.equal([guest.view().getUint32(68, true), guest.view().getUint32(list, true)], [1, 0]);
});

suspended("a call that waits can end with the result's error, or with a trap", async () => {
  const world = makeWorld({ suspending: true });
  const { guest, host } = world;
  const { handle } = give(world, "output-stream");
  const flush = (): Promise<unknown> =>
    callSuspending(world, streams, "[method]output-stream.blocking-flush", handle, 64);
  host.answer = () => Promise.resolve();
  guest.bytes()[64] = 9;
  await flush();
  assert.is(guest.bytes()[64], 0);
  host.answer = () => Promise.reject({ tag: "closed" });
  await flush();
  assert.equal([guest.bytes()[64], guest.bytes()[68]], [1, 1]);
  const bug = new Error("the host was closed");
  host.answer = () => Promise.reject(bug);
  assert.is(await flush().catch((error: unknown) => (error as Error).cause), bug);
  const { handle: pollable } = give(world, "pollable");
  host.answer = () => Promise.reject("nothing that a pollable knows");
  const error = await callSuspending(world, "wasi:io/poll", "[method]pollable.block", pollable).catch(
    (e: unknown) => e,
  );
  assert.match((error as Error).message, /block: the host threw "nothing that a pollable knows"/);
});

suspended("a call that need not wait answers at once, also where it may suspend", () => {
  const world = makeWorld({ suspending: true });
  const { guest, host } = world;
  const { handle } = give(world, "input-stream");
  host.answer = () => Uint8Array.of(5);
  const promise = callSuspending(world, streams, "[method]input-stream.blocking-read", handle, 1n, 64);
  assert.is(guest.bytes()[guest.view().getUint32(68, true)], 5);
  return promise.then(() => {});
});

test.run();
