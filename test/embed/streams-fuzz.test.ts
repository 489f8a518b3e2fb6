/**
 * Random programs of the canonical ABI's functions for streams, futures and sets, held against a model of them.
 * `WASOCK_FUZZ_PROGRAMS=100000 WASOCK_FUZZ_SEED=1` makes more of them, from another seed.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { instantiate } from "../../host/index.ts";
import { assemble } from "../abi/support.ts";
import { Random } from "../fuzz/random.ts";
import {
  type Answer,
  BLOCKED,
  cancel,
  copy,
  drop,
  join,
  type ModelEnd,
  ModelSet,
  modelStream,
} from "./streams-model.ts";
import { type Exports, FULL, failureOf, LIBC } from "./support.ts";

const test = suite("streams against a model");
const programs = Number(process.env["WASOCK_FUZZ_PROGRAMS"] ?? 300);
const seed = Number(process.env["WASOCK_FUZZ_SEED"] ?? 1);

/** The functions of streams or of futures; a copy of a future's has no length. */
function endCalls(kind: "stream" | "future", type: string, sizes: string): typeof CALLS {
  const letter = kind[0] as string;
  return [
    [`${letter}-new`, `${kind}.new ${type}`, "", "u64"],
    [`${letter}-read`, `${kind}.read ${type} async ${FULL}`, sizes, "s32"],
    [`${letter}-write`, `${kind}.write ${type} async ${FULL}`, sizes, "s32"],
    ...["cancel-read", "cancel-write"].map(
      (name) => [`${letter}-${name}`, `${kind}.${name} ${type}`, "u32", "s32"] as const,
    ),
    ...["drop-readable", "drop-writable"].map(
      (name) => [`${letter}-${name}`, `${kind}.${name} ${type}`, "u32", ""] as const,
    ),
  ];
}

const CALLS: readonly (readonly [name: string, canon: string, params: string, result: string])[] = [
  ...endCalls("stream", "$s", "u32 u32 u32"),
  ...endCalls("future", "$f", "u32 u32"),
  ["set-new", "waitable-set.new", "", "u32"],
  ["set-drop", "waitable-set.drop", "u32", ""],
  ["set-poll", 'waitable-set.poll (memory (core memory $libc "memory"))', "u32 u32", "u32"],
  ["join", "waitable.join", "u32 u32", ""],
];

const core = (type: string): string => (type === "u64" ? "i64" : "i32");
const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

/** All of them as functions that can be called, with 256 bytes of memory at 0. */
const COMPONENT = `(component ${LIBC}
  (type $s (stream u8)) (type $f (future u8))
  ${CALLS.map(([name, canon]) => `(core func $${name} (canon ${canon}))`).join("\n")}
  (core module $m
    (import "libc" "memory" (memory 1))
    ${CALLS.map(([name, , params, result]) => {
      const types = words(params).map((type) => `(param ${core(type)})`);
      return `(import "" "${name}" (func $${name} ${types.join(" ")} ${result && `(result ${core(result)})`}))`;
    }).join("\n")}
    ${CALLS.map(([name, , params, result]) => {
      const types = words(params).map((type) => `(param ${core(type)})`);
      const gets = words(params).map((_, i) => `(local.get ${i})`);
      return `(func (export "${name}") ${types.join(" ")} ${result && `(result ${core(result)})`}
        (call $${name} ${gets.join(" ")}))`;
    }).join("\n")}
    (func (export "put") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
    (func (export "get") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "all") (result i32)
      (i32.store (i32.const 1024) (i32.const 0)) (i32.store (i32.const 1028) (i32.const 256)) (i32.const 1024)))
  (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance
    ${CALLS.map(([name]) => `(export "${name}" (func $${name}))`).join("\n")}))))
  ${CALLS.map(([name, , params, result]) => {
    const types = words(params).map((type, i) => `(param "p${i}" ${type})`);
    return `(func (export "${name}") ${types.join(" ")} ${result && `(result ${result})`}
      (canon lift (core func $i "${name}")))`;
  }).join("\n")}
  (func (export "put") (param "at" u32) (param "byte" u32) (canon lift (core func $i "put")))
  (func (export "get") (param "at" u32) (result u32) (canon lift (core func $i "get")))
  (func (export "all") (result (list u8)) (canon lift (core func $i "all") ${FULL})))`;

interface Handle<T> {
  readonly handle: number;
  readonly is: T;
}

