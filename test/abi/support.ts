/** Programs of WASI 0.3 written by hand, and how they are run. */
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import * as assert from "uvu/assert";
import { createHost, type Host, type HostOptions } from "../../host/host.ts";
import { linkProgram } from "../../host/link/link.ts";
import { CoreThread } from "../../host/run/core-thread.ts";
import { memoryLimit } from "../../host/run/memory-limit.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { commandImports } from "../../host/wasi02/command.ts";
import { wasi03Imports } from "../../host/wasi03/index.ts";

/** Makes the bytes of a program from its text; nothing is validated. */
export async function assemble(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await parse(text));
}

/** Memory, and what gives some of it: each time what comes next, in whole pages of 8 bytes. */
const LIBC = `(core module $libc-module
    (memory (export "memory") 4)
    (global $next (mut i32) (i32.const 65536))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $next) (i32.const 7)) (i32.const -8)))
      (global.set $next (i32.add (local.get $p) (local.get 3)))
      (local.get $p)))
  (core instance $libc (instantiate $libc-module))`;

const MEMORY = '(memory (core memory $libc "memory"))';
const FULL = `${MEMORY} (realloc (core func $libc "realloc"))`;

/** The built-ins of streams or futures of a type `$t`, whose names begin with a letter. */
function endBuiltIns(kind: "stream" | "future", letter: string, type: string): Record<string, string> {
  return {
    [`${letter}new`]: `canon ${kind}.new ${type}`,
    [`${letter}read`]: `canon ${kind}.read ${type} async ${FULL}`,
    [`${letter}write`]: `canon ${kind}.write ${type} async ${FULL}`,
    [`${letter}read-sync`]: `canon ${kind}.read ${type} ${FULL}`,
    [`${letter}write-sync`]: `canon ${kind}.write ${type} ${FULL}`,
    [`${letter}cancel-read`]: `canon ${kind}.cancel-read ${type}`,
    [`${letter}cancel-write`]: `canon ${kind}.cancel-write ${type}`,
    [`${letter}drop-readable`]: `canon ${kind}.drop-readable ${type}`,
    [`${letter}drop-writable`]: `canon ${kind}.drop-writable ${type}`,
  };
}

const BUILT_INS: Readonly<Record<string, string>> = {
  "set-new": "canon waitable-set.new",
  "set-drop": "canon waitable-set.drop",
  "set-wait": `canon waitable-set.wait ${MEMORY}`,
  "set-poll": `canon waitable-set.poll ${MEMORY}`,
  join: "canon waitable.join",
  return: "canon task.return (result (result))",
  "task-cancel": "canon task.cancel",
  "call-cancel": "canon subtask.cancel async",
  "call-cancel-sync": "canon subtask.cancel",
  "call-drop": "canon subtask.drop",
  "context-get": "canon context.get i32 0",
  "context-set": "canon context.set i32 0",
  "backpressure-inc": "canon backpressure.inc",
  "backpressure-dec": "canon backpressure.dec",
  yield: "canon thread.yield",
  ...endBuiltIns("stream", "s-", "$bytes"),
  ...endBuiltIns("future", "f-", "$number"),
};

/** The core types of the built-ins that are imported. */
const TYPES: Readonly<Record<string, string>> = {
  "set-new": "(result i32)",
  "set-drop": "(param i32)",
  "set-wait": "(param i32 i32) (result i32)",
  "set-poll": "(param i32 i32) (result i32)",
  join: "(param i32 i32)",
  return: "(param i32)",
  "task-cancel": "",
  "call-cancel": "(param i32) (result i32)",
  "call-cancel-sync": "(param i32) (result i32)",
  "call-drop": "(param i32)",
  "context-get": "(result i32)",
  "context-set": "(param i32)",
  "backpressure-inc": "",
  "backpressure-dec": "",
  yield: "(result i32)",
};

function typeOf(name: string): string {
  const known = TYPES[name];
  if (known !== undefined) return known;
  if (name.endsWith("new")) return "(result i64)";
  if (/(?:read|write)(?:-sync)?$/.test(name) && !name.includes("cancel")) {
    return name.startsWith("f") ? "(param i32 i32) (result i32)" : "(param i32 i32 i32) (result i32)";
  }
  return name.includes("cancel") ? "(param i32) (result i32)" : "(param i32)";
}

/** What a program is made of beside its core functions. */
export interface Parts {
  /** Component definitions that come first: imports, types. */
  readonly before?: string;
  /** More core functions by name: how each is made, and its core type. */
  readonly functions?: Readonly<Record<string, readonly [canon: string, type: string]>>;
  /** How `run` is lifted; default with a callback. */
  readonly lift?: string;
  /** Whether there is a core function `callback`; default where `lift` isn't given. */
  readonly callback?: string;
}

