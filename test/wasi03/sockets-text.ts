/** The sockets of WASI 0.3 as a component in text imports them, and a client that is written by hand. */
import { program } from "../abi/support.ts";

const ERROR = `(variant (case "access-denied") (case "not-supported") (case "invalid-argument") (case "out-of-memory")
  (case "timeout") (case "invalid-state") (case "address-not-bindable") (case "address-in-use")
  (case "remote-unreachable") (case "connection-refused") (case "connection-broken") (case "connection-reset")
  (case "connection-aborted") (case "datagram-too-large") (case "other" (option string)))`;

/** The import, called `$sockets`, with the types of its streams and futures. */
export const SOCKETS: string = `(import "wasi:sockets/types@0.3.0" (instance $sockets
    (export "tcp-socket" (type $tcp (sub resource)))
    (export "udp-socket" (type $udp (sub resource)))
    (type $error ${ERROR})
    (type $outcome (result (error $error)))
    (type $family (enum "ipv4" "ipv6"))
    (type $v4 (tuple u8 u8 u8 u8))
    (type $v6 (tuple u16 u16 u16 u16 u16 u16 u16 u16))
    (type $s4 (record (field "port" u16) (field "address" $v4)))
    (type $s6 (record (field "port" u16) (field "flow-info" u32) (field "address" $v6) (field "scope-id" u32)))
    (type $address (variant (case "ipv4" $s4) (case "ipv6" $s6)))
    (type $datagram (tuple (list u8) $address))
    (type $connections (stream (own $tcp)))
    (export "[static]tcp-socket.create" (func (param "address-family" $family) (result (result (own $tcp) (error $error)))))
    (export "[method]tcp-socket.bind" (func (param "self" (borrow $tcp)) (param "local-address" $address) (result $outcome)))
    (export "[method]tcp-socket.connect" (func async (param "self" (borrow $tcp)) (param "remote-address" $address) (result $outcome)))
    (export "[method]tcp-socket.listen" (func (param "self" (borrow $tcp)) (result (result $connections (error $error)))))
    (export "[method]tcp-socket.send" (func (param "self" (borrow $tcp)) (param "data" (stream u8)) (result (future $outcome))))
    (export "[method]tcp-socket.receive" (func (param "self" (borrow $tcp)) (result (tuple (stream u8) (future $outcome)))))
    (export "[static]udp-socket.create" (func (param "address-family" $family) (result (result (own $udp) (error $error)))))
    (export "[method]udp-socket.send" (func async (param "self" (borrow $udp)) (param "data" (list u8)) (param "remote-address" (option $address)) (result $outcome)))
    (export "[method]udp-socket.receive" (func async (param "self" (borrow $udp)) (result (result $datagram (error $error)))))))
  (alias export $sockets "tcp-socket" (type $tcp))
  (alias export $sockets "udp-socket" (type $udp))
  (type $error ${ERROR})
  (type $outcome (future (result (error $error))))
  (type $arrivals (stream (own $tcp)))`;

const MEMORY = '(memory (core memory $libc "memory"))';
const FULL = `${MEMORY} (realloc (core func $libc "realloc"))`;
const lower = (name: string, options = MEMORY): string => `canon lower (func $sockets "${name}") ${options}`;

/** The functions of it, for `program`. */
export const SOCKET_FUNCTIONS: Readonly<Record<string, readonly [canon: string, type: string]>> = {
  "tcp-create": [lower("[static]tcp-socket.create", FULL), "(param i32 i32)"],
  "tcp-connect": [lower("[method]tcp-socket.connect", `async ${FULL}`), "(param i32 i32) (result i32)"],
  "tcp-bind": [lower("[method]tcp-socket.bind", FULL), `(param${" i32".repeat(14)})`],
  "c-read": [`canon stream.read $arrivals async ${FULL}`, "(param i32 i32 i32) (result i32)"],
  "c-drop-readable": ["canon stream.drop-readable $arrivals", "(param i32)"],
  "tcp-listen": [lower("[method]tcp-socket.listen", FULL), "(param i32 i32)"],
  "tcp-send": [lower("[method]tcp-socket.send"), "(param i32 i32) (result i32)"],
  "tcp-receive": [lower("[method]tcp-socket.receive"), "(param i32 i32)"],
  "tcp-drop": ["canon resource.drop $tcp", "(param i32)"],
  "udp-create": [lower("[static]udp-socket.create", FULL), "(param i32 i32)"],
  "udp-send": [lower("[method]udp-socket.send", `async ${FULL}`), "(param i32 i32) (result i32)"],
  "udp-receive": [lower("[method]udp-socket.receive", `async ${FULL}`), "(param i32 i32) (result i32)"],
  "udp-drop": ["canon resource.drop $udp", "(param i32)"],
  "o-read": [`canon future.read $outcome async ${FULL}`, "(param i32 i32) (result i32)"],
  "o-drop-readable": ["canon future.drop-readable $outcome", "(param i32)"],
};

