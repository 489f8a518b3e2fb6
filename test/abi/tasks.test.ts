/** What guests get of streams, futures, sets, calls and tasks, in every order of events, however they wait. */
import { test } from "uvu";
import { endsWell, fails, NO_CALLBACK, program } from "./support.ts";

const EQ = `(func $eq (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))`;
const LOCALS = "(local $both i64) (local $r i32) (local $w i32) (local $set i32) (local $event i32)";
const ends = (letter: "s" | "f"): string => `(local.set $both (call $${letter}-new))
  (local.set $r (i32.wrap_i64 (local.get $both)))
  (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))`;
const read = (at: number, count: number): string =>
  `(call $s-read (local.get $r) (i32.const ${at}) (i32.const ${count}))`;
const write = (at: number, count: number): string =>
  `(call $s-write (local.get $w) (i32.const ${at}) (i32.const ${count}))`;
const eq = (what: string, value: number): string => `(call $eq ${what} (i32.const ${value}))`;

const BLOCKED = -1;
const COMPLETED = 0;
const DROPPED = 1;
const CANCELLED = 2;
const moved = (count: number, result: number): number => result | (count << 4);

/** A program that does something and ends well. */
function doing(body: string): string {
  return program(`${EQ} (func (export "run") (result i32) ${LOCALS} ${body}
    (call $return (i32.const 0)) (i32.const 0)) ${NO_CALLBACK}`);
}

/** Looks for an event in `$set`, which is to be of `$r` or `$w`. */
const event = (kind: number, handle: string, payload: number): string =>
  `${eq("(call $set-poll (local.get $set) (i32.const 32))", kind)}
   (call $eq (i32.load (i32.const 32)) (local.get ${handle})) ${eq("(i32.load (i32.const 36))", payload)}`;

test("a copy moves as much as both ends have room for", () =>
  endsWell(
    doing(`${ends("s")} (i32.store (i32.const 0) (i32.const 0x04030201))
      ${eq(read(100, 3), BLOCKED)}
      ${eq(write(0, 4), moved(3, COMPLETED))}
      ${eq("(i32.load (i32.const 100))", 0x030201)}
      ${eq("(call $s-cancel-read (local.get $r))", moved(3, CANCELLED))}
      ${eq(write(0, 4), BLOCKED)}
      ${eq(read(200, 1), moved(1, COMPLETED))}
      ${eq(read(201, 3), moved(3, COMPLETED))}
      ${eq("(i32.load (i32.const 200))", 0x04030201)}
      ${eq("(call $s-cancel-write (local.get $w))", moved(4, CANCELLED))}`),
  ));

test("an event tells all that was moved until it is told", () =>
  endsWell(
    doing(`${ends("s")} (local.set $set (call $set-new)) (call $join (local.get $r) (local.get $set))
      ${eq("(call $set-poll (local.get $set) (i32.const 32))", 0)}
      ${eq(read(100, 8), BLOCKED)} ${eq(write(0, 2), moved(2, COMPLETED))} ${eq(write(2, 3), moved(3, COMPLETED))}
      ${event(2, "$r", moved(5, COMPLETED))}
      ${eq("(call $set-poll (local.get $set) (i32.const 32))", 0)}
      ${eq(write(0, 4), BLOCKED)} (call $join (local.get $w) (local.get $set))
      ${eq(read(100, 2), moved(2, COMPLETED))} ${eq(read(100, 2), moved(2, COMPLETED))}
      ${event(3, "$w", moved(4, COMPLETED))}`),
  ));

test("to read nothing is to wait for a writer, and to write nothing for a reader", () =>
  endsWell(
    doing(`${ends("s")} (local.set $set (call $set-new))
      (call $join (local.get $r) (local.get $set)) (call $join (local.get $w) (local.get $set))
      ${eq(read(0, 0), BLOCKED)} ${eq(write(0, 4), BLOCKED)}
      ${event(2, "$r", moved(0, COMPLETED))}
      ${eq(read(100, 4), moved(4, COMPLETED))} ${event(3, "$w", moved(4, COMPLETED))}
      ${eq(write(0, 0), BLOCKED)} ${eq(read(100, 4), BLOCKED)} ${event(3, "$w", moved(0, COMPLETED))}
      ${eq(write(0, 0), moved(0, COMPLETED))} ${eq(write(0, 1), moved(1, COMPLETED))}
      ${event(2, "$r", moved(1, COMPLETED))}`),
  ));

