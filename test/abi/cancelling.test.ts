/** Calls of another instance that are called off: at each stage that they can be in, however the callee waits and answers. */
import { test } from "uvu";
import { endsWell, fails, type Holding } from "./support.ts";

const MEMORY = '(memory (core memory $libc "memory"))';
const LIBC = `(core module $libc-module (memory (export "memory") 1))
  (core instance $libc (instantiate $libc-module))`;

/** What both import, as core functions: how each is made, and its type. */
const FUNCTIONS: Readonly<Record<string, readonly [canon: string, type: string]>> = {
  "wait-for": ["canon lower (func $wait-for) async", "(param i64) (result i32)"],
  "wait-for-sync": ["canon lower (func $wait-for)", "(param i64)"],
  "set-new": ["canon waitable-set.new", "(result i32)"],
  join: ["canon waitable.join", "(param i32 i32)"],
  wait: [`canon waitable-set.wait ${MEMORY}`, "(param i32 i32) (result i32)"],
  "backpressure-inc": ["canon backpressure.inc", ""],
  "backpressure-dec": ["canon backpressure.dec", ""],
  cancel: ["canon task.cancel", ""],
  "call-cancel": ["canon subtask.cancel async", "(param i32) (result i32)"],
  "call-cancel-sync": ["canon subtask.cancel", "(param i32) (result i32)"],
  "call-drop": ["canon subtask.drop", "(param i32)"],
};

/** A module with the functions that its text calls. */
function module(
  core: string,
  more: Readonly<Record<string, readonly [canon: string, type: string]>>,
): string {
  const used = Object.entries({ ...FUNCTIONS, ...more }).filter(
    ([name]) => core.includes(`$${name} `) || core.includes(`$${name})`),
  );
  return `${LIBC}
    ${used.map(([name, [canon]]) => `(core func $${name} (${canon}))`).join("\n")}
    (core module $m (import "libc" "memory" (memory 1))
      ${used.map(([name, [, type]]) => `(import "" "${name}" (func $${name} ${type}))`).join("\n")} ${core})
    (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance
      ${used.map(([name]) => `(export "${name}" (func $${name}))`).join("\n")}))))`;
}

/** Whether it is lifted with a callback, or waits on its stack. */
type Lift = "callback" | "stack";

const lifted = (name: string, lift: Lift): string =>
  `(canon lift (core func $i "${name}") async ${lift === "callback" ? '(callback (core func $i "callback"))' : ""})`;

/**
 * A program of two instances.
 *
 * @param callee the functions of the inner one: `work`, `free` which isn't async, and what else it needs
 * @param caller what the outer one does on its stack, with `$status` of a call of `work` that it has made
 */
function calling(callee: string, caller: string, lift: Lift = "callback"): string {
  return `(component
    (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
      (export "wait-for" (func async (param "how-long" u64)))))
    (component $callee
      (import "wait-for" (func $wait-for async (param "how-long" u64)))
      ${module(callee, { return: ["canon task.return", ""] })}
      (func (export "work") async ${lifted("work", lift)})
      (func (export "free") (canon lift (core func $i "free"))))
    (instance $c (instantiate $callee (with "wait-for" (func $clock "wait-for"))))
    (alias export $clock "wait-for" (func $wait-for))
    ${module(
      `(func $eq (param i32 i32) (if (i32.ne (local.get 0) (local.get 1)) (then unreachable)))
       (func $waits (param $call i32) (param $state i32) (local $set i32)
         (local.set $set (call $set-new)) (call $join (local.get $call) (local.get $set))
         (call $eq (call $wait (local.get $set) (i32.const 0)) (i32.const 1))
         (call $eq (i32.load (i32.const 4)) (local.get $state)))
       (func (export "run") (local $status i32) (local $call i32)
         (local.set $status (call $work))
         (local.set $call (i32.shr_u (local.get $status) (i32.const 4)))
         ${caller}
         (call $return (i32.const 0)))`,
      {
        work: ['canon lower (func $c "work") async', "(result i32)"],
        free: ['canon lower (func $c "free")', ""],
        return: ["canon task.return (result (result))", "(param i32)"],
      },
    )}
    (func $lifted async (result (result)) ${lifted("run", "stack")})
    (instance $command (export "run" (func $lifted)))
    (export "wasi:cli/run@0.3.0" (instance $command)))`;
}

const eq = (what: string, value: number): string => `(call $eq ${what} (i32.const ${value}))`;
const isAt = (state: number): string => eq("(i32.and (local.get $status) (i32.const 15))", state);
const STARTING = 0;
const STARTED = 1;
const RETURNED = 2;
const BEFORE_START = 3;
const BEFORE_RETURN = 4;

const FREE = '(func (export "free"))';
/** Waits for an hour. */
const WAITS = `(func $hour (result i32) (local $set i32)
    (local.set $set (call $set-new))
    (call $join (i32.shr_u (call $wait-for (i64.const 3600000000000)) (i32.const 4)) (local.get $set))
    (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
  (func (export "work") (result i32) (call $hour))`;
