/**
 * Names of a guest: what they may be, and how they are printed.
 *
 * Source: the component model's `Explainer.md`, "Import and Export Definitions" and "Name Uniqueness".
 */

import { printable } from "../messages/printable.ts";

const WORD = "[0-9a-z]+";
const LABEL = `(?:[a-z][0-9a-z]*|[A-Z][0-9A-Z]*)(?:-(?:${WORD}|[0-9A-Z]+))*`;
const WORDS = `[a-z][0-9a-z]*(?:-${WORD})*`;
const VERSION = "@[0-9A-Za-z.+-]+";

const label = new RegExp(`^${LABEL}$`);
const interfaceName = new RegExp(`^(?:${WORDS}:)+${WORDS}(?:/${LABEL})+(?:${VERSION})?$`);
const plainName = new RegExp(`^(?:\\[constructor\\])?${LABEL}$|^\\[(?:method|static)\\]${LABEL}\\.${LABEL}$`);

/** Longer ones are in no program, and would be read aloud in messages. */
const LONGEST = 1024;

/** Whether a text is a label: the name of a field, a case, a flag, a parameter. */
export function isLabel(text: string): boolean {
  return text.length <= LONGEST && label.test(text);
}

/** Whether a text may be the name of an import or an export of a component. */
export function isExternName(text: string): boolean {
  return text.length <= LONGEST && (plainName.test(text) || interfaceName.test(text));
}

/** Whether a text may be an interface name. */
export function isInterfaceName(text: string): boolean {
  return text.length <= LONGEST && interfaceName.test(text);
}

/** What two names that may not be side by side have in common. */
export function uniqueKey(name: string): string {
  const constructed = name.startsWith("[constructor]");
  const bare = name.replace(/^\[[a-z]+\]/, "").toLowerCase();
  // a constructor goes by its resource's name, and so does a member that is called like its resource
  const [of, member] = bare.split(".");
  if (constructed) return `[constructor]${bare}`;
  return member !== undefined && of === member ? `${of}` : bare;
}

/** A text of a guest as messages show it: in quotes, of bounded length, without anything that a terminal obeys. */
export function quoted(text: string): string {
  return `"${printable(text.replace(/["\\]/g, "\\$&"), 100)}"`;
}
