/** The sockets of a preview 1 guest, call by call: a reactor, whose functions are called here, between the peer's. */
import { once } from "node:events";
import * as net from "node:net";
import { PassThrough } from "node:stream";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createHost, type Host } from "../../host/host.ts";
import { allowAll } from "../../host/policy/policy.ts";
import { Errno, FdFlags, FileType, RiFlags, SdFlags } from "../../host/preview1/abi.ts";
import { preview1 } from "../../host/preview1/index.ts";
import { parseListener } from "../../host/preview1/listener.ts";
import { World } from "../../host/preview1/world.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { commandImports } from "../../host/wasi02/command.ts";
import { Program } from "./preview1-support.ts";
import { until } from "./support.ts";

const END = 64 * 65536;

/** A guest that listens, and who talks to it. */
class Served {
  readonly host: Host = createHost({ policy: allowAll });
  readonly world: World;
  readonly program: Program;
  readonly port: number;
  readonly #peers: net.Socket[] = [];

  constructor() {
    const stdin = new PassThrough();
    stdin.end("input");
    const stdout = new PassThrough();
    this.world = new World(
      { ...this.host.imports, ...commandImports(this.host.context, { stdin, stdout, stderr: stdout }) },
      { listen: [parseListener("tcp://127.0.0.1:0")], nonBlocking: true, isSuspending: false },
    );
    this.program = new Program(this.world.functions);
    this.port = this.world.listeners[0]?.address.val.port as number;
  }

  /** Lets a peer connect, and accepts it. */
  async accept(flags = 0): Promise<{ peer: net.Socket; fd: number }> {
    const peer = net.connect({ port: this.port, host: "127.0.0.1", allowHalfOpen: true });
    this.#peers.push(peer);
    await once(peer, "connect");
    let fd = 0;
    await until(() => {
      const [errno, number] = this.program.number("sock_accept", 3, flags);
      fd = number;
      return errno === 0;
    }, "it accepts");
    return { peer, fd };
  }

  /** Takes what a connection has; its errno, and the text. */
  receive(fd: number, size: number, flags = 0): [errno: number, text: string] {
    const { program } = this;
    const at = program.room(size);
    const told = program.room(8);
    program.view.setUint16(told + 4, 0xffff, true);
    const errno = program.do("sock_recv", fd, program.vector(at, size), 1, flags, told, told + 4);
    if (errno === 0) assert.is(program.view.getUint16(told + 4, true), 0);
    return [errno, errno === 0 ? program.textAt(at, program.view.getUint32(told, true)) : ""];
  }

  send(fd: number, text: string, flags = 0): number {
    const { program } = this;
    return program.do("sock_send", fd, program.vector(...program.text(text)), 1, flags, program.room(4));
  }

  /** What poll says of a descriptor when it is ready: errno, and whether it is hung up. */
  async poll(fd: number, type: 1 | 2): Promise<[errno: number, isHungUp: boolean]> {
    const { program } = this;
    const [at, events, count] = [program.room(48), program.room(32), program.room(4)];
    new Uint8Array(program.memory.buffer, at, 48).fill(0);
    program.view.setUint8(at + 8, type);
    program.view.setUint32(at + 16, fd, true);
    assert.is(await (program.do("poll_oneoff", at, events, 1, count) as number | Promise<number>), 0);
    assert.is(program.view.getUint32(count, true), 1);
    return [program.view.getUint16(events + 8, true), program.view.getBigUint64(events + 24, true) === 1n];
  }