test("an end learns that the other one is gone, with what was moved before", () =>
  endsWell(
    doing(`${ends("s")} (local.set $set (call $set-new)) (call $join (local.get $r) (local.get $set))
      ${eq(read(100, 8), BLOCKED)} ${eq(write(0, 2), moved(2, COMPLETED))}
      (call $s-drop-writable (local.get $w)) ${event(2, "$r", moved(2, DROPPED))}
      (call $join (local.get $r) (i32.const 0)) (call $s-drop-readable (local.get $r))
      ${ends("s")} (call $s-drop-readable (local.get $r)) ${eq(write(0, 2), DROPPED)}
      (call $s-drop-writable (local.get $w))
      ${ends("s")} ${eq(write(0, 2), BLOCKED)} (call $s-drop-readable (local.get $r))
      ${eq("(call $s-cancel-write (local.get $w))", DROPPED)}`),
  ));

test("a future moves one value, once", () =>
  endsWell(
    doing(`${ends("f")} (i32.store (i32.const 0) (i32.const 77))
      ${eq("(call $f-read (local.get $r) (i32.const 64))", BLOCKED)}
      ${eq("(call $f-cancel-read (local.get $r))", CANCELLED)}
      ${eq("(call $f-write (local.get $w) (i32.const 0))", BLOCKED)}
      ${eq("(call $f-read (local.get $r) (i32.const 64))", COMPLETED)}
      ${eq("(i32.load (i32.const 64))", 77)}
      ${eq("(call $f-cancel-write (local.get $w))", COMPLETED)}
      (call $f-drop-writable (local.get $w)) (call $f-drop-readable (local.get $r))
      ${ends("f")} (call $f-drop-readable (local.get $r))
      ${eq("(call $f-write (local.get $w) (i32.const 0))", DROPPED)} (call $f-drop-writable (local.get $w))`),
  ));

test("a task goes on with the event that it waits for, and with none where it only lets others go on", () =>
  endsWell(
    program(`${EQ} (global $set (mut i32) (i32.const 0)) (global $r (mut i32) (i32.const 0))
      (global $w (mut i32) (i32.const 0)) (global $turns (mut i32) (i32.const 0))
      (func (export "run") (result i32) ${LOCALS} ${ends("s")}
        (global.set $r (local.get $r)) (global.set $w (local.get $w)) (global.set $set (call $set-new))
        (call $join (local.get $r) (global.get $set))
        ${eq(read(0, 4), BLOCKED)} (call $context-set (i32.const 9)) (i32.const 1))
      (func (export "callback") (param $event i32) (param $handle i32) (param $payload i32) (result i32)
        ${eq("(call $context-get)", 9)}
        (global.set $turns (i32.add (global.get $turns) (i32.const 1)))
        (if (i32.lt_u (global.get $turns) (i32.const 100)) (then
          ${eq("(local.get $event)", 0)} (return (i32.const 1))))
        (if (i32.eq (global.get $turns) (i32.const 100)) (then
          ${eq(`(call $s-write (global.get $w) (i32.const 64) (i32.const 3))`, moved(3, COMPLETED))}
          (return (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))))
        ${eq("(local.get $event)", 2)} (call $eq (local.get $handle) (global.get $r))
        ${eq("(local.get $payload)", moved(3, COMPLETED))}
        (call $return (i32.const 0)) (i32.const 0))`),
  ));

test("who waits for what nobody will do is ended", async () => {
  await fails(
    program(`(func (export "run") (result i32) (i32.or (i32.const 2) (i32.shl (call $set-new) (i32.const 4))))
      ${NO_CALLBACK}`),
    /^it waits for what nobody will do$/,
  );
  await fails(
    program(
      `(func (export "run") (drop (call $set-wait (call $set-new) (i32.const 0))) (call $return (i32.const 0)))`,
      {
        lift: '(canon lift (core func $i "run") async)',
      },
    ),
    /^it waits for what nobody will do$/,
    { blocks: true },
  );
});

/** The clock, in both versions. */
const CLOCKS = `(import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "now" (func (result u64)))
    (export "wait-for" (func async (param "how-long" u64)))))
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock02
    (alias outer 1 $pollable (type $pollable'))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable'))))))`;
const CLOCK_FUNCTIONS = {
  now: ['canon lower (func $clock "now")', "(result i64)"],
  "wait-for": ['canon lower (func $clock "wait-for") async', "(param i64) (result i32)"],
  "wait-for-sync": ['canon lower (func $clock "wait-for")', "(param i64)"],
  timer: ['canon lower (func $clock02 "subscribe-duration")', "(param i64) (result i32)"],
  block: ['canon lower (func $poll "[method]pollable.block")', "(param i32)"],
} as const;
const clocks = { before: CLOCKS, functions: CLOCK_FUNCTIONS };

