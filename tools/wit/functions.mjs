// Writes a straight-line function for each import of a core module: it lifts what it is called with, calls the face and
// lowers what that answers, without a closure or an array between. The forms of the calls that carry the traffic are
// those that were measured: a number is written where it belongs, bytes are lent and given without a copy where they can
// be, and properties are named literally: a computed access in shared code goes megamorphic, a literal one keeps its
// inline cache.

import { mayWait } from "./attributes.mjs";
import { layoutOf, MOST_FLAT, offsetsOf } from "./layout.mjs";
import { camelCase, variableName, withoutVersion } from "./names.mjs";
import { plus, resolved, scopeOf, Values } from "./values.mjs";

/** @typedef {import("./model.mjs").Interface} Interface */
/** @typedef {import("./model.mjs").Type} Type */
/** @typedef {import("./model.mjs").TypeDefinition} TypeDefinition */
/** @typedef {import("./model.mjs").WitFunction} WitFunction */
/** @typedef {import("./layout.mjs").Core} Core */

/** Types whose values are told from a promise by a look. */
const AT_ONCE = /** @type {Readonly<Record<string, string>>} */ ({
  void: "value === undefined",
  bool: 'typeof value === "boolean"',
  u64: 'typeof value === "bigint"',
  "list u8": "value instanceof Uint8Array",
  "list u32": "value instanceof Uint32Array",
});

/**
 * Writes the functions.
 *
 * @param {readonly Interface[]} interfaces each after what it uses
 * @param {object} names
 * @param {ReadonlyMap<TypeDefinition, string>} names.types of types, in `faces`
 * @param {ReadonlyMap<TypeDefinition, string>} names.resources of resources, in `descriptions`
 * @param {{ faces: string, descriptions: string, version: string }} from where the file has them from
 * @returns {string} TypeScript
 */
export function functions(interfaces, names, from) {
  const values = new Values(names.types, names.resources);
  const makers = interfaces.flatMap((of) => [
    ...of.functions.map((each) => maker(values, of, each, undefined)),
    ...[...of.types.values()].flatMap((type) => type.functions.map((each) => maker(values, of, each, type))),
  ]);
  const body = `${[...values.helpers.values()].join("\n\n")}

/** What makes each function, by interface and import: \`wasi:io/poll#poll\`. */
export const functions: ReadonlyMap<string, Maker> = new Map<string, Maker>([
${makers.join("\n")}
]);
`;
  const support = {
    "../abi/answer.ts": ["type Calling", "ended", "failing", "later", "type Maker", "refused"],
    "../abi/values.ts": [
      ...[
        "character",
        "isSome",
        "liftText",
        "noCase",
        "notA",
        "placeOf",
        "storeBytes",
        "storeGiven",
        "storeString",
      ],
    ],
  };
  const imports = Object.entries(support).map(([path, all]) => {
    const used = all.filter((word) => new RegExp(`\\b${word.replace("type ", "")}\\b(?!-)`).test(body));
    return `import { ${used.join(", ")} } from ${JSON.stringify(path)};`;
  });
  return `/** The functions that a core module imports from WASI ${from.version}, each in one piece. */
import type * as wit from ${JSON.stringify(from.faces)};
${imports.join("\n")}
import * as wasi from ${JSON.stringify(from.descriptions)};

${body}`;
}

/**
 * Writes an entry of the map.
 *
 * @param {Values} values
 * @param {Interface} of
 * @param {WitFunction} each
 * @param {TypeDefinition | undefined} resource
 * @returns {string} an entry of the map
 */
