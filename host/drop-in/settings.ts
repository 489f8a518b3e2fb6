/**
 * What the drop-in modules let a guest do. `jco transpile` gives no place to say so in code, so that variables of
 * the environment do; functions with the names of preview2-shim's set the rest before the guest runs.
 */

import type { HostOptions } from "../host.ts";
import { type Caps, defaultCaps } from "../io/caps.ts";
import { milliseconds } from "../io/milliseconds.ts";
import { nearest } from "../messages/known-keys.ts";
import { rulesInText } from "../policy/grammar.ts";
import { type Policy, withoutKinds } from "../policy/policy.ts";
import { policyByClock } from "../policy/rules.ts";
import { isWindows } from "../runtime/features.ts";
import { ENV_VARIABLE } from "./command.ts";

/** What may be told before the guest uses it. Plain data, since the host may be on another thread. */
export interface Settings {
  /** The folders of the guest: what it calls them, and where they are. */
  preopens: Record<string, string>;
  /** What the guest has no sockets or look-ups of, whatever is granted. */
  denied: ("tcp" | "udp" | "resolve")[];
}

/** Those of this process' guest. */
export const settings: Settings = { preopens: {}, denied: [] };

let taken = false;

/** Hands the settings to a host on another thread: from now on they can't be changed. */
export function takeSettings(): Settings {
  taken = true;
  return settings;
}

function change(what: string): Settings {
  if (taken) throw new Error(`${what} comes too late: the guest has used the host already`);
  return settings;
}

/** Gives the guest these folders and no others: what it calls each, and where it is. */
export function _setPreopens(preopens: Readonly<Record<string, string>>): void {
  change("_setPreopens").preopens = { ...preopens };
}

/** Gives the guest a folder more. */
export function _addPreopen(path: string, folder: string): void {
  change("_addPreopen").preopens[path] = folder;
}

/** Takes all folders from the guest. */
export function _clearPreopens(): void {
  change("_clearPreopens").preopens = {};
}

/** Takes TCP from the guest, whatever the environment grants. */
export function _denyTcp(): void {
  change("_denyTcp").denied.push("tcp");
}

/** Takes UDP from the guest, likewise. */
export function _denyUdp(): void {
  change("_denyUdp").denied.push("udp");
}

/** Takes look-ups of names from the guest, likewise. */
export function _denyDnsLookup(): void {
  change("_denyDnsLookup").denied.push("resolve");
}

/** The variables with rules of the policy. */
const VARIABLES = {
  allowNet: "WASOCK_ALLOW_NET",
  allowListen: "WASOCK_ALLOW_LISTEN",
  allowDns: "WASOCK_ALLOW_DNS",
  denyNet: "WASOCK_DENY_NET",
} as const;

/** Refuses variables that look like ours and are none: what one is to forbid would be passed over. */
function requireKnownVariables(env: NodeJS.ProcessEnv): void {
  const known = [...Object.values(VARIABLES), MAX_SOCKETS, LIMITS, ENV_VARIABLE, ...OF_THE_COMMAND].map(
    (name) => name.slice(PREFIX.length),
  );
  for (const variable of Object.keys(env)) {
    const written = isWindows ? variable.toUpperCase() : variable;
    if (!/^WASOCK_/i.test(written)) continue;
    const name = written.slice(PREFIX.length);
    if (known.includes(name) && written.startsWith(PREFIX)) continue;
    const near = nearest(name, known);
    if (near !== undefined)
      throw new TypeError(`${variable} is not a variable: did you mean ${PREFIX}${near}?`);
    if (!/ALLOW|DENY|NET|LISTEN|DNS|SOCKET|LIMIT|POLICY/i.test(name)) continue;
    throw new TypeError(
      `${variable} is not a variable: known are ${known.map((each) => PREFIX + each).join(", ")}`,
    );
  }
}

const PREFIX = "WASOCK_";

/** Variables of `wasock run`, which say nothing here. */
const OF_THE_COMMAND: readonly string[] = ["WASOCK_LISTEN"];

/** The variable with how many sockets may be open at a time. */
const MAX_SOCKETS = "WASOCK_MAX_SOCKETS";

/** The variable with other limits: `pollables=1000,streams=100`. */
const LIMITS = "WASOCK_LIMITS";

function capsOf(env: NodeJS.ProcessEnv): Partial<Caps> {
  const caps: Partial<Caps> = {};
  const set = (what: string, name: keyof Caps, text: string): void => {
    if (!/^[1-9]\d*$/.test(text))
      throw new TypeError(`${what} must be a whole number above 0, and is ${text}`);
    caps[name] = Number(text);
  };
  const limits = (env[LIMITS] ?? "").split(",").map((limit) => limit.trim());
  for (const limit of limits.filter((text) => text !== "")) {
    const [name = "", ...rest] = limit.split("=");
    const text = rest.join("=");
    if (!Object.hasOwn(defaultCaps, name)) {
      throw new TypeError(
        `${LIMITS}: there is no limit ${name}; known are ${Object.keys(defaultCaps).join(", ")}`,
      );
    }
    set(`${LIMITS}: ${name}`, name as keyof Caps, text);
  }
  const sockets = env[MAX_SOCKETS];
  if (sockets !== undefined) set(MAX_SOCKETS, "sockets", sockets);
  return caps;
}

/**
 * The host's options that the environment tells.
 *
 * @param env the variables: WASOCK_ALLOW_NET, WASOCK_ALLOW_LISTEN, WASOCK_ALLOW_DNS, WASOCK_DENY_NET, each a list of
 *   rules with commas between or `*`; WASOCK_MAX_SOCKETS, WASOCK_LIMITS. Without them a guest may do nothing
 * @param settings what was told in code
 * @throws TypeError that names the variable which is not understood
 */
export function hostOptionsOf(env: NodeJS.ProcessEnv, settings: Settings): HostOptions {
  requireKnownVariables(env);
  return {
    policy: withoutKinds(policyOf(env), settings.denied),
    caps: capsOf(env),
  };
}

function policyOf(env: NodeJS.ProcessEnv): Policy {
  const rules = Object.entries(VARIABLES).map(([name, variable]) => {
    const text = env[variable];
    return [name, rulesInText(text === undefined ? undefined : [text])] as const;
  });
  return policyByClock(Object.fromEntries(rules), milliseconds, VARIABLES);
}
