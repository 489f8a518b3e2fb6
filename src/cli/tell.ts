/** The command's messages on stderr: sentences for people, or lines of JSON for programs. */
import { printableLines } from "../../host/messages/printable.ts";
import { variable } from "../../host/runtime/kind.ts";

/** How a word is shown. */
export type Tone = "bad" | "hint" | "good" | "quiet";

const CODES: Readonly<Record<Tone, string>> = { bad: "31", hint: "33", good: "32", quiet: "2" };

/** Whether a stream is to have colours: a terminal, where NO_COLOR doesn't forbid it (no-color.org). */
function hasColours(stream: { readonly isTTY?: boolean }): boolean {
  return (variable("NO_COLOR") ?? "") === "" && stream.isTTY === true && variable("TERM") !== "dumb";
}

/** Colours a text, where the stream has them. */
export function paint(
  tone: Tone,
  text: string,
  stream: { readonly isTTY?: boolean } = process.stderr,
): string {
  return hasColours(stream) ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;
}

let asJson = false;

/** Has all be told as lines of JSON from now on. */
export function tellJson(): void {
  asJson = true;
}

/** Whether all is told so. */
export function tellsJson(): boolean {
  return asJson;
}

/**
 * Says something.
 *
 * @param kind what kind of news it is, for programs: `error`, `refused`, `end`
 * @param message a sentence
 * @param more what else programs are told
 */
export function tell(kind: string, message: string, more: object = {}, tone: Tone = "quiet"): void {
  if (asJson) console.error(JSON.stringify({ kind, message, ...more }));
  else console.error(`${paint(tone, "wasock:")} ${printableLines(message)}`);
}
