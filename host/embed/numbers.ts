/** Lists of numbers are typed arrays in JavaScript. */
import type { WitType } from "../abi/types.ts";

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
  new (length: number): Typed;
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
