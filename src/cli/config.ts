/** `wasock.json`: what the options of `wasock run` say, for all programs of a folder and for each. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { nearest } from "../../host/messages/known-keys.ts";
import { printable } from "../../host/messages/printable.ts";
import type { PermissionRequest } from "../../host/policy/asking.ts";
import { type Flag, RUN } from "./flags.ts";
import type { Values } from "./options.ts";
import { isTrusted, replaceFile, trust } from "./trust.ts";
import { UsageError } from "./usage.ts";

/** What is said of `wasock run`. */
export type RunValues = Values<typeof RUN>;

/** The file's name. */
export const CONFIG = "wasock.json";

const FLAGS: readonly (readonly [string, Flag])[] = Object.entries(RUN as Record<string, Flag>);
const PROGRAMS = "programs";
/** Where an installation has it. */
const SCHEMA = "./node_modules/wasock/build/wasock.schema.json";
/** Keys that are no options. */
const OTHERS: readonly string[] = ["$schema", PROGRAMS];

type Json = Readonly<Record<string, unknown>>;

/** A file that was read, or one that there could be. */
export class Config {
  readonly #path: string;
  #json: Json;

  private constructor(path: string, json: Json) {
    this.#path = path;
    this.#json = json;
  }

  /**
   * Reads a file that is trusted.
   *
   * @param given what `--config` says
   * @returns `undefined` where there is to be none
   * @throws UsageError when it isn't trusted, or not understood
   */
  static read(given: string | undefined): Config | undefined {
    if (given === "none") return undefined;
    const path = given ?? CONFIG;
    if (!existsSync(path)) {
      if (given !== undefined)
        throw new UsageError(`--config ${printable(given, 1000)}: there is no such file`);
      return new Config(resolve(path), {});
    }
    const bytes = bytesOf(path);
    const json = parse(path, bytes);
    if (!isTrusted(path, bytes)) {
      throw new UsageError(
        `${printable(path, 1000)} is new, or has changed since you trusted it: "wasock trust${path === CONFIG ? "" : ` ${printable(path, 1000)}`}" ` +
          "shows what it grants and trusts it, --config=none leaves it out",
      );
    }
    return new Config(resolve(path), json);
  }

  /** What it says of a program: of the program itself, else of all. */
  of(program: string): RunValues {
    const own = this.#own(program);
    const common = valuesOf(this.#json, this.#path);
    const values = valuesOf(own, this.#path);
    const denied = [...(common["deny-net"] ?? []), ...(values["deny-net"] ?? [])];
    return { ...common, ...values, ...(denied.length > 0 && { "deny-net": denied }) };
  }

  /** Notes a rule for a program, and trusts what is there then. */
  add(program: string, { option, rule, name }: PermissionRequest): void {
    const own = this.#own(program);
    const rules = [...(listOf(own[option]) ?? listOf(this.#json[option]) ?? []), rule];
    // who may connect to a name may look it up
    const names = listOf(own["allowDns"])?.filter((each) => option !== "allowNet" || each !== name);
    const changed = {
      ...own,
      ...(names !== undefined && { allowDns: names }),
      [option]: rules,
    };
    const { programs = {}, ...rest } = this.#json as { programs?: Json };
    this.#json = { $schema: SCHEMA, ...rest, programs: { ...programs, [this.#key(program)]: changed } };
    const text = `${JSON.stringify(this.#json, null, 2)}\n`;
    replaceFile(this.#path, text);
    trust(this.#path, Buffer.from(text));
  }

  #own(program: string): Json {
    const { programs = {} } = this.#json as { programs?: Json };
    const key = this.#key(program);
    return Object.hasOwn(programs, key) ? (programs[key] as Json) : {};
  }

  #key(program: string): string {
    return relative(dirname(this.#path), resolve(program)).split(sep).join("/");
  }
}

/**
 * Reads a file, whoever wrote it, and checks that it is understood.
 *
 * @throws UsageError that names the key
 */
export function readUntrusted(path: string): Uint8Array {
  const bytes = bytesOf(path);
  parse(path, bytes);
  return bytes;
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT"
        ? "there is no such file"
        : code === "EISDIR"
          ? "this is a folder"
          : `it can't be read: ${code}`;
    throw new UsageError(`${printable(path, 1000)}: ${why}`);
  }
}

function parse(path: string, bytes: Buffer): Json {
  const name = printable(path, 1000);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch (error) {
    throw new UsageError(`${name}: ${printable((error as Error).message)}`);
  }
  const checked = objectOf(json, name);
  valuesOf(checked, path);
  const { programs = {} } = checked as { programs?: unknown };
  for (const [program, own] of Object.entries(objectOf(programs, `${name}: ${PROGRAMS}`))) {
    const where = `${path}: ${program}`;
    if (Object.hasOwn(objectOf(own, where), PROGRAMS))
      throw new UsageError(`${printable(where)}: programs have no programs`);
    valuesOf(own as Json, where);
  }
  return checked;
}

function objectOf(json: unknown, where: string): Json {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Json;
  throw new UsageError(`${where}: this must be an object`);
}

/** The options that an object has, as if they had been given on the command line. */
function valuesOf(json: Json, path: string): RunValues {
  const where = printable(path, 1000);
  const values: Record<string, string | boolean | string[]> = {};
  for (const [key, value] of Object.entries(json)) {
    if (OTHERS.includes(key)) continue;
    const found = FLAGS.find(([, flag]) => flag.key === key);
    if (found === undefined) {
      const keys = FLAGS.flatMap(([, flag]) => flag.key ?? []);
      const near = nearest(key, keys);
      const hint = near === undefined ? `known are ${keys.join(", ")}` : `did you mean ${near}?`;
      throw new UsageError(`${where}: there is no ${printable(key)}: ${hint}`);
    }
    const [name, flag] = found;
    values[name] = optionOf(flag, value, `${where}: ${key}`);
  }
  return values as RunValues;
}

function optionOf(flag: Flag, value: unknown, where: string): string | boolean | string[] {
  const wrong = (wanted: string): UsageError =>
    new UsageError(`${where} must be ${wanted}, and is ${printable(JSON.stringify(value))}`);
  if (flag.type === "boolean") {
    if (typeof value !== "boolean") throw wrong("true or false");
    return value;
  }
  if (flag.multiple !== true) {
    if (typeof value === "number" && flag.key === "maxSockets") return String(value);
    if (typeof value !== "string") throw wrong(flag.key === "maxSockets" ? "a number" : "a text");
    return value;
  }
  if (flag.mayBeBare === true && typeof value === "boolean") return value ? ["*"] : [];
  if (flag.key === "limits") {
    return Object.entries(objectOf(value, where)).map(([name, limit]) => `${name}=${String(limit)}`);
  }
  const list = listOf(value);
  if (list === undefined)
    throw wrong(flag.mayBeBare === true ? "true, false or a list of texts" : "a list of texts");
  return list;
}

function listOf(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined;
}
