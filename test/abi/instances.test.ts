/** What instances of one program, made by people who need not trust each other, can do to one another and to the host. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Instance } from "../../host/abi/async/instance.ts";
import { Scheduler } from "../../host/abi/async/scheduler.ts";
import { HandleTable } from "../../host/abi/table.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { assemble, endsWell, fails, runText } from "./support.ts";

/** Memory of a page or more, with a `realloc` that gives some of it. */
const libc = (pages: number, realloc = ""): string => `(core module $libc-module
    (memory (export "memory") ${pages})
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      ${realloc}
      (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $p) (local.get 3)))
      (local.get $p)))
  (core instance $libc (instantiate $libc-module))`;
const FULL = '(memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))';

/**
 * A program of two instances: one writes an element of a stream that the other one reads.
 *
 * @param element its type
 * @param fill makes the element at 0 in the writer's memory
 */
function passing(element: string, fill: string): string {
  return `(component
    (component $reader
      ${libc(1)}
      (type $items (stream ${element}))
      (core func $read (canon stream.read $items async ${FULL}))
      (core func $return (canon task.return))
      (core module $m
        (import "" "read" (func $read (param i32 i32 i32) (result i32)))
        (import "" "return" (func $return))
        (func (export "take") (param i32) (result i32)
          (drop (call $read (local.get 0) (i32.const 0) (i32.const 1))) (call $return) (i32.const 0))
        (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
      (core instance $i (instantiate $m (with "" (instance
        (export "read" (func $read)) (export "return" (func $return))))))
      (func (export "take") async (param "items" $items)
        (canon lift (core func $i "take") async (callback (core func $i "callback")))))
    (component $writer
      (type $items (stream ${element}))
      (import "take" (func $take async (param "items" $items)))
      ${libc(32)}
      (core func $take (canon lower (func $take) async))
      (core func $new (canon stream.new $items))
      (core func $write (canon stream.write $items async ${FULL}))
      (core func $return (canon task.return (result (result))))
      (core module $m
        (import "libc" "memory" (memory 1))
        (import "" "take" (func $take (param i32) (result i32)))
        (import "" "new" (func $new (result i64)))
        (import "" "write" (func $write (param i32 i32 i32) (result i32)))
        (import "" "return" (func $return (param i32)))
        (func (export "run") (result i32) (local $both i64) (local $at i32)
          (local.set $both (call $new))
          (if (i32.ne (call $take (i32.wrap_i64 (local.get $both))) (i32.const 2)) (then unreachable))
          ${fill}
          (if (i32.ne (call $write (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32)))
            (i32.const 0) (i32.const 1)) (i32.const 16)) (then unreachable))
          (call $return (i32.const 0)) (i32.const 0))
        (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
      (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance
        (export "take" (func $take)) (export "new" (func $new)) (export "write" (func $write))
        (export "return" (func $return))))))
      (func (export "run") async (result (result))
        (canon lift (core func $i "run") async (callback (core func $i "callback")))))
    (instance $r (instantiate $reader))
    (instance $w (instantiate $writer (with "take" (func $r "take"))))
    (instance $command (export "run" (func $w "run")))
    (export "wasi:cli/run@0.3.0" (instance $command)))`;
}

/** Lists whose items are all the same list of as many: what takes a little of memory says a lot. */
const NESTED = `(i32.store (i32.const 0) (i32.const 8)) (i32.store (i32.const 4) (i32.const 0x4000))
  (local.set $at (i32.const 8))
  (loop $more
    (i32.store (local.get $at) (i32.const 0x40000)) (i32.store offset=4 (local.get $at) (i32.const 0x4000))
    (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 0x20008))))`;

test("what a stream carries between instances is limited as what a call passes", async () => {
  await endsWell(
    passing(
      "(list u32)",
      "(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 100))",
    ),
  );
  await fails(
    passing("(list (list u32))", NESTED),
    /^stream\.write: lists and strings of more than 268435456 bytes/,
  );
});

/**
 * A program of two instances: the outer one drops what belongs to the inner one, whose destructor does something. The
 * outer one keeps 5, and ends well if it is still there.
 */