/** Puts 127.0.0.1 and a port where an address is to be. */
export function loopback(at: number, port: number): string {
  return `(i32.store8 (i32.const ${at}) (i32.const 0)) (i32.store16 (i32.const ${at + 4}) (i32.const ${port}))
    (i32.store (i32.const ${at + 6}) (i32.const 0x0100007f))`;
}

/** `$eq`, which traps where two numbers differ; `eq` calls it. */
export const EQ: string =
  "(func $eq (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))";
export const eq = (what: string, value: number): string => `(call $eq ${what} (i32.const ${value}))`;

/** What `run` and `callback` return to wait for what is in `$set`. */
export const wait: string = "(i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4)))";

/** Makes a TCP socket in `$socket`; the result lies at 0. */
export const CREATE: string = `(call $tcp-create (i32.const 0) (i32.const 0)) ${eq("(i32.load8_u (i32.const 0))", 0)}
  (global.set $socket (i32.load (i32.const 4)))`;

/**
 * A server that gives one connection back what comes on it, and ends well then. No byte enters its memory.
 *
 * @param port on loopback
 */
export function passingServer(port: number): string {
  return program(
    `${EQ} (global $set (mut i32) (i32.const 0)) (global $socket (mut i32) (i32.const 0))
     (global $arrivals (mut i32) (i32.const 0)) (global $sent (mut i32) (i32.const 0))
     (func (export "run") (result i32)
       (global.set $set (call $set-new)) ${CREATE}
       ${loopback(20, port)}
       (call $tcp-bind (global.get $socket) (i32.const 0) (i32.const ${port}) (i32.const 127) (i32.const 0)
         (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
         (i32.const 0) (i32.const 64))
       ${eq("(i32.load8_u (i32.const 64))", 0)}
       (call $tcp-listen (global.get $socket) (i32.const 64)) ${eq("(i32.load8_u (i32.const 64))", 0)}
       (global.set $arrivals (i32.load (i32.const 68)))
       (call $join (global.get $arrivals) (global.get $set))
       ${eq("(call $c-read (global.get $arrivals) (i32.const 128) (i32.const 1))", -1)} ${wait})
     (func (export "callback") (param $event i32) (param $handle i32) (param $payload i32) (result i32)
       (if (i32.eq (local.get $event) (i32.const 2)) (then
         ${eq("(local.get $payload)", 16)}
         ;; a connection: its input is its output
         (call $tcp-receive (i32.load (i32.const 128)) (i32.const 0))
         (global.set $sent (call $tcp-send (i32.load (i32.const 128)) (i32.load (i32.const 0))))
         (call $o-drop-readable (i32.load (i32.const 4)))
         (call $tcp-drop (i32.load (i32.const 128)))
         (call $join (global.get $sent) (global.get $set))
         ${eq("(call $o-read (global.get $sent) (i32.const 160))", -1)} (return ${wait})))
       ${eq("(local.get $event)", 4)} ${eq("(i32.load8_u (i32.const 160))", 0)}
       (call $o-drop-readable (global.get $sent))
       (call $join (global.get $arrivals) (i32.const 0))
       (call $c-drop-readable (global.get $arrivals))
       (call $tcp-drop (global.get $socket))
       (call $return (i32.const 0)) (i32.const 0))`,
    { before: SOCKETS, functions: SOCKET_FUNCTIONS },
  );
}

/**
 * A client that sends 4 bytes so many times, reads them back, and ends well when they are the same and then the peer's
 * end comes, behind its own.
 *
 * @param port of an echo server on loopback
 * @param rounds how many times
 */
