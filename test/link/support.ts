/** Programs written by hand, linked in every way that this runtime has. */
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import * as assert from "uvu/assert";
import { createHost } from "../../host/host.ts";
import { linkProgram } from "../../host/link/link.ts";
import { hasJspi } from "../../host/runtime/features.ts";
import { commandImports } from "../../host/wasi02/command.ts";

/** Makes the bytes of a program from its text; nothing is validated. */
export async function assemble(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await parse(text));
}

/** Whether guests are suspended while they wait, or may not wait. */
export const modes: readonly boolean[] = hasJspi ? [true, false] : [false];

/** Links a program with the faces of a host that allows nothing, and runs it. */
export async function run(program: Uint8Array, suspending: boolean, faces: object = {}): Promise<boolean> {
  const host = createHost({ maySuspend: suspending });
  try {
    const all = { ...host.imports, ...commandImports(host.context, { args: ["program"] }), ...faces };
    return await (await linkProgram(program, { faces: all, suspending }))();
  } finally {
    host.close();
  }
}

/** Holds that a program ends well, however it is run; or, where it waits, if it can be suspended. */
export async function endsWell(text: string, faces?: object, waits = false): Promise<void> {
  const program = await assemble(text);
  for (const suspending of waits ? modes.filter((mode) => mode) : modes)
    assert.is(await run(program, suspending, faces), true);
}

/** Holds that a program is refused or traps, with a message. */
export async function fails(text: string, message: RegExp): Promise<void> {
  const program = await assemble(text);
  for (const suspending of modes) {
    let said = "it ended";
    try {
      await run(program, suspending);
    } catch (error) {
      assert.instance(error, Error);
      said = (error as Error).message;
    }
    assert.match(said, message);
    assert.not.match(said, /\n/);
  }
}

/** A command component around definitions that end with a core function `$run` without parameters, which gives an i32. */
export function command(definitions: string): string {
  return `(component ${definitions}
    (func $lifted (result (result)) (canon lift (core func $run)))
    (instance $command (export "run" (func $lifted)))
    (export "wasi:cli/run@0.2.0" (instance $command)))`;
}
