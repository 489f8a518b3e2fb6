/** Rules of faults in words: `latency=50ms jitter=20ms to 127.0.0.1:5432`. docs/testing.md has the grammar. */

import { nearest } from "../../messages/known-keys.ts";
import { printable } from "../../messages/printable.ts";
import { quantity, SIZES, TIMES } from "../../messages/quantity.ts";
import { type FaultRule, type Partition, requireRule, type Unit } from "./rules.ts";
import { Target } from "./target.ts";

/** What a word with a value sets, and what the value counts; `after` is a size or a time. */
const SETTINGS: Readonly<Record<string, readonly [key: string, unit: Unit | "end"]>> = {
  latency: ["latency", "time"],
  jitter: ["jitter", "time"],
  bandwidth: ["bandwidth", "rate"],
  refuse: ["refuse", "part"],
  timeout: ["timeout", "time"],
  "slow-close": ["slowClose", "time"],
  slice: ["slice", "size"],
  variation: ["sliceVariation", "size"],
  delay: ["sliceDelay", "time"],
  "limit-data": ["limitData", "size"],
  after: ["resetAfter", "end"],
  from: ["from", "time"],
  for: ["for", "time"],
  loss: ["loss", "part"],
  duplicate: ["duplicate", "part"],
  reorder: ["reorder", "part"],
  toxicity: ["toxicity", "part"],
};

/** Words without a value. */
const BARE = ["reset", "partition", "refuse", "timeout", "up", "down", "tcp", "udp", "to"] as const;

const WORDS: readonly string[] = [...new Set([...Object.keys(SETTINGS), ...BARE])];

/** Words that say something of another one, which must be there. */
const OF: ReadonlyMap<string, string> = new Map([
  ["variation", "slice"],
  ["delay", "slice"],
  ["after", "reset"],
  ["from", "partition"],
  ["for", "partition"],
]);

const FINE_TIMES: ReadonlyMap<string, number> = new Map([["us", 0.001], ...TIMES]);

const LOOKS: Readonly<Record<Unit | "end", string>> = {
  time: "a time, as 50ms, 2s or 1m",
  size: "a size, as 512B, 64KiB or 1MiB",
  rate: "a rate, as 64KiB/s or 1MiB/s",
  part: "a part, as 10% or 0.1",
  end: "a size or a time, as 1MiB or 2s",
};

function size(text: string): number | undefined {
  const bytes = quantity(text, SIZES);
  return bytes === undefined ? undefined : Math.round(bytes);
}

function part(text: string): number | undefined {
  const [, number, percent] = /^(\d{1,3}(?:\.\d{1,9})?)(%?)$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const value = percent === "%" ? Number(number) / 100 : Number(number);
  return value <= 1 ? value : undefined;
}

function numberOf(unit: Unit, text: string): number | undefined {
  if (unit === "time") return quantity(text, FINE_TIMES);
  if (unit === "size") return size(text);
  if (unit === "rate") return text.endsWith("/s") ? size(text.slice(0, -2)) : undefined;
  return part(text);
}

/**
 * Reads a rule in words.
 *
 * @param text such as `reset after=1MiB to 10.0.0.0/8:5432`
 * @throws TypeError that names the word that was not understood
 */
export function parseFault(text: string): FaultRule {
  const refuse = (why: string): TypeError => new TypeError(`${printable(text, 200)}: ${why}`);
  const rule: Record<string, unknown> = {};
  const partition: Record<string, unknown> = {};
  const said = new Set<string>();
  const words = text.split(/\s+/).filter((word) => word !== "");
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    if (!WORDS.includes(name)) {
      const near = nearest(name, WORDS);
      const hint = near === undefined ? `known are ${WORDS.join(", ")}` : `did you mean ${near}?`;
      throw refuse(`there is no ${printable(name)}: ${hint}`);
    }
    if (said.has(name)) throw refuse(`${name} is said twice`);
    said.add(name);
    const value = equals < 0 ? undefined : word.slice(equals + 1);
    if (name === "to") {
      rule["to"] = value ?? words[++at];
      if (rule["to"] === undefined) throw refuse("to is followed by whom it is about, as 127.0.0.1:5432");
    } else if (value === undefined) take(name, rule, refuse);
    else set(name, value, rule, partition, refuse);
  }
  for (const [word, of] of OF) {
    if (said.has(word) && !said.has(of)) throw refuse(`${word} says something of ${of}, which is missing`);
  }
  if (said.has("up") && said.has("down")) throw refuse("up and down together are what is without them");
  if (said.has("tcp") && said.has("udp")) throw refuse("tcp and udp together are what is without them");
  if (said.has("reset") && !said.has("after")) rule["resetIn"] = 0;
  if (said.has("partition")) rule["partition"] = partition as Partition;
  const isAbout = Object.keys(rule).some((key) => !["to", "protocol", "direction", "toxicity"].includes(key));
  if (!isAbout) throw refuse("it says nothing of what goes wrong, as latency=50ms");
  try {
    requireRule(rule as FaultRule);
    new Target(rule["to"] as string | undefined, undefined);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  return rule as FaultRule;
}

type Refuse = (why: string) => TypeError;
type Some = Record<string, unknown>;

/** A word without a value. */
function take(name: string, rule: Some, refuse: Refuse): void {
  if (!(BARE as readonly string[]).includes(name)) {
    const unit = SETTINGS[name]?.[1] ?? "part";
    throw refuse(`${name} takes ${LOOKS[unit]}: ${name}=…`);
  }
  if (name === "up" || name === "down") rule["direction"] = name;
  else if (name === "tcp" || name === "udp") rule["protocol"] = name;
  else if (name === "refuse") rule["refuse"] = 1;
  else if (name === "timeout") rule["timeout"] = 0;
}

function set(name: string, value: string, rule: Some, partition: Some, refuse: Refuse): void {
  const [key, unit] = SETTINGS[name] ?? [];
  if (key === undefined || unit === undefined) throw refuse(`${name} takes no value`);
  const isTime = unit === "end" && size(value) === undefined;
  const number = numberOf(unit === "end" ? (isTime ? "time" : "size") : unit, value);
  if (number === undefined) throw refuse(`${name} takes ${LOOKS[unit]}, and is given ${printable(value)}`);
  const to = OF.get(name) === "partition" ? partition : rule;
  to[isTime ? "resetIn" : key] = number;
}
