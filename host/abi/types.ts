/**
 * The types that components speak in, as data, and how the canonical ABI lays
 * them out: in linear memory (size, alignment, offsets) and as core wasm values (flattening).
 *
 * Source: the component model's `CanonicalABI.md`, sections "Alignment", "Element Size", "Flattening".
 */

/** A resource type: what a handle stands for. Compared by identity. */
export interface Resource {
  readonly interface: string;
  readonly name: string;
}

/** A type that is one core value and no handle. */
export type Scalar =
  | "bool"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "s8"
  | "s16"
  | "s32"
  | "s64"
  | "f32"
  | "f64"
  | "char";

/** A type of one WIT value. */
export type WitType =
  | { readonly kind: Scalar | "string" }
  | { readonly kind: "list"; readonly element: WitType }
  | { readonly kind: "record"; readonly fields: readonly (readonly [name: string, type: WitType])[] }
  | { readonly kind: "tuple"; readonly items: readonly WitType[] }
  | {
      readonly kind: "variant";
      readonly cases: readonly (readonly [tag: string, type: WitType | undefined])[];
    }
  | { readonly kind: "enum"; readonly names: readonly string[] }
  | { readonly kind: "flags"; readonly names: readonly string[] }
  | { readonly kind: "option"; readonly some: WitType }
  | { readonly kind: "result"; readonly ok: WitType | undefined; readonly err: WitType | undefined }
  | { readonly kind: "own" | "borrow"; readonly resource: Resource }
  | { readonly kind: "stream" | "future"; readonly element: WitType | undefined };

/** The member of {@link WitType} of one kind. */
export type TypeOf<K extends WitType["kind"]> = Extract<WitType, { readonly kind: K }>;

/** A function: its parameters in order, its result if it has one, and whether a call may wait. */
export interface FunctionType {
  readonly params: readonly (readonly [name: string, type: WitType])[];
  readonly result: WitType | undefined;
  readonly mayWait: boolean;
  /** Whether it is an `async func`. */
  readonly isAsync?: true;
}

/** A resource with its methods; `self` is the first parameter of each. */
export interface ResourceType {
  readonly type: Resource;
  readonly methods: Readonly<Record<string, FunctionType>>;
  /** Functions that go by the resource's name and have no `self`. */
  readonly statics?: Readonly<Record<string, FunctionType>>;
}

/** An interface, by its unversioned name. */
export interface InterfaceType {
  readonly name: string;
  readonly resources: readonly ResourceType[];
  readonly functions: Readonly<Record<string, FunctionType>>;
}

/** A core wasm value type that values flatten to. */
export type CoreType = "i32" | "i64" | "f32" | "f64";

/** The type of a core wasm function. */
export interface CoreSignature {
  readonly params: readonly CoreType[];
  readonly results: readonly CoreType[];
}

/** `MAX_FLAT_PARAMS` of the canonical ABI: more than this go through memory. */
export const maxFlatParams = 16;

export const bool: WitType = { kind: "bool" };
export const u8: WitType = { kind: "u8" };
export const u16: WitType = { kind: "u16" };
export const u32: WitType = { kind: "u32" };
export const u64: WitType = { kind: "u64" };
export const string: WitType = { kind: "string" };

/** A resource type of an interface, e.g. `resource("wasi:io/poll", "pollable")`. */
export function resource(interfaceName: string, name: string): Resource {
  return { interface: interfaceName, name };
}

/** `list<element>`. */
export function list(element: WitType): WitType {
  return { kind: "list", element };
}

/** `record`, its fields in order under their WIT names. */
export function record(fields: Readonly<Record<string, WitType>>): WitType {
  return { kind: "record", fields: Object.entries(fields) };
}

/** `tuple<...items>`. */
export function tuple(...items: WitType[]): WitType {
  return { kind: "tuple", items };
}

/** `variant`, its cases in order; `undefined` is a case without a payload. */
export function variant(cases: Readonly<Record<string, WitType | undefined>>): WitType {
  return { kind: "variant", cases: Object.entries(cases) };
}

