/** Components of WASI 0.3 that JavaScript calls, written by hand: what is measured is not their code. */
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import { type Instance, instantiate } from "../../host/index.ts";

const MEMORY = '(memory (core memory $libc "memory"))';
const LIBC = `(core module $libc-module (memory (export "memory") 4)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $libc (instantiate $libc-module))`;

/** What a module imports: how each function is made, and its type. */
type Functions = Readonly<Record<string, readonly [canon: string, type: string]>>;

const STREAMS: Functions = {
  new: ["canon stream.new $bytes", "(result i64)"],
  read: [`canon stream.read $bytes async ${MEMORY}`, "(param i32 i32 i32) (result i32)"],
  write: [`canon stream.write $bytes async ${MEMORY}`, "(param i32 i32 i32) (result i32)"],
  "drop-readable": ["canon stream.drop-readable $bytes", "(param i32)"],
  "drop-writable": ["canon stream.drop-writable $bytes", "(param i32)"],
  "set-new": ["canon waitable-set.new", "(result i32)"],
  "set-drop": ["canon waitable-set.drop", "(param i32)"],
  "set-poll": [`canon waitable-set.poll ${MEMORY}`, "(param i32 i32) (result i32)"],
  join: ["canon waitable.join", "(param i32 i32)"],
};

function component(before: string, functions: Functions, core: string, exports: string): string {
  const all = Object.entries(functions);
  return `(component ${LIBC} (type $bytes (stream u8)) ${before}
    ${all.map(([name, [canon]]) => `(core func $${name} (${canon}))`).join("\n")}
    (core module $m (import "libc" "memory" (memory 1))
      ${all.map(([name, [, type]]) => `(import "" "${name}" (func $${name} ${type}))`).join("\n")} ${core})
    (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance
      ${all.map(([name]) => `(export "${name}" (func $${name}))`).join("\n")}))))
    ${exports})`;
}

/** `move(count)` lets 64 bytes go so often through a stream of its own, and takes the event that they have gone. */
const MOVES: string = component(
  "",
  STREAMS,
  `(func (export "move") (param $left i32) (local $both i64) (local $r i32) (local $w i32) (local $set i32)
     (local.set $both (call $new))
     (local.set $r (i32.wrap_i64 (local.get $both)))
     (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
     (local.set $set (call $set-new))
     (call $join (local.get $w) (local.get $set))
     (loop $again
       (if (i32.ne (call $write (local.get $w) (i32.const 64) (i32.const 64)) (i32.const -1)) (then unreachable))
       (if (i32.ne (call $read (local.get $r) (i32.const 128) (i32.const 64)) (i32.const 0x400)) (then unreachable))
       (if (i32.ne (call $set-poll (local.get $set) (i32.const 0)) (i32.const 3)) (then unreachable))
       (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
     (call $join (local.get $w) (i32.const 0))
     (call $set-drop (local.get $set))
     (call $drop-writable (local.get $w))
     (call $drop-readable (local.get $r)))`,
  '(func (export "move") (param "count" u32) (canon lift (core func $i "move")))',
);

const ERROR = `(variant (case "access-denied") (case "not-supported") (case "invalid-argument") (case "out-of-memory")
  (case "timeout") (case "invalid-state") (case "address-not-bindable") (case "address-in-use")
  (case "remote-unreachable") (case "connection-refused") (case "connection-broken") (case "connection-reset")
  (case "connection-aborted") (case "datagram-too-large") (case "other" (option string)))`;

const FULL = `${MEMORY} (realloc (core func $libc "realloc"))`;

/**
 * `ask(port)` connects to an echo server, sends it 64 bytes and takes them back. Each call has 256 bytes: from 0 on
 * results, 16 what connect is given and 64 what it gives, 80 the set, 84 the socket, 88 and 92 its streams, 96 how many
 * bytes have come, 100 and 104 the futures, 128 what is sent, 192 what has come.
 */
