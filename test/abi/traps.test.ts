/** What a guest may not do with tasks, sets, streams and futures ends it, with a sentence that says what it was. */
import { test } from "uvu";
import { endsWell, fails, NO_CALLBACK, program, simple } from "./support.ts";

/** The two ends of a stream, and of a future, in locals. */
const STREAM = `(local.set $both (call $s-new))
  (local.set $r (i32.wrap_i64 (local.get $both)))
  (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))`;
const FUTURE = STREAM.replace("$s-new", "$f-new");
const LOCALS = "(local $both i64) (local $r i32) (local $w i32) (local $set i32)";

/** Each trap: what leads to it, and what is said. */
const TRAPS: readonly (readonly [name: string, body: string, message: RegExp])[] = [
  [
    "a handle that is none",
    "(call $set-drop (i32.const 7))",
    /^waitable-set\.drop: 7 is not a handle in use/,
  ],
  [
    "a set where a stream belongs",
    "(drop (call $s-read (call $set-new) (i32.const 0) (i32.const 1)))",
    /^stream\.read: 1 is a handle to waitable set; expected a handle to .* readable end of a stream/,
  ],
  [
    "the wrong end",
    `${STREAM} (drop (call $s-read (local.get $w) (i32.const 0) (i32.const 1)))`,
    /^stream\.read: 2 is a handle to writable end of a stream/,
  ],
  [
    "a future where a stream belongs",
    `${FUTURE} (drop (call $s-read (local.get $r) (i32.const 0) (i32.const 1)))`,
    /^stream\.read: 1 is a handle to readable end of a future/,
  ],
  [
    "a buffer beyond the memory",
    `${STREAM} (drop (call $s-read (local.get $r) (i32.const 262143) (i32.const 2)))`,
    /^stream\.read: 2 bytes, aligned to 1, at 0x3ffff are not within the memory of 262144 bytes/,
  ],
  [
    "a buffer that wraps around",
    `${STREAM} (drop (call $s-read (local.get $r) (i32.const -1) (i32.const 2)))`,
    /^stream\.read: 2 bytes, aligned to 1, at 0xffffffff are not within/,
  ],
  [
    "more elements than a copy may have",
    `${STREAM} (drop (call $s-write (local.get $w) (i32.const 0) (i32.const 0x10000000)))`,
    /^stream\.write: 268435456 elements at a time; at most 268435455 are taken/,
  ],
  [
    "a misaligned value of a future",
    `${FUTURE} (drop (call $f-read (local.get $r) (i32.const 2)))`,
    /^future\.read: 4 bytes, aligned to 4, at 0x2 are not within/,
  ],
  [
    "a second read while one is under way",
    `${STREAM} (drop (call $s-read (local.get $r) (i32.const 0) (i32.const 1)))
     (drop (call $s-read (local.get $r) (i32.const 0) (i32.const 1)))`,
    /^stream\.read: 1 copies already/,
  ],
  [
    "a read behind the end",
    `${STREAM} (call $s-drop-writable (local.get $w))
     (drop (call $s-read (local.get $r) (i32.const 0) (i32.const 1)))
     (drop (call $s-read (local.get $r) (i32.const 0) (i32.const 1)))`,
    /^stream\.read: 1 has come to its end/,
  ],
  [
    "an end that is dropped while it copies",
    `${STREAM} (drop (call $s-read (local.get $r) (i32.const 0) (i32.const 1)))
     (call $s-drop-readable (local.get $r))`,
    /^stream\.drop-readable: 1 copies/,
  ],
  [
    "an end that is dropped twice",
    `${STREAM} (call $s-drop-readable (local.get $r)) (call $s-drop-readable (local.get $r))`,
    /^stream\.drop-readable: 1 is not a handle in use/,
  ],
  [
    "a cancel of nothing",
    `${STREAM} (drop (call $s-cancel-read (local.get $r)))`,
    /^stream\.cancel-read: 1 copies nothing/,
  ],
  [
    "a cancel without async of what is in a set",
    `${STREAM} (drop (call $s-read (local.get $r) (i32.const 0) (i32.const 1)))
     (call $join (local.get $r) (call $set-new))
     (drop (call $s-cancel-read (local.get $r)))`,
    /^stream\.cancel-read: 1 is in a waitable set/,
  ],
  [
    "a read without async of what is in a set",
    `${STREAM} (call $join (local.get $r) (call $set-new))
     (drop (call $s-read-sync (local.get $r) (i32.const 0) (i32.const 1)))`,
    /^stream\.read: 1 is in a waitable set/,
  ],
  [
    "a future whose writer goes without a value",
    `${FUTURE} (call $f-drop-writable (local.get $w))`,
    /^future\.drop-writable: the future 2 has no value yet/,
  ],
  [
    "a set that is dropped with something in it",
    `${STREAM} (local.set $set (call $set-new))
     (call $join (local.get $r) (local.get $set)) (call $set-drop (local.get $set))`,
    /^a waitable set is dropped with 1 waitables in it/,
  ],
  [
    "a set in a set",
    "(call $join (call $set-new) (call $set-new))",
    /^waitable\.join: 1 is nothing that can be waited for/,
  ],
  [
    "a stream in a stream",
    `${STREAM} (call $join (local.get $r) (local.get $w))`,
    /^waitable\.join: 2 is a handle to/,
  ],
  [
    "an event that is written beyond the memory",
    "(drop (call $set-poll (call $set-new) (i32.const 262140)))",
    /^waitable-set\.poll: 8 bytes, aligned to 4, at 0x3fffc are not within/,
  ],
  ["a call that is none", "(call $call-drop (i32.const 1))", /^subtask\.drop: 1 is not a handle in use/],
  ["an end that nobody asked for", "(call $task-cancel)", /^task\.cancel: the task was not asked to end/],
  [
    "backpressure that is taken back",
    "(call $backpressure-dec)",
    /^backpressure\.dec: there is none to take back/,
  ],
  ["two results", "(call $return (i32.const 0))", /^task\.return: the task has returned already/],
  ["a result that is none", "(call $return (i32.const 2))", /^task\.return: 2 names none of 2 cases/],
];

