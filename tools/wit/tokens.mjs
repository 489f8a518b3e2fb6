// The words of WIT: names, signs, versions, and the comments that document what follows them.
//
// Source: the component model's WIT.md, "Lexical structure".

/** WIT that is not as it should be: says the file and the line. */
export class WitError extends Error {
  /**
   * @param {Place} place
   * @param {string} what
   */
  constructor({ file, line, column }, what) {
    super(`${file}:${line}:${column}: ${what}`);
    this.name = "WitError";
  }
}

/**
 * @typedef {object} Place where something stands, for messages
 * @property {string} file
 * @property {number} line from 1 on
 * @property {number} column from 1 on
 */

/**
 * @typedef {object} Token
 * @property {"word" | "sign" | "number" | "end"} kind
 * @property {string} text a name without its `%`
 * @property {boolean} escaped whether it had one: then it is a name, whatever it says
 * @property {string} docs the text of the `///` comments before it
 * @property {Place} place
 */

const SPACE = /[ \t\r\n]+/y;
const LINE_COMMENT = /\/\/[^\n]*/y;
// words of lower or of upper case, and digits in them, with single hyphens between
const WORD = /%?[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*/y;
const LABEL = /^(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)(?:-(?:[a-z0-9]+|[A-Z0-9]+))*$/;
const VERSION = /\d+(?:\.\d+(?:\.\d+)?)?(?:-[0-9A-Za-z.-]*[0-9A-Za-z-])?(?:\+[0-9A-Za-z.-]*[0-9A-Za-z-])?/y;
const SIGN = /->|[{}()<>:;,./=@*_]/y;

/**
 * Splits WIT into words.
 *
 * @param {string} text
 * @param {string} file what messages call it
 * @returns {Token[]} the last one is of kind `end`
 * @throws WitError on what is no word of WIT
 */
export function tokens(text, file) {
  /** @type {Token[]} */
  const found = [];
  /** @type {string[]} */
  let docs = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  const place = () => ({ file, line, column: at - lineStart + 1 });
  const step = (/** @type {string} */ passed) => {
    for (let i = passed.indexOf("\n"); i !== -1; i = passed.indexOf("\n", i + 1)) {
      line += 1;
      lineStart = at + i + 1;
    }
    at += passed.length;
  };
  const match = (/** @type {RegExp} */ pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  /**
   * @param {Token["kind"]} kind
   * @param {string} word
   */
  const add = (kind, word) => {
    const escaped = word.startsWith("%");
    found.push({
      kind,
      text: escaped ? word.slice(1) : word,
      escaped,
      docs: docs.join("\n"),
      place: place(),
    });
    docs = [];
    step(word);
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space !== undefined) {
      step(space);
      continue;
    }
    const comment = match(LINE_COMMENT) ?? blockComment(text, at, place);
    if (comment !== undefined) {
      docs.push(...documentation(comment));
      step(comment);
      continue;
    }
    const word = match(WORD);
    if (word !== undefined) {
      if (!LABEL.test(word.replace("%", ""))) {
        throw new WitError(place(), `${word} mixes cases: a part of a name is all lower or all upper case`);
      }
      add("word", word);
      continue;
    }
    const number = match(VERSION);
    if (number !== undefined) {
      add("number", number);
      continue;
    }
    const sign = match(SIGN);
    if (sign === undefined) {
      throw new WitError(
        place(),
        `${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))} has no meaning in WIT`,
      );
    }
    add("sign", sign);
  }
  add("end", "");
  return found;
}

/**
 * A block comment, which may hold others.
 *
 * @param {string} text
 * @param {number} start
 * @param {() => Place} place
 * @returns {string | undefined} nothing where none starts
 */
function blockComment(text, start, place) {
  if (!text.startsWith("/*", start)) return undefined;
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let found = edge.exec(text); found !== null; found = edge.exec(text)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return text.slice(start, edge.lastIndex);
  }
  throw new WitError(place(), "this comment has no end");
}

/**
 * @param {string} comment
 * @returns {string[]} its lines where it documents something
 */
function documentation(comment) {
  if (comment.startsWith("///")) return [comment.slice(3).trim()];
  if (!comment.startsWith("/**") || comment === "/**/") return [];
  return comment
    .slice(3, -2)
    .trim()
    .split("\n")
    .map((line) => line.trim().replace(/^\* ?/, ""));
}
