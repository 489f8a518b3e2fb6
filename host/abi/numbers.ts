/** Lists of numbers are typed arrays in JavaScript. */
import type { WitType } from "./types.ts";

type Typed =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

interface TypedArrayClass {
  readonly name: string;
  new (bytes: ArrayBuffer): Typed;
  from(items: ArrayLike<never>): Typed;
}

const CLASSES: Readonly<Partial<Record<WitType["kind"], unknown>>> = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  s8: Int8Array,
  s16: Int16Array,
  s32: Int32Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** The class of a list of elements of a type; `undefined` where that is an array. */
export function typedArrayOf({ kind }: WitType): TypedArrayClass | undefined {
  return CLASSES[kind] as TypedArrayClass | undefined;
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Makes a list of numbers of how they lie in memory; `undefined` where there is no such list, or it lies otherwise here. */
export function numbersOf(element: WitType): ((bytes: Uint8Array) => Typed) | undefined {
  const Numbers = typedArrayOf(element);
  if (Numbers === undefined || !isLittleEndian) return undefined;
  return (bytes) => new Numbers(bytes.slice().buffer as ArrayBuffer);
}
