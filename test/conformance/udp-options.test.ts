import * as assert from "uvu/assert";
import { conformance, families } from "./conformance.ts";
import type { Guest, UdpSocket } from "./guest.ts";
import { kernelOptions } from "./outside.ts";
import { boundUdp, fails, loopback } from "./steps.ts";

const { holds, run } = conformance("udp-options");

/** A socket in each state that has options. */
async function everyState(guest: Guest): Promise<UdpSocket[]> {
  const connected = await boundUdp(guest);
  await connected.stream(loopback("ipv4", 4001));
  return [await guest.createUdpSocket("ipv4"), await boundUdp(guest), connected];
}

holds("Z1", "the defaults are above 0", async ({ guest }) => {
  for (const socket of await everyState(guest)) {
    assert.ok((await socket.unicastHopLimit()) > 0);
    assert.ok((await socket.receiveBufferSize()) > 0n);
    assert.ok((await socket.sendBufferSize()) > 0n);
  }
});

holds("Z2", "zero is not a value of any option", async ({ guest }) => {
  for (const socket of await everyState(guest)) {
    await fails(socket.setUnicastHopLimit(0), "invalid-argument");
    await fails(socket.setReceiveBufferSize(0n), "invalid-argument");
    await fails(socket.setSendBufferSize(0n), "invalid-argument");
  }
});

holds("Z3, Z4", "extremes are taken, and values read back, in every state", async ({ guest, network }) => {
  for (const socket of await everyState(guest)) {
    for (const hops of [1, 255, 42]) {
      await socket.setUnicastHopLimit(hops);
      assert.is(await socket.unicastHopLimit(), hops);
    }
    for (const size of [1n, 2n ** 64n - 1n, 65536n]) {
      await socket.setReceiveBufferSize(size);
      await socket.setSendBufferSize(size);
      assert.ok((await socket.receiveBufferSize()) > 0n && (await socket.sendBufferSize()) > 0n);
    }
    assert.is(await socket.receiveBufferSize(), 65536n);
    assert.is(await socket.sendBufferSize(), 65536n);
  }
  const early = await guest.createUdpSocket("ipv4");
  await early.setReceiveBufferSize(2n ** 64n - 1n);
  await early.setSendBufferSize(1n);
  await early.startBind(network, loopback());
  await early.finishBind();
  assert.ok((await early.receiveBufferSize()) > 0n && (await early.sendBufferSize()) > 0n);
});

if (kernelOptions(0, []) === undefined) {
  console.log("the kernel is not asked about options: that takes Linux, Python 3.9 and the right to ptrace");
} else {
  for (const family of families) {
    const hops = family === "ipv4" ? ("ttl" as const) : ("hops" as const);
    holds("Z4, Z5", `${family}: values reach the kernel, whether set before bind or after`, async (given) => {
      const { guest, network } = given;
      const socket = await guest.createUdpSocket(family);
      await socket.setUnicastHopLimit(42);
      await socket.setReceiveBufferSize(65536n);
      await socket.setSendBufferSize(50_000n);
      await socket.startBind(network, loopback(family));
      await socket.finishBind();
      const { port } = (await socket.localAddress()).val;
      // socket(7): the kernel reports twice what was asked for.
      assert.equal(kernelOptions(port, [hops, "receiveBuffer", "sendBuffer"]), [42, 131_072, 100_000]);
      await socket.setUnicastHopLimit(7);
      await socket.setReceiveBufferSize(40_000n);
      await socket.setSendBufferSize(30_000n);
      assert.equal(kernelOptions(port, [hops, "receiveBuffer", "sendBuffer"]), [7, 80_000, 60_000]);
    });
  }
}

run();
