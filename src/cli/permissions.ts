/** Grants of `wasock run`'s flags: rules, and Wasmtime's `-S`. */
import { milliseconds } from "../../host/io/milliseconds.ts";
import { nearest } from "../../host/messages/known-keys.ts";
import { rulesInText } from "../../host/policy/grammar.ts";
import type { Kind } from "../../host/policy/policy.ts";
import { type PolicyRules, policyByClock } from "../../host/policy/rules.ts";
import { UsageError } from "./usage.ts";

/** The flags, as they were given: each may be there several times. */
export interface PermissionFlags {
  readonly "allow-net"?: readonly string[] | undefined;
  readonly "allow-listen"?: readonly string[] | undefined;
  readonly "allow-dns"?: readonly string[] | undefined;
  readonly "deny-net"?: readonly string[] | undefined;
  readonly S?: readonly string[] | undefined;
}

/** The grants. */
export interface Granted {
  readonly policy: PolicyRules;
  /** What there is none of, whatever the rules grant. */
  readonly without: readonly Kind[];
}

/** Every address and no name: what `-S inherit-network` is to Wasmtime. */
const ADDRESSES = ["0.0.0.0/0", "::/0"];

const WASMTIME = ["inherit-network", "tcp", "udp", "allow-ip-name-lookup"] as const;
type WasmtimeOption = (typeof WASMTIME)[number];

/**
 * Reads the flags.
 *
 * @throws UsageError that names the flag, and what is wrong with it
 */
export function permissionsOf(flags: PermissionFlags): Granted {
  const options = wasmtimeOptions(flags.S ?? []);
  const everything = options.get("inherit-network") === true;
  for (const list of flags["deny-net"] ?? []) {
    if (String(rulesInText([list])) === "")
      throw new UsageError("--deny-net takes rules: --deny-net=private");
  }
  const names = options.get("allow-ip-name-lookup") === true;
  const net = rulesInText(flags["allow-net"]);
  const rules = {
    allowNet: everything && net !== true ? (names ? true : [...ADDRESSES, ...(net || [])]) : net,
    allowListen: everything || rulesInText(flags["allow-listen"]),
    allowDns: names || rulesInText(flags["allow-dns"]),
    denyNet: rulesInText(flags["deny-net"]),
  } satisfies PolicyRules;
  const without = (["tcp", "udp"] as Kind[]).filter((kind) => options.get(kind as WasmtimeOption) === false);
  if (options.get("allow-ip-name-lookup") === false) without.push("resolve");
  check(rules);
  return { policy: rules, without };
}

/** The flags with rules. */
const FLAGS = {
  allowNet: "--allow-net",
  allowListen: "--allow-listen",
  allowDns: "--allow-dns",
  denyNet: "--deny-net",
} as const;

function check(rules: PolicyRules): void {
  try {
    policyByClock(rules, milliseconds, FLAGS);
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
}

/** Of each option the last that was said of it counts, as in Wasmtime; the order among them does not. */
function wasmtimeOptions(lists: readonly string[]): ReadonlyMap<WasmtimeOption, boolean> {
  const options = new Map<WasmtimeOption, boolean>();
  for (const text of lists.flatMap((list) => list.split(","))) {
    const at = text.indexOf("=");
    const name = (at < 0 ? text : text.slice(0, at)) as WasmtimeOption;
    if (!WASMTIME.includes(name)) {
      const near = nearest(name, WASMTIME);
      const hint = near === undefined ? `known are ${WASMTIME.join(", ")}` : `did you mean ${near}?`;
      throw new UsageError(`-S ${text}: ${hint}`);
    }
    options.set(name, at < 0 || isOn(text, text.slice(at + 1)));
  }
  return options;
}

function isOn(option: string, value: string): boolean {
  switch (value) {
    case "y":
    case "yes":
    case "true":
      return true;
    case "n":
    case "no":
    case "false":
      return false;
    default:
      throw new UsageError(`-S ${option}: the value must be y, yes or true, or n, no or false`);
  }
}
