/** Options of the commands: what is misspelt names what was probably meant. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { printable } from "../../host/io/printable.ts";
import { nearest } from "../../host/known-keys.ts";
import { UsageError } from "./usage.ts";

/**
 * Reads options as `parseArgs` of node:util.
 *
 * @param command whose they are, for the message: `wasock run`
 * @throws UsageError when there is no such option, or it lacks its value
 */
export function readOptions<const T extends ParseArgsConfig>(
  command: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || !code.startsWith("ERR_PARSE_ARGS")) throw error;
    const [, given] = /^Unknown option '(-[^']*)'/.exec(message) ?? [];
    if (given === undefined) throw new UsageError(`${command}: ${printable(message, 1000)}`);
    throw new UsageError(
      `${command}: there is no option ${printable(given)}${hint(given, config.options ?? {})}`,
    );
  }
}

function hint(given: string, options: NonNullable<ParseArgsConfig["options"]>): string {
  const near = nearest(given.replace(/^-+/, ""), Object.keys(options));
  if (near === undefined) return "; --help lists them";
  return `; did you mean ${near.length === 1 ? "-" : "--"}${near}?`;
}
