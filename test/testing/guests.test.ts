/** Programs of WebAssembly on a network in memory: unmodified, and with one history however they are run. */
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type RunOptions, runCommand } from "../../host/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { createNetwork, type TestNetwork } from "../../src/testing/index.ts";
import { PRINT, program, WAIT, wait, well } from "../run/guests.ts";

/** On this thread, where it can be suspended; and blocking one of its own. */
const WAYS: readonly RunOptions[] = [...(hasJspi ? [{}] : []), { blocking: true }];

function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/assembly/${name}.wasm`, import.meta.url));
}

/** A page over HTTP from a server that runs on one machine, by a client that runs on another. */
async function history(seed: number, way: RunOptions): Promise<string> {
  const network = createNetwork({ seed, link: { latency: 5, jitter: 3, loss: 0.05 } });
  const stop = new AbortController();
  let listening = (): void => {};
  const isUp = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const serving = runCommand(example("http-server"), {
    policy: { allowListen: true, allowDns: true },
    network: network.host("server").network,
    args: ["80", "0.0.0.0"],
    isolation: "none",
    ...way,
    signal: stop.signal,
    stdout: "ignore",
    traceChannels: ["wasock:tcp:listen"],
    trace: () => listening(),
  });
  await isUp;
  const { exitCode, stdout } = await runCommand(example("http-get"), {
    policy: { allowNet: true },
    network: network.host("client").network,
    args: ["server", "80", "/about"],
    stdout: "pipe",
    ...way,
  });
  assert.is(exitCode, 0);
  assert.is(Buffer.from(stdout ?? []).toString(), "wasock: BSD sockets for WebAssembly.\n");
  await network.idle();
  const { hash } = network;
  stop.abort();
  assert.is((await serving).exitCode, 143);
  return hash;
}

test("two components from files have one history, suspended or blocking, on every Node", async () => {
  for (const way of WAYS) {
    // where the network, or what the programs send, is changed on purpose, this is another
    assert.is(await history(1, way), "70cca982a0a28b4c");
    assert.is.not(await history(2, way), "70cca982a0a28b4c");
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