const callback = (body: string): string =>
  `(func (export "callback") (param $event i32) (param i32 i32) (result i32) ${body})`;
const isCancelled = "(if (i32.ne (local.get $event) (i32.const 6)) (then unreachable))";

/** What both ways of calling off give: a state. */
const calledOff = (state: number): readonly string[] => [
  `${eq("(call $call-cancel (local.get $call))", state)}(call $call-drop (local.get $call))`,
  `${eq("(call $call-cancel-sync (local.get $call))", state)}(call $call-drop (local.get $call))`,
];

async function each(texts: readonly string[], holding: Holding = {}): Promise<void> {
  for (const text of texts) await endsWell(text, { blocks: true, ...holding });
}

test("before it starts it never does", () =>
  each(
    calledOff(BEFORE_START).map((off) =>
      calling(
        `${WAITS} ${callback("unreachable")} (func (export "free") (call $backpressure-inc))`,
        // the first was let in, and waits
        `(call $free) (local.set $status (call $work)) ${isAt(STARTING)}
         (local.set $call (i32.shr_u (local.get $status) (i32.const 4))) ${off}`,
      ),
    ),
  ));

test("one that waits in its callback is told, and ends", () =>
  each(
    calledOff(BEFORE_RETURN).map((off) =>
      calling(
        `${WAITS} ${callback(`${isCancelled} (call $cancel) (i32.const 0)`)} ${FREE}`,
        `${isAt(STARTED)} ${off}`,
      ),
    ),
  ));

test("or gives its result nevertheless", () =>
  each(
    calledOff(RETURNED).map((off) =>
      calling(
        `${WAITS} ${callback(`${isCancelled} (call $return) (i32.const 0)`)} ${FREE}`,
        `${isAt(STARTED)} ${off}`,
      ),
    ),
  ));

test("one that lets others go on is told, too", () =>
  each(
    calledOff(BEFORE_RETURN).map((off) =>
      calling(
        `(func (export "work") (result i32) (i32.const 1))
         ${callback(`${isCancelled} (call $cancel) (i32.const 0)`)} ${FREE}`,
        `${isAt(STARTED)} ${off}`,
      ),
    ),
  ));

test("one that takes its time keeps the caller waiting, or tells it by an event", async () => {
  const slow = `${WAITS} (global $told (mut i32) (i32.const 0))
    ${callback(`(if (global.get $told) (then (call $cancel) (return (i32.const 0))))
      ${isCancelled} (global.set $told (i32.const 1)) (i32.const 1)`)} ${FREE}`;
  await each([
    calling(
      slow,
      `${eq("(call $call-cancel (local.get $call))", -1)} (call $waits (local.get $call) (i32.const ${BEFORE_RETURN}))
       (call $call-drop (local.get $call))`,
    ),
    calling(slow, calledOff(BEFORE_RETURN)[1] ?? ""),
  ]);
});

test("one that takes its time keeps the caller waiting whom its begin was not told yet", () =>
  each([
    calling(
      `(global $on (mut i32) (i32.const 0)) (global $told (mut i32) (i32.const 0))
       (func (export "work") (result i32)
         (if (i32.eqz (global.get $on)) (then (call $return) (return (i32.const 0))))
         (i32.or (i32.const 2) (i32.shl (call $set-new) (i32.const 4))))
       ${callback(`(if (global.get $told) (then (call $cancel) (return (i32.const 0))))
         ${isCancelled} (global.set $told (i32.const 1)) (i32.const 1)`)}
       (func (export "free")
         (if (global.get $on) (then (call $backpressure-dec)) (else (call $backpressure-inc)))
         (global.set $on (i32.const 1)))`,
      `(call $free) (local.set $status (call $work)) ${isAt(STARTING)}
       (local.set $call (i32.shr_u (local.get $status) (i32.const 4)))
       ;; it begins while the caller waits for something else
       (call $free) (call $wait-for-sync (i64.const 1000000)) ${calledOff(BEFORE_RETURN)[1]}`,
    ),
  ]));

test("what has returned and was not told is told", () =>
  each([
    calling(
      `(func (export "work") (result i32) (i32.const 1)) ${callback("(call $return) (i32.const 0)")} ${FREE}`,
      // the event loop turns, so that it returns
      `${isAt(STARTED)} (call $wait-for-sync (i64.const 1000000)) ${calledOff(RETURNED)[0]}`,
    ),
  ]));

test("one that waits on its stack is not told, and goes on to its end", () =>
  each(
    [
      `${eq("(call $call-cancel (local.get $call))", -1)} (call $waits (local.get $call) (i32.const ${RETURNED}))
       (call $call-drop (local.get $call))`,
      calledOff(RETURNED)[1] ?? "",
    ].map((off) =>
      calling(
        `(func (export "work") (call $wait-for-sync (i64.const 1000000)) (call $return)) ${FREE}`,
        `${isAt(STARTED)} ${off}`,
        "stack",
      ),
    ),
    // on one stack the caller goes on when it has ended
    { threads: false },
  ));

