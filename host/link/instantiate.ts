/**
 * Linking of components by data: each definition of a component is done as it comes, and gives the next index of
 * its sort a meaning. Core modules are compiled and instantiated by the engine; what is imported is ours, or
 * another part's of the component, as the component says.
 */
import { makeBuiltIn } from "../abi/async/built-ins.ts";
import { lowerTask } from "../abi/async/call.ts";
import { type Guest, type Lifted, trapping } from "../abi/async/guest.ts";
import { Instance } from "../abi/async/instance.ts";
import { Activity } from "../abi/async/scheduler.ts";
import { Callee } from "../abi/async/task.ts";
import { GuestMemory } from "../abi/memory.ts";
import { HandleTable } from "../abi/table.ts";
import type { Made } from "../abi/turns.ts";
import {
  type CoreSignature,
  type FunctionType,
  flatten,
  maxFlatParams,
  type Resource,
} from "../abi/types.ts";
import { type CoreFunction, trap } from "../abi/webassembly.ts";
import type { CanonOptions, Definition, Named } from "../component/ast.ts";
import { type CoreInterface, coreInterface, signatureText } from "../component/core.ts";
import { quoted } from "../component/names.ts";
import { trapError } from "../io/trap.ts";
import { declareFaces } from "../wasi02/catalogue.ts";
import { adapt } from "./adapter.ts";
import { aliased, ascribe, named } from "./ascribe.ts";
import { coreInstance } from "./core-instance.ts";
import {
  type ComponentItem,
  type CoreItem,
  type Extern,
  type FuncItem,
  type InstanceItem,
  type Items,
  Scope,
} from "./items.ts";
import { type CompiledModule, countInstance, type Program } from "./program.ts";
import { LinkError } from "./refusal.ts";
import { type Destructor, Representation } from "./representation.ts";
import { resolveType, resolveValue } from "./types.ts";

const NOT_ASYNC = "a function that is not async is given the option async";
const NO_OPTIONS: CanonOptions = {
  encoding: "utf8",
  memory: undefined,
  realloc: undefined,
  postReturn: undefined,
  isAsync: false,
  callback: undefined,
};

const NOT_COMPILED: CompiledModule = { module: {}, mayRepeat: true };

/** The interfaces of modules, of which a program that runs again has the same. */
const interfaces: WeakMap<Uint8Array, CoreInterface> = new WeakMap();

function interfaceOf(bytes: Uint8Array): CoreInterface {
  const known = interfaces.get(bytes) ?? coreInterface(bytes);
  interfaces.set(bytes, known);
  return known;
}

/** An instance of a component while its definitions are done. */
export class Instantiation {
  readonly #program: Program;
  readonly #scope: Scope;
  readonly #given: InstanceItem;
  readonly #table: HandleTable;
  readonly #state: Instance;
  readonly #memories = new Map<unknown, Map<unknown, GuestMemory>>();
  readonly #destructors = new Map<Resource, Destructor | undefined>();
  readonly #exports = new Map<string, Extern>();
  readonly #imports = new Map<string, Extern>();
  readonly #notYet: () => void;

