/**
 * `wasi_snapshot_preview1` as a guest imports it: each function with its types, over a {@link Process}.
 */
import type { Turns } from "../abi/turns.ts";
import type { CoreSignature } from "../abi/types.ts";
import { type CoreFunction, trap, type WasmImports, type WasmModule, wasm } from "../abi/webassembly.ts";
import { environmentCalls } from "./environment-calls.ts";
import { fileCalls } from "./file-calls.ts";
import { pathCalls } from "./path-calls.ts";
import { pollCalls } from "./poll.ts";
import type { Calls, LaterErrno, Process } from "./process.ts";
import { errnoOfThrown } from "./process.ts";
import { socketCalls } from "./socket-calls.ts";
import { transferCalls } from "./transfer.ts";

/** The name that the functions are imported under. */
export const MODULE = "wasi_snapshot_preview1";

/** The parameters of each function: `i` is an i32, taken as unsigned, `l` an i64 likewise. */
const signatures = {
  args_get: "ii",
  args_sizes_get: "ii",
  environ_get: "ii",
  environ_sizes_get: "ii",
  clock_res_get: "ii",
  clock_time_get: "ili",
  fd_advise: "illi",
  fd_allocate: "ill",
  fd_close: "i",
  fd_datasync: "i",
  fd_fdstat_get: "ii",
  fd_fdstat_set_flags: "ii",
  fd_fdstat_set_rights: "ill",
  fd_filestat_get: "ii",
  fd_filestat_set_size: "il",
  fd_filestat_set_times: "illi",
  fd_pread: "iiili",
  fd_prestat_get: "ii",
  fd_prestat_dir_name: "iii",
  fd_pwrite: "iiili",
  fd_read: "iiii",
  fd_readdir: "iiili",
  fd_renumber: "ii",
  fd_seek: "ilii",
  fd_sync: "i",
  fd_tell: "ii",
  fd_write: "iiii",
  path_create_directory: "iii",
  path_filestat_get: "iiiii",
  path_filestat_set_times: "iiiilli",
  path_link: "iiiiiii",
  path_open: "iiiiillii",
  path_readlink: "iiiiii",
  path_remove_directory: "iii",
  path_rename: "iiiiii",
  path_symlink: "iiiii",
  path_unlink_file: "iii",
  poll_oneoff: "iiii",
  proc_exit: "i",
  proc_raise: "i",
  random_get: "ii",
  sched_yield: "",
  sock_accept: "iii",
  sock_recv: "iiiiii",
  sock_send: "iiiii",
  sock_shutdown: "ii",
} as const;

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
  const calls = new Map<string, Calls[string]>(
    [environmentCalls, fileCalls, pathCalls, pollCalls, socketCalls, transferCalls].flatMap((make) =>
      Object.entries(make(process)),
    ),
  );
  const entries = Object.entries(signatures).map(([name, types]) => {
    const call = typed(process, name, types, calls.get(name) as Calls[string]);
    const signature = signatureOf(name, types);
    if (turns === undefined || wasm.Suspending === undefined || !WAITING.has(name))
      return { name, call, signature };
    return { name, call: new wasm.Suspending(call), signature };
  });
  const made = turns?.between(entries) ?? entries.map(({ call }) => call);
  const functions = Object.create(null) as Record<string, CoreFunction>;
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
  const imports = Object.create(null) as WasmImports;
  const own = Object.create(null) as Record<string, CoreFunction>;
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
function typed(process: Process, name: string, types: string, call: Calls[string]): CoreFunction {
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
      return typeof answer === "number" ? answer : answer.catch((error) => errnoOfThrown(error, where));
    } catch (error) {
      return errnoOfThrown(error, where);
    }
  };
}