export function echoClient(port: number, rounds: number): string {
  // memory: 0 results, 16 the parameters of connect, 64 its result, 128 what is sent, 256 what comes
  return program(
    `(global $socket (mut i32) (i32.const 0))
     (global $set (mut i32) (i32.const 0))
     (global $in (mut i32) (i32.const 0))
     (global $out (mut i32) (i32.const 0))
     (global $rounds (mut i32) (i32.const 0))
     (global $got (mut i32) (i32.const 0))
     (global $isEnding (mut i32) (i32.const 0))
     (func $wait (result i32) (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
     (func $end (param $bad i32) (result i32) (call $return (local.get $bad)) (i32.const 0))
     (func (export "run") (result i32)
       (local $status i32)
       (global.set $set (call $set-new))
       (call $tcp-create (i32.const 0) (i32.const 0))
       (if (i32.load8_u (i32.const 0)) (then (return (call $end (i32.const 1)))))
       (global.set $socket (i32.load (i32.const 4)))
       (i32.store (i32.const 16) (global.get $socket))
       ${loopback(20, port)}
       (local.set $status (call $tcp-connect (i32.const 16) (i32.const 64)))
       (if (i32.eq (i32.and (local.get $status) (i32.const 15)) (i32.const 2)) (then (return (call $connected))))
       (call $join (i32.shr_u (local.get $status) (i32.const 4)) (global.get $set))
       (call $wait))
     (func $connected (result i32)
       (local $both i64)
       (if (i32.load8_u (i32.const 64)) (then (return (call $end (i32.const 1)))))
       (call $tcp-receive (global.get $socket) (i32.const 0))
       (global.set $in (i32.load (i32.const 0)))
       (call $o-drop-readable (i32.load (i32.const 4)))
       (local.set $both (call $s-new))
       (global.set $out (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
       (call $o-drop-readable (call $tcp-send (global.get $socket) (i32.wrap_i64 (local.get $both))))
       (call $tcp-drop (global.get $socket))
       (call $join (global.get $in) (global.get $set))
       (call $write))
     (func $write (result i32)
       (i32.store (i32.const 128) (i32.add (i32.const 0x41414141) (global.get $rounds)))
       (if (i32.ne (call $s-write (global.get $out) (i32.const 128) (i32.const 4)) (i32.const 0x40)) (then unreachable))
       (call $read))
     (func $read (result i32)
       (local $status i32)
       (local.set $status (call $s-read (global.get $in) (i32.add (i32.const 256) (global.get $got))
         (i32.sub (i32.const 4) (global.get $got))))
       (if (i32.eq (local.get $status) (i32.const -1)) (then (return (call $wait))))
       (call $came (local.get $status)))
     (func $came (param $status i32) (result i32)
       (if (i32.and (local.get $status) (i32.const 15)) (then
         ;; the end comes when we have ended, and not before
         (call $join (global.get $in) (i32.const 0))
         (call $s-drop-readable (global.get $in))
         (call $set-drop (global.get $set))
         (return (call $end (i32.eqz (global.get $isEnding))))))
       (global.set $got (i32.add (global.get $got) (i32.shr_u (local.get $status) (i32.const 4))))
       (if (i32.lt_u (global.get $got) (i32.const 4)) (then (return (call $read))))
       (if (i32.ne (i32.load (i32.const 128)) (i32.load (i32.const 256))) (then unreachable))
       (global.set $got (i32.const 0))
       (global.set $rounds (i32.add (global.get $rounds) (i32.const 1)))
       (if (i32.lt_u (global.get $rounds) (i32.const ${rounds})) (then (return (call $write))))
       (global.set $isEnding (i32.const 1))
       (call $s-drop-writable (global.get $out))
       (call $read))
     (func (export "callback") (param $event i32) (param $handle i32) (param $status i32) (result i32)
       (if (i32.eq (local.get $event) (i32.const 1)) (then
         (if (i32.ne (local.get $status) (i32.const 2)) (then (return (call $wait))))
         (call $join (local.get $handle) (i32.const 0))
         (call $call-drop (local.get $handle))
         (return (call $connected))))
       (if (i32.ne (local.get $event) (i32.const 2)) (then unreachable))
       (call $came (local.get $status)))`,
    { before: SOCKETS, functions: SOCKET_FUNCTIONS },
  );
}

/**
 * A client that lets what it receives go to its standard output, without looking at it, lets go of the connection, and
 * ends when the peer has ended.
 *
 * @param port of a server on loopback that sends and ends
 */
