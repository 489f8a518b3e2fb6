/** A program that is run: its file linked with what is served, and how it ended. */

import { isMainThread } from "node:worker_threads";
import { coreInterface } from "../component/core.ts";
import type { Ledger } from "../io/owner.ts";
import type { Time } from "../io/time.ts";
import { isStackOverflow, trapError } from "../io/trap.ts";
import { type LimitMemory, type LinkOptions, linkProgram, type Run } from "../link/link.ts";
import { LinkError } from "../link/refusal.ts";
import { printable } from "../messages/printable.ts";
import { parseListener } from "../preview1/listener.ts";
import { wasm } from "../runtime/webassembly.ts";
import { importsFrom, isCoreModule, mayMakeObjects } from "./binary.ts";
import { CoreThread } from "./core-thread.ts";
import { gatedHttp, type HttpGate, type HttpShim } from "./http.ts";
import { memoryLimit } from "./memory-limit.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { peer } from "./peer.ts";
import { RunError } from "./run-error.ts";
import { makeInterruptible } from "./thread.ts";

/** What preview 1 is imported from. */
const PREVIEW1 = "wasi_snapshot_preview1";

/** What a program is started with. */
export interface Program {
  /** Its name, for messages. */
  readonly label: string;
  /** A component or a core module. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its arguments, its name first. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The bytes of memory that it may have. */
  readonly maxMemory: number;
  /** Whether it is to end in the midst of any loop. */
  readonly isInterruptible: boolean;
  /** Where a preview 1 program listens. */
  readonly listen: readonly string[];
}

/**
 * Runs a program to its end.
 *
 * @param program its file and what it may
 * @param faces what is served, by interface name
 * @param waits how it waits: suspended while a face's promise is pending; in the faces, which block; or, of WASI 0.3, in
 *   its callback, and on a thread of its own where it doesn't return to that
 * @param http is asked about its requests
 * @param ledger the host's, where that is on this thread: what runs is ended with it, and isn't begun behind that
 * @param time the host's, where that is on this thread; default the system's
 */
export async function runProgram(
  program: Program,
  faces: object,
  waits: "suspended" | "in faces" | "on a thread",
  http: HttpGate,
  ledger?: Pick<Ledger, "live" | "isClosed">,
  time?: Time,
): Promise<Outcome> {
  // what it takes to compile it is no time of its own
  const release = time?.hold?.();
  let core: CoreThread | undefined;
  const thread = (): CoreThread => {
    core = new CoreThread(program.maxMemory);
    return core;
  };
  try {
    const suspending = waits === "suspended";
    const isApart = waits === "on a thread";
    const { live } = ledger ?? {};
    const start = await link(program, { faces, suspending, live, time, ...(isApart && { thread }) }, http);
    if (ledger?.isClosed) throw trapError("the host was closed before it began");
    const running = start();
    release?.();
    return { kind: "exit", code: (await running) ? 0 : 1 };
  } catch (error) {
    return outcomeOf(error);
  } finally {
    await core?.close();
    release?.();
  }
}

/** What kept it from being linked is told as such; what its own code did meanwhile is left as it is. */
async function link(program: Program, options: LinkOptions, http: HttpGate): Promise<Run> {
  const { label, bytes } = program;
  if (bytes.length < 8 || Buffer.from(bytes.subarray(0, 4)).toString("latin1") !== "\0asm") {
    throw new RunError(
      "ERR_INVALID_WASM",
      `${label}: not a WebAssembly file${label.endsWith(".ts") ? `; wasock build ${label} makes one of it` : ""}`,
    );
  }
  try {
    return await linked(program, options, http);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof RunError || isTrap(error)) throw error;
    // what the engine says names its own function
    const message = error.message.replace(
      /^WebAssembly\.\w+\(\): /,
      "this runtime can't compile it, and a newer one may: ",
    );
    throw new RunError("ERR_INVALID_WASM", `${label}: ${printable(message, 1000)}`, { cause: error });
  }
}

/** Whether a program's own code has ended so, while it was instantiated. */
function isTrap(error: Error): boolean {
  return error.name === "RuntimeError" || isStackOverflow(error);
}

async function linked(program: Program, options: LinkOptions, http: HttpGate): Promise<Run> {
  const { faces, suspending } = options;
  const { label, bytes, maxMemory, listen } = program;
  const limit = memoryLimit(label, maxMemory);
  const limitMemory: LimitMemory = (modules, isShared) => {
    // they count against the heap of a thread of its own, and there it ends when that is full
    const mayFill = (): boolean => !isMainThread && modules.some((module) => mayMakeObjects(label, module));
    if (program.isInterruptible || mayFill()) makeInterruptible();
    return limit(modules, isShared);
  };
  if (!isCoreModule(bytes) || !importsFrom(label, bytes, PREVIEW1)) {
    return linkProgram(bytes, { ...options, limitMemory, others: () => others(http) });
  }
  checkStart(bytes);
  const [limited] = limitMemory([bytes]);
  const module = await wasm.compile(limited?.bytes ?? bytes);
  // most programs need none of it
  const { World } = await import("../preview1/world.ts");
  const world = new World(faces, {
    listen: listen.map(parseListener),
    nonBlocking: true,
    isSuspending: suspending,
    time: options.time,
  });
  try {
    const instance = world.instantiate(module);
    return async () => {
      await world.start(instance.exports);
      return true;
    };
  } catch (error) {
    world.close();
    throw error;
  }
}

/** Refuses a preview 1 program that can't be started. */
function checkStart(bytes: Uint8Array): void {
  const { exports } = coreInterface(bytes);
  if (exports.get("memory")?.kind !== "memory") throw new LinkError("it exports no memory");
  const name = exports.has("_start") ? "_start" : "_initialize";
  const entry = exports.get(name);
  if (entry?.kind !== "function") throw new LinkError("not a command (no _start export)");
  const { signature = "unknown" } = entry;
  if (signature !== "->") throw new LinkError(`its ${name} is (${signature}): it is (->)`);
}

/** preview2-shim's `wasi:http`, with a `wasi:io` of its own, for what we don't serve ourselves. */
export async function others(http: HttpGate): Promise<Readonly<Record<string, unknown>>> {
  return peer("a component that uses wasi:http", "@bytecodealliance/preview2-shim", async () => {
    const { httpShim } = await import("./http-shim.ts");
    const { WASIShim } = (await httpShim()) as {
      WASIShim: new (options: object) => { getImportObject(): HttpShim };
    };
    return gatedHttp(new WASIShim({ sandbox: { preopens: {}, env: {}, args: [] } }).getImportObject(), http);
  });
}
