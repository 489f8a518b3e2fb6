/**
 * Linking of programs: a component by its own wiring, or a core module whose imports are WASI 0.2's, with our
 * functions in the place of what they import.
 */
import type { Scheduler } from "../abi/async/scheduler.ts";
import { type Callee, Task } from "../abi/async/task.ts";
import type { Engine } from "../abi/async/trampoline.ts";
import { faceOf, ownMember } from "../abi/members.ts";
import { type CoreSignature, coreSignature, sameFunc } from "../abi/types.ts";
import { type CoreFunction, trap, wasm } from "../abi/webassembly.ts";
import type { Component } from "../component/ast.ts";
import { coreInterface, signatureText } from "../component/core.ts";
import { isComponent } from "../component/decode.ts";
import { coreModulesOf } from "../component/modules.ts";
import type { Abortable } from "../io/owner.ts";
import { systemTime, type Time } from "../io/time.ts";
import { type Faces, HandleTable, lower } from "../lowered/index.ts";
import { printable } from "../messages/printable.ts";
import { importedAs, servedName, signatureOf, withoutVersion } from "../wasi02/catalogue.ts";
import { servedName03 } from "../wasi03/catalogue.ts";
import { eitherPoll, foreignInstance, instanceOf } from "./foreign-instance.ts";
import { hostInstance } from "./host-instance.ts";
import { Instantiation } from "./instantiate.ts";
import { type Extern, type FuncItem, type InstanceItem, Scope } from "./items.ts";
import { componentOf, onceFor } from "./kept.ts";
import { type CompiledModule, makeProgram, type Program } from "./program.ts";
import { LinkError } from "./refusal.ts";

/** What a program's `wasi:cli/run` comes to: whether it ended well. */
export type Run = () => Promise<boolean>;

/** A core module of a limited guest. */
export interface LimitedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it defines memories or tables: it was reckoned with once, and may be instantiated once. */
  readonly isReckoned: boolean;
}

/**
 * Lowers what the core modules of a guest declare as the most memory, and shares their memories between threads where
 * that is asked for; the result is in their order.
 */
export type LimitMemory = (
  modules: readonly Uint8Array<ArrayBuffer>[],
  isShared?: boolean,
) => LimitedModule[];

/** How a program is linked. */
export interface LinkOptions {
  /** What is served, by interface name. */
  readonly faces: Faces;
  /** Whether the program is suspended while a face's promise is pending; else the faces block. */
  readonly suspending: boolean;
  /**
   * Starts a thread for the core modules of a program that may wait on its stack, where it can't be suspended; default
   * there is none. Their memory is limited then.
   */
  readonly thread?: (() => Engine) | undefined;
  /** The host's time; default the system's. */
  readonly time?: Time | undefined;
  /** Limits the memory of its core modules before they are compiled; default not. */
  readonly limitMemory?: LimitMemory | undefined;
  /**
   * What must be ended when the host is closed, to which a program that waits is added; default it is not.
   */
  readonly live?: Set<Abortable> | undefined;
  /**
   * Loads what serves other interfaces, such as `wasi:http/types`, for a program that imports such: import objects in
   * the shape that jco maps to, by interface name, with the `wasi:io/poll` that belongs to them. What a component
   * says of their types is taken as it is.
   */
  readonly others?: (() => Promise<Readonly<Record<string, unknown>>>) | undefined;
}

/** The names by which a program exports what starts it. */
const RUN = /^wasi:cli\/run@0\.2(?:\.\d+)?(?:[-+].*)?$/;
const RUN03 = /^wasi:cli\/run@0\.3(?:\.\d+)?(?:[-+].*)?$/;

/** How many core modules a program may have. */
const MOST_MODULES = 1000;

/**
 * Links a program.
 *
 * @param bytes a component, or a core module
 * @throws Error that says in a sentence what is not as it must be, or is imported and not served
 */
export async function linkProgram(bytes: Uint8Array, options: LinkOptions): Promise<Run> {
  return isComponent(bytes) ? linkComponent(bytes, options) : linkCore(bytes, options);
}

