import * as assert from "uvu/assert";
import { families } from "../conformance.ts";
import { loopback } from "../steps.ts";
import type { Guest } from "./guest.ts";
import { bound, conformance, connected, fails, listening } from "./steps.ts";

const { holds, run } = conformance("options");

const SECOND = 1_000_000_000n;
/** Each option with a value that is read back as it is set, and the largest. */
const TCP: readonly (readonly [option: string, value: bigint | number, most: bigint | number])[] = [
  ["keep-alive-idle-time", 42n * SECOND, 2n ** 64n - 1n],
  ["keep-alive-interval", 42n * SECOND, 2n ** 64n - 1n],
  ["keep-alive-count", 42, 2 ** 32 - 1],
  ["hop-limit", 42, 255],
  ["receive-buffer-size", 65536n, 2n ** 64n - 1n],
  ["send-buffer-size", 65536n, 2n ** 64n - 1n],
];
const UDP: typeof TCP = [
  ["unicast-hop-limit", 42, 255],
  ["receive-buffer-size", 65536n, 2n ** 64n - 1n],
  ["send-buffer-size", 65536n, 2n ** 64n - 1n],
];

async function hold(guest: Guest, kind: "tcp" | "udp", socket: number, of: typeof TCP): Promise<void> {
  for (const [option, value, most] of of) {
    const get = (): Promise<number | bigint> => guest.call(`${kind}-socket.get-${option}`, socket);
    const set = (to: number | bigint): Promise<undefined> =>
      guest.call(`${kind}-socket.set-${option}`, socket, to);
    const zero = typeof value === "bigint" ? 0n : 0;
    const one = typeof value === "bigint" ? 1n : 1;
    assert.ok((await get()) > zero, `${option} is ${await get()} to begin with`);
    await fails(set(zero), "invalid-argument");
    await set(one);
    await set(most);
    await set(value);
    assert.equal(await get(), value, option);
  }
}

for (const family of families) {
  holds("O1, O2, O3, O5, O6", `${family}: options of TCP in each state`, async ({ guest }) => {
    const { socket: listener, address } = await listening(guest, loopback(family));
    const unbound = await guest.createTcp(family);
    for (const socket of [
      unbound,
      await bound(guest, loopback(family)),
      listener,
      await connected(guest, address),
    ]) {
      for (const wanted of [true, false]) {
        await guest.call("tcp-socket.set-keep-alive-enabled", socket, wanted);
        assert.is(await guest.call("tcp-socket.get-keep-alive-enabled", socket), wanted);
      }
      await hold(guest, "tcp", socket, TCP);
      await guest.call("tcp-socket.set-hop-limit", socket, 255);
      assert.is(await guest.call("tcp-socket.get-hop-limit", socket), 255);
    }
  });

  holds("Z1", `${family}: options of UDP in each state`, async ({ guest }) => {
    const unbound = await guest.createUdp(family);
    const plain = await bound(guest, loopback(family), "udp");
    const peered = await bound(guest, loopback(family), "udp");
    await guest.call("udp-socket.connect", peered, await guest.localAddress(plain, "udp"));
    for (const socket of [unbound, plain, peered]) await hold(guest, "udp", socket, UDP);
  });
}

holds("O4, O8", "times are cut to what the kernel takes", async ({ guest }) => {
  const socket = await guest.createTcp("ipv4");
  for (const option of ["keep-alive-idle-time", "keep-alive-interval"]) {
    await guest.call(`tcp-socket.set-${option}`, socket, 1n);
    const least = await guest.call<bigint>(`tcp-socket.get-${option}`, socket);
    assert.ok(least > 0n && least <= SECOND, `${least}`);
    await guest.call(`tcp-socket.set-${option}`, socket, 2n ** 64n - 1n);
    assert.is(await guest.call(`tcp-socket.get-${option}`, socket), 32767n * SECOND);
  }
  await guest.call("tcp-socket.set-keep-alive-count", socket, 1000);
  assert.is(await guest.call("tcp-socket.get-keep-alive-count", socket), 127);
});

holds("O2, O7", "the backlog is no zero, and belongs to who listens or will", async ({ guest }) => {
  const set = (socket: number, value: bigint): Promise<undefined> =>
    guest.call("tcp-socket.set-listen-backlog-size", socket, value);
  const unbound = await guest.createTcp("ipv4");
  await fails(set(unbound, 0n), "invalid-argument");
  for (const value of [1n, 2n ** 64n - 1n]) await set(unbound, value);
  const { socket, address } = await listening(guest);
  await set(socket, 10n).catch((error: unknown) =>
    assert.is((error as { tag?: string }).tag, "not-supported"),
  );
  await fails(set(await connected(guest, address), 10n), "invalid-state");
});

run();
