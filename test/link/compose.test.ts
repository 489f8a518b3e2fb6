/** Components made of components: each part has its own handles and memory, and gets what it is given. */
import { test } from "uvu";
import { command, endsWell, fails } from "./support.ts";

const REALLOC = `(memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func (export "realloc") (param i32 i32 i32 i32) (result i32)
    (local $p i32)
    (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
    (global.set $next (i32.add (local.get $p) (local.get 3)))
    (local.get $p))`;

/** Exports a resource `r`, and functions that make one, read it, and tell the sum of those that were dropped. */
const MAKER = `(component $maker
  (core module $m ${REALLOC}
    (global $dropped (mut i32) (i32.const 0))
    (func (export "dtor") (param i32) (global.set $dropped (i32.add (global.get $dropped) (local.get 0))))
    (func (export "dropped") (result i32) (global.get $dropped))
    (func (export "get") (param i32) (result i32) (local.get 0))
    (func (export "reverse") (param $p i32) (param $n i32) (result i32)
      (local $i i32)
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (i32.store8 (i32.add (i32.const 600) (local.get $i))
            (i32.load8_u (i32.add (local.get $p)
              (i32.sub (i32.sub (local.get $n) (local.get $i)) (i32.const 1)))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $l))))
      (i32.store (i32.const 512) (i32.const 600))
      (i32.store (i32.const 516) (local.get $n))
      (i32.const 512)))
  (core instance $i (instantiate $m))
  (type $r' (resource (rep i32) (dtor (core func $i "dtor"))))
  (export $r "r" (type $r'))
  (core func $new (canon resource.new $r'))
  (core func $rep (canon resource.rep $r'))
  (core func $own-drop (canon resource.drop $r'))
  (core module $m2
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "rep" (func $rep (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    ;; what it was, and it is gone
    (func (export "end") (param i32) (result i32)
      (local $v i32)
      (local.set $v (call $rep (local.get 0)))
      (call $drop (local.get 0))
      (local.get $v)))
  (core instance $i2 (instantiate $m2 (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $own-drop))))))
  (func (export "make") (param "n" u32) (result (own $r)) (canon lift (core func $i2 "make")))
  (func (export "end") (param "it" (own $r)) (result u32) (canon lift (core func $i2 "end")))
  (func (export "get") (param "self" (borrow $r)) (result u32) (canon lift (core func $i "get")))
  (func (export "dropped") (result u32) (canon lift (core func $i "dropped")))
  (func (export "reverse") (param "s" string) (result string)
    (canon lift (core func $i "reverse") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))`;

/** A program of a maker and a user whose core function `run` is `body`. */
function program(body: string, locals = ""): string {
  return `(component ${MAKER}
    (instance $maker (instantiate $maker))
    (alias export $maker "r" (type $r))
    (component $user
      (import "r" (type $r (sub resource)))
      (import "make" (func $make (param "n" u32) (result (own $r))))
      (import "end" (func $end (param "it" (own $r)) (result u32)))
      (import "get" (func $get (param "self" (borrow $r)) (result u32)))
      (import "dropped" (func $dropped (result u32)))
      (import "reverse" (func $reverse (param "s" string) (result string)))
      (core module $mem ${REALLOC})
      (core instance $mem (instantiate $mem))
      (core func $make' (canon lower (func $make)))
      (core func $end' (canon lower (func $end)))
      (core func $get' (canon lower (func $get)))
      (core func $dropped' (canon lower (func $dropped)))
      (core func $reverse' (canon lower (func $reverse)
        (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
      (core func $drop (canon resource.drop $r))
      (core module $m
        (import "" "memory" (memory 1))
        (import "" "make" (func $make (param i32) (result i32)))
        (import "" "end" (func $end (param i32) (result i32)))
        (import "" "get" (func $get (param i32) (result i32)))
        (import "" "dropped" (func $dropped (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (import "" "reverse" (func $reverse (param i32 i32 i32)))
        (data (i32.const 16) "hello")
        (func $is (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
        (func (export "run") (result i32) ${locals} ${body} (i32.const 0)))
      (core instance $i (instantiate $m (with "" (instance
        (export "memory" (memory $mem "memory")) (export "make" (func $make')) (export "end" (func $end'))
        (export "get" (func $get')) (export "dropped" (func $dropped')) (export "drop" (func $drop))
        (export "reverse" (func $reverse'))))))
      (func (export "run") (result (result)) (canon lift (core func $i "run"))))
    (instance $user (instantiate $user (with "r" (type $r))
      (with "make" (func $maker "make")) (with "end" (func $maker "end")) (with "get" (func $maker "get"))
      (with "dropped" (func $maker "dropped")) (with "reverse" (func $maker "reverse"))))
    (instance $run (export "run" (func $user "run")))
    (export "wasi:cli/run@0.2.0" (instance $run)))`;
}

