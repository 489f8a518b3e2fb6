/** The real faces under `host/lowered`: a guest on core imports alone that talks over loopback. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost, type Host } from "../../host/host.ts";
import type { Pollable } from "../../host/io/poll.ts";
import { type Lowered, lower } from "../../host/lowered/index.ts";
import { allowAll } from "../../host/policy/policy.ts";
import { type Guest, guestModule, knownImports, makeGuest } from "./lowered-support.ts";

const loopback = [0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0];
const wouldBlock = 8;
const into = 0x100;

/** A guest that calls as a C program would, and waits on the event loop. */
class Program {
  readonly host: Host;
  readonly #lowered: Lowered;
  readonly #guest: Guest;

  private constructor(host: Host, lowered: Lowered, guest: Guest) {
    this.host = host;
    this.#lowered = lowered;
    this.#guest = guest;
  }

  static async start(): Promise<Program> {
    const host = createHost({ policy: allowAll });
    const lowered = lower(host.imports);
    const served = knownImports.filter(({ interface: name }) => name in host.imports);
    const module = await guestModule(served);
    const guest = makeGuest(module, lowered.imports(module));
    lowered.attach(guest.exports);
    return new Program(host, lowered, guest);
  }

  get handles(): number {
    return this.#lowered.table.size;
  }

  call(name: string, ...args: unknown[]): number {
    const [interfaceName = "", member = ""] = name.split("#");
    return this.#guest.call(interfaceName, member, ...args) as number;
  }

  u8(at: number): number {
    return this.#guest.view().getUint8(at);
  }

  u32(at: number): number {
    return this.#guest.view().getUint32(at, true);
  }

  /** Calls a function that returns a result with its payload at `offset`; throws the error's number. */
  ask(name: string, offset: number, ...args: unknown[]): void {
    this.call(name, ...args, into);
    if (this.u8(into) !== 0) throw new Error(`${name}: error ${this.u8(into + offset)}`);
  }

  /** As {@link ask}, again and again, waiting in between, as long as it would block. */
  async finish(name: string, offset: number, self: number, ...args: unknown[]): Promise<void> {
    for (;;) {
      this.call(name, self, ...args, into);
      if (this.u8(into) === 0) return;
      if (this.u8(into + offset) !== wouldBlock) throw new Error(`${name}: error ${this.u8(into + offset)}`);
      await this.wait(name.replace(/\.[^.]*$/, ".subscribe"), self);
    }
  }

  async wait(subscribe: string, self: number): Promise<void> {
    const pollable = this.call(subscribe, self);
    await (this.#lowered.table.get(pollable) as Pollable).block();
    this.drop("wasi:io/poll", "pollable", pollable);
  }

  drop(interfaceName: string, resource: string, handle: number): void {
    this.call(`${interfaceName}#[resource-drop]${resource}`, handle);
  }

  put(at: number, bytes: Uint8Array): void {
    this.#guest.bytes().set(bytes, at);
  }

  /** The list of bytes whose pointer and length are at `at`. */
  bytes(at: number): Uint8Array {
    return this.#guest.bytes().slice(this.u32(at), this.u32(at) + this.u32(at + 4));
  }
}

const tcp = "wasi:sockets/tcp#[method]tcp-socket";
const udp = "wasi:sockets/udp#[method]udp-socket";
const input = "wasi:io/streams#[method]input-stream";
const output = "wasi:io/streams#[method]output-stream";

test("TCP: listen, connect, accept, send, half-close and receive, all handles dropped in the end", async () => {
  const program = await Program.start();
  const network = program.call("wasi:sockets/instance-network#instance-network");
  const create = (): number => {
    program.ask("wasi:sockets/tcp-create-socket#create-tcp-socket", 4, 0);
    return program.u32(into + 4);
  };
  const listener = create();
  program.ask(`${tcp}.start-bind`, 1, listener, network, ...loopback);
  await program.finish(`${tcp}.finish-bind`, 1, listener);
  program.ask(`${tcp}.start-listen`, 1, listener);
  await program.finish(`${tcp}.finish-listen`, 1, listener);
  assert.is(program.call(`${tcp}.is-listening`, listener), 1);
  program.ask(`${tcp}.local-address`, 4, listener);
  const port = program.u8(into + 8) | (program.u8(into + 9) << 8);
  assert.equal([program.u8(into + 4), program.u8(into + 10), program.u8(into + 13)], [0, 127, 1]);

  const client = create();
  program.ask(`${tcp}.start-connect`, 1, client, network, 0, port, ...loopback.slice(2));
  await program.finish(`${tcp}.finish-connect`, 4, client);
  const [clientIn, clientOut] = [program.u32(into + 4), program.u32(into + 8)];
  await program.finish(`${tcp}.accept`, 4, listener);
  const [server, serverIn, serverOut] = [4, 8, 12].map((at) => program.u32(into + at)) as [
    number,
    number,
    number,
  ];

  const sent = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff);
  program.put(0x1000, sent);
  program.ask(`${output}.check-write`, 8, clientOut);
  assert.ok(program.u32(into + 8) >= sent.length);
  program.ask(`${output}.write`, 4, clientOut, 0x1000, sent.length);
  program.put(0x1000, new Uint8Array(1000));
  program.ask(`${tcp}.shutdown`, 1, client, 1);

  const received: number[] = [];
  for (;;) {
    program.call(`${input}.read`, serverIn, 4096n, into);
    if (program.u8(into) === 1) break;
    received.push(...program.bytes(into + 4));
    await program.wait(`${input}.subscribe`, serverIn);
  }
  assert.is(program.u8(into + 4), 1, "the stream ended as closed");
  assert.equal(received, [...sent]);

  for (const stream of [clientIn, serverIn]) program.drop("wasi:io/streams", "input-stream", stream);
  for (const stream of [clientOut, serverOut]) program.drop("wasi:io/streams", "output-stream", stream);
  for (const socket of [client, server, listener]) program.drop("wasi:sockets/tcp", "tcp-socket", socket);
  program.drop("wasi:sockets/network", "network", network);
  assert.is(program.handles, 0);
  program.host.close();
});

