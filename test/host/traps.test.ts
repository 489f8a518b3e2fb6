/** What ends a guest can't be caught by it, with exceptions of the old kind and of the new. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ExitError } from "../../host/io/exit.ts";
import { asTrap, trapError } from "../../host/io/trap.ts";
import { lower } from "../../host/lowered/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { localImports } from "../../host/wasi02/command.ts";
import {
  CATCH_ALL,
  CATCH_ALL_REF,
  DELEGATE,
  guestThatCatches,
  LEGACY_CATCH_ALL,
} from "./guests-that-catch.ts";

const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: { run(): number } };
  readonly Suspending: new (call: () => unknown) => () => unknown;
  promising(call: () => number): () => Promise<number>;
}

/** The ways to catch that this engine knows. */
const ways = Object.entries({ LEGACY_CATCH_ALL, DELEGATE, CATCH_ALL, CATCH_ALL_REF }).flatMap(
  ([name, body]) => {
    try {
      return [{ name, module: new engine.Module(guestThatCatches(body)) }];
    } catch {
      return [];
    }
  },
);

const run = (module: object, call: () => unknown): number =>
  new engine.Instance(module, { host: { call } }).exports.run();

test("this engine knows exceptions, and a guest catches what is no trap", () => {
  assert.ok(ways.length >= 2);
  for (const { name, module } of ways) {
    const caught = run(module, () => {
      throw new Error("one of JavaScript");
    });
    assert.is(caught, 1, name);
  }
});

test("a trap is not caught, and keeps its message and cause", () => {
  const cause = new TypeError("what went wrong");
  for (const { name, module } of ways) {
    for (const thrown of [trapError("sentence", { cause }), asTrap(cause), asTrap("a WIT error", "here")]) {
      let seen: unknown;
      try {
        seen = run(module, () => {
          throw thrown;
        });
      } catch (error) {
        seen = error;
      }
      assert.is(seen, thrown, name);
    }
  }
  const trap = trapError("sentence", { cause });
  assert.is(trap.message, "sentence");
  assert.is(trap.cause, cause);
  assert.is(trap.name, "RuntimeError");
  assert.match(trap.stack ?? "", /^RuntimeError: sentence\n/);
  assert.equal(Object.keys(trap), [], "it is shown as any other error, not once more field by field");
  trap.message = "sentence, told once more";
  assert.is(trap.message, "sentence, told once more");
  assert.is(asTrap(trap), trap);
  assert.is(asTrap("a WIT error", "here").cause, "a WIT error");
  assert.is(asTrap("a WIT error", "here").message, "here: the host threw string");
  assert.is(asTrap(7n).message, "the host threw bigint");
  const range = new RangeError("an array is too long");
  assert.is(asTrap(range).cause, range);
  const posing = new Error("Maximum call stack size exceeded");
  assert.is(asTrap(posing).cause, posing, "only the engine's own error is left as it is");
  assert.not.ok("cause" in trapError("sentence"));
});

test("the same holds for what a suspended call is rejected with", async () => {
  if (!hasJspi) return;
  for (const { name, module } of ways) {
    const call = new engine.Suspending(async () => {
      await undefined;
      throw trapError("later");
    });
    const { exports } = new engine.Instance(module, { host: { call } });
    const ended = await engine
      .promising(exports.run)()
      .catch((error: unknown) => error);
    assert.is((ended as Error).message, "later", name);
  }
});

test("a stack that the guest has used up can't be caught, in the guest or in the host", () => {
  for (const { name, module } of ways) {
    const deep = (): number => deep() + 1;
    assert.throws(() => run(module, deep), RangeError, name);
    let overflow: unknown;
    try {
      deep();
    } catch (error) {
      overflow = error;
    }
    assert.is(asTrap(overflow), overflow);
  }
});

test("exit ends a guest that catches all, and so does what a face throws", () => {
  const name = "wasi:cli/exit@0.2.0";
  for (const way of Object.values({ LEGACY_CATCH_ALL, DELEGATE, CATCH_ALL, CATCH_ALL_REF })) {
    let module: object;
    try {
      module = new engine.Module(guestThatCatches(way, { module: name, name: "exit-with-code", value: 7 }));
    } catch {
      continue;
    }
    let told = 0;
    const { imports } = lower(localImports(), {
      onTrap: () => {
        told++;
      },
    });
    const { exports } = new engine.Instance(module, imports(module));
    let ended: unknown;
    try {
      ended = exports.run();
    } catch (error) {
      ended = (error as Error).cause;
    }
    assert.instance(ended, ExitError);
    assert.is((ended as ExitError).exitCode, 7);
    assert.is(told, 1);
  }
});

test.run();
