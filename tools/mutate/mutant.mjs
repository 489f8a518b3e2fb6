// What a mutant is, and a sample of them.

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
 * Picks mutants, the same ones for the same seed.
 *
 * @template T
 * @param {readonly T[]} all what to pick from
 * @param {number} count how many
 * @param {number} seed any whole number
 * @returns {T[]} those picked, in a random order
 */
export function sample(all, count, seed) {
  const rest = [...all];
  let state = seed >>> 0;
  // mulberry32
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
  const picked = [];
  while (picked.length < count && rest.length > 0) {
    picked.push(...rest.splice(Math.floor(random() * rest.length), 1));
  }
  return picked;
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
