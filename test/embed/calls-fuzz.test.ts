/**
 * Random programs of two instances of which one calls the other, and which exchange streams, held against a model of them.
 * `WASOCK_FUZZ_PROGRAMS=100000 WASOCK_FUZZ_SEED=1` makes more of them, from another seed.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { instantiate } from "../../host/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { assemble } from "../abi/support.ts";
import { Random } from "../fuzz/random.ts";
import { afterTurn, ModelCall, ModelCallee, ModelTask, STEPS } from "./calls-model.ts";
import {
  type Answer,
  BLOCKED,
  cancel,
  copy,
  drop,
  join,
  type ModelEnd,
  ModelSet,
  type ModelWaitable,
  modelStream,
} from "./streams-model.ts";
import { type Exports, FULL, failureOf, LIBC } from "./support.ts";

const test = suite("calls against a model");
const programs = Number(process.env["WASOCK_FUZZ_PROGRAMS"] ?? 100);
const seed = Number(process.env["WASOCK_FUZZ_SEED"] ?? 1);

type Calls = readonly (readonly [name: string, canon: string, params: string, result: string])[];

/** What both have. */
const BOTH: Calls = [
  ["s-new", "stream.new $s", "", "u64"],
  ["s-read", `stream.read $s async ${FULL}`, "u32 u32 u32", "s32"],
  ["s-write", `stream.write $s async ${FULL}`, "u32 u32 u32", "s32"],
  ["s-cancel-read", "stream.cancel-read $s", "u32", "s32"],
  ["s-cancel-write", "stream.cancel-write $s", "u32", "s32"],
  ["s-drop-readable", "stream.drop-readable $s", "u32", ""],
  ["s-drop-writable", "stream.drop-writable $s", "u32", ""],
  ["set-new", "waitable-set.new", "", "u32"],
  ["set-drop", "waitable-set.drop", "u32", ""],
  ["set-poll", 'waitable-set.poll (memory (core memory $libc "memory"))', "u32 u32", "u32"],
  ["join", "waitable.join", "u32 u32", ""],
];
const CALLER: Calls = [
  ...BOTH,
  ["work", `lower (func $c "work") async ${FULL}`, "u32 u32", "u32"],
  ["call-cancel", "subtask.cancel async", "u32", "s32"],
  ["call-drop", "subtask.drop", "u32", ""],
];
const CALLEE: Calls = [
  ...BOTH,
  ["press", "backpressure.inc", "", ""],
  ["release", "backpressure.dec", "", ""],
];

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");
const core = (type: string): string => (type === "u64" ? "i64" : "i32");
const coreType = (params: string, result: string): string =>
  `${words(params)
    .map((type) => `(param ${core(type)})`)
    .join(" ")} ${result && `(result ${core(result)})`}`;

/** An instance: all its calls as functions that can be called, with bytes in its memory. */
function instance(prefix: string, calls: Calls, before: string, more = "", lifted = ""): string {
  return `${LIBC} (type $s (stream u8))
  ${calls.map(([name, canon]) => `(core func $${name} (canon ${canon}))`).join("\n")} ${before}
  (core module $m
    (import "libc" "memory" (memory 1))
    ${calls.map(([name, , params, result]) => `(import "" "${name}" (func $${name} ${coreType(params, result)}))`).join("\n")}
    ${more}
    ${calls
      .map(
        ([name, , params, result]) => `(func (export "${name}") ${coreType(params, result)}
          (call $${name} ${words(params)
            .map((_, i) => `(local.get ${i})`)
            .join(" ")}))`,
      )
      .join("\n")}
    (func (export "put") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
    (func (export "get") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "all") (result i32)
      (i32.store (i32.const 1024) (i32.const 0)) (i32.store (i32.const 1028) (i32.const 256)) (i32.const 1024)))
  (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance
    ${calls.map(([name]) => `(export "${name}" (func $${name}))`).join("\n")}
    ${more === "" ? "" : ["return", "cancel", "context-get", "context-set", "wait", "yield"].map((name) => `(export "${name}" (func $${name}))`).join(" ")}))))
  ${calls
    .map(
      ([name, , params, result]) =>
        `(func (export "${prefix}${name}") ${words(params)
          .map((type, i) => `(param "p${i}" ${type})`)
          .join(" ")} ${result && `(result ${result})`} (canon lift (core func $i "${name}")))`,
    )
    .join("\n")}
  (func (export "${prefix}put") (param "at" u32) (param "byte" u32) (canon lift (core func $i "put")))
  (func (export "${prefix}get") (param "at" u32) (result u32) (canon lift (core func $i "get")))
  (func (export "${prefix}all") (result (list u8)) (canon lift (core func $i "all") ${FULL})) ${lifted}`;
}

