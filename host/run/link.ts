/**
 * Linking of guests at the core boundary: our lowered functions go straight into the imports of a core
 * instance, in the place of what jco generates, so that a call costs what a call costs.
 */
import { type Faces, HandleTable, lower } from "../lowered/index.ts";
import {
  type CoreFunction,
  type WasmExports,
  type WasmImports,
  type WasmModule,
  wasm,
} from "../lowered/webassembly.ts";

/** The handles that are ours start here; those below are jco's, of interfaces that we don't serve. */
const FIRST_HANDLE = 2 ** 20;

/** The exports by which a runtime starts a command. */
const RUN = /^wasi:cli\/run@0\.2(?:\.\d+)?(?:[-+].*)?#run$/;

interface Engine {
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: WasmExports };
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly promising: (call: CoreFunction) => () => Promise<unknown>;
}
const engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** What a guest's `wasi:cli/run` comes to: whether it ended well. */
export type Run = () => Promise<boolean>;

/** Imports of a core instance, as jco or nobody has made them. */
type GivenImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** One guest: its core instances, which share the handles. */
export class Linker {
  readonly #faces: Faces;
  readonly #table = new HandleTable({ firstHandle: FIRST_HANDLE });
  readonly #foreign: boolean;
  readonly #suspending: boolean;
  #run: CoreFunction | undefined;

  /**
   * @param faces what is served, by interface name
   * @param suspending whether the guest is suspended while a face's promise is pending; else the faces block
   * @param foreign whether jco serves interfaces that give away streams or pollables of its own
   */
  constructor(faces: Faces, suspending: boolean, foreign: boolean) {
    this.#faces = faces;
    this.#suspending = suspending;
    this.#foreign = foreign;
  }

  /**
   * Instantiates a core module; what jco calls for each of a component's.
   *
   * @param module the compiled module
   * @param given the imports that are there already; ours go first
   */
  instantiate(module: WasmModule, given: GivenImports = {}): { readonly exports: WasmExports } {
    const table = this.#table;
    // should an engine let the guest catch a trap after all, it is left with no handle
    const onTrap = (): void => table.close();
    const lowered = lower(this.#faces, { table, suspending: this.#suspending, onTrap });
    const ours = lowered.imports(module, this.#foreign ? ioOf(given) : {});
    const imports: Record<string, Record<string, unknown>> = { ...given };
    for (const [name, functions] of Object.entries(ours)) imports[name] = { ...given[name], ...functions };
    const instance = new engine.Instance(module, imports);
    if (Object.keys(ours).length > 0) lowered.attach(memoryOf(instance.exports, given));
    for (const [name, member] of Object.entries(instance.exports)) {
      if (RUN.test(name)) this.#run = member as CoreFunction;
    }
    return instance;
  }

  /** @throws Error when none of the instances is a command's */
  get run(): Run {
    const run = this.#run;
    if (run === undefined) throw new Error("it exports no wasi:cli/run: it is no command");
    const call = this.#suspending ? engine.promising(run) : (run as () => unknown);
    return async () => (await call()) === 0;
  }
}

// The interfaces whose resources may be jco's too, when it serves others that give such away.
function ioOf(given: GivenImports): WasmImports {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => name.startsWith("wasi:io/")),
  ) as WasmImports;
}

// The preview 1 adapter works in the memory of the module that it adapts.
function memoryOf(exports: WasmExports, given: GivenImports): WasmExports {
  const memory = exports["memory"] ?? given["env"]?.["memory"];
  const realloc =
    exports["cabi_realloc"] ??
    exports["cabi_import_realloc"] ??
    Object.entries(exports).find(([name]) => name.startsWith("cabi_realloc"))?.[1];
  return realloc === undefined ? { memory } : { memory, cabi_realloc: realloc };
}

/**
 * Instantiates a core module whose imports are WASI 0.2's and nothing else.
 *
 * @param bytes the module
 * @param faces what is served, by interface name
 * @param suspending as for {@link Linker}
 * @throws Error that lists what it imports and is not served
 */
export function linkCore(bytes: Uint8Array<ArrayBuffer>, faces: Faces, suspending: boolean): Run {
  const module = new engine.Module(bytes);
  const served = lower(faces, { suspending }).imports(module);
  const missing = wasm.Module.imports(module).filter(
    ({ module: from, name }) => served[from]?.[name] === undefined,
  );
  if (missing.length > 0) {
    const names = missing.map(({ module: from, name }) => `${from}#${name}`);
    throw new Error(`it imports what is not served here: ${names.join(", ")}`);
  }
  const linker = new Linker(faces, suspending, false);
  const { exports } = linker.instantiate(module);
  (exports["_initialize"] as (() => void) | undefined)?.();
  return linker.run;
}
