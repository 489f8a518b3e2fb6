/** Taking datagrams with one call of the kernel: what it gives, and when it is tried. Needs koffi. */
import * as dgram from "node:dgram";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NodeAddress } from "../../host/network/address.ts";
import type { DatagramListener } from "../../host/network/network.ts";
import { type DatagramReader, datagramReader } from "../../host/network/node/datagram-batch.ts";
import { type UdpHandle, udpHandle } from "../../host/runtime/features.ts";
import { nativeOptions } from "../../host/sockets/native-options.ts";
import { freePort } from "../peers/ports.ts";

const check = typeof nativeOptions() === "string" ? test.skip : test;

interface Receiving {
  readonly socket: dgram.Socket;
  readonly port: number;
  readonly reader: DatagramReader;
  readonly got: { bytes: Buffer; from: NodeAddress }[];
  readonly failures: string[];
  readonly deferred: (() => void)[];
}

/** A socket of which libuv reads nothing. */
async function receiving({ allowsNative = true, gap = 0n, at = "127.0.0.1" } = {}): Promise<Receiving> {
  const socket = dgram.createSocket(at.includes(":") ? "udp6" : "udp4");
  socket.bind(0, at);
  await once(socket, "listening");
  const handle = udpHandle(socket) as UdpHandle & { recvStop(): void };
  handle.recvStop();
  const got: Receiving["got"] = [];
  const failures: string[] = [];
  const deferred: Receiving["deferred"] = [];
  const listener: DatagramListener = {
    allowsNative: () => allowsNative,
    arrived: (bytes, from) => void got.push({ bytes, from }),
    failed: (error) => void failures.push(error),
    sent: () => {},
    portClosed: () => {},
  };
  let now = 0n;
  const time = {
    monotonic: () => {
      now += gap;
      return now;
    },
    defer: (callback: () => void) => void deferred.push(callback),
  };
  const reader = datagramReader(handle, listener, time);
  assert.ok(reader);
  return { socket, port: socket.address().port, reader, got, failures, deferred };
}

/** As many datagrams from libuv as it takes until many are seen to come. */
function seeMany(reader: DatagramReader): void {
  for (let i = 0; i < 32; i++) reader.readOn();
}

async function sender(at = "127.0.0.1"): Promise<(bytes: Buffer, port: number) => Promise<void>> {
  const socket = dgram.createSocket(at.includes(":") ? "udp6" : "udp4");
  socket.bind(0, at);
  await once(socket, "listening");
  socket.unref();
  // what the kernel has when the callback comes is in the other socket's buffer
  return (bytes, port) =>
    new Promise((resolve, reject) => {
      socket.send(bytes, port, at, (error) => (error === null ? resolve() : reject(error)));
    });
}

check("datagrams of all sizes come whole, in order, each with its sender and memory of its own", async () => {
  const { socket, port, reader, got } = await receiving();
  const senders = [await sender(), await sender()];
  const sizes = [0, 1, 64, 65, 1400, 65_507, 3];
  const sent: Buffer[] = [];
  for (const [i, size] of sizes.entries()) {
    const bytes = Buffer.alloc(size, i + 1);
    sent.push(bytes);
    await senders[i < 4 ? 0 : 1]?.(bytes, port);
  }
  seeMany(reader);
  assert.equal(
    got.map(({ bytes }) => bytes),
    sent,
  );
  assert.ok(got.every(({ bytes }) => Buffer.isBuffer(bytes) && bytes.length === bytes.buffer.byteLength));
  assert.ok(got.every(({ from }) => from.address === "127.0.0.1" && from.family === "IPv4"));
  const ports = got.map(({ from }) => from.port);
  assert.is(new Set(ports.slice(0, 4)).size, 1);
  assert.is(new Set(ports.slice(4)).size, 1);
  assert.is.not(ports[0], ports[4]);
  socket.close();
});

/** An address of a link with its zone, where this machine has one. */
const [linkLocal] = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
  addresses.flatMap(({ address }) => (address.startsWith("fe80:") ? [`${address}%${name}`] : [])),
);

for (const at of ["::1", ...(linkLocal === undefined ? [] : [linkLocal])]) {
  check(`senders of IPv6 are told as libuv tells them: ${at}`, async () => {
    const { socket, port, reader, got } = await receiving({ at });
    const senders = [await sender(at), await sender(at)];
    for (const i of [0, 0, 1, 0]) await senders[i]?.(Buffer.from([i]), port);
    seeMany(reader);
    assert.equal(
      got.map(({ bytes }) => bytes[0]),
      [0, 0, 1, 0],
    );
    assert.ok(got.every(({ from }) => from.address === at && from.family === "IPv6"));
    const ports = got.map(({ from }) => from.port);
    assert.is(ports[0], ports[1]);
    assert.is(ports[0], ports[3]);
    assert.is.not(ports[0], ports[2]);
    socket.close();
  });
}

check("a turn of the loop takes 256 at most, and the next one goes on", async () => {
  const { socket, port, reader, got, deferred } = await receiving();
  socket.setRecvBufferSize(4 << 20);
  const send = await sender();
  seeMany(reader);
  for (let i = 0; i < 150; i++) await send(Buffer.from([i]), port);
  reader.readOn();
  assert.is(got.length, 150);
  for (let i = 0; i < 150; i++) await send(Buffer.from([i]), port);
  reader.readOn();
  assert.is(got.length, 278);
  reader.readOn();
  assert.is(got.length, 278);
  assert.is(deferred.length, 1);
  deferred[0]?.();
  reader.readOn();
  assert.is(got.length, 300);
  socket.close();
});

check("after a try that found nothing it waits for one, two, four more datagrams of libuv's", async () => {
  const { socket, port, reader, got } = await receiving();
  const send = await sender();
  seeMany(reader);
  // the second and the third
  reader.readOn();
  reader.readOn();
  reader.readOn();
  await send(Buffer.from("x"), port);
  for (const expected of [0, 0, 0, 1]) {
    reader.readOn();
    assert.is(got.length, expected);
  }
  await send(Buffer.from("y"), port);
  reader.readOn();
  assert.is(got.length, 2);
  socket.close();
});

check("what ICMP said is told, and a closed socket gives nothing", async () => {
  const { socket, port, reader, got, failures } = await receiving();
  seeMany(reader);
  socket.connect(await freePort(), "127.0.0.1");
  await once(socket, "connect");
  await new Promise((resolve) => socket.send(Buffer.from("x"), resolve));
  reader.readOn();
  assert.equal(failures, ["ECONNREFUSED"]);
  socket.disconnect();
  await (await sender())(Buffer.from("x"), port);
  socket.close();
  for (let i = 0; i < 64; i++) reader.readOn();
  assert.is(got.length, 0);
});

for (const [name, how] of [
  ["native code is not wanted", { allowsNative: false }],
  ["datagrams come one by one", { gap: 5_000_000n }],
] as const) {
  check(`nothing is taken where ${name}`, async () => {
    const { socket, port, reader, got } = await receiving(how);
    await (await sender())(Buffer.from("x"), port);
    // others have found the call by now
    for (let i = 0; i < 4; i++) seeMany(reader);
    assert.is(got.length, 0);
    socket.close();
  });
}

test.run();