/** Makes random calls until one traps, each held against what the model gives. */
async function program(random: Random, exports: Exports): Promise<void> {
  const memory = new Uint8Array(256);
  const ends: Handle<ModelEnd>[] = [];
  const sets: Handle<ModelSet>[] = [];
  const told: string[] = [];
  const poke = (): void => {
    const at = random.below(256);
    const byte = random.below(256);
    memory[at] = byte;
    exports["put"](at, byte);
  };
  for (let i = 0; i < 8; i++) poke();
  for (let steps = 0; steps < 200; steps++) {
    let expected: Answer;
    let call: () => unknown;
    const end = ends.length > 0 ? random.pick(ends) : undefined;
    const set = sets.length > 0 ? random.pick(sets) : undefined;
    // what would trap is done now and then only: it is the end
    const isBold = random.once(40);
    const choice = random.below(10);
    if (choice === 0 || end === undefined) {
      if (ends.length >= 8) continue;
      const isFuture = random.once(3);
      const pair = exports[isFuture ? "fNew" : "sNew"]() as bigint;
      const [reader, writer] = modelStream(isFuture);
      ends.push(
        { handle: Number(pair & 0xffffffffn), is: reader },
        { handle: Number(pair >> 32n), is: writer },
      );
      continue;
    }
    const { handle, is } = end;
    const { isFuture } = is.stream;
    const what = is.isReader ? "Read" : "Write";
    const letter = isFuture ? "f" : "s";
    if (choice <= 4) {
      if (is.state !== "idle" && !isBold) continue;
      const length = isFuture ? 1 : random.below(5) * random.below(5);
      // bytes of different streams don't overlap, so that the order of moves is all that matters
      const at = random.below(240);
      told.push(`${letter}${what} ${handle} ${length}`);
      expected = is.state === "gone" ? "traps" : copy(is, memory, at, length);
      call = () => exports[`${letter}${what}`](handle, at, ...(isFuture ? [] : [length]));
    } else if (choice === 5) {
      if ((is.state !== "copying" || is.set !== undefined) && !isBold) continue;
      told.push(`${letter}Cancel${what} ${handle}`);
      expected = is.state === "gone" ? "traps" : cancel(is);
      call = () => exports[`${letter}Cancel${what}`](handle);
    } else if (choice === 6) {
      const isEarly = isFuture && !is.isReader && is.state !== "done";
      if ((is.state === "copying" || isEarly || random.below(3) > 0) && !isBold) continue;
      told.push(`${letter}Drop${what} ${handle}`);
      expected = drop(is);
      call = () => exports[`${letter}${is.isReader ? "DropReadable" : "DropWritable"}`](handle) ?? 0;
      if (expected !== "traps") ends.splice(ends.indexOf(end), 1);
    } else if (choice === 7) {
      const into = random.once(2) ? set : undefined;
      told.push(`join ${handle} ${into?.handle}`);
      expected = join(is, into?.is);
      call = () => exports["join"](handle, into?.handle ?? 0) ?? 0;
    } else if (set === undefined || (choice === 8 && sets.length < 3)) {
      sets.push({ handle: exports["setNew"]() as number, is: new ModelSet() });
      continue;
    } else if (random.once(8)) {
      if (set.is.ends.size > 0 && !isBold) continue;
      told.push(`drop set ${set.handle}`);
      expected = set.is.ends.size > 0 ? "traps" : 0;
      call = () => exports["setDrop"](set.handle) ?? 0;
      if (expected !== "traps") sets.splice(sets.indexOf(set), 1);
    } else {
      told.push(`poll ${set.handle}`);
      const kind = exports["setPoll"](set.handle, 2048) as number;
      const ready = [...set.is.ends].filter(({ event }) => event !== undefined);
      // which of several comes first is not said
      const found = ends.find((one) => one.handle === exports["get"](2048));
      if (ready.length === 0) assert.is(kind, 0, told.join("\n"));
      else {
        assert.ok(found !== undefined && ready.includes(found.is), told.join("\n"));
        const ofWhat = found?.is.stream.isFuture ? 4 : 2;
        assert.is(kind, ofWhat + (found?.is.isReader ? 0 : 1), told.join("\n"));
        assert.is(exports["get"](2052), found?.is.take(), told.join("\n"));
      }
      continue;
    }
    if (expected === "traps") {
      assert.is((await failureOf(call)).code, "ERR_TRAPPED", told.join("\n"));
      assert.is((await failureOf(() => exports["all"]())).code, "ERR_TRAPPED");
      return;
    }
    const given = call();
    told.push(`  ${String(given)}`);
    assert.is(given, expected === BLOCKED ? BLOCKED : expected, told.join("\n"));
    if (random.once(3)) poke();
    assert.equal(exports["all"](), memory, told.join("\n"));
  }
}

test(`${programs} random programs of streams, futures and sets, from seed ${seed}`, async () => {
  const component = await assemble(COMPONENT);
  for (let i = 0; i < programs; i++) {
    const instance = await instantiate<Exports>(component);
    try {
      await program(new Random(seed + i), instance.exports);
    } catch (error) {
      (error as Error).message = `seed ${seed + i}: ${(error as Error).message}`;
      throw error;
    } finally {
      await instance.close();
    }
  }
});

test.run();
