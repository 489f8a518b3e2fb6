/** Commands of WASI 0.3 from their file to their end, as `runCommand` and `wasock run` run them. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { policyFromRules, type RunOptions, runCommand } from "../../host/index.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { assemble, endsWell, NO_CALLBACK, program } from "../abi/support.ts";
import { echoClient, floodingSender, toStdout } from "./sockets-text.ts";

const test = suite("commands of WASI 0.3");
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wasock-wasi03-"));

const WAYS: Readonly<Record<string, RunOptions>> = {
  here: { isolation: "none" },
  thread: { isolation: "thread" },
};

async function echoing(work: (port: number, server: Server) => Promise<void>): Promise<void> {
  // what was read is sent back before the end is
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    await work((server.address() as AddressInfo).port, server);
  } finally {
    server.close();
  }
}

/** Runs the command. */
function wasock(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, stdout, stderr });
    });
  });
}

test("a client reads back what it sends, and is left with nothing open", () =>
  echoing(async (port) => {
    const bytes = await assemble(echoClient(port, 100));
    const policy = { allowNet: [`127.0.0.1:${port}`] };
    for (const [way, how] of Object.entries(WAYS)) {
      const { exitCode, trapped, stats } = await runCommand(bytes, { ...how, policy });
      assert.equal([exitCode, trapped], [0, undefined], way);
      assert.equal([stats?.streams, stats?.queuedBytes], [0, 0], way);
    }
  }));

test("what goes from one stream to another past the guest leaves nothing open", async () => {
  const server = createServer((socket) => socket.on("error", () => {}).end("hello"));
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const bytes = await assemble(toStdout(port));
    for (const [way, how] of Object.entries(WAYS)) {
      const options = { ...how, policy: { allowNet: [`127.0.0.1:${port}`] }, stdout: "pipe" } as const;
      const { exitCode, trapped, stdout, stats } = await runCommand(bytes, options);
      assert.equal([exitCode, trapped, Buffer.from(stdout ?? "").toString()], [0, undefined, "hello"], way);
      assert.equal([stats?.streams, stats?.queuedBytes], [0, 0], way);
    }
  } finally {
    server.close();
  }
});

test("what a guest sends and nobody takes yet is held up to a limit", () =>
  endsWell(floodingSender(9), {
    options: {
      policy: policyFromRules({ allowNet: ["127.0.0.1:9", "0.0.0.0"] }),
      caps: { queuedBytes: 1_000_000 },
    },
  }));

test("what isn't allowed is refused, which is everything by default", () =>
  echoing(async (port, server) => {
    let connections = 0;
    server.on("connection", () => connections++);
    const bytes = await assemble(echoClient(port, 1));
    for (const [way, how] of Object.entries(WAYS)) {
      const { exitCode, trapped } = await runCommand(bytes, how);
      // it ends with 1 where connect fails
      assert.equal([exitCode, trapped], [1, undefined], way);
    }
    assert.is(connections, 0);
  }));