/** `enum`, its names in order. */
export function enumeration(...names: string[]): WitType {
  return { kind: "enum", names };
}

/** `flags`, at most 32 names in order. */
export function flags(...names: string[]): WitType {
  return { kind: "flags", names };
}

/** `option<some>`. */
export function option(some: WitType): WitType {
  return { kind: "option", some };
}

/** `result<ok, err>`; `undefined` is the WIT `_`. */
export function result(ok: WitType | undefined, err: WitType | undefined): WitType {
  return { kind: "result", ok, err };
}

/** A handle that is given away with the value. */
export function own(type: Resource): WitType {
  return { kind: "own", resource: type };
}

/** A handle that is lent for the call. */
export function borrow(type: Resource): WitType {
  return { kind: "borrow", resource: type };
}

/** `stream<element>`; without one it is only counted. */
export function stream(element?: WitType): WitType {
  return { kind: "stream", element };
}

/** `future<element>`; without one it only comes. */
export function future(element?: WitType): WitType {
  return { kind: "future", element };
}

/** A function that answers at once. */
export function func(params: Readonly<Record<string, WitType>>, resultType?: WitType): FunctionType {
  return { params: Object.entries(params), result: resultType, mayWait: false };
}

/** A function whose call may have to wait: its face may return a promise. */
export function waits(params: Readonly<Record<string, WitType>>, resultType?: WitType): FunctionType {
  return { ...func(params, resultType), mayWait: true };
}

/** An `async func`. */
export function asyncFunc(params: Readonly<Record<string, WitType>>, resultType?: WitType): FunctionType {
  return { ...func(params, resultType), isAsync: true };
}

/** A resource's methods, each given `self` as its first parameter. */
export function methods(type: Resource, members: Readonly<Record<string, FunctionType>>): ResourceType {
  const self = ["self", borrow(type)] as const;
  const withSelf = Object.entries(members).map(
    ([name, member]) => [name, { ...member, params: [self, ...member.params] }] as const,
  );
  return { type, methods: Object.fromEntries(withSelf) };
}

/** The bytes that the discriminant of a variant with `cases` cases takes. */
export function discriminantSize(cases: number): 1 | 2 | 4 {
  return cases <= 0x100 ? 1 : cases <= 0x1_0000 ? 2 : 4;
}

/** The type of a variant-like type's discriminant. */
export function discriminantType(type: TypeOf<"variant" | "enum" | "option" | "result">): WitType {
  const size = discriminantSize(casesOf(type).length);
  return size === 1 ? u8 : size === 2 ? u16 : u32;
}

/** The number whose bits are a set of flags, the first the lowest. */
export function bitsType({ names }: TypeOf<"flags">): WitType {
  return names.length <= 8 ? u8 : names.length <= 16 ? u16 : u32;
}

/** The bits of flags as an object has them: the names in camel case, each true or false. */
export function flagsOf(names: readonly string[]): {
  toBits(value: unknown): number;
  fromBits(bits: number): Record<string, boolean>;
} {
  const keys = names.map(camelCase);
  return {
    toBits(value) {
      const from = value as Readonly<Record<string, unknown>>;
      return keys.reduce((bits, key, i) => (from[key] ? bits | (1 << i) : bits), 0) >>> 0;
    },
    fromBits: (bits) => Object.fromEntries(keys.map((key, i) => [key, (bits & (1 << i)) !== 0])),
  };
}

/** The cases of a variant-like type in order: enum, option, result and variant are one thing in memory. */
export function casesOf(
  type: TypeOf<"variant" | "enum" | "option" | "result">,
): readonly (readonly [tag: string, type: WitType | undefined])[] {
  switch (type.kind) {
    case "variant":
      return type.cases;
    case "enum":
      return type.names.map((name) => [name, undefined] as const);
    case "option":
      return [
        ["none", undefined],
        ["some", type.some],
      ];
    case "result":
      return [
        ["ok", type.ok],
        ["err", type.err],
      ];
  }
}