test("a resource of one part is held by another: lent, given back and dropped", async () => {
  await endsWell(
    program(
      `(local.set $h (call $make (i32.const 42)))
      (local.set $k (call $make (i32.const 7)))
      (call $is (call $get (local.get $h)) (i32.const 42))
      (call $is (call $get (local.get $k)) (i32.const 7))
      (call $drop (local.get $h))
      (call $is (call $dropped) (i32.const 42))
      (call $is (call $end (local.get $k)) (i32.const 7))
      (call $is (call $dropped) (i32.const 49))`,
      "(local $h i32) (local $k i32)",
    ),
  );
});

test("a handle that was given away or dropped is none", async () => {
  await fails(
    program(
      `(local.set $h (call $make (i32.const 42)))
      (drop (call $end (local.get $h)))
      (drop (call $get (local.get $h)))`,
      "(local $h i32)",
    ),
    /1 is not a handle in use; expected a handle to/,
  );
  await fails(program(`(call $drop (i32.const 1))`), /1 is not a handle in use/);
  await fails(program(`(drop (call $end (i32.const 0)))`), /0 is not a handle in use/);
});

test("a string goes from one memory to another, and back", async () => {
  await endsWell(
    program(`(call $reverse (i32.const 16) (i32.const 5) (i32.const 64))
      (call $is (i32.load (i32.const 68)) (i32.const 5))
      (call $is (i32.load8_u (i32.load (i32.const 64))) (i32.const 111))
      (call $is (i32.load8_u (i32.add (i32.load (i32.const 64)) (i32.const 4))) (i32.const 104))`),
  );
  await fails(
    program(`(call $reverse (i32.const 65535) (i32.const 5) (i32.const 64))`),
    /not within the memory/,
  );
  await fails(
    program(`(call $reverse (i32.const 16) (i32.const 5) (i32.const 65))`),
    /not within the memory/,
  );
});

/** Streams of the host in two parts: `$holder` has handle 1, and `$other` uses a handle of that number. */
test("a handle of one part is none of another", async () => {
  const importing = `(import "wasi:io/streams@0.2.0" (instance $streams
      (export "output-stream" (type (sub resource)))))
    (alias export $streams "output-stream" (type $stream))
    (import "wasi:cli/stdout@0.2.0" (instance $stdout
      (alias outer 1 $stream (type $s)) (export "output-stream" (type $t (eq $s)))
      (export "get-stdout" (func (result (own $t))))))
    (core func $get (canon lower (func $stdout "get-stdout")))
    (core func $drop (canon resource.drop $stream))
    (core module $m (import "" "get" (func $get (result i32))) (import "" "drop" (func $drop (param i32)))
      (func (export "hold") (result i32) (call $get))
      (func (export "use") (result i32) (call $drop (i32.const 1)) (i32.const 0)))
    (core instance $i (instantiate $m (with "" (instance (export "get" (func $get)) (export "drop" (func $drop))))))
    (func (export "hold") (result u32) (canon lift (core func $i "hold")))
    (func (export "use") (result u32) (canon lift (core func $i "use")))`;
  const parts = (user: string): string => `(component
    (import "wasi:io/streams@0.2.0" (instance $streams (export "output-stream" (type (sub resource)))))
    (alias export $streams "output-stream" (type $stream))
    (import "wasi:cli/stdout@0.2.0" (instance $stdout
      (alias outer 1 $stream (type $s)) (export "output-stream" (type $t (eq $s)))
      (export "get-stdout" (func (result (own $t))))))
    (component $part ${importing})
    (instance $holder (instantiate $part
      (with "wasi:io/streams@0.2.0" (instance $streams)) (with "wasi:cli/stdout@0.2.0" (instance $stdout))))
    (instance $other (instantiate $part
      (with "wasi:io/streams@0.2.0" (instance $streams)) (with "wasi:cli/stdout@0.2.0" (instance $stdout))))
    (core func $hold (canon lower (func $holder "hold")))
    (core func $use (canon lower (func $${user} "use")))
    (core module $m (import "" "hold" (func $hold (result i32))) (import "" "use" (func $use (result i32)))
      (func (export "run") (result i32)
        (if (i32.ne (call $hold) (i32.const 1)) (then unreachable)) (call $use)))
    (core instance $i (instantiate $m (with "" (instance (export "hold" (func $hold)) (export "use" (func $use))))))
    (func $run (result (result)) (canon lift (core func $i "run")))
    (instance $run (export "run" (func $run)))
    (export "wasi:cli/run@0.2.0" (instance $run)))`;
  await endsWell(parts("holder"));
  await fails(
    parts("other"),
    /1 is not a handle in use; expected a handle to wasi:io\/streams output-stream/,
  );
});

