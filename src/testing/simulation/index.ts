/** Simulations: a scenario with many seeds, and of the first that fails what it takes to see why. */

import { keepPrograms } from "../../../host/index.ts";
import { describeAnswer } from "../../../host/messages/answers.ts";
import { requireKnownKeys } from "../../../host/messages/known-keys.ts";
import type { HistoryEvent } from "../../../host/network/virtual/index.ts";
import { type Once, runOnce, type Traced } from "./run.ts";
import { type Fault, requireScenario, type Scenario } from "./scenario.ts";
import { timeline } from "./timeline.ts";

export type { Once, Traced } from "./run.ts";
export type { Dice, Fault, HostPlan, Place, Scenario, View } from "./scenario.ts";

/** What is simulated. */
export interface SimulateOptions {
  /** One seed, of which all is told that happens, with all its faults. In its place: how many, from which on; default 100, from 1. */
  readonly seed?: number | string;
  readonly seeds?: number;
  readonly first?: number;
  /** Of what would go wrong only these, by their places. */
  readonly only?: readonly number[];
  /** What goes wrong, in place of what the scenario says. */
  readonly faults?: readonly Fault[];
  /** Told what sockets do, of one seed, or of the first that fails. */
  readonly trace?: (traced: Traced) => void;
  /** A folder that gets a capture of each host, of one seed, or of the first that fails. */
  readonly pcap?: string;
  /** Told after each seed. */
  readonly onSeed?: (once: Once) => void;
}

/** What came of a simulation. */
export interface Simulated {
  /** How many seeds were run. */
  readonly runs: number;
  /** The last run; of a failure the shortest history that was found. */
  readonly last: Once;
  /** Why a seed failed; `undefined` where none did. */
  readonly failure: string | undefined;
  /** Of a failure: which faults it takes, by their places; and what they are at least, with times as round and short as may be. */
  readonly only: readonly number[] | undefined;
  readonly faults: readonly Fault[] | undefined;
  /** Of a failure, or of one seed: what happened, as lines to be read. */
  readonly timeline: readonly string[];
}

/**
 * Runs a scenario, seed after seed, up to the first that fails. Of that it finds out which of the faults it takes.
 *
 * @throws TypeError for a scenario or an option that is wrong
 */
export async function simulate<State>(
  scenario: Scenario<State>,
  options: SimulateOptions = {},
): Promise<Simulated> {
  requireKnownKeys("options", "option of a simulation", options, [
    "seed",
    "seeds",
    "first",
    "only",
    "faults",
    "trace",
    "pcap",
    "onSeed",
  ]);
  requireScenario(scenario);
  const { seeds = 100, first = 1 } = options;
  for (const [name, value] of Object.entries({ seeds, first })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new TypeError(`${name} must be a whole number from 1 on, and is ${describeAnswer(value)}`);
    }
  }
  const release = keepPrograms();
  try {
    return await explore(scenario as Scenario, options);
  } finally {
    release();
  }
}

async function explore(plan: Scenario, options: SimulateOptions): Promise<Simulated> {
  const { seed, seeds = 100, first = 1, only, pcap, trace, onSeed } = options;
  const hosts = Object.keys(plan.hosts);
  const events: HistoryEvent[] = [];
  const onEvent = (event: HistoryEvent): number => events.push(event);
  const given = options.faults;
  if (seed !== undefined) {
    const last = await runOnce(plan, { seed, only, faults: given, pcap, trace, onEvent });
    onSeed?.(last);
    const { failure } = last;
    const places = only ?? last.faults.map((_, i) => i);
    const found =
      failure === undefined ? NOTHING : { only: places, faults: places.map((i) => last.faults[i] as Fault) };
    return { runs: 1, last, failure, ...found, timeline: timeline(events, hosts, Number.POSITIVE_INFINITY) };
  }
  for (let runs = 1; ; runs++) {
    const last = await runOnce(plan, { seed: first + runs - 1, only, faults: given });
    onSeed?.(last);
    if (last.failure !== undefined) {
      const found = await shrink(plan, last, only);
      const { faults } = found;
      const shown = await runOnce(plan, { seed: last.seed, faults, pcap, trace, onEvent });
      return {
        ...{ runs, failure: shown.failure, timeline: timeline(events, hosts), ...found },
        last: { ...shown, faults: last.faults },
      };
    }
    if (runs === seeds) return { runs, last, failure: undefined, ...NOTHING, timeline: [] };
  }
}

/** Which of the faults a failure takes, and what they are then. */
type Found = { readonly only: readonly number[]; readonly faults: readonly Fault[] };

const NOTHING = { only: undefined, faults: undefined };

/** How often faults are made shorter or rounder: each time is a run. */
const MOST_TRIES = 100;

/**
 * What a failure takes: one fault after another is left out, as long as it still fails; of those that are left, each is
 * made shorter, and comes at a rounder time.
 */
async function shrink(
  scenario: Scenario,
  { seed, faults: all }: Once,
  chosen: readonly number[] | undefined,
): Promise<Found> {
  let needed = (chosen ?? all.map((_, i) => i)).map((place) => ({ place, fault: all[place] as Fault }));
  const faultsOf = (some: typeof needed): Fault[] => some.map(({ fault }) => fault);
  const fails = async (some: typeof needed): Promise<boolean> => {
    const isWrong = (await runOnce(scenario, { seed, faults: faultsOf(some) })).failure !== undefined;
    if (isWrong) needed = some;
    return isWrong;
  };
  if (chosen === undefined && needed.length > 0 && !(await fails([]))) {
    for (let i = 0; i < needed.length; ) {
      if (await fails(needed.filter((_, at) => at !== i))) i = 0;
      else i++;
    }
  }
  let tries = MOST_TRIES;
  const changed = (at: number, change: object): Promise<boolean> => {
    const with_ = (each: (typeof needed)[number], i: number): typeof each =>
      i === at ? { ...each, fault: { ...each.fault, ...change } as Fault } : each;
    return tries-- > 0 ? fails(needed.map(with_)) : Promise.resolve(false);
  };
  for (let i = 0; i < needed.length; i++) {
    const now = (): Fault => needed[i]?.fault as Fault;
    for (let cut = lengthOf(now()) / 2; cut >= lengthOf(now()) / 16 && cut >= 1; cut /= 2)
      while (lengthOf(now()) > cut && (await changed(i, { for: Math.ceil(lengthOf(now()) - cut) })));
    for (const unit of [1000, 100, 10, 1]) {
      const round = Math.round(now().at / unit) * unit;
      if (round === now().at || (await changed(i, { at: round }))) break;
    }
  }
  return { only: needed.map(({ place }) => place), faults: faultsOf(needed) };
}

function lengthOf(fault: Fault): number {
  return "for" in fault ? fault.for : 0;
}