/**
 * A command whose core module has a function `run`, and with it everything that is imported by the names above: `$name`
 * calls it. Streams `s-` carry u8, futures `f-` carry u32.
 *
 * @param core the functions of the module: `(func (export "run") (result i32) …)` and `callback`
 */
export function program(core: string, parts: Parts = {}): string {
  const { before = "", functions = {}, lift } = parts;
  const all: Record<string, readonly [canon: string, type: string]> = { ...functions };
  for (const [name, canon] of Object.entries(BUILT_INS)) all[name] ??= [canon, typeOf(name)];
  const used = Object.entries(all).filter(
    ([name]) => core.includes(`$${name} `) || core.includes(`$${name})`),
  );
  const imports = used.map(([name, [, type]]) => `(import "" "${name}" (func $${name} ${type}))`).join("\n");
  return `(component ${before} ${LIBC}
    (type $bytes (stream u8))
    (type $number (future u32))
    ${used.map(([name, [canon]]) => `(core func $${name} (${canon}))`).join("\n")}
    (core module $m (import "libc" "memory" (memory 1)) ${imports} ${core})
    (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance
      ${used.map(([name]) => `(export "${name}" (func $${name}))`).join("\n")}))))
    (func $lifted async (result (result))
      ${lift ?? '(canon lift (core func $i "run") async (callback (core func $i "callback")))'})
    (instance $command (export "run" (func $lifted)))
    (export "wasi:cli/run@0.3.0" (instance $command)))`;
}

/** A callback for programs that never wait. */
export const NO_CALLBACK = '(func (export "callback") (param i32 i32 i32) (result i32) unreachable)';

/** A program whose `run` does something and ends well. */
export function simple(body: string, locals = ""): string {
  return program(`(func (export "run") (result i32) ${locals} ${body} (call $return (i32.const 0)) (i32.const 0))
    ${NO_CALLBACK}`);
}

/** How a guest that waits on its stack does so: suspended, not at all, or on a thread of its own. */
type Waiting = "suspended" | "not" | "thread";

const modes: readonly Waiting[] = hasJspi ? ["suspended", "not", "thread"] : ["not", "thread"];

/** How a program ended. */
export interface Ended {
  readonly isGood: boolean | undefined;
  /** The message of what ended it. */
  readonly said: string;
}

/** Runs a program to its end with a host of its own. */
export async function runText(
  text: string | Uint8Array,
  waiting: Waiting,
  options: HostOptions = {},
  inspect: (host: Host) => void = () => {},
): Promise<Ended> {
  const host = createHost({ maySuspend: waiting !== "not", ...options });
  let thread: CoreThread | undefined;
  try {
    const bytes = typeof text === "string" ? await assemble(text) : text;
    const faces = { ...host.imports, ...commandImports(host.context, { args: ["program"] }) };
    const all = { ...faces, ...wasi03Imports(host.context, faces) };
    const start = await linkProgram(bytes, {
      faces: all,
      suspending: waiting === "suspended",
      limitMemory: memoryLimit("program", 2 ** 30),
      live: host.context.ledger.live,
      ...(waiting === "thread" && {
        thread: () => {
          thread = new CoreThread(2 ** 30);
          return thread;
        },
      }),
    });
    const isGood = await start();
    return { isGood, said: "it ended" };
  } catch (error) {
    assert.instance(error, Error);
    return { isGood: undefined, said: (error as Error).message };
  } finally {
    await thread?.close();
    inspect(host);
    host.close();
  }
}

/** How a program is held to something. */
export interface Holding {
  /** Whether it blocks, so that it must be suspended; default it is run in both ways. */
  readonly blocks?: boolean;
  /** Whether it is also run so that it can be suspended; default it is. */
  readonly suspends?: boolean;
  /** Whether it is also run on a thread; default it is. */
  readonly threads?: boolean;
  /** What its host is like. */
  readonly options?: HostOptions;
}

/** Holds that a program ends well, however it is run; or, where it blocks, if it can be suspended. */
export async function endsWell(
  text: string,
  { blocks = false, threads = true, options = {} }: Holding = {},
): Promise<void> {
  const bytes = await assemble(text);
  for (const waiting of modes) {
    if ((blocks && waiting === "not") || (!threads && waiting === "thread")) continue;
    assert.equal(await runText(bytes, waiting, options), { isGood: true, said: "it ended" }, waiting);
  }
}

/** Holds that a program traps, or is refused, with a message. */
export async function fails(
  text: string,
  message: RegExp,
  { blocks = false, suspends = true, options = {} }: Holding = {},
): Promise<void> {
  const bytes = await assemble(text);
  for (const waiting of modes) {
    if (waiting === "not" ? blocks : !suspends) continue;
    const { said } = await runText(bytes, waiting, options);
    assert.match(said, message, waiting);
    assert.not.match(said, /\n/);
  }
}