async function linkComponent(bytes: Uint8Array, options: LinkOptions): Promise<Run> {
  const { exports, program } = await linkWorld(componentOf(bytes), options);
  return asyncRunOf(exports, program.scheduler, options.live) ?? runOf(exports, options.suspending);
}

/** How a component is linked whose functions are called by who has it. */
export interface WorldOptions extends LinkOptions {
  /** What its embedder gives it in the place of what is served here; default nothing. */
  readonly own?: Own | undefined;
  /** See {@link makeProgram}; default only where there are async functions. */
  readonly takesTurns?: boolean | undefined;
}

/** What an embedder gives a component. */
export interface Own extends Pick<InstanceItem, "func" | "resource"> {
  /** What it imports by a name as an instance, where that is given. */
  instanceOf(name: string): InstanceItem | undefined;
}

/** A component that is linked. */
export interface World {
  readonly exports: ReadonlyMap<string, Extern>;
  readonly program: Program;
}

/**
 * Links a component.
 *
 * @throws Error as {@link linkProgram}
 */
export async function linkWorld(component: Component, options: WorldOptions): Promise<World> {
  const { faces, limitMemory, own, takesTurns } = options;
  const wanted = importsOf(component, own !== undefined);
  const given = new Map<string, Extern>();
  const missing: (readonly [versioned: string, name: string])[] = [];
  const give = (versioned: string, item: InstanceItem): Map<string, Extern> =>
    given.set(versioned, { sort: "instance", item });
  for (const [versioned, name] of wanted) {
    const instance = own?.instanceOf(versioned);
    if (instance !== undefined) give(versioned, instance);
    else if (hostInstance(faces, name) === undefined) missing.push([versioned, name]);
  }
  const others = missing.length > 0 ? await options.others?.() : undefined;
  const served = others === undefined ? faces : withPollOf(others, faces);
  const nobodys: string[] = [];
  for (const [versioned, name] of wanted) {
    if (given.has(versioned)) continue;
    const instance = hostInstance(served, name) ?? foreign(name, others);
    if (instance === undefined) nobodys.push(name);
    else give(versioned, instance);
  }
  if (nobodys.length > 0) throw notServed(nobodys);
  const making = {
    ...{ component, takesTurns, faces: served, sharesIo: others !== undefined },
    time: options.time ?? systemTime,
  };
  const root: InstanceItem = {
    exports: given,
    isHost: own !== undefined,
    ...(own && { func: own.func, resource: own.resource }),
  };
  const make = (program: Program): World => ({
    exports: Instantiation.make(program, { component, scope: new Scope(undefined, true) }, root).exports,
    program,
  });
  const { thread } = options;
  const blocks = (): boolean =>
    make(makeProgram({ ...making, modules: undefined, isSuspending: true, engine: NONE })).program.blocks;
  const engine = thread !== undefined && blocks() ? thread() : undefined;
  const isSuspending = options.suspending || engine !== undefined;
  const prepare = async (): Promise<Pick<Program, "modules" | "plan">> => ({
    modules: await compileAll(component, limitMemory, engine !== undefined),
    plan: hasResources(component) ? undefined : new Map(),
  });
  const prepared = await (engine === undefined ? onceFor(component, prepare) : prepare());
  return make(makeProgram({ ...making, ...prepared, isSuspending, engine }));
}

/** Whether a component has resources of its own, which are others each time, and its types may speak of them. */
function hasResources({ definitions }: Component): boolean {
  return definitions.some((definition) => definition.kind === "type" && definition.type.kind === "resource");
}

/** Where nothing is run. */
const NONE: Engine = {
  instantiate: () => ({}),
  suspendable: () => () => undefined,
  suspending: (call) => call,
};

/** The imports and exports of a component, by their types: nothing is compiled, and nothing is run. */
export function typesOf(
  component: Component,
): Readonly<Record<"imports" | "exports", ReadonlyMap<string, Extern>>> {
  const program = makeProgram({
    ...{ faces: {}, isSuspending: false, sharesIo: false, modules: undefined, component },
    time: systemTime,
  });
  return Instantiation.make(program, { component, scope: new Scope(undefined, true) }, anything("the world"));
}

