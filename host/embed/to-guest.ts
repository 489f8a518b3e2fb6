/**
 * Values of JavaScript on their way to a guest: each is held against its type, and made one that says everything
 * ({@link explicit}), with which it is lowered. Nothing is given away until all of a call is right.
 */
import type { Shared } from "../abi/async/ends.ts";
import { typedArrayOf } from "../abi/numbers.ts";
import { camelCase, casesOf, type Scalar, type TypeOf, type WitType } from "../abi/types.ts";
import { Mismatch } from "./errors.ts";

/** The values of one call on their way. */
export interface Crossing {
  /** Done as soon as all values are known to be right: what is given away is then. */
  readonly commits: (() => void)[];
  /** Done when the call has given its result: what was lent is back. */
  readonly releases: (() => void)[];
  /** Whether bytes are copied, since the guest may get them later; else they are only looked at. */
  readonly copies: boolean;
}

/** Makes a value for the guest of one of JavaScript. */
export type ToGuest = (value: unknown, crossing: Crossing) => unknown;

/** What is no plain data. */
export interface Things {
  /** Takes an object of a resource, given away or lent. */
  take(type: TypeOf<"own" | "borrow">): ToGuest;
  /** Takes a stream or a promise. */
  connect(type: TypeOf<"stream" | "future">): (value: unknown, crossing: Crossing) => Shared;
}

const RANGES: Readonly<Partial<Record<Scalar, readonly [low: number, high: number]>>> = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  u32: [0, 0xffff_ffff],
  s8: [-0x80, 0x7f],
  s16: [-0x8000, 0x7fff],
  s32: [-0x8000_0000, 0x7fff_ffff],
};

