/** Preview 1's functions and what a guest gives them: pointers, lengths, types, names. And clocks, arguments, polling. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Errno, Whence } from "../../host/preview1/abi.ts";
import { importsOf } from "../../host/preview1/functions.ts";
import { Stream } from "../../host/preview1/streams.ts";
import { asProgram, type Program } from "./preview1-support.ts";

const test = suite("preview 1 calls");

/** Where the memory of a program ends. */
const END = 64 * 65536;

test("arguments, environment, chance and clocks", async () => {
  await asProgram(
    (program) => {
      const [counts, sizes] = [program.room(4), program.room(4)];
      const texts = (what: string): string[] => {
        assert.is(program.do(`${what}_sizes_get`, counts, sizes), 0);
        const count = program.view.getUint32(counts, true);
        const size = program.view.getUint32(sizes, true);
        const [pointers, bytes] = [program.room(4 * count), program.room(size)];
        assert.is(program.do(`${what}_get`, pointers, bytes), 0);
        const all = program.textAt(bytes, size).split("\0");
        assert.is(all.pop(), "");
        for (let i = 0, at = bytes; i < count; at += Buffer.byteLength(all[i++] as string) + 1) {
          assert.is(program.view.getUint32(pointers + 4 * i, true), at);
        }
        return all;
      };
      assert.equal(texts("args"), ["program", "", "zwei ü\ufeff"]);
      assert.equal(texts("environ"), ["A=b=c", "toString="]);

      const at = program.room(300);
      assert.is(program.do("random_get", at, 300), 0);
      assert.ok(new Set(new Uint8Array(program.memory.buffer, at, 300)).size > 50);
      const time = (id: number): bigint => {
        assert.is(program.do("clock_time_get", id, 0n, at), 0);
        return program.view.getBigUint64(at, true);
      };
      const before = time(1);
      assert.ok(Math.abs(Number(time(0) / 1_000_000n) - Date.now()) < 2000);
      assert.ok(time(1) > before);
      for (const id of [0, 1, 2, 3]) {
        assert.is(program.do("clock_res_get", id, at), 0);
        const resolution = program.view.getBigUint64(at, true);
        assert.ok(resolution > 0n && resolution <= 1_000_000n, String(resolution));
        time(id);
      }
      for (const id of [4, -1]) {
        assert.is(program.do("clock_res_get", id, at), Errno.inval);
        assert.is(program.do("clock_time_get", id, 0n, at), Errno.inval);
      }
      assert.is(program.do("sched_yield"), 0);
    },
    { args: ["program", "", "zwei ü\ufeff"], env: { A: "b=c", toString: "" } },
  );
});

test("proc_exit has its code, and no text", async () => {
  for (const code of [0, 3, 255]) {
    const thrown = await asProgram((program) => program.do("proc_exit", code)).catch(
      (error: unknown) => error,
    );
    const { cause } = thrown as { cause: { exitCode: number; message: string } };
    assert.is(cause.exitCode, code);
    assert.is(cause.message, `the guest has ended with exit code ${code}`);
  }
  const raised = await asProgram((program) => program.do("proc_raise", 6)).catch((error: unknown) => error);
  assert.match((raised as Error).message, "the program has raised signal 6");
});

/** Vectors at the end of the memory. */
function vectorsOf(program: Program, count: number, at: number, length: number): number {
  const vectors = program.room(8 * count);
  for (let i = 0; i < count; i++) {
    program.view.setUint32(vectors + 8 * i, at, true);
    program.view.setUint32(vectors + 8 * i + 4, length, true);
  }
  return vectors;
}