/** Where the callee has its tasks' plans, and writes down what happens: how often, and four numbers for each. */
const PLANS = 2048;
const NOTES = 32768;
const MOST_TASKS = 64;
/** What is noted beside events: a task begins, and gives a stream. */
const BEGINS = 100;
const GIVES = 101;

/** The callee's tasks follow their plans: see `ModelTask.act`. */
const TASKS = `
  (import "" "return" (func $return (param i32)))
  (import "" "cancel" (func $cancel))
  (import "" "context-get" (func $context-get (result i32)))
  (import "" "context-set" (func $context-set (param i32)))
  (import "" "wait" (func $wait (param i32 i32) (result i32)))
  (import "" "yield" (func $yield (result i32)))
  (global $tasks (mut i32) (i32.const 0))
  (func $note (param i32 i32 i32 i32) (local $at i32)
    (local.set $at (i32.add (i32.const ${NOTES + 16}) (i32.mul (i32.load (i32.const ${NOTES})) (i32.const 16))))
    (i32.store (local.get $at) (local.get 0)) (i32.store offset=4 (local.get $at) (local.get 1))
    (i32.store offset=8 (local.get $at) (local.get 2)) (i32.store offset=12 (local.get $at) (local.get 3))
    (i32.store (i32.const ${NOTES}) (i32.add (i32.load (i32.const ${NOTES})) (i32.const 1))))
  ;; of each task: its plan, and behind it its set, its step, whether it has come to its result
  (func $of (param i32) (result i32)
    (i32.add (i32.const ${PLANS}) (i32.mul (local.get 0) (i32.const 64))))
  (func $begin (param $stream i32) (result i32) (local $id i32)
    (local.set $id (global.get $tasks))
    (global.set $tasks (i32.add (local.get $id) (i32.const 1)))
    (call $context-set (local.get $id))
    (i32.store offset=32 (call $of (local.get $id)) (call $set-new))
    (call $note (local.get $id) (i32.const ${BEGINS}) (local.get $stream) (i32.load offset=32 (call $of (local.get $id))))
    (call $act (local.get $id) (i32.const 0)))
  (func $act (param $id i32) (param $told i32) (result i32)
    (local $at i32) (local $step i32) (local $byte i32) (local $then i32) (local $pair i64)
    (local.set $at (call $of (local.get $id)))
    (local.set $step (i32.load offset=36 (local.get $at)))
    (i32.store offset=36 (local.get $at) (i32.add (local.get $step) (i32.const 1)))
    (local.set $byte (i32.load8_u (i32.add (local.get $at)
      (i32.add (local.get $step) (i32.mul (local.get $told) (i32.const ${STEPS}))))))
    (local.set $then (i32.and (i32.shr_u (local.get $byte) (i32.const 2)) (i32.const 3)))
    (if (i32.eq (local.get $then) (i32.const 3)) (then (local.set $then (i32.const 2))))
    (if (i32.ge_u (local.get $step) (i32.const ${STEPS - 1})) (then (local.set $then (i32.const 0))))
    (if (i32.eqz (i32.load offset=40 (local.get $at))) (then
      (if (i32.and (local.get $told) (i32.shr_u (local.get $byte) (i32.const 1))) (then
        (i32.store offset=40 (local.get $at) (i32.const 1))
        (call $cancel))
      (else (if (i32.or (i32.and (local.get $byte) (i32.const 1)) (i32.eqz (local.get $then))) (then
        (i32.store offset=40 (local.get $at) (i32.const 1))
        (local.set $pair (call $s-new))
        (call $note (local.get $id) (i32.const ${GIVES}) (i32.wrap_i64 (i64.shr_u (local.get $pair) (i64.const 32))) (i32.const 0))
        (call $return (i32.wrap_i64 (local.get $pair)))))))))
    (if (i32.eq (local.get $then) (i32.const 2)) (then
      (return (i32.or (i32.const 2) (i32.shl (i32.load offset=32 (local.get $at)) (i32.const 4))))))
    (local.get $then))`;

