// How the canonical ABI lays types out: in memory, and as core values.
//
// Source: the component model's CanonicalABI.md, "Alignment", "Element Size", "Flattening".

/** @typedef {import("./model.mjs").Type} Type */
/** @typedef {import("./model.mjs").TypeDefinition} TypeDefinition */
/** @typedef {import("./model.mjs").WitFunction} WitFunction */
/** @typedef {"i32" | "i64" | "f32" | "f64"} Core */
/** @typedef {{ size: number, align: number, flat: Core[], payload: number }} Layout `payload` of a variant-like type */

/** More core values than these are passed in memory. */
export const MOST_FLAT = 16;
/** The same of a call that may go on behind its caller's back. */
export const MOST_FLAT_ASYNC = 4;

const SIMPLE = /** @type {Readonly<Record<string, readonly [size: number, flat: Core]>>} */ ({
  ...{ bool: [1, "i32"], u8: [1, "i32"], s8: [1, "i32"], u16: [2, "i32"], s16: [2, "i32"] },
  ...{ u32: [4, "i32"], s32: [4, "i32"], char: [4, "i32"], u64: [8, "i64"], s64: [8, "i64"] },
  ...{ f32: [4, "f32"], f64: [8, "f64"], "error-context": [4, "i32"] },
  ...{ own: [4, "i32"], borrow: [4, "i32"], stream: [4, "i32"], future: [4, "i32"] },
});

/**
 * The cases of a type that has a discriminant; nothing for others.
 *
 * @param {Type} type
 * @returns {[name: string, payload: Type | undefined][] | undefined}
 */
export function casesOf(type) {
  if (type.kind === "option")
    return [
      ["none", undefined],
      ["some", type.some],
    ];
  if (type.kind === "result")
    return [
      ["ok", type.ok],
      ["err", type.err],
    ];
  if (type.kind !== "named") return undefined;
  if (type.of.kind === "alias") return casesOf(/** @type {Type} */ (type.of.type));
  if (type.of.kind !== "variant" && type.of.kind !== "enum") return undefined;
  return type.of.members.map((member) => [member.name, member.type]);
}

/**
 * The parts of a type that is a sequence, by the names that they have in JavaScript; nothing for others.
 *
 * @param {Type} type
 * @returns {Type[] | undefined}
 */
export function partsOf(type) {
  if (type.kind === "tuple") return type.items;
  if (type.kind !== "named") return undefined;
  if (type.of.kind === "alias") return partsOf(/** @type {Type} */ (type.of.type));
  return type.of.kind === "record"
    ? type.of.members.map((member) => /** @type {Type} */ (member.type))
    : undefined;
}

/**
 * @param {Type} type
 * @returns {Layout}
 */
export function layoutOf(type) {
  const simple = SIMPLE[type.kind];
  if (simple !== undefined) return { size: simple[0], align: simple[0], flat: [simple[1]], payload: 0 };
  const cases = casesOf(type);
  if (cases !== undefined) return variantLayout(cases);
  const parts = partsOf(type);
  if (parts !== undefined) {
    const align = Math.max(1, ...parts.map((part) => layoutOf(part).align));
    const { end } = offsetsOf(parts);
    return {
      size: alignTo(end, align),
      align,
      flat: parts.flatMap((part) => layoutOf(part).flat),
      payload: 0,
    };
  }
  if (type.kind === "string" || type.kind === "list")
    return { size: 8, align: 4, flat: ["i32", "i32"], payload: 0 };
  if (type.kind === "named" && type.of.kind === "flags") {
    const count = type.of.members.length;
    if (count > 32) throw new Error(`${type.of.name}: more than 32 flags`);
    const size = count <= 8 ? 1 : count <= 16 ? 2 : 4;
    return { size, align: size, flat: ["i32"], payload: 0 };
  }
  if (type.kind === "named") return layoutOf(/** @type {Type} */ (type.of.type));
  throw new Error(`${type.kind} has no layout here`);
}

/**
 * Where things lie that follow one another.
 *
 * @param {readonly Type[]} types
 * @returns {{ offsets: number[], end: number }}
 */
export function offsetsOf(types) {
  let end = 0;
  const offsets = types.map((type) => {
    const { size, align } = layoutOf(type);
    const at = alignTo(end, align);
    end = at + size;
    return at;
  });
  return { offsets, end };
}

/** @param {readonly [string, Type | undefined][]} cases */
function variantLayout(cases) {
  const size = cases.length <= 0x100 ? 1 : cases.length <= 0x1_0000 ? 2 : 4;
  const payloads = cases.flatMap(([, payload]) => (payload === undefined ? [] : [layoutOf(payload)]));
  const payloadAlign = Math.max(1, ...payloads.map(({ align }) => align));
  const payload = alignTo(size, payloadAlign);
  const align = Math.max(size, payloadAlign);
  /** @type {Core[]} */
  const slots = [];
  for (const { flat } of payloads) {
    for (const [i, core] of flat.entries()) slots[i] = joined(slots[i] ?? core, core);
  }
  const end = payload + Math.max(0, ...payloads.map((each) => each.size));
  return { size: alignTo(end, align), align, flat: /** @type {Core[]} */ (["i32", ...slots]), payload };
}

/**
 * @param {Core} one
 * @param {Core} other
 * @returns {Core} what holds both
 */
function joined(one, other) {
  if (one === other) return one;
  return /32/.test(one) && /32/.test(other) ? "i32" : "i64";
}

/**
 * @param {number} offset
 * @param {number} align
 */
function alignTo(offset, align) {
  return Math.ceil(offset / align) * align;
}