test("vectors: too many, too long, outside, one over another, empty", async () => {
  await asProgram(
    (program, folder) => {
      writeFileSync(join(folder, "file"), "content");
      const [, file] = program.open("file");
      const length = program.room(4);
      const [text] = program.text("ab");
      for (const fd of [1, 2, file]) {
        for (const count of [1025, 12_000_000, 0x2000_0000, -1]) {
          assert.is(program.do("fd_write", fd, 0, count, length), Errno.inval, String(count));
        }
        assert.is(program.do("fd_write", fd, END - 4, 1, length), Errno.fault);
        assert.is(program.do("fd_write", fd, -8, 1, length), Errno.fault);
        assert.is(program.do("fd_write", fd, program.vector(END - 1, 2), 1, length), Errno.fault);
        assert.is(program.do("fd_write", fd, program.vector(-1, 2), 1, length), Errno.fault);
        assert.is(program.do("fd_write", fd, program.vector(0, -1), 1, length), Errno.fault);
        assert.is(program.do("fd_write", fd, program.vector(text, 2), 1, END - 2), Errno.fault);
        // more bytes than a size can say, though each piece is inside
        assert.is(program.do("fd_write", fd, vectorsOf(program, 1024, 0, END), 1024, length), Errno.inval);
      }
      assert.is(program.do("fd_read", 0, program.vector(END - 1, 2), 1, length), Errno.fault);
      assert.is(program.do("fd_read", 0, 0, 12_000_000, length), Errno.inval);
      assert.is(program.do("fd_read", file, program.vector(END, 1), 1, length), Errno.fault);
      assert.is(program.do("fd_read", file, program.vector(text, 2), 1, END), Errno.fault);
      // what is empty is nowhere
      assert.is(program.do("fd_write", 1, program.vector(-1, 0), 1, length), 0);
      assert.is(program.view.getUint32(length, true), 0);
      assert.is(program.do("fd_read", file, 0, 0, length), 0);
      assert.is(program.do("fd_pwrite", file, program.vector(text, 2), 1, -1n, length), Errno.inval);
      assert.is(program.do("fd_pread", file, program.vector(text, 2), 1, 1n << 63n, length), Errno.inval);
      assert.is(program.do("fd_pread", 0, program.vector(text, 2), 1, 0n, length), Errno.spipe);
    },
    { input: "input" },
  );
});

test("all of a list of pointers must be inside", async () => {
  const given = { args: ["one", "two"], env: { A: "1", B: "2" } };
  await asProgram((program) => {
    for (const name of ["args_get", "environ_get"]) {
      assert.is(program.do(name, END - 8, 1024), 0, name);
      assert.is(program.do(name, END - 4, 1024), Errno.fault, name);
      assert.is(program.do(name, 1024, END - 8), 0, name);
      assert.is(program.do(name, 1024, END - 7), Errno.fault, name);
    }
  }, given);
});

test("a call may move what its result can tell, and not a byte more", async () => {
  await asProgram((program, folder) => {
    writeFileSync(join(folder, "empty"), "");
    const [, fd] = program.open("empty");
    const whole = program.memory.buffer.byteLength;
    const most = 2 ** 31 - 1;
    const vectors = vectorsOf(program, Math.ceil(most / whole), 0, whole);
    const last = vectors + 8 * (Math.ceil(most / whole) - 1) + 4;
    program.view.setUint32(last, most % whole, true);
    assert.equal(program.number("fd_read", fd, vectors, Math.ceil(most / whole)), [0, 0]);
    program.view.setUint32(last, (most % whole) + 1, true);
    assert.is(program.number("fd_read", fd, vectors, Math.ceil(most / whole))[0], Errno.inval);
  });
});

test("pieces are filled and emptied in their order", async () => {
  const printed = await asProgram((program, folder) => {
    writeFileSync(join(folder, "file"), "abcdefgh");
    const [, file] = program.open("file");
    const [one, two] = [program.room(3), program.room(10)];
    const vectors = program.room(24);
    for (const [i, [at, length]] of [
      [one, 3],
      [two, 0],
      [two, 10],
    ].entries()) {
      program.view.setUint32(vectors + 8 * i, at as number, true);
      program.view.setUint32(vectors + 8 * i + 4, length as number, true);
    }
    assert.equal(program.number("fd_read", file, vectors, 3), [0, 8]);
    assert.is(program.textAt(one, 3) + program.textAt(two, 5), "abcdefgh");
    program.view.setUint32(vectors + 20, 5, true);
    assert.equal(program.number("fd_write", 1, vectors, 3), [0, 8]);
    assert.equal(program.number("fd_write", file, vectors, 3), [0, 8]);
    assert.is(program.stat(file).size, 16n);
  });
  assert.is(printed, "abcdefgh");
});