const WITH_CALLBACK = `
  (func (export "work") (param i32) (result i32) (call $begin (local.get 0)))
  (func (export "callback") (param $event i32) (param $handle i32) (param $code i32) (result i32)
    (call $note (call $context-get) (local.get $event) (local.get $handle) (local.get $code))
    (call $act (call $context-get) (i32.eq (local.get $event) (i32.const 6))))`;

const ON_STACK = `
  (func (export "work") (param i32) (local $id i32) (local $then i32) (local $at i32)
    (local.set $then (call $begin (local.get 0)))
    (local.set $id (call $context-get))
    (local.set $at (call $of (local.get $id)))
    (loop $more
      (if (i32.eqz (local.get $then)) (then (return)))
      (if (i32.eq (local.get $then) (i32.const 1)) (then
        (drop (call $yield))
        (call $note (call $context-get) (i32.const 0) (i32.const 0) (i32.const 0)))
      (else
        (call $note (call $context-get)
          (call $wait (i32.load offset=32 (local.get $at)) (i32.add (local.get $at) (i32.const 48)))
          (i32.load offset=48 (local.get $at)) (i32.load offset=52 (local.get $at)))))
      (local.set $then (call $act (local.get $id) (i32.const 0)))
      (br $more)))`;

type Lift = "with a callback" | "on a stack";

const componentOf = (lift: Lift): string => `(component
  (component $callee
    ${instance(
      "b-",
      CALLEE,
      `(core func $return (canon task.return (result $s))) (core func $cancel (canon task.cancel))
       (core func $context-get (canon context.get i32 0)) (core func $context-set (canon context.set i32 0))
       (core func $wait (canon waitable-set.wait (memory (core memory $libc "memory"))))
       (core func $yield (canon thread.yield))`,
      TASKS + (lift === "on a stack" ? ON_STACK : WITH_CALLBACK),
      `(func (export "work") async (param "from" $s) (result $s)
        (canon lift (core func $i "work") async
          ${lift === "on a stack" ? "" : '(callback (core func $i "callback"))'}))`,
    )})
  (instance $c (instantiate $callee))
  ${instance("a-", CALLER, "")}
  ${[...CALLEE, ["put"], ["get"], ["all"]].map(([name]) => `(export "b-${name}" (func $c "b-${name}"))`).join("\n")})`;

/** What one of the two has, by handles. */
class Side {
  readonly letter: "a" | "b";
  readonly memory: Uint8Array = new Uint8Array(256);
  readonly ends: Map<number, ModelEnd> = new Map();
  readonly sets: Map<number, ModelSet> = new Map();
  readonly calls: Map<number, ModelCall> = new Map();

  constructor(letter: "a" | "b") {
    this.letter = letter;
  }

  add<T>(kind: Map<number, T>, handle: number, is: T): void {
    const isNew = !this.ends.has(handle) && !this.sets.has(handle) && !this.calls.has(handle);
    assert.ok(isNew && handle > 0, `${this.letter} has ${handle} twice`);
    kind.set(handle, is);
  }

  waitable(handle: number): ModelWaitable | undefined {
    return this.ends.get(handle) ?? this.calls.get(handle);
  }
}

/** The event of a waitable, by its kind. */
function kindOf(one: ModelWaitable): number {
  if (one instanceof ModelCall) return 1;
  return (one as ModelEnd).isReader ? 2 : 3;
}

function handleOf<T>(kind: Map<number, T>, is: T): number {
  for (const [handle, one] of kind) if (one === is) return handle;
  throw new Error("it is nowhere");
}

/** A program: both instances, and the model of them. */
class Program {
  readonly #exports: Exports;
  readonly #random: Random;
  readonly #isOnStack: boolean;
  readonly #a = new Side("a");
  readonly #b = new Side("b");
  readonly #callee = new ModelCallee();
  readonly told: string[] = [];
  #made = 0;
  #notes = 0;

  constructor(exports: Exports, lift: Lift, random: Random) {
    this.#exports = exports;
    this.#isOnStack = lift === "on a stack";
    this.#random = random;
  }

