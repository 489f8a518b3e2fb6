/** Calls of a component's functions, and of what it imports. */
import { type AddressInfo, createServer } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { GuestMemory } from "../../host/abi/memory.ts";
import { ComponentError } from "../../host/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { ASKS, COUNTERS, copies } from "./guests.ts";
import { echo, FULL, failureOf, LIBC, using } from "./support.ts";

const test = suite("calls of an instance");

const COMPONENT = new URL("../../wasock.component.wasm", import.meta.url);

test("many calls of an async function are under way at a time", () => {
  const waiting: (() => void)[] = [];
  let most = 0;
  const jobs = {
    work: (name: string) =>
      new Promise<number>((resolve) => {
        waiting.push(() => resolve(name.length));
        most = Math.max(most, waiting.length);
        if (waiting.length === 50) while (waiting.length > 0) waiting.pop()?.();
      }),
  };
  return using(ASKS, { imports: { "acme:demo/jobs": jobs } }, async ({ ask }) => {
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, i) => ask("x".repeat(i)) as Promise<number>),
    );
    assert.equal(
      all,
      Array.from({ length: 50 }, (_, i) => i),
    );
    assert.is(most, 50);
  });
});

test("an async function that answers at once is called by its full name or without version", async () => {
  for (const name of ["acme:demo/jobs", "acme:demo/jobs@1.0.0"]) {
    await using(ASKS, { imports: { [name]: { work: (text: string) => text.length } } }, async ({ ask }) => {
      assert.is(await ask("four"), 4);
    });
  }
});