test("a pointer outside is a fault, and nothing is done before it is seen", async () => {
  await asProgram((program, folder) => {
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "file"), "x");
    const [, fd] = program.open("file");
    for (const bad of [END, END - 3, -1, -8, 0x7fffffff]) {
      for (const name of ["args_get", "args_sizes_get"]) {
        assert.is(program.do(name, bad, 1024), Errno.fault, name);
        assert.is(program.do(name, 1024, bad), Errno.fault, name);
      }
      assert.is(program.do("clock_time_get", 0, 0n, bad), Errno.fault);
      assert.is(program.do("random_get", bad, 4), Errno.fault);
      assert.is(program.do("random_get", 0, END + 1), Errno.fault);
      for (const name of ["fd_fdstat_get", "fd_filestat_get", "fd_prestat_get", "fd_tell"]) {
        assert.is(program.do(name, name === "fd_prestat_get" ? 3 : fd, bad), Errno.fault, name);
      }
      assert.is(program.do("fd_seek", fd, 5n, 0, bad), Errno.fault);
      assert.equal(program.seek(fd, 0n, 1), [0, 0n]);
      const file = program.text("file");
      assert.is(program.do("path_open", 3, 0, ...file, 0, 0n, 0n, 0, bad), Errno.fault);
      assert.is(program.open("file")[1], fd + 1);
      assert.is(program.do("fd_close", fd + 1), 0);
      assert.is(program.do("path_open", 3, 0, bad, 4, 0, 0n, 0n, 0, 1024), Errno.fault);
      assert.is(program.do("path_filestat_get", 3, 0, ...file, bad), Errno.fault);
      assert.is(program.do("path_readlink", 3, ...file, bad, 4, 1024), Errno.fault);
      assert.is(program.do("path_readlink", 3, ...file, 1024, 4, bad), Errno.fault);
      assert.is(program.do("path_unlink_file", 3, bad, 4), Errno.fault);
      assert.is(program.do("fd_readdir", 3, bad, 9, 0n, 1024), Errno.fault);
      assert.is(program.do("fd_readdir", 3, 1024, 9, 0n, bad), Errno.fault);
      assert.is(program.do("poll_oneoff", bad, 1024, 1, 2048), Errno.fault);
      assert.is(program.do("poll_oneoff", 1024, bad, 1, 2048), Errno.fault);
      assert.is(program.do("poll_oneoff", 1024, 2048, 1, bad), Errno.fault);
    }
    assert.is(program.do("poll_oneoff", 0, 0, 0, 1024), Errno.inval);
    assert.is(program.do("poll_oneoff", 0, 0, -1, 1024), Errno.inval);
  });
});

test("a function that is imported with other types ends the guest", async () => {
  for (const args of [[Number.NaN, 0, 0, 0], [0.5, 0, 0, 0], [1n, 0, 0, 0], [2 ** 32, 0, 0, 0], []] as (
    | number
    | bigint
  )[][]) {
    const thrown = await asProgram((program) => program.do("fd_write", ...args)).catch(
      (error: unknown) => error,
    );
    assert.match((thrown as Error).message, "wasi_snapshot_preview1#fd_write");
    assert.is((thrown as Error).constructor.name, "RuntimeError");
  }
  const thrown = await asProgram((program) => program.do("fd_seek", 3, 0, 0, 0)).catch(
    (error: unknown) => error,
  );
  assert.is((thrown as Error).constructor.name, "RuntimeError");
});

/** A module that imports one function of no parameters. */
function importing(module: string, name: string): object {
  const text = (word: string): number[] => [word.length, ...Buffer.from(word)];
  const imports = [1, ...text(module), ...text(name), 0, 0];
  const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, imports.length, ...imports];
  const { Module } = (globalThis as unknown as { WebAssembly: { Module: new (bytes: Uint8Array) => object } })
    .WebAssembly;
  return new Module(Uint8Array.from(bytes));
}

test("a guest's names are looked up among ours alone", async () => {
  await asProgram((program) => {
    for (const [module, name] of [
      ["constructor", "constructor"],
      ["__proto__", "toString"],
      ["wasi_snapshot_preview1", "constructor"],
      ["wasi_snapshot_preview1", "__proto__"],
      ["wasi_snapshot_preview1", "toString"],
      ["wasi_snapshot_preview1", "fd_nothing"],
      ["env", "fd_write"],
    ] as const) {
      assert.throws(
        () => importsOf(importing(module, name), program.call as never),
        (error: Error) => error.message === `it imports what is not served here: "${module}#${name}"`,
      );
    }
    const imports = importsOf(importing("wasi_snapshot_preview1", "sched_yield"), program.call as never);
    assert.is(Object.getPrototypeOf(imports), null);
    assert.is(Object.getPrototypeOf(imports["wasi_snapshot_preview1"]), null);
    assert.is(Object.getPrototypeOf(program.call), null);
  });
});

