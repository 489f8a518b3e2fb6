/**
 * Options by their names: a name that is not known would be passed over in silence, with what it was to forbid.
 */

/** Longer words are compared with nothing. */
const LONGEST = 40;

/**
 * The word that was probably meant.
 *
 * @param word what was written
 * @param known what there is
 * @returns one that differs only in case and in `-` or `_`, or else in few letters; `undefined` where none does
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined;
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, "");
  const wanted = plain(word);
  let best: string | undefined;
  let fewest = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const changes = distance(wanted, plain(candidate));
    if (changes < fewest) {
      best = candidate;
      fewest = changes;
    }
  }
  return best;
}

/** How many letters have to be added, left out, replaced or swapped with the next. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[to.length] ?? 0;
}

/**
 * Refuses an object that has keys which mean nothing, its own or inherited.
 *
 * @param where what to call the object in the message: `caps`
 * @param what what its keys are: `limit of a host`
 * @param given what was given
 * @param known the keys that mean something
 * @throws TypeError that names the key, and the one that was probably meant
 */
export function requireKnownKeys(
  where: string,
  what: string,
  given: unknown,
  known: readonly string[],
): void {
  if (typeof given !== "object" || given === null) {
    throw new TypeError(`${where} must be an object, and is ${given === null ? "null" : typeof given}`);
  }
  for (const key in given) {
    if (known.includes(key) || (!Object.hasOwn(given, key) && Object.hasOwn(Object.prototype, key))) continue;
    const near = nearest(key, known);
    const hint = near === undefined ? `known are ${known.join(", ")}` : `did you mean ${near}?`;
    throw new TypeError(`${where}.${key} is not ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}: ${hint}`);
  }
}
