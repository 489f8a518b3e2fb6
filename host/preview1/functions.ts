/**
 * `wasi_snapshot_preview1` as a guest imports it: each function with its types, over a {@link Process}.
 */
import type { Turns } from "../abi/turns.ts";
import type { CoreSignature } from "../abi/types.ts";
import {
  bare,
  type CoreFunction,
  trap,
  type WasmImports,
  type WasmModule,
  wasm,
} from "../abi/webassembly.ts";
import { Errno } from "./abi.ts";
import { environmentCalls } from "./environment-calls.ts";
import { fileCalls } from "./file-calls.ts";
import { pathCalls } from "./path-calls.ts";
import { pollCalls } from "./poll.ts";
import { errnoOfThrown, type Process } from "./process.ts";
import { type Call, type LaterErrno, signatures } from "./signatures.ts";
import { socketCalls } from "./socket-calls.ts";
import { transferCalls } from "./transfer.ts";

/** The name that the functions are imported under. */
export const MODULE = "wasi_snapshot_preview1";

/** The functions that may have to wait. */
const WAITING: ReadonlySet<string> = new Set([
  ...["fd_read", "fd_write", "poll_oneoff", "sock_accept", "sock_recv", "sock_send"],
]);

/**
 * Makes all of them.
 *
 * @param process whose they are
 * @param turns where the guest is suspended while a call waits: lets the event loop turn under one that never does; else
 *   what serves it blocks
 * @returns an object without a prototype: a guest's names are looked up in it
 */
export function preview1Functions(process: Process, turns: Turns | undefined): Record<string, CoreFunction> {
  const calls = Object.assign(
    {},
    ...[environmentCalls, fileCalls, pathCalls, pollCalls, socketCalls, transferCalls].map((make) =>
      make(process),
    ),
  ) as Readonly<Record<string, Call>>;
  const entries = Object.entries(signatures).map(([name, types]) => {
    const call = typed(process, name, types, calls[name] as Call);
    const signature = signatureOf(name, types);
    if (turns === undefined || wasm.Suspending === undefined || !WAITING.has(name))
      return { name, call, signature };
    return { name, call: new wasm.Suspending(call), signature };
  });
  const made = turns?.between(entries) ?? entries.map(({ call }) => call);
  const functions = bare<CoreFunction>();
  entries.forEach(({ name }, i) => {
    functions[name] = made[i] as CoreFunction;
  });
  return functions;
}

function signatureOf(name: string, types: string): CoreSignature {
  return {
    params: Array.from(types, (type) => (type === "i" ? "i32" : "i64")),
    results: name === "proc_exit" ? [] : ["i32"],
  };
}

/**
 * What a module imports, and nothing else.
 *
 * @param functions what {@link preview1Functions} made
 * @throws Error that lists what it imports and is not served
 */
export function importsOf(
  module: WasmModule,
  functions: Readonly<Record<string, CoreFunction>>,
): WasmImports {
  const imports = bare<Record<string, CoreFunction>>();
  const own = bare<CoreFunction>();
  imports[MODULE] = own;
  const missing: string[] = [];
  for (const { module: from, name, kind } of wasm.Module.imports(module)) {
    const call = from === MODULE && kind === "function" ? functions[name] : undefined;
    if (call === undefined) missing.push(`${from}#${name}${kind === "function" ? "" : ` (a ${kind})`}`);
    else own[name] = call;
  }
  if (missing.length > 0) {
    throw new Error(
      `it imports what is not served here: ${missing.map((name) => JSON.stringify(name)).join(", ")}`,
    );
  }
  return imports;
}

/** Checks the types that a module has declared, which the engine leaves to us, and tells an errno for what is thrown. */
function typed(process: Process, name: string, types: string, call: Call): CoreFunction {
  const where = `${MODULE}#${name}`;
  return (...given: unknown[]): LaterErrno => {
    const args: unknown[] = [];
    for (let i = 0; i < types.length; i++) {
      const value = given[i];
      if (types[i] === "i" && typeof value === "number" && (value | 0) === value) args.push(value >>> 0);
      else if (types[i] === "l" && typeof value === "bigint") args.push(BigInt.asUintN(64, value));
      else throw trap(where, `the module imports it with other types than it has`);
    }
    try {
      process.assertGoing();
      const answer = call(...(args as never[]));
      if (answer === undefined) return Errno.success;
      if (answer === Errno.again) process.notYet();
      return typeof answer === "number" ? answer : answer.catch((error) => errnoOfThrown(error, where));
    } catch (error) {
      return errnoOfThrown(error, where);
    }
  };
}
