/**
 * The host's faces as imports of a core wasm module, without a component around it.
 *
 * The interfaces are described as data (`wasi02.ts`); each description and the face's function are
 * compiled to the function that the module imports (`compile.ts`).
 */

import { hasJspi } from "../runtime-features.ts";
import { ended } from "./answer.ts";
import { compile } from "./compile.ts";
import { either } from "./foreign.ts";
import { interfaces } from "./interfaces.ts";
import { type Bypass, GuestMemory } from "./memory.ts";
import { type FaceClass, HandleTable } from "./table.ts";
import { Turns } from "./turns.ts";
import {
  type CoreSignature,
  camelCase,
  className,
  coreSignature,
  type FunctionType,
  type Resource,
} from "./types.ts";
import {
  type CoreFunction,
  type WasmExports,
  type WasmImports,
  type WasmModule,
  wasm,
} from "./webassembly.ts";

export type { Bypass } from "./memory.ts";
export { HandleTable, type HandleTableOptions } from "./table.ts";
export type { CoreFunction, WasmExports, WasmImports, WasmMemory, WasmModule } from "./webassembly.ts";

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
  /**
   * Called before a host's function ends the guest: by a trap, or because the face has thrown an `Error` such as `exit`
   * throws. The guest can't catch either; it gets a `WebAssembly.RuntimeError` whose `cause` is the face's error.
   */
  readonly onTrap?: (() => void) | undefined;
}