function destroying(destructor: string): string {
  return `(component
    (component $maker
      (core func $context-set (canon context.set i32 0))
      (core func $return (canon task.return (result (result))))
      (core module $d
        (import "" "context-set" (func $context-set (param i32)))
        (import "" "return" (func $return (param i32)))
        (func (export "destroy") (param i32) ${destructor}))
      (core instance $d (instantiate $d (with "" (instance
        (export "context-set" (func $context-set)) (export "return" (func $return))))))
      (type $thing' (resource (rep i32) (dtor (core func $d "destroy"))))
      (export $thing "thing" (type $thing'))
      (core func $new (canon resource.new $thing'))
      (core module $m (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 1))))
      (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
      (func (export "make") (result (own $thing)) (canon lift (core func $i "make"))))
    (instance $maker (instantiate $maker))
    (alias export $maker "thing" (type $thing))
    (core func $make (canon lower (func $maker "make")))
    (core func $drop (canon resource.drop $thing))
    (core func $context-set (canon context.set i32 0))
    (core func $context-get (canon context.get i32 0))
    (core func $return (canon task.return (result (result))))
    (core module $m
      (import "" "make" (func $make (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "context-set" (func $context-set (param i32)))
      (import "" "context-get" (func $context-get (result i32)))
      (import "" "return" (func $return (param i32)))
      (func (export "run") (result i32)
        (call $context-set (i32.const 5))
        (call $drop (call $make))
        (call $return (i32.ne (call $context-get) (i32.const 5))) (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m (with "" (instance
      (export "make" (func $make)) (export "drop" (func $drop)) (export "return" (func $return))
      (export "context-set" (func $context-set)) (export "context-get" (func $context-get))))))
    (func $lifted async (result (result))
      (canon lift (core func $i "run") async (callback (core func $i "callback"))))
    (instance $command (export "run" (func $lifted)))
    (export "wasi:cli/run@0.3.0" (instance $command)))`;
}

test("a destructor is not part of the task that drops", async () => {
  await endsWell(destroying("(call $context-set (i32.const 9))"));
  await fails(
    destroying("(call $return (i32.const 0))"),
    /^task\.return: what runs is not a function that is lifted async/,
  );
});

/**
 * A program of two instances: the outer one calls the inner one, which waits on its stack, and does something meanwhile.
 *
 * @param meanwhile with `$status` of the call
 */
function holdingUp(meanwhile: string): string {
  return `(component
    (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
      (export "wait-for" (func async (param "how-long" u64)))))
    (component $sleeper
      (import "wait-for" (func $wait-for async (param "how-long" u64)))
      (core func $wait-for (canon lower (func $wait-for)))
      (core func $return (canon task.return))
      (core module $m
        (import "" "wait-for" (func $wait-for (param i64)))
        (import "" "return" (func $return))
        (func (export "sleep") (call $wait-for (i64.const 1000000)) (call $wait-for (i64.const 1000000)) (call $return)))
      (core instance $i (instantiate $m (with "" (instance
        (export "wait-for" (func $wait-for)) (export "return" (func $return))))))
      (func (export "sleep") async (canon lift (core func $i "sleep") async)))
    (instance $s (instantiate $sleeper (with "wait-for" (func $clock "wait-for"))))
    ${libc(1)}
    (core func $sleep (canon lower (func $s "sleep") async))
    (core func $wait-for (canon lower (func $clock "wait-for")))
    (core func $set-new (canon waitable-set.new))
    (core func $join (canon waitable.join))
    (core func $wait (canon waitable-set.wait (memory (core memory $libc "memory"))))
    (core func $drop (canon subtask.drop))
    (core func $return (canon task.return (result (result))))
    (core module $m
      (import "" "sleep" (func $sleep (result i32)))
      (import "" "wait-for" (func $wait-for (param i64)))
      (import "" "set-new" (func $set-new (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "return" (func $return (param i32)))
      (func (export "run") (local $call i32) (local $set i32)
        (local.set $call (i32.shr_u (call $sleep) (i32.const 4)))
        ${meanwhile}
        (local.set $set (call $set-new))
        (call $join (local.get $call) (local.get $set))
        (if (i32.ne (call $wait (local.get $set) (i32.const 0)) (i32.const 1)) (then unreachable))
        (call $drop (local.get $call))
        (call $return (i32.const 0))))
    (core instance $i (instantiate $m (with "" (instance
      (export "sleep" (func $sleep)) (export "wait-for" (func $wait-for)) (export "set-new" (func $set-new))
      (export "join" (func $join)) (export "wait" (func $wait)) (export "drop" (func $drop))
      (export "return" (func $return))))))
    (func $lifted async (result (result)) (canon lift (core func $i "run") async))
    (instance $command (export "run" (func $lifted)))
    (export "wasi:cli/run@0.3.0" (instance $command)))`;
}

