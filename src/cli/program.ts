/** A program that is run: its file linked with what is served, and how it ended. */
import { readFileSync } from "node:fs";
import type { WasmModule } from "../../host/lowered/webassembly.ts";
import { parseListener, World } from "../../host/preview1/world.ts";
import { gatedHttp, type HttpGate, type HttpShim } from "../../host/run/http.ts";
import { linkProgram, type Run } from "../../host/run/link.ts";
import { ExitError } from "../../host/wasi02/command.ts";
import { peer, UsageError } from "./usage.ts";

/** How a program ended: with an exit code, by a trap, or not begun for a reason that the user can mend. */
export type Outcome =
  | { readonly code: number }
  | { readonly trap: string }
  | { readonly usage: string; readonly code: number };

/** What a program is started with. */
export interface Program {
  readonly file: string;
  /** Its arguments, its name first. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Of a preview 1 program: its module, and where it listens. */
  readonly preview1?: { readonly module: WasmModule; readonly listen: readonly string[] };
}

/**
 * Runs a program to its end.
 *
 * @param program its file and what it may
 * @param faces what is served, by interface name
 * @param suspending whether it is suspended while a face's promise is pending; else the faces block
 * @param http is asked about its requests
 */
export async function runProgram(
  program: Program,
  faces: object,
  suspending: boolean,
  http: HttpGate,
): Promise<Outcome> {
  const { file } = program;
  let start: Run | undefined;
  try {
    start = await link(program, faces, http, suspending);
    return { code: (await start()) ? 0 : 1 };
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    if (cause instanceof ExitError) return { code: cause.exitCode };
    if (error instanceof UsageError) return { usage: error.message, code: error.exitCode };
    if (!(error instanceof Error)) throw error;
    if (error.constructor.name === "RuntimeError") return { trap: error.stack ?? error.message };
    // what can't be linked is a file for somebody else
    if (start === undefined) return { usage: `${file}: ${error.message}`, code: 2 };
    throw error;
  }
}

/** preview2-shim's `wasi:http`, with a `wasi:io` of its own, for what we don't serve ourselves. */
async function others(http: HttpGate): Promise<Readonly<Record<string, unknown>>> {
  return peer("a component that uses wasi:http", "@bytecodealliance/preview2-shim", async () => {
    const { WASIShim } = (await import("@bytecodealliance/preview2-shim/instantiation")) as {
      WASIShim: new (options: object) => { getImportObject(): HttpShim };
    };
    return gatedHttp(new WASIShim({ sandbox: { preopens: {}, env: {}, args: [] } }).getImportObject(), http);
  });
}

async function link(
  { file, preview1 }: Program,
  faces: object,
  http: HttpGate,
  suspending: boolean,
): Promise<Run> {
  if (preview1 !== undefined) {
    const listen = preview1.listen.map(parseListener);
    const world = new World(faces, { listen, nonBlocking: true, isSuspending: suspending });
    return linkPreview1(preview1.module, world);
  }
  const bytes = new Uint8Array(readFileSync(file));
  if (bytes.length < 8 || Buffer.from(bytes.subarray(0, 4)).toString("latin1") !== "\0asm") {
    throw new UsageError(`${file}: this is no WebAssembly`);
  }
  return linkProgram(bytes, { faces, suspending, others: () => others(http) });
}

function linkPreview1(module: WasmModule, world: World): Run {
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
