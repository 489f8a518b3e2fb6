/** How the elements of a stream or a future lie in the memory that a canonical definition names. */
import { explicit } from "../explicit.ts";
import { type Store, storer } from "../lower.ts";
import type { GuestMemory } from "../memory.ts";
import { typedArrayOf } from "../numbers.ts";
import { type WeighedLoader, weighedLoader } from "../passing.ts";
import type { Scope } from "../scope.ts";
import { alignOf, sizeOf, type TypeOf, type WitType } from "../types.ts";

/** Those of one definition. */
export class Codec {
  readonly where: string;
  readonly memory: GuestMemory;
  /** Of an element, in bytes; 0 where there are none. */
  readonly size: number;
  readonly align: number;
  /** Whether elements are numbers, or nothing: they are copied as they lie. */
  readonly isPlain: boolean;
  readonly #element: WitType | undefined;
  readonly #scope: Scope;
  // most are never used
  #load: WeighedLoader | undefined = undefined;
  #store: Store | undefined = undefined;
  #loadWhole: WeighedLoader | undefined = undefined;
  #storeWhole: Store | undefined = undefined;

  constructor({ element }: TypeOf<"stream" | "future">, scope: Scope) {
    this.where = scope.where;
    this.memory = scope.memory;
    this.size = element === undefined ? 0 : sizeOf(element);
    this.align = element === undefined ? 1 : alignOf(element);
    this.isPlain = element === undefined || typedArrayOf(element) !== undefined;
    this.#element = element;
    this.#scope = scope;
  }

  /** Lifts an element. */
  load(pointer: number): unknown {
    if (this.#element === undefined) return undefined;
    this.#load ??= weighedLoader(this.#element, this.#scope);
    return this.#load.load(pointer);
  }

  /** Lowers one. */
  store(pointer: number, value: unknown): void {
    if (this.#element === undefined) return;
    this.#store ??= storer(this.#element, this.#scope);
    this.#store(pointer, value);
  }

  /** As {@link load}, with all that the value says: between two guests. */
  loadWhole(pointer: number): unknown {
    if (this.#element === undefined) return undefined;
    this.#loadWhole ??= weighedLoader(explicit(this.#element), this.#scope);
    return this.#loadWhole.load(pointer);
  }

  /** How many bytes the lists and strings took that were lifted last by {@link loadWhole}. */
  get weight(): number {
    return this.#loadWhole?.weight() ?? 0;
  }

  /** As {@link store}, of such a value. */
  storeWhole(pointer: number, value: unknown): void {
    if (this.#element === undefined) return;
    this.#storeWhole ??= storer(explicit(this.#element), this.#scope);
    this.#storeWhole(pointer, value);
  }
}
