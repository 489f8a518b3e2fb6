/** What is said of a run: by options, else by variables, else by `wasock.json`. */

import { nearest } from "../../host/messages/known-keys.ts";
import { printable } from "../../host/messages/printable.ts";
import { variable, variableNames } from "../../host/runtime/kind.ts";
import { Config, type RunValues } from "./config.ts";
import { type Flag, type Flags, RUN } from "./flags.ts";
import { readOptions } from "./options.ts";
import { UsageError } from "./usage.ts";

/** A run as it was asked for. */
export interface Given {
  readonly values: RunValues;
  /** Those of the command line alone. */
  readonly flags: RunValues;
  /** What stands before the file. */
  readonly own: readonly string[];
  readonly file: string | undefined;
  /** What stands behind it, which is the program's. */
  readonly rest: readonly string[];
  /** The file of settings; `undefined` where there is to be none. */
  readonly config: Config | undefined;
}

/**
 * Reads all of it.
 *
 * @throws UsageError that names what is not understood
 */
export function readGiven(args: readonly string[]): Given {
  const { own, file, rest } = split(args);
  const { values: flags } = readOptions("wasock run", RUN, own);
  if (flags.help === true || file === undefined) {
    return { values: flags, flags, own, file, rest, config: undefined };
  }
  const variables = readVariables();
  const config = Config.read(flags.config ?? variables.config);
  const values = merge([flags, variables, config?.of(file) ?? {}]);
  return { values, flags, own, file, rest, config };
}

// our options, up to the file
function split(args: readonly string[]): { own: string[]; file: string | undefined; rest: string[] } {
  const own: string[] = [];
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] as string;
    if (!arg.startsWith("-") || arg === "-") break;
    const flag = flagOf(arg);
    // a value that may be left out is one only behind =
    own.push(flag?.mayBeBare === true ? `${arg}=*` : arg);
    if (flag?.type === "string" && flag.mayBeBare !== true && at + 1 < args.length)
      own.push(args[++at] as string);
  }
  return { own, file: args[at], rest: args.slice(at + 1) };
}

function flagOf(arg: string): Flag | undefined {
  const name = arg.replace(/^--?/, "");
  if (!(arg.startsWith("--") ? name.length > 1 : name.length === 1)) return undefined;
  return Object.hasOwn(RUN, name) ? (RUN as Flags)[name] : undefined;
}

/** The first that says something of an option counts; what one denies stays denied. */
function merge(sources: readonly RunValues[]): RunValues {
  const values: RunValues = Object.assign({}, ...sources.toReversed());
  const denied = sources.flatMap((source) => source["deny-net"] ?? []);
  return denied.length > 0 ? { ...values, "deny-net": denied } : values;
}

const PREFIX = "WASOCK_";
/** Variables of the drop-in modules and of the library. */
const OTHERS: readonly string[] = ["WASOCK_OPTIONS"];

/** What variables say of the options. */
function readVariables(): RunValues {
  const flags = Object.entries(RUN as Flags);
  const known = [...flags.flatMap(([, { variable }]) => variable ?? []), ...OTHERS];
  for (const written of variableNames()) {
    if (!written.startsWith(PREFIX) || known.includes(written)) continue;
    const name = (text: string): string => text.slice(PREFIX.length);
    const near = nearest(name(written), known.map(name));
    if (near !== undefined)
      throw new UsageError(`${printable(written)} is not a variable: did you mean ${PREFIX}${near}?`);
  }
  const values: Record<string, string | boolean | string[]> = {};
  for (const [name, { variable: ours, type, multiple, topic }] of flags) {
    const text = ours === undefined ? undefined : variable(ours);
    if (ours === undefined || text === undefined || text === "") continue;
    if (type === "boolean") values[name] = isOn(ours, text);
    else if (multiple === true && !(topic === "network" && name !== "listen")) {
      values[name] = text.split(",").map((each) => each.trim());
    } else values[name] = multiple === true ? [text] : text;
  }
  return values as RunValues;
}

function isOn(variable: string, text: string): boolean {
  if (/^(?:1|true|yes|y|on)$/.test(text)) return true;
  if (/^(?:0|false|no|n|off)$/.test(text)) return false;
  throw new UsageError(`${variable} must be 1 or 0, and is ${printable(text)}`);
}