  end(): void {
    for (const peer of this.#peers) peer.destroy();
    this.world.close();
    this.host.close();
  }
}

async function serving(work: (served: Served) => Promise<void>): Promise<void> {
  const served = new Served();
  try {
    await served.world.start({ memory: served.program.memory, _initialize: () => {} });
    await work(served);
  } finally {
    served.end();
  }
}

test("a listener accepts, and does nothing else", async () => {
  await serving(async (served) => {
    const { program } = served;
    const vector = program.vector(program.room(4), 4);
    assert.is(program.number("sock_accept", 3, 0)[0], Errno.again);
    assert.is(program.number("sock_accept", 3, FdFlags.append)[0], Errno.inval);
    assert.is(program.number("sock_accept", 3, FdFlags.append | FdFlags.nonblock)[0], Errno.inval);
    assert.is(program.number("sock_accept", 3, FdFlags.nonblock)[0], Errno.again);
    assert.is(served.receive(3, 4)[0], Errno.notconn);
    assert.is(served.send(3, "x"), Errno.notconn);
    assert.is(program.do("sock_shutdown", 3, SdFlags.rd), Errno.notconn);
    assert.is(program.number("fd_read", 3, vector, 1)[0], Errno.notconn);
    assert.is(program.number("fd_write", 3, vector, 1)[0], Errno.notconn);
    assert.is(program.number("fd_pread", 3, vector, 1, 0n)[0], Errno.spipe);
    assert.is(program.do("fd_sync", 3), Errno.inval);
    assert.equal(await served.poll(3, 2), [Errno.notconn, false]);
  });
});

test("what is no socket is told so", async () => {
  await serving(async (served) => {
    const { program } = served;
    for (const fd of [0, 1]) {
      assert.is(program.fdstat(fd).type, FileType.unknown, "no terminal");
      assert.is(program.number("sock_accept", fd, 0)[0], Errno.notsock);
      assert.is(served.receive(fd, 4)[0], Errno.notsock);
      assert.is(served.send(fd, "x"), Errno.notsock);
      assert.is(program.do("sock_shutdown", fd, SdFlags.rd), Errno.notsock);
    }
    assert.is(program.number("sock_accept", 99, 0)[0], Errno.badf);
    assert.is(served.receive(99, 4)[0], Errno.badf);
  });
});

test("a connection is accepted only where its number can be told", async () => {
  await serving(async (served) => {
    const { program } = served;
    const peer = net.connect(served.port, "127.0.0.1");
    await once(peer, "connect");
    await until(() => program.do("sock_accept", 3, 0, END - 2) === Errno.fault, "it is a fault");
    assert.is(served.host.stats().sockets, 1);
    await until(() => program.number("sock_accept", 3, 0)[0] === 0, "the connection is there still");
    peer.destroy();
  });
});

test("bytes that were looked at are there still, and a call that need not wait gives what there is", async () => {
  await serving(async (served) => {
    const { peer, fd } = await served.accept();
    assert.is(served.program.number("sock_accept", fd, 0)[0], Errno.inval);
    peer.write("abcdef");
    assert.equal(await served.poll(fd, 1), [0, false]);
    await until(() => served.receive(fd, 6, RiFlags.peek)[1] === "abcdef", "all of them have come");
    assert.equal(served.receive(fd, 2, RiFlags.peek), [0, "ab"]);
    assert.is(served.receive(fd, 2, 4)[0], Errno.inval);
    assert.is(served.receive(fd, 2, 4 | RiFlags.peek)[0], Errno.inval);
    assert.is(served.send(fd, "x", 1), Errno.inval);
    assert.equal(served.receive(fd, 2), [0, "ab"]);
    // it may block, and doesn't for what is not there
    assert.equal(served.receive(fd, 100), [0, "cdef"]);
    assert.equal(served.receive(fd, 0), [0, ""]);
  });
});

test("with the flag nothing is waited for, not for all that was asked for either", async () => {
  await serving(async (served) => {
    const { peer, fd } = await served.accept(FdFlags.nonblock);
    assert.is(served.program.fdstat(fd).flags, FdFlags.nonblock);
    assert.is(served.receive(fd, 4)[0], Errno.again);
    assert.is(served.receive(fd, 4, RiFlags.waitall)[0], Errno.again);
    peer.write("abc");
    await until(() => served.receive(fd, 3, RiFlags.peek)[1] === "abc", "bytes");
    assert.equal(served.receive(fd, 10, RiFlags.waitall), [0, "abc"]);
  });
});

test("each direction ends by itself", async () => {
  await serving(async (served) => {
    const { program } = served;
    const { peer, fd } = await served.accept(FdFlags.nonblock);
    for (const how of [0, 4, 5]) assert.is(program.do("sock_shutdown", fd, how), Errno.inval);
    assert.is(program.do("sock_shutdown", fd, SdFlags.wr), 0);
    peer.resume();
    await once(peer, "end");
    assert.is(served.send(fd, "x"), Errno.pipe);
    assert.equal(await served.poll(fd, 2), [0, false], "its input is open still");
    peer.write("still heard");
    await until(() => served.receive(fd, 100, RiFlags.peek)[1] === "still heard", "bytes come");
    assert.equal(served.receive(fd, 100), [0, "still heard"]);
    peer.end();
    await until(() => served.receive(fd, 100)[0] === 0, "the end comes");
    assert.equal(await served.poll(fd, 2), [0, true]);

    const other = await served.accept(FdFlags.nonblock);
    assert.is(program.do("sock_shutdown", other.fd, SdFlags.rd), 0);
    assert.equal(served.receive(other.fd, 10), [0, ""]);
    assert.is(served.send(other.fd, "sent"), 0);
    assert.is(String((await once(other.peer, "data"))[0]), "sent");
    assert.is(program.do("sock_shutdown", other.fd, SdFlags.rd | SdFlags.wr), 0);
    assert.is(served.send(other.fd, "x"), Errno.pipe);
  });
});

test("what a peer doesn't take at once is sent on where it was left, from each vector its own bytes", async () => {
  await serving(async (served) => {
    const { program } = served;
    const { peer, fd } = await served.accept();
    peer.pause();
    // more than the system takes, and so in vectors that lie one over another
    const [at, length, count] = [300_000, 1_200_000, 15];
    const memory = new Uint8Array(program.memory.buffer);
    const startOf = (vector: number): number => at + 150_000 * vector;
    for (let i = at; i < startOf(count) + length; i++) memory[i] = (i * 7 + (i >> 8)) & 0xff;
    const expected = Buffer.concat(
      Array.from({ length: count }, (_, i) => memory.slice(startOf(i), startOf(i) + length)),
    );
    const vectors = program.room(8 * count);
    for (let i = 0; i < count; i++) {
      program.view.setUint32(vectors + 8 * i, startOf(i), true);
      program.view.setUint32(vectors + 8 * i + 4, length, true);
    }
    const told = program.room(4);
    const sent = program.do("sock_send", fd, vectors, count, 0, told) as number | Promise<number>;
    assert.instance(sent, Promise, "it waits");
    const parts: Buffer[] = [];
    const took = new Promise<void>((resolve) => {
      peer.on("data", (part: Buffer) => {
        parts.push(part);
        if (parts.reduce((sum, { length }) => sum + length, 0) >= expected.length) resolve();
      });
    });
    peer.resume();
    assert.is(await sent, 0);
    assert.is(program.view.getUint32(told, true), length * count);
    await took;
    assert.ok(Buffer.concat(parts).equals(expected));
  });
});

test("flags that are a file's are no connection's", async () => {
  await serving(async (served) => {
    const { fd } = await served.accept();
    for (const number of [fd, 3, 0]) {
      assert.is(served.program.do("fd_fdstat_set_flags", number, FdFlags.append), Errno.notsup);
      assert.is(served.program.do("fd_fdstat_set_flags", number, FdFlags.nonblock), 0);
      assert.is(served.program.fdstat(number).flags, FdFlags.nonblock);
    }
  });
});

test("a program that is over holds nothing, and calls nothing", async () => {
  const served = new Served();
  const { program } = served;
  await served.world.start({ memory: program.memory, _initialize: () => {} });
  const { peer } = await served.accept();
  peer.resume();
  served.world.close();
  await once(peer, "end");
  await until(() => served.host.stats().sockets === 0, "its sockets are closed");
  assert.throws(() => program.do("fd_close", 0), /the host was closed/);
  served.end();
});

test("where it listens is understood whole, or not at all", () => {
  assert.equal(parseListener("tcp://[::1]:65535").val.port, 65_535);
  for (const text of [
    "tcp://127.0.0.1:80x",
    "xtcp://127.0.0.1:80",
    "tcp://127.0.0.1:65536",
    "tcp://a:80",
    "",
  ]) {
    assert.throws(() => parseListener(text), /is not understood/, text);
  }
});

test("its limits are the host's", async () => {
  if (!hasJspi) return;
  const listen = ["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"];
  const refused = await preview1({ listen, caps: { sockets: 1 } }).catch((error: unknown) => error);
  assert.match((refused as Error).message, "new-socket-limit");
});

test("what is no program is told so", async () => {
  const served = new Served();
  try {
    const { program } = served;
    assert.throws(() => program.number("args_sizes_get", 0), /called before its memory was known/);
    const noEntry = await served.world.start({ memory: program.memory }).catch((error: unknown) => error);
    assert.match((noEntry as Error).message, "no _start export");
    const noMemory = await served.world.start({ _start: () => {} }).catch((error: unknown) => error);
    assert.match((noMemory as Error).message, "it exports no memory");
  } finally {
    served.end();
  }
});

test.run();