  #call(side: Side, name: string, ...args: number[]): unknown {
    const camel = `${side.letter}-${name}`.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    return this.#exports[camel](...args);
  }

  /** Goes on with what the callee says that has happened. */
  #follow(most = Number.POSITIVE_INFINITY): number {
    const count = this.#call(this.#b, "get", NOTES) as number;
    let followed = 0;
    for (; this.#notes < count && followed < most; followed++) this.#note();
    return followed;
  }

  #note(): void {
    const at = NOTES + 16 + 16 * this.#notes++;
    const number = (offset: number): number => this.#call(this.#b, "get", at + offset) as number;
    const [id, event, first, second] = [number(0), number(4), number(8), number(12)] as const;
    this.told.push(`    task ${id}: ${event} ${first} ${second}`);
    let task: ModelTask | undefined;
    if (event === BEGINS) {
      task = this.#callee.start();
      assert.ok(task !== undefined && task.id === id, "it is not its turn to begin");
      this.#a.ends.delete(handleOf(this.#a.ends, task.given));
      this.#b.add(this.#b.ends, first, task.given);
      this.#b.add(this.#b.sets, second, task.set);
    } else {
      task = this.#callee.tasks[id] as ModelTask;
      assert.ok(task.isReady, "nothing has happened");
      if (event === 6) assert.ok(task.isToBeTold && !task.isResolved, "nobody has called it off");
      else {
        assert.ok(!task.isToBeTold, "it was not told that it is called off");
        if (event === 0) assert.is(task.at, "yield");
        else if (task.at === "woken") assert.equal([event, first, second], task.woken);
        else {
          assert.is(task.at, "wait");
          const one = this.#b.waitable(first);
          assert.ok(one !== undefined && task.set.ready.includes(one), `${first} has no event`);
          assert.is(event, kindOf(one as ModelWaitable));
          assert.is(second, (one as ModelWaitable).take());
        }
      }
    }
    const isTold = event === 6;
    if (isTold) task.cancel = "none";
    const { returns } = task.act(isTold);
    if (!returns) return;
    const given = NOTES + 16 + 16 * this.#notes++;
    const of = (offset: number): number => this.#call(this.#b, "get", given + offset) as number;
    assert.equal([of(0), of(4)], [id, GIVES]);
    const [reader, writer] = modelStream(false);
    this.#b.add(this.#b.ends, of(8), writer);
    this.#a.add(this.#a.ends, this.#call(this.#a, "get", this.#resultOf(task)) as number, reader);
    this.told.push(`    gives ${of(8)}`);
  }

  readonly #results: Map<ModelTask, number> = new Map();

  /** Where the caller wants the result of a call. */
  #resultOf(task: ModelTask): number {
    return this.#results.get(task) as number;
  }

  /** Lets all happen that happens by itself. */
  async #settle(): Promise<void> {
    for (let turns = 0; turns < 100; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#follow() === 0 && !this.#callee.isReady) return;
    }
    assert.unreachable("something should have gone on");
  }

  /** Makes random calls until one traps, each held against what the model gives. */
  async run(steps: number): Promise<void> {
    const random = this.#random;
    for (let step = 0; step < steps; step++) {
      const side = random.once(2) ? this.#a : this.#b;
      const made = this.#choose(side);
      if (made === undefined) continue;
      const { name, args, expected, settled } = made;
      this.told.push(`${side.letter}-${name} ${args.join(" ")}`);
      if (expected === "traps") {
        assert.is((await failureOf(() => this.#call(side, name, ...args))).code, "ERR_TRAPPED");
        return;
      }
      const given = this.#call(side, name, ...args) ?? 0;
      this.told.push(`  ${String(given)}`);
      if (settled !== undefined) settled(given);
      else assert.is(given, expected);
      this.#follow();
      if (!this.#wake() || random.once(3)) await this.#settle();
      if (random.once(3)) this.#poke(random.once(2) ? this.#a : this.#b);
      for (const one of [this.#a, this.#b]) assert.equal(this.#call(one, "all"), one.memory);
    }
    await this.#settle();
  }

  /** Who waits on its stack has its event before it goes on: tells whether it is known who and what. */
  #wake(): boolean {
    if (!this.#isOnStack || this.#callee.tasks.some(({ at }) => at === "woken")) return true;
    const woken = this.#callee.tasks.filter((task) => task.at === "wait" && task.isReady);
    const [task] = woken;
    if (task === undefined) return true;
    const { ready } = task.set;
    const [one] = ready;
    if (woken.length > 1 || ready.length > 1 || one === undefined) return false;
    task.at = "woken";
    const kind = kindOf(one);
    task.woken = [kind, handleOf(this.#b.ends, one as ModelEnd), one.take()];
    return true;
  }

  #poke(side: Side): void {
    const at = this.#random.below(256);
    const byte = this.#random.below(256);
    side.memory[at] = byte;
    this.#call(side, "put", at, byte);
  }

  #choose(side: Side): Made | undefined {
    const random = this.#random;
    // what would trap is done now and then only: it is the end
    const isBold = random.once(150);
    const [handle, end] = side.ends.size > 0 ? random.pick([...side.ends]) : [0, undefined];
    const isGiven = this.#callee.queue.some(({ given }) => given === end);
    if (end === undefined || isGiven || random.once(3)) return this.#chooseOther(side, isBold);
    const what = end.isReader ? "read" : "write";
    switch (random.below(6)) {
      case 0:
      case 1:
      case 2: {
        if (end.state !== "idle" && !isBold) return undefined;
        const length = random.below(5) * random.below(5);
        const at = random.below(240);
        const expected = copy(end, side.memory, at, length);
        return { name: `s-${what}`, args: [handle, at, length], expected };
      }
      case 3:
        if ((end.state !== "copying" || end.set !== undefined) && !isBold) return undefined;
        return { name: `s-cancel-${what}`, args: [handle], expected: cancel(end) };
      case 4: {
        if ((end.state === "copying" || !random.once(4)) && !isBold) return undefined;
        const expected = drop(end);
        side.ends.delete(handle);
        return { name: end.isReader ? "s-drop-readable" : "s-drop-writable", args: [handle], expected };
      }
      default:
        return this.#join(side, handle, end);
    }
  }

  #join(side: Side, handle: number, is: ModelWaitable): Made {
    const [into, set] =
      side.sets.size > 0 && !this.#random.once(4) ? this.#random.pick([...side.sets]) : [0, undefined];
    return { name: "join", args: [handle, into], expected: join(is, set) };
  }

  #chooseOther(side: Side, isBold: boolean): Made | undefined {
    const random = this.#random;
    const [handle, set] = side.sets.size > 0 ? random.pick([...side.sets]) : [0, undefined];
    const choice = random.below(10);
    if (choice === 0) {
      if (side.ends.size >= 12) return undefined;
      const settled = (pair: unknown): void => {
        const [reader, writer] = modelStream(false);
        side.add(side.ends, Number((pair as bigint) & 0xffffffffn), reader);
        side.add(side.ends, Number((pair as bigint) >> 32n), writer);
      };
      return { name: "s-new", args: [], expected: 0, settled };
    }
    if (choice === 1 && side.sets.size < 4) {
      const settled = (made: unknown): void => side.add(side.sets, made as number, new ModelSet());
      return { name: "set-new", args: [], expected: 0, settled };
    }
    if (choice <= 3 && set !== undefined) {
      const settled = (kind: unknown): void => {
        const { ready } = set;
        if (ready.length === 0) {
          assert.is(kind, 0);
          return;
        }
        const one = side.waitable(this.#call(side, "get", 1040) as number);
        assert.ok(one !== undefined && ready.includes(one));
        assert.is(kind, kindOf(one as ModelWaitable));
        assert.is(this.#call(side, "get", 1044), (one as ModelWaitable).take());
      };
      return { name: "set-poll", args: [handle, 1040], expected: 0, settled };
    }
    if (choice === 4 && set !== undefined) {
      const isInUse =
        set.ends.size > 0 || this.#callee.tasks.some((task) => task.set === set && task.at !== "exit");
      // who yields may come to wait for it
      if (isInUse && (!isBold || set.ends.size === 0)) return undefined;
      if (!isInUse) side.sets.delete(handle);
      return { name: "set-drop", args: [handle], expected: isInUse ? "traps" : 0 };
    }
    return side === this.#a ? this.#chooseCall(isBold) : this.#press();
  }

  #press(): Made | undefined {
    const callee = this.#callee;
    if (callee.backpressure > 0) {
      callee.backpressure--;
      return { name: "release", args: [], expected: 0 };
    }
    if (!this.#random.once(3)) return undefined;
    callee.backpressure++;
    return { name: "press", args: [], expected: 0 };
  }

  #chooseCall(isBold: boolean): Made | undefined {
    const random = this.#random;
    const side = this.#a;
    const callee = this.#callee;
    const [handle, call] = side.calls.size > 0 ? random.pick([...side.calls]) : [0, undefined];
    if (call !== undefined && !random.once(3)) {
      const choice = random.below(4);
      if (choice === 0) return this.#join(side, handle, call);
      if (choice === 1) {
        if (!call.isTold && !isBold) return undefined;
        if (!call.isTold) return { name: "call-drop", args: [handle], expected: "traps" };
        join(call, undefined);
        side.calls.delete(handle);
        return { name: "call-drop", args: [handle], expected: 0 };
      }
      if ((call.isTold || call.isCancelled) && !isBold) return undefined;
      const expected = callee.askToEnd(call);
      this.#plan();
      if (expected !== undefined) return { name: "call-cancel", args: [handle], expected };
      const settled = (given: unknown): void => {
        // it has its turn before its caller goes on
        if (call.task.isToBeTold) assert.is(this.#follow(1), 1, "it was not told");
        assert.is(given, afterTurn(call));
      };
      return { name: "call-cancel", args: [handle], expected: BLOCKED, settled };
    }
    const [stream, given] = [...side.ends].find(
      ([, end]) =>
        end.isReader &&
        end.state === "idle" &&
        end.set === undefined &&
        !callee.queue.some((task) => task.given === end),
    ) ?? [0, undefined];
    if (given === undefined || this.#made === MOST_TASKS) return undefined;
    return this.#work(stream, given);
  }

  #work(stream: number, given: ModelEnd): Made {
    const callee = this.#callee;
    const into = 4096 + 4 * this.#made++;
    const plan = Uint8Array.from({ length: 2 * STEPS }, () => this.#random.below(16));
    const task = new ModelTask(plan, given, this.#isOnStack);
    const call = new ModelCall(task);
    this.#results.set(task, into);
    // the next that begins has the next number, whichever it is: plans are put when it is known who begins
    const isFirst = callee.queue.length === 0;
    callee.begin(task);
    this.#plan();
    const settled = (status: unknown): void => {
      const state = (status as number) & 15;
      if (isFirst && callee.backpressure === 0) assert.is(this.#follow(1), 1, "it did not begin");
      assert.is(state, call.state);
      const made = (status as number) >>> 4;
      assert.is(made === 0, state >= 2);
      if (made === 0) return;
      call.handle = made;
      this.#a.add(this.#a.calls, made, call);
    };
    return { name: "work", args: [stream, into], expected: 0, settled };
  }

  /** Tells the callee the plans of those that begin next. */
  #plan(): void {
    for (const [i, { plan }] of this.#callee.queue.entries()) {
      const at = PLANS + 64 * (this.#callee.tasks.length + i);
      for (const [j, byte] of plan.entries()) this.#call(this.#b, "put", at + j, byte);
    }
  }
}

/** A call to make, and what it gives. */
interface Made {
  readonly name: string;
  readonly args: readonly number[];
  readonly expected: Answer;
  /** Holds what was given, where that is not just a number that is expected. */
  readonly settled?: (given: unknown) => void;
}

const lifts: readonly Lift[] = hasJspi ? ["with a callback", "on a stack"] : ["with a callback"];
for (const lift of lifts) {
  test(`${programs} random programs of two instances, of which one waits ${lift}, from seed ${seed}`, async () => {
    const component = await assemble(componentOf(lift));
    for (let i = 0; i < programs; i++) {
      const instance = await instantiate<Exports>(component);
      const program = new Program(instance.exports, lift, new Random(seed + i));
      try {
        await program.run(200);
      } catch (error) {
        (error as Error).message =
          `seed ${seed + i}: ${(error as Error).message}\n${program.told.join("\n")}`;
        throw error;
      } finally {
        await instance.close();
      }
    }
  });
}

test.run();