for (const [name, body, message] of TRAPS) {
  test(`${name} is a trap`, () => fails(simple(body, LOCALS), message));
}

test("a task that ends without a result is a trap", () =>
  fails(
    program(`(func (export "run") (result i32) (i32.const 0)) ${NO_CALLBACK}`),
    /#?.*: the task ended without a result$/,
  ));

test("what a callback returns must mean something", () =>
  fails(
    program(`(func (export "run") (result i32) (i32.const 3)) ${NO_CALLBACK}`),
    /a callback returned 3, which means nothing$/,
  ));

test("a callback waits for a set, and for nothing else", () =>
  fails(
    program(`(func (export "run") (result i32) (i32.const 0x72)) ${NO_CALLBACK}`),
    /7 is not a handle in use/,
  ));

test("what is called by cabi_realloc can't call out", async () => {
  // a list of random bytes makes the host ask for memory
  const text = `(component
    (import "wasi:random/random@0.3.0" (instance $random
      (export "get-random-bytes" (func (param "max-len" u64) (result (list u8))))))
    (core func $set-new (canon waitable-set.new))
    (core module $libc-module
      (import "" "set-new" (func $set-new (result i32)))
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (drop (call $set-new)) (i32.const 8)))
    (core instance $libc (instantiate $libc-module (with "" (instance (export "set-new" (func $set-new))))))
    (core func $bytes (canon lower (func $random "get-random-bytes")
      (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core func $return (canon task.return (result (result))))
    (core module $m
      (import "" "bytes" (func $bytes (param i64 i32)))
      (import "" "return" (func $return (param i32)))
      (func (export "run") (result i32)
        (call $bytes (i64.const 4) (i32.const 0)) (call $return (i32.const 0)) (i32.const 0))
      ${NO_CALLBACK})
    (core instance $i (instantiate $m (with "" (instance
      (export "bytes" (func $bytes)) (export "return" (func $return))))))
    (func $lifted async (result (result))
      (canon lift (core func $i "run") async (callback (core func $i "callback"))))
    (instance $command (export "run" (func $lifted)))
    (export "wasi:cli/run@0.3.0" (instance $command)))`;
  await fails(text, /^waitable-set\.new: called while the instance gives memory or cleans up behind a call/);
});

test("what may be done is done", () =>
  endsWell(
    simple(
      `${STREAM} (local.set $set (call $set-new))
       (call $join (local.get $r) (local.get $set)) (call $join (local.get $r) (i32.const 0))
       (call $set-drop (local.get $set))
       (call $backpressure-inc) (call $backpressure-dec)
       (call $context-set (i32.const 5))
       (if (i32.ne (call $context-get) (i32.const 5)) (then unreachable))
       (call $s-drop-readable (local.get $r)) (call $s-drop-writable (local.get $w))`,
      LOCALS,
    ),
  ));

test.run();