const ASKS: string = component(
  `(import "wasi:sockets/types@0.3.0" (instance $sockets
     (export "tcp-socket" (type $tcp (sub resource)))
     (type $error ${ERROR}) (type $bytes (stream u8)) (type $outcome (future (result (error $error))))
     (type $address (variant (case "ipv4" (record (field "port" u16) (field "address" (tuple u8 u8 u8 u8))))
       (case "ipv6" (record (field "port" u16) (field "flow-info" u32)
         (field "address" (tuple u16 u16 u16 u16 u16 u16 u16 u16)) (field "scope-id" u32)))))
     (export "[static]tcp-socket.create"
       (func (param "address-family" (enum "ipv4" "ipv6")) (result (result (own $tcp) (error $error)))))
     (export "[method]tcp-socket.connect"
       (func async (param "self" (borrow $tcp)) (param "remote-address" $address) (result (result (error $error)))))
     (export "[method]tcp-socket.send" (func (param "self" (borrow $tcp)) (param "data" $bytes) (result $outcome)))
     (export "[method]tcp-socket.receive" (func (param "self" (borrow $tcp)) (result (tuple $bytes $outcome))))))
   (alias export $sockets "tcp-socket" (type $tcp))
   (type $error ${ERROR}) (type $outcome (future (result (error $error))))`,
  {
    ...STREAMS,
    create: [`canon lower (func $sockets "[static]tcp-socket.create") ${FULL}`, "(param i32 i32)"],
    connect: [
      `canon lower (func $sockets "[method]tcp-socket.connect") async ${FULL}`,
      "(param i32 i32) (result i32)",
    ],
    send: ['canon lower (func $sockets "[method]tcp-socket.send")', "(param i32 i32) (result i32)"],
    receive: [`canon lower (func $sockets "[method]tcp-socket.receive") ${MEMORY}`, "(param i32 i32)"],
    "drop-socket": ["canon resource.drop $tcp", "(param i32)"],
    "drop-outcome": ["canon future.drop-readable $outcome", "(param i32)"],
    "drop-call": ["canon subtask.drop", "(param i32)"],
    keep: ["canon context.set i32 0", "(param i32)"],
    kept: ["canon context.get i32 0", "(result i32)"],
    return: ["canon task.return", ""],
  },
  `(global $next (mut i32) (i32.const 65536))
   (func $wait (param $at i32) (result i32)
     (i32.or (i32.const 2) (i32.shl (i32.load offset=80 (local.get $at)) (i32.const 4))))
   (func (export "ask") (param $port i32) (result i32) (local $at i32) (local $status i32)
     (local.set $at (global.get $next))
     (global.set $next (i32.add (local.get $at) (i32.const 256)))
     (if (i32.ge_u (global.get $next) (i32.const 0x30000)) (then (global.set $next (i32.const 65536))))
     (call $keep (local.get $at))
     (i32.store offset=80 (local.get $at) (call $set-new))
     (call $create (i32.const 0) (local.get $at))
     (if (i32.load8_u (local.get $at)) (then unreachable))
     (i32.store offset=84 (local.get $at) (i32.load offset=4 (local.get $at)))
     (i32.store offset=16 (local.get $at) (i32.load offset=4 (local.get $at)))
     (i32.store8 offset=20 (local.get $at) (i32.const 0))
     (i32.store16 offset=24 (local.get $at) (local.get $port))
     (i32.store offset=26 align=2 (local.get $at) (i32.const 0x0100007f))
     (local.set $status (call $connect (i32.add (local.get $at) (i32.const 16)) (i32.add (local.get $at) (i32.const 64))))
     (if (i32.eq (i32.and (local.get $status) (i32.const 15)) (i32.const 2)) (then
       (return (call $connected (local.get $at)))))
     (call $join (i32.shr_u (local.get $status) (i32.const 4)) (i32.load offset=80 (local.get $at)))
     (call $wait (local.get $at)))
   (func $connected (param $at i32) (result i32) (local $both i64)
     (if (i32.load8_u offset=64 (local.get $at)) (then unreachable))
     (call $receive (i32.load offset=84 (local.get $at)) (local.get $at))
     (i32.store offset=88 (local.get $at) (i32.load (local.get $at)))
     (i32.store offset=100 (local.get $at) (i32.load offset=4 (local.get $at)))
     (local.set $both (call $new))
     (i32.store offset=92 (local.get $at) (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
     (i32.store offset=104 (local.get $at)
       (call $send (i32.load offset=84 (local.get $at)) (i32.wrap_i64 (local.get $both))))
     (i32.store offset=96 (local.get $at) (i32.const 0))
     (call $join (i32.load offset=88 (local.get $at)) (i32.load offset=80 (local.get $at)))
     (if (i32.ne (i32.const 0x400)
           (call $write (i32.load offset=92 (local.get $at)) (i32.add (local.get $at) (i32.const 128)) (i32.const 64)))
       (then unreachable))
     (call $more (local.get $at)))
   (func $more (param $at i32) (result i32) (local $got i32) (local $status i32)
     (local.set $got (i32.load offset=96 (local.get $at)))
     (local.set $status (call $read (i32.load offset=88 (local.get $at))
       (i32.add (i32.add (local.get $at) (i32.const 192)) (local.get $got)) (i32.sub (i32.const 64) (local.get $got))))
     (if (i32.eq (local.get $status) (i32.const -1)) (then (return (call $wait (local.get $at)))))
     (call $came (local.get $at) (local.get $status)))
   (func $came (param $at i32) (param $status i32) (result i32) (local $got i32)
     (if (i32.and (local.get $status) (i32.const 15)) (then unreachable))
     (local.set $got (i32.add (i32.load offset=96 (local.get $at)) (i32.shr_u (local.get $status) (i32.const 4))))
     (i32.store offset=96 (local.get $at) (local.get $got))
     (if (i32.lt_u (local.get $got) (i32.const 64)) (then (return (call $more (local.get $at)))))
     (call $join (i32.load offset=88 (local.get $at)) (i32.const 0))
     (call $drop-readable (i32.load offset=88 (local.get $at)))
     (call $drop-writable (i32.load offset=92 (local.get $at)))
     (call $drop-outcome (i32.load offset=100 (local.get $at)))
     (call $drop-outcome (i32.load offset=104 (local.get $at)))
     (call $drop-socket (i32.load offset=84 (local.get $at)))
     (call $set-drop (i32.load offset=80 (local.get $at)))
     (call $return) (i32.const 0))
   (func (export "callback") (param $event i32) (param $handle i32) (param $status i32) (result i32)
     (if (i32.eq (local.get $event) (i32.const 2)) (then
       (return (call $came (call $kept) (local.get $status)))))
     (call $join (local.get $handle) (i32.const 0))
     (call $drop-call (local.get $handle))
     (call $connected (call $kept)))`,
  `(func (export "ask") async (param "port" u16)
     (canon lift (core func $i "ask") async (callback (core func $i "callback"))))`,
);

/** What they export. */
export interface Exports {
  move(count: number): void;
  ask(port: number): Promise<void>;
}

const texts: Readonly<Record<keyof Exports, string>> = { move: MOVES, ask: ASKS };

/** Makes an instance of the one that exports a function, which may reach all of loopback. */
export async function component03(name: keyof Exports): Promise<Instance<Exports>> {
  const bytes = new Uint8Array(await parse(texts[name]));
  return instantiate<Exports>(bytes, { policy: { allowNet: ["127.0.0.1"] } });
}
