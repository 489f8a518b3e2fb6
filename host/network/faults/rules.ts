/** What can go wrong, as rules: their words, their limits, and what several of them say together. */

import { describeAnswer } from "../../messages/answers.ts";
import { requireKnownKeys } from "../../messages/known-keys.ts";

/** A way through a network: what the program sends, or what comes to it. */
export type Direction = "up" | "down";

/**
 * What goes wrong with what goes to a peer, and comes from it. Of each setting the first rule counts that is about the peer
 * and says something of it.
 */
export interface FaultRule {
  /**
   * Whom it is about: a rule as of `PolicyRules.allowNet`, `[tcp://|udp://]host[:ports]`. A name stands for the addresses
   * that it was looked up for on this network. Default everybody.
   */
  readonly to?: string;
  /** What it is about; default both. */
  readonly protocol?: "tcp" | "udp";
  /**
   * What the program sends (`"up"`), or what comes to it (`"down"`); default both, but for latency, which is of what comes
   * then, so that a round trip takes so much longer.
   */
  readonly direction?: Direction;
  /** The part of connections that it is about, from 0 to 1, each decided when it begins; default 1. */
  readonly toxicity?: number;
  /** By how much later it comes through, in milliseconds; connecting takes as much longer; default 0. */
  readonly latency?: number;
  /** By how much more at most, in milliseconds, each time anew; default 0. */
  readonly jitter?: number;
  /** How many bytes a second come through, of each connection and each UDP socket; default no limit. */
  readonly bandwidth?: number;
  /** The part of connections that are refused, from 0 to 1; default 0. */
  readonly refuse?: number;
  /** Lets nothing through, and closes a connection after so many milliseconds; 0 for never. Default: all comes through. */
  readonly timeout?: number;
  /** By how much later the end of a direction comes through, in milliseconds; default 0. */
  readonly slowClose?: number;
  /** Cuts what goes through a connection into pieces of so many bytes; default not at all. */
  readonly slice?: number;
  /** By how many bytes the size of a slice differs at most; default 0. */
  readonly sliceVariation?: number;
  /** How long it takes from one slice to the next, in milliseconds; default 0. */
  readonly sliceDelay?: number;
  /** Closes a connection when so many bytes have come through, which the last one does; default never. */
  readonly limitData?: number;
  /** Breaks a connection when more bytes than these have gone through it, both ways together; default never. */
  readonly resetAfter?: number;
  /** Breaks a connection so many milliseconds after it stood; default never. */
  readonly resetIn?: number;
  /** When nothing comes through: what TCP sends waits for the end of it, datagrams are lost. */
  readonly partition?: Partition;
  /** The part of datagrams that are lost, from 0 to 1; default 0. */
  readonly loss?: number;
  /** The part of datagrams that come twice; default 0. */
  readonly duplicate?: number;
  /** The part of datagrams that others overtake: they take twice the latency, and 10 ms more; default 0. */
  readonly reorder?: number;
}

/** A time in which nothing comes through. */
export interface Partition {
  /** When it begins, in milliseconds after the network with faults was made; default 0. */
  readonly from?: number;
  /** How long it takes, in milliseconds; default for ever. */
  readonly for?: number;
}

/** What a number of a rule counts. */
export type Unit = "time" | "size" | "rate" | "part";

/** The settings that are a number, and what it counts. */
const NUMBERS = {
  toxicity: "part",
  latency: "time",
  jitter: "time",
  bandwidth: "rate",
  refuse: "part",
  timeout: "time",
  slowClose: "time",
  slice: "size",
  sliceVariation: "size",
  sliceDelay: "time",
  limitData: "size",
  resetAfter: "size",
  resetIn: "time",
  loss: "part",
  duplicate: "part",
  reorder: "part",
} as const;

const LIMITS: Readonly<Record<Unit, readonly [least: number, most: number]>> = {
  time: [0, 86_400_000],
  size: [0, Number.MAX_SAFE_INTEGER],
  rate: [1, Number.MAX_SAFE_INTEGER],
  part: [0, 1],
};

const KEYS: readonly string[] = [...Object.keys(NUMBERS), "to", "protocol", "direction", "partition"];

function requireNumber(name: string, unit: Unit, value: unknown): void {
  const [least, most] = LIMITS[unit];
  if (typeof value !== "number" || !(value >= least && value <= most)) {
    throw new TypeError(`${name} must be a number from ${least} to ${most}, and is ${describeAnswer(value)}`);
  }
}

function requireOneOf(name: string, value: unknown, known: readonly string[]): void {
  if (value === undefined || known.includes(value as string)) return;
  const list = known.map((one) => JSON.stringify(one)).join(" or ");
  throw new TypeError(`${name} must be ${list}, and is ${describeAnswer(value)}`);
}

/**
 * Checks a rule, but for whom it is about.
 *
 * @throws TypeError for a setting that there is not, or of a wrong type
 */
export function requireRule(rule: FaultRule): void {
  requireKnownKeys("rules", "rule of a fault", rule, KEYS);
  for (const [name, value] of Object.entries(rule)) {
    const unit = (NUMBERS as Readonly<Record<string, Unit>>)[name];
    if (unit !== undefined && value !== undefined) requireNumber(name, unit, value);
  }
  requireOneOf("protocol", rule.protocol, ["tcp", "udp"]);
  requireOneOf("direction", rule.direction, ["up", "down"]);
  if (rule.slice === 0) throw new TypeError("slice must be a number from 1 on, and is 0");
  const { partition } = rule;
  if (partition === undefined) return;
  requireKnownKeys("partition", "rule of a partition", partition, ["from", "for"]);
  for (const [name, value] of Object.entries(partition)) requireNumber(`partition.${name}`, "time", value);
}

/** What rules say together of one direction. */
export type Settings = {
  readonly [Name in Exclude<keyof typeof NUMBERS, "toxicity">]?: number;
} & {
  /** All of them. */
  readonly partitions: readonly Partition[];
};

/** What is said of a direction of which nothing is said. */
export const NO_SETTINGS: Settings = { partitions: [] };

/**
 * What rules say together of one direction.
 *
 * @param rules that are about the peer, in their order
 */
export function settingsOf(rules: readonly FaultRule[], direction: Direction): Settings {
  const settings: Record<string, unknown> = {};
  const partitions: Partition[] = [];
  for (const rule of rules) {
    if (rule.direction !== undefined && rule.direction !== direction) continue;
    if (rule.partition !== undefined) partitions.push(rule.partition);
    for (const [name, value] of Object.entries(rule)) {
      const isLate = name === "latency" || name === "jitter";
      if (isLate && rule.direction === undefined && direction === "up") continue;
      if (Object.hasOwn(NUMBERS, name) && value !== undefined) settings[name] ??= value;
    }
  }
  return { ...settings, partitions };
}