/** Writes a subscription; its userdata is its index. */
function subscribe(program: Program, at: number, index: number, type: number, ...rest: bigint[]): void {
  const { view } = program;
  const from = at + 48 * index;
  for (let i = 0; i < 48; i += 8) view.setBigUint64(from + i, 0n, true);
  view.setBigUint64(from, BigInt(index), true);
  view.setUint8(from + 8, type);
  if (type !== 0) {
    view.setUint32(from + 16, Number(rest[0]), true);
    return;
  }
  const [id = 1n, timeout = 0n, flags = 0n] = rest;
  view.setUint32(from + 16, Number(id), true);
  view.setBigUint64(from + 24, timeout, true);
  view.setUint16(from + 40, Number(flags), true);
}

test("poll tells all that is ready, and what is wrong", async () => {
  await asProgram((program, folder) => {
    writeFileSync(join(folder, "file"), "content");
    const [, file] = program.open("file");
    const [at, events, count] = [program.room(48 * 10), program.room(32 * 10), program.room(4)];
    subscribe(program, at, 0, 0, 1n, 10_000_000_000n); // a clock that is far away
    subscribe(program, at, 1, 1, BigInt(file));
    subscribe(program, at, 2, 2, 1n); // the standard output
    subscribe(program, at, 3, 1, 99n);
    subscribe(program, at, 4, 0, 7n, 0n); // no clock
    subscribe(program, at, 5, 1, 1n); // nothing to be read there
    subscribe(program, at, 6, 0, 0n, 1_000n, 1n); // 1970 is past
    subscribe(program, at, 7, 0, 1n, 1n, 1n); // so is the start of the clock
    assert.is(program.do("poll_oneoff", at, events, 8, count), 0);
    const { view } = program;
    const told = Array.from({ length: view.getUint32(count, true) }, (_, i) => {
      const from = events + 32 * i;
      return [
        Number(view.getBigUint64(from, true)),
        view.getUint16(from + 8, true),
        view.getUint8(from + 10),
        Number(view.getBigUint64(from + 16, true)),
      ];
    });
    assert.equal(told, [
      [1, 0, 1, 7],
      [2, 0, 2, 1],
      [3, Errno.badf, 1, 0],
      [4, Errno.inval, 0, 0],
      [5, Errno.badf, 1, 0],
      [6, 0, 0, 0],
      [7, 0, 0, 0],
    ]);
    // behind the end there is nothing, not less
    assert.equal(program.seek(file, 100n, Whence.set), [0, 100n]);
    subscribe(program, at, 0, 1, BigInt(file));
    assert.is(program.do("poll_oneoff", at, events, 1, count), 0);
    assert.is(view.getBigUint64(events + 16, true), 0n);
    subscribe(program, at, 0, 3);
    assert.is(program.do("poll_oneoff", at, events, 1, count), Errno.inval);
  });
});

test("a time is of its clock, absolute or from now on", async () => {
  await asProgram((program) => {
    const { view } = program;
    const [at, events, count] = [program.room(48 * 10), program.room(32 * 10), program.room(8)];
    const time = (id: bigint): bigint => {
      assert.is(program.do("clock_time_get", Number(id), 0n, count), 0);
      return view.getBigUint64(count, true);
    };
    const hour = 3_600_000_000_000n;
    const [real, monotonic] = [0n, 1n];
    const never = (1n << 64n) - 1n;
    const subscriptions: [clock: bigint, timeout: bigint, absolute: bigint, isPast: boolean][] = [
      [real, time(real) + hour, 1n, false],
      [real, time(real) - 1_000_000_000n, 1n, true],
      [real, hour, 0n, false],
      [real, 0n, 0n, true],
      [real, never, 1n, false],
      [monotonic, time(monotonic) + hour, 1n, false],
      [monotonic, time(monotonic) - 1n, 1n, true],
      [monotonic, hour, 0n, false],
      [monotonic, never, 0n, false],
    ];
    for (const [i, [clock, timeout, absolute]] of subscriptions.entries()) {
      subscribe(program, at, i, 0, clock, timeout, absolute);
    }
    assert.is(program.do("poll_oneoff", at, events, subscriptions.length, count), 0);
    const told = Array.from({ length: view.getUint32(count, true) }, (_, i) => {
      assert.is(view.getUint16(events + 32 * i + 8, true), 0);
      return Number(view.getBigUint64(events + 32 * i, true));
    });
    assert.equal(
      told,
      subscriptions.flatMap(([, , , isPast], i) => (isPast ? [i] : [])),
    );
  });
});