  /**
   * Makes an instance.
   *
   * @param program what it is part of
   * @param component what is instantiated
   * @param given what it imports
   * @returns it, with what it imports as it says that it is
   * @throws LinkError when something in it is not as it must be
   */
  static make(
    program: Program,
    component: ComponentItem,
    given: InstanceItem,
  ): InstanceItem & { readonly imports: ReadonlyMap<string, Extern> } {
    countInstance(program);
    const made = new Instantiation(program, component, given);
    for (const definition of component.component.definitions) made.#define(definition);
    return { exports: made.#exports, isHost: false, imports: made.#imports };
  }

  private constructor(program: Program, { scope }: ComponentItem, given: InstanceItem) {
    this.#program = program;
    this.#scope = new Scope(scope, true);
    this.#given = given;
    this.#table = new HandleTable({ budget: program.budget });
    this.#state = new Instance(this.#table, program.scheduler);
    program.tables.push(this.#table);
    declareFaces(this.#table, program.faces, (name) => !program.sharesIo || !name.startsWith("wasi:io/"));
    const { turns } = program;
    this.#notYet = turns === undefined ? () => {} : () => turns.notYet();
  }

  /** What comes of a definition of the program's own component, where that is the same each time. */
  #once(definition: Definition, make: () => Extern): Extern {
    const { plan } = this.#program;
    if (plan === undefined || this.#scope.parent?.parent !== undefined) return make();
    const known = plan.get(definition) ?? make();
    plan.set(definition, known);
    return known;
  }

  get #isDry(): boolean {
    return this.#program.modules === undefined;
  }

  #define(definition: Definition): void {
    const scope = this.#scope;
    switch (definition.kind) {
      case "core module": {
        const { modules } = this.#program;
        const compiled = modules === undefined ? NOT_COMPILED : modules.get(definition.bytes);
        if (compiled === undefined) throw new LinkError("a core module was not compiled");
        scope.add("core module", { ...compiled, interface: interfaceOf(definition.bytes) });
        return;
      }
      case "core instance": {
        const given = definition.with.map(
          ({ name, index }) => [name, scope.get("core instance", index)] as const,
        );
        const module = scope.get("core module", definition.module);
        scope.add("core instance", coreInstance(this.#program, module, new Map(given)));
        return;
      }
      case "core instance of exports":
        scope.add("core instance", this.#coreExports(definition.exports));
        return;
      case "core type":
        scope.add("core type", definition.type);
        return;
      case "component":
        scope.add("component", { component: definition.component, scope });
        return;
      case "instance": {
        const given = new Map(
          definition.with.map(({ name, sort, index }) => [name, scope.extern(sort, index)]),
        );
        const component = scope.get("component", definition.component);
        scope.add(
          "instance",
          Instantiation.make(this.#program, component, { exports: given, isHost: false }),
        );
        return;
      }
      case "instance of exports": {
        const named = definition.exports.map(
          ({ name, sort, index }) => [name, scope.extern(sort, index)] as const,
        );
        scope.add("instance", { exports: new Map(named), isHost: false });
        return;
      }
      case "alias":
        scope.addExtern(aliased(definition, scope));
        return;
      case "type": {
        const { type } = definition;
        if (type.kind !== "resource")
          scope.addExtern(this.#once(definition, () => ({ sort: "type", item: resolveType(type, scope) })));
        else scope.add("type", { kind: "resource", resource: this.#resource(type) });
        return;
      }
      case "import": {
        const { name, type } = definition;
        const given = named(name, type, scope, this.#given);
        const make = (): Extern => ascribe(type, scope, given, name);
        const isShared = given?.sort === "instance" && given.item.isShared === true;
        const extern = isShared ? this.#once(definition, make) : make();
        this.#imports.set(name, extern);
        scope.addExtern(extern);
        return;
      }
      case "export": {
        const { name, type } = definition;
        const own = scope.extern(definition.sort, definition.index);
        const extern = type === undefined ? own : ascribe(type, scope, own, name);
        this.#exports.set(name, extern);
        scope.addExtern(extern);
        return;
      }
      case "start":
      case "value":
        throw new LinkError("it has values that are computed when it is linked, which is not done");
      default:
        this.#canon(definition);
        return;
    }
  }

  #canon(definition: Extract<Definition, { kind: `canon ${string}` }>): void {
    const scope = this.#scope;
    switch (definition.kind) {
      case "canon lift": {
        const type = scope.get("type", definition.type);
        if (type.kind === "beyond") throw new LinkError(`it has ${type.what}, which is not served here`);
        if (type.kind !== "func") throw new LinkError(`type ${definition.type} is not a function's`);
        scope.add("func", this.#lift(definition.func, definition.options, type.type));
        return;
      }
      case "canon lower": {
        const func = scope.get("func", definition.func);
        const guest = this.#guest(definition.options);
        if (guest.isAsync && !func.type.isAsync) throw new LinkError(NOT_ASYNC);
        const lowered = func.lower(guest, "a call inside the component");
        const isOfHost = func.lifted === undefined && lowered.waitsForOutput !== true;
        if (lowered.waits !== undefined && (isOfHost || func.type.isAsync)) this.#program.blocks = true;
        const made = this.#waiting(lowered);
        const { params, results } = made.signature;
        const signature = signatureText(params, results);
        scope.add("core func", { kind: "function", value: made.call, signature, isOurs: true, made });
        return;
      }
      case "canon built-in":
        scope.add("core func", this.#builtIn(definition));
        return;
      default: {
        const item = scope.get("type", definition.type);
        if (item.kind !== "resource") throw new LinkError(`type ${definition.type} is not a resource`);
        scope.add("core func", this.#resourceFunction(definition.kind, item.resource));
        return;
      }
    }
  }

  #resource({
    representation,
    destructor,
  }: {
    representation: string;
    destructor: number | undefined;
  }): Resource {
    if (representation !== "i32") throw new LinkError(`a resource is an ${representation} to its maker`);
    const resource: Resource = { interface: "the program", name: "resource" };
    const call = destructor === undefined ? undefined : this.#coreFunction(destructor, "i32 ->");
    this.#destructors.set(resource, call && this.#asCall(call));
    this.#table.implement(resource);
    return resource;
  }

  /** A destructor as a call of its own, which is none of whoever drops, and enters nothing that is being called. */
  #asCall(destructor: CoreFunction): Destructor {
    const state = this.#state;
    const { scheduler } = state;
    return (representation) => {
      const { isEntered } = state;
      if (isEntered && scheduler.active !== undefined && scheduler.active.instance !== state) {
        throw trap("resource.drop", "an instance calls one that is being called");
      }
      const activity = new Activity(state);
      const before = scheduler.enter(activity);
      (destructor as Destructor)(representation);
      scheduler.leave(activity, before);
      state.isEntered = isEntered;
    };
  }

  #resourceFunction(kind: string, resource: Resource): CoreItem {
    const table = this.#table;
    const state = this.#state;
    const { onTrap } = this.#program;
    if (kind === "canon resource.drop") {
      const where = `${resource.interface}#[resource-drop]${resource.name}`;
      const drop = (handle: unknown): void => table.drop(handle as number, resource, where);
      return {
        kind: "function",
        value: trapping(drop, { onTrap, where, from: state }),
        signature: "i32 ->",
        isOurs: true,
      };
    }
    if (!this.#destructors.has(resource)) throw new LinkError("a resource is made by who doesn't define it");
    const destructor = this.#destructors.get(resource);
    const where = kind.slice("canon ".length);
    const makes = kind === "canon resource.new";
    const call = makes
      ? (representation: unknown) =>
          table.add(new Representation(representation as number, destructor), resource)
      : (handle: unknown) => (table.find(handle as number, resource, where) as Representation).representation;
    return {
      kind: "function",
      value: trapping(call, { onTrap, where, from: makes ? state : undefined }),
      signature: "i32 -> i32",
      isOurs: true,
    };
  }

  #lift(func: number, options: CanonOptions, type: FunctionType): FuncItem {
    const { isAsync, callback: callbackIndex } = options;
    if (isAsync && !type.isAsync) throw new LinkError(NOT_ASYNC);
    if (callbackIndex !== undefined && !isAsync) throw new LinkError("a callback is given without async");
    if (options.postReturn !== undefined && isAsync) throw new LinkError("a post-return is given with async");
    const params = type.params.flatMap(([, param]) => flatten(param));
    const results = type.result === undefined ? [] : flatten(type.result);
    const returned = results.length > 1 ? (["i32"] as const) : results;
    const core: CoreSignature = {
      params: params.length > maxFlatParams ? ["i32"] : params,
      results: isAsync ? (callbackIndex === undefined ? [] : ["i32"]) : returned,
    };
    const signature = signatureText(core.params, core.results);
    const call = this.#coreFunction(func, signature);
    const postReturn =
      options.postReturn === undefined
        ? undefined
        : this.#coreFunction(options.postReturn, signatureText(results.length > 1 ? ["i32"] : results, []));
    const callback =
      callbackIndex === undefined ? undefined : this.#coreFunction(callbackIndex, "i32 i32 i32 -> i32");
    const lifted: Lifted = { ...this.#guest(options), type, call, signature: core, postReturn, callback };
    const program = this.#program;
    let known: Callee | undefined;
    const callee = (where: string): Callee => {
      known ??= new Callee(lifted, where, () => program.mayBlock);
      return known;
    };
    const lower: FuncItem["lower"] = (caller, where) => {
      if (!type.isAsync) return adapt(type, lifted, caller, where);
      // one guest may be held up by another
      program.mayBlock = true;
      return lowerTask(type, callee(where), caller, where);
    };
    return { type, lifted, lower, ...(type.isAsync && { callee }) };
  }

  /** Where tasks take turns, a guest is suspended only where it waits. */
  #waiting(made: Made): Made {
    const { waits, signature } = made;
    if (waits === undefined) return made;
    this.#program.mayBlock = true;
    return this.#program.hasTasks
      ? { ...made, call: this.#program.engine.suspending(waits, signature) }
      : made;
  }

  #builtIn(definition: Extract<Definition, { kind: "canon built-in" }>): CoreItem {
    const scope = this.#scope;
    const { name, type: at, result, options, index } = definition;
    const isOfEnds = name.startsWith("stream.") || name.startsWith("future.");
    const item = at === undefined || !isOfEnds ? undefined : scope.get("type", at);
    if (item !== undefined && item.kind !== "value")
      throw new LinkError(`${name} is given no stream or future`);
    const isSet = name === "waitable-set.wait" || name === "waitable-set.poll";
    const guest = this.#guest(options ?? { ...NO_OPTIONS, memory: isSet ? index : undefined });
    const made = makeBuiltIn({
      definition,
      type: item?.type,
      result: result === undefined ? undefined : resolveValue(result, scope),
      guest,
    });
    if (made === undefined) throw new LinkError(`it uses ${name}, which is not served here`);
    const { call, signature, mayBlock } = made;
    if (mayBlock) this.#program.mayBlock = this.#program.blocks = true;
    return { kind: "function", value: call, signature, isOurs: true };
  }

  #guest(options: CanonOptions): Guest {
    const { scheduler, engine } = this.#program;
    return {
      engine,
      table: this.#table,
      memory: this.#memory(options),
      encoding: options.encoding,
      faces: this.#program.faces,
      hasTypedLists: true,
      suspending: scheduler.suspending,
      notYet: this.#notYet,
      onTrap: this.#program.onTrap,
      state: this.#state,
      ends: this.#state,
      borrower: () => scheduler.active,
      suspend: (promise) => scheduler.suspend(promise),
      isAsync: options.isAsync,
    };
  }

  #memory({ memory, realloc }: CanonOptions): GuestMemory {
    const object = memory === undefined ? undefined : this.#scope.get("core memory", memory).value;
    const call = realloc === undefined ? undefined : this.#coreFunction(realloc, "i32 i32 i32 i32 -> i32");
    const known = this.#memories.get(object) ?? new Map<unknown, GuestMemory>();
    this.#memories.set(object, known);
    const same = known.get(call);
    if (same !== undefined) return same;
    const made = new GuestMemory();
    if (object !== undefined && !this.#isDry)
      made.attach(
        { memory: object, cabi_realloc: call && this.#closed(call) },
        this.#program.engine.stack !== undefined,
      );
    known.set(call, made);
    return made;
  }

  /** A function that may not call out. */
  #closed(call: CoreFunction): CoreFunction {
    const inner = call as unknown as (a: number, b: number, c: number, d: number) => unknown;
    const state = this.#state;
    return (a: number, b: number, c: number, d: number) => {
      // an answer may come when the program has long ended
      if (state.scheduler.isOver) throw trapError("it has ended, and gives no memory any more");
      state.mayLeave = false;
      const at = inner(a, b, c, d);
      state.mayLeave = true;
      return at;
    };
  }

  /** A core function of a type: who calls it from JavaScript counts on that. */
  #coreFunction(index: number, signature: string): CoreFunction {
    const item = this.#scope.get("core func", index);
    if (item.signature !== signature) {
      throw new LinkError(`a core function is (${item.signature ?? "unknown"}) where (${signature}) belongs`);
    }
    return item.value as CoreFunction;
  }

  #coreExports(exports: readonly Named[]): Items["core instance"] {
    const items = exports.map(({ name, sort, index }) => {
      const item = this.#scope.get(sort, index);
      if (!isCoreItem(item))
        throw new LinkError(`${quoted(name)} is a ${sort}, which no core instance exports`);
      return [name, item] as const;
    });
    return new Map(items);
  }
}

function isCoreItem(item: object): item is CoreItem {
  return "kind" in item && "value" in item && "signature" in item;
}