test("a part that waits suspends all that have called it", async () => {
  await endsWell(
    `(component
      (import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type $p (sub resource)))
        (export "[method]pollable.block" (func (param "self" (borrow $p))))))
      (alias export $poll "pollable" (type $pollable))
      (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
        (alias outer 1 $pollable (type $p'))
        (export "pollable" (type $p (eq $p'))) (type $u u64) (export "duration" (type $duration (eq $u)))
        (export "subscribe-duration" (func (param "when" $duration) (result (own $p))))))
      (component $sleeper
        (import "poll" (instance $poll (export "pollable" (type $p (sub resource)))
          (export "[method]pollable.block" (func (param "self" (borrow $p))))))
        (alias export $poll "pollable" (type $pollable))
        (import "subscribe" (func $subscribe (param "when" u64) (result (own $pollable))))
        (core func $block (canon lower (func $poll "[method]pollable.block")))
        (core func $subscribe' (canon lower (func $subscribe)))
        (core func $drop (canon resource.drop $pollable))
        (core module $m (import "" "block" (func $block (param i32)))
          (import "" "subscribe" (func $subscribe (param i64) (result i32)))
          (import "" "drop" (func $drop (param i32)))
          (func (export "sleep") (result i32) (local $p i32)
            (local.set $p (call $subscribe (i64.const 1000000)))
            (call $block (local.get $p)) (call $drop (local.get $p)) (i32.const 5)))
        (core instance $i (instantiate $m (with "" (instance (export "block" (func $block))
          (export "subscribe" (func $subscribe')) (export "drop" (func $drop))))))
        (func (export "sleep") (result u32) (canon lift (core func $i "sleep"))))
      (instance $sleeper (instantiate $sleeper (with "poll" (instance $poll))
        (with "subscribe" (func $clock "subscribe-duration"))))
      (core func $sleep (canon lower (func $sleeper "sleep")))
      (core module $m (import "" "sleep" (func $sleep (result i32)))
        (func (export "run") (result i32) (i32.ne (call $sleep) (i32.const 5))))
      (core instance $i (instantiate $m (with "" (instance (export "sleep" (func $sleep))))))
      (func $run (result (result)) (canon lift (core func $i "run")))
      (instance $run (export "run" (func $run)))
      (export "wasi:cli/run@0.2.0" (instance $run)))`,
    undefined,
    true,
  );
});

test("an instance that is being called can't be called again", async () => {
  await fails(
    `(component
      (core module $a (table (export "t") 1 funcref)
        (type $f (func (result i32)))
        (func (export "outer") (result i32) (call_indirect (type $f) (i32.const 0)))
        (func (export "inner") (result i32) (i32.const 0)))
      (core instance $a (instantiate $a))
      (func $inner (result u32) (canon lift (core func $a "inner")))
      (core func $own (canon lower (func $inner)))
      (core module $set (import "" "t" (table 1 funcref)) (import "" "f" (func (result i32))) (elem (i32.const 0) func 0))
      (core instance (instantiate $set (with "" (instance (export "t" (table $a "t")) (export "f" (func $own))))))
      (func $run (result (result)) (canon lift (core func $a "outer")))
      (instance $run (export "run" (func $run)))
      (export "wasi:cli/run@0.2.0" (instance $run)))`,
    /an instance calls one that is being called$/,
  );
});

test("what is lent for a call is not given back, where it could be kept", async () => {
  const lending = (result: string): string => `(component
    (type $r (resource (rep i32)))
    ${result}
    (core module $m (memory (export "memory") 1) (func (export "f") (result i32) (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (result $t) (canon lift (core func $i "f") (memory (core memory $i "memory")))))`;
  for (const result of [
    "(type $t (borrow $r))",
    "(type $b (borrow $r)) (type $t (list $b))",
    `(type $b (borrow $r)) (type $o (option $b)) (type $t (tuple u8 $o))`,
  ]) {
    await fails(lending(result), /^a function lends what it gives back$/);
  }
  await fails(lending("(type $t (own $r))"), /not a command \(no wasi:cli\/run export\)/);
});