/** How a type lies in linear memory and what it flattens to. */
interface Layout {
  /** Bytes, with the padding at the end. */
  readonly size: number;
  readonly align: number;
  readonly flat: readonly CoreType[];
  /** Where the payload of a variant-like type lies, counted from its discriminant. */
  readonly payloadOffset: number;
}

/** Every layout is worked out once: types hold one another, and the same ones appear in most functions. */
const layouts = new WeakMap<WitType, Layout>();

function layoutOf(type: WitType): Layout {
  const known = layouts.get(type);
  if (known !== undefined) return known;
  const made = makeLayout(type);
  layouts.set(type, made);
  return made;
}

function makeLayout(type: WitType): Layout {
  switch (type.kind) {
    case "bool":
    case "u8":
    case "s8":
      return { size: 1, align: 1, flat: ["i32"], payloadOffset: 0 };
    case "u16":
    case "s16":
      return { size: 2, align: 2, flat: ["i32"], payloadOffset: 0 };
    case "u32":
    case "s32":
    case "char":
    case "own":
    case "borrow":
    case "stream":
    case "future":
      return { size: 4, align: 4, flat: ["i32"], payloadOffset: 0 };
    case "u64":
    case "s64":
      return { size: 8, align: 8, flat: ["i64"], payloadOffset: 0 };
    case "f32":
      return { size: 4, align: 4, flat: ["f32"], payloadOffset: 0 };
    case "f64":
      return { size: 8, align: 8, flat: ["f64"], payloadOffset: 0 };
    case "string":
    case "list":
      return { size: 8, align: 4, flat: ["i32", "i32"], payloadOffset: 0 };
    case "record":
      return sequenceLayout(type.fields.map(([, field]) => field));
    case "tuple":
      return sequenceLayout(type.items);
    case "enum": {
      const size = discriminantSize(type.names.length);
      return { size, align: size, flat: ["i32"], payloadOffset: size };
    }
    case "flags":
      return layoutOf(bitsType(type));
    case "variant":
    case "option":
    case "result":
      return variantLayout(casesOf(type).map(([, payload]) => payload));
  }
}

function sequenceLayout(types: readonly WitType[]): Layout {
  const align = Math.max(1, ...types.map(alignOf));
  const last = types.at(-1);
  const end = last === undefined ? 0 : (offsetsOf(types).at(-1) ?? 0) + sizeOf(last);
  return { size: alignTo(end, align), align, flat: types.flatMap(flatten), payloadOffset: 0 };
}

function variantLayout(payloads: readonly (WitType | undefined)[]): Layout {
  const discriminant = discriminantSize(payloads.length);
  const layouts = payloads.filter((payload) => payload !== undefined).map(layoutOf);
  const payloadAlign = Math.max(1, ...layouts.map(({ align }) => align));
  const offset = alignTo(discriminant, payloadAlign);
  const align = Math.max(discriminant, payloadAlign);
  const end = offset + Math.max(0, ...layouts.map(({ size }) => size));
  return { size: alignTo(end, align), align, flat: ["i32", ...joined(layouts)], payloadOffset: offset };
}

/** The cases share their flat slots: what is an i32 here and an f32 there is an i32, any other mixture an i64. */
function joined(payloads: readonly Layout[]): CoreType[] {
  const slots: CoreType[] = [];
  for (const { flat } of payloads) {
    for (const [slot, core] of flat.entries()) {
      const other = slots[slot] ?? core;
      slots[slot] = other === core ? core : [other, core].every((type) => /32/.test(type)) ? "i32" : "i64";
    }
  }
  return slots;
}

function alignTo(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}

/** The alignment of a value in linear memory, in bytes. */
export function alignOf(type: WitType): number {
  return layoutOf(type).align;
}

/** The size of a value in linear memory, in bytes, with the padding at its end. */
export function sizeOf(type: WitType): number {
  return layoutOf(type).size;
}

/** Where the payload of a variant-like type lies, counted from its discriminant. */
export function payloadOffset(type: TypeOf<"variant" | "enum" | "option" | "result">): number {
  return layoutOf(type).payloadOffset;
}

