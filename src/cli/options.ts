/** Options of the commands: what is misspelt names what was probably meant. */
import { parseArgs } from "node:util";
import { nearest } from "../../host/messages/known-keys.ts";
import { printable } from "../../host/messages/printable.ts";
import type { Flag, Flags } from "./flags.ts";
import { UsageError } from "./usage.ts";

/** What was said of the options: each at most as often as it may be. */
export type Values<T extends Flags> = {
  -readonly [Name in keyof T]?: Value<T[Name]> | undefined;
};

type Value<T extends Flag> = T["type"] extends "boolean"
  ? boolean
  : T extends { multiple: true }
    ? string[]
    : string;

/**
 * Reads options and what stands between them.
 *
 * @param command whose they are, for the message: `wasock run`
 * @throws UsageError when there is no such option, or it lacks its value
 */
export function readOptions<T extends Flags>(
  command: string,
  flags: T,
  args: readonly string[],
): { values: Values<T>; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type, multiple = false, short }]) => [
      name,
      { type, multiple, ...(short !== undefined && { short }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({
      ...{ args: [...args], options, allowPositionals: true, allowNegative: true },
    });
    return { values: values as Values<T>, positionals };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || !code.startsWith("ERR_PARSE_ARGS")) throw error;
    const [, given] = /^Unknown option '(-[^']*)'/.exec(message) ?? [];
    if (given === undefined) throw new UsageError(`${command}: ${valueProblem(message, flags)}`);
    throw new UsageError(`${command}: there is no option ${printable(given)}${hint(given, flags)}`);
  }
}

// Node's words are about its own parser
function valueProblem(message: string, flags: Flags): string {
  const [quoted = ""] = /'[^']*'/.exec(message) ?? [];
  const names = quoted.match(/--?[^ ,'=]+/g) ?? [];
  const option = names.find((name) => name.length > "--S".length) ?? names[0] ?? "";
  const { type, value } = flags[option.replace(/^-+/, "")] ?? {};
  if (type === "boolean") return `${option} takes no value`;
  const written = `${option}${option.startsWith("--") ? "=" : " "}${value ?? "value"}`;
  const dash = message.includes("ambiguous") ? "; a value that begins with - is joined to it by =" : "";
  return `${option} takes a value: ${written}${dash}`;
}

function hint(given: string, options: Flags): string {
  const near = nearest(given.replace(/^-+/, ""), Object.keys(options));
  if (near === undefined) return "; --help lists them";
  return `; did you mean ${near.length === 1 ? "-" : "--"}${near}?`;
}
