/** The index spaces of a component while it is linked, and the items in them. */
import type { Guest, Lifted } from "../abi/async/guest.ts";
import type { Callee } from "../abi/async/task.ts";
import type { Made } from "../abi/turns.ts";
import type { FunctionType, Resource, WitType } from "../abi/types.ts";
import type { WasmModule } from "../abi/webassembly.ts";
import type { Component, CoreType, Declaration, Sort } from "../component/ast.ts";
import type { CoreInterface, CoreKind } from "../component/core.ts";
import { LinkError } from "./refusal.ts";

export type TypeItem =
  | {
      readonly kind: "value";
      readonly type: WitType;
      /** How many types it is made of, and how deep they lie in one another. */
      readonly weight: number;
      readonly depth: number;
      /** Whether a part of it is lent. */
      readonly lends: boolean;
    }
  | { readonly kind: "func"; readonly type: FunctionType; readonly weight: number }
  | { readonly kind: "resource"; readonly resource: Resource }
  | {
      readonly kind: "instance" | "component";
      readonly declarations: readonly Declaration[];
      readonly scope: Scope;
    }
  /** What is not served, such as a stream: nothing may be made of it. */
  | { readonly kind: "beyond"; readonly what: string };

/** A function as components see it. */
export interface FuncItem {
  readonly type: FunctionType;
  /** Makes the core function by which a guest calls it. */
  lower(caller: Guest, where: string): Made;
  /** Where it is a core function of a guest: that, for who calls it from outside. */
  readonly lifted?: Lifted | undefined;
  /** Where it is an async one of a guest: that, ready to be called. */
  callee?(where: string): Callee;
}

/** Anything of a core instance; the signature where it is a function. */
export interface CoreItem {
  readonly kind: CoreKind;
  value: unknown;
  readonly signature: string | undefined;
  /** Whether it is a function of ours, whose type the engine doesn't know. */
  readonly isOurs?: true;
  /** Where it is a function of ours that has not been imported yet: what the event loop's turns are put into. */
  made?: Made | undefined;
}

/** A core module, compiled, and what it imports and exports. */
export interface ModuleItem {
  readonly module: WasmModule;
  /** Whether it may be instantiated more than once: one with memory of its own has its part of the limit once. */
  readonly mayRepeat: boolean;
  readonly interface: CoreInterface;
}

/** An instance of a component, or of our own. */
export interface InstanceItem {
  readonly exports: ReadonlyMap<string, Extern>;
  /** Whether it is ours: the types of its values have no names. */
  readonly isHost: boolean;
  /** Whether it is the same for all programs. */
  readonly isShared?: boolean;
  /** Where it is somebody else's, and is what it is said to be: makes a resource that it is said to have. */
  resource?(label: string): Extern;
  /** Likewise, a function of a type. */
  func?(label: string, type: FunctionType): Extern;
  /** Likewise, an instance. */
  instance?(label: string): Extern;
}

/** A component, and where its outer aliases look. */
export interface ComponentItem {
  readonly component: Component;
  readonly scope: Scope;
}

/** What the indexes of each sort stand for. */
export interface Items {
  "core func": CoreItem;
  "core table": CoreItem;
  "core memory": CoreItem;
  "core global": CoreItem;
  "core tag": CoreItem;
  "core type": CoreType;
  "core module": ModuleItem;
  "core instance": ReadonlyMap<string, CoreItem>;
  func: FuncItem;
  value: never;
  type: TypeItem;
  component: ComponentItem;
  instance: InstanceItem;
}

/** Something with a name in an instance. */
export type Extern = { [S in Sort]: { readonly sort: S; readonly item: Items[S] } }[Sort];

/** How many definitions are done, and types are held against others, before a program is refused. */
const MOST_WORK = 1_000_000;

/** The index spaces of a component that is being linked, or of a type. */
export class Scope {
  readonly #spaces = new Map<Sort, unknown[]>();
  readonly parent: Scope | undefined;
  /** Whether it is a component's, beyond which types of resources aren't seen. */
  readonly ofComponent: boolean;
  /** What linking may still cost, over all scopes of a program. */
  readonly #work: { left: number };

  /** @param parent the scope around it; the outermost has none */
  constructor(parent: Scope | undefined, ofComponent: boolean) {
    this.parent = parent;
    this.ofComponent = ofComponent;
    this.#work = parent === undefined ? { left: MOST_WORK } : parent.#work;
  }

  /**
   * Counts what linking costs: parts of a program that refer to others twice, and those to others twice, would
   * take for ever.
   */
  charge(work: number): void {
    this.#work.left -= work;
    if (this.#work.left < 0) throw new LinkError("it takes too much to be linked");
  }

  /** Gives the next index of a sort to something. */
  add<S extends Sort>(sort: S, item: Items[S]): void {
    this.charge(1);
    const space = this.#spaces.get(sort);
    if (space === undefined) this.#spaces.set(sort, [item]);
    else space.push(item);
  }

  /**
   * What an index stands for.
   *
   * @throws LinkError when it is not there
   */
  get<S extends Sort>(sort: S, index: number): Items[S] {
    const item = this.#spaces.get(sort)?.[index];
    if (item === undefined) throw new LinkError(`there is no ${sort} ${index} where one is used`);
    return item as Items[S];
  }

  /** As {@link get}, with the sort. */
  extern(sort: Sort, index: number): Extern {
    return { sort, item: this.get(sort, index) } as Extern;
  }

  /** Adds what has a name elsewhere. */
  addExtern({ sort, item }: Extern): void {
    this.add(sort, item as never);
  }

  /** The scope of an outer alias. */
  outer(count: number): Scope {
    let scope: Scope | undefined = this;
    for (let i = 0; i < count && scope !== undefined; i++) scope = scope.parent;
    if (scope === undefined) throw new LinkError(`there are no ${count} scopes around one`);
    return scope;
  }
}