test("who has called one that waits on its stack goes on, on one stack when that has ended", async () => {
  await endsWell(holdingUp(""), { blocks: true });
  await endsWell(holdingUp("(call $wait-for (i64.const 500000))"), { blocks: true });
});

/** A program of two instances: the outer one calls the inner one many times, which gives its result and waits for ever. */
function crowding(lift: "callback" | "stack", calls: number): string {
  const isStack = lift === "stack";
  return `(component
    (component $crowd
      ${libc(1)}
      (core func $return (canon task.return))
      (core func $set-new (canon waitable-set.new))
      (core func $wait (canon waitable-set.wait (memory (core memory $libc "memory"))))
      (core module $m
        (import "" "return" (func $return))
        (import "" "set-new" (func $set-new (result i32)))
        ${isStack ? '(import "" "wait" (func $wait (param i32 i32) (result i32)))' : ""}
        (global $set (mut i32) (i32.const 0))
        (func (export "stay") ${isStack ? "" : "(result i32)"}
          (if (i32.eqz (global.get $set)) (then (global.set $set (call $set-new))))
          (call $return)
          ${
            isStack
              ? "(drop (call $wait (global.get $set) (i32.const 0)))"
              : "(i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4)))"
          })
        (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
      (core instance $i (instantiate $m (with "" (instance
        (export "return" (func $return)) (export "set-new" (func $set-new)) (export "wait" (func $wait))))))
      (func (export "stay") async (canon lift (core func $i "stay") async
        ${isStack ? "" : '(callback (core func $i "callback"))'})))
    (instance $c (instantiate $crowd))
    (core func $stay (canon lower (func $c "stay") async))
    (core func $return (canon task.return (result (result))))
    (core module $m
      (import "" "stay" (func $stay (result i32)))
      (import "" "return" (func $return (param i32)))
      (func (export "run") (result i32) (local $left i32)
        (local.set $left (i32.const ${calls}))
        (loop $more
          (if (i32.ne (call $stay) (i32.const 2)) (then unreachable))
          (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (call $return (i32.const 0)) (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m (with "" (instance
      (export "stay" (func $stay)) (export "return" (func $return))))))
    (func $lifted async (result (result))
      (canon lift (core func $i "run") async (callback (core func $i "callback"))))
    (instance $command (export "run" (func $lifted)))
    (export "wasi:cli/run@0.3.0" (instance $command)))`;
}

test("calls that have given their result and go on are counted, and so are stacks", async () => {
  await fails(crowding("callback", 200_000), /^all 131072 calls that a program may have go on$/, {
    suspends: false,
  });
  if (!hasJspi) return;
  const { said } = await runText(await assemble(crowding("stack", 5000)), "suspended");
  assert.is(said, "all 4096 stacks on which a program may wait at a time are in use");
});

test("nobody is let in while an instance gives memory", () => {
  const turns: (() => void)[] = [];
  const state = new Instance(new HandleTable(), new Scheduler(false, (call) => turns.push(call)));
  let entered = 0;
  const one = {
    isQueued: false,
    resume() {
      assert.ok(state.mayLeave);
      entered++;
    },
  };
  state.increaseBackpressure();
  state.waitToEnter(one);
  state.inside(() => state.decreaseBackpressure());
  assert.is(entered, 0);
  for (const turn of turns) turn();
  assert.is(entered, 1);
  state.increaseBackpressure();
  state.decreaseBackpressure();
  assert.is(entered, 2);
});

test.run();