test("UDP: datagrams keep their bounds and show their sender", async () => {
  const program = await Program.start();
  const network = program.call("wasi:sockets/instance-network#instance-network");
  program.ask("wasi:sockets/udp-create-socket#create-udp-socket", 4, 0);
  const socket = program.u32(into + 4);
  program.ask(`${udp}.start-bind`, 1, socket, network, ...loopback);
  await program.finish(`${udp}.finish-bind`, 1, socket);
  program.ask(`${udp}.local-address`, 4, socket);
  const port = program.u8(into + 8) | (program.u8(into + 9) << 8);
  program.ask(`${udp}.stream`, 4, socket, 0, ...new Array<number>(12).fill(0));
  const [incoming, outgoing] = [program.u32(into + 4), program.u32(into + 8)];
  const sender = "wasi:sockets/udp#[method]outgoing-datagram-stream";
  const receiver = "wasi:sockets/udp#[method]incoming-datagram-stream";

  // Two datagrams of 3 and 5 bytes to the socket itself, 44 bytes each in the list.
  program.put(0x1000, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  for (const [i, [start, length]] of [[0x1000, 3] as const, [0x1003, 5] as const].entries()) {
    const at = 0x2000 + 44 * i;
    const bytes = new Uint8Array(44);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, start, true);
    view.setUint32(4, length, true);
    view.setUint8(8, 1);
    view.setUint16(16, port, true);
    bytes.set([127, 0, 0, 1], 18);
    program.put(at, bytes);
  }
  program.ask(`${sender}.check-send`, 8, outgoing);
  while (program.u32(into + 8) < 2) {
    await program.wait(`${sender}.subscribe`, outgoing);
    program.ask(`${sender}.check-send`, 8, outgoing);
  }
  program.ask(`${sender}.send`, 8, outgoing, 0x2000, 2);
  assert.is(program.u32(into + 8), 2);

  const found: number[][] = [];
  while (found.length < 2) {
    program.ask(`${receiver}.receive`, 4, incoming, 8n);
    const [list, count] = [program.u32(into + 4), program.u32(into + 8)];
    for (let i = 0; i < count; i++) {
      found.push([...program.bytes(list + 40 * i)]);
      assert.is(program.u8(list + 40 * i + 8), 0);
      assert.is(program.u8(list + 40 * i + 12) | (program.u8(list + 40 * i + 13) << 8), port);
    }
    if (count === 0) await program.wait(`${receiver}.subscribe`, incoming);
  }
  assert.equal(found, [
    [1, 2, 3],
    [4, 5, 6, 7, 8],
  ]);

  program.drop("wasi:sockets/udp", "incoming-datagram-stream", incoming);
  program.drop("wasi:sockets/udp", "outgoing-datagram-stream", outgoing);
  program.drop("wasi:sockets/udp", "udp-socket", socket);
  program.drop("wasi:sockets/network", "network", network);
  assert.is(program.handles, 0);
  program.host.close();
});

test("poll takes handles and answers which are ready", async () => {
  const program = await Program.start();
  const clock = "wasi:clocks/monotonic-clock";
  const soon = program.call(`${clock}#subscribe-duration`, 0n);
  const late = program.call(`${clock}#subscribe-duration`, 3_600_000_000_000n);
  const list = new DataView(new ArrayBuffer(8));
  list.setUint32(0, late, true);
  list.setUint32(4, soon, true);
  program.put(0x1000, new Uint8Array(list.buffer));
  program.call("wasi:io/poll#poll", 0x1000, 2, into);
  assert.equal([program.u32(into + 4), program.u32(program.u32(into))], [1, 1]);
  assert.throws(() => program.call("wasi:io/poll#poll", 0x1000, 1, into), /poll: this would have to wait/);
  program.host.close();
});

test("dropping a parent before its children is a trap", async () => {
  const program = await Program.start();
  program.ask("wasi:sockets/udp-create-socket#create-udp-socket", 4, 0);
  const socket = program.u32(into + 4);
  program.call(`${udp}.subscribe`, socket);
  assert.throws(() => program.drop("wasi:sockets/udp", "udp-socket", socket), /has children/);
  program.host.close();
});

test.run();