export function toStdout(port: number): string {
  // memory: 0 results, 16 the parameters of connect, 64 its result, 128 how it ended
  return program(
    `(global $set (mut i32) (i32.const 0))
     (func $wait (result i32) (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
     (func (export "run") (result i32) (local $status i32)
       (global.set $set (call $set-new))
       (call $tcp-create (i32.const 0) (i32.const 0))
       (i32.store (i32.const 16) (i32.load (i32.const 4)))
       ${loopback(20, port)}
       (local.set $status (call $tcp-connect (i32.const 16) (i32.const 64)))
       (if (i32.eq (i32.and (local.get $status) (i32.const 15)) (i32.const 2)) (then (return (call $connected))))
       (call $join (i32.shr_u (local.get $status) (i32.const 4)) (global.get $set))
       (call $wait))
     (func $connected (result i32) (local $written i32)
       (if (i32.load8_u (i32.const 64)) (then (call $return (i32.const 1)) (return (i32.const 0))))
       (call $tcp-receive (i32.load (i32.const 16)) (i32.const 0))
       (call $o-drop-readable (i32.load (i32.const 4)))
       (local.set $written (call $stdout (i32.load (i32.const 0))))
       (call $tcp-drop (i32.load (i32.const 16)))
       (call $join (local.get $written) (global.get $set))
       (if (i32.ne (call $w-read (local.get $written) (i32.const 128)) (i32.const -1)) (then unreachable))
       (call $wait))
     (func (export "callback") (param $event i32) (param $handle i32) (param $status i32) (result i32)
       (if (i32.eq (local.get $event) (i32.const 1)) (then
         (call $join (local.get $handle) (i32.const 0))
         (call $call-drop (local.get $handle))
         (return (call $connected))))
       (call $join (local.get $handle) (i32.const 0))
       (call $w-drop-readable (local.get $handle))
       (call $return (i32.load8_u (i32.const 128)))
       (i32.const 0))`,
    {
      before: `${SOCKETS}
        (import "wasi:cli/stdout@0.3.0" (instance $cli
          (type $error (enum "io" "illegal-byte-sequence" "pipe"))
          (export "write-via-stream" (func (param "data" (stream u8)) (result (future (result (error $error))))))))
        (type $cli-error (enum "io" "illegal-byte-sequence" "pipe"))
        (type $written (future (result (error $cli-error))))`,
      functions: {
        ...SOCKET_FUNCTIONS,
        stdout: ['canon lower (func $cli "write-via-stream")', "(param i32) (result i32)"],
        "w-read": [`canon future.read $written async ${FULL}`, "(param i32 i32) (result i32)"],
        "w-drop-readable": ["canon future.drop-readable $written", "(param i32)"],
      },
    },
  );
}

/** What a program that sends datagrams begins with, and how it sends one: the length is the parameter. */
const UDP = `(global $status (mut i32) (i32.const 0))
  (func $send (param $length i32)
    (i32.store (i32.const 520) (local.get $length))
    (global.set $status (call $udp-send (i32.const 512) (i32.const 1024))))
  (func $is-blocked (result i32) (i32.eq (i32.and (global.get $status) (i32.const 15)) (i32.const 1)))
  (func $failed-with (param $code i32)
    (if (i32.ne (global.get $status) (i32.const 2)) (then unreachable))
    (if (i32.ne (i32.load8_u (i32.const 1024)) (i32.const 1)) (then unreachable))
    (if (i32.ne (i32.load8_u (i32.const 1028)) (local.get $code)) (then unreachable)))`;

/**
 * A program that sends datagrams to a port of loopback without waiting: as many as go, one that is too large, large
 * ones until the host keeps no more, and one more when a call was called off.
 */
export function floodingSender(port: number): string {
  return program(
    `${UDP} (func (export "run") (result i32) (local $i i32) (local $blocked i32)
       (call $udp-create (i32.const 0) (i32.const 0))
       (i32.store (i32.const 512) (i32.load (i32.const 4)))
       (i32.store (i32.const 516) (i32.const 8192))
       (i32.store (i32.const 524) (i32.const 1))
       ${loopback(528, port)}
       (loop $small
         (call $send (i32.const 1))
         (if (i32.eqz (call $is-blocked)) (then
           (if (i32.gt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000)) (then unreachable))
           (br $small))))
       ;; datagram-too-large, out-of-memory
       (call $send (i32.const 70000)) (call $failed-with (i32.const 13))
       (local.set $i (i32.const 0))
       (loop $large
         (call $send (i32.const 60000))
         (if (call $is-blocked) (then
           (local.set $blocked (i32.shr_u (global.get $status) (i32.const 4)))
           (if (i32.gt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100)) (then unreachable))
           (br $large))))
       (call $failed-with (i32.const 3))
       (if (i32.ne (call $call-cancel (local.get $blocked)) (i32.const 4)) (then unreachable))
       (call $send (i32.const 60000))
       (if (i32.eqz (call $is-blocked)) (then unreachable))
       (call $return (i32.const 0)) (i32.const 0))
     (func (export "callback") (param i32 i32 i32) (result i32) unreachable)`,
    { before: SOCKETS, functions: SOCKET_FUNCTIONS },
  );
}