test("a call of the host returns later, or is called off", () =>
  endsWell(
    program(
      `${EQ} (global $call (mut i32) (i32.const 0))
      (func (export "run") (result i32) (local $status i32) (local $set i32)
        ${eq("(call $wait-for (i64.const 0))", 2)}
        (local.set $status (call $wait-for (i64.const 1000000000000)))
        ${eq("(i32.and (local.get $status) (i32.const 15))", 1)}
        ${eq("(call $call-cancel (i32.shr_u (local.get $status) (i32.const 4)))", 4)}
        (call $call-drop (i32.shr_u (local.get $status) (i32.const 4)))
        (global.set $call (i32.shr_u (call $wait-for (i64.const 100000000)) (i32.const 4)))
        (local.set $set (call $set-new)) (call $join (global.get $call) (local.get $set))
        (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
      (func (export "callback") (param $event i32) (param $handle i32) (param $payload i32) (result i32)
        ${eq("(local.get $event)", 1)} (call $eq (local.get $handle) (global.get $call))
        ${eq("(local.get $payload)", 2)}
        (call $call-drop (local.get $handle)) (call $return (i32.const 0)) (i32.const 0))`,
      clocks,
    ),
  ));

test("a call that has not ended can't be dropped", () =>
  fails(
    program(
      `(func (export "run") (result i32)
        (call $call-drop (i32.shr_u (call $wait-for (i64.const 1000000000000)) (i32.const 4))) (i32.const 0))
       ${NO_CALLBACK}`,
      clocks,
    ),
    /^subtask\.drop: 1 has not ended, or its end was not told/,
  ));

test("a guest that can be suspended waits on its stack, in its callbacks too, and is the same task behind it", () =>
  endsWell(
    program(
      `${EQ} (func $waits (local $set i32) (local $call i32)
        (call $context-set (i32.const 5))
        (call $wait-for-sync (i64.const 1000000)) ${eq("(call $context-get)", 5)}
        (call $wait-for-sync (i64.const 0)) ${eq("(call $context-get)", 5)}
        (call $block (call $timer (i64.const 1000000))) ${eq("(call $context-get)", 5)}
        (call $block (call $timer (i64.const 0))) ${eq("(call $context-get)", 5)}
        (drop (call $yield)) ${eq("(call $context-get)", 5)}
        (local.set $call (i32.shr_u (call $wait-for (i64.const 100000000)) (i32.const 4)))
        (local.set $set (call $set-new)) (call $join (local.get $call) (local.get $set))
        ${eq("(call $set-wait (local.get $set) (i32.const 0))", 1)} ${eq("(call $context-get)", 5)}
        (call $eq (i32.load (i32.const 0)) (local.get $call)) ${eq("(i32.load (i32.const 4))", 2)}
        (call $call-drop (local.get $call)) (call $set-drop (local.get $set)))
      (func (export "run") (result i32) (call $waits) (i32.const 1))
      (func (export "callback") (param i32 i32 i32) (result i32)
        (call $waits) (call $return (i32.const 0)) (i32.const 0))`,
      clocks,
    ),
    { blocks: true },
  ));

test("a guest that asks again and again gives turns, and is the same task behind them", () =>
  endsWell(
    program(
      `${EQ} (func $asks (local $left i32) (local $until i64)
        (call $context-set (i32.const 5))
        (local.set $until (i64.add (call $now) (i64.const 40000000)))
        (loop $again (br_if $again (i64.lt_u (call $now) (local.get $until))))
        ${eq("(call $context-get)", 5)})
      (func (export "run") (result i32) (call $asks) (i32.const 1))
      (func (export "callback") (param i32 i32 i32) (result i32)
        (call $asks) (call $wait-for-sync (i64.const 1000000)) (call $return (i32.const 0)) (i32.const 0))`,
      clocks,
    ),
    { blocks: true },
  ));

test("one that can't be suspended is told so", () =>
  fails(
    program(
      `(func (export "run") (result i32) (call $wait-for-sync (i64.const 1000000000000)) (i32.const 0)) ${NO_CALLBACK}`,
      clocks,
    ),
    // where it can, it would wait for a quarter of an hour: it is not run so
    /it would have to wait, and the guest can't be suspended here/,
    { suspends: false },
  ));

test("a function that is lifted without async gives its result by returning", () =>
  endsWell(
    program(`(func (export "run") (result i32) (call $wait-for-sync (i64.const 1000000)) (i32.const 0))`, {
      ...clocks,
      lift: '(canon lift (core func $i "run"))',
    }),
    { blocks: true },
  ));

test.run();
