/**
 * Texts of a guest or a peer on their way to a terminal, a log or a message.
 */

/** The longest name that says anything: RFC 1035 allows 255 bytes. */
const LONGEST = 255;

/** What nearly all names are made of. */
const PLAIN = /^[\x20-\x7e]*$/;

// C0, DEL and C1; what has no shape of its own, such as marks of direction; ends of lines and paragraphs; lone
// surrogates. What is left moves no cursor, changes no order and ends no line.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * A text that can be shown: what would steer a terminal, reorder or end the line, or can't be seen at all is escaped
 * as in JavaScript (`\u001b`), and what is too long is cut and says how long it was.
 *
 * @param text whatever a guest, a peer or a file says
 * @param longest how many UTF-16 units are shown; default 255
 */
export function printable(text: string, longest: number = LONGEST): string {
  if (text.length <= longest) return escaped(text);
  const end = isHighSurrogate(text.charCodeAt(longest - 1)) ? longest - 1 : longest;
  return `${escaped(text.slice(0, end))}… (${Buffer.byteLength(text)} bytes)`;
}

/**
 * As {@link printable} for each line of a text that has several, such as a trap's.
 *
 * @param longest how many UTF-16 units of a line are shown; default 1,000
 * @param most how many lines are shown; default 40
 */
export function printableLines(text: string, longest = 1000, most = 40): string {
  const lines = text.split("\n", most + 1);
  const shown = lines.slice(0, most).map((line) => printable(line, longest));
  return [...shown, ...(lines.length > most ? ["…"] : [])].join("\n");
}

function escaped(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(HIDDEN, (character) => {
    const point = (character.codePointAt(0) as number).toString(16);
    return point.length > 4 ? `\\u{${point}}` : `\\u${point.padStart(4, "0")}`;
  });
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
