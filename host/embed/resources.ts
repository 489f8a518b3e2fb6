/** Resources: a component's own as classes, and those that it is given. */
import type { Resource, TypeOf } from "../abi/types.ts";
import { Representation } from "../link/representation.ts";
import { dispose } from "../runtime/features.ts";
import type { Embedding } from "./embedding.ts";
import { InstanceError, Mismatch } from "./errors.ts";
import type { FromGuest } from "./from-guest.ts";
import type { Crossing, ToGuest } from "./to-guest.ts";

/** Makes an object of the class. */
export type Construct = (args: readonly unknown[]) => unknown;

/** What an object is, and how many calls it is lent to. */
interface Holding {
  held: Representation | undefined;
  lent: number;
}

const holdings = new WeakMap<object, Holding>();

/** A class of objects of a component's. */
export interface GuestClass {
  new (...args: unknown[]): object;
  readonly prototype: object;
}

/** The resources of an instance. */
export class Resources {
  readonly #embedding: Embedding;
  readonly #classes = new Map<Resource, GuestClass>();
  readonly #constructors = new Map<Resource, Construct>();
  /** Drops what nobody has any more and nobody has dropped. */
  readonly #forgotten: FinalizationRegistry<Holding> = new FinalizationRegistry((holding) =>
    drop(holding, this.#embedding),
  );
  /** The classes of what the embedder serves, and of WASI's. */
  readonly #given = new Map<Resource, abstract new () => object>();
  readonly #areCollected: boolean;

  /**
   * @param embedding the instance
   * @param areCollected whether objects that nobody has any more are dropped; where time is made up no seed says when
   */
  constructor(embedding: Embedding, areCollected: boolean) {
    this.#embedding = embedding;
    this.#areCollected = areCollected;
  }

  /** Says which class the objects of a resource are of that the component is given. */
  declare(resource: Resource, of: abstract new () => object): void {
    this.#given.set(resource, of);
  }

  /** What its class is made with. */
  constructed(resource: Resource, construct: Construct): void {
    this.#constructors.set(resource, construct);
  }

  /**
   * The class of a resource of the component's own.
   *
   * @param name where it has none yet, what it is called
   */
  classOf(resource: Resource, name: string): GuestClass {
    const known = this.#classes.get(resource);
    if (known !== undefined) return known;
    const constructors = this.#constructors;
    const embedding = this.#embedding;
    const forgotten = this.#forgotten;
    const areCollected = this.#areCollected;
    const keep = (object: object, holding: Holding): void => {
      holdings.set(object, holding);
      if (areCollected) forgotten.register(object, holding, object);
    };
    const made = class {
      constructor(...args: unknown[]) {
        const [first] = args;
        if (first instanceof Representation) {
          keep(this, { held: first, lent: 0 });
          return;
        }
        const construct = constructors.get(resource);
        if (construct === undefined) throw new TypeError(`${name} has no constructor`);
        // it may be an object of a class that extends this one
        const made = construct(args) as object;
        keep(this, holdings.get(made) as Holding);
        holdings.delete(made);
        forgotten.unregister(made);
      }

      [dispose](): void {
        const holding = holdings.get(this);
        if (holding?.held === undefined) return;
        if (holding.lent > 0) {
          throw new InstanceError("ERR_BUSY", `${name}: it is lent to a call that is under way`);
        }
        forgotten.unregister(this);
        drop(holding, embedding);
      }
    };
    Object.defineProperty(made, "name", { value: name, configurable: true });
    this.#classes.set(resource, made);
    return made;
  }

  take({ kind, resource }: TypeOf<"own" | "borrow">): ToGuest {
    return (value, crossing) => {
      const given = this.#given.get(resource);
      if (given !== undefined) {
        if (!(value instanceof given)) throw new Mismatch(`an object of class ${given.name}`, value);
        return value;
      }
      const of = this.#classes.get(resource);
      if (of === undefined) return anyObject(value);
      const holding = value instanceof of ? holdings.get(value) : undefined;
      if (holding === undefined) throw new Mismatch(`an object of class ${of.name}`, value);
      const { held } = holding;
      if (held === undefined) throw new Mismatch(`an object of class ${of.name} that is there`, value);
      if (kind === "borrow") lend(holding, crossing);
      else giveAway(holding, of.name, value, crossing);
      return held;
    };
  }

  give({ resource }: TypeOf<"own" | "borrow">): FromGuest {
    return (value) => {
      if (!(value instanceof Representation)) return value;
      const Class = this.classOf(resource, "Resource");
      return new Class(value);
    };
  }
}

/** Disposes of what the guest made: now, or where the instance is being called, as soon as it has been left. */
function drop(holding: Holding, embedding: Embedding): void {
  const { held } = holding;
  holding.held = undefined;
  if (held === undefined || embedding.reason !== undefined) return;
  const { scheduler } = embedding;
  if (!scheduler.isBusy) {
    try {
      held[Symbol.dispose]();
    } catch (error) {
      scheduler.fail(error);
      throw embedding.thrown(error);
    }
    return;
  }
  scheduler.run({
    isQueued: false,
    resume() {
      try {
        held[Symbol.dispose]();
      } catch (error) {
        scheduler.fail(error);
      }
    },
  });
}

function lend(holding: Holding, { commits, releases }: Crossing): void {
  commits.push(() => {
    holding.lent++;
    releases.push(() => holding.lent--);
  });
}

function giveAway(holding: Holding, name: string, value: unknown, { commits }: Crossing): void {
  if (holding.lent > 0) throw new Mismatch(`an object of class ${name} that is not lent`, value);
  commits.push(() => {
    if (holding.held === undefined) throw new Mismatch("given away once", value);
    holding.held = undefined;
  });
}

function anyObject(value: unknown): unknown {
  if (typeof value !== "object" || value === null) throw new Mismatch("an object", value);
  return value;
}