/** The imports of one core instance. */
export interface Lowered {
  /**
   * The imports of `module` from the interfaces that are served, under the names that it uses.
   *
   * @param foreign functions of `wasi:io` that get the handles below our lowest one: those of a guest
   *   whose requests over HTTP are served by somebody else; default none
   * @throws Error when it imports something from one of them that isn't there
   */
  imports(module: WasmModule, foreign?: WasmImports): WasmImports;
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

/** Something that a module can import: a function or the destructor of a resource. */
type Import =
  | { readonly type: FunctionType; readonly of: Resource | undefined; readonly name: string }
  | Resource;

/** A function that was compiled. */
interface Compiled {
  call: CoreFunction;
  /** Its type, until turns of the event loop were put between its calls; none where that isn't done. */
  signature: CoreSignature | undefined;
}

/** Functions that nobody can call for long without another one that gives turns, so that they need give none. */
const ASKED_BEFORE: ReadonlySet<string> = new Set([
  "wasi:io/streams#[method]output-stream.write",
  "wasi:sockets/udp#[method]outgoing-datagram-stream.send",
]);

function hasSignature(one: Compiled): one is Compiled & { signature: CoreSignature } {
  return one.signature !== undefined;
}

/** An interface name with the versions that are served: any 0.2. */
const served = /^(.+)@0\.2(?:\.\d+)?(?:[-+].*)?$/;

/**
 * Lowers a host's faces to the imports of a core wasm module.
 *
 * @param faces the host's import object in the shape that jco maps to
 * @param options see {@link LowerOptions}
 * @throws Error when `suspending` is asked for and the runtime has no JSPI; RangeError for a bad option
 */
export function lower(faces: Faces, options: LowerOptions = {}): Lowered {
  const suspending = options.suspending ?? false;
  if (suspending && !hasJspi) {
    throw new Error("suspending: this runtime can't suspend WebAssembly (JSPI); Node has it from 24 on");
  }
  const table = options.table ?? new HandleTable(options);
  const memory = new GuestMemory();
  const turns = suspending ? new Turns() : undefined;
  const notYet = turns === undefined ? () => {} : () => turns.notYet();
  const { onTrap } = options;
  for (const { name, resources } of interfaces) {
    for (const { type } of resources) {
      const face = member(member(faces, name), className(type.name));
      if (typeof face === "function") table.declare(type, face as unknown as FaceClass);
    }
  }

  const compiled = new Map<string, Compiled>();
  const shared = { memory, table, first: options.firstHandle ?? options.table?.first ?? 1 };

  function bind(
    interfaceName: string,
    importName: string,
    face: unknown,
    theirs: CoreFunction | undefined,
  ): Compiled {
    const where = `${interfaceName}#${importName}`;
    const known = compiled.get(where);
    if (known !== undefined) return known;
    const entry = catalogue.get(interfaceName)?.get(importName);
    if (entry === undefined) throw new Error(`the module imports ${where}, which WASI 0.2 does not have`);
    const isAsked = turns !== undefined && "type" in entry && !ASKED_BEFORE.has(where);
    const made = {
      call: make(entry, face, where, theirs),
      signature: isAsked ? coreSignature(entry.type) : undefined,
    };
    compiled.set(where, made);
    return made;
  }

  function make(entry: Import, face: unknown, where: string, theirs: CoreFunction | undefined): CoreFunction {
    if (!("type" in entry)) {
      const drop: CoreFunction = (handle: number) => {
        try {
          table.drop(handle, entry, where);
        } catch (error) {
          throw ended(error, { onTrap, where });
        }
      };
      return theirs === undefined ? drop : either(where, drop, theirs, shared);
    }
    const { type, of } = entry;
    const key = camelCase(entry.name);
    const holder = of === undefined ? face : member(member(face, className(of.name)), "prototype");
    if (typeof member(holder, key) !== "function") {
      throw new Error(`the module imports ${where}, which the host's face does not have`);
    }
    const target = { key, face: of === undefined ? (face as object) : undefined, suspending };
    const own = compile(type, target, { where, memory, table, byHand: true, notYet, onTrap });
    const core = theirs === undefined ? own : either(where, own, theirs, shared);
    if (!type.mayWait || !suspending || wasm.Suspending === undefined) return core;
    return new wasm.Suspending(core);
  }

  /** Puts turns of the event loop between the calls of functions that are new. */
  function addTurns(): void {
    const fresh: (Compiled & { signature: CoreSignature })[] = [];
    for (const one of compiled.values()) if (hasSignature(one)) fresh.push(one);
    const calls = turns?.between(fresh) ?? [];
    fresh.forEach((one: Compiled, i) => {
      one.call = calls[i] as CoreFunction;
      one.signature = undefined;
    });
  }

  return {
    table,
    bypass: memory.bypass,
    attach: (exports) => memory.attach(exports),
    imports(module, foreign = {}) {
      const bound: [from: string, name: string, to: Compiled][] = [];
      for (const { module: from, name, kind } of wasm.Module.imports(module)) {
        const interfaceName = served.exec(from)?.[1];
        if (interfaceName === undefined || !catalogue.has(interfaceName)) continue;
        const face = member(faces, interfaceName);
        if (face === undefined) continue;
        if (kind !== "function") throw new Error(`the module imports ${from}#${name} as a ${kind}`);
        bound.push([from, name, bind(interfaceName, name, face, foreign[from]?.[name])]);
      }
      addTurns();
      const imports: WasmImports = {};
      for (const [from, name, { call }] of bound) {
        imports[from] ??= {};
        imports[from][name] = call;
      }
      return imports;
    },
  };
}

/** Every import by interface and core import name. */
const catalogue: ReadonlyMap<string, ReadonlyMap<string, Import>> = new Map(
  interfaces.map(({ name, resources, functions }) => {
    const imports = new Map<string, Import>();
    for (const [key, type] of Object.entries(functions)) imports.set(key, { type, of: undefined, name: key });
    for (const { type: of, methods } of resources) {
      imports.set(`[resource-drop]${of.name}`, of);
      for (const [key, type] of Object.entries(methods)) {
        imports.set(`[method]${of.name}.${key}`, { type, of, name: key });
      }
    }
    return [name, imports];
  }),
);

function member(holder: unknown, key: string): unknown {
  if ((typeof holder !== "object" && typeof holder !== "function") || holder === null) return undefined;
  return (holder as Readonly<Record<string, unknown>>)[key];
}
