/**
 * The host's faces as imports of a core wasm module, without a component around it.
 *
 * From WASI's WIT are made the interfaces as data (`wasi02.ts`), and for each import what makes the function that the
 * module is given (`functions.ts`).
 */

import { faceOf } from "../abi/members.ts";
import { type Bypass, GuestMemory } from "../abi/memory.ts";
import { HandleTable } from "../abi/table.ts";
import { type Made, Turns, withTurns } from "../abi/turns.ts";
import {
  type CoreFunction,
  importObject,
  type WasmExports,
  type WasmImports,
  type WasmModule,
  wasm,
} from "../abi/webassembly.ts";
import type { Time } from "../io/time.ts";
import { hasJspi } from "../runtime/features.ts";
import { declareFaces, importedAs, lowerEntry, servedName } from "../wasi02/catalogue.ts";

export type { Bypass } from "../abi/memory.ts";
export { HandleTable, type HandleTableOptions } from "../abi/table.ts";
export type { CoreFunction, WasmExports, WasmImports, WasmMemory, WasmModule } from "../abi/webassembly.ts";

/**
 * The faces of a host: unversioned interface name, e.g. `wasi:io/poll`, to an object with its functions and
 * classes. Only an object, since an interface type has no index signature.
 */
export type Faces = object;

/** What {@link lower} can be told. */
export interface LowerOptions {
  /** The lowest handle that the guest is given; default 1. Ignored with `table`. */
  readonly firstHandle?: number | undefined;
  /** How many handles the guest may hold at a time; default 1,048,576. Ignored with `table`. */
  readonly maxHandles?: number | undefined;
  /** A table to share with another core instance of the same component; default one of its own. */
  readonly table?: HandleTable | undefined;
  /**
   * Whether functions that may wait are wrapped in `WebAssembly.Suspending`; default false, where a call
   * that would have to wait is a trap. A guest that never waits is then suspended now and then in other
   * functions too, so that what it asks for can come and what else the process does goes on.
   */
  readonly suspending?: boolean | undefined;
  /** The host's time, by which the guest is suspended so; default the system's. */
  readonly time?: Time | undefined;
  /**
   * Called before a host's function ends the guest: by a trap, or because the face has thrown an `Error` such as `exit`
   * throws. The guest can't catch either; it gets a `WebAssembly.RuntimeError` whose `cause` is the face's error.
   */
  readonly onTrap?: (() => void) | undefined;
  /**
   * Whether the types that a module gives to what it imports are known to be right, as in a module that is the
   * embedder's own; default false, where they are checked.
   */
  readonly trusted?: boolean | undefined;
}

/** The imports of one core instance. */
export interface Lowered {
  /**
   * The imports of `module` from the interfaces that are served, under the names that it uses.
   *
   * @returns objects without a prototype
   * @throws Error when it imports something from one of them that isn't there, or is no function. One that it
   *   imports as of other core types traps when it is called, or keeps a module that can be suspended from being
   *   instantiated
   */
  imports(module: WasmModule): WasmImports;
  /**
   * Says which instance calls: its `memory` and, where lists are returned, its `cabi_realloc`.
   *
   * @throws Error when there is no such memory, when it is shared, or when called a second time
   */
  attach(exports: WasmExports): void;
  /** The handles that the guest holds. */
  readonly table: HandleTable;
  /** For a guest that is the embedder's own: bytes that it need not see. */
  readonly bypass: Bypass;
}

/**
 * Lowers a host's faces to the imports of a core wasm module.
 *
 * @param faces the host's import object in the shape that jco maps to
 * @param options see {@link LowerOptions}
 * @throws Error when `suspending` is asked for and the runtime has no JSPI; RangeError for a bad option
 */
export function lower(faces: Faces, options: LowerOptions = {}): Lowered {
  const { suspending = false, trusted = false, onTrap, time } = options;
  if (suspending && !hasJspi) {
    throw new Error("suspending: this runtime can't suspend WebAssembly (JSPI); Node has it from 24 on");
  }
  const table = options.table ?? new HandleTable(options);
  const memory = new GuestMemory();
  const turns = suspending ? new Turns(undefined, time) : undefined;
  const notYet = turns === undefined ? () => {} : () => turns.notYet();
  declareFaces(table, faces);

  function make(interfaceName: string, name: string, face: object): Made {
    const where = `${interfaceName}#${name}`;
    const entry = importedAs(interfaceName, name);
    if (entry === undefined) throw new Error(`the module imports ${where}, which WASI 0.2 does not have`);
    return lowerEntry(entry, face, { where, memory, table, suspending, notYet, onTrap, trusted });
  }

  return {
    table,
    bypass: memory.bypass,
    attach: (exports) => memory.attach(exports),
    imports(module) {
      const made: Made[] = [];
      const places: (readonly [from: string, name: string])[] = [];
      for (const { module: from, name, kind } of wasm.Module.imports(module)) {
        const interfaceName = servedName(from);
        const face = interfaceName === undefined ? undefined : faceOf(faces, interfaceName);
        if (interfaceName === undefined || face === undefined) continue;
        if (kind !== "function") throw new Error(`the module imports ${from}#${name} as a ${kind}`);
        made.push(make(interfaceName, name, face));
        places.push([from, name]);
      }
      const calls = withTurns(made, turns);
      return importObject(places.map(([from, name], i) => [from, name, calls[i] as CoreFunction]));
    },
  };
}