const BIG_RANGES: Readonly<Partial<Record<Scalar, readonly [low: bigint, high: bigint]>>> = {
  u64: [0n, 2n ** 64n - 1n],
  s64: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Compiles the way of a type. */
export function toGuest(type: WitType, things: Things): ToGuest {
  switch (type.kind) {
    case "bool":
      return checked("true or false", (value) => typeof value === "boolean");
    case "f32":
    case "f64":
      return checked("a number", (value) => typeof value === "number");
    case "string":
      return checked("a string", (value) => typeof value === "string");
    case "char":
      return checked("one character", isCharacter);
    case "enum": {
      const names = new Set<unknown>(type.names);
      return checked(oneOf(type.names), (value) => names.has(value));
    }
    case "flags":
      return flagsToGuest(type);
    case "list":
      return listToGuest(type, things);
    case "tuple":
      return tupleToGuest(type, things);
    case "record":
      return recordToGuest(type, things);
    case "option":
      return optionToGuest(type, things);
    case "variant":
    case "result":
      return variantToGuest(type, things);
    case "own":
    case "borrow":
      return things.take(type);
    case "stream":
    case "future":
      return things.connect(type);
    default:
      return numberToGuest(type.kind);
  }
}

function checked(expected: string, isRight: (value: unknown) => boolean): ToGuest {
  return (value) => {
    if (!isRight(value)) throw new Mismatch(expected, value);
    return value;
  };
}

function numberToGuest(kind: Scalar): ToGuest {
  const [low, high] = RANGES[kind] ?? [0, 0];
  const [lowest, highest] = BIG_RANGES[kind] ?? [];
  if (lowest !== undefined && highest !== undefined) {
    const fits = (value: unknown): boolean =>
      typeof value === "bigint" && value >= lowest && value <= highest;
    return checked(`a bigint from ${lowest}n to ${highest}n`, fits);
  }
  return checked(`an integer from ${low} to ${high}`, (value) => {
    return Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
  });
}

function isCharacter(value: unknown): boolean {
  if (typeof value !== "string" || value.length > 2) return false;
  const code = value.codePointAt(0) ?? 0xd800;
  return (code < 0xd800 || code > 0xdfff) && String.fromCodePoint(code) === value;
}

function oneOf(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(" or ");
}

type Fields = Readonly<Record<string, unknown>>;

function asFields(value: unknown, expected: string): Fields {
  if (typeof value !== "object" || value === null) throw new Mismatch(expected, value);
  return value as Fields;
}

/** Does the same for a part, whose errors say so. */
function part(step: string, convert: ToGuest): ToGuest {
  return (value, crossing) => {
    try {
      return convert(value, crossing);
    } catch (error) {
      throw error instanceof Mismatch ? error.in(step) : error;
    }
  };
}

function flagsToGuest({ names }: TypeOf<"flags">): ToGuest {
  const keys = names.map(camelCase);
  const expected = `an object of flags (${keys.join(", ")})`;
  return (value) => {
    const given = asFields(value, expected);
    for (const key of Object.keys(given)) {
      if (!keys.includes(key)) throw new Mismatch(`one of ${keys.join(", ")}`, key).in(" has a flag, which");
    }
    const flags: Record<string, boolean> = {};
    for (const key of keys) {
      const flag = given[key] ?? false;
      if (typeof flag !== "boolean") throw new Mismatch("true or false", flag).in(`.${key}`);
      flags[key] = flag;
    }
    return flags;
  };
}

function listToGuest({ element }: TypeOf<"list">, things: Things): ToGuest {
  const Typed = typedArrayOf(element);
  const convert = toGuest(element, things);
  const expected = Typed === undefined ? "an array" : `a ${Typed.name}, or an array`;
  const isBytes = element.kind === "u8";
  return (value, crossing) => {
    if (Typed !== undefined) {
      if (value instanceof Typed) return crossing.copies ? value.slice() : value;
      if (isBytes && value instanceof ArrayBuffer) {
        const bytes = new Uint8Array(value);
        return crossing.copies ? bytes.slice() : bytes;
      }
    }
    if (!Array.isArray(value)) throw new Mismatch(expected, value);
    let at = 0;
    try {
      const items: unknown[] = [];
      for (; at < value.length; at++) items.push(convert(value[at], crossing));
      return isBytes ? Uint8Array.from(items as number[]) : items;
    } catch (error) {
      throw error instanceof Mismatch ? error.in(`[${at}]`) : error;
    }
  };
}

function tupleToGuest({ items }: TypeOf<"tuple">, things: Things): ToGuest {
  const converts = items.map((item, i) => part(`[${i}]`, toGuest(item, things)));
  const expected = `an array of ${items.length}`;
  return (value, crossing) => {
    if (!Array.isArray(value) || value.length !== items.length) throw new Mismatch(expected, value);
    return converts.map((convert, i) => convert(value[i], crossing));
  };
}

function recordToGuest({ fields }: TypeOf<"record">, things: Things): ToGuest {
  const converts = fields.map(([name, field]) => {
    const key = camelCase(name);
    return [key, part(`.${key}`, toGuest(field, things))] as const;
  });
  return (value, crossing) => {
    const given = asFields(value, "an object");
    return converts.map(([key, convert]) => convert(given[key], crossing));
  };
}

/** Whether an option is told by a tag, since what may be in it can be nothing too. */
export function isTagged({ some }: TypeOf<"option">): boolean {
  return some.kind === "option";
}

function optionToGuest(type: TypeOf<"option">, things: Things): ToGuest {
  if (isTagged(type)) return variantToGuest(type, things);
  const convert = toGuest(type.some, things);
  return (value, crossing) => {
    if (value === undefined || value === null) return { tag: "none", val: undefined };
    return { tag: "some", val: convert(value, crossing) };
  };
}

function variantToGuest(type: TypeOf<"variant" | "option" | "result">, things: Things): ToGuest {
  const cases = new Map<unknown, ToGuest | undefined>();
  for (const [tag, of] of casesOf(type)) cases.set(tag, of && part(".val", toGuest(of, things)));
  const tags = oneOf(casesOf(type).map(([tag]) => tag));
  return (value, crossing) => {
    const { tag, val } = asFields(value, "an object with a tag");
    if (!cases.has(tag)) throw new Mismatch(tags, tag).in(".tag");
    return { tag, val: cases.get(tag)?.(val, crossing) };
  };
}
