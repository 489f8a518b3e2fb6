// Mutants of TypeScript, made by Stryker's instrumenter: all of them stand in one copy of the code, each behind a
// switch that asks for the number of the active one.

import { Instrumenter } from "@stryker-mutator/instrumenter";

/** @typedef {import("./mutant.mjs").Mutant} Mutant */

/** The instrumenter reports nothing that is of use here. */
const silent = /** @type {any} */ ({ isDebugEnabled: () => false, debug() {}, info() {} });

/**
 * Puts every mutant of some sources behind its switch.
 *
 * @param {{ path: string, text: string }[]} sources TypeScript, by path relative to the repository
 * @returns {Promise<{ sources: { path: string, text: string }[], mutants: Mutant[] }>} what runs in their place, and
 *   the mutants by their numbers
 */
export async function instrument(sources) {
  const files = sources.map(({ path, text }) => ({ name: path, mutate: true, content: text }));
  const made = await new Instrumenter(silent).instrument(files, {
    plugins: null,
    excludedMutations: [],
    ignorers: [],
  });
  const texts = new Map(sources.map(({ path, text }) => [path, { text, lines: startsOfLines(text) }]));
  const mutants = made.mutants.map(({ id, fileName, location, replacement = "" }) => {
    const { text, lines } = /** @type {{ text: string, lines: number[] }} */ (texts.get(fileName));
    // lines are counted from 0 here
    const start = (lines[location.start.line] ?? 0) + location.start.column;
    const end = (lines[location.end.line] ?? 0) + location.end.column;
    return {
      file: fileName,
      line: location.start.line + 1,
      start,
      end,
      from: text.slice(start, end),
      to: replacement,
      id: Number(id),
    };
  });
  return { sources: made.files.map(({ name, content }) => ({ path: name, text: content })), mutants };
}

/**
 * @param {string} text a source
 * @returns {number[]} where each of its lines begins
 */
function startsOfLines(text) {
  return [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
}