/** The outer instance calls the inner one, which calls off its call of the outer one: that is on the stack just then. */
const CALLED_OFF_FROM_WITHIN = `(component
  (core func $return-run (canon task.return (result (result))))
  (core func $cancel (canon task.cancel))
  (core func $set-new (canon waitable-set.new))
  (core module $m
    (import "" "return-run" (func $return-run (param i32)))
    (import "" "cancel" (func $cancel))
    (import "" "set-new" (func $set-new (result i32)))
    (type $call (func))
    (table (export "table") 2 2 funcref)
    (global $isTold (mut i32) (i32.const 0))
    ;; f waits for ever, until it is called off
    (func (export "f") (result i32) (i32.or (i32.const 2) (i32.shl (call $set-new) (i32.const 4))))
    (func (export "f-callback") (param i32 i32 i32) (result i32)
      (if (i32.ne (local.get 0) (i32.const 6)) (then unreachable)) (global.set $isTold (i32.const 1))
      (call $cancel) (i32.const 0))
    ;; calls the inner one, which calls f when it has its turn; then calls it to call that off
    (global $turn (mut i32) (i32.const 0))
    (func (export "run") (result i32)
      (call_indirect (type $call) (i32.const 0))
      (i32.const 1))
    (func (export "callback") (param i32 i32 i32) (result i32)
      (global.set $turn (i32.add (global.get $turn) (i32.const 1)))
      (if (i32.eq (global.get $turn) (i32.const 4)) (then (call_indirect (type $call) (i32.const 1))))
      (if (i32.lt_u (global.get $turn) (i32.const 8)) (then (return (i32.const 1))))
      (call $return-run (i32.eqz (global.get $isTold)))
      (i32.const 0)))
  (core instance $i (instantiate $m (with "" (instance
    (export "return-run" (func $return-run)) (export "cancel" (func $cancel))
    (export "set-new" (func $set-new))))))
  (func $f async (canon lift (core func $i "f") async (callback (core func $i "f-callback"))))
  (component $inner
    (import "f" (func $f async))
    (core func $f (canon lower (func $f) async))
    (core func $cancel (canon subtask.cancel async))
    (core func $return (canon task.return))
    (core module $m
      (import "" "f" (func $f (result i32)))
      (import "" "cancel" (func $cancel (param i32) (result i32)))
      (import "" "return" (func $return))
      (global $call (mut i32) (i32.const 0))
      (func (export "begin") (result i32) (i32.const 1))
      (func (export "callback") (param i32 i32 i32) (result i32)
        (global.set $call (i32.shr_u (call $f) (i32.const 4)))
        (call $return) (i32.const 0))
      (func (export "off") (drop (call $cancel (global.get $call)))))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f)) (export "cancel" (func $cancel)) (export "return" (func $return))))))
    (func (export "begin") async (canon lift (core func $i "begin") async (callback (core func $i "callback"))))
    (func (export "off") (canon lift (core func $i "off"))))
  (instance $c (instantiate $inner (with "f" (func $f))))
  (core func $begin (canon lower (func $c "begin") async))
  (core func $off (canon lower (func $c "off")))
  (core module $fill
    (import "" "table" (table 2 2 funcref))
    (import "" "begin" (func $begin (result i32)))
    (import "" "off" (func $off))
    (func $begins (drop (call $begin)))
    (func $offs (call $off))
    (elem (i32.const 0) func $begins $offs))
  (core instance (instantiate $fill (with "" (instance (export "table" (table $i "table")) (export "begin" (func $begin)) (export "off" (func $off))))))
  (func $run async (result (result)) (canon lift (core func $i "run") async (callback (core func $i "callback"))))
  (instance $command (export "run" (func $run)))
  (export "wasi:cli/run@0.3.0" (instance $command)))`;

test("one whose instance is on the stack is told when it is off it", () => endsWell(CALLED_OFF_FROM_WITHIN));

test("who is asked twice, or calls off what has ended, traps", async () => {
  const slow = `${WAITS} ${callback("(i32.const 1)")} ${FREE}`;
  const ends = `(func (export "work") (result i32) (call $return) (i32.const 0)) ${callback("unreachable")} ${FREE}`;
  await fails(
    calling(
      slow,
      "(drop (call $call-cancel (local.get $call))) (drop (call $call-cancel (local.get $call)))",
    ),
    /^subtask\.cancel: \d+ was cancelled already/,
    { blocks: true },
  );
  await fails(
    calling(ends, "(drop (call $call-cancel (i32.const 1)))"),
    /^subtask\.cancel: 1 is not a handle in use/,
    { blocks: true },
  );
  await fails(
    calling(
      `${WAITS} ${callback("(call $cancel) (call $return) (i32.const 0)")} ${FREE}`,
      calledOff(BEFORE_RETURN)[0] ?? "",
    ),
    /^task\.return: the task has returned already/,
    { blocks: true },
  );
});

test.run();
