/** The sockets of WASI 0.3 under guests that are written by hand: what works, and what hostile ones are left with. */
import { type AddressInfo, connect, createServer } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HostOptions } from "../../host/host.ts";
import { allowAll } from "../../host/policy/policy.ts";
import { policyFromRules } from "../../host/policy/rules.ts";
import { assemble, type Ended, NO_CALLBACK, program, runText } from "../abi/support.ts";
import { freePort } from "../peers/ports.ts";
import { CREATE, EQ, eq, loopback, passingServer, SOCKET_FUNCTIONS, SOCKETS, wait } from "./sockets-text.ts";

const parts = { before: SOCKETS, functions: SOCKET_FUNCTIONS };

interface Left {
  readonly sockets: number;
  readonly streams: number;
}

async function run(text: string, options: HostOptions = {}): Promise<Ended & { left: Left }> {
  let left: Left = { sockets: -1, streams: -1 };
  const ended = await runText(await assemble(text), "not", { policy: allowAll, ...options }, (host) => {
    const { sockets, streams } = host.stats();
    left = { sockets, streams };
  });
  return { ...ended, left };
}

test("a server passes on what comes in, and no byte of it enters its memory", async () => {
  const port = await freePort();
  const ended = run(passingServer(port));
  const sent = Buffer.alloc(1_000_000, "wasock");
  const received = await new Promise<Buffer>((resolve, reject) => {
    const attempt = (left: number): void => {
      const chunks: Buffer[] = [];
      const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () => client.end(sent));
      client.on("data", (chunk: Buffer) => chunks.push(chunk));
      client.on("end", () => resolve(Buffer.concat(chunks)));
      // it may not listen yet
      client.on("error", (error) => (left > 0 ? setImmediate(attempt, left - 1) : reject(error)));
    };
    attempt(100_000);
  });
  assert.ok(received.equals(sent));
  const { isGood, said, left } = await ended;
  assert.equal([isGood, said, left.streams], [true, "it ended", 0]);
});

test("datagrams are sent and received, each by a call of its own", async () => {
  const text = program(
    `${EQ} (global $set (mut i32) (i32.const 0)) (global $udp (mut i32) (i32.const 0)) (global $call (mut i32) (i32.const 0))
     (func (export "run") (result i32)
       (global.set $set (call $set-new))
       (call $udp-create (i32.const 0) (i32.const 0)) ${eq("(i32.load8_u (i32.const 0))", 0)}
       (global.set $udp (i32.load (i32.const 4)))
       ;; unbound it receives nothing
       ${eq("(call $udp-receive (global.get $udp) (i32.const 64))", 2)} ${eq("(i32.load8_u (i32.const 64))", 1)}
       ${eq("(i32.load8_u (i32.const 68))", 5)}
       ;; nor does it send to nobody: invalid-argument
       (i32.store (i32.const 128) (global.get $udp)) (i32.store (i32.const 132) (i32.const 8))
       (i32.store (i32.const 136) (i32.const 3)) (i32.store8 (i32.const 140) (i32.const 0))
       ${eq("(call $udp-send (i32.const 128) (i32.const 192))", 2)} ${eq("(i32.load8_u (i32.const 192))", 1)}
       ${eq("(i32.load8_u (i32.const 196))", 2)}
       (call $udp-drop (global.get $udp)) (call $set-drop (global.get $set))
       (call $return (i32.const 0)) (i32.const 0)) ${NO_CALLBACK}`,
    parts,
  );
  const { isGood, said } = await run(text);
  assert.equal([isGood, said], [true, "it ended"]);
});

test("sockets of a kind that is not allowed are not made", async () => {
  const text = program(
    `${EQ} (func (export "run") (result i32)
       (call $tcp-create (i32.const 0) (i32.const 0)) ${eq("(i32.load8_u (i32.const 0))", 1)}
       ${eq("(i32.load8_u (i32.const 4))", 0)}
       (call $udp-create (i32.const 0) (i32.const 0)) ${eq("(i32.load8_u (i32.const 0))", 1)}
       ${eq("(i32.load8_u (i32.const 4))", 0)}
       (call $return (i32.const 0)) (i32.const 0)) ${NO_CALLBACK}`,
    parts,
  );
  const policy = policyFromRules({});
  assert.equal(await run(text, { policy }), {
    isGood: true,
    said: "it ended",
    left: { sockets: 0, streams: 0 },
  });
});

