/** Names of a guest are names: nothing of them is looked up in an object with a prototype, or evaluated. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { quoted, uniqueKey } from "../../host/component/names.ts";
import { assemble, command, endsWell, fails } from "./support.ts";

const RUN = `(func (export "wasi:cli/run@0.2.0#run") (result i32) (i32.const 0))`;
/** What is evaluated within a template of JavaScript. */
const EVALUATED = ["$", "{globalThis.ran = true}"].join("");
const PROTOTYPE = ["constructor", "__proto__", "toString", "hasOwnProperty", "__defineGetter__"];

test("a core module finds nothing of Object.prototype among its imports", async () => {
  for (const name of PROTOTYPE) {
    await fails(
      `(module (import "${name}" "${name}" (func (param externref) (result externref)))
        (memory (export "memory") 1) ${RUN})`,
      /^it imports what is not served here: \w+#\w+$/,
    );
    await fails(
      `(module (import "wasi:random/random@0.2.0" "${name}" (func)) (memory (export "memory") 1) ${RUN})`,
      /not served here: wasi:random\/random@0\.2\.0#\w+$/,
    );
  }
});

test("neither does one within a component", async () => {
  for (const name of PROTOTYPE) {
    await fails(
      command(`(core module $m (import "${name}" "${name}" (func)) (func (export "run") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m))
        (alias core export $i "run" (core func $run))`),
      /a core module imports "\w+" "\w+", which it is not given$/,
    );
    await fails(
      command(`(core module $none)
        (core instance $n (instantiate $none))
        (core module $m (import "n" "${name}" (func)) (func (export "run") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m (with "n" (instance $n))))
        (alias core export $i "run" (core func $run))`),
      /a core module imports "n" "\w+", which it is not given$/,
    );
  }
});

test("an instance exports nothing of Object.prototype", async () => {
  for (const name of PROTOTYPE) {
    await fails(
      command(`(core module $m (func (export "run") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m))
        (alias core export $i "${name}" (core func $run))`),
      /a core instance exports no func "\w+"$/,
    );
  }
});

test("such names are as good as others where the program gives them itself", async () => {
  for (const name of PROTOTYPE) {
    await endsWell(
      command(`(core module $one (func (export "${name}") (result i32) (i32.const 7)))
        (core instance $o (instantiate $one))
        (core module $m (import "${name}" "${name}" (func $f (result i32)))
          (func (export "${name}") (result i32) (i32.ne (call $f) (i32.const 7))))
        (core instance $i (instantiate $m (with "${name}" (instance $o))))
        (alias core export $i "${name}" (core func $run))`),
    );
  }
});

test("code in a name of a component is no name", async () => {
  for (const name of [
    "a'); globalThis.ran = true; ('",
    "a\\\\",
    `\`${EVALUATED}\``,
    "a\\u{2028}b",
    "a\\0ab",
    "$a",
    "Object",
    "__proto__",
    "wasi:cli/run@0.2.0'); globalThis.ran = true; ('",
  ]) {
    const inner = name === "Object" ? "obJect" : name;
    await fails(
      `(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f"))) (export "${inner}" (func $f)))`,
      /^malformed WebAssembly at byte \d+: ".*" is not a name of an import or an export$/,
    );
    await fails(
      `(component (import "${inner}" (func)))`,
      /^malformed WebAssembly at byte \d+: ".*" is not a name of an import or an export$/,
    );
    await fails(`(component (type (record (field "${inner}" u8))))`, /: ".*" is not a label$/);
  }
  assert.not("ran" in globalThis);
});

test("code in the name of a core module's export is a name, and nothing of it is run", async () => {
  const name = `a'); globalThis.ran = true; (\`${EVALUATED}\`)\\\\`;
  await endsWell(
    command(`(core module $m (func (export "${name}") (result i32) (i32.const 0)))
      (core instance $i (instantiate $m))
      (alias core export $i "${name}" (core func $run))`),
  );
  assert.not("ran" in globalThis);
});

test("a name is there once", async () => {
  const exported = (one: string, other: string): string => `(component
    (core module $m (func (export "f"))) (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (export "${one}" (func $f)) (export "${other}" (func $f)))`;
  for (const other of ["a-b", "A-b", "a-B"])
    await fails(exported("a-b", other), /the name "\S+" is there twice$/);
  await fails(`(component (import "a" (func)) (import "a" (func)))`, /the name "a" is there twice$/);
  await fails(
    `(component (core module $m) (core instance $i (instantiate $m))
      (core instance (instantiate $m (with "a" (instance $i)) (with "a" (instance $i)))))`,
    /the name "a" is there twice$/,
  );
  assert.is(uniqueKey("[method]a.b"), uniqueKey("[static]A.b"));
  assert.is(uniqueKey("[method]a.a"), uniqueKey("a"));
  assert.is.not(uniqueKey("[constructor]a"), uniqueKey("a"));
});

test("what a message says of a name is nothing that a terminal obeys", async () => {
  assert.is(
    quoted("\u001b]0;owned\u0007\u009b2J\u202e\u2028\ufeff"),
    '"\\u001b]0;owned\\u0007\\u009b2J\\u202e\\u2028\\ufeff"',
  );
  assert.ok(quoted("x".repeat(10_000)).length < 130);
  const control = String.raw`\1b]0;owned\07`;
  await fails(
    `(module (import "${control}" "${control}" (func)) (memory (export "memory") 1) ${RUN})`,
    /^it imports what is not served here: \\u001b\]0;owned\\u0007#\\u001b\]0;owned\\u0007$/,
  );
  assert.ok(await assemble(`(component)`));
});

test.run();
