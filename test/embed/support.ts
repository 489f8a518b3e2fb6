/** Components written by hand, and what instantiates them. */
import * as assert from "uvu/assert";
import { type Instance, type InstantiateOptions, instantiate } from "../../host/index.ts";
import { assemble } from "../abi/support.ts";

// biome-ignore lint/suspicious/noExplicitAny: the exports of a component are what it says, which no type of ours knows
export type Exports = Record<string, any>;

/** Memory, and what gives some of it: what comes next, and behind its end the first again. */
export const LIBC: string = `(core module $libc-module
    (memory (export "memory") 4)
    (global $next (mut i32) (i32.const 65536))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (if (i32.gt_u (i32.add (local.get $p) (local.get 3)) (i32.const 262144)) (then
        (local.set $p (i32.const 65536))))
      (global.set $next (i32.add (local.get $p) (local.get 3)))
      (local.get $p)))
  (core instance $libc (instantiate $libc-module))`;

/** The options of what uses it. */
export const FULL = '(memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))';

/** A component whose `echo` gives back the list that it is given, of elements of any type. */
export function echo(type: string, before = ""): string {
  return `(component ${LIBC} ${before}
    (core module $m (import "libc" "memory" (memory 1))
      (func (export "echo") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0))
        (i32.store (i32.const 20) (local.get 1))
        (i32.const 16)))
    (core instance $i (instantiate $m (with "libc" (instance $libc))))
    (func (export "echo") (param "the-values" (list ${type})) (result (list ${type}))
      (canon lift (core func $i "echo") ${FULL})))`;
}

/** Works with an instance of a component, of its text or a file, which is closed afterwards. */
export async function using<T>(
  component: string | URL,
  options: InstantiateOptions,
  work: (exports: Exports, instance: Instance<Exports>) => T | Promise<T>,
): Promise<T> {
  const instance = await instantiate<Exports>(
    component instanceof URL ? component : await assemble(component),
    options,
  );
  try {
    return await work(instance.exports, instance);
  } finally {
    await instance.close();
  }
}

/** What a call throws, or its promise fails with. */
export async function failureOf(call: () => unknown): Promise<Error & { readonly code?: string }> {
  let value: unknown;
  try {
    value = await call();
  } catch (error) {
    assert.instance(error, Error);
    return error as Error;
  }
  throw new assert.Assertion({
    message: `it gave ${String(value)}`,
    details: "",
    generated: false,
    operator: "throws",
    expects: "an error",
    actual: value,
  });
}