test("as many sockets are made as a guest may have", async () => {
  const text = program(
    `${EQ} (func (export "run") (result i32) (local $left i32)
       (local.set $left (i32.const 5))
       (loop $more
         (call $tcp-create (i32.const 0) (i32.const 0)) ${eq("(i32.load8_u (i32.const 0))", 0)}
         (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
       (call $tcp-create (i32.const 0) (i32.const 0)) ${eq("(i32.load8_u (i32.const 0))", 1)}
       ${eq("(i32.load8_u (i32.const 4))", 14)} ${eq("(i32.load8_u (i32.const 8))", 1)}
       (call $return (i32.const 0)) (i32.const 0)) ${NO_CALLBACK}`,
    parts,
  );
  const { isGood, said } = await run(text, { caps: { sockets: 5 } });
  assert.equal([isGood, said], [true, "it ended"]);
});

test("a handle that is lent for a call can't be dropped while it is under way", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const text = program(
    `${EQ} (global $socket (mut i32) (i32.const 0))
     (func (export "run") (result i32) ${CREATE}
       (i32.store (i32.const 16) (global.get $socket)) ${loopback(20, port)}
       ${eq("(i32.and (call $tcp-connect (i32.const 16) (i32.const 64)) (i32.const 15))", 1)}
       (call $tcp-drop (global.get $socket)) (i32.const 0)) ${NO_CALLBACK}`,
    parts,
  );
  const { said } = await run(text);
  server.close();
  assert.match(said, /1 is lent out for a call/);
});

test("a stream of an unconnected socket comes to its end at once, and its future tells why", async () => {
  const text = program(
    `${EQ} (global $socket (mut i32) (i32.const 0))
     (func (export "run") (result i32) (local $both i64) (local $sent i32) ${CREATE}
       (call $tcp-receive (global.get $socket) (i32.const 0))
       ${eq("(call $s-read (i32.load (i32.const 0)) (i32.const 64) (i32.const 8))", 1)}
       ${eq("(call $o-read (i32.load (i32.const 4)) (i32.const 64))", 0)}
       ${eq("(i32.load8_u (i32.const 64))", 1)} ${eq("(i32.load8_u (i32.const 68))", 5)}
       (local.set $both (call $s-new))
       (local.set $sent (call $tcp-send (global.get $socket) (i32.wrap_i64 (local.get $both))))
       ${eq(
         "(call $s-write (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))) (i32.const 0) (i32.const 8))",
         1,
       )}
       ${eq("(call $o-read (local.get $sent) (i32.const 64))", 0)} ${eq("(i32.load8_u (i32.const 68))", 5)}
       ;; what was given away is not a handle any more
       (call $s-drop-readable (i32.wrap_i64 (local.get $both)))
       (call $return (i32.const 0)) (i32.const 0)) ${NO_CALLBACK}`,
    parts,
  );
  const { said } = await run(text);
  assert.match(said, /^stream\.drop-readable: \d+ is a handle to readable end of a future/);
});

test("a guest that leaves everything open, or traps, is left with nothing", async () => {
  const server = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const connections: Promise<unknown>[] = [];
  server.on("connection", (socket) =>
    connections.push(new Promise((resolve) => socket.once("close", resolve))),
  );
  for (const end of ["(call $return (i32.const 0)) (i32.const 0)", "unreachable"]) {
    const text = program(
      `${EQ} (global $set (mut i32) (i32.const 0)) (global $socket (mut i32) (i32.const 0))
       (func (export "run") (result i32) ${CREATE}
         (global.set $set (call $set-new))
         (i32.store (i32.const 16) (global.get $socket)) ${loopback(20, port)}
         (call $join (i32.shr_u (call $tcp-connect (i32.const 16) (i32.const 64)) (i32.const 4)) (global.get $set))
         ${wait})
       (func (export "callback") (param i32 i32 i32) (result i32)
         (call $tcp-receive (global.get $socket) (i32.const 0))
         (drop (call $s-read (i32.load (i32.const 0)) (i32.const 64) (i32.const 8)))
         (drop (call $tcp-send (global.get $socket) (i32.wrap_i64 (call $s-new))))
         ${end})`,
      parts,
    );
    await run(text);
  }
  // each is closed with its host
  assert.is(connections.length, 2);
  await Promise.all(connections);
  server.close();
});

test("a program holds so many streams, and no more", async () => {
  const { said } = await run(
    program(
      `(func (export "run") (result i32) (loop $l (drop (call $s-new)) (br $l)) (i32.const 0)) ${NO_CALLBACK}`,
    ),
  );
  assert.match(said, /^all 131072 streams, futures, sets and calls that a program may hold are in use$/);
});

test.run();
