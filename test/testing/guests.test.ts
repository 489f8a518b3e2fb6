/** Programs of WebAssembly on a network in memory: unmodified, and with one history however they are run. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type RunOptions, runCommand } from "../../host/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { createNetwork, type TestNetwork } from "../../src/testing/index.ts";
import { PRINT, program, WAIT, wait, well } from "../run/guests.ts";
import { GUEST_HISTORY, guestHistory } from "./histories.ts";

/** It lies in build/examples/. */
const ECHO_SERVER = new URL("../../examples/assembly/echo-server.wasi03.wasm", import.meta.url);

/** On this thread, where it can be suspended; and blocking one of its own. */
const WAYS: readonly RunOptions[] = [...(hasJspi ? [{}] : []), { blocking: true }];

test("two components from files have one history, suspended or blocking, on every Node", async () => {
  for (const way of WAYS) {
    assert.is(await guestHistory(1, way), GUEST_HISTORY);
    assert.is.not(await guestHistory(2, way), GUEST_HISTORY);
  }
});

async function runOn(network: TestNetwork, bytes: Uint8Array, way: RunOptions): Promise<Uint8Array> {
  const { exitCode, trapped, stdout } = await runCommand(bytes, {
    network: network.host("one").network,
    stdout: "pipe",
    ...way,
  });
  assert.is(trapped, undefined);
  assert.is(exitCode, 0);
  return stdout ?? new Uint8Array(0);
}

test("a program of WASI 0.3 listens on just the address that it was told, all of its groups", async () => {
  const address = "2001:db8:1:2:3:4:5:6";
  const network = createNetwork({ seed: 1 });
  const machine = network.host("server", ["2001:db8:1:2:3:4:5:7", address]);
  const abort = new AbortController();
  const server = runCommand(readFileSync(ECHO_SERVER), {
    ...{ args: ["7", address], policy: { allowListen: true } },
    ...{ network: machine.network, signal: abort.signal, isolation: "none", stdout: "ignore" },
  });
  const { net } = network.host("client");
  let io = await net.openNetIo(address, 7);
  for (let i = 0; io === null && i < 100; i++) {
    await network.sleep(10);
    io = await net.openNetIo(address, 7);
  }
  assert.ok(io !== null);
  const [connection] = io;
  await connection.send(Buffer.from("all of them"));
  assert.is(String(await connection.receive(20)), "all of them");
  await connection.close();
  assert.is(await net.openNetIo("2001:db8:1:2:3:4:5:7", 7), null);
  abort.abort();
  await server;
});

test("a program waits a quarter of an hour in no time", async () => {
  const bytes = await program(wait, WAIT);
  for (const way of WAYS) {
    const network = createNetwork({ seed: 1 });
    await runOn(network, bytes, way);
    assert.is(network.now, 900_000);
  }
});

test("a program has the network's time of day, and its seed's chance", async () => {
  const bytes = await program(
    `(call $wall (i32.const 0))
     (i64.store (i32.const 16) (call $monotonic))
     (i64.store (i32.const 24) (call $random))
     (call $write (call $stdout) (i32.const 0) (i32.const 32) (i32.const 64)) ${well}`,
    `${PRINT}
     (import "wasi:clocks/wall-clock@0.2.0" "now" (func $wall (param i32)))
     (import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $monotonic (result i64)))
     (import "wasi:random/random@0.2.0" "get-random-u64" (func $random (result i64)))`,
  );
  const chance = new Set<bigint>();
  for (const way of WAYS) {
    for (const seed of [1, 1, 2]) {
      const network = createNetwork({ seed, start: new Date("2031-02-03T04:05:06Z") });
      await network.sleep(1500);
      const told = await runOn(network, bytes, way);
      const view = new DataView(told.buffer, told.byteOffset);
      assert.is(view.getBigUint64(0, true), BigInt(Date.UTC(2031, 1, 3, 4, 5, 7) / 1000));
      assert.is(view.getUint32(8, true), 500_000_000);
      assert.is(view.getBigUint64(16, true), 1_500_000_000n);
      chance.add(view.getBigUint64(24, true));
    }
  }
  assert.is(chance.size, 2);
});

test("a program that asks again and again is told when the time has come", async () => {
  const bytes = await program(
    `(local $until i64) (local.set $until (i64.add (call $monotonic) (i64.const 5000000)))
     (loop $l (br_if $l (i64.lt_u (call $monotonic) (local.get $until)))) ${well}`,
    '(import "wasi:clocks/monotonic-clock@0.2.0" "now" (func $monotonic (result i64)))',
  );
  for (const way of WAYS) {
    const network = createNetwork({ seed: 1 });
    await runOn(network, bytes, way);
    assert.is(network.now >= 5 && network.now < 6, true, `${network.now} ms`);
  }
});

test.run();