test("a poll that finds a connection broken leaves the failure to the next read", () => {
  let isTold = false;
  const input = {
    read(): Uint8Array {
      if (isTold) throw { tag: "closed" };
      isTold = true;
      throw { tag: "last-operation-failed", val: { [Symbol.dispose]() {} } };
    },
  };
  const output = {
    checkWrite(): bigint {
      throw { tag: "closed" };
    },
  };
  const faces = { "wasi:sockets/network": { networkErrorCode: () => "connection-reset" } };
  const stream = new Stream(faces as never, { input, output, socket: {}, type: 6 } as never);
  assert.is(stream.isHungUp, true);
  assert.is(stream.isHungUp, false, "its failure is still to be read");
  assert.throws(
    () => stream.read(1),
    (error: unknown) => error === Errno.connreset,
  );
  assert.is(stream.read(1)?.length, 0);
  assert.is(stream.isHungUp, true);
  assert.throws(
    () => stream.write(Buffer.from("x")),
    (error: unknown) => error === Errno.pipe,
  );
});

test("a write that finds a connection broken tells how", () => {
  const output = {
    checkWrite(): bigint {
      throw { tag: "last-operation-failed", val: { [Symbol.dispose]() {} } };
    },
  };
  const faces = { "wasi:sockets/network": { networkErrorCode: () => "connection-reset" } };
  const stream = new Stream(faces as never, { output, socket: {}, type: 6 } as never);
  assert.throws(
    () => stream.write(Buffer.from("x")),
    (error: unknown) => error === Errno.connreset,
  );
  assert.throws(
    () => stream.read(1),
    (error: unknown) => error === Errno.badf,
  );
});

test("a peek that finds a connection broken keeps the bytes, and leaves the failure to who reads behind them", () => {
  const [first, second] = [Buffer.from("re"), Buffer.from("st")];
  const comes = [
    () => first,
    () => second,
    () => new Uint8Array(0),
    () => {
      throw { tag: "last-operation-failed", val: { [Symbol.dispose]() {} } };
    },
  ];
  const input = {
    read(): Uint8Array {
      const next = comes.shift();
      if (next === undefined) throw { tag: "closed" };
      return next();
    },
  };
  const faces = { "wasi:sockets/network": { networkErrorCode: () => "connection-reset" } };
  const stream = new Stream(faces as never, { input, socket: {}, type: 6 } as never);
  const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();
  for (const seen of ["re", "rest", "rest", "rest"]) assert.is(text(stream.peek(10)), seen);
  assert.is(text(stream.peek(3)), "res");
  assert.is(text(stream.read(1)), "r");
  assert.is(text(stream.peek(10)), "est");
  assert.is(text(stream.read(10)), "est");
  assert.ok(stream.isReadableNow);
  assert.throws(
    () => stream.read(1),
    (error: unknown) => error === Errno.connreset,
  );
  assert.not(stream.isReadableNow);
  assert.is(stream.read(1)?.length, 0);
});

/** Numbers that repeat for a seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("whatever it is given, a call answers with an errno", async () => {
  const seed = Number(process.env["WASOCK_FUZZ_SEED"] ?? 1);
  const random = randomNumbers(seed);
  await asProgram((program, folder) => {
    writeFileSync(join(folder, "file"), "x");
    // these end the guest, or wait
    const names = Object.keys(program.call).filter((name) => !/^proc_|^fd_read$|^poll/.test(name));
    const parameters = new Map(names.map((name) => [name, signatureOf(program, name)]));
    const interesting = [0, 1, 2, 3, 4, 5, 8, 1024, END - 8, END - 1, END, -1, -8, 0x7fffffff];
    for (let i = 0; i < 20_000; i++) {
      const name = names[Math.floor(random() * names.length)] as string;
      const args = Array.from(parameters.get(name) as string, (type) => {
        const value = interesting[Math.floor(random() * interesting.length)] as number;
        return type === "l" ? BigInt(value) : value;
      });
      const errno = program.do(name, ...args);
      assert.ok(
        Number.isInteger(errno) && errno >= 0 && errno <= 76,
        `${name}(${args}): ${errno}, seed ${seed}`,
      );
    }
  });
});

/** The types of a function, found out by trying: one that is wrong ends the guest. */
function signatureOf(program: Program, name: string): string {
  const call = program.call[name] as (...args: unknown[]) => number;
  for (let bits = 0; bits < 1 << 9; bits++) {
    for (let length = 0; length <= 9; length++) {
      if (bits >> length !== 0) continue;
      const types = Array.from({ length }, (_, i) => ((bits >> i) & 1 ? "l" : "i")).join("");
      try {
        call(...Array.from(types, (type) => (type === "l" ? -1n : -1)));
        return types;
      } catch {
        // not these
      }
    }
  }
  throw new Error(`${name} takes nothing`);
}

test.run();
