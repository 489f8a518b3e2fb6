/** What a simulation is of: hosts, the programs on them, what goes wrong, and what must hold. */
import type { PolicyRules } from "../../../host/index.ts";
import { describeAnswer } from "../../../host/messages/answers.ts";
import { requireKnownKeys } from "../../../host/messages/known-keys.ts";
import type { LinkRules } from "../../../host/network/virtual/index.ts";
import type { Library } from "../../index.ts";

/** Chance that follows from the seed. */
export interface Dice {
  /** From 0 up to 1, without 1. */
  number(): number;
  /** A whole number from 0 up to `limit`, without it. */
  below(limit: number): number;
  /** One of several. */
  pick<T>(from: readonly T[]): T;
  /** Whether something happens that has a probability. */
  happens(probability: number): boolean;
}

/** What a program that is a function is given. */
export interface Place<State> {
  /** Its machine's name. */
  readonly name: string;
  /** The library's functions and its class `Socket`, on its machine. */
  readonly net: Library;
  /** What it keeps: it is still there when the machine comes up again, unless the crash took it. */
  readonly files: Map<string, string>;
  /** The scenario's, which checks look at. */
  readonly state: State;
  readonly dice: Dice;
  /** Milliseconds of the network's time, and of the machine's clock since 1970. */
  now(): number;
  clock(): number;
  /** Waits for so many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /** Writes a line into the timeline. */
  log(text: string): void;
}

/** A machine, and the program on it. */
export interface HostPlan<State> {
  /** The program, as a function over the library; a function or a component. */
  readonly run?: (place: Place<State>) => Promise<void>;
  /** The program, as a command: its file or its bytes. */
  readonly program?: string | URL | Uint8Array;
  /** What a command is given; see `runCommand`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What a command may do; default everything on this network. */
  readonly policy?: PolicyRules;
  /** Its addresses; default one of IPv4 and one of IPv6. */
  readonly addresses?: readonly string[];
  /** Whether it goes on for ever: a simulation is over when all others have ended; default false. */
  readonly serves?: boolean;
  /** When it is started, in milliseconds; default 0. */
  readonly at?: number;
}

/** Something that goes wrong. */
export type Fault =
  /** A cut between two machines, or between one and all others. */
  | { readonly at: number; readonly partition: readonly [string, string?]; readonly for: number }
  /** A machine goes down, and comes up again, with its files or without. */
  | { readonly at: number; readonly crash: string; readonly for: number; readonly files?: "kept" | "lost" }
  /** A machine's time of day is set ahead by so many milliseconds, or back. */
  | { readonly at: number; readonly skew: string; readonly by: number }
  /** A link is worse for a time. */
  | {
      readonly at: number;
      readonly link: readonly [string, string];
      readonly rules: Partial<LinkRules>;
      readonly for: number;
    };

/** What a check sees. */
export interface View<State> {
  readonly state: State;
  readonly files: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Milliseconds of the network's time. */
  readonly now: number;
  /** What commands have written to their standard output, by machine; at the end. */
  readonly output: ReadonlyMap<string, string>;
}

/** A scenario. */
export interface Scenario<State = unknown> {
  readonly hosts: Readonly<Record<string, HostPlan<State>>>;
  /** Makes what programs and checks share; once for each run. */
  readonly state?: () => State;
  /** What links do. */
  readonly link?: Partial<LinkRules>;
  /** What goes wrong: a list, or a function that makes one by chance. */
  readonly faults?: readonly Fault[] | ((dice: Dice) => readonly Fault[]);
  /** How long all may take, in milliseconds of the network's time; default a minute. */
  readonly limit?: number;
  /** For how long those that serve go on when the others have ended, with no cut and all machines up, in milliseconds; default 0. */
  readonly settle?: number;
  /** What must hold all the time: throws where it doesn't. Asked after each thing that happens. */
  readonly always?: (view: View<State>) => void;
  /** What must hold at the end. */
  readonly atEnd?: (view: View<State>) => void;
}

const SCENARIO = ["hosts", "state", "link", "faults", "limit", "settle", "always", "atEnd"];
const HOST = ["run", "program", "args", "env", "policy", "addresses", "serves", "at"];
const FAULT = ["at", "partition", "crash", "skew", "link", "for", "files", "by", "rules"];

function requireTime(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "number" && value >= 0 && value <= 1e12)) return;
  throw new TypeError(`${name} must be a number of milliseconds, and is ${describeAnswer(value)}`);
}

/**
 * Checks a scenario.
 *
 * @throws TypeError that names what is wrong
 */
export function requireScenario(scenario: unknown): asserts scenario is Scenario {
  requireKnownKeys("scenario", "part of a scenario", scenario, SCENARIO);
  const { hosts, limit, settle, faults } = scenario as Partial<Scenario>;
  if (typeof hosts !== "object" || hosts === null || Object.keys(hosts).length === 0) {
    throw new TypeError(
      `scenario.hosts must have programs by the names of machines, and is ${describeAnswer(hosts)}`,
    );
  }
  for (const [name, host] of Object.entries(hosts)) {
    requireKnownKeys(`hosts.${name}`, "part of a host", host, HOST);
    if ((host.run === undefined) === (host.program === undefined)) {
      throw new TypeError(`hosts.${name} must have run, a function, or program, a file, and not both`);
    }
    if (host.run !== undefined && typeof host.run !== "function") {
      throw new TypeError(`hosts.${name}.run must be a function, and is ${describeAnswer(host.run)}`);
    }
    requireTime(`hosts.${name}.at`, host.at);
  }
  for (const name of ["always", "atEnd", "state"] as const) {
    const check = (scenario as Partial<Scenario>)[name];
    if (check !== undefined && typeof check !== "function") {
      throw new TypeError(`scenario.${name} must be a function, and is ${describeAnswer(check)}`);
    }
  }
  requireTime("scenario.limit", limit);
  requireTime("scenario.settle", settle);
  if (faults !== undefined && typeof faults !== "function") requireFaults(faults, Object.keys(hosts));
}

/** Checks what goes wrong. */
export function requireFaults(faults: readonly Fault[], hosts: readonly string[]): void {
  if (!Array.isArray(faults)) throw new TypeError(`faults must be a list, and is ${describeAnswer(faults)}`);
  for (const [i, fault] of (faults as readonly Fault[]).entries()) {
    requireKnownKeys(`faults[${i}]`, "part of a fault", fault, FAULT);
    requireTime(`faults[${i}].at`, fault.at);
    if ("for" in fault) requireTime(`faults[${i}].for`, fault.for);
    const names =
      "partition" in fault
        ? fault.partition
        : "crash" in fault
          ? [fault.crash]
          : "skew" in fault
            ? [fault.skew]
            : "link" in fault
              ? fault.link
              : undefined;
    if (names === undefined)
      throw new TypeError(`faults[${i}] must be a partition, a crash, a skew or a link`);
    for (const name of names) {
      if (name !== undefined && !hosts.includes(name)) {
        throw new TypeError(`faults[${i}]: there is no host ${describeAnswer(name)}`);
      }
    }
  }
}