/** A program that passes another part $t, which is at 0: pairs of a place and a length, all of them alike. */
function passing(types: string, place: number, length: number, pairs: number): string {
  return `(component
    (component $taker ${types}
      (core module $m (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
        (func (export "take") (param i32 i32)))
      (core instance $i (instantiate $m))
      (func (export "take") (param "it" $t) (canon lift (core func $i "take")
        (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
    (instance $taker (instantiate $taker))
    (component $giver ${types}
      (import "take" (func $take (param "it" $t)))
      (core module $mem (memory (export "memory") 64))
      (core instance $mem (instantiate $mem))
      (core func $take' (canon lower (func $take) (memory (core memory $mem "memory"))))
      (core module $m (import "" "memory" (memory 1)) (import "" "take" (func $take (param i32 i32)))
        (func (export "run") (result i32) (local $at i32)
          (loop $next
            (i32.store (local.get $at) (i32.const ${place}))
            (i32.store offset=4 (local.get $at) (i32.const ${length}))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const ${8 * pairs}))))
          (call $take (i32.const 0) (i32.const ${pairs})) (i32.const 0)))
      (core instance $i (instantiate $m (with "" (instance
        (export "memory" (memory $mem "memory")) (export "take" (func $take'))))))
      (func (export "run") (result (result)) (canon lift (core func $i "run"))))
    (instance $giver (instantiate $giver (with "take" (func $taker "take"))))
    (instance $run (export "run" (func $giver "run")))
    (export "wasi:cli/run@0.2.0" (instance $run)))`;
}

test("the same bytes again and again are no way to fill the host's memory", async () => {
  for (const [types, place, length, pairs] of [
    ["(type $s (list u32)) (type $t (list $s))", 0, 65_536, 65_536],
    ["(type $s (list string)) (type $t (list $s))", 0, 65_536, 65_536],
    ["(type $t (list string))", 2_097_152, 2_000_000, 100_000],
    ["(type $b (list u8)) (type $t (list $b))", 2_097_152, 2_000_000, 100_000],
  ] as const) {
    await fails(passing(types, place, length, pairs), /: lists and strings of more than 268435456 bytes$/);
  }
});

test("what cleans up behind a call calls nobody else", () =>
  fails(
    command(`(component $inner
      (core module $m (func (export "seven") (result i32) (i32.const 7)))
      (core instance $i (instantiate $m))
      (func (export "seven") (result u32) (canon lift (core func $i "seven"))))
    (instance $inner (instantiate $inner))
    (component $outer
      (import "seven" (func $seven (result u32)))
      (core func $seven' (canon lower (func $seven)))
      (core module $m
        (import "" "seven" (func $seven (result i32)))
        (func (export "get") (result i32) (call $seven))
        (func (export "clean") (param i32) (drop (call $seven))))
      (core instance $i (instantiate $m (with "" (instance (export "seven" (func $seven'))))))
      (func (export "get") (result u32)
        (canon lift (core func $i "get") (post-return (core func $i "clean")))))
    (instance $outer (instantiate $outer (with "seven" (func $inner "seven"))))
    (core func $get (canon lower (func $outer "get")))
    (core module $r (import "" "get" (func $get (result i32)))
      (func (export "run") (result i32) (i32.ne (call $get) (i32.const 7))))
    (core instance $r (instantiate $r (with "" (instance (export "get" (func $get))))))
    (alias core export $r "run" (core func $run))`),
    /called while the instance gives memory or cleans up behind a call/,
  ));

test("a destructor may call out as long as it likes, though it can't be suspended", () =>
  endsWell(
    command(`(import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock (export "now" (func (result u64)))))
    (core func $now (canon lower (func $clock "now")))
    (core module $d (import "" "now" (func $now (result i64)))
      (func (export "dtor") (param i32) (local $end i64)
        (local.set $end (i64.add (call $now) (i64.const 50000000)))
        (loop $more (br_if $more (i64.lt_u (call $now) (local.get $end))))))
    (core instance $d (instantiate $d (with "" (instance (export "now" (func $now))))))
    (type $r (resource (rep i32) (dtor (core func $d "dtor"))))
    (core func $new (canon resource.new $r))
    (core func $drop (canon resource.drop $r))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "run") (result i32) (call $drop (call $new (i32.const 1))) (i32.const 0)))
    (core instance $i (instantiate $m (with "" (instance
      (export "new" (func $new)) (export "drop" (func $drop))))))
    (alias core export $i "run" (core func $run))`),
  ));

test.run();
