import { dispose } from "../runtime/features.ts";
import type { Resource } from "./types.ts";
import { describe, trap } from "./webassembly.ts";

/** A class that a resource's objects are instances of. */
export type FaceClass = abstract new (...args: never[]) => object;

/** What a {@link HandleTable} is made with. */
export interface HandleTableOptions {
  /** The lowest handle; default 1. */
  readonly firstHandle?: number | undefined;
  /** How many handles may be in use at a time; default 1,048,576. */
  readonly maxHandles?: number | undefined;
  /** How many slots all tables of a program may still make together; default no such limit. */
  readonly budget?: { slots: number } | undefined;
}

/** For whom things are lent to a guest: a call, which may not end before they are dropped. */
export interface Borrower {
  borrows: number;
}

/** The handles of 2^30 and up are left to the guest's own use, as in the canonical ABI. */
const handleLimit = 2 ** 30;

/**
 * The handles that a guest holds: small numbers that stand for host objects.
 *
 * A slot is used again soon after it was given back, so that the table stays as dense as it can be.
 */
export class HandleTable {
  readonly #first: number;
  readonly #max: number;
  readonly #objects: (object | undefined)[] = [];
  /** The resource in each slot; `undefined` in a free one. */
  readonly #kinds: (Resource | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #classes = new Map<Resource, FaceClass>();
  #closed = false;
  /** The resources that the guest makes itself: it is given what they stand for where it is lent one. */
  readonly #own = new Set<Resource>();
  /** The slots of what was lent to the guest, which doesn't dispose of it. */
  readonly #borrowed = new Map<number, Borrower | undefined>();
  /** How often the object of each slot is lent out. */
  readonly #lent: number[] = [];
  readonly #budget: { slots: number } | undefined;

  /** @throws RangeError when an option is out of range */
  constructor(options: HandleTableOptions = {}) {
    this.#first = inRange("firstHandle", options.firstHandle ?? 1, 1, handleLimit - 1);
    this.#max = inRange("maxHandles", options.maxHandles ?? 2 ** 20, 1, handleLimit - this.#first);
    this.#budget = options.budget;
  }

  get first(): number {
    return this.#first;
  }

  /** How many handles are in use. */
  get size(): number {
    return this.#objects.length - this.#free.length;
  }

  /** Says which class the objects of a resource belong to, so that {@link add} can tell them. */
  declare(resource: Resource, face: FaceClass): void {
    this.#classes.set(resource, face);
  }

  /** The class that a resource was declared with. */
  classOf(resource: Resource): FaceClass | undefined {
    return this.#classes.get(resource);
  }

