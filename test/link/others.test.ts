/** What others serve: it is loaded where something is missing here, and never takes the place of what is ours. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { linkProgram } from "../../host/link/link.ts";
import { assemble, command } from "./support.ts";

/** What a component's function of `u64` is lowered from. */
function imported(name: string, func: string, as: string): string {
  return `(import "${name}" (instance $${as} (export "${func}" (func (result u64)))))
    (core func $${as} (canon lower (func $${as} "${func}")))`;
}

const RANDOM = imported("wasi:random/random@0.2.0", "get-random-u64", "random");
const THING = imported("test:others/thing@0.2.0", "get", "thing");

const ours = { "wasi:random/random": { getRandomBytes: () => [], getRandomU64: () => 5n } };
const theirs = {
  "wasi:random/random": { getRandomBytes: () => [], getRandomU64: () => 7n },
  "wasi:keyvalue/store": { get: () => 8n },
  "test:others/thing": { get: () => 9n },
};

/** A command that ends well when all of its imports give what they should. */
function expecting(imports: string, expected: Readonly<Record<string, number>>): string {
  const names = Object.keys(expected);
  const declared = names.map((name) => `(import "a" "${name}" (func $${name} (result i64)))`).join(" ");
  const wrong = names.map((name) => `(i64.ne (call $${name}) (i64.const ${expected[name]}))`);
  return command(`${imports}
    (core module $m ${declared}
      (func (export "run") (result i32) ${wrong.reduce((all, one) => `(i32.or ${all} ${one})`)}))
    (core instance $i (instantiate $m
      (with "a" (instance ${names.map((name) => `(export "${name}" (func $${name}))`).join(" ")}))))
    (alias core export $i "run" (core func $run))`);
}

/** Runs it; whether it ended well, and whether the others were loaded. */
async function run(text: string): Promise<[endsWell: boolean, isLoaded: boolean]> {
  let isLoaded = false;
  const others = async (): Promise<typeof theirs> => {
    isLoaded = true;
    return theirs;
  };
  const start = await linkProgram(await assemble(text), { faces: ours, suspending: false, others });
  return [await start(), isLoaded];
}

test("what both serve is ours, also where something is the others' alone", async () => {
  assert.equal(await run(expecting(`${RANDOM} ${THING}`, { random: 5, thing: 9 })), [true, true]);
  assert.equal(await run(expecting(`${THING} ${RANDOM}`, { random: 5, thing: 9 })), [true, true]);
});

test("others are loaded only where something is missing here", async () => {
  assert.equal(await run(expecting(RANDOM, { random: 5 })), [true, false]);
  assert.equal(await run(expecting(THING, { thing: 9 })), [true, true]);
});

test("what neither serves is told, and nothing else", async () => {
  const text = expecting(`${RANDOM} ${THING} ${imported("test:others/none@0.2.0", "get", "none")}`, {
    none: 0,
  });
  const failed = await run(text).catch((error: Error) => error.message);
  assert.is(failed, "it imports what is not served here: test:others/none");
});

test.run();