test("what an import gives is held against its type, and what it throws ends the instance", async () => {
  for (const [work, message] of [
    [
      () => "x",
      /acme:demo\/jobs@1\.0\.0#work: its result must be an integer from 0 to 4294967295, and is "x"$/,
    ],
    [async () => -1, /its result must be an integer/],
    [
      () => {
        throw new Error("no luck");
      },
      /the instance has trapped: acme:demo\/jobs@1\.0\.0#work: no luck$/,
    ],
    [() => Promise.reject(new Error("no luck")), /#work: no luck$/],
    [() => Promise.reject(7), /#work: it has thrown 7$/],
  ] as const) {
    await using(ASKS, { imports: { "acme:demo/jobs": { work } } }, async ({ ask }) => {
      const failure = await failureOf(() => ask("x"));
      assert.match(failure.message, message);
      assert.is(failure.code, "ERR_TRAPPED");
      const later = await failureOf(() => ask("x"));
      assert.is(later.code, "ERR_TRAPPED");
      assert.match(later.message, /^ask: the instance has trapped: /);
    });
  }
});

test("the values of an async call are held against their types", () =>
  using(ASKS, { imports: { "acme:demo/jobs": { work: () => 1 } } }, async ({ ask }) => {
    assert.match((await failureOf(() => ask(5))).message, /^ask: parameter name must be a string, and is 5$/);
    assert.is(await ask("x"), 1);
  }));

test("what is imported and not given is named", async () => {
  assert.match(
    (await failureOf(() => using(ASKS, {}, () => {}))).message,
    /it imports what is not served here: acme:demo\/jobs@1\.0\.0$/,
  );
  assert.match(
    (await failureOf(() => using(ASKS, { imports: { "acme:demo/jobs": {} } }, () => {}))).message,
    /it imports acme:demo\/jobs@1\.0\.0#work, and imports\["acme:demo\/jobs@1\.0\.0"\] has no function work$/,
  );
});

test("a resource is a class, and its objects are dropped once", () =>
  using(COUNTERS, {}, async ({ counters, ...others }) => {
    assert.is(others["acme:demo/counters@1.2.0"], counters);
    const { Counter } = counters;
    const counter = new Counter(5);
    assert.is(counter.constructor.name, "Counter");
    counter.addTo(3);
    assert.is(counter.get(), 8);
    const other = Counter.ofTwo(2);
    assert.instance(other, Counter);
    assert.is(counters.alive(), 2);
    counter[Symbol.dispose]();
    counter[Symbol.dispose]();
    assert.is(counters.alive(), 1);
    assert.match(
      (await failureOf(() => counter.get())).message,
      /#\[method\]counter\.get: parameter self must be an object of class Counter that is there/,
    );
    assert.is(counters.end(other), 2);
    assert.is(counters.alive(), 0);
    assert.match(
      (await failureOf(() => counters.end(other))).message,
      /parameter it must be .* that is there/,
    );
    assert.match(
      (await failureOf(() => counters.end({}))).message,
      /must be an object of class Counter, and is/,
    );
    assert.match((await failureOf(() => new Counter("x"))).message, /parameter from must be an integer/);
    const Special = class extends (Counter as new (
      n: number,
    ) => { get(): number; [Symbol.dispose](): void }) {};
    const special = new Special(1);
    assert.instance(special, Special);
    assert.is(special.get(), 1);
    special[Symbol.dispose]();
    assert.is(counters.alive(), 0);
  }));

test("nothing is given away when another value is wrong", () =>
  using(COUNTERS, {}, async ({ counters }) => {
    const counter = new counters.Counter(1);
    await failureOf(() => counters.Counter.prototype.addTo.call(counter, "x"));
    assert.is(counter.get(), 1);
    assert.is(counters.end(counter), 1);
  }));

test("what is no constructor, and no method, is refused as one", async () => {
  for (const [member, other, said] of [
    ['"[constructor]counter" (func $make)', "$alive", /#\[constructor\]counter gives no counter$/],
    ['"[method]counter.get" (func $get)', "$half", /#\[method\]counter\.get is not lent first a counter$/],
    ['"[method]counter.get" (func $get)', "$alive", /is not lent first a counter$/],
  ] as const) {
    const text = COUNTERS.replace(`(export ${member})`, `(export ${member.replace(/\$\w+/, other)})`);
    assert.not.equal(text, COUNTERS);
    const failure = await failureOf(() => using(text, {}, () => {}));
    assert.is(failure.code, "ERR_INVALID_WASM");
    assert.match(failure.message, said);
  }
});

test("an error of a result is thrown", () =>
  using(COUNTERS, {}, async ({ counters }) => {
    assert.is(counters.half(8), 4);
    const failure = await failureOf(() => counters.half(7));
    assert.instance(failure, ComponentError);
    assert.is((failure as ComponentError).payload, 7);
    assert.is(counters.half(2), 1);
  }));

test("a destructor that traps ends the instance", () =>
  using(COUNTERS, {}, async ({ counters }) => {
    const counter = new counters.Counter(13);
    assert.is((await failureOf(() => counter[Symbol.dispose]())).code, "ERR_TRAPPED");
    assert.is((await failureOf(() => counters.alive())).code, "ERR_TRAPPED");
  }));

test("an object is dropped at once, however long nothing else had its turn", () =>
  using(COUNTERS, {}, ({ counters }) => {
    // longer than guests may keep the event loop standing
    const end = performance.now() + 30;
    while (performance.now() < end) {
      new counters.Counter(5)[Symbol.dispose]();
      assert.is(counters.alive(), 0);
    }
  }));

/** A function `call` that calls the import `back`, which has a result, and gives that. */
const CALLS_BACK = `(component ${LIBC}
  (import "back" (func $back (param "n" u32) (result (result u32 (error string)))))
  (core func $back (canon lower (func $back) ${FULL}))
  (core module $m
    (import "libc" "memory" (memory 1))
    (import "" "back" (func $back (param i32 i32)))
    (func (export "call") (param i32) (result i32) (call $back (local.get 0) (i32.const 32)) (i32.const 32)))
  (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance (export "back" (func $back))))))
  (func (export "call") (param "n" u32) (result (result u32 (error string)))
    (canon lift (core func $i "call") ${FULL})))`;

test("an error that an import throws is the error of its result", async () => {
  const back = (n: number): number => {
    if (n === 1) throw new ComponentError("one");
    if (n === 2) throw "two";
    if (n === 3) throw new RangeError("three");
    return n;
  };
  await using(CALLS_BACK, { imports: { back } }, async ({ call }) => {
    assert.is(call(0), 0);
    assert.is(((await failureOf(() => call(1))) as ComponentError).payload, "one");
    assert.is(((await failureOf(() => call(2))) as ComponentError).payload, "two");
    const failure = await failureOf(() => call(3));
    assert.is(failure.code, "ERR_TRAPPED");
    assert.match(failure.message, /back: three$/);
  });
});

test("an instance can't be entered from within", async () => {
  let again: () => unknown = () => {};
  let failure: Promise<Error & { code?: string }> | undefined;
  const back = (n: number): number => {
    failure = failureOf(again);
    return n;
  };
  await using(CALLS_BACK, { imports: { back } }, async ({ call }) => {
    again = () => call(1);
    assert.is(call(5), 5);
    assert.is((await failure)?.code, "ERR_BUSY");
    assert.is(call(6), 6);
  });
});

test("a promise where nobody can wait ends the instance with a sentence", () =>
  using(CALLS_BACK, { imports: { back: async () => 1 } }, async ({ call }) => {
    const failure = await failureOf(() => call(1));
    assert.match(
      failure.message,
      /back: it gives a promise, and is not async: the guest can't be suspended here$/,
    );
  }));

test("with promises a call is suspended, and others wait", async () => {
  if (!hasJspi) {
    const failure = await failureOf(() => using(CALLS_BACK, { promises: true }, () => {}));
    assert.is(failure.code, "ERR_RUNTIME");
    return;
  }
  const order: string[] = [];
  const back = async (n: number): Promise<number> => {
    order.push(`begin ${n}`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`end ${n}`);
    return n;
  };
  await using(CALLS_BACK, { promises: true, imports: { back } }, async ({ call }) => {
    assert.equal(await Promise.all([call(1), call(2), call(3)]), [1, 2, 3]);
    assert.equal(order, ["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  });
});

test("classes and functions of the embedder are a component's resources", () => {
  const log: string[] = [];
  class Thing {
    readonly n: number;
    constructor(n: number) {
      this.n = n;
    }
    valueOfIt(): number {
      return this.n;
    }
    static make(n: number): Thing {
      return new Thing(n * 2);
    }
    [Symbol.dispose](): void {
      log.push(`dropped ${this.n}`);
    }
  }
  const text = `(component
    (import "acme:demo/things" (instance $things
      (export "thing" (type $thing (sub resource)))
      (export "[constructor]thing" (func (param "n" u32) (result (own $thing))))
      (export "[static]thing.make" (func (param "n" u32) (result (own $thing))))
      (export "[method]thing.value-of-it" (func (param "self" (borrow $thing)) (result u32)))))
    (alias export $things "thing" (type $thing))
    (core func $new (canon lower (func $things "[constructor]thing")))
    (core func $make (canon lower (func $things "[static]thing.make")))
    (core func $value (canon lower (func $things "[method]thing.value-of-it")))
    (core func $drop (canon resource.drop $thing))
    (core module $m
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "value" (func $value (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (func (export "sum") (param i32) (result i32)
        (local $a i32) (local $b i32) (local $sum i32)
        (local.set $a (call $new (local.get 0)))
        (local.set $b (call $make (local.get 0)))
        (local.set $sum (i32.add (call $value (local.get $a)) (call $value (local.get $b))))
        (call $drop (local.get $a))
        (call $drop (local.get $b))
        (local.get $sum))
      (func (export "pass") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "make" (func $make))
      (export "value" (func $value)) (export "drop" (func $drop))))))
    (func (export "pass") (param "it" (own $thing)) (result (own $thing)) (canon lift (core func $i "pass")))
    (func (export "sum") (param "n" u32) (result u32) (canon lift (core func $i "sum"))))`;
  return using(text, { imports: { "acme:demo/things": { Thing } } }, async ({ sum, pass }) => {
    assert.is(sum(3), 9);
    assert.equal(log, ["dropped 3", "dropped 6"]);
    const thing = new Thing(4);
    assert.is(pass(thing), thing);
    assert.match(
      (await failureOf(() => pass({ n: 1 }))).message,
      /parameter it must be an object of class Thing/,
    );
  });
});

async function allOf(stream: ReadableStream): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}

test("bytes go through a component in streams", () =>
  using(copies("u8", 1), {}, async ({ copy }, instance) => {
    const bytes = Buffer.alloc(100_000, "some text ");
    const given: readonly (() => unknown)[] = [
      () => new Blob([bytes]).stream(),
      () => [bytes.subarray(0, 10), new Uint8Array(0), bytes.subarray(10)],
      async function* () {
        yield bytes;
      },
    ];
    for (const make of given) assert.is(await textOf(await copy(make())), bytes.toString());
    const reader = (await copy([Buffer.from("hello")])).getReader({ mode: "byob" });
    assert.is(Buffer.from((await reader.read(new Uint8Array(3))).value).toString(), "hel");
    assert.is(Buffer.from((await reader.read(new Uint8Array(3))).value).toString(), "lo");
    assert.is((await reader.read(new Uint8Array(3))).done, true);
    assert.is(instance.stats().streams, 0);
  }));

test("values go through a component in streams", async () => {
  await using(copies("string", 8), {}, async ({ copy }) => {
    const words = Array.from({ length: 500 }, (_, i) => `word ${i}`);
    assert.equal(await allOf(await copy(words)), words);
  });
  await using(copies("$t", 8, "(type $t (option (option u8)))"), {}, async ({ copy }) => {
    const values = [{ tag: "none" }, { tag: "some", val: undefined }, { tag: "some", val: 5 }];
    assert.equal(await allOf(await copy(values)), values);
  });
});

test("a reader that goes away, and a writer that fails, end the stream", async () => {
  await using(copies("u8", 1), {}, async ({ copy }) => {
    let isCancelled = false;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(Buffer.alloc(1000)),
      cancel: () => {
        isCancelled = true;
      },
    });
    const reader = (await copy(endless)).getReader();
    await reader.read();
    await reader.cancel();
    while (!isCancelled) await new Promise((resolve) => setImmediate(resolve));
    assert.is(endless.locked, true);
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("a");
      throw new Error("no more");
    }
    assert.is(await textOf(await copy(failing())), "a");
    function* failingAtOnce(): Generator<Uint8Array> {
      yield Buffer.from("b");
      throw new Error("no more");
    }
    assert.is(await textOf(await copy(failingAtOnce())), "b");
    assert.is(await textOf(await copy({ [Symbol.iterator]: () => ({ next: () => undefined }) })), "");
  });
});

/** `give` gives a stream of 100 lists of as many bytes, all of which are the same; `taken` tells how many were taken. */
const givingLists = (size: number): string => `(component ${LIBC}
  (type $s (stream (list u8)))
  (core func $new (canon stream.new $s))
  (core func $write (canon stream.write $s async ${FULL}))
  (core func $set-new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $return (canon task.return (result $s)))
  (core module $m
    (import "libc" "memory" (memory 1))
    (import "" "new" (func $new (result i64)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "set-new" (func $set-new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "return" (func $return (param i32)))
    (global $taken (mut i32) (i32.const 0))
    (global $set (mut i32) (i32.const 0))
    (func (export "taken") (result i32) (global.get $taken))
    (func $wait (result i32) (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
    (func (export "give") (result i32) (local $both i64) (local $at i32) (local $end i32)
      (loop $more
        (i32.store offset=4 (local.get $at) (i32.const ${size}))
        (br_if $more (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 800))))
      (local.set $both (call $new))
      (call $return (i32.wrap_i64 (local.get $both)))
      (local.set $end (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
      (drop (call $write (local.get $end) (i32.const 0) (i32.const 100)))
      (global.set $set (call $set-new))
      (call $join (local.get $end) (global.get $set))
      (call $wait))
    (func (export "callback") (param i32 i32 i32) (result i32)
      (global.set $taken (i32.shr_u (local.get 2) (i32.const 4)))
      (call $wait)))
  (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance
    (export "new" (func $new)) (export "write" (func $write)) (export "set-new" (func $set-new))
    (export "join" (func $join)) (export "return" (func $return))))))
  (func (export "taken") (result u32) (canon lift (core func $i "taken")))
  (func (export "give") async (result $s)
    (canon lift (core func $i "give") async (callback (core func $i "callback")))))`;

test("of values that take much no more are taken at a time than are asked for", async () => {
  for (const [size, taken] of [
    [100_000, 1],
    [20_000, 4],
    [10, 100],
  ] as const) {
    await using(givingLists(size), {}, async ({ give, taken: told }) => {
      const { value } = await (await give()).getReader().read();
      assert.is(value.length, size);
      assert.is(told(), taken);
    });
  }
});

test("an answer that comes when the instance has ended is given to nobody", async () => {
  let given = 0;
  const { attach } = GuestMemory.prototype;
  GuestMemory.prototype.attach = function (exports, isShared) {
    const realloc = exports["cabi_realloc"] as ((...args: number[]) => number) | undefined;
    const counting = (...args: number[]): number => {
      const at = realloc?.(...args) ?? 0;
      given++;
      return at;
    };
    attach.call(this, realloc ? { ...exports, cabi_realloc: counting } : exports, isShared);
  };
  try {
    let answer: (text: string) => void = () => {};
    const work = (): Promise<string> =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const text = ASKS.replace("(result u32)))))", "(result string)))))");
    assert.not.equal(text, ASKS);
    await using(text, { imports: { "acme:demo/jobs": { work } } }, async ({ ask }, instance) => {
      const asked = failureOf(() => ask("this"));
      await instance.close();
      assert.is((await asked).code, "ERR_CLOSED");
      given = 0;
      answer("a string");
      await new Promise((resolve) => setImmediate(resolve));
      assert.is(given, 0);
    });
  } finally {
    GuestMemory.prototype.attach = attach;
  }
});

test("bytes that are taken away while they are read end the instance", () =>
  using(copies("u8", 1), {}, async ({ copy }) => {
    const bytes = new Uint8Array(300);
    const reader = (await copy([bytes])).getReader();
    assert.is((await reader.read()).value.length, 100);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    const failure = await failureOf(async () => {
      while (!(await reader.read()).done);
    });
    assert.match(failure.message, /: copy: an item of a stream lost its memory before all of it was read$/);
  }));

test("what is no stream, and what is no item of one, is told", () =>
  using(copies("u8", 1), {}, async ({ copy }) => {
    assert.match(
      (await failureOf(() => copy("text"))).message,
      /^copy: parameter from must be a ReadableStream, or something else that can be iterated, and is "text"$/,
    );
    const locked = new Blob(["x"]).stream();
    locked.getReader();
    assert.match((await failureOf(() => copy(locked))).message, /a ReadableStream that nobody reads/);
    assert.match(
      (await failureOf(() => copy(Buffer.from("bytes")))).message,
      /^copy: parameter from must be what gives Uint8Arrays, as \[bytes\], and is an object of class Buffer$/,
    );
    const stream = await copy(["text"]);
    const failure = await failureOf(() => textOf(stream));
    assert.is(failure.code, "ERR_TRAPPED");
    assert.match(failure.message, /copy: an item of a stream must be a Uint8Array, and is "text"$/);
  }));

test("streams and futures that a component only passes on", async () => {
  await using(echo("$t", "(type $t (stream u8))"), {}, async ({ echo }) => {
    const [first, second] = echo([[Buffer.from("one")], [Buffer.from("two")]]);
    assert.is(await textOf(second), "two");
    assert.is(await textOf(first), "one");
  });
  await using(echo("$t", "(type $t (future string))"), {}, async ({ echo }) => {
    const [first] = echo([Promise.resolve("soon")]);
    assert.is(await first, "soon");
    assert.match(
      (await failureOf(() => echo(["now"]))).message,
      /theValues\[0\] must be a promise, and is "now"$/,
    );
    const [wrong] = echo([Promise.resolve(5)]);
    assert.match(
      (await failureOf(() => wrong)).message,
      /the value of a promise must be a string, and is 5$/,
    );
  });
  await using(echo("$t", "(type $t (future))"), {}, async ({ echo }) => {
    assert.is(await echo([Promise.resolve()])[0], undefined);
  });
});

test("a component of WASI 0.2 does what its policy allows", async () => {
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const port = String((server.address() as AddressInfo).port);
  try {
    await using(COMPONENT, {}, async ({ net }) => {
      const failure = await failureOf(() => net.withNetIo("127.0.0.1", port));
      // EACCES
      assert.is((failure as ComponentError).payload, 13);
    });
    if (!hasJspi) return;
    const policy = { allowNet: [`127.0.0.1:${port}`] };
    await using(COMPONENT, { policy, promises: true }, async ({ net }, instance) => {
      const echoes = Array.from({ length: 10 }, async (_, i) => {
        const io = await net.withNetIo("127.0.0.1", port);
        await io.write(Uint8Array.of(i, i));
        const [echoed] = await io.read(2);
        io[Symbol.dispose]();
        return echoed;
      });
      assert.equal(await Promise.all(echoes), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      // what was dropped is closed when all has been said
      while (instance.stats().sockets > 0) await new Promise((resolve) => setImmediate(resolve));
    });
  } finally {
    server.close();
  }
});

test("closing ends what is under way", async () => {
  let streams: Promise<string> | undefined;
  let call: Promise<unknown> | undefined;
  await using(ASKS, { imports: { "acme:demo/jobs": { work: () => new Promise(() => {}) } } }, ({ ask }) => {
    call = failureOf(() => ask("x"));
  });
  assert.is(((await call) as { code?: string }).code, "ERR_CLOSED");
  let isStopped = false;
  await using(copies("u8", 1), {}, async ({ copy }) => {
    const never = new ReadableStream({
      cancel: () => {
        isStopped = true;
      },
    });
    streams = textOf(await copy(never));
    streams.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
  });
  assert.is(((await failureOf(() => streams)) as { code?: string }).code, "ERR_CLOSED");
  assert.is(isStopped, true);
  const { alive } = await using(COUNTERS, {}, ({ counters }) => counters);
  assert.is((await failureOf(alive)).code, "ERR_CLOSED");
});

test("a signal closes it, and lets none be made behind it", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const imports = { "acme:demo/jobs": { work: () => new Promise(() => {}) } };
  await using(ASKS, { imports, signal }, async ({ ask }) => {
    const call = failureOf(() => ask("x"));
    controller.abort(new Error("enough"));
    assert.is((await call).code, "ERR_CLOSED");
  });
  assert.is((await failureOf(() => using(ASKS, { imports, signal }, () => {}))).message, "enough");
});

test("options are checked", async () => {
  for (const [options, message] of [
    [
      { promise: true },
      /^instantiate: options\.promise is not an option of instantiate: did you mean promises\?$/,
    ],
    [{ promises: 1 }, /^instantiate: promises must be true or false$/],
    [{ signal: 1 }, /signal must be an AbortSignal/],
    [{ imports: 1 }, /^instantiate: imports must be an object$/],
    [{ timeout: 1 }, /options\.timeout is not an option of instantiate/],
    [{ maxMemory: 1 }, /it needs .* of memory to begin with/],
  ] as const) {
    assert.match((await failureOf(() => using(COUNTERS, options as never, () => {}))).message, message);
  }
});

test.run();