  /**
   * Gives an object a handle.
   *
   * @param object a face object
   * @param resource what it is; found by its class when it isn't said
   * @throws Error when the object belongs to no declared resource, or when the table is full
   */
  add(object: object, resource: Resource = this.#resourceOf(object)): number {
    let slot = this.#free.pop();
    if (slot === undefined) {
      if (this.#closed) throw trap(resource.name, "the guest has ended");
      slot = this.#objects.length;
      if (slot === this.#max) throw trap(resource.name, `all ${this.#max} handles are in use`);
      if (this.#budget !== undefined && this.#budget.slots-- <= 0) {
        throw trap(resource.name, "all handles that a program may have are in use");
      }
      this.#lent[slot] = 0;
    }
    this.#objects[slot] = object;
    this.#kinds[slot] = resource;
    return this.#first + slot;
  }

  /**
   * The object of a handle.
   *
   * @param where the function that the guest called, for the message
   * @throws a trap when the handle is not in use
   */
  get(handle: number, where = "get"): object {
    const object = this.#objects[handle - this.#first];
    if (object === undefined) throw trap(where, `${handle} is not a handle in use`);
    return object;
  }

  /**
   * The object of a handle to a certain resource.
   *
   * @param handle as wasm passes it
   * @param where the function that the guest called
   * @throws a trap when the handle is not in use, or stands for something else
   */
  find(handle: number, resource: Resource, where: string): object {
    const slot = handle - this.#first;
    if (this.#kinds[slot] !== resource) throw this.#mismatch(handle, resource, where);
    return this.#objects[slot] as object;
  }

  /**
   * Takes a handle back and disposes of its object.
   *
   * @param resource what the handle must stand for; anything when it isn't said
   * @param where the function that the guest called, for the message
   * @throws a trap when the handle is not in use, or stands for something else
   */
  drop(handle: number, resource?: Resource, where = "drop"): void {
    const object = (
      resource === undefined ? this.get(handle, where) : this.find(handle, resource, where)
    ) as Partial<Disposable>;
    const slot = handle - this.#first;
    this.#refuseLent(slot, where);
    this.#release(slot);
    if (this.#borrowed.size > 0 && this.#borrowed.has(slot)) {
      const borrower = this.#borrowed.get(slot);
      if (borrower !== undefined) borrower.borrows--;
      this.#borrowed.delete(slot);
      return;
    }
    object[dispose]?.();
  }

  /**
   * Takes an object out of the table, to be given away.
   *
   * @param handle as wasm passes it
   * @param where the function that the guest called, for the message
   * @throws a trap as {@link find} does, and when the object is lent, or is the guest's for a call only
   */
  take(handle: number, resource: Resource, where: string): object {
    const object = this.find(handle, resource, where);
    const slot = handle - this.#first;
    this.#refuseLent(slot, where);
    if (this.#borrowed.has(slot)) throw trap(where, `${handle >>> 0} was lent and can't be given away`);
    this.#release(slot);
    return object;
  }

  /** Says that the guest makes a resource itself. */
  implement(resource: Resource): void {
    this.#own.add(resource);
  }

  /** How many handles the guest was lent and has not dropped. */
  get borrowed(): number {
    return this.#borrowed.size;
  }

  /**
   * Lends the guest an object for a call.
   *
   * @param borrower the call, where the table is to count for it
   * @returns the handle, or what the object stands for where the guest itself has made it
   */
  addBorrowed(object: object, resource: Resource, borrower?: Borrower): number {
    if (this.#own.has(resource)) return (object as { readonly representation: number }).representation;
    const handle = this.add(object, resource);
    this.#borrowed.set(handle - this.#first, borrower);
    if (borrower !== undefined) borrower.borrows++;
    return handle;
  }

  /**
   * Notes that the object of a handle is lent out.
   *
   * @param handle one that was found
   * @returns its slot, for {@link unlend}
   */
  lend(handle: number): number {
    const slot = handle - this.#first;
    this.#lent[slot] = (this.#lent[slot] as number) + 1;
    return slot;
  }

  /** Notes that what was lent is back. */
  unlend(slot: number): void {
    // a guest that has ended has none
    const lent = this.#lent[slot];
    if (lent !== undefined) this.#lent[slot] = lent - 1;
  }

  #release(slot: number): void {
    this.#objects[slot] = undefined;
    this.#kinds[slot] = undefined;
    this.#free.push(slot);
  }

  #refuseLent(slot: number, where: string): void {
    if (this.#lent[slot] !== 0) throw trap(where, `${this.#first + slot} is lent out for a call`);
  }

  /** Makes every handle invalid, and gives no more: the guest has ended. The objects are left to their host. */
  close(): void {
    this.#closed = true;
    this.#objects.length = 0;
    this.#kinds.length = 0;
    this.#free.length = 0;
    this.#borrowed.clear();
    this.#lent.length = 0;
  }

  #resourceOf(object: object): Resource {
    for (const [resource, face] of this.#classes) {
      if (object instanceof face) return resource;
    }
    throw new Error(`add: ${describe(object)} is none of the resources served here`);
  }

  #mismatch(handle: number, resource: Resource, where: string): Error {
    const held = this.#kinds[handle - this.#first];
    const is = held === undefined ? "is not a handle in use" : `is a handle to ${held.name}`;
    return trap(where, `${handle >>> 0} ${is}; expected a handle to ${resource.interface} ${resource.name}`);
  }
}

function inRange(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new RangeError(`${name} must be an integer from ${low} to ${high}, not ${value}`);
}
