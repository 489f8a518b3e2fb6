// Mutants of AssemblyScript behind switches: all that can stand in one copy of the code, compiled once. The number of
// the active one is a constant in the module's memory, which is written into the compiled files; which of them were
// met is written to memory behind it.

/** @typedef {import("./mutant.mjs").Mutant} Mutant */
/** @typedef {import("./assemblyscript.mjs").Place} Place */
/** @typedef {Mutant & Place & { number: number }} Switched a mutant with the number of its switch */

/** What stands in front of the number, to find it by. */
export const MARK = Buffer.from("wasock's mutants");

/** The number of none. */
export const NONE = 0x7fffffff;

/** The file of the switches, in assembly/. */
export const SWITCHES = "assembly/mutants.ts";

/**
 * @param {number} count how many mutants there are
 * @returns {string} the source of the switches
 */
export function sourceOfSwitches(count) {
  const word = Buffer.alloc(4);
  word.writeUInt32LE(NONE);
  const bytes = [...MARK, ...word, ...Array(count).fill(0)];
  return `const MARK: usize = memory.data<u8>([${bytes.join(",")}]);
export function __mutant(number: i32): bool {
  store<u8>(MARK + ${MARK.length + 4} + <usize>number, 1);
  return load<i32>(MARK + ${MARK.length}) == number;
}
`;
}

/** Where two have the same scope, the one of the first shape is around that of the other. */
const SHAPES = ["statement", "condition", "value"];

/** @typedef {{ text: string, from: number | undefined }} Piece some text, and where it stood */

/**
 * Puts mutants of a source behind their switches.
 *
 * @param {string} text the source
 * @param {string} switches the path of the switches, from the source's folder
 * @param {Switched[]} mutants the mutants
 * @returns {Piece[]} what is compiled in its place
 */
export function switched(text, switches, mutants) {
  /** @type {Map<string, Switched[]>} */
  const places = new Map();
  for (const mutant of mutants) {
    const key = `${mutant.scope.start} ${mutant.scope.end} ${mutant.shape}`;
    places.set(key, [...(places.get(key) ?? []), mutant]);
  }
  const groups = [...places.values()].map((group) => ({ .../** @type {Switched} */ (group[0]), group }));
  groups.sort(
    (a, b) =>
      a.scope.start - b.scope.start ||
      b.scope.end - a.scope.end ||
      SHAPES.indexOf(a.shape) - SHAPES.indexOf(b.shape),
  );
  const head = { text: `import { __mutant } from "${switches}"; `, from: undefined };
  return groups.length === 0 ? [{ text, from: 0 }] : [head, ...part(0, text.length)];

  /**
   * @param {number} start where a part begins
   * @param {number} end where it ends
   * @returns {Piece[]} the same with the switches that are in it
   */
  function part(start, end) {
    const pieces = [];
    for (let at = start; ; ) {
      const next = groups[0];
      if (next === undefined || next.scope.start >= end) {
        pieces.push({ text: text.slice(at, end), from: at });
        return pieces;
      }
      groups.shift();
      pieces.push({ text: text.slice(at, next.scope.start), from: at });
      pieces.push(...around(next, part(next.scope.start, next.scope.end)));
      at = next.scope.end;
    }
  }

  /**
   * @param {Place & { group: Switched[] }} place a place
   * @param {Piece[]} own what is there without a mutant
   * @returns {Piece[]} with the switches
   */
  function around({ shape, isTruth, group }, own) {
    const is = (/** @type {Switched | undefined} */ mutant) => `__mutant(${mutant?.number})`;
    const plain = (/** @type {string} */ text) => ({ text, from: undefined });
    if (shape === "statement") return [plain(`{ if (!${is(group[0])}) `), ...own, plain(" }")];
    if (shape === "value") {
      const forms = group.map((mutant) => `${is(mutant)} ? (${formOf(mutant)}) : `).join("");
      return [plain(`(${forms}(`), ...own, plain("))")];
    }
    const [never, always] = ["false", "true"].map((to) => group.find((mutant) => mutant.to === to));
    const negated = group.find((mutant) => mutant.to !== "false" && mutant.to !== "true");
    const before = negated === undefined ? "" : `${is(negated)} ? (${negated.to}) : `;
    // in this form the compiler still sees that what was compared with null isn't null
    const after = [never && ` && !${is(never)}`, always && ` || ${is(always)}`].filter(Boolean).join("");
    return [plain(`(${before}${isTruth ? "(" : "!!("}`), ...own, plain(`)${after})`)];
  }

  /**
   * @param {Switched} mutant a mutant of a value
   * @returns {string} the value with it
   */
  function formOf({ scope, start, end, from, to }) {
    // without the operator the type would be another one
    const by = from === "!" ? "!!" : to;
    return text.slice(scope.start, start) + by + text.slice(end, scope.end);
  }
}

/**
 * Finds the mutants that keep a source with switches from compiling.
 *
 * @param {Piece[]} pieces what was compiled
 * @param {{ line: number, column: number }} at where the compiler found fault, both from 1
 * @param {boolean} isNull whether something may be null there
 * @param {Switched[]} mutants those in it
 * @returns {Switched[]} those to leave out: of the smallest scope around it, or of the nearest condition in front of it
 *   for what may be null, or else of its function
 */
export function culprits(pieces, { line, column }, isNull, mutants) {
  const whole = pieces.map(({ text }) => text).join("");
  const before = whole.split("\n").slice(0, line - 1);
  let rest = before.join("\n").length + Math.min(before.length, 1) + column - 1;
  let at = 0;
  for (const { text, from } of pieces) {
    if (from !== undefined) at = from + Math.min(rest, text.length);
    if (rest < text.length) break;
    rest -= text.length;
  }
  const holds = (/** @type {import("./assemblyscript.mjs").Range | undefined} */ range) =>
    range !== undefined && range.start <= at && at <= range.end;
  if (isNull) {
    const before = mutants.filter(
      (mutant) =>
        mutant.start <= at && holds(mutant.around) && mutant.shape === "condition" && mutant.to !== "false",
    );
    const nearest = before.at(-1)?.scope;
    if (nearest !== undefined) {
      const isIn = (/** @type {Switched} */ { scope }) =>
        scope.start >= nearest.start && scope.end <= nearest.end;
      return mutants.filter((mutant) => isIn(mutant) && mutant.to !== "false");
    }
  }
  const around = mutants.filter(({ scope }) => holds(scope));
  const size = (/** @type {Switched} */ { scope }) => scope.end - scope.start;
  const least = Math.min(...around.map(size));
  if (around.length > 0) return around.filter((mutant) => size(mutant) === least);
  const inFunction = mutants.filter((mutant) => holds(mutant.around));
  return inFunction.length > 0 ? inFunction : mutants;
}
