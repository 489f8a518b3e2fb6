// AssemblyScript has decorators on functions, which parsers of TypeScript refuse: its files are read as copies in which
// the decorators are comments.

/** Where AssemblyScript lives. */
export const ASSEMBLYSCRIPT = ["assembly", "examples/assembly", "test/assembly/programs", "bench/programs"];

/**
 * Turns decorators into comments that Biome leaves where they are: those on a line of their own, and those at the
 * start of the line of what they decorate.
 *
 * @param {string} source AssemblyScript
 * @returns {string} TypeScript with as many lines
 */
export function mask(source) {
  const decorator = String.raw`@\w+(?:\((?:"[^"\n]*"|[^()"])*\))?`;
  return source
    .replace(new RegExp(`^([ \\t]*)(${decorator})[ \\t]*$`, "gm"), (_, indent, text) => {
      return `${indent}//${text.replace(/\n/g, "\n//@|")}`;
    })
    .replace(new RegExp(`^([ \\t]*)((?:${decorator}[ \\t]+)+)(?=\\S)`, "gm"), (_, indent, all) => {
      return `${indent}/*${all.trimEnd()}*/ `;
    });
}

/**
 * Turns the comments of `mask` into decorators again.
 *
 * @param {string} source what `mask` made, formatted
 * @returns {string} AssemblyScript
 */
export function unmask(source) {
  return source
    .replace(/^[ \t]*\/\/@\|/gm, "")
    .replace(/^([ \t]*)\/\/(@\w+)/gm, "$1$2")
    .replace(/^([ \t]*)\/\*(@\w[^\n]*?)\*\/ /gm, "$1$2 ");
}
