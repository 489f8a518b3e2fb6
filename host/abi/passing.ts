/** Values on their way between a guest and whoever it calls, or is called by: as core values or in memory. */
import { type LiftFlat, type Load, liftFlat, loader } from "./lift.ts";
import { storer } from "./lower.ts";
import { lowerFlat } from "./lower-flat.ts";
import type { Scope } from "./scope.ts";
import { alignOf, flatten, maxFlatParams, sizeOf, type WitType } from "./types.ts";
import { trap } from "./webassembly.ts";

/** How many bytes lists and strings may be that are passed in one call, those that are passed twice counted twice. */
const MOST_BYTES = 2 ** 28;

/** A scope in which what is lifted is weighed, from when it is begun. */
function weighing(scope: Scope): {
  readonly weighed: Scope;
  readonly begin: () => void;
  /** How many bytes have been weighed. */
  readonly weight: () => number;
} {
  let left = MOST_BYTES;
  const weigh = (bytes: number): void => {
    left -= bytes;
    if (left < 0) throw trap(scope.where, `lists and strings of more than ${MOST_BYTES} bytes`);
  };
  const begin = (): void => {
    left = MOST_BYTES;
  };
  return { weighed: { ...scope, weigh }, begin, weight: () => MOST_BYTES - left };
}

/** The reading of a type from memory, of which each value is weighed. */
export interface WeighedLoader {
  readonly load: Load;
  /** How many bytes the lists and strings took of the value that was read last. */
  readonly weight: () => number;
}

/** Compiles it. */
export function weighedLoader(type: WitType, scope: Scope): WeighedLoader {
  const { weighed, begin, weight } = weighing(scope);
  const load = loader(type, weighed);
  return {
    load: (pointer) => {
      begin();
      return load(pointer);
    },
    weight,
  };
}

/**
 * How many core values parameters come as.
 *
 * @param most how many may come so; more go through memory
 */
export function widthOf(params: readonly WitType[], most: number = maxFlatParams): number {
  const width = params.flatMap(flatten).length;
  return width > most ? 1 : width;
}

/** Lifts parameters, which lie in memory where they are too many. */
export function paramsLifter(
  params: readonly WitType[],
  scope: Scope,
  most: number = maxFlatParams,
): (flat: readonly unknown[]) => unknown[] {
  const all: WitType = { kind: "tuple", items: params };
  const { weighed, begin } = weighing(scope);
  if (flatten(all).length <= most) {
    const lift: LiftFlat = liftFlat(all, weighed);
    return (flat) => {
      begin();
      return lift(flat, 0) as unknown[];
    };
  }
  const load = loader(all, weighed);
  return ([pointer]) => {
    begin();
    const at = (pointer as number) >>> 0;
    scope.memory.claim(at, sizeOf(all), alignOf(all), scope.where);
    return load(at) as unknown[];
  };
}

/** Lowers parameters likewise. */
export function paramsLowerer(
  params: readonly WitType[],
  scope: Scope,
): (values: readonly unknown[]) => unknown[] {
  const all: WitType = { kind: "tuple", items: params };
  if (flatten(all).length <= maxFlatParams) {
    const lower = lowerFlat(all, scope);
    return (values) => {
      const flat: unknown[] = [];
      lower(values, flat);
      return flat;
    };
  }
  const store = storer(all, scope);
  return (values) => {
    const at = scope.memory.allocate(sizeOf(all), alignOf(all), scope.where);
    store(at, values);
    return [at];
  };
}

/** Lifts the result of a guest's function: a core value, or where it lies in memory. */
export function resultLifter(type: WitType | undefined, scope: Scope): (core: unknown) => unknown {
  if (type === undefined) return () => undefined;
  const { weighed, begin } = weighing(scope);
  if (flatten(type).length <= 1) {
    const lift = liftFlat(type, weighed);
    return (core) => {
      begin();
      return lift([core], 0);
    };
  }
  const load = loader(type, weighed);
  return (core) => {
    begin();
    const from = (core as number) >>> 0;
    scope.memory.claim(from, sizeOf(type), alignOf(type), scope.where);
    return load(from);
  };
}

/** Lowers a result for a guest that has called: as a core value, or to where it wants it. */
export function resultLowerer(
  type: WitType | undefined,
  scope: Scope,
): (value: unknown, into: unknown) => unknown {
  if (type === undefined) return () => undefined;
  if (flatten(type).length <= 1) {
    const lower = lowerFlat(type, scope);
    return (value) => {
      const flat: unknown[] = [];
      lower(value, flat);
      return flat[0];
    };
  }
  const store = storer(type, scope);
  return (value, into) => {
    const to = (into as number) >>> 0;
    scope.memory.claim(to, sizeOf(type), alignOf(type), scope.where);
    store(to, value);
    return undefined;
  };
}