function maker(values, of, each, resource) {
  const { name, params, result, importName } = each;
  values.begin();
  const slots = params.map(([param, type]) => ({ type, names: slotNames(param, layoutOf(type).flat) }));
  const flat = slots.flatMap(({ names }) => names);
  const isFlat = flat.length <= MOST_FLAT;
  const inMemory = result !== undefined && layoutOf(result).flat.length > 1;
  const isFailing = result?.kind === "result" && inMemory;
  const value = isFailing ? result.ok : result;
  const waits = mayWait(importName);

  const offsets = offsetsOf(params.map(([, type]) => type));
  /** Lists are made before the call, in the same function. @type {string[]} */
  const lists = [];
  const lifted = slots.map(({ type, names }, i) => {
    if (!isFlat) return values.load(type, plus("args", offsets.offsets[i] ?? 0));
    const plain = resolved(type);
    const [start = "", length = ""] = names.map(([slot]) => slot);
    if (plain.kind !== "list" || plain.element.kind === "u8") {
      return values.lift(
        type,
        names.map(([slot]) => slot),
      );
    }
    const count = `${start}Count`;
    lists.push(`const ${start}At = ${start} >>> 0; const ${count} = ${length} >>> 0;
      ${values.items(plain.element, `${start}At`, count, `${start}Items`)}`);
    return `${start}Items`;
  });
  if (each.kind === "static" || each.kind === "constructor") {
    throw new Error(
      `${of.id}: ${importName} belongs to a class, and faces of 0.2 have only functions and methods`,
    );
  }
  const [args, holder] = resource === undefined ? [lifted, "face"] : [lifted.slice(1), lifted[0]];
  const call = `${holder}.${camelCase(name)}(${args.join(", ")})`;

  const [store, notYet] = [
    isFailing ? storeOk(values, result, importName) : storeResult(values, result),
    emptyAnswer(value, each),
  ];
  const all = [notYet, store].filter((text) => text !== "").join("\n");
  const parameters = [
    ...(isFlat
      ? flat.map(([slot, core]) => `${slot}: ${core === "i64" ? "bigint" : "number"}`)
      : ["pointer: number"]),
    ...(inMemory ? ["result: number"] : []),
  ].join(", ");
  const first = [
    ...(inMemory ? [`memory.claim(into, ${layoutOf(result).size}, ${layoutOf(result).align}, where);`] : []),
    ...(isFlat
      ? []
      : [
          "const args = pointer >>> 0;",
          `memory.claim(args, ${offsets.end}, ${Math.max(...params.map(([, type]) => layoutOf(type).align))}, where);`,
        ]),
    ...lists,
  ];
  const fail = isFailing && result.err !== undefined ? values.failer(result.err) : undefined;
  const thrown =
    fail === undefined
      ? "throw refused(s, thrown);"
      : `${fail}(s, into, ${layoutOf(/** @type {Type} */ (result)).payload}, thrown);`;
  const type = value === undefined ? "void" : values.spell(value);
  const place = inMemory ? "into" : "0";
  const isAtOnce = AT_ONCE[keyOf(value)];
  const atOnce = `return done(${value === undefined ? (inMemory ? place : "") : `${place}, value`});`;
  const answered = waits
    ? `${isAtOnce === undefined ? "" : `if (${isAtOnce}) ${atOnce}`}
       return later(s, ${place}, value, done, fail);`
    : all;
  const body = `${first.join("\n")}
    ${value === undefined && !waits ? call : `const value = ${call}`};
    ${answered}`;
  const inner = `(${parameters})${waits ? ": unknown" : ""} => {
    ${inMemory ? "const into = result >>> 0;" : ""}
    try { ${body} } catch (thrown) { ${thrown} ${waits && fail !== undefined ? "return undefined;" : ""} }
  };`;
  const into = inMemory ? "into" : "_into";
  const doneParams =
    value === undefined ? (inMemory ? "into: number" : "") : `${into}: number, value: ${type}`;
  const done = waits
    ? `const done = (${doneParams}): ${inMemory || result === undefined ? "void" : "unknown"} => { ${all} };
       const fail = (${fail === undefined ? "_into" : "into"}: number, thrown: unknown): void => { ${thrown} };`
    : "";
  const code = `${values.found()} ${done} return ${inner}`;
  const face = /\bface\./.test(code) ? `, face: wit.Faces[${JSON.stringify(withoutVersion(of))}]` : "";
  return `[${JSON.stringify(`${withoutVersion(of)}#${importName}`)}, (s: Calling${face}) => { ${scopeOf(code)} ${code} }],`;
}

/**
 * @param {Values} values
 * @param {Extract<Type, { kind: "result" }>} result
 * @param {string} of the function
 */
function storeOk(values, { kind, ok, err }, of) {
  const into = `memory.bytes[into] = 0;`;
  if (ok === undefined) return `memory.refresh(where); ${into}`;
  const { payload } = layoutOf({ kind, ok, err });
  const isList = ok.kind === "list";
  const store = values.store(ok, plus("into", payload), "value", of);
  // who allocates has looked at the memory already
  return `${isList ? "" : "memory.refresh(where);"}
    ${isList ? `${store} ${into}` : `${into} ${store}`}`;
}

/**
 * @param {Values} values
 * @param {Type | undefined} result
 */
function storeResult(values, result) {
  if (result === undefined) return "";
  if (layoutOf(result).flat.length > 1)
    return `memory.refresh(where); ${values.store(result, "into", "value")}`;
  return `return ${values.lower(result, "value")};`;
}

/**
 * @param {string} param
 * @param {readonly Core[]} flat
 * @returns {[name: string, core: Core][]}
 */
function slotNames(param, flat) {
  const name = variableName(param);
  if (flat.length === 1) return [[`${name === "result" ? "result_" : name}`, /** @type {Core} */ (flat[0])]];
  return flat.map((core, i) => [`${name}${i}`, core]);
}

/** @param {Type | undefined} type */
function keyOf(type) {
  if (type === undefined) return "void";
  const plain = resolved(type);
  return plain.kind === "list" ? `list ${plain.element.kind}` : plain.kind;
}

/**
 * What tells that something isn't there yet: the host is told, so that the event loop gets its turns.
 *
 * @param {Type | undefined} type of the answer
 * @param {WitFunction} of
 */
function emptyAnswer(type, { params, result }) {
  if (type === undefined) return "";
  const key = keyOf(type);
  if (result?.kind !== "result")
    return key === "bool" && params.length === 1 ? "if (!value) s.notYet();" : "";
  if (key === "u64") return "if (value === 0n) s.notYet();";
  return key.startsWith("list ") ? "if (value.length === 0) s.notYet();" : "";
}
