/** What all instances of a program share. */
import { Scheduler } from "../abi/async/scheduler.ts";
import { type Engine, ownEngine } from "../abi/async/trampoline.ts";
import type { HandleTable } from "../abi/table.ts";
import { Turns } from "../abi/turns.ts";
import type { CoreFunction, WasmModule } from "../abi/webassembly.ts";
import type { Component, Definition } from "../component/ast.ts";
import type { Time } from "../io/time.ts";
import type { Extern, ModuleItem } from "./items.ts";
import { LinkError } from "./refusal.ts";

/** How many instances a program may be made of. */
const MOST_INSTANCES = 1000;
/** How many handles all instances may hold together. */
const MOST_HANDLES = 2 ** 20;

/** A core module, compiled. */
export type CompiledModule = Pick<ModuleItem, "module" | "mayRepeat">;

export interface Program {
  readonly faces: object;
  /** Whether streams and pollables may be somebody else's. */
  readonly sharesIo: boolean;
  /** The turns of the event loop that it gives, where it is suspended while it waits. */
  readonly turns: Turns | undefined;
  /** What its core modules are instantiated by. */
  readonly engine: Engine;
  /** Whose turn it is among its instances. */
  readonly scheduler: Scheduler;
  /** Whether it has tasks that take turns. */
  readonly hasTasks: boolean;
  /** Whether any of its functions may wait on its own stack. */
  mayBlock: boolean;
  /** Whether any calls what may wait: not another that does, nor where nobody takes what it writes. */
  blocks: boolean;
  /** The core modules, compiled; `undefined` where nothing is instantiated, and only types are looked at. */
  readonly modules: ReadonlyMap<Uint8Array, CompiledModule> | undefined;
  /** Types and imports of the component itself that are the same each time it runs, by their definitions. */
  readonly plan?: Map<Definition, Extern> | undefined;
  /** Those that were instantiated and may not be once more. */
  readonly usedUp: Set<WasmModule>;
  readonly budget: { slots: number; instances: number };
  /** The handles of all instances. */
  readonly tables: HandleTable[];
  /** Should an engine let a guest catch a trap after all, it is left with no handle. */
  readonly onTrap: () => void;
}

/** How a program is made. */
interface Making extends Pick<Program, "faces" | "sharesIo" | "modules" | "plan"> {
  readonly isSuspending: boolean;
  readonly component: Component;
  readonly time: Time;
  /** Default this thread's. */
  readonly engine?: Engine | undefined;
  /** Whether all calls take turns, as where several may come from outside; default only where there are async ones. */
  readonly takesTurns?: boolean | undefined;
}

/** What a program begins with. */
export function makeProgram(making: Making): Program {
  const { faces, isSuspending, sharesIo, modules, plan, component, time, engine = ownEngine } = making;
  const tasks = making.takesTurns === true || hasTasks(component);
  const toImport = tasks
    ? (call: CoreFunction): CoreFunction => engine.suspending(call, { params: [], results: [] })
    : undefined;
  const scheduler = new Scheduler(isSuspending, (call) => time.defer(call), engine.stack);
  engine.serve?.(scheduler);
  const inTurn = (turn: () => Promise<void>): PromiseLike<void> | undefined =>
    (tasks || scheduler.active !== undefined) && !scheduler.maySuspend
      ? undefined
      : scheduler.suspend(turn());
  const turns = isSuspending && engine.stack === undefined ? new Turns(inTurn, time, toImport) : undefined;
  const budget = { slots: MOST_HANDLES, instances: MOST_INSTANCES };
  const tables: HandleTable[] = [];
  const onTrap = (): void => {
    for (const table of tables) table.close();
  };
  return {
    ...{ faces, sharesIo, turns, engine, scheduler, modules, plan, budget, tables, onTrap },
    usedUp: new Set(),
    hasTasks: tasks,
    mayBlock: false,
    blocks: false,
  };
}

/** Whether a component, or one in it, has functions that are lifted or lowered async. */
export function hasTasks({ definitions }: Component): boolean {
  return definitions.some((definition) => {
    if (definition.kind === "component") return hasTasks(definition.component);
    if (definition.kind === "canon lift" || definition.kind === "canon lower")
      return definition.options.isAsync;
    return definition.kind === "canon built-in";
  });
}

/** Counts one more, of which there may not be too many. */
export function countInstance(program: Program): void {
  program.budget.instances--;
  if (program.budget.instances < 0)
    throw new LinkError(`it is made of more than ${MOST_INSTANCES} instances`);
}