/** Whatever it is said to be. */
function anything(name: string): InstanceItem {
  const func: InstanceItem["func"] = (label, type) => {
    const lower: FuncItem["lower"] = () => ({
      call: () => {
        throw new LinkError(`${label} is called, and nothing is there but its type`);
      },
      signature: coreSignature(type),
      givesTurns: false,
    });
    return { sort: "func", item: { type, lower } };
  };
  return {
    ...instanceOf(name, func),
    instance: (label) => ({ sort: "instance", item: anything(label) }),
  };
}

/** What starts a program of WASI 0.3, where it is one. */
function asyncRunOf(
  exports: ReadonlyMap<string, Extern>,
  scheduler: Scheduler,
  live: Set<Abortable> | undefined,
): Run | undefined {
  for (const [name, extern] of exports) {
    if (!RUN03.test(name) || extern.sort !== "instance") continue;
    const run = extern.item.exports.get("run");
    if (run?.sort !== "func") continue;
    const expected = { params: [], result: RESULT, mayWait: true, isAsync: true } as const;
    const callee = sameFunc(run.item.type, expected) ? run.item.callee?.(name) : undefined;
    if (callee === undefined) {
      throw new LinkError(`its ${name} has no async function run that takes nothing and gives a result`);
    }
    return () => runTask(callee, scheduler, live);
  }
  return undefined;
}

/** Runs a task to its end. */
async function runTask(
  callee: Callee,
  scheduler: Scheduler,
  live: Set<Abortable> | undefined,
): Promise<boolean> {
  const aborted: Abortable = {
    abort: () => scheduler.fail(trap(callee.where, "the host was closed while the guest was waiting")),
  };
  live?.add(aborted);
  try {
    return await new Promise((resolve, reject) => {
      let isGood = false;
      scheduler.onFailure = reject;
      const task = new Task(callee, {
        onStart: () => [],
        onResolve: (outcome) => {
          isGood = (outcome?.value as { readonly tag: string } | undefined)?.tag === "ok";
        },
        onExit: () => resolve(isGood),
      });
      task.begin();
    });
  } finally {
    scheduler.end();
    live?.delete(aborted);
  }
}

/** What a component imports, by its name there, as the interface's name without a version that isn't served. */
function importsOf({ definitions }: Component, onlyInstances: boolean): ReadonlyMap<string, string> {
  const imports = new Map<string, string>();
  for (const definition of definitions) {
    if (definition.kind !== "import") continue;
    if (onlyInstances && definition.type.sort !== "instance") continue;
    const name = definition.implements ?? definition.name;
    imports.set(definition.name, withoutVersion(name) ?? servedName03(name) ?? name);
  }
  return imports;
}

function foreign(
  name: string,
  others: Readonly<Record<string, unknown>> | undefined,
): InstanceItem | undefined {
  const face = others && faceOf(others, name);
  return face && foreignInstance(name, face);
}

/** Faces whose poll takes others' pollables too. */
function withPollOf(others: Readonly<Record<string, unknown>>, faces: Faces): Faces {
  const ours = faceOf(faces, POLL);
  const theirs = faceOf(others, POLL);
  return ours === undefined || theirs === undefined ? faces : { ...faces, [POLL]: eitherPoll(ours, theirs) };
}

const POLL = "wasi:io/poll";

function notServed(names: readonly string[]): LinkError {
  return new LinkError(`it imports what is not served here: ${names.join(", ")}`);
}

/** Compiles the core modules of a component and of those in it, at a time. */
async function compileAll(
  component: Component,
  limitMemory: LimitMemory | undefined,
  isShared: boolean,
): Promise<ReadonlyMap<Uint8Array, CompiledModule>> {
  const modules = coreModulesOf(component);
  if (modules.length > MOST_MODULES) throw new LinkError(`it has more than ${MOST_MODULES} core modules`);
  const limited = limitMemory?.(modules, isShared) ?? modules.map((bytes) => ({ bytes, isReckoned: false }));
  const compiled = limited.map(async ({ bytes, isReckoned }, i) => {
    const module = await wasm.compile(bytes);
    return [modules[i] as Uint8Array, { module, mayRepeat: !isReckoned }] as const;
  });
  return new Map(await Promise.all(compiled));
}