/** The core values that a value is passed as when it is a parameter. */
export function flatten(type: WitType): readonly CoreType[] {
  return layoutOf(type).flat;
}

/** Where each of `types` lies when they follow one another, as in a record or a tuple. */
export function offsetsOf(types: readonly WitType[]): number[] {
  let end = 0;
  return types.map((type) => {
    const offset = alignTo(end, alignOf(type));
    end = offset + sizeOf(type);
    return offset;
  });
}

/**
 * The core signature of a function that a guest imports. More than 16 core values of parameters are read through a
 * pointer; a result of more than one is written through one, which is then the last parameter.
 */
export function coreSignature(type: FunctionType): CoreSignature {
  const known = signatures.get(type) ?? signatureOf(type);
  signatures.set(type, known);
  return known;
}

/** Of types that programs share, each is worked out once. */
const signatures: WeakMap<FunctionType, CoreSignature> = new WeakMap();

function signatureOf(type: FunctionType): CoreSignature {
  const flat = type.params.flatMap(([, param]) => flatten(param));
  const params: readonly CoreType[] = flat.length > maxFlatParams ? ["i32"] : flat;
  const results = type.result === undefined ? [] : flatten(type.result);
  if (results.length > 1) return { params: [...params, "i32"], results: [] };
  return { params, results };
}

/** Whether two types have the same values. Resources are the same only when they are one. */
export function sameType(one: WitType | undefined, other: WitType | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  switch (one.kind) {
    case "list":
      return other.kind === "list" && sameType(one.element, other.element);
    case "option":
      return other.kind === "option" && sameType(one.some, other.some);
    case "result":
      return other.kind === "result" && sameType(one.ok, other.ok) && sameType(one.err, other.err);
    case "tuple":
      return other.kind === "tuple" && sameTypes(one.items, other.items);
    case "record":
      return other.kind === "record" && sameLabelled(one.fields, other.fields);
    case "variant":
      return other.kind === "variant" && sameLabelled(one.cases, other.cases);
    case "enum":
    case "flags":
      return other.kind === one.kind && one.names.join() === other.names.join();
    case "own":
    case "borrow":
      return other.kind === one.kind && one.resource === other.resource;
    case "stream":
    case "future":
      return other.kind === one.kind && sameType(one.element, other.element);
    default:
      return other.kind === one.kind;
  }
}

function sameTypes(
  some: readonly (WitType | undefined)[],
  others: readonly (WitType | undefined)[],
): boolean {
  return some.length === others.length && some.every((type, i) => sameType(type, others[i]));
}

type LabelledType = readonly [string, WitType | undefined];

function sameLabelled(some: readonly LabelledType[], others: readonly LabelledType[]): boolean {
  const sameLabels = some.map(([label]) => label).join() === others.map(([label]) => label).join();
  return (
    sameLabels &&
    sameTypes(
      some.map(([, type]) => type),
      others.map(([, type]) => type),
    )
  );
}

/** Whether two functions take and give the same, and are both async or neither. */
export function sameFunc(one: FunctionType, other: FunctionType): boolean {
  const params = (type: FunctionType): WitType[] => type.params.map(([, param]) => param);
  return (
    one.isAsync === other.isAsync &&
    sameTypes(params(one), params(other)) &&
    sameType(one.result, other.result)
  );
}

/** Whether a result is written through a pointer rather than returned. */
export function returnsThroughMemory(type: FunctionType): boolean {
  return type.result !== undefined && flatten(type.result).length > 1;
}

/** A WIT name as JavaScript spells it: `start-bind` is `startBind`. */
export function camelCase(name: string): string {
  return name.includes("-") ? name.replace(/-[a-z0-9]/g, upper) : name;
}

function upper(part: string): string {
  return part.charAt(1).toUpperCase();
}

/** A WIT resource name as JavaScript names its class: `tcp-socket` is `TcpSocket`. */
export function className(name: string): string {
  const camel = camelCase(name);
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}