test("wasock run runs it, and tells what it was refused", () =>
  echoing(async (port) => {
    const file = join(folder, "client.wasm");
    writeFileSync(file, await assemble(echoClient(port, 3)));
    const refused = await wasock("run", "--trace", "--allow-net=127.0.0.1:1", file);
    assert.is(refused.code, 1);
    assert.match(refused.stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
    const allowed = await wasock("run", `--allow-net=127.0.0.1:${port}`, file);
    assert.equal(allowed, { code: 0, stdout: "", stderr: "" });
  }));

test("a program that waits is ended by its time, and by its embedder", async () => {
  const bytes = await assemble(
    program(
      `(func (export "run") (result i32) (local $set i32)
        (local.set $set (call $set-new))
        (call $join (i32.shr_u (call $wait-for (i64.const 1000000000000)) (i32.const 4)) (local.get $set))
        (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4)))) ${NO_CALLBACK}`,
      {
        before: `(import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
          (export "wait-for" (func async (param "how-long" u64)))))`,
        functions: {
          "wait-for": ['canon lower (func $clock "wait-for") async', "(param i64) (result i32)"],
        },
      },
    ),
  );
  const timedOut = await runCommand(bytes, { timeout: 100 });
  assert.equal([timedOut.exitCode, timedOut.trapped?.message], [124, "it was ended after 100 ms"]);
  for (const [way, how] of Object.entries(WAYS)) {
    const { exitCode, trapped } = await runCommand(bytes, { ...how, signal: AbortSignal.abort() });
    assert.equal([exitCode, trapped?.reason], [143, "abort"], way);
  }
});

test("a policy in code is asked on the embedder's own thread", () =>
  echoing(async (port) => {
    const bytes = await assemble(echoClient(port, 1));
    const policy = policyFromRules({ allowNet: true });
    const { exitCode } = await runCommand(bytes, { policy, isolation: "none" });
    assert.is(exitCode, 0);
    let said = "";
    await runCommand(bytes, { policy, isolation: "thread" }).catch((error: Error) => {
      said = error.message;
    });
    assert.match(said, /must be rules, not code/);
  }));

test("what it prints by WASI 0.2 is flushed, where nothing can be suspended too", async () => {
  const text = program(
    `(data (i32.const 0) "printed\\n")
     (func (export "run") (result i32) (local $out i32) (local $left i32)
       (local.set $out (call $stdout ))
       (local.set $left (i32.const 3))
       (loop $more
         (call $print (local.get $out) (i32.const 0) (i32.const 8) (i32.const 64))
         (if (i32.load8_u (i32.const 64)) (then unreachable))
         (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
       (call $return (i32.const 0)) (i32.const 0)) ${NO_CALLBACK}`,
    {
      before: `(import "wasi:io/error@0.2.0" (instance $errors (export "error" (type (sub resource)))))
        (alias export $errors "error" (type $error))
        (import "wasi:io/streams@0.2.0" (instance $streams
          (export "output-stream" (type $out (sub resource)))
          (alias outer 1 $error (type $e))
          (type $failure (variant (case "last-operation-failed" (own $e)) (case "closed")))
          (export "[method]output-stream.blocking-write-and-flush"
            (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $failure)))))))
        (alias export $streams "output-stream" (type $out))
        (import "wasi:cli/stdout@0.2.0" (instance $stdout
          (alias outer 1 $out (type $o)) (export "get-stdout" (func (result (own $o))))))`,
      functions: {
        stdout: ['canon lower (func $stdout "get-stdout")', "(result i32)"],
        print: [
          'canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory (core memory $libc "memory"))',
          "(param i32 i32 i32 i32)",
        ],
      },
    },
  );
  const bytes = await assemble(text);
  for (const [way, how] of Object.entries(WAYS)) {
    const { exitCode, trapped, stdout } = await runCommand(bytes, { ...how, stdout: "pipe" });
    assert.equal([exitCode, trapped], [0, undefined], way);
    assert.is(Buffer.from(stdout ?? []).toString(), "printed\n".repeat(3), way);
  }
});

/** Waits on its stack, has its memory grown, and then gets there and prints from there what it waited for. */
const waiting = program(
  `(data (i32.const 0) "waited\\n")
   (func (export "run") (local $out i64) (local $call i32) (local $page i32)
     (call $wait-for (i64.const 1000000))
     (drop (call $yield))
     (local.set $page (i32.mul (memory.grow (i32.const 20)) (i32.const 65536)))
     (i64.store (local.get $page) (i64.load (i32.const 0)))
     (local.set $out (call $s-new))
     (local.set $call (call $write-via-stream (i32.wrap_i64 (local.get $out))))
     (call $joined (i32.wrap_i64 (i64.shr_u (local.get $out) (i64.const 32))) (local.get $page))
     (call $return (i32.const 0)))
   (func $joined (param $writer i32) (param $at i32)
     (if (i32.ne (call $s-write-sync (local.get $writer) (local.get $at) (i32.const 7)) (i32.const 112)) (then unreachable))
     (call $s-drop-writable (local.get $writer)))`,
  {
    before: `(import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
        (export "wait-for" (func async (param "how-long" u64)))))
      (import "wasi:cli/types@0.3.0" (instance $types
        (type $t (enum "io" "illegal-byte-sequence" "pipe"))
        (export "error-code" (type (eq $t)))))
      (alias export $types "error-code" (type $code))
      (import "wasi:cli/stdout@0.3.0" (instance $stdout
        (alias outer 1 $code (type $c))
        (type $bytes (stream u8)) (type $r (result (error $c))) (type $f (future $r))
        (export "write-via-stream" (func (param "data" $bytes) (result $f)))))`,
    lift: '(canon lift (core func $i "run") async)',
    functions: {
      "wait-for": ['canon lower (func $clock "wait-for")', "(param i64)"],
      "write-via-stream": ['canon lower (func $stdout "write-via-stream")', "(param i32) (result i32)"],
    },
  },
);

test("one that waits on its stack does so everywhere, on a thread where it can't be suspended", async () => {
  const bytes = await assemble(waiting);
  for (const [way, how] of Object.entries(WAYS)) {
    for (const blocking of hasJspi ? [undefined, true] : [undefined]) {
      const options = { ...how, ...(blocking !== undefined && { blocking }), stdout: "pipe" } as const;
      const { exitCode, trapped, stdout } = await runCommand(bytes, options);
      assert.equal([exitCode, trapped], [0, undefined], way);
      assert.is(Buffer.from(stdout ?? []).toString(), "waited\n", way);
    }
  }
});

test("one that waits on its stack, or lets others go on for ever, is ended by its embedder", async () => {
  const parts = {
    before: `(import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
      (export "wait-for" (func async (param "how-long" u64)))))`,
    functions: { "wait-for": ['canon lower (func $clock "wait-for")', "(param i64)"] },
    lift: '(canon lift (core func $i "run") async)',
  } as const;
  for (const waits of [
    "(call $wait-for (i64.const 3600000000000))",
    "(loop $l (drop (call $yield)) (br $l))",
  ]) {
    const bytes = await assemble(program(`(func (export "run") ${waits})`, parts));
    for (const [way, how] of Object.entries(WAYS)) {
      for (const blocking of hasJspi ? [false, true] : [true]) {
        // before it begins, and while it waits
        for (const signal of [AbortSignal.abort(), AbortSignal.timeout(100)]) {
          const { exitCode, trapped } = await runCommand(bytes, { ...how, blocking, signal });
          assert.equal([exitCode, trapped?.reason], [143, "abort"], `${way}: ${waits}`);
        }
      }
    }
  }
});

test("it ends with the code that it says, also from its stack behind a wait", async () => {
  const parts = {
    before: `(import "wasi:cli/exit@0.3.0" (instance $exit
      (export "exit-with-code" (func (param "status-code" u8))) (export "exit" (func (param "status" (result))))))`,
    functions: {
      code: ['canon lower (func $exit "exit-with-code")', "(param i32)"],
      exit: ['canon lower (func $exit "exit")', "(param i32)"],
    },
  } as const;
  for (const [exit, code] of [
    ["(call $code (i32.const 7))", 7],
    ["(call $code (i32.const 255))", 255],
    ["(call $code (i32.const 0))", 0],
    ["(call $exit (i32.const 1))", 1],
    ["(call $exit (i32.const 0))", 0],
  ] as const) {
    for (const yields of ["", "(drop (call $yield ))"]) {
      const text = program(
        `(func (export "run") (result i32) ${yields} ${exit} unreachable) ${NO_CALLBACK}`,
        parts,
      );
      const bytes = await assemble(text);
      for (const [way, how] of Object.entries(WAYS)) {
        const { exitCode, trapped } = await runCommand(bytes, how);
        assert.equal([exitCode, trapped], [code, undefined], `${way}: ${yields} ${exit}`);
      }
    }
  }
});

test("what it does not serve of 0.3 is named", async () => {
  const text = `(component (import "wasi:http/types@0.3.0" (instance)))`;
  let said = "";
  try {
    await runCommand(await assemble(text));
  } catch (error) {
    said = (error as Error).message;
  }
  assert.match(said, /it imports what is not served here: wasi:http\/types@0\.3/);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