/** What starts a program, among what it exports. */
function runOf(exports: ReadonlyMap<string, Extern>, suspending: boolean): Run {
  for (const [name, extern] of exports) {
    if (!RUN.test(name) || extern.sort !== "instance") continue;
    const run = extern.item.exports.get("run");
    if (run?.sort !== "func") continue;
    return starter(run.item, name, suspending);
  }
  throw new LinkError("not a command (no wasi:cli/run export)");
}

const RESULT = { kind: "result", ok: undefined, err: undefined } as const;

function starter({ type, lifted }: FuncItem, name: string, suspending: boolean): Run {
  if (lifted === undefined || !sameFunc(type, { params: [], result: RESULT, mayWait: true })) {
    throw new LinkError(`its ${name} has no function run that takes nothing and gives a result`);
  }
  const { call, postReturn, state } = lifted;
  const start = suspending ? wasm.promising(call) : (call as () => unknown);
  return async () => {
    if (state.isEntered) throw trap(name, "it runs already");
    state.isEntered = true;
    const result = await start();
    state.inside(() => (postReturn as ((result: unknown) => void) | undefined)?.(result));
    state.isEntered = false;
    return isOk(result, name);
  };
}

function isOk(result: unknown, name: string): boolean {
  if (result !== 0 && result !== 1) throw trap(name, `${String(result)} is neither good nor bad`);
  return result === 0;
}

/** What takes memory of a guest, as `signatureText` spells it. */
const REALLOC = "i32 i32 i32 i32 -> i32";

/** A core module that exports `wasi:cli/run@0.2.0#run` and has a memory called `memory`. */
async function linkCore(bytes: Uint8Array, options: LinkOptions): Promise<Run> {
  const { faces, suspending, limitMemory, time } = options;
  const [limited] = limitMemory?.([bytes as Uint8Array<ArrayBuffer>]) ?? [];
  const module = await wasm.compile(limited?.bytes ?? bytes);
  const declared = coreInterface(bytes);
  const missing: string[] = [];
  for (const { module: from, name, kind, signature } of declared.imports) {
    const interfaceName = servedName(from);
    const face = interfaceName === undefined ? undefined : faceOf(faces, interfaceName);
    const served =
      face === undefined || interfaceName === undefined ? undefined : importedAs(interfaceName, name);
    if (served === undefined || kind !== "function") missing.push(printable(`${from}#${name}`));
    else checkSignature(`${from}#${name}`, signature, signatureOf(served));
  }
  if (missing.length > 0) throw notServed(missing);
  const table = new HandleTable();
  const lowered = lower(faces, { suspending, trusted: true, table, time, onTrap: () => table.close() });
  const { exports } = new wasm.Instance(module, lowered.imports(module));
  const own = (name: string): unknown => ownMember(exports, name);
  const realloc = own("cabi_realloc");
  const given = declared.exports.get("cabi_realloc");
  if (given?.kind === "function" && given.signature !== REALLOC) {
    throw new LinkError(`it exports cabi_realloc as (${given.signature ?? "unknown"}): it is (${REALLOC})`);
  }
  if (declared.imports.length > 0) lowered.attach({ memory: own("memory"), cabi_realloc: realloc });
  if (declared.exports.get("_initialize")?.signature === "->") (own("_initialize") as () => void)();
  for (const [name, { signature }] of declared.exports) {
    if (!name.endsWith("#run") || !RUN.test(name.slice(0, -4))) continue;
    if (signature !== "-> i32")
      throw new LinkError(`its ${name} is not a function that takes nothing and gives an i32`);
    const start = suspending ? wasm.promising(own(name) as CoreFunction) : (own(name) as () => unknown);
    return async () => isOk(await start(), name);
  }
  throw new LinkError("not a command (no wasi:cli/run export)");
}

function checkSignature(where: string, declared: string | undefined, served: CoreSignature): void {
  const expected = signatureText(served.params, served.results);
  if (declared === expected) return;
  throw new LinkError(`it imports ${where} as (${declared ?? "unknown"}): it is (${expected})`);
}
