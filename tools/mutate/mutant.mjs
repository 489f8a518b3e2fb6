// What a mutant is, and a sample of them.

import { createHash } from "node:crypto";

/**
 * @typedef {object} Mutant a small change of one place that a test should notice
 * @property {string} file the source, relative to the repository
 * @property {number} line where, from 1
 * @property {number} start where the text begins that is replaced, in UTF-16 units
 * @property {number} end where it ends
 * @property {string} from that text
 * @property {string} to what stands there instead
 * @property {number} [id] the number of its switch, in TypeScript
 */

/**
 * Picks mutants, the same ones for the same seed; a change of other lines changes next to none of them.
 *
 * @template T
 * @param {readonly T[]} all what to pick from
 * @param {number} count how many
 * @param {number} seed any whole number
 * @param {(of: T) => string} nameOf what stays the same when other lines change; the same for more than one of them
 *   tells these apart by their order
 * @returns {T[]} those picked, in a random order
 */
export function sample(all, count, seed, nameOf) {
  const times = /** @type {Map<string, number>} */ (new Map());
  const ranked = all.map((of) => {
    const name = nameOf(of);
    const time = times.get(name) ?? 0;
    times.set(name, time + 1);
    return { of, rank: createHash("sha256").update([seed, name, time].join("\0")).digest("hex") };
  });
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked.slice(0, count).map(({ of }) => of);
}

/**
 * @param {Mutant} mutant a mutant
 * @param {string} text its source
 * @returns {string} what it changes, wherever that line stands in the source
 */
export function changeOf({ file, line, from, to }, text) {
  return [file, text.split("\n")[line - 1]?.trim(), from, to].join("\0");
}

/**
 * @param {string} text some source
 * @returns {string} the same on one line, shortened where it is long
 */
function brief(text) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 70 ? `${line.slice(0, 50)} … ${line.slice(-15)}` : line;
}

/**
 * Writes a mutant for people.
 *
 * @param {Mutant} mutant a mutant
 * @param {string} text the source that it is of
 * @returns {string} as in "host/io/poll.ts:12  `<` → `<=`  in `if (a < b) return;`"
 */
export function show({ file, line, from, to }, text) {
  const change = `${file}:${line}  \`${brief(from)}\` → ${to.trim() === "" ? "nothing" : `\`${brief(to)}\``}`;
  const whole = text.split("\n")[line - 1]?.trim() ?? "";
  return from.length < 20 && whole !== from ? `${change}  in \`${brief(whole)}\`` : change;
}
